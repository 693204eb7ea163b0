"""Facility location in two rounds: for pools whose pairs are too many for one machine."""

import itertools
import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from ..blocks import Floats, Indices
from ..engines import engine_for
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress, part, silent
from ..sharded.rows import Shard, joined, shards
from . import Picks, Report, selector
from ._cover import Cover

_ROWS_A_PART = 20_000
_ROUNDED = 1e-9  # of a sum: what another order of adding can change, and more
Chosen = list[tuple[int, float]]  # rows with their gains


@selector(
    title="Facility location, in two rounds",
    source="Mirzasoleiman et al. 2013 (GreeDi), parts drawn at random as in Barbosa et al. 2015; negative cosines "
    "count as 0",
    says="Splits the pool at random, chooses as many rows as are wanted in each part, and chooses again among these.",
    rewards="Typical rows of every crowded region, as facility location does; parts are chosen from at the same time.",
    overlooks="Rare rows, until all crowds are served; rows that are good only beside those of other parts.",
    cost="n N d for the first values, divided by the machines; then the parts times b N d",
    gain="by how much the pool's highest cosines to the chosen rows grow, in sum",
    guarantee="On average over the draws at least (1 - 1/e) / 2, 31 %, of the best covering by as many rows.",
    nested=False,
)
def facility_location_parts(
    space: Space,
    reference: Space,
    rng: np.random.Generator,
    budget: int,
    progress: Progress,
    report: Report,
    *,
    parts: Annotated[
        int | None,
        Range(1, 10_000),
        Help("Into how many the pool is split; none: one for 20,000 rows, 2 or more."),
    ] = None,
) -> Picks:
    """Greedy maximum of sum over the reference of max(0, highest cosine to the chosen), in two rounds.

    Each part's choice is valued on the whole reference; the better of the second round's choice and the best part's is
    taken. The parts hang on the seed and the number of rows alone: every engine chooses the same rows.
    """
    count = min(len(space), parts or max(2, math.ceil(len(space) / _ROWS_A_PART)))
    split = [np.sort(rows) for rows in np.array_split(rng.permutation(len(space)), count)]
    found = _first_round(space, reference, split, budget, part(progress, 0, 0.7))
    candidates = np.sort(np.array([row for some in found for row, _ in some], dtype=np.int64))
    second = _chosen_among(space, reference, candidates, budget, part(progress, 0.7, 1))
    # A part's choice wins where it is better by more than rounding; a part of fewer rows is whole among the candidates.
    first = max((each for each in found if len(each) == len(second)), key=_total, default=second)
    best = first if _total(first) > _total(second) * (1 + _ROUNDED) else second
    report.detail(parts=count, candidates=len(candidates))
    report.note(
        f"Approximate: chosen in {count:,} random parts first, then among their {len(candidates):,} rows; on average "
        "at least 31 % of the best covering, and in practice within a few per cent of the greedy one.",
        once="parts",
    )
    yield from best


def _total(chosen: Chosen) -> float:
    return math.fsum(gain for _, gain in chosen)


def _first_round(
    space: Space, reference: Space, split: Sequence[Indices], budget: int, progress: Progress
) -> list[Chosen]:
    engine = engine_for(len(space) * len(reference) * space.dim)
    if engine is None:
        found = []
        for number, rows in enumerate(split):
            share = part(progress, number / len(split), (number + 1) / len(split))
            found.append(_chosen_among(space, reference, rows, budget, share))
        return found
    pool = shards(engine, reference)
    items = [(type(space), np.asarray(space.raw[rows]), pool, budget) for rows in split]
    there = engine.map(_in_part, items, "choosing in parts", progress)
    return [[(int(rows[row]), gain) for row, gain in some] for rows, some in zip(split, there, strict=True)]


def _in_part(kind: type[Space], rows: Floats, pool: Sequence[Shard], budget: int) -> Chosen:
    return _greedy(kind(rows), joined(pool), budget, silent)


def _chosen_among(space: Space, reference: Space, rows: Indices, budget: int, progress: Progress) -> Chosen:
    return [(int(rows[row]), gain) for row, gain in _greedy(space.subset(rows), reference, budget, progress)]


def _greedy(some: Space, reference: Space, budget: int, progress: Progress) -> Chosen:
    cover = Cover(some, reference)
    cover.look(progress)
    return list(itertools.islice(cover, budget))
