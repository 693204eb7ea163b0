"""How rows are written: the format, their order, and values of each row as further columns."""

from typing import Any

import streamlit as st

from core.added import WITH_COLUMNS
from core.row_values import ROW_VALUES
from core.study import Study

from . import chosen, values

FORMATS = {
    "jsonl": ("JSONL", "The rows as they came in; from a JSONL file byte for byte."),
    "csv": ("CSV", "A table; nested values are written as JSON."),
    "parquet": ("Parquet", "A table with types."),
    "json": ("ids (JSON)", "Ids, row numbers, gains and the manifest in one file."),
    "ids": ("ids (text)", "One id a line."),
    "npy": ("Vectors (.npy)", "The embeddings of the chosen rows."),
}
AT_ONCE = 100_000  # rows above which the file is written only when it is asked for


def file_format(study: Study, found: chosen.Chosen | None) -> tuple[str, dict[str, Any]]:
    """The widgets; returns the format and its options.

    Args:
        found: the selection that is written, whose rows have a rank and a gain.
    """
    left, right = st.columns(2)
    with left:
        kind = st.radio(
            "Format",
            list(FORMATS),
            format_func=lambda key: FORMATS[key][0],
            captions=[words for _, words in FORMATS.values()],
            key="format",
        )
    with right:
        order = st.radio("Order", ["chosen", "original"], key="order", captions=["first pick first", "as in the file"])
        options: dict[str, Any] = {"order": order} if kind != "json" else {}
        if kind == "csv":
            options["escape_formulas"] = st.checkbox(
                "Escape cells that a spreadsheet would run as formulas",
                key="escape",
                help="A cell that begins with = + - @ gets an apostrophe before it. Off, cells come out as they "
                "came in, which a training script wants; on, the file is safe to open in a spreadsheet.",
            )
        if kind in WITH_COLUMNS:
            add = _columns(study, found)
            options |= {"add": add} if add else {}
    return kind, options


def _columns(study: Study, found: chosen.Chosen | None) -> list[str]:
    """The values per row that are written as further columns."""
    names = [name for name in values.names(study, found) if name != "covered"]  # 0 for every row that is written
    return st.multiselect(
        "Add columns",
        names,
        format_func=lambda name: ROW_VALUES[name].head,
        key="add columns",
        placeholder="Values of each row",
        help="Written as further columns, gamut_novelty and so on, behind the row's own. Each is the value that the "
        "row has in the whole dataset; the manifest holds them too.\n" + values.explained(names),
    )
