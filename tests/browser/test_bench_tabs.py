"""The Bench and Frontier tabs in the browser: asked for, worked out, and there again after a reload."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import LONG, rest
from tests.browser.steps import embed, go, main_part, upload

SAMPLE = Path(__file__).parents[2] / "sample_data" / "gamut_sample.jsonl"
ROWS = 120


def test_a_bench_and_a_frontier_are_made_and_outlive_a_reload(page, screenshot, tmp_path):
    pool = tmp_path / "bench_pool.jsonl"
    pool.write_bytes(b"\n".join(SAMPLE.read_bytes().split(b"\n")[:ROWS]) + b"\n")
    go(page, "Data")
    upload(page, pool)
    embed(page)
    go(page, "Select")
    here = main_part(page)

    here.get_by_role("tab", name="Bench", exact=True).click()
    here.get_by_role("button", name="Run 5 selectors at 2 budgets").click()
    expect(here.get_by_text("Above chance on some metric:")).to_be_visible(timeout=LONG)
    rest(page)
    bench = here.get_by_role("tab", name="Bench", exact=True)
    expect(bench).to_have_attribute("aria-selected", "true")
    page.reload()
    expect(here.get_by_text("Above chance on some metric:")).to_be_visible()
    expect(bench).to_have_attribute("aria-selected", "true")
    screenshot(page, "bench")

    here.get_by_role("tab", name="Frontier", exact=True).click()
    here.get_by_role("button", name="Choose at up to 11 weights").click()
    expect(here.get_by_text("What moves between two weights")).to_be_visible(timeout=LONG)
    rest(page)
    page.reload()
    expect(here.get_by_text("What moves between two weights")).to_be_visible()
    expect(here.get_by_role("tab", name="Frontier", exact=True)).to_have_attribute("aria-selected", "true")
    screenshot(page, "frontier")
