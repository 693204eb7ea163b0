"""What the map can be coloured by, and the values for it."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.figures import Categories, Numbers
from core.results import NO_CLUSTER, Clusters
from core.row_values import ROW_VALUES
from core.study import Study
from core.workspace import Entry

from . import saved, values
from .words import sound

HOVER_UP_TO = 20_000  # points above which hover text would make the map heavy
_DISTINCT = 1000  # values of a column above which it is no set of categories

_LABEL = 80  # characters of a label
SUBSET = "@subset"  # no column is called so: theirs begin with # or =
Colour = Categories | Numbers | None


def options(study: Study, made: values.Made | None = None) -> dict[str, str]:
    """The names of what the map can be coloured by, with their titles."""
    names = ["cluster", *(name for name in values.names(study, made) if ROW_VALUES[name].kind != "words")]
    found = {name: ROW_VALUES[name].head.capitalize() for name in names} | {"": "Nothing"}
    found |= {SUBSET: "Subset"} if saved.of(study) else {}
    if study.dataset is not None:
        for info in study.dataset.columns:
            if info.kind == "number":
                found[f"#{info.path}"] = sound(info.path)
            elif info.path == study.dataset.roles.label or (
                info.kind in ("category", "boolean", "text") and 1 < info.distinct <= _DISTINCT
            ):
                found[f"={info.path}"] = sound(info.path)
    return found


def of_rows(entry: Entry, study: Study, clusters: Clusters | None, by: str, made: values.Made | None = None) -> Colour:
    """The colours of the rows; a value per row is found first where it was not yet."""
    if by == "cluster" and clusters is not None:
        return _of_clusters(clusters)
    if by in ROW_VALUES and by != "cluster":
        found = values.ready(entry, study, [by], made, "colour").get(by)
        return None if found is None else Numbers(np.asarray(found, dtype=np.float64), ROW_VALUES[by].title)
    if by == SUBSET:
        return saved.categories(study)
    if by.startswith("#") and study.dataset is not None:
        return Numbers(_numbers(study.key, by[1:], study), by[1:])
    if by.startswith("="):
        return Categories(_labels(study.key, by[1:], study), by[1:])
    return None


def _of_clusters(clusters: Clusters) -> Categories:
    """The rows by their cluster; excluded ones are grey, as rows in none are."""
    names = [f"excluded: {name}" if label in clusters.excluded else name for label, name in enumerate(clusters.names)]
    grey = frozenset({NO_CLUSTER, *(names[label] for label in clusters.excluded)})
    named = [*names, NO_CLUSTER]  # -1 is the last
    return Categories([named[label] for label in clusters.labels.tolist()], "Cluster", grey)


def hover(study: Study) -> list[str] | None:
    """The beginning of each row's text, where there are few enough to carry it."""
    if study.texts is None or len(study) > HOVER_UP_TO:
        return None
    return [sound(" ".join(text[:80].split())) for text in study.texts]


# Under the study's own key, as `state` keeps studies: a column of many rows is read once, not at every click.


@st.cache_resource(max_entries=12, show_spinner=False)
def _numbers(key: str, path: str, _study: Study) -> NDArray[np.float64]:  # noqa: ARG001 - see above
    assert _study.dataset is not None
    return _study.dataset.numbers(path)[_study.positions]


@st.cache_resource(max_entries=12, show_spinner=False)
def _labels(key: str, path: str, _study: Study) -> list[str]:  # noqa: ARG001 - see above
    return [sound(str(name))[:_LABEL] if name else "(none)" for name in _study.labels(path)]
