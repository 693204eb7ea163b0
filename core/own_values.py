"""Values per row that no metric finds: density, clusters, what covers a row, and the order of choice."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .before import nearest_before
from .coverage import coverage
from .density import paper_sparsity
from .digest import digest
from .progress import Progress
from .results import Packed
from .selectors import Selection
from .study import Study
from .study_data import VERSION

NEIGHBORS = 10  # of the density, as in NovelSum


def own_value(study: Study, name: str, selection: Selection | None, progress: Progress) -> NDArray[Any]:
    """That value of all rows, found or as it is kept; values of a selection need one."""
    if name == "cluster":
        clusters = study.cluster(progress=progress)
        return _names(clusters.labels, clusters.names)
    if name in _AT_ONCE:
        assert selection is not None
        return _AT_ONCE[name](selection, len(study))
    if name in _BESIDE:
        assert selection is not None
        return study._once(
            _key(study, name, selection), lambda: _beside(study, selection, name, progress), _pack, _unpack
        )

    def run() -> NDArray[np.float64]:
        home = study.reference.space if study.reference else study.space
        if name == "density":
            return 1 / paper_sparsity(study.space, home, NEIGHBORS, progress=progress)
        return np.maximum(0.0, 1.0 - coverage(home, study.space, progress=progress)[0])

    return study._once(_key(study, name, None), run, _pack, _unpack)


def kept_own_value(study: Study, name: str, selection: Selection | None) -> NDArray[Any] | None:
    """That value of all rows where it was found before, else None."""
    if name == "cluster":
        clusters = study.clustered()
        return None if clusters is None else _names(clusters.labels, clusters.names)
    if name in _AT_ONCE:
        return None if selection is None else _AT_ONCE[name](selection, len(study))
    if name in _BESIDE and selection is None:
        return None
    key = _key(study, name, selection if name in _BESIDE else None)
    return None if study.store is None else study._kept(key, _unpack)


def _beside(study: Study, selection: Selection, name: str, progress: Progress) -> NDArray[Any]:
    """Values that say how rows lie beside the chosen ones."""
    chosen = selection.positions
    ids = np.array([*map(str, (study.ids[row] for row in chosen)), ""])
    if name in ("covered", "covered_by"):
        cosine, which = coverage(study.space.subset(chosen, "the selection"), study.space, progress=progress)
        if name == "covered":
            return np.maximum(0.0, 1.0 - cosine)
        which = which.copy()
        which[chosen] = np.arange(len(chosen))  # of exact copies that were all chosen each covers itself
        return ids[which]
    distances, picks = nearest_before(study.space, chosen, progress=progress)
    if name == "from_earlier":
        found = np.full(len(study), np.nan)
        found[chosen] = distances
        return found
    words = np.full(len(study), "", dtype=ids.dtype)
    words[chosen] = ids[picks]  # -1 is the last: none
    return words


def _key(study: Study, name: str, selection: Selection | None) -> str:
    if selection is not None:
        return digest(
            "row", VERSION, name, study.key, selection.positions, study.dataset.key if study.dataset else None
        )
    return digest("row", VERSION, name, study.key, study.reference.key if study.reference else None)


def _pack(rows: NDArray[Any]) -> Packed:
    return {}, {"rows": rows}


def _unpack(meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> NDArray[Any]:  # noqa: ARG001 - a store hands in what is told too; all is in the array
    return arrays["rows"]


def _names(labels: NDArray[np.int32], names: Sequence[str]) -> NDArray[Any]:
    return np.array([*names, ""], dtype=object)[labels]  # -1 is the last: in no group


def _ranks(selection: Selection, rows: int) -> NDArray[np.float64]:
    found = np.full(rows, np.nan)
    found[selection.positions] = np.arange(1, len(selection) + 1)
    return found


def _gains(selection: Selection, rows: int) -> NDArray[np.float64]:
    """A first pick that nothing was chosen before has no finite gain, and is given none."""
    found = np.full(rows, np.nan)
    found[selection.positions] = np.where(np.isfinite(selection.gains), selection.gains, np.nan)
    return found


_BESIDE = frozenset({"covered", "covered_by", "from_earlier", "earlier"})
_AT_ONCE: dict[str, Callable[[Selection, int], NDArray[np.float64]]] = {"rank": _ranks, "gain": _gains}
