"""The columns that a selector works with: of the right length, and a score for every row that may be chosen."""

from collections.abc import Collection, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..errors import UserError

Missing = Literal["refuse", "leave out", "lowest", "mean"]
MISSING: tuple[Missing, ...] = ("refuse", "leave out", "lowest", "mean")


def tag_list(value: Any) -> tuple[str, ...]:
    """The tags of one cell: those of a list, or of a text with commas between them; none where it is empty.

    >>> tag_list("maths, proof , maths")
    ('maths', 'proof')
    """
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ()
    parts = value.split(",") if isinstance(value, str) else [str(part) for part in value]
    return tuple(dict.fromkeys(tag for part in parts if (tag := part.strip())))


def check_lengths(columns: dict[str, Sequence[Any] | NDArray[Any] | Collection[Any] | None], rows: int) -> None:
    """Raise a UserError where a column that is given has not one value a row."""
    for name, column in columns.items():
        if column is not None and len(column) != rows:
            raise UserError(f"The {name} column has {len(column):,} values, and there are {rows:,} rows.")


def with_quality(
    quality: NDArray[np.float64], missing: Missing, *, turned: bool = False
) -> tuple[NDArray[np.float64], Indices, str]:
    """The scores, the rows that may be chosen, and what was done about rows without a finite score ("" for nothing).

    `turned`: the column holds the scores with the other sign, and what is said is about the column.

    Raises:
        UserError: a row has no score and that is refused, or none has.
    """
    scores = np.asarray(quality, dtype=np.float64)
    rows = np.arange(len(scores), dtype=np.int64)
    lacking = np.flatnonzero(~np.isfinite(scores))
    if not len(lacking):
        return scores, rows, ""
    counted = f"{len(lacking):,} of {len(scores):,} rows"
    if missing == "refuse":
        raise UserError(
            f"The quality column has no finite number in {counted}; the first is row {lacking[0] + 1}. "
            "Fill them in, or leave these rows out."
        )
    if len(lacking) == len(scores):
        raise UserError("The quality column has no finite number at all. Name another column.")
    known = np.delete(scores, lacking)
    if missing == "leave out":
        return scores, np.delete(rows, lacking), f"{counted} have no score and were left out."
    filled = scores.copy()
    filled[lacking] = known.min() if missing == "lowest" else known.mean()
    value, which = float(filled[lacking[0]]), str(missing)
    if turned:
        value, which = -value, "highest" if missing == "lowest" else missing
    worst = ", where lower is better" if turned else ""
    return filled, rows, f"{counted} have no score and count as the {which} of the others ({value:.6g}{worst})."
