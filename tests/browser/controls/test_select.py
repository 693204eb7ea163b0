"""What can be set on the Select page is set: goals, budgets, limits, steps, parameters; what comes of it is read."""

import json

import yaml
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LONG
from tests.browser.hands import (
    calm,
    choose,
    drop_last,
    give,
    opened,
    press,
    put,
    save,
    tab,
    take,
    take_several,
    turn,
    unfold,
    write,
)
from tests.browser.prepared import rows
from tests.browser.steps import main_part


def select(page: Page, query: str) -> Locator:
    page.goto(f"/Select{query}")
    here = main_part(page)
    expect(here.get_by_text("12 rows of 60 by NovelSelect")).to_be_visible()
    calm(page)
    return here


def test_a_choice_is_set_up_by_goal_budget_columns_and_parameters(page: Page, prepared: str):
    here = select(page, prepared)
    take(here, "What do you want?", "Balance quality and diversity")
    choose(here, "MMR")
    take(here, "Quality", "score")
    take(here, "Better is", "lower")
    take(here, "Rows without a score", "Leave them out")
    choose(here, "percent")
    put(here, {"Percent of the rows": "20"})
    unfold(here, "Seed and parameters")
    put(here, {"Seed": "3", "Spread weight": "0.6"})
    take(here, "Scale", "as given")
    turn(here, "Let exact copies be chosen")
    expect(here.get_by_text("lower score is better")).to_be_visible()
    choose(here, "tokens")
    put(here, {"Tokens": "2000"})
    press(here, "Count them now")
    expect(here.get_by_text("each on average")).to_be_visible(timeout=LONG)
    put(here, {"Tokenizer": "not/there"})
    put(here, {"Tokenizer": ""})
    take(here, "What do you want?", "Keep boundary cases")
    unfold(here, "Domains of your own")
    some = [row["id"] for row in rows()[:4]]
    give(here, "Seed examples", "seeds.json", json.dumps({"a": some[:2], "b": some[2:]}).encode())
    press(here, "Use these")
    expect(here.get_by_text("from seed examples")).to_be_visible()
    unfold(here, "Seed and parameters")
    put(here, {"Target": "a", "Clusters": "3", "Rounds": "11"})
    unfold(here, "Domains of your own")
    press(here, "Clear", whole=True)
    expect(here.get_by_text("None: domains are those of")).to_be_visible()
    take(here, "What do you want?", "Choose a selector by its name")
    take(here, "Selector", "NovelSelect")
    unfold(here, "Seed and parameters")
    turn(here, "Include self")


def test_steps_before_a_choice_are_added_moved_and_removed(page: Page, prepared: str):
    here = select(page, prepared)
    unfold(here, "Steps before the choice")
    choose(here, "Remove near-copies")
    put(here, {"Highest cosine that two rows may have": "0.9"})
    press(here, "Add this step")
    choose(here, "Saved subset")
    take(here, "A saved subset", "more")
    choose(here, "Leave out")
    press(here, "Add this step")
    choose(here, "Filter rows")
    take(here, "Column to filter by", "score")
    take(here, "Rule", "lies between")
    put(here, {"From": "1", "Up to": "6"})
    take(here, "Rule", "is at least")
    put(here, {"Number": "1"})
    turn(here, "Keep rows without a value too")
    take(here, "Column to filter by", "when")
    take(here, "Rule", "is a date from, up to")
    put(here, {"From": "2024-03-01", "Up to": "2024-03-20"})
    press(here, "Add this step")
    press(here, "Down")
    press(here, "Remove")
    expect(here.get_by_text("Remove near-copies (SemDeDup)")).to_be_visible()


def test_what_a_choice_must_keep_to_is_named_by_file_subset_selection_cluster_and_group(page: Page, prepared: str):
    here = select(page, prepared)
    unfold(here, "Limits")
    first, second = (row["id"] for row in rows()[:2])
    give(here, "A file of ids", "must.csv", f"id\n{second}\n".encode())
    press(here, "Add", whole=True)
    expect(here.get_by_text(f"1 row: {second}")).to_be_visible()
    press(here, "Clear", whole=True)
    expect(here.get_by_text(f"1 row: {second}")).to_have_count(0)
    give(here, "A file of ids", "must.jsonl", f"{json.dumps(first)}\n".encode())
    press(here, "Add", whole=True)
    tab(here, "Must not")
    take(here, "Excluded clusters", "k-means")
    press(here, "Add", whole=True)
    expect(here.get_by_text("must-not row")).to_be_visible()
    tab(here, "Have")
    take(here, "An earlier selection", "12 rows")
    take(here, "A saved subset", "some")
    press(here, "Add", whole=True)
    tab(here, "Groups")
    take(here, "Column", "domain")
    put(here, {"At least of every one": "1", "At most of every one": "9"})
    write(here, "groups", "2", x=110)
    expect(here.get_by_text("groups by domain")).to_be_visible()
    said = yaml.safe_load(save(here, "Save the recipe"))["steps"][-1]["select"]
    assert said["must"] == [first]
    assert said["group"] == "domain"
    assert (said["least_each"], said["most_each"]) == (1, 9)
    assert list(said["least"].values()) == [2]


def test_how_many_clusters_is_tried_and_taken_over(page: Page, prepared: str):
    here = select(page, prepared)
    take(here, "What do you want?", "Choose a selector by its name")
    take(here, "Selector", "K-means, closest")
    unfold(here, "How many clusters?")
    put(here, {"Numbers to try": "3, 5"})
    put(here, {"A cluster is poor if its mean is below": "3"})
    take(here, "Scores", "none")
    press(here, "Try 2 numbers of clusters")
    take(here, "Clusters to use", "3")
    press(here, "Use k = 3")
    unfold(here, "Seed and parameters")


def test_what_came_of_a_choice_is_looked_through(page: Page, prepared: str):
    here = select(page, prepared)
    turn(here, "Colour by distance")
    tab(here, "How many")
    put(here, {"Little is under (%)": "2"})
    tab(here, "Left out")
    take(here, "Sort all rows by", "number in the file")
    inside = opened(here, "Save as subset")
    put(inside, {"Name": "chosen ones"}, send="Tab")
    press(inside, "Save")
    expect(page.get_by_text("Saved as").first).to_be_visible()


def is_there_after_a_reload(here: Locator, name: str, words: str) -> None:
    expect(here.get_by_text(words)).to_be_visible(timeout=LONG)
    calm(here.page)
    here.page.reload()
    expect(here.get_by_text(words)).to_be_visible()
    expect(here.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")


def test_a_bench_is_set_up_and_read(page: Page, prepared: str):
    here = select(page, prepared)
    tab(here, "Bench")
    take_several(here, "Selectors", "Farthest")
    take_several(here, "Budgets", "20%")
    drop_last(here, "Budgets")
    drop_last(here, "Metrics")
    put(here, {"Seeds": "1", "Random subsets": "3"})
    take(here, "Count the values of", "language")
    take(here, "Quality for selectors that use it", "score")
    take(here, "3 rows without a score", "count as the mean")
    press(here, "Run ")
    is_there_after_a_reload(here, "Bench", "beyond all 3 random subsets")
    choose(here, "5%")
    take(here, "By budget", "Vendi Score")
    unfold(here, "In words")
    save(here, "All numbers as JSON")


def test_a_frontier_is_set_up_and_read(page: Page, prepared: str):
    here = select(page, prepared)
    tab(here, "Frontier")
    take(here, "Selector", "MMR")
    take(here, "Quality", "score")
    take(here, "Diversity", "Vendi Score")
    put(here, {"Budget": "20%", "Weights (spread_weight)": "0, 0.5, 1"})
    press(here, "Choose at 3 weights")
    is_there_after_a_reload(here, "Frontier", "What moves between two weights")
    take(here, "From", "0.5")
    take(here, "To", "0")
    save(here, "All numbers and ids as JSON")
