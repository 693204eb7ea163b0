"""How each metric moves with the number of rows: its value, with a band, on seeded subsamples of growing size."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .digest import digest
from .errors import UserError
from .metrics import METRICS, find_metric
from .params import resolve
from .progress import Progress, part, silent
from .resampling import Params, subsample_scores

if TYPE_CHECKING:
    from .study import Study

VERSION = 1
SMALLEST, LARGEST = 50, 5000  # rows of the default sizes, beside the whole set


@dataclass(frozen=True)
class SizeCurve:
    """One metric at rising sizes. At the size of the whole set stands its own value.

    The band is where 95 % of single samples of that size from the same source fall; NaN where it cannot be had.
    """

    metric: str
    sizes: tuple[int, ...]
    values: tuple[float, ...]  # means over the repeats
    low: tuple[float, ...]
    high: tuple[float, ...]
    repeats: int
    reference: str | None
    reason: str = ""  # why there are no values, or not at the smaller sizes
    params: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The fields that a script reads; NaN becomes null."""
        return {name: _json(value) for name, value in asdict(self).items()}


def default_sizes(n: int) -> list[int]:
    """n, and below it the numbers that doubling 50 meets, to 5,000; the halves of n where it is small.

    >>> default_sizes(1000), default_sizes(60)
    ([50, 100, 200, 400, 1000], [30, 60])
    """
    found = [SMALLEST * 2**step for step in range(20) if SMALLEST * 2**step <= min(n // 2, LARGEST)]
    return [*(found or ([n // 2] if n >= 40 else [])), n]


def size_curves(
    study: "Study",
    metrics: Sequence[str] | None = None,
    *,
    sizes: Sequence[int] | None = None,
    repeats: int = 10,
    seed: int = 0,
    params: Params | None = None,
    progress: Progress = silent,
) -> list[SizeCurve]:
    """The curve of each metric (all that the data allows, by default), in order.

        >>> from .study import Study
        >>> curve = size_curves(Study.of_vectors(np.eye(60)), ["vendi"])[0]
        >>> curve.sizes, [round(value, 6) for value in curve.values]
        ((30, 60), [30.0, 60.0])

    A metric that needs a reference is taken against the study's, or against the whole study.

    Raises:
        UserError: a size of no rows or of more than there are; a metric or parameter that there is not.
    """
    names, steps, settings, key = _settled(study, metrics, sizes, repeats, seed, params)

    def run() -> list[SizeCurve]:
        return _worked_out(study, names, steps, repeats, seed, settings, progress)

    return study._once(key, run, _pack, _unpack)


def _settled(
    study: "Study",
    metrics: Sequence[str] | None,
    sizes: Sequence[int] | None,
    repeats: int,
    seed: int,
    params: Params | None,
) -> tuple[list[str], list[int], dict[str, dict[str, Any]], str]:
    """The metrics, the sizes, the parameters, and the store's key."""
    names = study.measurable() if metrics is None else list(dict.fromkeys(metrics))
    steps = sorted({int(size) for size in (sizes if sizes is not None else default_sizes(len(study)))})
    if repeats < 2:
        raise UserError(f"A band needs at least two repeats, and {repeats} were asked for.")
    if not steps or not 1 <= steps[0] <= steps[-1] <= len(study):
        raise UserError(f"Sizes must be from 1 to {len(study):,}, the rows of {study.name}.")
    settings = {name: resolve(find_metric(name).params, (params or {}).get(name, {}), name) for name in names}
    reference = study.reference.key if study.reference else None
    key = digest("curve", VERSION, study.key, study.texts_key, reference, names, steps, repeats, seed, settings)
    return names, steps, settings, key


def _worked_out(
    study: "Study",
    names: list[str],
    sizes: list[int],
    repeats: int,
    seed: int,
    params: dict[str, dict[str, Any]],
    progress: Progress,
) -> list[SizeCurve]:
    from scipy.stats import t

    quantile = float(t.ppf(0.975, repeats - 1))
    n = len(study)
    points: dict[str, list[tuple[int, float, float, float]]] = {name: [] for name in names}
    reasons: dict[str, str] = {}
    work = np.cumsum([0, *sizes]) / sum(sizes)
    for step, size in enumerate(sizes):
        share = part(progress, work[step], work[step + 1])
        refused: dict[str, str] = {}
        if size == n:
            scores = study.measure(names, params=params, refused=refused, progress=share)
            for score in scores:
                low, high = score.interval or (math.nan, math.nan)
                points[score.metric].append((size, score.value, low, high))
        else:
            values = subsample_scores(
                study, names, size, repeats=repeats, seed=seed, params=params, refused=refused, progress=share
            )
            for name, found in values.items():
                width = quantile * float(found.std(ddof=1)) / math.sqrt(1 - size / n)
                points[name].append(
                    (size, float(found.mean()), float(found.mean()) - width, float(found.mean()) + width)
                )
        for name, reason in refused.items():
            reasons.setdefault(name, reason)
    whole = study.reference.name if study.reference else study.name
    curves = []
    for name in names:
        at, values_at, low_at, high_at = zip(*points[name], strict=True) if points[name] else ((), (), (), ())
        against = whole if "reference" in METRICS[name].needs else None
        reason = reasons.get(name, "")
        curves.append(SizeCurve(name, at, values_at, low_at, high_at, repeats, against, reason, params[name]))
    return curves


def _pack(curves: list[SizeCurve]) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    return {"curves": [asdict(curve) for curve in curves]}, {}


def _unpack(meta: dict[str, Any], _: dict[str, NDArray[Any]]) -> list[SizeCurve]:
    tuples = ("sizes", "values", "low", "high")
    return [SizeCurve(**(each | {name: tuple(each[name]) for name in tuples})) for each in meta["curves"]]


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
