"""The whole job in the browser: upload, embed, map, lasso, measure, select, download; and that it survives a reload."""

import json
import math
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from core.__main__ import main
from tests.browser.conftest import Server, settle

SAMPLE = Path(__file__).parents[2] / "sample_data" / "gamut_sample.jsonl"
ROWS = 150
LONG = 120_000  # milliseconds that the worker may take for one job, on two busy cores


def go(page: Page, name: str) -> None:
    """To another page by the sidebar."""
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    settle(page)


def give(page: Page, path: Path) -> None:
    """Put a file into the uploader, which is folded away while a dataset is open."""
    way_in = page.get_by_test_id("stExpander").filter(has_text="Open a dataset").first
    if way_in.locator("details[open]").count() == 0:
        way_in.locator("summary").first.click()
    way_in.get_by_text("JSONL, JSON, CSV").wait_for()
    way_in.locator('input[type="file"]').set_input_files(path)


def upload(page: Page, path: Path) -> None:
    """Read a file through the uploader of the Data page."""
    give(page, path)
    page.get_by_role("button", name=f"Read {path.name}").click()
    expect(page.get_by_role("heading", name=path.name, level=3)).to_be_visible(timeout=LONG)
    settle(page)


def embed(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Embed [0-9]")).click()
    expect(page.get_by_text("See the map")).to_be_visible(timeout=LONG)
    settle(page)


def lasso(page: Page) -> None:
    """Draw a circle with the mouse around the middle of the map."""
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    middle, radius = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), min(box["width"], box["height"]) * 0.4
    places = [
        (middle[0] + radius * math.cos(turn / 16 * 2 * math.pi), middle[1] + radius * math.sin(turn / 16 * 2 * math.pi))
        for turn in range(17)
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=3)
    page.mouse.up()


def click_a_point(page: Page) -> None:
    """Set the mouse to Click, and click the point of the fourth row that is drawn."""
    page.get_by_test_id("stMain").get_by_text("Click", exact=True).click()
    settle(page)
    page.wait_for_timeout(1500)  # the chart is drawn anew
    place = page.evaluate(
        """() => {
            const plot = document.querySelector('.js-plotly-plot'), layout = plot._fullLayout;
            const frame = plot.querySelector('.nsewdrag').getBoundingClientRect();
            const points = plot._fullData.find(trace => trace.x && trace.x.length > 4);
            return [frame.left + layout.xaxis.l2p(points.x[3]), frame.top + layout.yaxis.l2p(points.y[3])];
        }"""
    )
    page.mouse.move(place[0] - 3, place[1] - 3)
    page.mouse.move(*place, steps=3)
    page.wait_for_timeout(300)  # plotly looks for the point under the mouse
    page.mouse.down()
    page.mouse.up()


def test_from_a_file_to_an_exported_and_verified_subset(page, server: Server, screenshot, tmp_path, monkeypatch):
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
    settle(page)
    screenshot(page, "map")
    lasso(page)
    expect(page.get_by_text("rows selected")).to_be_visible()
    settle(page)
    click_a_point(page)
    expect(page.get_by_text("Nearest rows").first).to_be_visible()
    settle(page)
    screenshot(page, "lasso")

    go(page, "Measure")
    expect(page.get_by_text("Higher is more diverse").first).to_be_visible(timeout=LONG)
    settle(page)
    screenshot(page, "measure")

    go(page, "Select")
    page.get_by_label("Rows", exact=True).fill("30")
    page.get_by_label("Rows", exact=True).press("Enter")
    page.get_by_role("button", name="Choose 30 rows").click()
    expect(page.get_by_text(f"30 rows of {ROWS} by NovelSelect")).to_be_visible(timeout=LONG)
    settle(page)
    screenshot(page, "select")

    page.reload()  # the choice is in the URL and on disk
    expect(page.get_by_text(f"30 rows of {ROWS} by NovelSelect")).to_be_visible(timeout=LONG)
    settle(page)

    go(page, "Export")
    screenshot(page, "export")
    with page.expect_download() as rows:
        page.get_by_role("button", name="Download 30 rows as JSONL").click()
    with page.expect_download() as proof:
        page.get_by_role("button", name="Download the manifest").click()
    subset, manifest = tmp_path / rows.value.suggested_filename, tmp_path / proof.value.suggested_filename
    rows.value.save_as(subset)
    proof.value.save_as(manifest)

    positions = json.loads(manifest.read_text())["selection"]["positions"]
    assert len(set(positions)) == 30
    assert subset.read_bytes().split(b"\n")[:-1] == [lines[row] for row in positions]

    monkeypatch.setenv("GAMUT_HOME", str(tmp_path / "another home"))
    assert main(["verify", str(manifest), "--data", str(pool), "--subset", str(subset)]) == 0
    assert main(["replay", str(manifest), "--data", str(pool), "--quiet"]) == 0


def test_the_sample_is_one_click_away_and_a_reload_loses_nothing(page, screenshot):
    page.get_by_role("button", name="Open the sample").click()
    expect(page.get_by_role("heading", name="gamut_sample.jsonl", level=3)).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Embed 600 rows").click()
    expect(page.get_by_role("button", name="Cancel").first).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Resume").click(timeout=LONG)
    page.reload()
    expect(page.get_by_text("See the map")).to_be_visible(timeout=LONG)


def test_text_of_the_user_is_never_markup(page, tmp_path):
    nasty = '<img src=x onerror="document.title=1">**bold** [link](javascript:alert(1)) $x^2$ :material/home: -> https://a.b'
    name = "<b>odd<b> *name* _of_ $a$ :streamlit: -> x -- y.jsonl"
    path = tmp_path / name
    rows = [{"text": f"{nasty} number {i}", nasty: i, "label": nasty if i % 2 else "plain"} for i in range(12)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    go(page, "Data")
    give(page, path)
    page.get_by_role("button", name="Read <b>").click()
    title = page.get_by_test_id("stMain").get_by_role("heading", level=3).first
    expect(page.get_by_role("button", name="Embed 12 rows")).to_be_visible(timeout=LONG)
    settle(page)
    assert title.inner_text().replace("\u2060", "") == name
    for markup in ("em", "strong", "a", ".katex", "b", "[data-testid='stIconMaterial']"):
        assert title.locator(markup).count() == 0, markup
    embed(page)
    go(page, "Map")
    expect(page.get_by_text("12 rows by ").first).to_be_visible(timeout=LONG)
    settle(page)
    main_part = page.get_by_test_id("stMain")
    assert main_part.locator("img[src='x']").count() == 0
    assert main_part.locator("a[href^='javascript']").count() == 0
    assert page.title() == "Map · Gamut"


def test_a_file_that_is_no_data_is_refused_in_a_sentence(page, tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    go(page, "Data")
    give(page, path)
    page.get_by_role("button", name="Read data.jsonl").click()
    expect(page.get_by_text("LFS").first).to_be_visible(timeout=LONG)
    assert page.get_by_text("Traceback").count() == 0
