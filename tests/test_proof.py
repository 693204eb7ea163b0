"""Bundles: the same bytes for the same choice, checked and done again; whatever is changed is told exactly."""

import base64
import hashlib
import json
import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.errors import UserError
from core.proof import names
from core.proof.row_list import changes, fingerprint
from core.proof.zips import unpack, write_zip

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows with ids and vectors of their own, an evaluation file, and a bundle of ten of them."""
    found = tmp_path_factory.mktemp("proof")
    rows = [
        {"id": f"a{i}" if i else SCRIPT, "text": f"{SCRIPT if i % 3 else 'row'} number {i} of the rows that there are"}
        for i in range(60)
    ]
    (found / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (found / "test.jsonl").write_text("".join(json.dumps({"q": row["text"].upper()}) + "\n" for row in rows[:40]))
    np.save(found / "v.npy", np.random.default_rng(3).normal(size=(60, 8)))
    assert gamut(found, *SELECT, "--out", "s.jsonl", "--bundle", "proof.zip", "--home", "one") == 0
    return found


SELECT = ("select", "pool.jsonl", "--embeddings", "v.npy", "--selector", "k_center", "--budget", "10", "--param")
SELECT += ("first=0", "--against", "test.jsonl")
DATA = ("--data", "pool.jsonl", "--embeddings", "v.npy", "--home", "one", "--quiet")


def gamut(folder: Path, *words: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return main(list(words))


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """The folder again, to change things in."""
    for name in ("pool.jsonl", "test.jsonl", "v.npy", "proof.zip"):
        shutil.copy(folder / name, tmp_path / name)
    (tmp_path / "one").symlink_to(folder / "one")
    return tmp_path


def edit(bundle: Path, change: Callable[[Path], None], *, and_the_sums: bool = False) -> None:
    """Unpack, change, and pack again; with the list of digests made to fit where asked."""
    inside = bundle.parent / "inside"
    inside.mkdir()
    unpack(bundle, inside)
    change(inside)
    if and_the_sums:
        files = [each for each in inside.iterdir() if each.name != names.SUMS]
        sums = names.sums({each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in files})
        (inside / names.SUMS).write_text(sums)
    write_zip(bundle, {each.name: each for each in inside.iterdir()})


def swap(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(inside: Path) -> None:
        text = (inside / name).read_text()
        assert old in text
        (inside / name).write_text(text.replace(old, new, 1))

    return change


def test_the_same_choice_gives_the_same_bytes_and_holds(folder, capsys):
    assert gamut(folder, *SELECT, "--out", "t.jsonl", "--bundle", "again.zip", "--home", "two") == 0
    again, first = (folder / "again.zip").read_bytes(), (folder / "proof.zip").read_bytes()
    assert again == first
    assert f"SHA-256 {hashlib.sha256(first).hexdigest()}" in capsys.readouterr().out
    assert gamut(folder, "verify", "proof.zip", *DATA) == 0
    assert "is whole, and its 10 rows are those of the data" in capsys.readouterr().out
    assert gamut(folder, "replay", "proof.zip", *DATA, "--against", "test.jsonl", "--out", "r.jsonl") == 0
    assert (folder / "r.jsonl").read_bytes() == (folder / "s.jsonl").read_bytes()
    with zipfile.ZipFile(folder / "proof.zip") as archive:
        assert archive.read("rows.jsonl") == (folder / "s.jsonl").read_bytes()
        recorded = json.loads(archive.read(names.MANIFEST))
        assert "made" not in recorded
        assert len(recorded["random"]) == 5
        table = archive.read(names.METRICS).decode().splitlines()
        vendi = next(score for score in recorded["scores"] if score["metric"] == "vendi")
        values = [score["value"] for scores in recorded["random"] for score in scores if score["metric"] == "vendi"]
        expected = ["vendi", vendi["value"], *(vendi["interval"] or ["", ""]), vendi["interval_kind"], 10]
        expected += [vendi["reference"] or "", False, min(values), sum(values) / 5, max(values), 5]
        (line,) = [line for line in table if line.startswith("vendi,")]
        assert line.split(",") == list(map(str, expected))
        met = json.loads(archive.read(names.MET))
    assert met["counts"]["exact"] == len([row for row in recorded["selection"]["positions"] if row < 40])
    assert met["all_rows"]["counts"]["exact"] == 40
    assert met["counts"]["near"] is None
    assert "your own" in met["skipped"]["near"]


@pytest.mark.parametrize(
    ("change", "sums", "says"),
    [
        (swap("rows.jsonl", "number", "NUMBER"), False, "rows.jsonl: 1 row of the file was changed: row 1 (id "),
        (swap("rows.jsonl", "number", "NUMBER"), True, "rows.jsonl: 1 row of the file was changed: row 1 (id "),
        (swap(names.IDS, '"a', '"b'), True, "ids.json: its ids are not those"),
        (swap(names.METRICS, "vendi,", "vendi,1"), True, "metrics.csv is not what the manifest"),
        (swap(names.RECIPE, "k_center", "random"), True, "recipe.yaml is not what the manifest"),
        (swap(names.MET_TABLE, "exact", "near"), True, "contamination.csv is not what the manifest"),
        (swap(names.MET, '"exact": ', '"exact": 1'), True, "contamination.json is not what the manifest"),
        (swap(names.REPORT, "7 metrics", "9 metrics"), False, "report.html was changed: its SHA-256"),
        (lambda inside: (inside / names.README).unlink(), False, "README.txt is missing"),
        (lambda inside: (inside / "more.txt").write_text("x"), False, "more.txt is no part of the bundle"),
        (lambda inside: (inside / names.SUMS).unlink(), False, "SHA256SUMS is missing"),
        (
            swap(names.MANIFEST, '"positions": [0, ', '"positions": [1, '),
            True,
            "positions in the manifest were changed",
        ),
    ],
)
def test_a_file_that_was_changed_is_told_by_its_name_and_its_rows(copy, capsys, change, sums, says):
    edit(copy / "proof.zip", change, and_the_sums=sums)
    capsys.readouterr()
    assert gamut(copy, "verify", "proof.zip", *DATA) == 2
    assert says in capsys.readouterr().out


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bundle", 1),
        ("bundle", {"random_seeds": ["x"]}),
        ("scores", [{"metric": "vendi", "params": {}, "value": "high"}]),
        ("random", [[3]]),
        ("files", [{"format": "jsonl", "name": 3}]),
        ("contamination", {"evaluations": [{}], "how": {}, "counts": {}}),
        ("recipe", []),
        ("dataset", {"name": "x"}),
    ],
)
def test_a_manifest_that_is_none_of_a_bundle_is_refused_in_a_sentence(copy, capsys, field, value):
    def change(inside: Path) -> None:
        recorded = json.loads((inside / names.MANIFEST).read_text())
        (inside / names.MANIFEST).write_text(json.dumps(recorded | {field: value}))

    edit(copy / "proof.zip", change, and_the_sums=True)
    capsys.readouterr()
    assert gamut(copy, "verify", "proof.zip", *DATA) == 2
    said = capsys.readouterr().err
    assert field in said
    assert len(said.splitlines()) == 1


def test_values_that_were_changed_everywhere_are_found_by_a_replay(copy, capsys):
    def change(inside: Path) -> None:
        recorded = json.loads((inside / names.MANIFEST).read_text())
        recorded["scores"][0]["value"] += 1
        recorded["random"][2][0]["value"] += 1
        (inside / names.MANIFEST).write_text(json.dumps(recorded))

    edit(copy / "proof.zip", change, and_the_sums=True)
    capsys.readouterr()
    assert gamut(copy, "replay", "proof.zip", *DATA) == 2
    said = capsys.readouterr().out
    assert "novelsum was recorded as" in said
    assert "novelsum of the random subset of seed 103 was recorded as" in said


def other(text: str) -> Callable[[list[str]], list[str]]:
    return lambda lines: [*lines[:5], lines[5].replace("number", text), *lines[6:]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (other("NUMBER"), ["pool.jsonl is not a file that", "1 row of the data was changed: row 6 (id 'a5')."]),
        (lambda lines: lines[:5] + lines[6:], ["1 row of the data was removed: row 6 (id 'a5')."]),
        (lambda lines: [*lines, '{"id": "new", "text": "x"}'], ["1 row of the data was added: row 61 (id 'new')."]),
        (lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]], ["stand in another order"]),
        (lambda lines: [*lines, ""], ["All 60 rows are the same, in the same order."]),
    ],
)
def test_data_that_was_changed_is_told_row_by_row(copy, capsys, change, says):
    lines = (copy / "pool.jsonl").read_text().splitlines()
    (copy / "pool.jsonl").write_text("\n".join(change(lines)) + "\n")
    capsys.readouterr()
    assert gamut(copy, "verify", "proof.zip", *DATA) == 2
    said = capsys.readouterr().out
    for words in says:
        assert words in said


def test_rows_without_ids_are_told_apart_by_their_content_and_neighbours():
    def rows(words: str) -> list[tuple[str, None]]:
        return [(fingerprint(word.encode()), None) for word in words.split()]

    def told(before: str, now: str) -> tuple[list[int], list[int], list[int], bool]:
        found = changes(rows(before), rows(now))
        lists = [[number for number, _ in each] for each in (found.changed, found.removed, found.added)]
        return (*lists, found.moved)

    assert told("a b c d", "a b c d") == ([], [], [], False)
    assert told("a b c d", "a x c d") == ([2], [], [], False)
    assert told("a b c d", "a c d") == ([], [2], [], False)
    assert told("a b c d", "a b x y c d") == ([], [], [3, 4], False)
    assert told("a b c d", "a x y c d") == ([2], [], [3], False)
    assert told("a a b", "a b") == ([], [2], [], False)
    assert told("a b c", "b a c") == ([], [], [], True)
    assert told("", "a") == ([], [], [1], False)


def raw_zip(path: Path, entries: list[tuple[zipfile.ZipInfo | str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in entries:
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return path


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("rows.jsonl")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([("../out.txt", b"x")], "climbs out"),
        ([("a/../../out.txt", b"x")], "climbs out"),
        ([("/etc/out.txt", b"x")], "outside"),
        ([("C:out.txt", b"x")], "outside"),
        ([("..\\out.txt", b"x")], "climbs out"),
        ([("inner/out.txt", b"x")], "lies in a folder"),
        ([("a\nb", b"x")], "has a name that no file of a bundle has"),
        ([(link(), b"/etc/passwd")], "is a link"),
        ([("zeros", bytes(100 << 20))], "which no bundle does"),
        ([("manifest.txt", b"x")], "there is no manifest.json in it"),
    ],
)
def test_a_zip_that_would_do_harm_is_refused_in_a_sentence(tmp_path, capsys, entries, says):
    raw_zip(tmp_path / "bad.zip", entries)
    assert main(["verify", str(tmp_path / "bad.zip"), "--data", "x", "--home", str(tmp_path / "home")]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "out.txt").exists()


def test_a_zip_that_is_cut_off_damaged_or_lies_about_its_size_is_refused(copy, tmp_path, capsys):
    whole = (copy / "proof.zip").read_bytes()
    middle = whole.find(b"rows.jsonl") + 200
    header = whole.find(b"PK\x01\x02")
    size = header + 24  # of the first file, unpacked
    bad = {
        "nothing": b"",
        "cut off": whole[: len(whole) // 2],
        "text": b"no zip at all",
        "damaged": whole[:middle] + bytes(50) + whole[middle + 50 :],
        "lying": whole[:size] + (10).to_bytes(4, "little") + whole[size + 4 :],
        "encrypted": whole[: header + 8] + b"\x01" + whole[header + 9 :],
    }
    for name, content in bad.items():
        (tmp_path / "bad.zip").write_bytes(content)
        assert main(["verify", str(tmp_path / "bad.zip"), "--data", "x", "--home", str(copy / "one")]) == 2, name
        said = capsys.readouterr().err
        assert len(said.splitlines()) == 1, name
    with pytest.warns(UserWarning, match="Duplicate"):
        raw_zip(tmp_path / "bad.zip", [("a", b"x"), ("a", b"y")])
    with pytest.raises(UserError, match="is there twice"):
        unpack(tmp_path / "bad.zip", tmp_path / "inside")


def test_the_report_fetches_nothing_runs_nothing_and_shows_text_as_text(folder):
    with zipfile.ZipFile(folder / "proof.zip") as archive:
        page = archive.read(names.REPORT).decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"https?:|//|<link|<img|<iframe|@import|url\(|\son\w+=|\sstyle=|\shref=|\ssrc=", page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    assert len(page) < 60_000
    assert "10 of 60 rows of pool.jsonl" in page
    assert page.count("<svg") == 4, "map, clusters, metrics, gains"


def test_rows_that_meet_evaluation_rows_are_left_out_of_the_choice_and_the_replay_needs_no_such_file(folder, capsys):
    words = (*SELECT, "--leave-out", "exact", "--out", "clean.json", "--bundle", "clean.zip", "--home", "one")
    assert gamut(folder, *words[: words.index("--param")], *words[words.index("--against") :]) == 0
    assert "40 of 60 rows meet an evaluation row" in capsys.readouterr().err
    assert min(json.loads((folder / "clean.json").read_text())["positions"]) >= 40
    assert gamut(folder, "replay", "clean.zip", *DATA) == 0
    assert gamut(folder, *SELECT[:8], "--leave-out", "any", "--out", "x.json") == 2
