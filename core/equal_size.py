"""Metrics of several sets on subsamples of one size and on halves of these: what a comparison is worked out from."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .compared import Comparison, Estimate
from .errors import UserError
from .lengths_apart import length_warnings, median_words
from .memory import require
from .metrics import METRICS
from .params import resolve
from .pooling import apart, pool, warnings
from .progress import Progress, part
from .resampling import Params, as_chosen, scores_of, subsample
from .verdicts import Sample, judge, share_left, share_within

if TYPE_CHECKING:
    from .study import Study

HALVES = 20  # half-size subsamples that standard errors are made of


class EqualSize:
    """One comparison while it is worked out; its arguments are checked, and mean what those of `compare` mean."""

    def __init__(
        self,
        studies: Sequence["Study"],
        metrics: Sequence[str],
        size: int,
        repeats: int,
        seed: int,
        reference: "Study | None",
        params: Params,
    ) -> None:
        self.studies = [replace(study, store=None, reference=None) for study in studies]
        self.metrics, self.size, self.repeats, self.seed, self.params = metrics, size, repeats, seed, params
        self.given = reference
        self.chosen: list[dict[str, dict[str, Any]]] = [{} for _ in studies]  # by whole samples, for their halves
        self.apart = apart(studies)
        if reference is not None and not self.apart and (reason := apart([*studies, reference])):
            raise UserError(reason)
        self.refused: list[dict[str, str]] = [self._unavailable(study) for study in studies]
        if all(name in refused for name in metrics for refused in self.refused):
            raise UserError(next(iter(self.refused[0].values())))
        needed = sum(size * study.embeddings.dim * 24 for study in studies) + (800 << 20)
        require(needed, f"Comparing {len(studies)} sets of {size:,} rows")

    def comparison(self, progress: Progress) -> Comparison:
        whole = self._draws(range(self.repeats), self.size, part(progress, 0, 0.5))
        halves = self._draws(range(HALVES), self.size // 2, part(progress, 0.5, 0.8))
        # Halves together may be too few rows for what is fitted to a reference (100 cells, say), and then they all look
        # alike; halves against whole samples lack what the reference adds. The larger spread of the two is taken.
        fitted = (
            [] if self.given is not None or self.apart else [n for n in self.metrics if "reference" in METRICS[n].needs]
        )
        against = self._draws(range(HALVES), self.size // 2, part(progress, 0.8, 1), fitted, whole_reference=True)
        estimates: dict[str, tuple[Estimate, ...]] = {}
        samples: dict[tuple[str, int], Sample] = {}
        for name in self.metrics:
            of_metric = []
            for number, study in enumerate(self.studies):
                if name in self.refused[number]:
                    of_metric.append(Estimate(math.nan, math.nan, (), self.refused[number][name]))
                    continue
                values = np.array(whole[number][name])
                left = share_left(self.size, len(study), self.repeats)
                left *= share_within(self.size, len(study), self.repeats, HALVES)
                ways = [halves[number][name], *([against[number][name]] if name in fitted else [])]
                sample = Sample(float(values.mean()), np.array(ways), left)
                samples[name, number] = sample
                of_metric.append(Estimate(sample.mean, sample.error, tuple(values.tolist())))
            estimates[name] = tuple(of_metric)
        found = Comparison(
            names=tuple(study.name for study in self.studies),
            rows=tuple(len(study) for study in self.studies),
            encoders=tuple(study.embeddings.encoder for study in self.studies),
            words=tuple(median_words(study.texts) for study in self.studies),
            templates=tuple(study.template.describe() if study.template else None for study in self.studies),
            size=self.size,
            repeats=self.repeats,
            seed=self.seed,
            reference=self._reference_name(),
            metrics=tuple(self.metrics),
            params={name: resolve(METRICS[name].params, self.params.get(name, {}), name) for name in self.metrics},
            estimates=estimates,
            verdicts=tuple(judge(samples, [name for name in self.metrics if METRICS[name].better == "lower"])),
            warnings=tuple(warnings(self.studies)),
        )
        return replace(found, warnings=(*found.warnings, *length_warnings(found)))

    def _draws(
        self,
        draws: range,
        size: int,
        progress: Progress,
        metrics: Sequence[str] | None = None,
        *,
        whole_reference: bool = False,
    ) -> list[dict[str, list[float]]]:
        """By set and metric, the values on one subsample of each set for every draw."""
        names = self.metrics if metrics is None else metrics
        found: list[dict[str, list[float]]] = [{name: [] for name in names} for _ in self.studies]
        for draw in draws if names else ():
            chosen = [self._rows(study, draw, size) for study in self.studies]
            parts = [self._rows(study, draw, self.size) for study in self.studies] if whole_reference else chosen
            together = self.given or (None if self.apart else pool(parts, self._reference_name() or ""))
            for number, study in enumerate(chosen):
                done = (draw + number / len(chosen)) / len(draws)
                share = part(progress, done, done + 1 / len(draws) / len(chosen))
                self._measure(study if self.apart else study.against(together), number, draw, found[number], share)
                words = f"{self.studies[number].name}: {size:,} rows, draw {draw + 1} of {len(draws)}"
                share(1.0, f"Compared {words}")
        return found

    def _rows(self, study: "Study", draw: int, size: int) -> "Study":
        """The subsample of a draw, or half of it: halves stand to samples as samples to their source."""
        rows = subsample(study, self.size, draw % self.repeats, self.seed)
        if size < self.size:
            rng = np.random.default_rng([self.seed, draw, size, int(study.key, 16)])
            rows = np.sort(rng.choice(rows, size, replace=False))
        return study.subset(rows, study.name)

    def _measure(
        self, study: "Study", number: int, draw: int, found: dict[str, list[float]], progress: Progress
    ) -> None:
        refused = self.refused[number]
        names = [name for name in found if name not in refused]
        again = [name for name in names if found[name] and len(study) == self.size and self._same(name, number)]
        whole, settings = len(study) == self.size, {**self.params, **self.chosen[number]}
        new = [name for name in names if name not in again]
        for score in scores_of(study, new, self.params if whole else settings, draw, refused, progress):
            found[score.metric].append(score.value)
            if whole:
                self.chosen[number][score.metric] = as_chosen(score, self.params.get(score.metric, {}))
        for name in again:
            found[name].append(found[name][-1])

    def _same(self, name: str, number: int) -> bool:
        """Whether every repeat finds the same value of a set that is used whole."""
        needs = METRICS[name].needs
        fixed = self.given is not None or all(len(study) == self.size for study in self.studies)
        whole = len(self.studies[number]) == self.size
        return whole and "seed" not in METRICS[name].params and ("reference" not in needs or fixed)

    def _unavailable(self, study: "Study") -> dict[str, str]:
        found = {}
        for name in self.metrics:
            needs = METRICS[name].needs
            if "texts" in needs and study.texts is None:
                found[name] = f"{METRICS[name].title} needs texts, and {study.name} has none."
            elif "space" in needs and self.apart:
                found[name] = self.apart
        return found

    def _reference_name(self) -> str | None:
        if not any("reference" in METRICS[name].needs for name in self.metrics):
            return None
        if self.given is not None:
            return self.given.name
        return f"the compared rows together ({len(self.studies)} x {self.size:,})"
