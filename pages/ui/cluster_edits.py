"""What can be done with clusters that are ticked: rename, merge, exclude, split; undo and redo; and edits as a file."""

import json

import streamlit as st

from core.cluster_editing import ClusterEditing
from core.cluster_edits import ClusterEdits
from core.digest import digest
from core.errors import UserError
from core.results import Clusters
from core.subset_names import LONGEST

from . import undoing
from .words import sound

_METHODS = {"kmeans": "k-means", "hdbscan": "HDBSCAN"}


def draw(editing: ClusterEditing, found: Clusters, ticked: list[int]) -> None:
    """The form and buttons for the clusters of those labels, and what can be undone."""
    _of_ticked(editing, found, ticked)
    _history(editing)


def view_of(found: Clusters | None) -> str:
    """A name for how the clusters are called and which are excluded: what a figure of them depends on."""
    return "" if found is None else digest(list(found.names), sorted(found.excluded))


def _of_ticked(editing: ClusterEditing, found: Clusters, ticked: list[int]) -> None:
    if not ticked:
        st.caption(
            "Tick a cluster to select its rows, to rename or to exclude it; tick several to merge them. Names and "
            f"merges hold for these clusters ({_METHODS[found.method]}) wherever they are shown."
        )
        return
    numbers = [found.numbers(label)[0] for label in ticked]
    one = len(ticked) == 1
    with st.form(f"edit clusters:{','.join(map(str, numbers))}:{view_of(found)}", border=False):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        name = left.text_input(
            "Name" if one else f"Name of the {len(ticked)} merged clusters",
            sound(found.names[ticked[0]]) if one else "",
            max_chars=LONGEST,
            placeholder="Its first name" if one else "By default the names of its parts",
        )
        if right.form_submit_button("Rename" if one else "Merge", width="stretch"):
            undoing.do("clusters", lambda: editing.rename(numbers[0], name) if one else editing.merge(numbers, name))
    kept = [number for number, label in zip(numbers, ticked, strict=True) if label not in found.excluded]
    out = [number for number in numbers if number not in kept]
    with st.container(horizontal=True):
        if kept and st.button("Exclude", icon=":material/block:", key="exclude clusters"):
            undoing.do("clusters", lambda: editing.exclude(kept))
        if out and st.button("Include again", icon=":material/check:", key="include clusters"):
            undoing.do("clusters", lambda: editing.include(out))
        if one and len(found.numbers(ticked[0])) > 1 and st.button("Split", key="split cluster"):
            undoing.do("clusters", lambda: editing.split(numbers[0]))


def _history(editing: ClusterEditing) -> None:
    with st.container(horizontal=True):
        undoing.buttons("clusters", editing.last(), editing.undo, editing.redo)
        with st.popover("Edits as a file", icon=":material/data_object:"):
            _file(editing)
    undoing.refused("clusters")


def _file(editing: ClusterEditing) -> None:
    st.caption("Names, merges and exclusions as JSON, for `gamut clusters --edits` and `gamut select --cluster-edits`.")
    st.download_button(
        "Download", json.dumps(editing.edits.as_json(), indent=1), "cluster_edits.json", "application/json"
    )
    file = st.file_uploader("Take those of a file", key=f"cluster edits file:{editing.key}")
    if file is not None and st.button("Put them in the place of all edits", key="take cluster edits"):
        undoing.do("clusters", lambda: editing.take(_read(file.getvalue())))


def _read(content: bytes) -> ClusterEdits:
    try:
        return ClusterEdits.from_json(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise UserError(f"The file is not JSON ({error}).") from error
