"""Whether verdicts stand: the same comparison under another template, another encoder, or another truncation.

    found = robustness([mine, theirs], [Variant(template=Template("prompt")), Variant(max_tokens=64)])
    print(found.sentence(0, 1))

The same seeded rows of each set, and of the reference where one is given, are embedded anew for every variant. Where a
variant leaves rows without a text, it is held against the rest of the rows as they are, so that nothing but the variant
differs.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .compared import Comparison
from .comparison import compare, comparison_key, settled
from .digest import digest
from .errors import UserError
from .kept import working
from .progress import Progress, part, silent
from .resampling import Params, subsample
from .standing import Robustness, pack_robustness, unpack_robustness
from .variants import Variant, embedded_otherwise, usual_variants

if TYPE_CHECKING:
    from .study import Study

VERSION = 2
MOST = 1000  # rows of each set that are embedded anew for every variant
_EMBEDDING, _AS_IT_IS = 0.6, 0.8  # shares of a variant's work that are done then


def robustness(
    studies: Sequence["Study"],
    variants: Sequence[Variant] | None = None,
    *,
    metrics: Sequence[str] | None = None,
    rows: int = MOST,
    repeats: int = 10,
    seed: int = 0,
    reference: "Study | None" = None,
    params: Params | None = None,
    progress: Progress = silent,
) -> Robustness:
    """Lay sets side by side as they are and under every variant.

    Args:
        variants: by default other templates, and half of the tokens, where the first set has them.
        rows: of each set and of the reference, seeded, that are embedded anew; those of fewer rows are taken whole.
        metrics, repeats, seed, reference, params: as `comparison.compare` takes them.

    Raises:
        UserError: as `compare`; a set or a reference without texts, or with vectors of the user's own, which nothing
            can make anew.
    """
    every = [*studies, *([reference] if reference else [])]
    for study in every:
        if study.dataset is None or study.texts is None or not study.embeddings.encoder_name:
            raise UserError(
                f"{study.name} has no texts, or vectors of its own: they cannot be embedded in another way. "
                "Embed its texts with an encoder."
            )
    wanted = usual_variants(studies[0]) if variants is None else list(variants)
    named, names, _, _ = settled(studies, metrics, None, repeats, seed, reference, params)
    how: dict[str, Any] = {"metrics": names, "repeats": repeats, "seed": seed, "params": params}

    def run() -> Robustness:
        return _worked_out(named, wanted, rows, seed, reference, how, progress)

    key = digest(
        *("robust", VERSION, comparison_key(named, names, rows, repeats, seed, reference, params)),
        [[study.dataset.key, study.dataset.roles.as_json()] for study in every if study.dataset],
        [variant.key(download=working()) for variant in wanted],
    )
    return named[0]._once(key, run, pack_robustness, unpack_robustness)


def _worked_out(
    studies: Sequence["Study"],
    variants: Sequence[Variant],
    rows: int,
    seed: int,
    reference: "Study | None",
    how: dict[str, Any],
    progress: Progress,
) -> Robustness:
    some = [_some(study, rows, seed, study.name) for study in studies]
    some += [_some(reference, rows, seed, f"{rows:,} rows of {reference.name}")] if reference else []
    sets = len(studies)
    steps = len(variants) + 1
    base = _compared(some, sets, how, _of("as it is", part(progress, 0, 1 / steps)))
    comparisons: list[Comparison | None] = []
    bases: list[Comparison | None] = []
    refused = []
    for number, variant in enumerate(variants, 1):
        share = _of(variant.title, part(progress, number / steps, (number + 1) / steps))
        found = alone = None
        reason = ""
        try:
            changed = _changed(some, variant, part(share, 0, _EMBEDDING))
            same = [_of_rows(study, other.positions) for study, other in zip(some, changed, strict=True)]
            if any(len(study) < len(whole) for study, whole in zip(same, some, strict=True)):
                alone = _compared(same, sets, how, part(share, _EMBEDDING, _AS_IT_IS))
            found = _compared(changed, sets, how, part(share, _AS_IT_IS, 1))
        except UserError as error:  # one variant that a set does not have says nothing of the others
            alone, reason = None, str(error)
        comparisons.append(found)
        bases.append(alone)
        refused.append(reason)
    titles = tuple(variant.title for variant in variants)
    return Robustness(base, titles, tuple(comparisons), tuple(refused), tuple(bases))


def _compared(studies: Sequence["Study"], sets: int, how: dict[str, Any], progress: Progress) -> Comparison:
    """The comparison of the first `sets` of them, against the one after these where there is one."""
    reference = studies[sets] if len(studies) > sets else None
    return compare(studies[:sets], reference=reference, progress=progress, **how)


def _some(study: "Study", rows: int, seed: int, name: str) -> "Study":
    """Seeded rows of a study under that name, or the whole study where it has no more."""
    return study if len(study) <= rows else study.subset(subsample(study, rows, 0, seed), name)


def _of_rows(study: "Study", positions: NDArray[np.int64]) -> "Study":
    """Those of its rows that have one of those positions in the dataset; the study itself where all have."""
    there = np.isin(study.positions, positions)
    return study if there.all() else study.subset(np.flatnonzero(there), study.name)


def _changed(studies: Sequence["Study"], variant: Variant, progress: Progress) -> list["Study"]:
    """Those studies, each embedded as the variant has it."""
    count = len(studies)
    return [
        embedded_otherwise(study, variant, part(progress, done / count, (done + 1) / count))
        for done, study in enumerate(studies)
    ]


def _of(title: str, progress: Progress) -> Progress:
    """Progress that says which variant it is about."""
    return lambda share, message: progress(share, f"{title[:1].upper()}{title[1:]}: {message}")
