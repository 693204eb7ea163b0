"""kMQ in rounds in the browser: begun, scored by a form that is filled in, there again after a reload, branched off."""

import csv
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import LONG, rest
from tests.browser.steps import download, embed, go, main_part, upload

SAMPLE = Path(__file__).parents[2] / "sample_data" / "gamut_sample.jsonl"
ROWS = 120


def test_rounds_go_on_by_a_form_and_outlive_a_reload(page, screenshot, tmp_path):
    pool = tmp_path / "refine_pool.jsonl"
    lines = SAMPLE.read_bytes().split(b"\n")[-ROWS - 1 : -1]  # rows of its own: others are open already
    pool.write_bytes(b"\n".join(lines) + b"\n")
    go(page, "Data")
    upload(page, pool)
    embed(page)
    go(page, "Refine")
    here = main_part(page)
    here.get_by_role("button", name="Draw 4 rows for round 1 of 3").click()
    expect(here.get_by_text("4 of 12 rows in 1 of 3 rounds; feedback for round 1 is awaited.")).to_be_visible(
        timeout=LONG
    )
    rest(page)

    form = download(page, "Form, CSV", tmp_path)
    assert form.name == "round_1_form.csv"
    with form.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    broken = tmp_path / "broken.csv"
    for path, gaps in ((broken, ["1", "much", "2", ""]), (form, ["1", "0.5", "2", "0.25"])):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(row | {"gap": gap} for row, gap in zip(rows, gaps, strict=True))
    uploader = here.get_by_test_id("stFileUploader").filter(has_text="filled in").locator('input[type="file"]')
    uploader.set_input_files(broken)
    expect(here.get_by_text("was not taken, and nothing changed: 2 lines cannot be used")).to_be_visible()
    screenshot(page, "refused")
    uploader.set_input_files(form)
    expect(here.get_by_text(re.compile("scores 4 of 4 rows by gap"))).to_be_visible()
    rest(page)
    here.get_by_role("button", name="Move the weights and draw 4 rows for round 2").click()
    second = here.get_by_text("8 of 12 rows in 2 of 3 rounds; feedback for round 2 is awaited.")
    expect(second).to_be_visible()
    rest(page)
    page.reload()
    expect(second).to_be_visible()
    rest(page)
    screenshot(page, "round 2")

    here.get_by_text("State, branches and the command line").click()
    here.get_by_role("button", name="Branch off at round 2").click()
    expect(here.get_by_text("branched off at round 2")).to_be_visible()
    expect(second).to_be_visible()
