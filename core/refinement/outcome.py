"""What a refinement came to: static, iterative and random choice of as many rows, on every metric and held-out loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..chance import Chance, against_chance
from ..errors import UserError
from ..lm import HeldOut, SeedMean, examples_of, held_out_losses
from ..metrics import METRICS, Score
from ..progress import Progress, part, silent
from ..store import Store
from ..study import Study
from .arms import Rows, arms_of
from .loop import NOISE, Loop
from .running import check_models, open_base
from .state import Refinement

TRAINING_SEEDS = 3


@dataclass(frozen=True)
class Outcome:
    """Arms of as many rows each, and how they compare.

    Args:
        rows: of every arm. arms: rows of the dataset by arm, of random one choice for each seed.
        scores: by arm and choice, in the order of `metrics`. unmeasured: metrics that could not be had, and why.
        clusters: the cluster, from 0, of every held-out row; names: of all clusters.
        held_out: losses by arm, "base" being the model as it was before; None where no model was named.
    """

    rows: int
    arms: Mapping[str, tuple[Rows, ...]]
    metrics: tuple[str, ...]
    scores: Mapping[str, tuple[tuple[Score, ...], ...]]
    unmeasured: Mapping[str, str]
    clusters: tuple[int, ...]
    names: tuple[str, ...]
    held_out: HeldOut | None
    notes: tuple[str, ...] = ()

    def values(self, arm: str, metric: str) -> list[float]:
        """The metric's value of every choice of an arm."""
        return [each.value for scores in self.scores[arm] for each in scores if each.metric == metric]

    def verdict(self, arm: str, metric: str) -> Chance | None:
        """Where an arm stands beside the band of random on a metric; None where there is no value."""
        return against_chance(self.values(arm, metric), self.values("random", metric), METRICS[metric].better)

    def losses_by_cluster(self, arm: str, *, other: str | None = None) -> dict[int, SeedMean]:
        """Held-out loss by cluster, from 0, rising; with `other`, the difference from that arm. Empty without losses.

        The clusters without a held-out row are not among them.
        """
        if self.held_out is None:
            return {}
        found = self.held_out.by_group(arm, self.clusters, other=other)
        return {cluster: found[cluster] for cluster in sorted(found)}

    def as_json(self) -> dict[str, Any]:
        from .outcome_words import outcome_sentences

        return {
            "rows": self.rows,
            "arms": {arm: [list(rows) for rows in choices] for arm, choices in self.arms.items()},
            "scores": {arm: [[each.as_json() for each in one] for one in all_] for arm, all_ in self.scores.items()},
            "verdicts": {
                arm: {metric: self.verdict(arm, metric) for metric in self.metrics} for arm in ("static", "iterative")
            },
            "unmeasured": dict(self.unmeasured),
            "clusters": list(self.names),
            "held_out_clusters": list(self.clusters),
            "held_out": None if self.held_out is None else self.held_out.as_json(),
            "sentences": outcome_sentences(self),
            "notes": list(self.notes),
        }


def outcome(
    study: Study,
    refinement: Refinement,
    loop: Loop | None = None,
    *,
    metrics: Sequence[str] | None = None,
    intervals: bool = True,
    random_seeds: int = 5,
    training_seeds: int = TRAINING_SEEDS,
    progress: Progress = silent,
) -> Outcome:
    """Lay what the rounds drew beside static kMQ and random choice of as many rows.

    Args:
        loop: trains its model on every arm, once for each training seed, and tries it on the held-out rows; of random
            each seed trains on another choice.
        metrics: by default all that the data allows. intervals: for static and iterative; random has its band.

    Raises:
        UserError: another study; with a loop, nothing held out or vectors alone; fewer than one seed.
    """
    if training_seeds < 1:
        raise UserError(f"There are {training_seeds} trainings of each arm, and must be at least 1.")
    arms = arms_of(study, refinement, random_seeds=random_seeds)
    chances = arms["random"]
    if loop is not None:
        _check_held_out(study, refinement)
        check_models(loop)
        chances = arms_of(study, refinement, random_seeds=training_seeds)["random"]  # the same, or more of them
    names = tuple(study.measurable() if metrics is None else metrics)
    measuring, training = part(progress, 0, 0.4 if loop else 1), part(progress, 0.4, 1)
    refused: dict[str, str] = {}
    scores: dict[str, tuple[tuple[Score, ...], ...]] = {}
    work = [(arm, rows) for arm, choices in arms.items() for rows in choices]
    for done, (arm, rows) in enumerate(work):
        share = part(measuring, done / len(work), (done + 1) / len(work))
        some = study.subset(np.searchsorted(study.positions, np.sort(rows)), f"{arm} {len(rows):,}")
        found = some.measure(
            names, intervals=intervals and arm != "random", refused=refused if metrics is None else None, progress=share
        )
        scores[arm] = (*scores.get(arm, ()), tuple(found))
    losses = (
        None
        if loop is None
        else _losses(study, refinement, {**arms, "random": chances}, loop, training_seeds, training)
    )
    return Outcome(
        rows=len(refinement.chosen),
        arms=arms,
        metrics=tuple(name for name in names if name not in refused),
        scores=scores,
        unmeasured=refused,
        clusters=tuple(refinement.cluster_of(refinement.held_out).tolist()),
        names=refinement.names,
        held_out=losses,
        notes=_notes(refinement, loop, training_seeds),
    )


def _check_held_out(study: Study, refinement: Refinement) -> None:
    if study.dataset is None:
        raise UserError("Vectors alone have no answers to train a model on. Open the data too, or name no model.")
    if not refinement.held_out:
        raise UserError(
            "No rows are held out, so that a trained model has nothing to be tried on. Begin again with a share to "
            "hold out, 10% say, or name no model."
        )


def _losses(
    study: Study,
    refinement: Refinement,
    arms: Mapping[str, tuple[Rows, ...]],
    loop: Loop,
    seeds: int,
    progress: Progress,
) -> HeldOut:
    assert study.dataset is not None
    base = open_base(study, loop, progress=part(progress, 0, 0.1))
    every = examples_of(study.dataset, study.positions)

    def places(rows: Rows) -> list[int]:
        return [int(place) for place in np.searchsorted(study.positions, np.array(rows, dtype=np.int64))]

    given = {arm: [places(rows) for rows in choices] for arm, choices in arms.items()}
    first = loop.training.seed
    try:
        return held_out_losses(
            given,
            every,
            places(refinement.held_out),
            base,
            study.store or Store(),
            how=loop.training,
            seeds=range(first, first + seeds),
            progress=part(progress, 0.1, 1),
        )
    finally:
        base.close()


def _notes(refinement: Refinement, loop: Loop | None, seeds: int) -> tuple[str, ...]:
    found = []
    if not refinement.done:
        found.append(
            f"{len(refinement.rounds):,} of {refinement.plan.rounds:,} rounds were drawn: all arms have "
            f"{len(refinement.chosen):,} rows, and the budget is {refinement.budget:,}."
        )
    if len(refinement.rounds) == 1:
        found.append("There is one round, so that iterative and static are the same rows.")
    if loop is not None:
        found.append(
            f"Held-out loss: {loop.model} trained {seeds:,} times on every arm. Static and iterative are one choice "
            "each, so that intervals say how training varies; of random they say how choices vary too."
        )
        found += [note for note in loop.notes if note != NOISE]
    return tuple(found)
