"""The compiled choice of NovelSelect: the same rows as the formula, the authors' code, and the choice with arrays."""

import tracemalloc
from functools import partial
from itertools import islice
from threading import Event

import numba
import numpy as np
import pytest

from core.geometry import Space
from core.selectors import _novelty_few, _novelty_lists, _novelty_rule, select
from core.selectors._filling import Closed
from core.selectors._novelty import TIE, NoveltyGreedy, released_value
from core.selectors._novelty_lazy import LazyNovelty
from core.selectors._novelty_lists import NEAR, deltas
from core.selectors._putting_in_order import put_in_order, room
from tests.golden.inputs import array
from tests.test_selectors_slow import blobs


@pytest.fixture(autouse=True)
def compiled_for_few_rows(monkeypatch):
    monkeypatch.setattr(_novelty_rule, "COMPILED_FROM", 0)
    monkeypatch.setattr(_novelty_few, "FEW", 0)


def both(space, own, weights, before, count, *, factors=None, closed=(), limit=1 << 30):
    """The choices with arrays and compiled, each an array of rows and one of values."""
    found = []
    for way in ("arrays", "compiled"):
        shut = Closed()
        shut.add(np.array(closed, dtype=np.int64))
        if way == "arrays":
            greedy = NoveltyGreedy(space, own, own, weights, before, shut, by_distance=False, factors=factors)
        else:
            greedy = LazyNovelty(space, own, weights, before, shut, factors=factors, limit=limit)
        rows, values = zip(*islice(greedy, count), strict=True)
        found.append((np.array(rows), np.array(values)))
    return found


@pytest.mark.parametrize("limit", [1 << 30, 700 * 300 * 4, 700 * 560 * 4])
@pytest.mark.parametrize("pieces", [8192, 100])
def test_a_long_choice_beside_rows_chosen_before_and_closed_ones(limit, pieces, monkeypatch):
    monkeypatch.setattr("core.selectors._novelty_lazy._PIECE", pieces)
    space, rng = Space(array("P[:700]")), np.random.default_rng(1)
    closed, own = rng.choice(np.arange(3, 700), 90, replace=False), 0.5 + rng.random(700)
    arrays, fast = both(space, own, 1 / np.arange(1, 701), [2, 0, 1], 607, closed=closed, limit=limit)
    assert np.array_equal(arrays[0], fast[0])
    assert np.array_equal(arrays[1], fast[1])  # to the last bit: a page and a command say the same
    assert not np.isin(closed, fast[0]).any()


def test_a_known_reach_spares_work_and_leaves_the_choice_as_it_is():
    space, own, looked_at, found = Space(array("P[:700]")), 0.5 + np.random.default_rng(1).random(700), [], []
    reach = (1 - space.unit64() @ space.unit64().T).max(axis=1)
    for known in (None, reach):
        greedy = LazyNovelty(space, own, 1 / np.arange(1, 701), [2], reach=known)
        found.append(list(islice(greedy, 80)))
        looked_at.append(int(greedy._merged.sum()))
    assert found[0] == found[1]
    assert looked_at[1] < 0.9 * looked_at[0]


@pytest.mark.parametrize("spread", [1.0, 1e40])  # lists of float32, and of float64
def test_the_lists_keep_to_their_limit_from_the_beginning(spread):
    space, own, weights = Space(blobs(5000, 4)), np.ones(5000), 1 / np.arange(1, 5001)
    own[0], limit = spread, 3_000_000
    tracemalloc.start()
    greedy = LazyNovelty(space, own, weights, [7], limit=limit)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert greedy._taken == 1
    assert used < limit + 500_000


@pytest.mark.parametrize("columns", [0, 2, 5, 90])
def test_a_limit_of_few_numbers_a_row_leaves_the_choice_as_it_is(columns):
    space, own = Space(blobs(90, 4)), 0.5 + np.random.default_rng(1).random(90)
    arrays, fast = both(space, own, 1 / np.arange(1, 91), [2, 0, 1], 40, closed=[5, 6], limit=90 * columns * 4)
    assert np.array_equal(arrays[0], fast[0])
    assert np.array_equal(arrays[1], fast[1])


def test_every_row_is_yielded_once_and_then_none():
    space = Space(blobs(60, 5))
    greedy = LazyNovelty(space, np.ones(60), 1 / np.arange(1, 61), [7])
    assert sorted(row for row, _ in greedy) == [row for row in range(60) if row != 7]


def test_rows_of_very_unlike_densities_are_told_apart():
    space = Space(blobs(200, 4, near=60, seed=3))
    own = 10.0 ** np.random.default_rng(0).uniform(-40, 60, 200)
    rows, chosen = space.unit64(), [0]
    for row, value in islice(LazyNovelty(space, own, 1 / np.arange(1, 201), [0]), 30):
        delta = np.sort(np.maximum(1 - rows @ rows[chosen].T, 0) * (own[:, None] + own[chosen]), axis=1)
        worth = delta @ (1 / np.arange(1, len(chosen) + 1))
        worth[chosen] = -1
        assert row == worth.argmax()
        assert value == pytest.approx(worth.max(), rel=1e-9)
        chosen.append(int(row))


def test_rows_that_float32_cannot_tell_apart_are_chosen_by_float64():
    angles = np.array([0.0, 2.1, 2.1 + 1.2e-7, 2.1 + 0.6e-7, 0.5])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    row, _ = next(iter(LazyNovelty(Space(rows), np.ones(5), np.ones(5), [0])))
    true = 1 - Space(rows).unit64() @ Space(rows).unit64(0)
    assert row == true.argmax()
    assert np.unique(true[1:4].astype(np.float32)).size < 3


def signatures(monkeypatch, work):
    """With what types the compiled functions are called in that work."""
    found = set()
    with monkeypatch.context() as patch:
        for name in ("highest", "search", "contenders"):
            plain = getattr(_novelty_lists, name)

            def noted(*given, name=name, plain=plain):
                found.add((name, *map(numba.typeof, given)))
                return plain(*given)

            patch.setattr(_novelty_lists, name, noted)
        work()
    return found


def test_the_warm_up_compiles_what_stored_embeddings_and_parts_of_them_need(monkeypatch, tmp_path):
    np.save(tmp_path / "rows.npy", blobs(30, 4))
    stored = Space(np.load(tmp_path / "rows.npy", mmap_mode="r"))
    warmed = signatures(monkeypatch, _novelty_rule.warm_up)
    for space in (stored, stored.subset(slice(3, 28)), Space(blobs(30, 4))):
        for quality in (None, np.arange(len(space)) + 1.0):
            work = partial(select, "novelselect", space, 5, quality=quality)
            assert signatures(monkeypatch, work) <= warmed


def test_others_take_the_compiled_choice_only_once_it_has_chosen(monkeypatch):
    monkeypatch.setattr(_novelty_rule, "_compiled", Event())
    rule, space = _novelty_rule.NoveltyRule("released", 1.0, 0.0, 10, False), Space(blobs(30, 4))
    picks = iter(rule.greedy(space, np.ones(30), None, [0]))
    assert not _novelty_rule._compiled.is_set()
    next(picks)
    assert _novelty_rule._compiled.is_set()


@pytest.mark.parametrize("size", [1, 2, 5, 30, 400])
@pytest.mark.parametrize("new", [1, 2, 3, 7, 40, 150])
def test_lists_are_put_in_order(size, new):
    rng = np.random.default_rng(size * new)
    for numbers in (rng.random(size + new), rng.integers(0, 5, size + new)):
        row = numbers.astype(np.float32)
        row[:size].sort()
        expected = np.sort(row)
        put_in_order(row, size, np.empty(room(len(row)), dtype=np.float32))
        assert np.array_equal(row, expected)


@pytest.mark.parametrize("start", [0, 1, 6, 8])
@pytest.mark.parametrize("m", [1, 3, 9])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_deltas_are_those_of_float64(start, m, dtype):
    if start >= m:
        return
    space, theirs, out = Space(blobs(20, 37)), np.random.default_rng(0).random(m), np.full(m, np.nan)
    points = space.unit64(slice(m))
    coarse = np.concatenate([points, np.full((4, 37), np.nan)]).astype(dtype)
    nearest = deltas(space.raw[15], 1 / space.norms[15], 0.3, points, coarse, theirs, start, out)
    true = 1 - points @ space.unit64(15)
    assert np.allclose(out[start:], (true * (0.3 + theirs))[start:], rtol=1e-6 if dtype == np.float32 else 1e-13)
    assert nearest == pytest.approx(true[start:].min(), rel=1e-6)


@pytest.mark.parametrize("towards", [0.5, 1 - 2 * NEAR, 1 - NEAR / 2, 1 - 1e-7])
@pytest.mark.parametrize("dim", [3, 384, 4096])
def test_deltas_in_float32_are_off_by_no_more_than_is_said(dim, towards):
    rng = np.random.default_rng(dim)
    point = np.full(dim, dim**-0.5)  # all products of one sign: their sum loses what it can lose
    rows = towards * point + np.sqrt(1 - towards**2) * rng.normal(size=(40, dim)) / dim**0.5
    space, off, out = Space(np.vstack([point, rows])), [], np.empty(1)
    error = LazyNovelty(space, np.ones(41), np.ones(41), [0])._error
    coarse = np.zeros((4, dim), dtype=np.float32)
    coarse[0] = space.unit64(0)
    for row in range(1, 41):
        true = 1 - space.unit64(row) @ space.unit64(0)
        deltas(space.raw[row], 1 / space.norms[row], 0.5, space.unit64([0]), coarse, np.array([0.5]), 0, out)
        off.append(abs(out[0] / true - 1) / (error / max(true, NEAR)))
    assert max(off) < 1


def to_the_letter(space, own, weights, before, count, factors):
    """The rows and values of a loop that values every row in float64 at every step."""
    chosen, values = list(before), []
    for _ in range(count):
        points, m = space.unit64(chosen), len(chosen)
        worth = np.full(len(space), -np.inf)
        for row in np.setdiff1d(np.arange(len(space)), chosen):
            value = released_value(space.unit64(int(row)), own[row], points, own[chosen], weights[:m])
            worth[row] = factors[row] * value
        chosen.append(int(np.flatnonzero(worth >= worth.max() - TIE * abs(worth.max()))[0]))
        values.append(worth[chosen[-1]])
    return chosen[len(before) :], values


def around(spread, lengths=1.0):
    """Rows around a few directions, near copies of each other where the spread is small."""
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(6, 24))
    return (centres[rng.integers(0, 6, 90)] + spread * rng.normal(size=(90, 24))) * lengths


def patterns():
    """Rows equally far from row 4, in products in float64 a little more or less so."""
    rows = np.random.default_rng(3).permuted(np.tile([0, 1], (90, 99)), axis=1)
    rows[4] = 0
    return 1 + 2.0**-20 * rows


HARD = {
    "near ties": around(1e-6),
    "a cone": around(0.02) + 40,
    "a narrow cone": around(1e-4) + 1e4,
    "one direction": np.ones(24) + 1e-7 * around(1.0),
    "copies": np.repeat(around(1.0)[:30], 3, axis=0),
    "equally far but for rounding": patterns(),
    "all alike": np.ones((90, 24)),
    "opposites": np.concatenate([around(1e-7)[:45], -around(1e-7)[:45]]),
    "tiny lengths": around(0.3, 1e-30),
    "huge lengths": around(0.3, 1e30),
}


@pytest.mark.parametrize("spread", [1e-7, 1e-6, 1e-5])
def test_sums_that_lose_much_in_float32_change_no_choice(spread):
    rng = np.random.default_rng(11)
    centres = 2 + rng.random((8, 4096)) * rng.choice([1, 4], (8, 4096))  # products of one sign, 1 - cos of about 0.1
    space = Space(centres[rng.integers(0, 8, 40)] + spread * rng.normal(size=(40, 4096)))
    own, weights = 1 + spread * rng.random(40), 1 / np.arange(1, 41)
    rows, values = to_the_letter(space, own, weights, [4], 20, np.ones(40))
    found = list(islice(LazyNovelty(space, own, weights, [4]), 20))
    assert [row for row, _ in found] == rows
    assert [value for _, value in found] == values


def test_what_float64_loses_beside_a_near_and_dense_row_changes_no_choice():
    others = 1 + 0.05 * np.random.default_rng(5).normal(size=(30, 198))
    space, own, weights = Space(np.concatenate([patterns(), others])), np.ones(120), np.arange(1, 121.0) ** -8
    own[4] = 1e8  # times what is lost of 1 - cos, some 1e-13, and chosen late: other bounds do not make up for it
    before = [*range(90, 120), 4]
    rows, values = to_the_letter(space, own, weights, before, 5, np.ones(120))
    found = list(islice(LazyNovelty(space, own, weights, before), 5))
    assert [row for row, _ in found] == rows
    assert [value for _, value in found] == values
