"""Why a row was chosen or left out: its place and gain, and the chosen row that is nearest to it."""

import math
from dataclasses import dataclass

import numpy as np

from .selectors import Selection
from .study import Study


@dataclass(frozen=True)
class Reason:
    """What a selection says of one row; rows are numbers within the study."""

    rank: int | None  # from 1, None for a row that was left out
    gain: float | None  # None where it has none
    nearest: int | None  # of a chosen row the nearest one chosen before it, of another the chosen row nearest to it
    distance: float | None  # cosine distance to that


def reason(study: Study, selection: Selection, row: int) -> Reason:
    """The rank and gain of a row, and the chosen row that it lies nearest to; of equally near ones the first chosen."""
    place = np.flatnonzero(selection.positions == row)
    rank = int(place[0]) + 1 if len(place) else None
    beside = selection.positions if rank is None else selection.positions[: rank - 1]
    gain = math.nan if rank is None else float(selection.gains[rank - 1])
    if not len(beside):
        return Reason(rank, gain if math.isfinite(gain) else None, None, None)
    cosine = study.space.unit64(beside) @ study.space.unit64(row)
    best = int(cosine.argmax())
    distance = max(0.0, 1 - float(cosine[best]))
    return Reason(rank, gain if math.isfinite(gain) else None, int(beside[best]), distance)
