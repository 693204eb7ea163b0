"""Rows of a study as a table, and one row whole: always as plain text."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import ArrayLike, NDArray

from core.digest import digest
from core.study import Study
from core.template import turns

from .words import cell, json_value, number, plain, sound


def row_table(
    study: Study, rows: NDArray[Any], key: str, extra: Mapping[str, ArrayLike] | None = None, *, pick: bool = True
) -> int | None:
    """A table of those rows of the study; returns the row that was picked, whose text is then shown whole."""
    ids = study.ids
    frame: dict[str, Any] = {"row": study.positions[rows] + 1, "id": [cell(ids[i]) for i in rows]}
    if study.texts is not None:
        frame["text"] = [sound(" ".join(study.texts[i][:300].split())) for i in rows]
    frame |= dict(extra or {})
    event = st.dataframe(
        pd.DataFrame(frame),
        hide_index=True,
        key=f"{key}:{digest(study.key, np.asarray(rows))}",  # what was picked belongs to these rows
        on_select="rerun" if pick else "ignore",
        selection_mode="single-row",
        column_config={
            "row": st.column_config.NumberColumn(help="Number of the row in the file, from 1.", format="%d")
        },
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
