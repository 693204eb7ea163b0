"""The whole job in the browser: upload, embed, map, lasso, measure, select, download; and that it survives a reload."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from core.__main__ import main
from tests.browser.conftest import LONG, rest
from tests.browser.hands import put
from tests.browser.steps import (
    READ,
    box,
    cancel,
    choose,
    click_a_point,
    download,
    embed,
    give,
    go,
    lasso,
    main_part,
    sidebar,
    upload,
)

SAMPLE = Path(__file__).parents[2] / "sample_data" / "gamut_sample.jsonl"
ROWS = 150
MANY = 30_000  # rows whose embedding is still running when somebody wants to cancel it, on a fast machine too


def test_from_a_file_to_an_exported_and_verified_subset(page, screenshot, tmp_path, monkeypatch):
    lines = SAMPLE.read_bytes().split(b"\n")[:ROWS]
    pool = tmp_path / "my pool.jsonl"
    pool.write_bytes(b"\n".join(lines) + b"\n")

    go(page, "Data")
    upload(page, pool)
    expect(page.get_by_text("Exactly this is embedded")).to_be_visible()
    screenshot(page, "data")
    embed(page)

    go(page, "Map")
    expect(page.get_by_text(f"{ROWS} rows by UMAP.")).to_be_visible(timeout=LONG)
    rest(page)
    screenshot(page, "map")
    lasso(page)
    box(page)
    click_a_point(page)
    screenshot(page, "lasso")

    go(page, "Measure")
    expect(page.get_by_text("Higher is more diverse").first).to_be_visible(timeout=LONG)
    rest(page)
    screenshot(page, "measure")

    go(page, "Select")
    choose(page, 30)
    expect(page.get_by_text(f"30 rows of {ROWS} by NovelSelect")).to_be_visible(timeout=LONG)
    rest(page)
    screenshot(page, "select")

    page.reload()  # the choice is in the URL and on disk
    expect(page.get_by_text(f"30 rows of {ROWS} by NovelSelect")).to_be_visible(timeout=LONG)
    rest(page)

    go(page, "Export")
    rest(page)
    screenshot(page, "export")
    subset = download(page, "Download 30 rows as JSONL", tmp_path)
    manifest = download(page, "Download the manifest", tmp_path)

    positions = json.loads(manifest.read_text())["selection"]["positions"]
    assert len(set(positions)) == 30
    assert subset.read_bytes().split(b"\n")[:-1] == [lines[row] for row in positions]

    monkeypatch.setenv("GAMUT_HOME", str(tmp_path / "another home"))
    assert main(["verify", str(manifest), "--data", str(pool), "--subset", str(subset)]) == 0
    assert main(["replay", str(manifest), "--data", str(pool), "--quiet"]) == 0


def test_the_sample_is_one_click_away_a_reload_loses_nothing_and_long_tables_are_leafed_through(page):
    page.get_by_role("button", name="Open the sample").click()
    expect(page.get_by_role("heading", name="gamut_sample.jsonl", level=3)).to_be_visible(timeout=LONG)
    rest(page)
    page.get_by_role("button", name="Embed 600 rows").click()
    works = main_part(page).get_by_role("button", name="Cancel")
    expect(works.or_(page.get_by_text("See the map")).first).to_be_visible(timeout=LONG)  # it may be done at once
    page.reload()
    expect(page.get_by_text("See the map")).to_be_visible(timeout=LONG)
    rest(page)
    go(page, "Map")
    expect(page.get_by_text("600 rows by UMAP.")).to_be_visible(timeout=LONG)
    rest(page)
    put(main_part(page), {"Words": "e"})  # nearly all rows, more than a page of the table holds
    put(main_part(page), {"Page of 2": "2"})
    expect(page.get_by_text(re.compile(r"^501 to (\d+) of \1 rows"))).to_be_visible()


def test_work_is_cancelled_and_resumed_and_found_again_after_a_reload(page, tmp_path):
    samples = [json.loads(line) for line in SAMPLE.read_bytes().splitlines()]
    path = tmp_path / "many.jsonl"
    with path.open("w") as file:
        for row in range(MANY):  # no two texts are the same, since copies are embedded once
            sample = samples[row % len(samples)]
            file.write(json.dumps(sample | {"response": f"{sample['response']} Number {row}."}) + "\n")
    go(page, "Data")
    upload(page, path)
    page.get_by_role("button", name=f"Embed {MANY:,} rows").click()
    works = main_part(page).get_by_role("button", name="Cancel")
    expect(works).to_be_visible(timeout=LONG)
    cancel(page)
    page.get_by_role("button", name="Resume").click()
    expect(works).to_be_visible(timeout=LONG)
    page.reload()
    expect(works).to_be_visible(timeout=LONG)
    cancel(page)  # and nothing is left for the worker to do when the next test begins
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


NASTY = '<img src=x onerror="document.title=1">**bold** _sunk_ [link](javascript:alert(1)) $x^2$ :material/home: -> https://a.b'
ODD = "<b>odd<b> *name* _of_ $a$ :streamlit: -> x -- "
MARKUP = (
    "em",
    ".katex",
    "img[src='x']",
    "a[href^='javascript']",
    "a[href*='//a.b']",
    "img[alt*='treamlit']",
    "img[src*='logo']",
)


@pytest.fixture
def nasty(page, tmp_path):
    """Two small datasets open and embedded, the first of them the reference; all names and texts in them are markup."""
    rows = [{"text": f"{NASTY} number {i}", "id": f"{i} {NASTY}", NASTY: i, "label": NASTY} for i in range(12)]
    go(page, "Data")
    for name, shown in (("z.jsonl", rows), ("y.jsonl", rows[:11])):
        path = tmp_path / f"{ODD}{name}"
        path.write_text("".join(json.dumps(row) + "\n" for row in shown))
        give(page, path)
        page.get_by_role("button", name=READ).click()
        expect(page.get_by_role("button", name=f"Embed {len(shown)} rows")).to_be_visible(timeout=LONG)
        rest(page)
        embed(page)
    sidebar(page).get_by_role("combobox", name="Reference").click()
    page.get_by_role("option").nth(1).click()
    expect(page).to_have_url(re.compile("ref="))
    rest(page)


def test_text_of_the_user_is_never_markup(page, nasty):
    """The markup's own characters are seen, in every place that names what came from the user."""
    name = f"{ODD}y.jsonl"
    seen_in(main_part(page).get_by_role("heading", level=3).first, name)
    seen_in(sidebar(page).get_by_test_id("stCaptionContainer").filter(has_text="Read").first, f"Read {ODD}"[:40])

    go(page, "Map")
    expect(page.get_by_text("11 rows by UMAP").first).to_be_visible(timeout=LONG)
    click_a_point(page)
    seen_in(main_part(page).get_by_text(", id ").first, f"id 3 {NASTY}"[:40])

    go(page, "Measure")
    said = main_part(page).get_by_text("Higher is more diverse").first
    expect(said).to_be_visible(timeout=LONG)
    rest(page)
    seen_in(said, name)
    seen_in(said, f"reference: {ODD}z.jsonl")

    go(page, "Select")
    choose(page, 4)
    said = main_part(page).get_by_text("further right is more diverse")
    expect(said).to_be_visible(timeout=LONG)
    rest(page)
    seen_in(said, f"Reference: {ODD}z.jsonl.")

    go(page, "Refine")
    share = page.get_by_role("spinbutton", name="Percent of the rows")
    share.fill("100")
    share.press("Enter")
    page.get_by_role("button", name="Draw 4 rows for round 1 of 3").click()
    expect(page.get_by_text("4 of 11 rows in 1 of 3 rounds").first).to_be_visible(timeout=LONG)
    rest(page)
    main_part(page).get_by_text("State, branches and the command line").click()
    seen_in(main_part(page).get_by_test_id("stCode").first, f"'{ODD}y.jsonl' --state")

    go(page, "Export")
    expect(page.get_by_role("button", name="Download 4 rows as JSONL")).to_be_visible(timeout=LONG)
    rest(page)
    seen_in(main_part(page).get_by_test_id("stMarkdown").filter(has_text="4 rows").first, f"of {name}")
    assert page.title() == "Export · Gamut"


def seen_in(place: Locator, text: str) -> None:
    """The text stands there letter for letter, and nowhere on the page has any of it become markup."""
    page = place.page
    assert text in " ".join(place.inner_text().replace("\u2060", "").split())
    inside = [
        f"{part} in {where}: {found.inner_text()}"
        for where in ("stMain", "stSidebar")
        for part in MARKUP
        for found in page.get_by_test_id(where).locator(f":not([data-testid='stLatex']) > {part}:visible").all()
    ]
    assert not inside


def test_a_file_that_is_no_data_is_refused_in_a_sentence(page, tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    go(page, "Data")
    give(page, path)
    page.get_by_role("button", name="Read data.jsonl").click()
    expect(page.get_by_text("LFS").first).to_be_visible(timeout=LONG)
    assert page.get_by_text("Traceback").count() == 0
