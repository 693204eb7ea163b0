"""Edits of clusters in a manifest: what rows or columns depend on, and the study with them when it is done again."""

from collections.abc import Mapping, Sequence
from typing import Any

from .cluster_edits import ClusterEdits
from .kept_edits import kept_edits
from .study import Study


def recorded_edits(study: Study, add: Sequence[str]) -> dict[str, Any]:
    """What a manifest says of edits: those that the study was given, or that an added column of clusters is named by.

    Nothing where no cluster was edited.
    """
    edits = study.cluster_edits
    if edits is None and "cluster" in add and study.store is not None:
        edits = kept_edits(study.store, study.clusters_key("kmeans", None, {}))
    return {"clusters": edits.as_json()} if edits else {}


def with_recorded_edits(study: Study, recorded: Mapping[str, Any]) -> Study:
    """The study with the clusters as they were edited then, whatever was done to them since."""
    edits = recorded.get("clusters")
    return study.with_cluster_edits(ClusterEdits() if edits is None else ClusterEdits.from_json(edits))
