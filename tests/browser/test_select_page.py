"""The Select page in the browser: a recipe that is put together and saved there chooses the same rows elsewhere."""

import json
from pathlib import Path

from playwright.sync_api import expect

from core.__main__ import main
from core.choice import Choice
from core.filters import Filter
from core.recipe import Recipe, read_recipe
from tests.browser.conftest import LONG, rest
from tests.browser.steps import download, embed, go, main_part, pick, upload

SAMPLE = Path(__file__).parents[2] / "sample_data" / "gamut_sample.jsonl"
ROWS = 150


def test_a_recipe_saved_in_the_browser_gives_the_same_rows_on_the_command_line(page, screenshot, tmp_path, monkeypatch):
    pool = tmp_path / "pool.jsonl"
    lines = SAMPLE.read_bytes().splitlines()[::4]  # other rows than other tests have in the same app
    pool.write_bytes(b"\n".join(lines) + b"\n")
    never = [json.loads(line)["id"] for line in lines[:3]]
    go(page, "Data")
    upload(page, pool)
    embed(page)

    go(page, "Select")
    here = main_part(page)
    pick(page, here.get_by_role("combobox", name="What do you want?"), "Cover my pool")
    expect(page.get_by_text("Every kind of row should be near a chosen one.")).to_be_visible()

    rest(page)  # a box that is opened while the page is still being drawn closes again
    here.get_by_text("Steps before the choice").click()
    rest(page)
    here.get_by_text("Remove near-copies", exact=True).click()
    rest(page)
    here.get_by_role("button", name="Add this step").click()
    expect(page.get_by_text("Remove near-copies (SemDeDup): cosine above 0.950")).to_be_visible()
    rest(page)
    here.get_by_text("Filter rows", exact=True).click()
    rest(page)
    pick(page, here.get_by_role("combobox", name="Column to filter by"), "domain")
    pick(page, here.get_by_role("combobox", name="Rule"), "is none of")
    values = here.get_by_role("combobox", name="Values")
    pick(page, values, "maths")
    values.press("Escape")
    here.get_by_role("button", name="Add this step").click()
    expect(page.get_by_text("Keep rows where domain: none of maths.")).to_be_visible()
    rest(page)

    here.get_by_text("Limits", exact=True).click()
    rest(page)
    here.get_by_role("tab", name="Must not", exact=True).click()
    ids = here.get_by_role("textbox", name="Ids, a line each").locator("visible=true")
    ids.fill("\n".join(never))
    ids.press("Control+Enter")
    rest(page)
    here.get_by_role("button", name="Add", exact=True).locator("visible=true").click()
    expect(page.get_by_text(f"3 rows: {', '.join(never)}")).to_be_visible()
    rest(page)
    rows = page.get_by_label("Rows", exact=True).first
    rows.fill("20")
    rows.press("Enter")
    rest(page)
    page.get_by_role("button", name="Choose 20 rows").click()
    expect(page.get_by_text(f"20 rows of {ROWS} by Facility location")).to_be_visible(timeout=LONG)
    rest(page)
    page.get_by_role("tab", name="Left out", exact=True).click()
    expect(page.get_by_text("worst covered first")).to_be_visible()
    page.get_by_role("tab", name="How many", exact=True).click()
    expect(page.get_by_text("Little is under (%)")).to_be_visible()
    screenshot(page, "chosen")

    saved = download(page, "Save the recipe", tmp_path)
    recipe = read_recipe(saved)
    assert recipe == Recipe(
        (
            Choice("semdedup", "100%", params={"eps": 0.05}),
            Filter("domain", none_of=("maths",)),
            Choice("facility_location", "20", never=tuple(never)),
        )
    )
    go(page, "Export")
    rest(page)
    manifest = download(page, "Download the manifest", tmp_path)
    positions = json.loads(manifest.read_text())["selection"]["positions"]

    monkeypatch.setenv("GAMUT_HOME", str(tmp_path / "another home"))
    found = tmp_path / "ids.json"
    assert main(["select", str(pool), "--recipe", str(saved), "--out", str(found), "--quiet"]) == 0
    assert json.loads(found.read_text())["positions"] == positions
    assert len(set(positions)) == 20

    go(page, "Select")  # and opened again, on a page that was left, it is the same
    rest(page)
    page.get_by_text("Open a recipe", exact=True).click()
    page.get_by_test_id("stExpander").filter(has_text="Open a recipe").locator('input[type="file"]').set_input_files(
        saved
    )
    expect(page.get_by_text(f"Opened {saved.name}: 3 steps.")).to_be_visible()
    rest(page)
    assert read_recipe(download(page, "Save the recipe", tmp_path)) == recipe
