"""The Select page by its script: goals, limits, steps and recipes; what it chooses is what the command line chooses."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.__main__ import main
from core.advice import coverage_curve, enough, in_words
from core.centroids import read_centroids
from core.choice import Choice
from core.filters import Filter
from core.gain_knee import gain_knee
from core.goals import EVERY, GOALS, ways_to
from core.jobs import Jobs
from core.listed_rows import Listed
from core.recipe import Recipe, dump_recipe
from core.selectors import SELECTORS
from core.store import Store
from core.subset import Subset
from core.subsets import Subsets
from core.workspace import Workspace
from tests.app_script import do_all, empty_store, go, open_page, open_rows, said, the_study

PAGE = "5_Select"
ROWS = 120


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A dataset with vectors of its own, some of them copies, whose jobs nobody does before the test asks."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "id": f"r{i}",
            "text": f"row {i}",
            "topic": ["maths", "code", "law"][i % 3],
            "score": None if i % 20 == 7 else round(float(rng.random()), 3),
            "tags": [f"t{i % 5}", f"u{i % 7}"],
        }
        for i in range(ROWS)
    ]
    vectors = rng.normal(size=(ROWS, 8)).astype(np.float32)
    vectors[100:] = vectors[:20]
    monkeypatch.chdir(tmp_path)
    found = empty_store(tmp_path / "home", monkeypatch)
    open_rows(found, tmp_path / "rows.jsonl", rows, vectors)
    return found


def opened() -> AppTest:
    return open_page(PAGE)


def tab(page: AppTest) -> Any:
    """The first tab of the page, in which one chooses."""
    return page.tabs[0]


def named(widgets: Any, label: str) -> Any:
    """The one widget of that label."""
    (found,) = [widget for widget in widgets if widget.label == label]
    return found


def starting(widgets: Any, key: str) -> Any:
    """The one widget whose key begins so."""
    (found,) = [widget for widget in widgets if (widget.key or "").startswith(key)]
    return found


def goal(page: AppTest, name: str) -> AppTest:
    return named(tab(page).selectbox, "What do you want?").set_value(name).run()


def by_name(page: AppTest, selector: str) -> AppTest:
    return named(tab(goal(page, EVERY)).selectbox, "Selector").set_value(selector).run()


def button(page: AppTest) -> Any:
    (found,) = [each for each in tab(page).button if each.key == "choose"]
    return found


def press(page: AppTest, label: str, key: str = "") -> AppTest:
    (found,) = [each for each in tab(page).button if each.label == label and (each.key or "").startswith(key)]
    return found.click().run()


def fill(page: AppTest, recipe: Recipe) -> AppTest:
    """Open a recipe by its file."""
    file = named(tab(page).get("file_uploader"), "Recipe (YAML or JSON)")
    return file.set_value(("my.yaml", dump_recipe(recipe).encode(), "application/yaml")).run()


def chosen(store: Store, page: AppTest) -> Recipe:
    """Press the button and do the work; the recipe that was followed."""
    button(page).click().run()
    (job,) = do_all(store)
    assert job.what == "select"
    return Recipe.from_json(job.args["recipe"])


def table_key(page: AppTest, name: str) -> str:
    (key,) = [each.key for each in tab(page).dataframe if (each.key or "").startswith(f"{name}:")]
    return str(key)


# Goals


@pytest.mark.parametrize("name", GOALS)
def test_each_goal_offers_its_selectors_with_what_they_cost(store, name):
    page = goal(opened(), name)
    assert not page.exception
    offered = named(tab(page).radio, "Selector")
    assert offered.options == [SELECTORS[way].title for way in ways_to(name)]
    assert offered.value == ("novelselect" if "novelselect" in ways_to(name) else ways_to(name)[0])
    assert GOALS[name].says in said(tab(page).caption)


def test_the_page_begins_with_a_goal_and_can_choose_at_once(store):
    page = opened()
    assert named(tab(page).selectbox, "What do you want?").value == "spread"
    assert button(page).label == "Choose 12 rows"
    assert not button(page).disabled
    assert "Takes 12 rows out of 120 by NovelSelect, seed 0." in said(tab(page).caption)
    assert chosen(store, page) == Recipe((Choice("novelselect", "12"),))


@pytest.mark.parametrize("name", SELECTORS)
def test_every_selector_is_reached_by_its_name_and_chooses(store, name):
    page = by_name(opened(), name)
    shown = said(tab(page).caption)
    for words in (SELECTORS[name].says, SELECTORS[name].rewards, SELECTORS[name].overlooks):
        assert words in shown
    if "labels" in SELECTORS[name].needs:
        page = named(tab(page).selectbox, "Label").set_value("topic").run()
    if "tags" in SELECTORS[name].needs:
        page = named(tab(page).selectbox, "Tags").set_value("tags").run()
    if "quality" in SELECTORS[name].needs:
        page = starting(tab(page).selectbox, "missing").set_value("leave out").run()
    assert not button(page).disabled, said(tab(page).warning)
    recipe = chosen(store, page)
    assert recipe.choice.selector == name
    page = page.run()
    assert not page.exception
    assert f"of {ROWS} by {SELECTORS[name].title}" in said(tab(page).markdown)


# Columns and budgets


def test_what_a_selector_needs_and_has_not_is_said_and_nothing_can_be_pressed(store):
    page = by_name(opened(), "instag")
    assert button(page).disabled
    assert "needs a column of tags: name one." in said(tab(page).warning)
    page = named(tab(page).selectbox, "Tags").set_value("tags").run()
    assert not button(page).disabled


def test_missing_scores_are_found_fault_with_until_it_is_said_what_becomes_of_them(store):
    page = by_name(opened(), "quality")
    assert named(tab(page).selectbox, "Quality").value == "score"
    assert button(page).disabled
    assert "no number in 6 of 120 rows; the first is row 8" in said(tab(page).warning)
    page = starting(tab(page).selectbox, "missing").set_value("lowest").run()
    page = starting(tab(page).selectbox, "quality direction").set_value("lower").run()
    assert chosen(store, page).choice == Choice("quality", "12", quality=("score", False), missing="lowest")


@pytest.mark.parametrize(
    ("unit", "label", "value", "budget", "button_label"),
    [
        ("rows", "Rows", 17, "17", "Choose 17 rows"),
        ("percent", "Percent of the rows", 2.5, "2.5%", "Choose 3 rows"),
        ("tokens", "Tokens", 300, "300 tokens", "Choose rows of 300 tokens"),
    ],
)
def test_a_budget_is_in_rows_percent_or_tokens(store, unit, label, value, budget, button_label):
    page = starting(tab(opened()).button_group, "budget unit").set_value(unit).run()
    page = named(tab(page).number_input, label).set_value(value).run()
    if unit == "tokens":
        page = named(tab(page).text_input, "Tokenizer").set_value("some/model").run()
    assert button(page).label == button_label
    how = f"{button_label.removeprefix('Choose ')} out of 120{' rows' if unit == 'tokens' else ''}"
    assert f"Takes {how} by NovelSelect, seed 0." in said(tab(page).caption)
    button(page).click().run()
    (job,) = [job for job in Jobs(store).all() if job.state == "queued"]
    choice = Recipe.from_json(job.args["recipe"]).choice
    assert choice == Choice("novelselect", budget, tokenizer="some/model" if unit == "tokens" else None)


def test_parameters_that_differ_from_their_defaults_are_part_of_the_choice(store):
    page = named(tab(opened()).number_input, "Alpha").set_value(2.0).run()
    page = named(tab(page).number_input, "Seed").set_value(7).run()
    assert chosen(store, page).choice == Choice("novelselect", "12", seed=7, params={"alpha": 2.0})


# Limits


@pytest.mark.parametrize(("name", "pasted"), [("must", "r3\nr5\n"), ("never", '["r3", "r5"]'), ("owned", "r3\n\nr5")])
def test_ids_that_are_pasted_limit_the_choice(store, name, pasted):
    page = opened()
    starting(tab(page).text_area, f"paste:{name}").set_value(pasted)
    page = press(page, "Add", f"FormSubmitter:add:{name}")
    assert "2 rows**: r3, r5" in said(tab(page).markdown)
    choice = chosen(store, page).choice
    assert getattr(choice, name) == ("r3", "r5")
    positions = the_study(store).choose(choice).positions.tolist()
    assert positions[:2] == [3, 5] if name == "must" else not {3, 5} & set(positions)
    page = press(page.run(), "Clear", f"clear:{name}")
    assert not button(page).disabled
    assert chosen(store, page).choice == Choice("novelselect", "12")


def test_an_id_that_no_row_has_is_said_before_the_choice(store):
    page = opened()
    starting(tab(page).text_area, "paste:must").set_value("r3\nnobody")
    page = press(page, "Add", "FormSubmitter:add:must")
    assert button(page).disabled
    assert "1 of 2 ids of must-have rows" in said(tab(page).warning)


def test_rows_of_a_file_and_of_an_earlier_selection_are_those_that_one_has(store):
    page = opened()
    first = chosen(store, page)
    positions = the_study(store).follow(first).selection.positions
    page = goal(page.run(), "extend")
    starting(tab(page).get("file_uploader"), "file:owned").set_value(("mine.txt", b"r1\nr2\n", "text/plain"))
    earlier = starting(tab(page).selectbox, "earlier:owned")
    assert earlier.options == ["12 rows by NovelSelect"]
    earlier.set_value(next(job.id for job in Jobs(store).all() if job.what == "select"))
    page = press(page, "Add", "FormSubmitter:add:owned")
    choice = chosen(store, page).choice
    assert choice.owned == tuple(dict.fromkeys(["r1", "r2", *(f"r{row}" for row in positions)]))
    more = the_study(store).choose(choice).positions
    assert len(more) == 12
    assert not set(more.tolist()) & {1, 2, *positions.tolist()}


def test_groups_have_least_and_most_numbers_and_what_cannot_be_met_is_said(store):
    page = starting(tab(opened()).selectbox, "group column").set_value("topic").run()
    page = starting(tab(page).number_input, "most:").set_value(3).run()
    assert button(page).disabled
    assert "room for 9 rows together, and the budget is 12" in said(tab(page).warning)
    page = starting(tab(page).number_input, "most:").set_value(5).run()
    page = starting(tab(page).number_input, "least:").set_value(3).run()
    choice = chosen(store, page).choice
    assert choice == Choice("novelselect", "12", group="topic", least_each=3, most_each=5)


# Steps and recipes

EVERYTHING = Recipe(
    (
        Choice("semdedup", "100%", params={"eps": 0.05}, keep_copies=True),
        Filter("score", at_least=0.1),
        Filter("topic", none_of=("law",)),
        Choice(
            "mmr",
            "25%",
            seed=3,
            params={"spread_weight": 0.3},
            quality=("score", False),
            missing="mean",
            must=("r0",),
            never=("r1", "r2"),
            owned=("r4",),
            group="topic",
            least={"code": 4},
            most={"maths": 9},
            least_each=2,
            most_each=12,
        ),
    )
)


def test_a_recipe_that_is_opened_fills_the_page_and_leaves_it_as_it_came(store):
    page = fill(opened(), EVERYTHING)
    assert not page.exception
    assert "Opened my.yaml: 4 steps." in said(tab(page).caption)
    how = "by MMR, lower score is better, after 3 steps, within limits, 1 parameter set, seed 3."
    assert how in said(tab(page).caption)
    assert named(tab(page).selectbox, "What do you want?").value == "balance"
    assert chosen(store, page) == EVERYTHING


def test_a_saved_subset_narrows_the_pool_as_a_step(store, monkeypatch):
    (entry,) = Workspace(store).entries()
    dataset = Workspace(store).dataset(entry)
    Subsets(store).add(dataset, range(30), "first", made={"by": "ids"})
    page = opened()
    page = starting(tab(page).button_group, "add step").set_value("Saved subset").run()
    page = press(page, "Add this step")
    assert "Keep the rows of the subset first. Leaves 30 rows." in said(tab(page).markdown)
    step = chosen(store, page).steps[0]
    assert step == Listed("first", tuple(f"r{number}" for number in range(30)))
    monkeypatch.setattr(Subset, "within", lambda self, study: np.empty(0, dtype=np.int64))
    page = starting(tab(page).button_group, "add step").set_value("Saved subset").run()
    assert "None of its rows are among those" in said(tab(page).caption)
    assert "Add this step" not in [each.label for each in tab(page).button]


def test_a_recipe_from_the_page_chooses_the_same_rows_on_the_command_line(store, tmp_path, monkeypatch):
    page = opened()
    page = starting(tab(page).button_group, "add step").set_value("Remove near-copies").run()
    page = press(page, "Add this step")
    page = starting(tab(page).button_group, "add step").set_value("Filter rows").run()
    page = named(tab(page).selectbox, "Column to filter by").set_value("topic").run()
    page = starting(tab(page).selectbox, "filter rule").set_value("one_of").run()
    page = named(tab(page).multiselect, "Values").set_value(["maths", "code"]).run()
    page = press(page, "Add this step")
    page = by_name(page, "mmr")
    page = starting(tab(page).selectbox, "missing").set_value("mean").run()
    page = starting(tab(page).button_group, "budget unit").set_value("percent").run()
    starting(tab(page).text_area, "paste:never").set_value("r0\nr1")
    page = press(page, "Add", "FormSubmitter:add:never")
    recipe = chosen(store, page)
    assert recipe.steps[0] == Choice("semdedup", "100%", params={"eps": 0.05})
    page = page.run()
    # of 120 rows 20 are copies, and of the other 100 every third is about law
    text = said(tab(page).markdown)
    assert "**100 rows** left" in text
    assert "**67 rows** left" in text
    assert "**7 rows** left" in text
    (tmp_path / "saved.yaml").write_text(dump_recipe(recipe))
    monkeypatch.setenv("GAMUT_HOME", str(tmp_path / "another home"))
    words = ["select", "rows.jsonl", "--embeddings", "rows.npy", "--recipe", "saved.yaml", "--out", "ids.json"]
    assert main(words) == 0
    monkeypatch.setenv("GAMUT_HOME", str(store.home))
    selection = the_study(store).follow(recipe).selection
    assert json.loads((tmp_path / "ids.json").read_text())["ids"] == [f"r{row}" for row in selection.positions]
    assert len(selection) == 7


DOMAINS = Recipe((Choice("entropy", "9", examples={"one": ("r1", "r2"), "other": ("r3", "r4")}),))


def test_seed_examples_come_with_a_recipe_and_can_be_taken_away(store):
    page = fill(opened(), DOMAINS)
    assert "2 domains** from seed examples: one (2), other (2)" in said(tab(page).markdown)
    assert chosen(store, page).choice.examples == DOMAINS.choice.examples
    page = press(page.run(), "Clear", "clear:domains")
    assert chosen(store, page).choice.examples == {}


@pytest.mark.parametrize("kind", ["json", "npy", "npz"])
def test_domains_are_uploaded_as_examples_or_as_centroids(store, kind, tmp_path):
    page = by_name(opened(), "entropy")
    content = json.dumps({"one": ["r1", "r2"], "other": ["r3"]}).encode()
    if kind != "json":
        names = {} if kind == "npy" else {"names": np.array(["maths", "code", "law"])}
        np.save(tmp_path / "c.npy", np.eye(8)[:3])
        np.savez(tmp_path / "c.npz", points=np.eye(8)[:3], **names)
        content = (tmp_path / f"c.{kind}").read_bytes()
    starting(tab(page).get("file_uploader"), "file:domains").set_value((f"d.{kind}", content, "application/json"))
    page = press(page, "Use these")
    choice = chosen(store, page).choice
    assert dict(choice.examples) == ({"one": ("r1", "r2"), "other": ("r3",)} if kind == "json" else {})
    centroids = {"npy": ("1", "2", "3"), "npz": ("maths", "code", "law")}
    assert (choice.centroids and choice.centroids.names) == centroids.get(kind)
    page = fill(page.run(), Recipe((choice,)))
    assert kind == "json" or ", ".join(centroids[kind]) in said(tab(page).markdown)
    assert chosen(store, page).choice == choice


def test_a_recipe_opens_no_file_of_the_server_beyond_its_folder(store, tmp_path, monkeypatch):
    np.save(tmp_path / "c.npy", np.eye(8)[:3])
    wanted = Recipe((Choice("entropy", "9", centroids=str(tmp_path / "c.npy")),))
    monkeypatch.delenv("GAMUT_DATA_ROOT", raising=False)
    assert "opens no files by path" in said(tab(fill(opened(), wanted)).error)
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("GAMUT_DATA_ROOT", str(tmp_path / "data"))
    assert "does not lie below" in said(tab(fill(opened(), wanted)).error)
    monkeypatch.setenv("GAMUT_DATA_ROOT", str(tmp_path))
    whole = Choice("entropy", "9", centroids=read_centroids(tmp_path / "c.npy"))
    assert chosen(store, fill(opened(), wanted)).choice == whole, "the recipe now holds them itself"


def test_steps_are_moved_and_removed(store):
    page = fill(opened(), EVERYTHING)
    page = press(page, "Down", "Down:0")
    page = press(page, "Remove", "remove:2")
    left = chosen(store, page)
    assert left.steps == (EVERYTHING.steps[1], EVERYTHING.steps[0], EVERYTHING.steps[3])


def test_filters_say_how_many_rows_they_leave_and_what_they_leave_none_of(store):
    page = fill(opened(), Recipe((Filter("topic", one_of=("law",)), Choice("random", "50"))))
    assert "topic: one of law. Leaves 40 rows." in said(tab(page).markdown)
    assert button(page).disabled
    assert "The budget is 50 rows, and there are 40 rows to choose from." in said(tab(page).warning)
    page = fill(opened(), Recipe((Filter("topic", one_of=("tax",)), Choice("random", "50"))))
    assert "Step 1: No row stays" in said(tab(page).warning)


def test_a_file_that_is_no_recipe_is_refused_in_a_sentence_and_changes_nothing(store):
    page = opened()
    file = named(tab(page).get("file_uploader"), "Recipe (YAML or JSON)")
    page = file.set_value(("odd.yaml", b"steps: [{choose: all}]", "application/yaml")).run()
    assert not page.exception
    assert "Step 1 of the recipe is none of" in said(tab(page).error)
    assert chosen(store, page) == Recipe((Choice("novelselect", "12"),))


def test_a_recipe_that_names_a_subset_alone_is_opened_with_the_rows_that_it_has_here(store):
    dataset = the_study(store).dataset
    recipe = Recipe((Listed("mine"), Choice("random", "2")))
    page = fill(opened(), recipe)
    assert "There is no saved subset 'mine'" in said(tab(page).error)
    Subsets(store).add(dataset, [4, 1, 9], "mine", made={"by": "ids"})
    page = fill(opened(), recipe)
    assert not page.exception and "Leaves 3 rows" in said(tab(page).markdown)
    found = chosen(store, page)
    assert found.steps[0] == Listed("mine", tuple(str(each) for each in dataset.ids([4, 1, 9])))


def test_a_column_that_a_recipe_names_and_the_data_has_not_is_said(store):
    page = fill(opened(), Recipe((Choice("quality", "5", quality=("grade", True)),)))
    assert named(tab(page).selectbox, "Quality").value == "grade"
    assert button(page).disabled
    assert "grade" in said(tab(page).warning)


def test_what_was_set_is_there_again_after_another_page(store):
    page = fill(opened(), EVERYTHING)
    page = named(tab(page).number_input, "Seed").set_value(11).run()
    page = go(go(page, "7_Export"), PAGE)
    assert named(tab(page).number_input, "Seed").value == 11
    steps = EVERYTHING.steps
    found = chosen(store, page)
    assert found.steps[:3] == steps[:3]
    assert found.choice.as_json() == EVERYTHING.choice.as_json() | {"seed": 11}


def test_a_link_to_a_selection_shows_how_it_was_made(store):
    page = fill(opened(), EVERYTHING)
    chosen(store, page)
    (job,) = [job for job in Jobs(store).all() if job.what == "select"]
    page = open_page(PAGE, s=job.id)
    assert button(page).label == "Choose 25 % of the rows left"
    button(page).click().run()
    (again,) = [job for job in Jobs(store).all() if job.what == "select"]
    assert Recipe.from_json(again.args["recipe"]) == EVERYTHING


# Explained


def test_rows_left_out_are_listed_worst_covered_first_and_each_says_what_covers_it(store):
    page = opened()
    recipe = chosen(store, page)
    page = page.run()
    assert not [job for job in Jobs(store).all() if job.state == "queued"], "the choice brought what is shown"
    study = the_study(store)
    selection = study.follow(recipe).selection
    distance = 1 - study.space.unit64() @ study.space.unit64(selection.positions).T
    covered = distance.min(axis=1)
    (table,) = [each.value for each in tab(page).dataframe if "covered" in each.value]
    rest = np.setdiff1d(np.arange(ROWS), selection.positions)
    assert sorted(table["row"] - 1) == rest.tolist()
    assert table["covered"].tolist() == pytest.approx(sorted(covered[rest], reverse=True), abs=1e-9)
    row = int(table["row"].iloc[0]) - 1
    nearest = selection.positions[distance[row].argmin()]
    assert table["covered by"].iloc[0] == f"r{nearest}"


def test_a_click_on_a_chosen_row_says_its_rank_its_gain_and_the_nearest_before_it(store):
    page = opened()
    recipe = chosen(store, page)
    page = page.run()
    study = the_study(store)
    selection = study.follow(recipe).selection
    page.session_state[table_key(page, "chosen rows")] = {"selection": {"rows": [4], "columns": [], "cells": []}}
    page = page.run()
    assert not page.exception
    text = said(tab(page).markdown)
    row, before = selection.positions[4], selection.positions[:4]
    cosine = study.space.unit64(before) @ study.space.unit64(int(row))
    nearest = before[cosine.argmax()]
    assert "Why it was chosen" in text
    assert "Rank 5 of 12 rows" in text
    assert f"Gain {selection.gains[4]:.3f}"[:8] in text
    assert f"Nearest row chosen before it: row {nearest + 1}, id r{nearest}, at cosine distance" in text
    assert "score: " in text


def test_a_click_on_a_row_left_out_says_what_covers_it(store):
    page = opened()
    chosen(store, page)
    page = page.run()
    (table,) = [each.value for each in tab(page).dataframe if "covered" in each.value]
    page.session_state[table_key(page, "left out")] = {"selection": {"rows": [2], "columns": [], "cells": []}}
    page = page.run()
    text = said(tab(page).markdown)
    assert "Why it was left out" in text
    assert f"id {table['covered by'].iloc[2]}, at cosine distance" in text


def test_a_row_that_a_step_left_out_says_which(store):
    page = fill(opened(), Recipe((Filter("topic", one_of=("law",)), Choice("k_center", "9", never=("r2",)))))
    chosen(store, page)
    page = page.run()
    (table,) = [each.value for each in tab(page).dataframe if "covered" in each.value]
    for row, says in ((1, "Left out by step 1: Keep rows where topic: one of law"), (3, "must-not rows")):
        place = table["row"].tolist().index(row)
        page.session_state[table_key(page, "left out")] = {"selection": {"rows": [place], "columns": [], "cells": []}}
        page = page.run()
        assert says in said(tab(page).markdown)


def test_a_click_on_the_map_says_why_too(store):
    page = opened()
    recipe = chosen(store, page)
    study = the_study(store)
    row = int(study.follow(recipe).selection.positions[3])
    page = go(page, "2_Map")
    page = named(page.selectbox, "Map").set_value("pca").run()
    event = {"points": [{"customdata": [row]}], "lasso": [], "box": []}
    page.session_state[f"map:{study.key}:pca:Lasso:0"] = {"selection": event}
    page = page.run()
    assert not page.exception
    assert "Rank 4 of 12 rows" in said(page.markdown)


def test_the_advice_turns_on_a_number_that_can_be_changed(store):
    page = named(tab(opened()).number_input, "Rows").set_value(60).run()
    recipe = chosen(store, page)
    page = page.run()
    study = the_study(store)
    curve = coverage_curve(study, study.follow(recipe).selection)
    for least in (0.5, 5.0):
        page = named(tab(page).number_input, "Little is under (%)").set_value(least).run()
        assert in_words(curve, enough(curve, least / 100), least / 100) in said(tab(page).markdown)


def test_gains_that_bend_have_their_knee_said_and_ringed(store):
    page = fill(opened(), Recipe((Choice("semdedup", "120"),)))
    recipe = chosen(store, page)
    page = page.run()
    bend = gain_knee(the_study(store).follow(recipe).selection.gains)
    assert bend is not None
    assert bend.in_words() in said(tab(page).markdown)
    drawn = [json.loads(chart.proto.spec)["data"] for chart in tab(page).get("plotly_chart")]
    assert any(trace["x"] == [bend.rows] for traces in drawn for trace in traces)


def test_the_map_of_a_selection_is_coloured_by_coverage(store):
    page = opened()
    chosen(store, page)
    page = named(tab(page.run()).toggle, "Colour by distance to the nearest chosen row").set_value(True).run()
    assert not page.exception
    titles = [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in tab(page).get("plotly_chart")]
    assert any("distance to the nearest chosen row" in title.replace("<br>", " ") for title in titles)
