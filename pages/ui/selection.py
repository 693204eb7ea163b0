"""The panel of the selection: how many rows, how they were found, and the rows themselves."""

import numpy as np
import streamlit as st

from core.study import Study
from core.workspace import Entry

from . import chosen, finding, picked, saved, why
from .listing import listing
from .rows import whole_row
from .words import count, plain


def draw(entry: Entry, study: Study, found: chosen.Chosen | None) -> None:
    """What is selected, as a table, or as one row whole."""
    now = picked.current(study)
    rows = now.found.rows
    if picked.gone(study):
        st.warning(
            "The selection in this address is no longer in the store, or is one of rows that are embedded otherwise.",
            icon=":material/search_off:",
        )
    if now.how:
        st.markdown(f"**{count(len(rows), 'row')} selected**")
        st.caption(plain(", ".join(now.how), 400))
    else:
        st.info(
            "Draw a lasso around points, search, or filter to list rows here. With the mouse set to Click, click a "
            "point to read it.",
            icon=":material/ink_selection:",
        )
    picked.buttons(study)
    if len(rows):
        saved.save_form(study, rows, saved.found_by(now), "map")
    if len(rows) == 1:
        read = int(rows[0])
        whole_row(study, read)
    elif len(rows):
        ranked = None if now.found.cosines is None else {"cosine": np.round(now.found.cosines, 4)}
        read = listing(entry, study, rows, "selected rows", found, extra=ranked)
    else:
        return
    if read is not None:
        saved.tell(study, read)
        finding.more_like(study, read)
        why.draw(study, found, read)
