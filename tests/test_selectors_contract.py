"""What every registered selector keeps to, without a line of its own here."""

import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from core.errors import Cancelled, UserError
from core.geometry import Space
from core.selectors import SELECTORS, find_selector, select
from core.selectors._columns import tag_list
from tests.declared import outside
from tests.golden.inputs import array

METHODS = Path(__file__).parents[1] / "docs" / "methods.md"
ROWS = array("B[:60]")
DRAWS = np.random.default_rng(3)
QUALITY, LABELS = DRAWS.random(60), DRAWS.integers(0, 3, 60)
TAGS = [tuple(f"tag {tag}" for tag in np.flatnonzero(row)) for row in DRAWS.random((60, 9)) < 0.3]
COPIED = np.concatenate([ROWS[:20], ROWS[5:20], ROWS[:15]])  # 20 distinct of 50 rows, shuffled below
COPIED = COPIED[np.random.default_rng(4).permutation(50)]

every_selector = pytest.mark.parametrize("selector", SELECTORS.values(), ids=lambda selector: selector.name)
every_parameter = pytest.mark.parametrize(
    ("selector", "param"),
    [pytest.param(s, p, id=f"{s.name}.{p.name}") for s in SELECTORS.values() for p in s.params.values()],
)
with_first = pytest.mark.parametrize(
    "selector", [s for s in SELECTORS.values() if "first" in s.params], ids=lambda selector: selector.name
)


def choose(selector, budget, rows=ROWS, **options):
    """The selection among those rows, or of a Space, with all the columns that a selector may need."""
    space = rows if isinstance(rows, Space) else Space(rows)
    columns = {
        "quality": np.resize(QUALITY, len(space)),
        "labels": np.resize(LABELS, len(space)),
        "tags": [TAGS[row % len(TAGS)] or ("no other",) for row in range(len(space))],
        "centroids": space.unit64(slice(0, 3)),
    }
    return select(selector.name, space, budget, **(columns | options))


def contents(rows, positions):
    """The rows themselves, as something that can be counted."""
    return [rows[i].tobytes() for i in positions]


@every_selector
def test_all_that_a_person_should_know_is_said(selector):
    for text in (selector.name, selector.title, selector.source, selector.cost, selector.doc):
        assert text.strip() != ""
    for sentence in (selector.says, selector.rewards, selector.overlooks):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert selector.gain.strip() == selector.gain
    assert all(param.help.endswith(".") for param in selector.params.values())
    assert selector.seeded == bool(selector.needs & {"rng", "seed"})


@every_selector
@pytest.mark.parametrize("budget", [1, 2, 17, 60])
def test_the_choice_has_the_rows_asked_for_or_says_why_fewer(selector, budget):
    found = choose(selector, budget)
    assert len(found) == len(found.positions) == len(found.gains)
    assert 1 <= len(found) <= budget
    assert len(set(found.positions.tolist())) == len(found), "no row twice"
    assert found.positions.min() >= 0
    assert found.positions.max() < 60
    assert found.positions.dtype == np.int64
    assert len(found) == budget or any(f"{len(found):,} of {budget:,} rows" in note for note in found.notes)
    assert (found.selector, found.budget, found.pool) == (selector.name, budget, 60)
    assert dict(found.params) == {name: param.default for name, param in selector.params.items()}


@every_selector
@pytest.mark.parametrize("n", [1, 2, 13])
def test_a_pool_of_a_few_rows_can_be_used_up(selector, n):
    smaller = {"neighbors": 1} if "neighbors" in selector.params else {}
    found = choose(selector, n, ROWS[:n], **smaller)
    assert len(found) == n or found.notes
    assert set(found.positions.tolist()) <= set(range(n))


@every_selector
def test_a_gain_is_a_number_where_the_selector_has_one(selector):
    gains = choose(selector, 20).gains
    assert np.isfinite(gains[1:]).all() if selector.gain else np.isnan(gains).all()


@every_selector
def test_the_same_seed_chooses_the_same(selector):
    first, second = choose(selector, 20, seed=5), choose(selector, 20, seed=5)
    assert np.array_equal(first.positions, second.positions)
    assert np.array_equal(first.gains, second.gains, equal_nan=True)


@every_selector
def test_another_seed_chooses_otherwise_where_chance_has_a_part(selector):
    choices = {tuple(choose(selector, 20, seed=seed).positions) for seed in range(5)}
    assert (len(choices) > 1) == selector.seeded


@every_selector
def test_a_smaller_choice_is_the_beginning_of_a_larger_one_where_that_is_claimed(selector):
    largest = choose(selector, 60, seed=2).positions.tolist()
    smaller = [choose(selector, budget, seed=2).positions.tolist() for budget in (1, 2, 7, 30, 59)]
    assert all(choice == largest[: len(choice)] for choice in smaller) == selector.nested


@every_selector
@pytest.mark.parametrize("normalize", [True, False])
def test_what_comes_in_is_never_written_to(selector, normalize):
    given = (ROWS.copy() * 3, QUALITY.copy(), LABELS.copy())
    for value in given:
        value.flags.writeable = False
    found = choose(selector, 30, Space(given[0], normalize=normalize), quality=given[1], labels=given[2])
    open_ = (ROWS.copy() * 3, QUALITY.copy(), LABELS.copy())
    again = choose(selector, 30, Space(open_[0], normalize=normalize), quality=open_[1], labels=open_[2])
    assert np.array_equal(found.positions, again.positions)
    assert all(np.array_equal(value, before) for value, before in zip(open_, given, strict=True))


@every_selector
@pytest.mark.parametrize("budget", [19, 20, 21, 50])
def test_no_copy_is_chosen_before_all_distinct_rows_are_used_up(selector, budget):
    found = choose(selector, budget, COPIED)
    if not selector.claims_diversity:
        assert not any("copies" in note for note in found.notes)
        return
    counts = Counter(contents(COPIED, found.positions[:20]))
    assert max(counts.values()) == 1
    assert len(set(found.positions.tolist())) == len(found)
    if selector.leaves_out(found.params):
        assert len(found) <= 20
    elif len(found) > 20:
        assert f"All 20 distinct rows were used up; the last {budget - 20} are exact copies." in found.notes
        assert (found.gains[20:] == 0).all(), "a copy brings nothing"
    else:
        assert len(found) == budget or found.notes


@pytest.mark.parametrize(
    ("name", "params"), [("semdedup", {"eps": 0.05}), ("semdedup", {"eps": 1e-9}), ("repr_filter", {})]
)
def test_a_rule_that_leaves_out_what_is_alike_is_not_filled_up_with_copies(name, params):
    far = np.concatenate([np.eye(6), -np.eye(6)]).astype(np.float32)  # no near-copies beside the exact ones
    rows = np.concatenate([far, far[:5]])
    for budget in (12, 13, 17):
        found = choose(SELECTORS[name], budget, rows, **params)
        assert sorted(contents(rows, found.positions)) == sorted(contents(far, range(12)))
        returned = f"{SELECTORS[name].title} returned 12 of {budget} rows: no further row met its rule."
        assert found.notes == ((returned,) if budget > 12 else ())


def test_semdedup_by_budget_alone_takes_copies_last():
    rows = np.concatenate([np.eye(6), np.eye(6)[:2]]).astype(np.float32)
    found = choose(SELECTORS["semdedup"], 8, rows)
    assert len(set(contents(rows, found.positions[:6]))) == 6
    assert len(found) == 8


@every_selector
def test_the_golden_cloud_with_copies_is_chosen_from_without_them(selector):
    rows = array("C")
    found = choose(selector, 100, rows)
    different = len(set(contents(rows, found.positions)))
    assert (different == len(found)) == selector.claims_diversity


@every_selector
@pytest.mark.parametrize("keep_copies", [True, False])
def test_a_pool_of_nothing_but_copies_is_no_trouble(selector, keep_copies):
    options = {"beta": 0.0} if "beta" in selector.params else {}
    found = choose(selector, 4, np.repeat(ROWS[:1], 5, axis=0), keep_copies=keep_copies, **options)
    assert len(found) == 4 or found.notes
    assert len(set(found.positions.tolist())) == len(found)


@every_selector
def test_copies_may_be_kept(selector):
    found = choose(selector, 50, COPIED, keep_copies=True)
    assert found.keep_copies
    assert len(found) == 50 or found.notes
    assert not any("copies" in note for note in found.notes)


@every_selector
@pytest.mark.parametrize("budget", [0, -1, 61])
def test_a_budget_that_cannot_be_met_is_refused(selector, budget):
    with pytest.raises(UserError, match=f"The budget is {budget} rows, and must be from 1 to 60, the rows there are"):
        choose(selector, budget)


@every_selector
def test_an_unknown_parameter_is_refused_with_the_known_ones(selector):
    with pytest.raises(UserError, match=f"{selector.name} has no parameter 'colour'. Its parameters: "):
        choose(selector, 3, colour="red")


@every_parameter
def test_a_default_is_within_its_own_bounds(selector, param):
    assert param.check(param.default, selector.name) == param.default


@every_parameter
def test_a_value_outside_the_bounds_is_refused_with_the_bounds(selector, param):
    for value in outside(param):
        with pytest.raises(UserError, match=f"{selector.name}: {param.name} is .* must be"):
            choose(selector, 3, **{param.name: value})


@every_parameter
def test_every_choice_of_a_parameter_works(selector, param):
    for value in param.choices or ((True, False) if param.kind is bool else ()):
        found = choose(selector, 12, **{param.name: value})
        assert len(found) == 12 or found.notes
        assert found.params[param.name] == value


@with_first
def test_the_first_row_can_be_named(selector):
    assert choose(selector, 5, first=33).positions[0] == 33
    assert choose(selector, 5, first=33, seed=1).positions.tolist() == choose(selector, 5, first=33).positions.tolist()
    with pytest.raises(UserError, match=f"{selector.name}: first is 60, and the rows are numbered from 0 to 59"):
        choose(selector, 5, first=60)
    with pytest.raises(UserError, match="must be a whole number of at least 0"):
        choose(selector, 5, first=-1)


@with_first
def test_the_first_row_may_be_a_copy(selector):
    space = Space(COPIED)
    copy = int(np.flatnonzero(space.first_copies != np.arange(50))[-1])
    found = choose(selector, 20, space, first=copy)
    assert contents(COPIED, found.positions[:1]) == contents(COPIED, [copy])
    assert len(set(contents(COPIED, found.positions))) == 20
    assert choose(selector, 20, space, first=copy, keep_copies=True).positions[0] == copy


@with_first
def test_a_shuffled_pool_has_the_same_rows_chosen(selector):
    order = np.random.default_rng(1).permutation(60)
    before = choose(selector, 25, first=int(order[11])).positions
    after = choose(selector, 25, ROWS[order], first=11, quality=QUALITY[order]).positions
    assert np.array_equal(order[after], before)


@every_selector
def test_work_reports_a_share_that_grows_to_the_whole(selector):
    shares, messages = [], []

    def progress(share, message):
        shares.append(share)
        messages.append(message)

    found = choose(selector, 30, progress=progress)
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert shares[-1] == 1 or (len(found) < 30 and shares[-1] < 1)
    assert all(message.strip() for message in messages)


@every_selector
def test_work_can_be_cancelled(selector):
    def cancel(share, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        choose(selector, 30, progress=cancel)


@every_selector
@pytest.mark.parametrize("column", ["quality", "labels", "tags"])
def test_a_column_that_it_needs_and_has_not_is_asked_for(selector, column):
    if column in selector.needs:
        with pytest.raises(UserError, match=f"{re.escape(selector.title)} needs a {column} column, and none was named"):
            choose(selector, 3, **{column: None})
    else:
        assert len(choose(selector, 3, **{column: None})) == 3, "also where it uses the column if it is there"


@every_selector
def test_a_column_of_another_length_is_refused(selector):
    for column, values in (("quality", QUALITY[:59]), ("labels", np.resize(LABELS, 61))):
        if column in selector.needs | selector.uses:
            with pytest.raises(UserError, match=f"The {column} column has {len(values)} values, and there are 60 rows"):
                choose(selector, 3, **{column: values})


@every_selector
def test_a_score_that_is_no_number_is_refused_with_its_row(selector):
    if "quality" in selector.needs | selector.uses:
        score = QUALITY.copy()
        score[[7, 9]] = math.nan, math.inf
        with pytest.raises(
            UserError, match="The quality column has no finite number in 2 of 60 rows; the first is row 8"
        ):
            choose(selector, 3, quality=score)


@every_selector
def test_rows_without_a_score_can_be_left_out(selector):
    if "quality" not in selector.needs | selector.uses:
        return
    score = QUALITY.copy()
    score[[7, 9]] = math.nan, math.inf
    found = choose(selector, 60, quality=score, missing="leave out")
    assert not {7, 9} & set(found.positions.tolist())
    assert found.notes[0] == "2 of 60 rows have no score and were left out."
    assert f"{selector.title} returned {len(found)} of 60 rows" in found.notes[-1]
    rest = np.delete(np.arange(60), [7, 9])
    tags = [TAGS[row] or ("no other",) for row in rest]
    among = choose(selector, 20, ROWS[rest], quality=score[rest], labels=LABELS[rest], tags=tags)
    assert choose(selector, 20, quality=score, missing="leave out").positions.tolist() == rest[among.positions].tolist()


@every_selector
@pytest.mark.parametrize(("missing", "value"), [("lowest", np.min), ("mean", np.mean)])
def test_rows_without_a_score_can_count_as_others_do(selector, missing, value):
    if "quality" not in selector.needs | selector.uses:
        return
    score, filled = QUALITY.copy(), QUALITY.copy()
    score[[7, 9]] = math.nan, -math.inf
    filled[[7, 9]] = value(np.delete(QUALITY, [7, 9]))
    found = choose(selector, 20, quality=score, missing=missing)
    assert found.positions.tolist() == choose(selector, 20, quality=filled).positions.tolist()
    assert found.notes[0] == (f"2 of 60 rows have no score and count as the {missing} of the others ({filled[7]:.6g}).")


def test_scores_that_are_all_missing_are_refused_whatever_the_policy():
    with pytest.raises(UserError, match="has no finite number at all"):
        choose(SELECTORS["quality"], 3, quality=np.full(60, math.nan), missing="mean")
    with pytest.raises(UserError, match="missing is 'guess', and must be one of refuse, leave out, lowest, mean"):
        choose(SELECTORS["quality"], 3, missing="guess")


def test_an_exact_copy_with_a_score_stands_in_for_one_without():
    rows = np.concatenate([ROWS[:5], ROWS[:1]])
    found = choose(
        SELECTORS["mmr"], 5, rows, quality=np.array([math.nan, 1.0, 2.0, 3.0, 4.0, 5.0]), missing="leave out"
    )
    assert sorted(found.positions.tolist()) == [1, 2, 3, 4, 5]


def test_tags_are_read_from_a_list_or_from_a_text_with_commas():
    assert tag_list(" maths, code ,,maths") == ("maths", "code")
    assert tag_list(["maths ", "code", "", 7]) == ("maths", "code", "7")
    assert tag_list(None) == tag_list(math.nan) == tag_list("") == tag_list([]) == ()


def test_an_unknown_selector_is_refused_with_the_known_ones():
    with pytest.raises(UserError, match=r"There is no selector 'beauty'. The selectors: .*k_center.*novelselect"):
        find_selector("beauty")


def test_the_selectors_that_take_copies_like_other_rows_are_named_in_the_documentation():
    (words,) = re.findall(r"## Exact copies\n(.*?)\n## ", METHODS.read_text(encoding="utf-8"), re.S)
    named = set(re.findall(r'"(.+?)"', words))
    assert named == {selector.title for selector in SELECTORS.values() if not selector.claims_diversity}
