"""The inner loops of `_novelty_lazy`, compiled: which rows may be the best, and what they are worth.

Each row has a list of numbers Delta to the chosen rows: in order up to `merged`, as they came up to `known`, nothing
yet behind that. Its value over the m chosen is at most base + reach (own sums[0, m] + sums[1, m]): `sums` are of the
weights and of the weights times `theirs` of those chosen, and no Delta exceeds reach (own + theirs). The base is minus
infinity where a row cannot be chosen any more. Importing this costs what numba costs.

Products are summed in float32, which leaves 1 - cos off by `error` at most, and where it is small they are found anew
in float64. So every Delta of a row whose least 1 - cos is `nearest` is off by a share of at most error / max(nearest,
NEAR). A value rises with each Delta, and in proportion with all of them: it is off by no greater share. Nor is it off
by more than error (own sums[0, m] + most), where `most` is no less than the sum of weights times `theirs` of the chosen
ones in any order.
"""

import numpy as np

from ..compiled import compiled, compiled_sums
from ._putting_in_order import Array, put_in_order, room

NEAR = 0.05  # 1 - cos below which it is found in float64
_ROUNDED = 1e-7  # relative: what float32 lists, and sums in float64, can be too low or too high by, and more
_BLURRED = 1e8  # times what float64 products are off by: 1 - cos above that is off by less than a share of 1e-8
_OFTEN = 16  # new numbers after which a row is valued even where its bound is low, which keeps it low for longer
_ROOM = 1 + 1e-12  # what sums in float64 can be too low by, and more


@compiled_sums
def four_products(row: Array, points: Array, place: int) -> tuple[float, float, float, float]:
    """The products of a row with four of `points` from `place` on, summed as numbers of their kind."""
    one = two = three = four = points.dtype.type(0)
    for i in range(len(row)):
        number = points.dtype.type(row[i])
        one += number * points[place, i]
        two += number * points[place + 1, i]
        three += number * points[place + 2, i]
        four += number * points[place + 3, i]
    return one, two, three, four


@compiled_sums
def product(row: Array, point: Array) -> float:
    """The product in float64 of a row with one point."""
    total = 0.0
    for i in range(len(row)):
        total += np.float64(row[i]) * point[i]
    return total


@compiled_sums
def weighted(numbers: Array, weights: Array) -> float:
    """The sum of the numbers, each times its weight."""
    total = 0.0
    for i in range(len(numbers)):
        total += np.float64(numbers[i]) * weights[i]
    return total


@compiled
def deltas(
    row: Array, per_length: float, own: float, points: Array, coarse: Array, theirs: Array, start: int, out: Array
) -> float:
    """Delta = (1 - cos) (own + theirs) of a row to `points` from `start` on (or a few before it), into `out`, (m,).

    Args:
        coarse: the same points, and room for four at least, in the numbers that products are summed in.

    Returns:
        The least 1 - cos.
    """
    end, nearest = len(out), 2.0
    for begin in range(start, end, 4):
        first = max(min(begin, end - 4), 0)
        found = four_products(row, coarse, first)
        for place in range(first, min(first + 4, end)):
            distance = 1 - found[place - first] * per_length
            if distance < NEAR:
                distance = max(1 - product(row, points[place]) * per_length, 0.0)
            nearest = min(nearest, distance)
            out[place] = distance * (own + theirs[place])
    return nearest


@compiled
def highest(base: Array, own: Array, factors: Array, reach: Array, weight: float, theirs: float) -> int:
    """The row whose value may be the greatest; -1 for none."""
    best, found = -1.0, -1
    for i in range(len(base)):
        if base[i] == -np.inf:
            continue
        most = factors[i] * (base[i] + reach[i] * _ROOM * (own[i] * weight + theirs))
        if most > best:
            best, found = most, i
    return found


@compiled
def search(
    rows: Array,
    per_length: Array,
    own: Array,
    factors: Array,
    reach: Array,
    base: Array,
    known: Array,
    merged: Array,
    nearest: Array,
    lists: Array,
    points: Array,
    coarse: Array,
    theirs: Array,
    weights: Array,
    sums: Array,
    error: float,
    blur: float,
    densest: float,
    most: float,
    best: float,
) -> tuple[float, int]:
    """Value all rows that may be worth `best`, which is what some row is worth at least, and rises on the way.

    Args:
        per_length: (n,) one over the length of each of `rows`.
        reach: (n,) no point is farther from the row than this by 1 - cos.
        base, known, merged, nearest, lists: of each row, as above; written to.
        points: (m, d) the chosen rows at unit length; theirs, weights: (m,).
        coarse: the same points in the numbers that products are summed in, and room for four at least.
        error: the most that 1 - cos can be off by with products of these numbers.
        blur: the most that it can be off by with products in float64, and again for whoever finds it in another way.
        densest: no own, and none of `theirs`, is greater; most: as above.

    Returns:
        The new `best`, and how many rows were valued.
    """
    m = len(points)
    weight, others = sums[0, m], sums[1, m]
    spare = np.empty(room(m), dtype=lists.dtype)
    exact = np.empty(m)
    valued = 0
    for i in range(len(base)):
        if base[i] == -np.inf:
            continue
        if factors[i] * (base[i] + reach[i] * _ROOM * (own[i] * weight + others)) < best:
            continue
        before = known[i]
        if before < m:
            least = deltas(rows[i], per_length[i], own[i], points, coarse, theirs, before, exact)
            nearest[i] = min(nearest[i], least)
            known[i] = m
        share = error / max(nearest[i], NEAR)
        slack = 0.0 if nearest[i] > _BLURRED * blur else blur * weight * (own[i] + densest)
        if before < m:
            lists[i, before:m] = exact[before:]
            rise = weighted(exact[before:], weights[before:])
            off = min(rise * share, error * (own[i] * (weight - sums[0, before]) + others - sums[1, before]) * _ROOM)
            rise += off + _ROUNDED * rise + slack
            bound = base[i] + reach[i] * _ROOM * (own[i] * sums[0, before] + sums[1, before]) + rise
            base[i] = bound - reach[i] * (own[i] * weight + others)
            if factors[i] * bound < best and m - merged[i] < _OFTEN:
                continue
        if merged[i] < m:
            put_in_order(lists[i, :m], merged[i], spare)
            merged[i] = m
            value = weighted(lists[i, :m], weights)
            off = min(value * share, error * (own[i] * weight + most)) + _ROUNDED * value + slack
            base[i] = value + off - reach[i] * (own[i] * weight + others)
            best = max(best, factors[i] * (value - off))
            valued += 1
    return best, valued


@compiled
def best_of(
    rows: Array,
    per_length: Array,
    own: Array,
    factors: Array,
    reach: Array,
    base: Array,
    known: Array,
    merged: Array,
    nearest: Array,
    lists: Array,
    points: Array,
    coarse: Array,
    theirs: Array,
    weights: Array,
    sums: Array,
    error: float,
    blur: float,
    densest: float,
    most: float,
) -> Array:
    """The rows that may be of the greatest value; none where none can be chosen. Args: those of `search`.

    All in one call: for few rows a call costs as much as the work.
    """
    m = len(points)
    best = -1.0
    for _ in range(2):  # the rows of the highest bounds: what they are worth spares looking at most of the others
        likely = highest(base, own, factors, reach, sums[0, m], sums[1, m])
        if likely < 0:
            return np.empty(0, dtype=np.int64)
        end = likely + 1
        best, _ = search(
            rows[likely:end], per_length[likely:end], own[likely:end], factors[likely:end],
            reach[likely:end], base[likely:end], known[likely:end], merged[likely:end], nearest[likely:end],
            lists[likely:end], points, coarse, theirs, weights, sums, error, blur, densest, most, best,
        )  # fmt: skip
    best, _ = search(
        rows, per_length, own, factors, reach, base, known, merged, nearest, lists,
        points, coarse, theirs, weights, sums, error, blur, densest, most, best,
    )  # fmt: skip
    return contenders(base, own, factors, reach, merged, m, sums[0, m], sums[1, m], best)


@compiled
def contenders(
    base: Array,
    own: Array,
    factors: Array,
    reach: Array,
    merged: Array,
    m: int,
    weight: float,
    theirs: float,
    best: float,
) -> Array:
    """The rows that may be worth `best`."""
    found = np.empty(len(base), dtype=np.int64)
    count = 0
    for i in range(len(base)):
        if merged[i] < m or base[i] == -np.inf:
            continue
        if factors[i] * (base[i] + reach[i] * _ROOM * (own[i] * weight + theirs)) >= best:
            found[count] = i
            count += 1
    return found[:count].copy()
