"""What can be set on the Data page, on the front page and in the sidebar is set."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import LONG
from tests.browser.hands import calm, choose, close, opened, press, put, save, take, take_several, turn, unfold
from tests.browser.steps import main_part, sidebar


def test_a_file_is_opened_by_its_path_read_as_it_is_said_and_set_up(page: Page, prepared_home: tuple[Path, str]):
    root = prepared_home[0].parent
    (root / "odd.csv").write_text("id;text;topic;score\n1;one;a;1\n2;;b;2\n3;three;b;3\n")
    page.goto("/Data")
    here = main_part(page)
    calm(page)
    unfold(here, "Open a dataset")
    choose(here, "Path on this machine")
    put(here, {"Path of a file or folder": "odd.csv"})
    unfold(here, "Read it differently")
    take(here, "Format", "csv")
    put(here, {"Encoding": "utf-8"})
    take(here, "Cells end at", "semicolon")
    take(here, "First line names columns", "yes")
    press(here, "Read")
    expect(here.get_by_role("heading", name="odd.csv", level=3)).to_be_visible(timeout=LONG)
    calm(page)
    take(here, "Text to embed", "One column")
    take(here, "Column", "text")
    turn(here, "Leave out the 1 row")
    take(here, "Response", "topic")
    take(here, "Response", "none")
    take_several(here, "Quality (scores)", "id")
    take_several(here, "of these, lower is better", "score")
    take(here, "Text to embed", "Your own pattern")
    put(here, {"Pattern": "{text} {topic}"}, send="Control+Enter")
    unfold(here, "Encoder")
    put(here, {"Model": "not/there"})
    put(here, {"Model": "default"})
    press(here, "Close this dataset")
    expect(here.get_by_role("heading", name="odd.csv", level=3)).to_have_count(0)


def test_unreadable_lines_are_listed_and_vectors_of_a_column_taken(page: Page, prepared_home: tuple[Path, str]):
    lines = [f'{{"text": "number {i}", "vector": [1.0, {i}]}}' for i in range(3)]
    (prepared_home[0].parent / "broken.jsonl").write_text("\n".join([*lines, '{"text": "cut off']) + "\n")
    page.goto("/Data")
    here = main_part(page)
    calm(page)
    unfold(here, "Open a dataset")
    choose(here, "Path on this machine")
    put(here, {"Path of a file or folder": "broken.jsonl"})
    press(here, "Read")
    expect(here.get_by_role("heading", name="broken.jsonl", level=3)).to_be_visible(timeout=LONG)
    save(here, "Download the list of these lines")
    unfold(here, "Encoder")
    take(here, "A column that holds lists of numbers", "vector")
    press(here, "Use this column")
    expect(here.get_by_text("Embedded: 3 rows")).to_be_visible(timeout=LONG)
    unfold(here, "Embed with another encoder")
    press(here, "Use this encoder")


def test_data_from_elsewhere_is_asked_for_and_refused_in_a_sentence(page: Page):
    page.goto("/Data")
    here = main_part(page)
    calm(page)
    unfold(here, "Open a dataset")
    choose(here, "Hugging Face hub")
    put(here, {"Dataset": "org/name", "Revision": "main"})
    press(here, "Look it up")
    expect(here.get_by_test_id("stAlert").first).to_be_visible()
    choose(here, "Address")
    choose(here, "A sample")
    put(here, {"Address": "http://127.0.0.1:9/x.jsonl", "How many": "10", "Seed": "2"})
    press(here, "Fetch")
    expect(here.get_by_test_id("stAlert").first).to_be_visible()
    unfold(here, "Open a dataset")
    choose(here, "Sample")
    press(here, "ShareGPT form")
    expect(here.get_by_role("heading", name="chats_sharegpt.json", level=3)).to_be_visible(timeout=LONG)


def test_scores_by_a_model_are_set_up_begun_and_cancelled(page: Page, prepared: str):
    page.goto(f"/Data{prepared}")
    here = main_part(page)
    calm(page)
    unfold(here, "Scores by a language model")
    turn(here, "Generation gap")
    put(here, {"Longest answer of the model": "8", "Seed of the proxy": "1"})
    choose(here, "A model of your own")
    put(here, {"Folder or hub name": "not/there"})
    press(here, "Score 60 rows")
    expect(here.get_by_text("did not finish").first).to_be_visible(timeout=LONG)


def test_projects_are_made_changed_chosen_and_deleted(page: Page, prepared: str):
    page.goto(f"/Help{prepared}")
    side, here = sidebar(page), main_part(page)
    take(side, "Dataset", "narrow.jsonl")
    inside = opened(side, "New project")
    put(inside, {"Name of a new project": "mine"}, send="Tab")
    press(inside, "Make the project")
    close(page.get_by_test_id("stPopoverBody"))
    expect(side.get_by_role("combobox", name="Project", exact=True)).to_be_visible()
    side.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare", level=1)).to_be_visible()
    unfold(here, "Sets, size, reference and metrics")
    press(here, "Open the narrow sample")  # as the project holds one set alone
    expect(here.get_by_role("heading", name="narrow_bread.jsonl", level=3)).to_be_visible(timeout=LONG)
    take(side, "Project", "mine")
    inside = opened(side, "Projects")
    put(inside, {"Name": "ours"}, send="Tab")
    take_several(inside, "Datasets", "pool.jsonl")
    press(inside, "Save changes")
    close(page.get_by_test_id("stPopoverBody"))
    take(side, "Project", "In no project")
    page.goto("/")
    press(here, "Open", whole=True)
    expect(side.get_by_role("combobox", name="Project", exact=True)).to_have_value(re.compile("ours"))
    inside = opened(side, "Projects")
    press(inside, "Delete the project")
    close(page.get_by_test_id("stPopoverBody"))
    expect(side.get_by_role("combobox", name="Project", exact=True)).to_have_count(0)


def test_long_work_is_done_on_a_cluster_or_here(page: Page):
    page.goto("/Help")
    for of_now, other in (("this machine", "Ray"), ("Ray", "This machine")):
        inside = opened(sidebar(page), f"Work is done on {of_now}")
        inside.get_by_role("radiogroup").get_by_text(re.compile(f"^{other}")).click()
        calm(page)
        close(inside)
    expect(sidebar(page).get_by_text("Work is done on this machine")).to_be_visible()


def test_the_front_page_leads_to_data(page: Page):
    page.goto("/")
    press(main_part(page), "Upload or name a file")
    expect(page.get_by_role("heading", name="Data", level=1)).to_be_visible()
