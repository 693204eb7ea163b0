"""Several sets at equal size: each metric with its standard error, and a plain verdict for every two of them.

    from gamut.core import Study
    from gamut.core.comparison import compare

    mine, theirs = Study.open("mine.jsonl"), Study.open("dolly_3k.jsonl")
    found = compare([mine, theirs], ["novelsum", "vendi", "ttr"], size=500)
    print(found.sentence(0, 1))  # mine is broader than dolly_3k on 2 of 3 metrics, narrower on 1 (TTR).
    found.estimate("vendi", 0)   # Estimate(mean=41.3, error=0.9, values=(...))

From each set `repeats` seeded subsamples of one size are drawn, and each metric is the mean over them. Without a
reference of the user's own, metrics that need one are taken against the union of the very subsamples that are compared
in that repeat: every set is the same part of it, and every row is in it, so that no set has an advantage.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .compared import Comparison, pack_comparison, unpack_comparison
from .digest import digest
from .equal_size import EqualSize
from .errors import UserError
from .metrics import METRICS, find_metric
from .params import resolve
from .progress import Progress, silent
from .resampling import Params

if TYPE_CHECKING:
    from .study import Study

VERSION = 5
FEWEST, MOST = 20, 5000  # rows of the common size: fewer say nothing, more are slow


def compare(
    studies: Sequence["Study"],
    metrics: Sequence[str] | None = None,
    *,
    size: int | None = None,
    repeats: int = 10,
    seed: int = 0,
    reference: "Study | None" = None,
    params: Params | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Lay K sets (datasets, or subsets of them) side by side at equal size.

    Args:
        metrics: names; all that one of the sets has the data for, by default.
        size: rows of each set; by default those of the smallest set, at most 5,000.
        repeats: subsamples of each set whose mean is taken.
        reference: what metrics that need one are taken against; by default the compared subsamples together.
        params: parameters by metric: {"novelsum": {"alpha": 2}}.

    Raises:
        UserError: fewer than two sets, a set of fewer rows than `size` or than 20, a metric or parameter that there is
            not, nothing that may be compared.
    """
    named, wanted, common, key = settled(studies, metrics, size, repeats, seed, reference, params)

    def run() -> Comparison:
        start = time.perf_counter()
        found = EqualSize(named, wanted, common, repeats, seed, reference, params or {})
        return replace(found.comparison(progress), seconds=time.perf_counter() - start)

    return named[0]._once(key, run, pack_comparison, unpack_comparison)


def settled(
    studies: Sequence["Study"],
    metrics: Sequence[str] | None,
    size: int | None,
    repeats: int,
    seed: int,
    reference: "Study | None",
    params: Params | None,
) -> tuple[list["Study"], list[str], int, str]:
    """The studies with names of their own, the metrics, the size, and the store's key, of what `compare` takes.

    Raises:
        UserError: as `compare`.
    """
    wanted = _wanted(studies, metrics, params)
    common = _common_size(studies, size)
    if repeats < 1:
        raise UserError(f"There must be at least one repeat, and {repeats} were asked for.")
    names = _different([study.name for study in studies])
    named = [replace(study, name=name) for study, name in zip(studies, names, strict=True)]
    return named, wanted, common, comparison_key(named, wanted, common, repeats, seed, reference, params)


def comparison_key(
    studies: Sequence["Study"],
    metrics: Sequence[str],
    size: int,
    repeats: int,
    seed: int,
    reference: "Study | None",
    params: Params | None,
) -> str:
    """The store's key of that comparison."""
    sets = [[study.key, study.texts_key, study.name, study.embeddings.encoder_key] for study in studies]
    templates = [study.template.describe() if study.template else None for study in studies]
    settings = {name: resolve(METRICS[name].params, (params or {}).get(name, {}), name) for name in metrics}
    against = [reference.key, reference.name] if reference else None
    return digest("compare", VERSION, sets, templates, list(metrics), size, repeats, seed, against, settings)


def _wanted(studies: Sequence["Study"], metrics: Sequence[str] | None, params: Params | None) -> list[str]:
    if len(studies) < 2:
        raise UserError(f"A comparison needs at least two sets, and there {_are(len(studies))}.")
    if metrics is None:
        names = [name for name in METRICS if any(name in study.measurable() for study in studies)]
    else:
        names = list(dict.fromkeys(metrics))
    if not names:
        raise UserError("Name at least one metric to compare the sets by.")
    for name in names:
        resolve(find_metric(name).params, (params or {}).get(name, {}), name)
    for owner in params or {}:
        if owner not in names:
            raise UserError(f"There are parameters for {owner}, which is not among the metrics {', '.join(names)}.")
    return names


def _common_size(studies: Sequence["Study"], size: int | None) -> int:
    smallest = min(studies, key=len)
    if len(smallest) < FEWEST:
        raise UserError(
            f"{smallest.name} has {len(smallest)} rows, and a comparison needs at least {FEWEST} of each set."
        )
    if size is None:
        return min(len(smallest), MOST)
    if not FEWEST <= size <= len(smallest):
        raise UserError(
            f"Sets can be compared at {FEWEST} to {len(smallest):,} rows each (the rows of {smallest.name}), and not "
            f"at {size:,}."
        )
    return size


def _different(names: Sequence[str]) -> list[str]:
    """The names, each once: the second of two equal ones gets a number."""
    found: list[str] = []
    for name in names:
        number, new = 1, name
        while new in found:
            number += 1
            new = f"{name} ({number})"
        found.append(new)
    return found


def _are(count: int) -> str:
    return "are none" if count == 0 else "is one"
