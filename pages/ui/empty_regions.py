"""Empty regions on the Map page: what the reference has and this set lacks, by name, with rows to read."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import ArrayLike

from core.empty_regions import EmptyRegions, Region, empty_regions
from core.kept import kept
from core.study import Study
from core.told_apart import USUAL
from core.workspace import Entry

from . import state
from .jobs import show_job
from .rows import row_table
from .words import cell, count, number, plain, sound

_ROWS = 200  # of a region that are listed; the command line writes all
_TEXT = 200  # characters of the nearest row here


def draw(entry: Entry, study: Study) -> None:
    """The section: how to set a reference, a button that looks once, then the regions and their rows."""
    st.subheader("What the reference has and this set lacks", anchor=False)
    reference = study.reference
    if reference is None:
        st.caption(
            "No other set is the reference. Open a broader one on the Data page, embed it by the same encoder, and "
            "choose it as **Reference** in the sidebar: the regions where it has rows and this set has none stand here."
        )
        return
    found = kept(empty_regions, study)
    if found is None:
        _begin(entry, study, reference)
        return
    st.markdown(
        f"**{count(found.far, 'row')}** of {len(reference):,} in {plain(reference.name, 60)} have nothing near them "
        f"here: their nearest row here is farther than {number(found.usual)}, within which {USUAL:.0%} of the rows "
        "here have their own nearest (cosine distance: 0 is the same, 1 unrelated)."
    )
    if not found.regions:
        st.caption("In no cluster of the reference are they more than chance explains.")
    else:
        _regions(study, reference, found)
    st.page_link("pages/4_Compare.py", label="Both ways, at equal size: Compare")


def _begin(entry: Entry, study: Study, reference: Study) -> None:
    args = {
        "dataset": entry.dataset,
        "setup": entry.key,
        "reference": study.reference_word,
    }
    job = state.job("empty_regions", args)
    if job is not None and job.state != "done":
        show_job(job.id, place="empty regions")
    elif st.button(f"Look for what {plain(reference.name, 40)} has and this set lacks", key="look for regions"):
        state.jobs().submit("empty_regions", f"What {entry.name} lacks beside {reference.name}"[:120], **args)
        state.jobs().ensure_worker()
        st.rerun()


def _regions(study: Study, reference: Study, found: EmptyRegions) -> None:
    frame = pd.DataFrame(
        {
            "Region of the reference": [cell(region.name) for region in found.regions],
            "Nothing near here": [len(region.rows) for region in found.regions],
            "Of its rows": [region.size for region in found.regions],
            "Distance": [round(region.distance, 3) for region in found.regions],
        }
    )
    st.caption(
        "Clusters of the reference in which clearly more rows than by chance have nothing near. Tick one to read it."
    )
    event = st.dataframe(
        frame,
        hide_index=True,
        key=f"empty regions:{study.key}:{reference.key}",
        height=min(38 + 35 * len(frame), 320),
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Region of the reference": st.column_config.TextColumn(width="medium"),
            "Nothing near here": st.column_config.NumberColumn(format="localized"),
            "Of its rows": st.column_config.NumberColumn(format="localized"),
            "Distance": st.column_config.NumberColumn(
                format="%.3f", help="To the nearest row here: the middle one of those rows' cosine distances."
            ),
        },
    )
    ticked = event["selection"]["rows"]
    if ticked and ticked[0] < len(found.regions):
        _rows(study, reference, found, found.regions[ticked[0]])


def _rows(study: Study, reference: Study, found: EmptyRegions, region: Region) -> None:
    rows = region.rows[:_ROWS]
    shown = "" if len(rows) == len(region.rows) else f", the first {len(rows):,} of {len(region.rows):,}"
    st.markdown(f"**{plain(region.name, 100)}**: rows of {plain(reference.name, 60)}, the farthest first{shown}")
    extra: dict[str, ArrayLike] = {"distance": np.round(found.distances[rows], 4)}
    if study.texts is not None:
        texts = study.texts
        extra["nearest row here"] = [
            sound(" ".join(texts[row][:_TEXT].split())) for row in found.nearest[rows].tolist()
        ]
    row_table(reference, rows, "empty region rows", extra=extra)
