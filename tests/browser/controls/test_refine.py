"""What can be set on the Refine page is set: plans, rounds, outcomes, and choices between domains."""

import json
import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LONG
from tests.browser.hands import calm, choose, drop_last, give, press, put, save, tab, take, turn, unfold
from tests.browser.steps import main_part, sidebar


def refine(page: Page, query: str) -> Locator:
    page.goto(f"/Refine{query}")
    here = main_part(page)
    expect(here.get_by_text("8 of 12 rows in 2 of 3 rounds")).to_be_visible()
    calm(page)
    return here


def test_another_refinement_is_planned(page: Page, prepared: str):
    here = refine(page, prepared)
    take(here, "Refinement", "Begin another")
    choose(here, "rows")
    put(here, {"Rows": "20", "Rounds": "3", "Clusters": "5"})
    take(here, "Quality", "none")
    take(here, "Quality", "quality")
    take(here, "Better is", "lower")
    choose(here, "Eq. 6 as printed")
    unfold(here, "Rows held out, seed and parameters")
    put(here, {"Held out, percent of every cluster": "10", "Seed": "4"})
    turn(here, "Let exact copies be drawn")
    put(here, {"Name": "mine"})
    press(here, "Draw 7 rows for round 1 of 3")
    expect(here.get_by_text("7 of 20 rows in 1 of 3 rounds")).to_be_visible(timeout=LONG)
    choose(here, "Here")
    here.get_by_role("button", name="Run by itself to round 3, the last").click()
    sidebar(page).get_by_role("button", name="Cancel").click()
    expect(here.get_by_text("was cancelled")).to_be_visible(timeout=LONG)


def test_rounds_are_looked_through_and_measured(page: Page, prepared: str):
    here = refine(page, prepared)
    choose(here, "the 4 of round 2")
    take(here, "As", "CSV")
    save(here, "Download 4 rows")
    choose(here, "Round 1")
    unfold(here, "Metrics and training")
    drop_last(here, "Metrics")
    put(here, {"Random subsets": "3"})
    turn(here, "Train a model on each")
    put(here, {"Trainings of each": "1"})
    turn(here, "Train a model on each")
    press(here, "Measure static, iterative and 3 random choices")
    expect(here.get_by_text("more diverse than all 3 random choices")).to_be_visible(timeout=LONG)
    save(here, "All numbers and rows as JSON")
    unfold(here, "State, branches and the command line", "Open a state from a file")
    take(here, "Round", "1")
    give(here, "State (JSON)", "state.json", save(here, "Download the state (JSON)"))
    expect(here.get_by_role("combobox", name="Refinement")).to_have_value(re.compile("^state, begun"))


def test_a_round_is_trained_here_or_scored_by_a_model_of_ones_own(page: Page, prepared: str):
    here = refine(page, prepared)
    choose(here, "Here")
    take(here, "Scored by", "A reward model by name")
    put(here, {"Reward model": "not/there"})
    unfold(here, "How it is trained")
    put(here, {"Tokens of an answer": "80", "Seed of the model": "1"})
    choose(here, "A model of your own")
    put(here, {"Folder or hub name": "not/there"})
    press(here, "Train on 8 rows and draw round 3")
    expect(here.get_by_text("did not finish").first).to_be_visible(timeout=LONG)


def test_generated_answers_are_scored_by_a_model(page: Page, prepared: str):
    here = refine(page, prepared)
    lines = save(here, "Form, JSONL").decode().splitlines()
    form = "".join(f"{json.dumps(json.loads(line) | {'generated': 'an answer'})}\n" for line in lines)
    give(here, "The form, filled in", "form.jsonl", form.encode())
    expect(here.get_by_text("holds 8 generated answers")).to_be_visible()
    choose(here, "A model of your own")
    put(here, {"Folder or hub name": "not/there"})
    press(here, "Score 8 answers and move the weights")
    expect(here.get_by_text("did not finish").first).to_be_visible(timeout=LONG)


def test_rows_between_domains_are_chosen_by_their_embeddings(page: Page, prepared: str):
    here = refine(page, prepared)
    tab(here, "Between domains (DaaR)")
    label = "Domains, one a line, with a sentence where the name does not say it"
    put(here, {label: "maths\ncode"}, send="Control+Enter")
    take(here, "Target domain", "code")
    choose(here, "My examples")
    lines = [{"domain": name, "prompt": "p", "response": "r"} for name in ("a", "b")]
    give(here, "Examples: a line of JSON each", "x.jsonl", "\n".join(map(json.dumps, lines)).encode())
    choose(here, "A language model's states")
    put(here, {"Held out, in %": "10", "Layer": "2", "Pairs of a domain": "4"})
    turn(here, "Train the model on the chosen rows")
    put(here, {"Seeds": "1", "Epochs": "1.00", "LoRA rank": "1"})
    choose(here, "A label column")
    choose(here, "The rows' own embeddings")
    take(here, "Column of domains", "domain")
    put(here, {"Share of the pool": "30%"})
    take(here, "Probe", "logistic")
    take(here, "Way", "As in the paper")
    take(here, "Way", "By entropy")
    press(here, "Choose rows between labels")
    expect(here.get_by_text("Take away")).to_be_visible(timeout=LONG)
    choose(here, "Most certain")
    take(here, "As", "CSV")
    save(here, "All rows, with domain and entropy")
    save(here, "The manifest, by which")
