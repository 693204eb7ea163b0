"""Goals name selectors that there are, and leave none out of reach."""

import pytest

from core.goals import EVERY, GOALS, goals_of, ways_to
from core.selectors import SELECTORS

every_goal = pytest.mark.parametrize("goal", GOALS.values(), ids=GOALS)


@every_goal
def test_a_goal_names_one_to_three_selectors_that_there_are_each_with_its_trade_off(goal):
    assert 1 <= len(goal.ways) <= 3
    assert len({way.selector for way in goal.ways}) == len(goal.ways)
    for way in goal.ways:
        assert way.selector in SELECTORS
        assert way.trade_off.endswith(".")
    assert goal.says.endswith(".")


def test_every_selector_is_reached_by_its_name_and_once():
    assert sorted(ways_to(EVERY)) == sorted(SELECTORS)
    titles = [SELECTORS[name].title.casefold() for name in ways_to(EVERY)]
    assert titles == sorted(titles)


def test_the_goals_are_those_that_people_have_and_random_is_one_of_them():
    assert [goal.title for goal in GOALS.values()] == [
        "Cover my pool",
        "Remove redundancy",
        "Spread as far as possible",
        "Balance quality and diversity",
        "Keep boundary cases",
        "Extend what I have",
        "Random, for comparison",
    ]
    assert ways_to("random")[0] == "random"


def test_whoever_wants_to_balance_is_given_selectors_that_use_a_score():
    for name in ways_to("balance"):
        assert "quality" in SELECTORS[name].needs | SELECTORS[name].uses


def test_whoever_wants_to_extend_is_given_selectors_that_look_at_what_is_there():
    for name in ways_to("extend"):
        assert SELECTORS[name].goes_on


def test_selectors_that_claim_diversity_serve_a_goal_of_diversity():
    for name in ("cover", "dedup", "spread"):
        assert all(SELECTORS[each].claims_diversity for each in ways_to(name))
    assert not SELECTORS[ways_to("random")[0]].claims_diversity


def test_a_selector_knows_the_goals_that_name_it():
    assert [goal.name for goal in goals_of("k_center")] == ["cover", "spread", "extend"]
    assert goals_of("herding") == []
