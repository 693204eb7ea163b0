"""Values per row of a study, by name: what metrics find for each row, local density, clusters, and what was chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .metrics import METRICS, Score, cluster_inertia
from .own_values import NEIGHBORS, kept_own_value, own_value
from .progress import Progress, part, silent
from .selectors import Selection
from .study import Study

Kind = Literal["number", "whole", "words"]


@dataclass(frozen=True)
class RowValue:
    """One value that rows of a study have."""

    name: str  # as a column is called
    title: str
    says: str
    metric: str = ""  # the metric whose value per row it is
    kind: Kind = "number"
    needs: Literal["", "reference", "selection"] = ""

    @property
    def head(self) -> str:
        """The name as the head of a column on a page."""
        return self.name.replace("_", " ")


def _of_metrics() -> list[RowValue]:
    found = []
    for metric in METRICS.values():
        if metric.row_name:
            needs: Literal["", "reference"] = "reference" if metric.name == "facility_location" else ""
            title = metric.row_title[0].upper() + metric.row_title[1:]
            found.append(RowValue(metric.row_name, title, f"{metric.title}, per row.", metric.name, needs=needs))
    return sorted(found, key=lambda value: (value.metric != "novelsum", value.metric != "knn_distance"))


_OWN = (
    RowValue(
        "density",
        "Local density",
        f"One over the sum of the cosine distances to the {NEIGHBORS} nearest other distinct rows of the reference: "
        "sigma of NovelSum's paper.",
    ),
    RowValue(
        "to_reference",
        "Distance to the nearest row of the reference",
        "Coverage by the reference: cosine distance, 0 where the reference holds the row.",
        needs="reference",
    ),
    RowValue("cluster", "Cluster", "The name of the row's k-means group.", kind="words"),
    RowValue(
        "covered",
        "Distance to the nearest chosen row",
        "Coverage by the selection: 1 minus the similarity (cosine) of that row, 0 for what is chosen.",
        needs="selection",
    ),
    RowValue(
        "covered_by",
        "Chosen row that covers it",
        "The id of the chosen row that is nearest; its own for what is chosen.",
        kind="words",
        needs="selection",
    ),
    RowValue("rank", "Rank", "Place in the order of choice, from 1.", kind="whole", needs="selection"),
    RowValue("gain", "Gain", "What the row brought when it was chosen, in the selector's own unit.", needs="selection"),
    RowValue(
        "from_earlier",
        "Distance to the nearest row chosen before it",
        "Cosine distance; small where the choice had something like it already.",
        needs="selection",
    ),
    RowValue(
        "earlier",
        "Nearest row chosen before it",
        "The id of that row; none for the first.",
        kind="words",
        needs="selection",
    ),
)
ROW_VALUES: dict[str, RowValue] = {value.name: value for value in (*_of_metrics(), *_OWN)}


def find_row_value(name: str) -> RowValue:
    """The value of that name, or a UserError that lists the names."""
    if name not in ROW_VALUES:
        raise UserError(f"Rows have no value {name!r}. Their values: {', '.join(ROW_VALUES)}.")
    return ROW_VALUES[name]


def offered(study: Study, *, chosen: bool = False) -> list[RowValue]:
    """The values that rows of that study can have, with those of a selection where there is one."""
    has = {"": True, "reference": study.reference is not None, "selection": chosen}
    return [value for value in ROW_VALUES.values() if has[value.needs]]


def row_values(
    study: Study,
    names: Sequence[str],
    *,
    selection: Selection | None = None,
    params: Mapping[str, Mapping[str, Any]] | None = None,
    progress: Progress = silent,
) -> dict[str, NDArray[Any]]:
    """Those values of all n rows of the study, by name: (n,) numbers, NaN where a row has none, or words.

    Values of metrics are exact, also where the metric itself is estimated of so many rows. Of fewer rows than a metric
    needs, every value of it is NaN.

    Args:
        selection: whose rank, gain and coverage are meant; rows that it does not hold have no rank and no gain.
        params: parameters by metric, where they are not the defaults.

    Raises:
        UserError: an unknown value, one of a reference or a selection where there is none, or what a metric refuses.
    """
    check_offered(study, names, chosen=selection is not None)
    metrics = [ROW_VALUES[name].metric for name in names if ROW_VALUES[name].metric]
    share = part(progress, 0, 0.7)
    given = {name: how for name, how in (params or {}).items() if name in metrics}
    measured = {}
    for exact in (False, True):
        some = [name for name in metrics if asks_exact(study, name) == exact]
        own = {name: how for name, how in given.items() if name in some}
        for score in study.measure(some, params=own, intervals=False, exact=exact, progress=share) if some else ():
            measured[score.metric] = _rows_of(score)
    found: dict[str, NDArray[Any]] = {}
    for done, name in enumerate(names):
        share = part(progress, 0.7 + 0.3 * done / len(names), 0.7 + 0.3 * (done + 1) / len(names))
        metric = ROW_VALUES[name].metric
        found[name] = measured[metric] if metric else own_value(study, name, selection, share)
    return found


def asks_exact(study: Study, name: str) -> bool:
    """Whether that metric would be an estimate of so many rows, so that exact values have to be asked for."""
    fitted_to_some = "exact" in METRICS[name].params and len(study) > cluster_inertia.EXACT_ROWS
    return study.estimates(name) or fitted_to_some


def _rows_of(score: Score) -> NDArray[np.float64]:
    """The value of each row, (n,); NaN where the metric needs more rows than there are."""
    if score.rows is not None:
        return score.rows
    if score.n >= METRICS[score.metric].least:
        raise ValueError(f"{score.metric} has no values of its {score.n} rows.")
    return np.full(score.n, np.nan)


def kept_values(study: Study, name: str, selection: Selection | None = None) -> NDArray[Any] | None:
    """That value of all rows where it was found before, else None."""
    value = find_row_value(name)
    if value.metric:
        score = study.measured(value.metric, exact=asks_exact(study, value.metric))
        return None if score is None else _rows_of(score)
    return kept_own_value(study, name, selection)


def check_offered(study: Study, names: Sequence[str], *, chosen: bool) -> None:
    """Refuse values that rows of that study cannot have: those of a reference, or of a selection, where there is none.

    Raises:
        UserError: so, or there is no value of a name at all.
    """
    for name in names:
        value = find_row_value(name)
        if value.needs == "reference" and study.reference is None:
            raise UserError(
                f"{name} ({value.title[0].lower()}{value.title[1:]}) is the same for every row of a set that is its "
                "own reference. Name a reference."
            )
        if value.needs == "selection" and not chosen:
            raise UserError(f"{name} is a value of a selection, and none was made.")
