"""What can be set on the Measure and Compare pages is set, and what comes of it is read."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LONG
from tests.browser.hands import calm, drop_last, press, put, save, tab, take, take_several, turn, unfold
from tests.browser.steps import main_part


def compare(page: Page, query: str, name: str = "") -> Locator:
    page.goto(f"/Compare{query}")
    here = main_part(page)
    expect(here.get_by_role("tab", name="Trust card")).to_be_visible()
    calm(page)
    if name:
        tab(here, name)
    return here


def test_a_subset_is_measured_by_metrics_with_other_parameters(page: Page, prepared: str):
    page.goto(f"/Measure{prepared}")
    here = main_part(page)
    expect(here.get_by_text("Higher is more diverse").first).to_be_visible(timeout=LONG)
    calm(page)
    take(here, "Rows", "some")
    unfold(here, "Metrics and their parameters")
    drop_last(here, "Metrics")
    put(here, {"Alpha": "1.1", "Neighbors": "9", "Ridge": "0.1"})
    take(here, "Form", "paper")
    turn(here, "Include self")
    expect(here.get_by_text("some: 20 rows")).to_be_visible(timeout=LONG)


def test_three_sets_are_compared_and_two_of_them_looked_at(page: Page, prepared: str):
    here = compare(page, prepared)
    unfold(here, "Sets, size, reference and metrics")
    take_several(here, "Sets", "more")
    put(here, {"Rows of each": "25"})
    take(here, "Reference", "pool.jsonl")
    take_several(here, "Metrics", "KNN distance", "Vendi Score")
    press(here, "Compare 3 sets at 25 rows each by 2 metrics")
    expect(here.get_by_text("Two sets, metric by metric")).to_be_visible(timeout=LONG)
    calm(page)
    take(here, "Set", "narrow.jsonl")
    take(here, "Beside", "more")
    save(here, "Download all pairs as CSV")
    unfold(here, "Values as a table")
    save(here, "Download as CSV")
    tab(here, "Robustness")
    drop_last(here, "Templates")
    take_several(here, "Encoders", "default")
    drop_last(here, "Encoders")
    put(here, {"Rows embedded anew": "20"})
    press(here, "Embed 20 rows of each")
    expect(here.get_by_text("Metric by metric", exact=True)).to_be_visible(timeout=LONG)
    calm(page)
    take(here, "Two sets", "narrow.jsonl and more")
    tab(here, "One map")
    take(here, "Map", "PCA")
    press(here, "Lay 60 rows")
    take(here, "Show", "Where two differ")
    take(page.get_by_role("tabpanel", name="One map"), "Beside", "more")
    tab(here, "What one has")
    take(here, "Set that might be added", "more")


def test_what_one_has_and_the_other_lacks_is_found_the_other_way_round(page: Page, prepared: str):
    here = compare(page, prepared, "What one has")
    take(here, "Set that you have", "narrow.jsonl")
    press(here, "Find what pool.jsonl has")
    expect(here.get_by_text("Rows of pool.jsonl farthest from narrow.jsonl")).to_be_visible(timeout=LONG)


def test_both_sets_are_laid_out_on_one_map(page: Page, prepared: str):
    here = compare(page, prepared, "One map")
    take(here, "Map", "PCA")
    press(here, "Lay 60 rows and 40 rows out on one map")
    expect(here.get_by_text("by PCA.")).to_be_visible(timeout=LONG)
    take(here, "Show", "Where two differ")
    take(here, "Set", "narrow.jsonl")
    expect(here.get_by_text("of their density in common")).to_be_visible()


def test_metrics_are_followed_by_size(page: Page, prepared: str):
    here = compare(page, prepared, "Size curves")
    press(here, "Measure 2 sets at")
    expect(here.get_by_text("Every set at the same number of rows")).to_be_visible(timeout=LONG)
    take(here, "Metric of all sets by size", "Vendi Score")
    save(here, "Download all curves as CSV")
    drop_last(here, "Metrics by size")
    press(here, "Measure 3 metrics at")
    expect(here.get_by_text("seeded subsamples of pool.jsonl")).to_be_visible(timeout=LONG)


def test_the_trust_card_is_made_and_read(page: Page, prepared: str):
    here = compare(page, prepared, "Trust card")
    press(here, "Check ")
    expect(here.get_by_text("pairs of sets of n")).to_be_visible(timeout=LONG)
    take(here, "What was seen", "Vendi Score")
    take_several(here, "Further encoders", "not/there")
    press(here, "Check ")
