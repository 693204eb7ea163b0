"""Clusters that were excluded on the Map page as rows that a choice leaves out."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.cluster_editing import excluded_rows
from core.study import Study

from .words import count

_TITLES = {"kmeans": "k-means", "hdbscan umap": "HDBSCAN on UMAP", "hdbscan pca": "HDBSCAN on PCA"}


def choose(study: Study, key: str) -> NDArray[np.int64] | None:
    """The widget; returns the rows of the excluded clusters that were chosen in it."""
    every = _known(study)
    name = st.selectbox(
        "Excluded clusters",
        list(every),
        index=None,
        format_func=lambda name: f"{_TITLES[name]}: {count(len(every[name]), 'row')}" if name in every else "",
        placeholder="Their rows" if every else "None yet: exclude some on the Map page",
        disabled=not every,
        key=key,
    )
    return every.get(name) if name else None


def _known(study: Study) -> dict[str, NDArray[np.int64]]:
    """The rows that are in excluded clusters, for each clustering that has such."""
    found = {"kmeans": study.clustered("kmeans")}
    for method in ("umap", "pca"):
        places = study.projected(method)
        found[f"hdbscan {method}"] = None if places is None else study.clustered("hdbscan", xy=places)
    rows = {name: excluded_rows(each) for name, each in found.items() if each is not None and each.excluded}
    return {name: some for name, some in rows.items() if len(some)}
