"""What can be set on the Map page is set: rows found and joined, clusters edited, near-copies, outliers, subsets."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LONG
from tests.browser.hands import (
    calm,
    choose,
    close,
    give,
    opened,
    press,
    put,
    save,
    slide,
    tab,
    take,
    take_several,
    tick,
    turn,
)
from tests.browser.prepared import rows
from tests.browser.steps import main_part, sidebar


def the_map(page: Page, query: str) -> Locator:
    page.goto(f"/Map{query}")
    here = main_part(page)
    expect(here.get_by_text("60 rows by UMAP.")).to_be_visible()
    calm(page)
    return here


def are_selected(here: Locator, number: int) -> None:
    expect(here.get_by_text(f"{number} row{'s'[: number != 1]} selected", exact=True).first).to_be_visible()


def test_rows_are_found_joined_and_filtered_and_each_step_is_undone(page: Page, prepared: str):
    here = the_map(page, prepared)
    word = [row for row in rows() if "time" in f"{row['instruction']} {row['response']}".lower()]
    both = [row for row in word if "s" in row["domain"]]
    put(here, {"Words": "time"})
    are_selected(here, len(word))
    take(here, "Rows found are", "what it keeps")
    inside = opened(here, "Filter")
    take(inside, "Column to filter by", "domain")
    take(inside, "Rule", "contains")
    put(inside, {"Text": "s"})
    press(inside, "Add this filter")
    close(inside)
    are_selected(here, len(both))
    press(here, "Undo")
    are_selected(here, len(word))
    press(here, "Redo")
    are_selected(here, len(both))
    press(here, "domain: contains")  # which takes the filter away
    expect(here.get_by_role("button", name="domain: contains 's'")).to_have_count(0)
    press(here, "Clear")
    expect(here.get_by_text("Draw a lasso around points")).to_be_visible()
    take(here, "Find by", "A row like it")
    put(here, {"Row": "#12", "Nearest": "7", "Cosine": "-1.00"})
    press(here, "Find")
    are_selected(here, 7)
    assert "&p=" in page.url


def test_the_map_is_drawn_by_another_method_in_other_colours(page: Page, prepared: str):
    here = the_map(page, prepared)
    turn(here, "Mark chosen")
    take(here, "Colour by", "domain")
    take(here, "Clusters", "HDBSCAN")
    take(here, "Map", "PCA")
    expect(here.get_by_text("60 rows by PCA.")).to_be_visible(timeout=LONG)


def test_clusters_are_renamed_merged_split_excluded_and_taken_from_a_file(page: Page, prepared: str):
    here = the_map(page, prepared)
    tick(here, "cluster list")
    put(here, {"Name": "Letters"}, send="Tab")
    press(here, "Rename")
    tick(here, "cluster list", 1)
    press(here, "Exclude")
    tick(here, "cluster list", 1)
    press(here, "Include again")
    tick(here, "cluster list")
    tick(here, "cluster list", 1)
    press(here, "Merge")
    tick(here, "cluster list")
    press(here, "Split")
    press(here, "Undo: split")
    expect(here.get_by_role("button", name="Undo: merged")).to_be_visible()
    inside = opened(here, "Edits as a file")
    edits = save(inside, "Download")
    assert b"Letters" in edits
    give(inside, "Take those of a file", "edits.json", edits.replace(b"Letters", b"Words"))
    press(inside, "Put them in the place of all edits")
    close(inside)
    expect(here.get_by_role("button", name="Undo: took edits from a file")).to_be_visible()


def test_near_copies_and_outliers_are_selected_and_read(page: Page, prepared: str):
    here = the_map(page, prepared)
    press(here, "Look for near-copies among 60 rows")
    press(here, "Look for outliers among 60 rows")
    slide(here, "Rows are near-copies from this cosine on", "Home")  # to the lowest, at which some are
    take(here, "Read a group, largest first", "2 rows")
    press(here, "Select the rows of all groups")
    slide(here, "The farthest of all rows")
    choose(here, "Distance")
    slide(here, "At least so far", "ArrowLeft")
    press(here, "Select these rows")
    expect(here.get_by_text("outliers (").first).to_be_visible()
    take_several(here, "Columns", "cluster")
    take(here, "Sort all rows by", "number in the file")
    take(here, "From", "lowest")
    tick(here, "outliers")
    press(here, "More like this")
    press(here, "Measure ")
    expect(here.get_by_text("random draws of as many")).to_be_visible(timeout=LONG)


def test_subsets_are_saved_changed_combined_deleted_and_read_from_a_file(page: Page, prepared: str):
    here = the_map(page, prepared)
    put(here, {"Words": "time"})
    inside = opened(here, "Save as subset")
    put(inside, {"Name": "on time", "Note": "what it is for"}, send="Tab")
    take(inside, "Colour", "pink")
    press(inside, "Save")
    expect(page.get_by_text("Saved as").first).to_be_visible()
    close(inside)
    take(here, "Subset", "more")
    put(here, {"Name": "more rows", "Note": "a note"}, send="Tab")
    take(here, "Colour", "brown")
    press(here, "Save changes")
    press(here, "Undo: renamed")
    take(here, "Subset", "more")
    press(here, "Select its rows on the map")
    are_selected(here, 30)
    press(here, "Delete")
    press(here, "Undo: deleted")
    tab(here, "Combine")
    take(here, "Operation", "Intersection")
    take_several(here, "Subsets", "some", "more")
    expect(here.get_by_text("10 rows", exact=True).first).to_be_visible()
    tab(here, "From a file of ids")
    put(here, {"Column of ids": "id"})
    give(here, "File of ids", "ids.csv", f"id\n{rows()[0]['id']}\n".encode())
    expect(here.get_by_text("1 row", exact=True).first).to_be_visible()


def test_what_the_reference_has_and_this_set_lacks_is_found(page: Page, prepared: str):
    page.goto(f"/Map{prepared}")
    calm(page)
    take(sidebar(page), "Dataset", "narrow.jsonl")
    take(sidebar(page), "Reference", "pool.jsonl")
    here = main_part(page)
    calm(page)
    press(here, "Look for what")
    expect(here.get_by_text("have nothing near them").first).to_be_visible(timeout=LONG)
    tick(here, "empty regions")
    expect(here.get_by_text("the farthest first")).to_be_visible()
