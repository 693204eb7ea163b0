"""Rows with values and columns beside them: which, sorted by which over all the rows, and a page of them at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike, NDArray

from core.finding import column_of
from core.records import as_number
from core.row_values import ROW_VALUES
from core.study import Study
from core.workspace import Entry

from . import values
from .rows import row_table
from .words import cells, count, plain, sound

_PAGE = 500  # rows of a page of the table
_FIRST = ("novelty", "nearest")  # columns that are there at once where they are known
_OF_DATA = "="  # before the name of a column of the dataset
_ROW, _LENGTH = "#row", "#length"


def listing(
    entry: Entry,
    study: Study,
    rows: NDArray[np.int64],
    key: str,
    made: values.Made | None = None,
    *,
    columns: Sequence[str] | None = None,
    extra: Mapping[str, ArrayLike] | None = None,
    pick: bool = True,
) -> int | None:
    """Those rows of the study, in their order or sorted by a column, over all of them and not only those in sight.

    Returns the row that was picked, which is then shown whole.

    `columns` are those that are there at first; by default the most telling ones of those that are known. `extra` holds
    further columns by what stands at their head, a value for each of `rows`.
    """
    names = values.names(study, made)
    of_data = [] if study.dataset is None else [f"{_OF_DATA}{info.path}" for info in study.dataset.columns]
    first = list(values.known(study, _FIRST, made)) if columns is None else [name for name in columns if name in names]
    chosen = st.multiselect(
        "Columns",
        [*names, *of_data],
        default=first,
        format_func=_head,
        key=f"columns:{key}:{','.join(first)}",
        placeholder="Values of each row, columns of the file",
        help=values.explained(names),
    )
    found = values.ready(entry, study, [name for name in chosen if not name.startswith(_OF_DATA)], made, key)
    more = {head: np.asarray(column) for head, column in (extra or {}).items()}
    added = [name for name in chosen if name.startswith(_OF_DATA)]
    by, falling = _sorting([*found, *more, *added, _ROW, *([_LENGTH] if study.texts is not None else [])], key)
    places = np.arange(len(rows))
    if by:
        column = found[by][rows] if by in found else more[by] if by in more else _column(study, by, rows)
        places = ordered(column, falling=falling)
    pages = -(-len(rows) // _PAGE)
    page = 1
    if pages > 1:
        page = int(st.number_input(f"Page of {pages:,}", 1, pages, key=f"page:{key}:{len(rows)}"))
    some = places[(page - 1) * _PAGE : page * _PAGE]
    shown = rows[some]
    beside: dict[str, ArrayLike] = {head: column[some] for head, column in more.items()}
    beside |= _cells(study, added, shown, taken={"row", "text", "id", *more, *map(_head, found)})
    picked = row_table(study, shown, key, {name: found[name][shown] for name in found}, extra=beside, pick=pick)
    if pages > 1:
        words = f", sorted by {plain(_head(by), 60)} over all of them" if by else ""
        first_row = (page - 1) * _PAGE + 1
        st.caption(f"{first_row:,} to {first_row + len(shown) - 1:,} of {count(len(rows), 'row')}{words}.")
    return picked


def _head(name: str) -> str:
    """What a column is called."""
    if name.startswith(_OF_DATA):
        return sound(name[1:])
    own = {_ROW: "number in the file", _LENGTH: "length of the text", "": "their order"}
    return own[name] if name in own else ROW_VALUES[name].head if name in ROW_VALUES else name


def _sorting(names: Sequence[str], key: str) -> tuple[str, bool]:
    """What to sort by, "" for the order that the rows have, and whether from the highest down."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    by = left.selectbox("Sort all rows by", ["", *names], format_func=_head, key=f"sort:{key}")
    order = right.selectbox("From", ["highest", "lowest"], key=f"falling:{key}", disabled=not by)
    return by, order == "highest"


def _column(study: Study, name: str, rows: NDArray[np.int64]) -> NDArray[Any]:
    """What rows are sorted by: row numbers, lengths, or a column as numbers where every value in it is one."""
    if name == _ROW:
        return study.positions[rows].astype(np.float64)
    if name == _LENGTH:
        return np.array([len(study.texts[row]) for row in rows.tolist()] if study.texts else [], dtype=np.float64)
    column = column_of(study, name[1:])
    cells = [column[row] for row in rows.tolist()]
    numbers = np.array([as_number(value) for value in cells], dtype=np.float64)
    if all(value in (None, "") for value, lacks in zip(cells, np.isnan(numbers).tolist(), strict=True) if lacks):
        return numbers
    found = np.empty(len(cells), dtype=object)
    found[:] = ["" if value is None else str(value) for value in cells]
    return found


def _cells(study: Study, names: Sequence[str], rows: NDArray[np.int64], taken: set[str]) -> dict[str, ArrayLike]:
    """Columns of the dataset as a table holds them; one that is called like another has its own sign behind it."""
    found: dict[str, ArrayLike] = {}
    for name in names:
        head = _head(name)
        while head in taken:
            head += "_"
        taken.add(head)
        column = column_of(study, name[1:])
        shown = cells(column[row] for row in rows.tolist())
        short: list[Any] = [value[:300] if isinstance(value, str) else value for value in shown]
        found[head] = short
    return found


def ordered(column: NDArray[Any], *, falling: bool) -> NDArray[np.int64]:
    """The places of n values in their order, equal ones as they stood; what has no value comes last either way."""
    if column.dtype == object:
        words = [str(value) for value in column]
        ranks = np.empty(len(words))
        order = {word: rank for rank, word in enumerate(sorted(set(words)))}
        ranks[:] = [order[word] for word in words]
        missing = np.array([not word for word in words], dtype=bool)
    else:
        ranks, missing = column.astype(np.float64), np.isnan(column)
    return np.lexsort((np.where(missing, 0.0, -ranks if falling else ranks), missing)).astype(np.int64)
