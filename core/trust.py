"""The trust card: whether each metric does on the user's own data what a measure of diversity must.

Changes with a known answer (`planted`) are made to seeded random subsets of the data, and every metric is read before
and after, at equal n and against one reference. How far the changes differ from set to set says what chance does.
Metrics of which lower is more diverse are read turned round: a change above zero always says "more diverse".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .digest import digest
from .errors import UserError
from .geometry import Space
from .memory import require
from .metrics import METRICS, find_metric
from .planted import Pool, Set, sample
from .progress import Progress, part, silent
from .results import Packed
from .study import Study
from .study_data import VERSION as STUDY_VERSION
from .trust_card import CHECKS, Finding, TrustCard, Values, finding

VERSION = 2  # of the card; raise it when the same data would get another
SIZE = 500  # rows of a set, or half of the rows where there are fewer
PAIRS = 10
_LEAST = 10  # rows of a set
_LEAST_PAIRS = 3


def trust(
    study: Study,
    metrics: Sequence[str] | None = None,
    *,
    size: int | None = None,
    seed: int = 0,
    pairs: int = PAIRS,
    progress: Progress = silent,
) -> TrustCard:
    """The trust card of a study: its metrics (all that the data allows, by default) at their defaults.

    In each of `pairs` rounds `size` rows are drawn (500, or half of the rows where there are fewer) and measured;
    then the same set after each change. The reference of metrics that take one is the study's own, or else all rows
    that sets are drawn from, before and after alike; of more than 5,000 rows either is a seeded sample.

    - copies, outlier: n rows of which a fifth became copies, beside the n rows as they were: the same n with fewer
      different rows and none that is new. The value must not rise.
    - cluster, half: n rows without one of ten k-means clusters, or without five, beside n rows with them. Each round
      drops others, so the value must fall on average over clusters. None is dropped that would leave fewer than n rows.
    - noise: each of the n rows moved by a cosine distance of 0.02, and its text reworded (one word in ten: a
      near-synonym, a light word less or more, two neighbours that change places; in half of the texts a capital or
      the mark at the end), beside the n rows unmoved; the reference stays. The value must move by less than 5 percent.
    - shuffle: the n rows in another order. The value must be the same to six digits.

    The verdicts rest on a 99 percent interval (Student's t) of the mean change over the rounds. A rise of less than
    half a percent counts as none, a certain fall counts however small. "cannot be told" is where the interval allows
    both answers.

    Raises:
        UserError: fewer than 20 rows, a size below 10 or above half of the rows, fewer than 3 pairs, a negative
            seed, or a metric that does not exist or lacks its data.
    """
    names, n = checked(study, metrics, size, seed, pairs)

    def run() -> _Found:
        return _worked_out(study, names, n, seed, pairs, progress)

    found = study._once(card_key(study, names, n, seed, pairs), run, _pack, _unpack)
    return _card(study, n, pairs, seed, **vars(found))


@dataclass(frozen=True)
class _Found:
    """What is kept of a card: all but the names that things go by."""

    rows: int
    findings: tuple[Finding, ...]
    refused: dict[str, str]


def _worked_out(study: Study, names: Sequence[str], n: int, seed: int, pairs: int, progress: Progress) -> _Found:
    require(len(study) * study.embeddings.dim * 12 + (800 << 20), f"The trust card of {len(study):,} rows")
    pool = Pool.of(study.space, study.texts, seed=seed, progress=part(progress, 0, 0.05))
    reference = study.reference.space if study.reference else pool.space
    values = _Values(names, reference.subset(sample(len(reference), seed)) if study.reference else reference)
    for done in range(pairs):
        share = part(progress, 0.05 + 0.95 * done / pairs, 0.05 + 0.95 * (done + 1) / pairs)
        _round(pool, n, done, np.random.default_rng([seed, done]), values, share)
    findings = tuple(finding(name, check, *values.of(name, check)) for name in values.names for check in CHECKS)
    return _Found(len(pool.space), findings, values.refused)


class _Values:
    """The values of every metric before and after each change, pair by pair, against one reference."""

    def __init__(self, names: Sequence[str], reference: Space) -> None:
        self.names, self.reference = list(names), reference
        self.refused: dict[str, str] = {}
        self._found: dict[tuple[str, str], tuple[list[float], list[float]]] = {}

    def measure(self, rows: Set, what: str, progress: Progress) -> dict[str, float]:
        """The value of each metric; one that cannot be had of this set is refused from now on."""
        found = {}
        for done, name in enumerate(tuple(self.names)):
            progress(done / len(self.names), f"{what}: {METRICS[name].title}")
            try:
                found[name] = METRICS[name](rows.space, reference=self.reference, texts=rows.texts).value
            except UserError as error:
                self.refused[name] = str(error)
                self.names.remove(name)
        return found

    def add(self, check: str, before: Mapping[str, float], after: Mapping[str, float]) -> None:
        for name, value in after.items():
            pair = self._found.setdefault((name, check), ([], []))
            pair[0].append(before[name])
            pair[1].append(value)

    def of(self, name: str, check: str) -> tuple[Values, Values]:
        before, after = self._found.get((name, check), ([], []))
        return np.array(before), np.array(after)


def _round(pool: Pool, n: int, done: int, rng: np.random.Generator, values: _Values, progress: Progress) -> None:
    """Draw a set, measure it, and measure it again after each change."""
    rows = pool.draw(n, rng)
    changed: dict[str, Set] = {
        "copies": pool.take(pool.with_copies(rows, rng)),
        "outlier": pool.take(pool.with_copies_of_outlier(rows, rng)),
        "noise": pool.reworded(rows, rng),
        "shuffle": pool.take(rng.permutation(rows)),
    }
    for check, others in (("cluster", pool.without_cluster(rows, done, rng)), ("half", pool.without_half(rows, rng))):
        if others is not None:
            changed[check] = pool.take(others)
    steps = len(changed) + 1
    before = values.measure(pool.take(rows), f"Set {done + 1} as it is", part(progress, 0, 1 / steps))
    for step, (check, after) in enumerate(changed.items(), start=1):
        what = f"Set {done + 1}, {CHECKS[check].title.lower()}"
        found = values.measure(after, what, part(progress, step / steps, (step + 1) / steps))
        values.add(check, before, found)


def checked(
    study: Study, metrics: Sequence[str] | None, size: int | None, seed: int, pairs: int
) -> tuple[list[str], int]:
    """The metrics of a card and the rows of its sets.

    Raises:
        UserError: as `trust`.
    """
    names, n = _names(study, metrics), _size(len(study), size)
    if pairs < _LEAST_PAIRS:
        raise UserError(f"{pairs} pairs of sets do not tell what chance does. Use {_LEAST_PAIRS} or more.")
    if seed < 0:
        raise UserError(f"The seed is {seed:,}; it must be 0 or more.")
    return names, n


def _names(study: Study, metrics: Sequence[str] | None) -> list[str]:
    allowed = study.measurable()
    if metrics is None:
        return allowed
    for name in metrics:
        if find_metric(name).name not in allowed:
            raise UserError(f"{METRICS[name].title} needs texts, and there are none.")
    return list(dict.fromkeys(metrics))


def _size(rows: int, size: int | None) -> int:
    if rows < 2 * _LEAST:
        raise UserError(f"A trust card needs at least {2 * _LEAST} rows to draw sets from, and there are {rows:,}.")
    n = min(SIZE, rows // 2) if size is None else size
    if not _LEAST <= n <= rows // 2:
        raise UserError(
            f"Sets of {n:,} rows cannot be drawn from {rows:,} rows so that they differ. Use a size from {_LEAST} to "
            f"{rows // 2:,}, half of the rows."
        )
    return n


def card_key(study: Study, names: Sequence[str], n: int, seed: int, pairs: int) -> str:
    """What decides a card, for the store."""
    reference = study.reference.key if study.reference else None
    texts = study.texts_key if any("texts" in METRICS[name].needs for name in names) else None
    return digest("trust", VERSION, STUDY_VERSION, list(names), n, seed, pairs, study.key, reference, texts)


def _pack(found: _Found) -> Packed:
    return {"rows": found.rows, "findings": [vars(one) for one in found.findings], "refused": found.refused}, {}


def _unpack(meta: dict[str, Any], _: dict[str, NDArray[Any]]) -> _Found:
    findings = tuple(Finding(**one | {"interval": tuple(one["interval"])}) for one in meta["findings"])
    return _Found(meta["rows"], findings, meta["refused"])


def _card(study: Study, n: int, pairs: int, seed: int, **found: Any) -> TrustCard:
    """The card under the names that things go by now."""
    itself = study.reference is None or study.reference.key == study.key
    reference = "self" if study.reference is None or itself else study.reference.name
    return TrustCard(study.name, study.embeddings.encoder, reference, n=n, pairs=pairs, seed=seed, **found)
