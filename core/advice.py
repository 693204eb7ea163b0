"""How many rows are enough: what each further pick adds to the coverage of the pool, where that bends, and how surely.

Coverage by the first m picks is the mean over the pool's rows of the highest cosine to one of them: 1, or 100 %, when
every row is chosen. It is computed in float32; above `ANCHORS` rows it is that of a seeded sample of the pool's rows.
The intervals are from a bootstrap over the rows that coverage is the mean of: they say how far it would be otherwise
had other rows of the same kind come into the pool, with the same picks.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats, Indices, multiply
from .digest import digest
from .progress import Progress, silent
from .results import Packed
from .selectors import Selection
from .study import Study

ANCHORS = 20_000  # rows of the pool above which coverage is that of a sample of so many
REPEATS = 200
VERSION = 1
_SIZES = 1_000  # numbers of picks at most at which the curve is kept
_PICKS = 256  # that are compared with the pool at once


@dataclass(frozen=True)
class Coverage:
    """Coverage of a pool by the first picks of a selection."""

    sizes: Indices  # (s,) numbers of picks: every `unit`-th, and the last
    mean: NDArray[np.float64]  # (s,)
    draws: NDArray[np.float32]  # (REPEATS, s) the same of bootstrapped pools
    rows: int  # of the pool
    anchors: int  # rows that it is the mean of
    unit: int

    @property
    def step(self) -> int:
        """A tenth of the picks or less, as a round number of rows that falls on the curve's sizes."""
        return max(self.unit, _round_down(int(self.sizes[-1]) // 10))

    @cached_property
    def band(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The ends of the 95 % interval at each size."""
        low, high = np.percentile(self.draws, [2.5, 97.5], axis=0)
        return low, high


@dataclass(frozen=True)
class Enough:
    """A number of rows with its 95 % interval; None where it lies beyond the rows that were chosen."""

    rows: int | None
    low: int | None
    high: int | None


def knee(sizes: Indices, mean: Floats) -> int:
    """The size at which a growing curve is highest above the straight line between its ends (Satopaa et al. 2011).

    >>> knee(np.array([1, 2, 3, 4, 5]), np.array([0.0, 0.8, 0.9, 0.95, 1.0]))
    2
    """
    return int(sizes[int(_above_chord(sizes, np.asarray(mean, dtype=np.float64)[None])[0])])


def knee_of(found: Coverage) -> Enough:
    """The knee of the curve, with the interval of the knees of bootstrapped pools."""
    knees = found.sizes[_above_chord(found.sizes, found.draws.astype(np.float64))]
    low, high = np.percentile(knees, [2.5, 97.5], method="nearest")
    return Enough(knee(found.sizes, found.mean), int(low), int(high))


def enough(found: Coverage, least: float, step: int | None = None) -> Enough:
    """The number of picks beyond which every further `step` of them adds less than `least` to the coverage.

    The least size m such that coverage(j + step) - coverage(j) < least for every j >= m of the curve.
    """
    step = step or found.step
    place, beyond = _steps(found.sizes, step)

    def first(curves: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each curve (c, s), that size; inf where the last step still adds as much."""
        adds = curves[:, beyond] - curves[:, place] >= least
        last = np.where(adds.any(axis=1), adds.shape[1] - 1 - adds[:, ::-1].argmax(axis=1), -1)
        after = np.append(found.sizes[place[1:]].astype(np.float64), np.inf)
        return np.where(last < 0, found.sizes[0], after[last])

    if not len(place):
        return Enough(None, None, None)
    (rows,) = first(found.mean[None])
    drawn = np.sort(first(found.draws.astype(np.float64)))
    low, high = drawn[round(0.025 * (len(drawn) - 1))], drawn[round(0.975 * (len(drawn) - 1))]
    return Enough(*(int(each) if np.isfinite(each) else None for each in (rows, low, high)))


def in_words(found: Coverage, advised: Enough, least: float, step: int | None = None) -> str:
    """The advice in a sentence: beyond how many rows a further step adds less than `least`, a share of the coverage."""
    step, most = step or found.step, int(found.sizes[-1])
    share = f"{100 * least:.3g} %"
    if not len(_steps(found.sizes, step)[0]):
        return "So few rows do not show what further ones would add."
    if advised.rows is None:
        added = f"add {share} coverage or more" if step > 1 else f"adds {share} coverage or more"
        last = f"the last {step:,}" if step > 1 else "the last row"
        words = f"{_rows(most)} are not enough for coverage to level off: {last} still {added}"
        return f"{words}." if advised.low is None else f"{words} (95 % interval: levels off from {advised.low:,} on)."
    further = f"each further {step:,}" if step > 1 else "each further row"
    words = f"Beyond {_rows(advised.rows)} {further} adds less than {share} coverage"
    if advised.low == advised.high:
        return f"{words}."
    upper = f"more than {most:,}" if advised.high is None else f"{advised.high:,}"
    return f"{words} (95 % interval: {advised.low:,} to {upper})."


def coverage_curve(
    study: Study, selection: Selection, *, owned: Indices | None = None, seed: int = 0, progress: Progress = silent
) -> Coverage:
    """Coverage of the study's rows by the first picks of a selection, kept in the study's store.

    Args:
        owned: rows that one has already, and that cover beside the picks.
    """
    return study._once(
        _key(study, selection, owned, seed), lambda: _computed(study, selection, owned, seed, progress), _pack, _unpack
    )


def kept_curve(study: Study, selection: Selection, *, owned: Indices | None = None, seed: int = 0) -> Coverage | None:
    """The same where it was found before, else None."""
    return study._kept(_key(study, selection, owned, seed), _unpack)


def _computed(study: Study, selection: Selection, owned: Indices | None, seed: int, progress: Progress) -> Coverage:
    picks = selection.positions
    rng = np.random.default_rng(seed)
    rows = np.arange(len(study)) if len(study) <= ANCHORS else np.sort(rng.choice(len(study), ANCHORS, replace=False))
    pool = study.space.unit[rows]
    unit = max(1, _round_up(-(-len(picks) // _SIZES)))
    sizes = np.unique(np.append(np.arange(unit, len(picks) + 1, unit), len(picks)))
    counts = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=REPEATS)
    weights = (counts / len(rows)).astype(np.float32)
    highest = np.full(len(rows), -1, dtype=np.float32)
    for some in _blocks(0 if owned is None else len(owned)):
        assert owned is not None
        np.maximum(highest, multiply(pool, study.space.unit[owned[some]].T).max(axis=1), out=highest)
    mean, draws = np.empty(len(sizes)), np.empty((REPEATS, len(sizes)), dtype=np.float32)
    for some in _blocks(len(picks)):
        cosine = multiply(pool, np.ascontiguousarray(study.space.unit[picks[some]].T))
        np.maximum(cosine[:, 0], highest, out=cosine[:, 0])
        np.maximum.accumulate(cosine, axis=1, out=cosine)
        highest = cosine[:, -1].copy()
        here = np.flatnonzero((sizes > some.start) & (sizes <= some.stop))
        at = np.ascontiguousarray(cosine[:, sizes[here] - 1 - some.start])
        mean[here] = at.mean(axis=0, dtype=np.float64)
        if len(here):
            draws[:, here] = multiply(weights, at)
        progress(some.stop / len(picks), f"Coverage by the first {some.stop:,} of {len(picks):,} rows")
    return Coverage(sizes, mean, draws, len(study), len(rows), unit)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _blocks(count: int) -> list[slice]:
    return [slice(start, min(count, start + _PICKS)) for start in range(0, count, _PICKS)]


def _above_chord(sizes: Indices, curves: NDArray[np.float64]) -> Indices:
    """For each curve (c, s) the place of its highest point above the line between its ends; 0 for a flat one."""
    first, last = curves[:, :1], curves[:, -1:]
    rise = np.where(last > first, last - first, np.inf)
    run = (sizes - sizes[0]) / max(1, sizes[-1] - sizes[0])
    found: Indices = ((curves - first) / rise - np.where(np.isinf(rise), 0, run)).argmax(axis=1)
    return found


def _steps(sizes: Indices, step: int) -> tuple[Indices, Indices]:
    """The places of the curve that have one `step` picks further on, and the places of these."""
    beyond = np.searchsorted(sizes, sizes + step)
    has = beyond < len(sizes)
    has[has] = sizes[beyond[has]] == sizes[has] + step
    return np.flatnonzero(has), beyond[has]


def _round_up(value: int) -> int:
    """The least of 1, 2, 5, 10, 20, 50, ... that is at least `value`."""
    return next(number for number in _ROUND if number >= value)


def _round_down(value: int) -> int:
    """The greatest of 1, 2, 5, 10, 20, 50, ... that is at most `value`; 1 below that."""
    return max((number for number in _ROUND if number <= value), default=1)


_ROUND = [digit * int(10**power) for power in range(12) for digit in (1, 2, 5)]


def _key(study: Study, selection: Selection, owned: Indices | None, seed: int) -> str:
    mine = np.empty(0, dtype=np.int64) if owned is None else owned
    return digest("advice", VERSION, study.key, selection.positions, mine, seed, ANCHORS)


def _pack(found: Coverage) -> Packed:
    meta = {"rows": found.rows, "anchors": found.anchors, "unit": found.unit}
    return meta, {"sizes": found.sizes, "mean": found.mean, "draws": found.draws}


def _unpack(meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Coverage:
    fields: dict[str, Any] = meta | arrays
    return Coverage(**fields)
