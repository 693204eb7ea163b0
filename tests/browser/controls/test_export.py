"""What can be set on the Export page is set, and what it offers is downloaded."""

import json

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LONG
from tests.browser.hands import calm, choose, give, press, put, save, take, take_several, turn, unfold
from tests.browser.prepared import rows
from tests.browser.steps import main_part


def export(page: Page, query: str) -> Locator:
    page.goto(f"/Export{query}")
    here = main_part(page)
    expect(here.get_by_text("The same subset from the command line")).to_be_visible(timeout=LONG)
    calm(page)
    return here


def test_a_choice_is_taken_away_in_every_form(page: Page, prepared: str):
    here = export(page, prepared)
    choose(here, "CSV", "original")
    turn(here, "Escape cells")
    take_several(here, "Add columns", "cluster")
    save(here, "Download the recipe")
    unfold(here, "Several files (shards)", "For a training framework", "The rows")
    put(here, {"A file has at most": "5"})
    take(here, "Packed", "gzip")
    press(here, "Write the files")
    save(here, "Download 3 files")
    choose(here, "Axolotl")
    save(here, "Download ")
    choose(here, "JSONL")
    take(here, "Counted in", "MB")


def test_the_proof_is_made_and_would_be_pushed(page: Page, prepared: str):
    here = export(page, prepared)
    take(here, "Map of the report", "PCA")
    press(here, "Make the proof")
    expect(here.get_by_role("button", name="Download the proof of 12 rows")).to_be_visible(timeout=LONG)
    save(here, "Download the proof of 12 rows")
    unfold(here, "Hugging Face hub")
    save(here, "Download the folder")
    put(here, {"Name on the hub": "me/rows", "Branch": "tried"})
    turn(here, "Private", "Write over files")
    press(here, "Push to the hub")
    expect(here.get_by_text("did not finish").first).to_be_visible(timeout=LONG)


def test_rows_that_stand_in_an_evaluation_file_are_left_out(page: Page, prepared: str):
    here = export(page, prepared)
    unfold(here, "Hold the rows against evaluation files")
    take_several(here, "Open datasets to hold them against", "narrow.jsonl")
    put(here, {"Words of an n-gram": "8", "Least share of n-grams, %": "5", "Least cosine": "0.90"})
    give(here, "Evaluation files", "test.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows()).encode())
    expect(here.get_by_text("test.jsonl").first).to_be_visible(timeout=LONG)
    press(here, "Hold 60 rows against")
    expect(here.get_by_text("Of all 60 rows")).to_be_visible(timeout=LONG)
    take_several(here, "Leave out rows met by", "near")
    before = page.url
    press(here, "Choose again without them")
    expect(page).not_to_have_url(before, timeout=LONG)


def test_a_subset_is_exported(page: Page, prepared: str):
    here = export(page, prepared)
    take(here, "What to export", "more")
    save(here, "Download 30 rows as JSONL")
    save(here, "Download the manifest")
