"""Rows with values beside them: which columns, sorted by which over all the rows, and a page of them at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.row_values import ROW_VALUES
from core.study import Study
from core.workspace import Entry

from . import values
from .rows import row_table
from .words import count

_PAGE = 500  # rows of a page of the table
_FIRST = ("novelty", "nearest")  # columns that are there at once where they are known


def listing(
    entry: Entry,
    study: Study,
    rows: NDArray[np.int64],
    key: str,
    made: values.Made | None = None,
    *,
    columns: Sequence[str] | None = None,
    pick: bool = True,
) -> int | None:
    """Those rows of the study, in their order or sorted by a value, over all of them and not only those in sight.

    Returns the row that was picked, which is then shown whole.

    `columns` are those that are there at first; by default the most telling ones of those that are known.
    """
    names = values.names(study, made)
    first = list(values.known(study, _FIRST, made)) if columns is None else [name for name in columns if name in names]
    chosen = st.multiselect(
        "Columns",
        names,
        default=first,
        format_func=lambda name: ROW_VALUES[name].head,
        key=f"columns:{key}:{','.join(first)}",
        placeholder="Values of each row",
        help=values.explained(names),
    )
    found = values.ready(entry, study, chosen, made, key)
    by, falling = _sorting(list(found), key)
    order = rows[ordered(found[by][rows], falling=falling)] if by else rows
    pages = -(-len(rows) // _PAGE)
    page = 1
    if pages > 1:
        page = int(st.number_input(f"Page of {pages:,}", 1, pages, key=f"page:{key}:{len(rows)}"))
    shown = order[(page - 1) * _PAGE : page * _PAGE]
    picked = row_table(study, shown, key, {name: found[name][shown] for name in found}, pick=pick)
    if pages > 1:
        words = f", sorted by {ROW_VALUES[by].head} over all of them" if by else ""
        first_row = (page - 1) * _PAGE + 1
        st.caption(f"{first_row:,} to {first_row + len(shown) - 1:,} of {count(len(rows), 'row')}{words}.")
    return picked


def _sorting(names: Sequence[str], key: str) -> tuple[str, bool]:
    """What to sort by, "" for the order that the rows have, and whether from the highest down."""
    if not names:
        return "", False
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    by = left.selectbox(
        "Sort all rows by",
        ["", *names],
        format_func=lambda name: ROW_VALUES[name].head if name else "their order",
        key=f"sort:{key}",
    )
    order = right.selectbox("From", ["highest", "lowest"], key=f"falling:{key}", disabled=not by)
    return by, order == "highest"


def ordered(column: NDArray[Any], *, falling: bool) -> NDArray[np.int64]:
    """The places of n values in their order, equal ones as they stood; what has no value comes last either way."""
    if column.dtype == object:
        words = np.array([str(value) for value in column])
        ranks = np.unique(words, return_inverse=True)[1].astype(np.float64)
        missing = words == ""
    else:
        ranks, missing = column.astype(np.float64), np.isnan(column)
    return np.lexsort((np.where(missing, 0.0, -ranks if falling else ranks), missing)).astype(np.int64)
