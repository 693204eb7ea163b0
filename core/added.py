"""Columns of values per row that are added to rows when they are written, and what a manifest says of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .clusterings import find_clustering
from .errors import UserError
from .metrics import METRICS
from .params import resolve
from .progress import Progress, silent
from .row_values import ROW_VALUES, find_row_value, row_values
from .selectors import Selection
from .study import Study

WITH_COLUMNS = ("jsonl", "csv", "parquet", "json")  # kinds of files that hold more than ids or vectors


@dataclass(frozen=True)
class Added:
    """A column of values: one for each chosen row, in order of choice."""

    title: str
    metric: str | None
    params: Mapping[str, Any]
    reference: str | None
    values: list[Any]

    def as_json(self) -> dict[str, Any]:
        return vars(self) | {"params": dict(self.params)}


def added(
    study: Study,
    selection: Selection,
    names: Sequence[str],
    *,
    whole: bool = False,
    params: Mapping[str, Mapping[str, Any]] | None = None,
    progress: Progress = silent,
) -> dict[str, Added]:
    """The columns of those names for the chosen rows; the values are those that the rows have in the whole study.

    Args:
        whole: the selection is all rows of the study and nobody chose it: its rows have no rank and no gain.
        params: parameters by metric, where they are not the defaults.
    """
    check_names(names)
    found = row_values(study, names, selection=None if whole else selection, params=params, progress=progress)
    return {name: _column(study, name, values[selection.positions], params or {}) for name, values in found.items()}


def all_rows(study: Study) -> Selection:
    """All rows of a study in their order, as a selection that nobody made."""
    rows = np.arange(len(study), dtype=np.int64)
    return Selection("random", rows, np.full(len(rows), np.nan), {}, 0, len(rows), len(rows), 0.0)


def check_names(names: Sequence[str]) -> None:
    """Refuse names that rows have no value of, and one that is given twice, before any work."""
    for place, name in enumerate(names):
        find_row_value(name)
        if name in names[:place]:
            raise UserError(f"{name} is asked for twice. Name each value once.")


def check_kind(kind: str, names: Sequence[str]) -> None:
    """Refuse values per row where the file has no place for them."""
    if names and kind not in WITH_COLUMNS:
        raise UserError(
            f"A file of {'vectors' if kind == 'npy' else 'ids alone'} has no place for {', '.join(names)}. Write "
            ".jsonl, .csv, .parquet or .json."
        )


def _column(study: Study, name: str, values: NDArray[Any], params: Mapping[str, Mapping[str, Any]]) -> Added:
    value = ROW_VALUES[name]
    metric = METRICS.get(value.metric)
    settings = resolve(metric.params, params.get(metric.name, {}), metric.name) if metric else {}
    against = name in ("density", "to_reference") or (metric is not None and "reference" in metric.needs)
    reference = "self" if study.reference is None or study.reference.key == study.key else study.reference.name
    if name == "cluster":
        settings = resolve(find_clustering("kmeans").params, {}, "kmeans")
    return Added(
        title=value.title,
        metric=value.metric or None,
        params=settings,
        reference=reference if against else None,
        values=[_plain(each, whole=value.kind == "whole") for each in values],
    )


def _plain(value: Any, *, whole: bool) -> Any:
    """A value of Python's own as JSON has it; what a row does not have is no value."""
    if isinstance(value, str):
        return value or None
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if whole else number
