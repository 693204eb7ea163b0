"""Rows of a study as a table, and one row whole: always as plain text."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import ArrayLike, NDArray

from core.digest import digest
from core.row_values import ROW_VALUES
from core.study import Study
from core.template import turns

from .words import cells, json_value, number, plain, sound


def formats(columns: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """How a table shows those values: three significant figures of the usual one, and what each is in its help."""
    found: dict[str, Any] = {}
    for name, column in columns.items():
        value = ROW_VALUES[name]
        if value.kind == "words":
            found[value.head] = st.column_config.TextColumn(help=value.title)
        else:
            spec = "%d" if value.kind == "whole" else f"%.{decimals(column)}f"
            found[value.head] = st.column_config.NumberColumn(help=f"{value.title}. {value.says}", format=spec)
    return found


def decimals(column: NDArray[Any]) -> int:
    """Decimals that give the middle one of the values three significant figures, at most six."""
    sizes = np.abs(column[np.isfinite(column) & (column != 0)])
    if not len(sizes):
        return 2
    return int(np.clip(2 - np.floor(np.log10(np.median(sizes))), 0, 6))


def row_table(
    study: Study,
    rows: NDArray[Any],
    key: str,
    values: Mapping[str, NDArray[Any]] | None = None,
    *,
    extra: Mapping[str, ArrayLike] | None = None,
    pick: bool = True,
) -> int | None:
    """A table of those rows of the study, with values per row (core.row_values) by name, one for each of `rows`.

    `extra` holds further columns, by what stands at their head. Returns the row that was picked, whose text is then
    shown whole.
    """
    ids = study.ids
    values = values or {}
    frame: dict[str, Any] = {"row": study.positions[rows] + 1}
    frame |= {ROW_VALUES[name].head: column for name, column in values.items()}
    if study.texts is not None:
        frame["text"] = [sound(" ".join(study.texts[i][:300].split())) for i in rows]
    frame["id"] = cells(ids[i] for i in rows)
    frame |= dict(extra or {})
    event = st.dataframe(
        pd.DataFrame(frame),
        hide_index=True,
        key=f"{key}:{digest(study.key, np.asarray(rows))}",  # what was picked belongs to these rows
        on_select="rerun" if pick else "ignore",
        selection_mode="single-row",
        column_config={
            "row": st.column_config.NumberColumn(
                help="Number of the row in the file, from 1.", format="%d", pinned=True
            )
        }
        | formats(values),
    )
    picked = event["selection"]["rows"] if pick else []
    if not picked or picked[0] >= len(rows):
        return None
    whole_row(study, int(rows[picked[0]]))
    return int(rows[picked[0]])


def whole_row(study: Study, row: int, *, neighbours: int = 5) -> None:
    """One row: its text or its turns, its columns, and its nearest rows."""
    with st.container(border=True):
        st.markdown(f"**Row {study.positions[row] + 1:,}**, id {plain(study.ids[row], 60)}")
        if study.dataset is not None:
            for role, text in turns(study.dataset, int(study.positions[row])):
                st.caption(plain(role, 40))
                st.code(sound(text) or "(empty)", language=None, wrap_lines=True)
            with st.expander("All columns"):
                record = study.dataset.record(int(study.positions[row]))
                st.json(json_value(record), expanded=1)
        if study.texts is not None and len(study) > 1:
            st.caption("Nearest rows (cosine distance: 0 is the same, 1 unrelated)")
            near = study.neighbours_of(row, neighbours)
            st.dataframe(
                pd.DataFrame(
                    {
                        "distance": [number(distance) for _, distance in near],
                        "row": [int(study.positions[i]) + 1 for i, _ in near],
                        "text": [sound(" ".join(study.texts[i][:200].split())) for i, _ in near],
                    }
                ),
                hide_index=True,
            )
