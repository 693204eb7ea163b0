"""Where edits of clusters are kept: in a folder for each clustering, with the last changes."""

from pathlib import Path

from .cluster_edits import ClusterEdits
from .store import Store
from .subset_log import Log


def log_of(store: Store, key: str) -> Log:
    """The log of the edits of a clustering, by the store's key of it."""
    return Log(_folder(store, key), "the edits of these clusters")


def kept_edits(store: Store, key: str) -> ClusterEdits | None:
    """What was done to a clustering; None where nothing was."""
    found = log_of(store, key).read().subsets.get("edits")
    return None if found is None else ClusterEdits.from_json(found)


def _folder(store: Store, key: str) -> Path:
    return store.home / "clusters" / key
