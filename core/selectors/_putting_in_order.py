"""Sorting lists of numbers that are in order but for their last, compiled. Importing this costs what numba costs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import compiled

Array = NDArray[Any]

_FEW = 96  # numbers up to which counting sorts sooner than sorting does
_ABREAST = 32  # numbers that are compared in one step: the rest of an array would be compared one by one
_SPARSE = 32  # old numbers for each new one, above which stretches of them are moved


@compiled
def room(size: int) -> int:
    """How much that many numbers need beside them to be put in order."""
    return size + max(size, 2 * _FEW)


@compiled
def put_in_order(numbers: Array, done: int, spare: Array) -> None:
    """Sort `numbers`, none negative, which are in order up to `done`; `spare` is of the size that `room` says."""
    size = len(numbers)
    new = size - done
    some, merged = spare[:new], spare[size : 2 * size]
    if new <= _FEW:
        put_few_in_order(numbers[done:], some, spare[size:])
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


@compiled
def put_few_in_order(numbers: Array, out: Array, spare: Array) -> None:
    """Put the numbers, none negative, in order into `out`: the place of each is how many are below it."""
    one, none = numbers.dtype.type(1), numbers.dtype.type(0)
    size = (len(numbers) + _ABREAST - 1) // _ABREAST * _ABREAST
    wide, below = spare[:size], spare[size : 2 * size]
    below[:] = none
    for i in range(len(numbers)):
        wide[i] = numbers[i]
        out[i] = -one
    for i in range(len(numbers)):
        number = numbers[i]
        for j in range(len(wide)):
            below[j] += one if number < wide[j] else none
    for i in range(len(numbers)):
        out[np.int64(below[i])] = numbers[i]
    for i in range(1, len(numbers)):
        if out[i] < 0:  # equal ones share the first of their places
            out[i] = out[i - 1]


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
