"""Metrics on seeded subsamples of a study: what intervals, comparisons and size curves are made of."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .metrics import METRICS, Score
from .progress import Progress, part, silent

if TYPE_CHECKING:
    from .study import Study

Params = Mapping[str, Mapping[str, Any]]


def subsample(study: "Study", size: int, repeat: int, seed: int = 0) -> NDArray[np.int64]:
    """`size` different rows of a study, ascending; of the same rows with vectors the same ones each time.

    Raises:
        UserError: there are fewer rows, or `size` is not positive.
    """
    if not 0 < size <= len(study):
        raise UserError(f"{study.name} has {len(study):,} rows, and subsamples of {size:,} were asked for.")
    if size == len(study):
        return np.arange(size, dtype=np.int64)
    rng = np.random.default_rng([seed, repeat, size, int(study.key, 16)])
    return np.sort(rng.choice(len(study), size, replace=False)).astype(np.int64)


def subsample_scores(
    study: "Study",
    metrics: Sequence[str],
    size: int,
    *,
    repeats: int = 20,
    seed: int = 0,
    params: Params | None = None,
    own_reference: bool = False,
    refused: dict[str, str] | None = None,
    progress: Progress = silent,
) -> dict[str, NDArray[np.float64]]:
    """The values of metrics on seeded subsamples of `size` rows, drawn without replacement: metric -> (repeats,).

    Metrics that draw at random themselves (those with a parameter `seed`) get another seed each time. Nothing of it is
    kept in the store.

        >>> study = Study.of_vectors(np.eye(40))
        >>> subsample_scores(study, ["vendi"], 10, repeats=3)["vendi"].round(6).tolist()
        [10.0, 10.0, 10.0]

    Args:
        own_reference: a study without a reference of its own is the reference of its subsamples; with this, each
            subsample is its own.
        refused: where given, a metric that a subsample is refused (too few tokens in it, say), or has no value of, does
            not end the work: its name and the reason are put in here, and it is not in the result.

    Raises:
        UserError: more rows were asked for than there are; a metric that a subsample cannot have.
    """
    found: dict[str, list[float]] = {name: [] for name in metrics}
    for repeat in range(repeats):
        if not found:
            break
        share = part(progress, repeat / repeats, (repeat + 1) / repeats)
        chosen = study.subset(subsample(study, size, repeat, seed), f"{size:,} rows").unkept()
        if own_reference and (study.reference is None or study.reference.key == study.key):
            chosen = chosen.against(None)
        for score in scores_of(chosen, list(found), params, seed + repeat, refused, share):
            found[score.metric].append(score.value)
        found = {name: values for name, values in found.items() if len(values) == repeat + 1}
        share(1.0, f"Measured subsample {repeat + 1:,} of {repeats:,}, of {size:,} rows each")
    return {name: np.array(values) for name, values in found.items()}


def scores_of(
    study: "Study",
    metrics: Sequence[str],
    params: Params | None,
    draw: int,
    refused: dict[str, str] | None = None,
    progress: Progress = silent,
) -> list[Score]:
    """The scores of one subsample, without intervals; metrics that draw at random do so by the seed of that draw.

    With `refused`, a metric that has no finite value there is put into it and left out.
    """
    wanted = {name: redrawn(name, (params or {}).get(name, {}), draw) for name in metrics}
    scores = study.measure(list(wanted), params=wanted, intervals=False, refused=refused, progress=progress)
    if refused is None:
        return scores
    for score in scores:
        if not np.isfinite(score.value):
            refused[score.metric] = f"{METRICS[score.metric].title} has no value for {len(study):,} rows of it."
    return [score for score in scores if score.metric not in refused]


def as_chosen(score: Score, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with the number of cells that the metric chose for itself, so that fewer rows have as many.

    With cells in proportion to the rows a subsample would be another, coarser measurement, and vary less.
    """
    chose = "k" in score.params and score.params["k"] is None and "cells" in score.details
    return {**params, "k": int(score.details["cells"])} if chose else dict(params)


def redrawn(metric: str, params: Mapping[str, Any], draw: int) -> dict[str, Any]:
    """The parameters with the seed of that draw, of a metric that has a seed."""
    declared = METRICS[metric].params
    if "seed" not in declared:
        return dict(params)
    return {**params, "seed": (int(params.get("seed", declared["seed"].default)) + 1 + draw) % 2**31}
