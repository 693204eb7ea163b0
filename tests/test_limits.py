"""Limits of a choice: must-have and must-not rows, rows one has, shares of groups, budgets in tokens."""

import re

import numpy as np
import pytest

from core.errors import UserError
from core.geometry import Space
from core.selectors import SELECTORS, Limits, impossible, select

ROWS = 60


def some(*rows):
    return np.array(rows, dtype=np.int64)


def cloud(seed=0, rows=ROWS, dim=6):
    return Space(np.random.default_rng(seed).normal(size=(rows, dim)))


def columns(rows=ROWS):
    rng = np.random.default_rng(1)
    return {
        "quality": rng.random(rows),
        "labels": np.array(["a", "b", "c"])[rng.integers(3, size=rows)],
        "tags": [(f"t{number}", f"t{number % 7}") for number in range(rows)],
        "lengths": rng.integers(10, 500, size=rows),
    }


def choose(name, space, budget, **how):
    return select(name, space, budget, seed=3, **columns(len(space)), **how)


every_selector = pytest.mark.parametrize("name", sorted(SELECTORS))


@every_selector
def test_must_have_rows_come_first_and_must_not_rows_never(name):
    never = np.arange(0, ROWS, 5, dtype=np.int64)
    found = choose(name, cloud(), 20, limits=Limits(must=some(7, 33), never=never))
    assert found.positions[:2].tolist() == [7, 33]
    assert not np.isin(found.positions, never).any()
    assert len(set(found.positions.tolist())) == len(found)


@every_selector
def test_rows_that_one_has_are_not_chosen_again(name):
    owned = np.arange(0, 30, dtype=np.int64)
    found = choose(name, cloud(), 10, limits=Limits(owned=owned))
    assert len(found)
    assert not np.isin(found.positions, owned).any()


@every_selector
def test_no_group_goes_beyond_its_most_and_each_reaches_its_least(name):
    groups = np.repeat(["big", "middle", "small"], [40, 14, 6])
    limits = Limits(groups=groups, least={"small": 4}, most={"big": 9}, least_each=2)
    found = choose(name, cloud(), 18, limits=limits)
    counts = {group: int((groups[found.positions] == group).sum()) for group in ("big", "middle", "small")}
    assert counts["big"] <= 9
    if len(found) == 18:  # those that have a rule of their own may return fewer, and say so
        assert counts["small"] >= 4
        assert counts["middle"] >= 2
    else:
        assert any("returned" in note for note in found.notes)


@every_selector
def test_a_budget_in_tokens_is_kept_to_and_nearly_used(name):
    costs = np.random.default_rng(5).integers(20, 60, size=ROWS)
    found = choose(name, cloud(), 800, limits=Limits(costs=costs))
    spent = int(costs[found.positions].sum())
    assert spent <= 800
    assert found.unit == "tokens"
    assert any(f"{spent:,} of 800 tokens" in note for note in found.notes)
    rest = np.delete(costs, found.positions)
    if not any("rule" in note for note in found.notes):
        assert rest.min() > 800 - spent


def test_groups_that_the_tokens_do_not_reach_are_said():
    """Group a is served first by quality and takes long rows; for b only one of its two rows is left."""
    groups, score = np.array(["a", "a", "b", "b"]), np.array([4.0, 3.0, 2.0, 1.0])
    limits = Limits(groups=groups, least_each=2, costs=np.array([5, 1, 1, 1]))
    found = select("quality", cloud(rows=4), 8, quality=score, limits=limits)
    assert len(found) == 4, "there is room for all"
    assert not any("group" in note for note in found.notes)
    limits = Limits(groups=np.array(["a", "a", "a", "b", "b"]), least_each=2, costs=np.array([5, 1, 1, 1, 1]))
    found = select("quality", cloud(rows=5), 7, quality=np.array([5.0, 4, 3, 2, 1]), limits=limits)
    assert found.positions.tolist() == [0, 1, 3]
    said = "Not every group has the rows that it is to have at least: 'b' 1 of 2, since the tokens were used up."
    assert said in found.notes


def test_groups_that_a_rule_does_not_reach_are_said():
    rows = np.concatenate([np.eye(6), np.tile(np.eye(6)[:1], (3, 1)) + 1e-3 * np.eye(6)[1:4]])
    groups = np.array(["far"] * 6 + ["near"] * 3)
    limits = Limits(groups=groups, least={"near": 2})
    found = select("repr_filter", Space(rows), 8, quality=np.arange(9, 0, -1.0), limits=limits)
    assert (groups[found.positions] == "near").sum() == 1
    assert any("'near' 1 of 2, since no other row met its rule" in note for note in found.notes)


def test_limits_that_limit_nothing_change_nothing():
    for name in ("k_center", "novelselect", "random", "kmeans_closest"):
        plain, limited = choose(name, cloud(), 12), choose(name, cloud(), 12, limits=Limits())
        assert plain.positions.tolist() == limited.positions.tolist()


@pytest.mark.parametrize(
    ("limits", "budget", "words"),
    [
        (Limits(must=some(1, 2), never=some(2)), 5, "A must-have row is also a must-not or already chosen one: row 3."),
        (Limits(must=some(1, 2), never=some(2), ids=[f"r{n}" for n in range(10)]), 5, "already chosen one: 'r2'."),
        (
            Limits(must=some(1, 2, 4), owned=some(4, 2)),
            5,
            "2 must-have rows are also must-not or already chosen ones; the first is row 3.",
        ),
        (
            Limits(groups=np.repeat(["a", "b"], [9, 1]), least={"b": 2}),
            5,
            "of group 'b' are asked for, and 1 row can be chosen.",
        ),
        (
            Limits(groups=np.repeat(["a", "b"], 5), must=some(0, 1), most={"a": 1}),
            4,
            "At most 1 row of group 'a' is asked for, and it has 2 must-have rows.",
        ),
        (Limits(must=some(1, 2, 3)), 2, "The must-have rows alone are 3 rows, and the budget is 2"),
        (Limits(must=some(99)), 2, "numbered from 0 to 9"),
        (Limits(never=np.arange(10)), 2, "none is left to choose"),
        (Limits(costs=np.full(10, 50)), 40, "The shortest row has 50 tokens"),
        (Limits(groups=np.repeat(["a", "b"], 5), least={"a": 6}), 8, "At least 6 rows of group 'a'"),
        (
            Limits(groups=np.repeat(["a", "b"], 5), least={"a": 3}, most={"a": 2}),
            4,
            "at least 3 and at most 2 rows should",
        ),
        (Limits(groups=np.repeat(["a", "b"], 5), must=some(0, 1), most={"a": 1}), 4, "it has 2 must-have"),
        (Limits(groups=np.repeat(["a", "b"], 5), least_each=3), 4, "come to 6 rows, and the budget is 4"),
        (Limits(groups=np.repeat(["a", "b"], 5), most_each=2), 6, "room for 4 rows"),
    ],
)
def test_what_cannot_be_met_is_said_before(limits, budget, words):
    assert any(words in sentence for sentence in impossible(limits, 10, budget))
    with pytest.raises(UserError, match=re.escape(impossible(limits, 10, budget)[0])):
        select("random", cloud(rows=10), budget, limits=limits)


def test_a_group_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(UserError, match=r"no group 'z'. The groups: 'a', 'b'"):
        select("random", cloud(rows=10), 2, limits=Limits(groups=np.repeat(["a", "b"], 5), least={"z": 1}))


def test_a_group_of_which_no_row_is_left_is_not_said_to_be_unknown():
    limits = Limits(groups=np.repeat(["a", "b"], 5), least={"z": 1}, elsewhere=frozenset("z"))
    with pytest.raises(UserError, match="Of group 'z' no row is left: none of its rows is among the 10 here"):
        select("random", cloud(rows=10), 2, limits=limits)


@pytest.mark.parametrize(("must", "owned"), [((0, 10), ()), ((0, 10, 11), ()), ((0,), (13,)), ((10, 3), (0, 13))])
def test_the_distinct_rows_that_were_used_up_are_counted_once(must, owned):
    rows = np.random.default_rng(0).normal(size=(10, 4))
    space = Space(np.concatenate([rows, rows]))
    limits = Limits(must=some(*must), owned=some(*owned))
    found = select("k_center", space, 16, limits=limits)
    distinct = {row % 10 for row in found.positions.tolist()} - {row % 10 for row in owned}
    assert any(note.startswith(f"All {len(distinct)} distinct rows were used up") for note in found.notes)


@pytest.mark.parametrize(
    ("missing", "turned", "said"),
    [
        ("lowest", False, "count as the lowest of the others (2)."),
        ("mean", False, "count as the mean of the others (3)."),
        ("lowest", True, "count as the highest of the others (4, where lower is better)."),
        ("mean", True, "count as the mean of the others (3, where lower is better)."),
    ],
)
def test_what_rows_without_a_score_count_as_is_a_number_of_the_column(missing, turned, said):
    column = np.array([2.0, 4.0, np.nan])
    scores = -column if turned else column
    found = select("quality", cloud(rows=3), 2, quality=scores, missing=missing, turned=turned)
    assert found.notes[0].endswith(said)


def test_copies_of_must_have_rows_wait_until_the_distinct_ones_are_used_up():
    rows = np.random.default_rng(0).normal(size=(10, 4))
    space = Space(np.concatenate([rows, rows]))
    found = select("k_center", space, 14, limits=Limits(must=some(13)))
    assert found.positions[0] == 13
    assert len(set((found.positions[:10] % 10).tolist())) == 10
    assert any("All 10 distinct rows were used up; the last 4" in note for note in found.notes)


GOES_ON = sorted(name for name, found in SELECTORS.items() if found.goes_on)
NO_START = {"first", "seed"}


@pytest.mark.parametrize("name", [name for name in GOES_ON if SELECTORS[name].nested])
@pytest.mark.parametrize("given", [1, 7])
def test_a_choice_that_goes_on_is_the_rest_of_the_whole_one(name, given):
    space = cloud()
    whole = choose(name, space, 20)
    rest = choose(name, space, 20 - given, limits=Limits(owned=whole.positions[:given]))
    assert rest.positions.tolist() == whole.positions[given:].tolist()
    assert rest.gains == pytest.approx(whole.gains[given:], rel=1e-9)
    fixed = choose(name, space, 20, limits=Limits(must=whole.positions[:given]))
    assert fixed.positions.tolist() == whole.positions.tolist()


def slow_k_center(space, groups, most, budget, start):
    """Farthest-first in plain loops, where a full group is passed over."""
    rows, chosen = space.unit64(), [start]
    while len(chosen) < budget:
        near = np.min([np.linalg.norm(rows - rows[one], axis=1) for one in chosen], axis=0)
        for row in np.argsort(-near, kind="stable"):
            if row not in chosen and (groups[chosen] == groups[row]).sum() < most:
                chosen.append(int(row))
                break
    return chosen


def test_a_selector_that_is_told_of_full_groups_chooses_as_if_they_were_not_there():
    space, groups = cloud(rows=200), np.array([f"g{number % 9}" for number in range(200)])
    found = select("k_center", space, 30, seed=1, limits=Limits(groups=groups, most_each=4))
    assert found.positions.tolist() == slow_k_center(space, groups, 4, 30, int(found.positions[0]))


@pytest.mark.parametrize("name", GOES_ON)
def test_a_pick_is_the_best_of_those_that_are_open(name):
    """With room for one row of each group, the picks are those of a choice that goes on with the open rows alone."""
    space, groups = cloud(rows=40), np.array([f"g{number % 10}" for number in range(40)])
    found = choose(name, space, 6, limits=Limits(groups=groups, most_each=1), **draws(name))
    taken = []
    for pick in found.positions.tolist():
        shut = np.flatnonzero(np.isin(groups, groups[taken]) & ~np.isin(np.arange(40), taken)) if taken else some()
        if taken:
            again = choose(name, space, 1, limits=Limits(owned=np.array(taken), never=shut), **draws(name))
            assert pick == again.positions[0]
        taken.append(pick)


def draws(name):
    """Parameters with which nothing is drawn that another number of rows would draw otherwise."""
    every = {"facility_location_stochastic": {"epsilon": 1e-6}, "novelselect_parts": {"parts": 1, "candidates": 100.0}}
    return every.get(name, {})
