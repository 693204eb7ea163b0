"""Hostile files through the browser: each opens with all its rows or is refused in a sentence, and nothing is lost."""

import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import LONG, rest
from tests.browser.steps import READ, go, main_part

SCRIPT = "<script>document.title='x'</script><img src=x onerror=\"document.title='x'\">"
RIGHT_TO_LEFT = "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def lines(rows: Iterable[Any]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def texts(rows: int, **more: Any) -> bytes:
    return lines({"text": f"text number {i}"} | more for i in range(rows))


def zipped(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


# Files by name, with how many rows they have, or with words of the sentence that refuses them.
FILES: dict[str, tuple[bytes, int | str]] = {
    "script.jsonl": (lines({"text": f"{SCRIPT} {i}", SCRIPT: SCRIPT} for i in range(3)), 3),
    "<img src=x onerror=alert(1)>.jsonl": (texts(4), 4),
    "big_cell.jsonl": (lines([{"text": "word " * 2_100_000}, {"text": "short"}]), 2),
    "columns.csv": (("\n".join([",".join(f"c{i}" for i in range(5000)), *[",".join("x" * 5000)] * 3])).encode(), 3),
    "a million empty rows.jsonl": (b'{"text": ""}\n' * 1_000_000, 1_000_000),
    "newlines.csv": (b"text\n" + b"\n" * 1_000_000, "holds no rows"),
    "values.jsonl": (b'{"text": "a", "v": NaN}\n{"text": "b", "v": -Infinity}\n{"text": "c", "v": 1e999}\n', 3),
    "ids.jsonl": (lines({"id": "same", "text": f"text {i}"} for i in range(4)), 4),
    "formulas.csv": (b'text,n\n"=HYPERLINK(""http://x"")",1\n+1+1,2\n@SUM(A1),3\n-2,4\n', 4),
    "bomb.jsonl.gz": (gzip.compress(b" " * 300_000_000 + b"\n"), "decompression bomb"),
    "bomb.zip": (zipped({"a.jsonl": b'{"text": "' + b"a" * 300_000_000 + b'"}\n'}), "decompression bomb"),
    "paths.zip": (zipped({"../../x.jsonl": texts(2), "/etc/passwd.jsonl": texts(1, other=1)}), 3),
    "..\\..\\up.jsonl": (texts(5, path="back"), 5),
    "../../up.jsonl": (texts(5, path="up"), 5),
    f"{RIGHT_TO_LEFT}.jsonl": (lines({RIGHT_TO_LEFT: f"{RIGHT_TO_LEFT} \u202e{i}", "id": i} for i in range(3)), 3),
    f"{FAMILY}.jsonl": (lines({"text": FAMILY * 50 + str(i), FAMILY: FAMILY} for i in range(3)), 3),
    "surrogates.jsonl": (b'{"text": "lone \\ud800 half", "\\udfff": "\\udfff"}\n{"text": "fine"}\n', 2),
    "deep.jsonl": (b'{"text": "a", "deep": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n" + texts(2), 2),
    "digits.jsonl": (b'{"text": "a", "n": ' + b"9" * 10_000 + b"}\n" + texts(2), 2),
    "nul.csv": (b"text,b\na\x00b,1\nc,2\n", 2),
    "empty.jsonl": (b"", "is empty (0 bytes)"),
    "spaces.jsonl": (b"   \n\n  \n", "holds only blank lines"),
    "bytes.jsonl": (bytes(range(256)) * 400, "is a binary file"),
    "utf16.csv": ("text,n\nh\u00e9llo,1\nw\u00f6rld,2\n".encode("utf-16"), 2),
    "mixed.jsonl": (b'{"text": "a", "v": 1}\n{"text": "b", "v": {"x": [1]}}\n{"text": ["no", "text"], "v": "s"}\n', 3),
    "keys.jsonl": (b'{"text": "a", "text": "b"}\n{"text": "c"}\n', 2),
    "proto.jsonl": (lines({"__proto__": "x", "constructor": "y", "text": f"t {i}"} for i in range(3)), 3),
    "tex.jsonl": (lines({"text": f"$\\input{{/etc/passwd}}$ {{{{7*7}}}} ${{7*7}} %s %n {i}"} for i in range(3)), 3),
    "control.jsonl": (b'{"text": "bell \\u0007 \\u001b[31mred\\u001b[0m \\u0000 nul"}\n{"text": "b"}\n', 2),
    f"{'long name ' * 20}.jsonl": (texts(6), 6),
    "markdown.csv": (
        b"text,**bold**\n# Heading,[x](javascript:alert(1))\n![i](http://a.b/c.png),`code`\n",
        3,
    ),  # taken for a table without header, which is said
    "broken.jsonl": (texts(2, k=1) + b'{"text": "cut off\n' + b"\xff\xfe broken\n" + lines([{"text": "last"}]), 3),
    "vectors.jsonl": (b"\x93NUMPY\x80\x04\x95" + b"c" * 100, "is an array of vectors"),
}
VECTORS = {
    "nan.npy": (np.array([[1, 2], [np.nan, 1], [0, 1]], np.float32), "row 2"),
    "inf.npy": (np.array([[1, 2], [0, 1], [np.inf, 1]], np.float32), "row 3"),
    "short.npy": (np.ones((2, 4), np.float32), "2"),
    "flat.npy": (np.ones(3, np.float32), "dimension"),
    "pickled.npy": (np.array([{}, {}, {}], dtype=object), "pickle"),
}


def test_every_file_opens_whole_or_is_refused_in_a_sentence(page):
    go(page, "Data")
    for name, (content, expected) in FILES.items():
        bring(page, "Open a dataset", {"name": name, "mimeType": "application/octet-stream", "buffer": content})
        page.get_by_role("button", name=READ).click()
        said = main_part(page).get_by_test_id("stMetric").first
        if isinstance(expected, str):
            said = main_part(page).get_by_test_id("stAlert").filter(has_text=expected).first
            expect(said).to_be_visible(timeout=LONG)
        else:
            expect(said).to_contain_text(f"{expected:,}", timeout=LONG)
            last = name.replace("\\", "/").rpartition("/")[2][-150:].strip()
            expect(main_part(page).get_by_role("heading", level=3).first).to_contain_text(last[:40], timeout=LONG)
        nothing_wrong(page, name)


def test_vectors_that_do_not_fit_are_refused_in_a_sentence(page):
    go(page, "Data")
    bring(page, "Open a dataset", {"name": "three.jsonl", "mimeType": "", "buffer": texts(3, three=3)})
    page.get_by_role("button", name=READ).click()
    expect(page.get_by_role("button", name="Embed 3 rows")).to_be_visible(timeout=LONG)
    for name, (array, expected) in VECTORS.items():
        out = io.BytesIO()
        np.save(out, array, allow_pickle=True)
        bring(page, "Encoder", {"name": name, "mimeType": "", "buffer": out.getvalue()})
        page.get_by_role("button", name="Use these vectors").click()
        expect(main_part(page).get_by_test_id("stAlert").filter(has_text=expected).first).to_be_visible(timeout=LONG)
        nothing_wrong(page, name)
        expect(page.get_by_role("button", name="Embed 3 rows")).to_be_visible()


def bring(page: Page, box: str, file: FilePayload) -> None:
    """Put a file into the uploader in that box of the Data page."""
    rest(page)
    folded = main_part(page).get_by_test_id("stExpander").filter(has_text=box).first
    if folded.locator("details[open]").count() == 0:
        folded.locator("summary").first.click()
    refused = folded.get_by_test_id("stFileChipDeleteBtn").get_by_role("button")
    while refused.count():
        refused.first.click()
        rest(page)
    folded.locator('input[type="file"]').first.set_input_files(file)
    rest(page)


def nothing_wrong(page: Page, name: str) -> None:
    """No traceback, no fault, no markup of the file's, and nothing wider than the screen."""
    rest(page)
    whole = page.get_by_test_id("stApp").inner_text()
    assert "Traceback" not in whole, name
    assert "fault of Gamut" not in whole, name
    assert page.get_by_test_id("stException").count() == 0, name
    assert page.title() == "Data · Gamut", name
    assert page.locator("img[src='x'], a[href^='javascript'], img[src*='a.b'], .katex").count() == 0, name
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name}: {wide} pixels wider than the screen"
