"""NovelSelect in two stages, for pools of which one greedy choice would take hours."""

import itertools
import math
from collections.abc import Iterator
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress, part
from . import Picks, Report, selector
from ._filling import Closed
from ._novelty_rule import (
    SEARCHED_UP_TO,
    Alpha,
    Beta,
    Form,
    IncludeSelf,
    Neighbors,
    NoveltyRule,
    Scale,
    Strength,
    factors_of,
)

_ROWS_A_PART = 50_000


@selector(
    title="NovelSelect, in two stages",
    source="Yang et al., ACL 2025, arXiv 2502.17184; the two stages as in Mirzasoleiman et al. 2013 (GreeDi)",
    says="Splits a large pool at random, takes the newest rows of each part, and chooses again among these.",
    rewards="Rows that keep apart from each other where the pool is dense, as NovelSelect does, in far less time.",
    overlooks="Quality, unless a score is named; rows that were among the newest only beside those of other parts.",
    cost="n d a pick, divided by the parts, for the first stage",
    gain="novelty beside the rows chosen before, times the score where one is named",
    nested=False,
    weight=("strength", "quality"),
)
def novelselect_parts(
    space: Space,
    reference: Space,
    rng: np.random.Generator,
    budget: int,
    progress: Progress,
    report: Report,
    quality: NDArray[np.float64] | None = None,
    chosen: Indices | None = None,
    closed: Closed | None = None,
    *,
    parts: Annotated[
        int | None,
        Range(1, 10_000),
        Help("Into how many the pool is split; none: one for each 50,000 rows, 2 or more."),
    ] = None,
    candidates: Annotated[
        float,
        Range(1, 100),
        Help("Rows that all parts together give to the second stage, as a multiple of the budget."),
    ] = 2.0,
    form: Form = "released",
    alpha: Alpha = 1.0,
    beta: Beta = 0.5,
    neighbors: Neighbors = 10,
    include_self: IncludeSelf = False,
    scale: Scale = "auto",
    strength: Strength = 1.0,
) -> Picks:
    """The greedy choice of NovelSelect among the rows that it chooses in each part; the first row has no gain (NaN).

    Densities are of the whole pool, or of the reference: exact up to 4e10 pairs of rows, above that from neighbours
    that are searched for in the cells around each row.

    Raises:
        UserError: as NovelSelect.
    """
    rule = NoveltyRule(form, alpha, beta, neighbors, include_self)
    factors = factors_of(quality, scale, strength, report)
    before = [] if chosen is None else chosen.tolist()
    free = np.ones(len(space), dtype=bool)
    free[before] = False
    searched_all = len(space) * len(reference) <= SEARCHED_UP_TO
    if len(space) == 1:
        yield 0, math.nan
        return
    share = part(progress, 0, 0.3)
    if searched_all:
        dense = rule.dense(space, reference, share)
    else:
        dense = rule.nearly_dense(space, reference, share, report.note)

    def newest(rows: Indices, closed: Closed | None = None) -> Iterator[tuple[int, float]]:
        """The greedy choice among `rows`, beside those chosen before; (row, value)."""
        some = np.concatenate([np.array(before, dtype=np.int64), np.sort(rows)])
        start = list(range(len(before))) or [int(rng.integers(len(some)))]
        if not before:
            yield int(some[start[0]]), math.nan
        if len(some) == len(start):
            return
        given = None if factors is None else factors[some]
        within = None if closed is None else _Among(closed, some, free)
        for index, value in rule.greedy(space.subset(some), dense[some], given, start, within):
            yield int(some[index]), value

    wanted = len(before) + budget
    while len(before) < wanted and len(others := np.flatnonzero(free)):
        count = min(len(others), parts or max(2, math.ceil(len(others) / _ROWS_A_PART)))
        each = math.ceil(candidates * (wanted - len(before)) / count)
        found: list[int] = []
        for number, rows in enumerate(np.array_split(rng.permutation(others), count), 1):
            for some, (row, _) in enumerate(itertools.islice(newest(rows), each), 1):
                found.append(row)
                words = f"Part {number} of {count}: {some:,} of {each:,} rows"
                progress(0.3 + 0.7 * (number - 1 + some / each) / count, words)
        report.detail(parts=count, candidates=len(found))
        beside = len(before)
        picks: list[int] = []
        for some, (row, value) in enumerate(newest(np.array(found), closed), start=beside):
            yield row, value / max(1, some)
            free[row] = False
            picks.append(row)
        before += picks  # all candidates are used up or closed, and there are others


class _Among(Closed):
    """The closed rows by their places among `rows`, the others do not matter there; none of them is free any more."""

    def __init__(self, closed: Closed, rows: Indices, free: NDArray[np.bool_]) -> None:
        super().__init__()
        self._closed, self._free = closed, free
        self._place = np.full(len(free), -1, dtype=np.int64)
        self._place[rows] = np.arange(len(rows))

    def new(self) -> Indices:
        found = self._closed.new()
        self._free[found] = False
        places = self._place[found]
        return places[places >= 0]
