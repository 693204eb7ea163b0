"""Near-copies on the Map page: a threshold to move, what it decides, the groups, and the rows that would go."""

import streamlit as st

from core.near_copies import FLOOR, Groups, NearCopies, cosines_to_staying, known_near_copies
from core.study import Study
from core.workspace import Entry

from . import chosen, picked, state
from .jobs import show_job
from .listing import listing
from .words import count, plain, sound

_USUAL = 0.95
_GROUPS_SHOWN = 200  # in the list; the selection and the command line have all
_TEXT = 60  # characters of a group's first text


def draw(entry: Entry, study: Study, made: chosen.Chosen | None) -> None:
    """The section: a button that looks once, then everything that the threshold says."""
    st.subheader("Near-copies", anchor=False)
    found = known_near_copies(study)
    if found is None:
        _begin(entry, study)
        return
    threshold = st.slider(
        "Rows are near-copies from this cosine on",
        FLOOR,
        1.0,
        _USUAL,
        0.005,
        format="%.3f",
        key=f"near-copies:{study.key}",
        help="1 is the same vector. Rows that are joined by others between them are in one group. Moving the threshold "
        "compares nothing anew.",
    )
    groups, distant = _at(study.key, threshold, study, found)
    _said(study, groups, distant)
    _border(study, found, threshold)
    if len(groups.sizes):
        _actions(study, groups)
        _groups(entry, study, groups, made)


def _begin(entry: Entry, study: Study) -> None:
    args = {"dataset": entry.dataset, "setup": entry.key, "reference": None}
    job = state.job("near_copies", args)
    st.caption(
        "Rows that say nearly the same, in groups, for any threshold: exact, by the cosine of every pair of rows, "
        "compared once."
    )
    if job is not None and job.state != "done":
        show_job(job.id, place="near-copies")
    elif st.button(f"Look for near-copies among {count(len(study), 'row')}", key="look for near-copies"):
        state.jobs().submit("near_copies", f"Near-copies of {entry.name}"[:120], **args)
        state.jobs().ensure_worker()
        st.rerun()


@st.cache_resource(max_entries=12, show_spinner=False)
def _at(key: str, threshold: float, _study: Study, _found: NearCopies) -> tuple[Groups, int]:  # noqa: ARG001 - see pages/ui/colours.py
    """The groups at a threshold, and how many rows that would go are farther than it from the one that stays."""
    groups = _found.at(threshold)
    return groups, int((cosines_to_staying(_study, groups) < threshold).sum())


def _said(study: Study, groups: Groups, distant: int) -> None:
    if not len(groups.sizes):
        st.markdown(f"No two rows are as near as {groups.threshold:.3f}.")
        return
    gone = groups.surplus()
    words = (
        f"**{count(len(groups.grouped), 'row')}** in **{count(len(groups.sizes), 'group')}**. Where one of each stays, "
        f"{count(len(gone), 'row')} ({len(gone) / len(study):.1%}) go and {len(study) - len(gone):,} are left."
    )
    if distant:
        words += (
            f" {distant:,} of those that go are farther than the threshold from the row that stays; other rows join "
            "the two. A higher threshold has fewer of them."
        )
    st.markdown(words)


def _border(study: Study, found: NearCopies, threshold: float) -> None:
    """The two pairs between which the threshold lies, to be read side by side."""
    inside, outside = found.border(threshold)
    if study.texts is None or not (inside or outside):
        return
    for place, pairs, words in zip(
        st.columns(2), (inside, outside), ("Least near pair that is joined", "Nearest pair that is not"), strict=True
    ):
        with place:
            for a, b, cosine in pairs:
                st.caption(f"{words}: {cosine:.4f}")
                for row in (a, b):
                    text = sound(study.texts[row][:1500]) or "(empty)"
                    st.code(text, language=None, wrap_lines=True, height=110)


def _actions(study: Study, groups: Groups) -> None:
    with st.container(horizontal=True):
        for words, rows, how in (
            ("Select the rows that would go", groups.surplus(), "near-copies of another row"),
            ("Select the rows of all groups", groups.grouped, "in a group of near-copies"),
        ):
            st.button(
                words,
                key=words,
                on_click=picked.keep,
                args=(study, rows, f"{how} (cosine {groups.threshold:.3f})"),
                kwargs={"join": "new"},
            )
    st.caption(
        "What is selected stands beside the map, and can be saved as a subset: named as must-not rows, it stays out."
    )


def _groups(entry: Entry, study: Study, groups: Groups, made: chosen.Chosen | None) -> None:
    shown = min(len(groups.sizes), _GROUPS_SHOWN)
    firsts = groups.staying()

    def title(group: int) -> str:
        row = int(firsts[group])
        text = (
            f"row {study.positions[row] + 1:,}" if study.texts is None else " ".join(study.texts[row].split())[:_TEXT]
        )
        return f"{count(int(groups.sizes[group]), 'row')}: {sound(text)}"

    part = "" if shown == len(groups.sizes) else f" (the first {shown} of {len(groups.sizes):,})"
    group = st.selectbox(
        f"Read a group, largest first{part}",
        range(shown),
        index=None,
        format_func=title,
        key=f"near-copies group:{study.key}:{groups.threshold}",
        placeholder="Choose a group to list its rows",
    )
    if group is not None:
        listing(entry, study, groups.rows(group), f"near-copies {plain(str(group))}", made)
