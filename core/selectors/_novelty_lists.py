"""The inner loops of `_novelty_lazy`, compiled: which rows may be the best, and what they are worth.

Each row has a list of numbers Delta to the chosen rows: in order up to `merged`, as they came up to `known`, nothing
yet behind that. Its value over the m chosen is at most base + 2 (own sums[0, m] + sums[1, m]): `sums` are of the
weights and of the weights times `theirs` of those chosen, and no Delta exceeds 2 (own + theirs). The base is minus
infinity where a row cannot be chosen any more. Importing this costs what numba costs.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import compiled, compiled_sums

Array = NDArray[Any]

ROUNDED = 1e-7  # relative: what float32 lists, and sums in float64, can be too low or too high by, and more
_FEW = 96  # numbers up to which counting sorts sooner than sorting does
_SPARSE = 32  # old numbers for each new one, above which stretches of them are moved
_OFTEN = 16  # new numbers after which a row is valued even where its bound is low, which keeps it low for longer
_ROOM = 1 + 1e-12  # what sums in float64 can be too low by, and more


@compiled_sums
def four_products(row: Array, points: Array, place: int) -> tuple[float, float, float, float]:
    """The products in float64 of a row with four of `points` from `place` on."""
    one = two = three = four = 0.0
    for i in range(len(row)):
        number = np.float64(row[i])
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
def deltas(row: Array, per_length: float, own: float, points: Array, theirs: Array, start: int, out: Array) -> None:
    """Delta = (1 - cos) (own + theirs) of a row to `points` from `start` on (or a few before it), into `out`."""
    place, end = start, len(out)
    while place < end:
        if place + 1 == end or end < 4:
            out[place] = max(1 - product(row, points[place]) * per_length, 0.0) * (own + theirs[place])
            place += 1
        else:
            place = min(place, end - 4)
            found = four_products(row, points, place)
            for more in range(4):
                out[place + more] = max(1 - found[more] * per_length, 0.0) * (own + theirs[place + more])
            place += 4


@compiled
def put_in_order(numbers: Array, done: int, spare: Array) -> None:
    """Sort `numbers`, which are in order up to `done`; `spare` is room for two of each."""
    size = len(numbers)
    new = size - done
    some, merged = spare[:new], spare[size : 2 * size]
    if new <= _FEW:  # by counting: without branches, several numbers at a time
        tail = numbers[done:]
        for i in range(new):
            rank = not_above(tail[:i], tail[i]) + below(tail[i + 1 :], tail[i])
            some[np.int64(rank)] = tail[i]
    else:
        some[:] = numbers[done:]
        some.sort()
    if size <= _SPARSE * new:
        left, right, place = done - 1, new - 1, size - 1
        while right >= 0:
            if left >= 0 and numbers[left] > some[right]:
                numbers[place] = numbers[left]
                left -= 1
            else:
                numbers[place] = some[right]
                right -= 1
            place -= 1
        return
    begin = left = up_to(numbers, 0, done, some[0])
    for i in range(new):  # long stretches between the new ones move as a whole
        end = up_to(numbers, left, done, some[i])
        copy(numbers[left:end], merged[left + i : end + i])
        merged[end + i] = some[i]
        left = end
    copy(numbers[left:done], merged[left + new :])
    copy(merged[begin:], numbers[begin:])


@compiled
def copy(numbers: Array, out: Array) -> None:
    """Put the numbers into the first places of `out`, which is other memory."""
    for i in range(len(numbers)):
        out[i] = numbers[i]


@compiled_sums
def below(numbers: Array, number: float) -> Any:
    """How many are below that number."""
    count = np.float32(0)
    for i in range(len(numbers)):
        count += np.float32(1) if numbers[i] < number else np.float32(0)
    return count


@compiled_sums
def not_above(numbers: Array, number: float) -> Any:
    """How many are that number or below it."""
    count = np.float32(0)
    for i in range(len(numbers)):
        count += np.float32(1) if numbers[i] <= number else np.float32(0)
    return count


@compiled
def up_to(numbers: Array, low: int, high: int, number: float) -> int:
    """How many of the sorted `numbers` are not above `number`, which is at least `low` and at most `high`."""
    while low < high:
        middle = (low + high) >> 1
        if numbers[middle] <= number:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def highest(base: Array, own: Array, factors: Array, weight: float, theirs: float) -> int:
    """The row whose value may be the greatest; -1 for none."""
    best, found = -1.0, -1
    for i in range(len(base)):
        if base[i] == -np.inf:
            continue
        most = factors[i] * (base[i] + 2 * _ROOM * (own[i] * weight + theirs))
        if most > best:
            best, found = most, i
    return found


@compiled
def search(
    rows: Array,
    per_length: Array,
    own: Array,
    factors: Array,
    base: Array,
    known: Array,
    merged: Array,
    lists: Array,
    points: Array,
    theirs: Array,
    weights: Array,
    sums: Array,
    best: float,
) -> tuple[float, int]:
    """Value all rows that may be worth `best`, which is what some row is worth at least, and rises on the way.

    Args:
        per_length: (n,) one over the length of each of `rows`.
        points: (m, d) the chosen rows at unit length; theirs, weights: (m,).
        base, known, merged, lists: of each row, as above; written to.

    Returns:
        The new `best`, and how many rows were valued.
    """
    m = len(points)
    weight, others = sums[0, m], sums[1, m]
    spare = np.empty(2 * m, dtype=lists.dtype)
    exact = np.empty(m)
    valued = 0
    for i in range(len(base)):
        if base[i] == -np.inf:
            continue
        if factors[i] * (base[i] + 2 * _ROOM * (own[i] * weight + others)) < best:
            continue
        if known[i] < m:
            before = known[i]
            deltas(rows[i], per_length[i], own[i], points, theirs, before, exact)
            lists[i, before:m] = exact[before:]
            rise = weighted(exact[before:], weights[before:])
            bound = base[i] + 2 * _ROOM * (own[i] * sums[0, before] + sums[1, before]) + _ROOM * rise
            known[i] = m
            base[i] = bound - 2 * (own[i] * weight + others)
            if factors[i] * bound < best and m - merged[i] < _OFTEN:
                continue
        if merged[i] < m:
            put_in_order(lists[i, :m], merged[i], spare)
            merged[i] = m
            value = weighted(lists[i, :m], weights)
            base[i] = value * (1 + ROUNDED) - 2 * (own[i] * weight + others)
            best = max(best, factors[i] * value * (1 - ROUNDED))
            valued += 1
    return best, valued


@compiled
def contenders(
    base: Array, own: Array, factors: Array, merged: Array, m: int, weight: float, theirs: float, best: float
) -> Array:
    """The rows that may be worth `best`."""
    found = np.empty(len(base), dtype=np.int64)
    count = 0
    for i in range(len(base)):
        if merged[i] < m or base[i] == -np.inf:
            continue
        if factors[i] * (base[i] + 2 * _ROOM * (own[i] * weight + theirs)) >= best:
            found[count] = i
            count += 1
    return found[:count].copy()
