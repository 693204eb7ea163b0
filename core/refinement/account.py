"""An account of a refinement for people: every cluster round by round, every round, and why each row was drawn."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..study import Study
from .state import Id, Refinement, Round


@dataclass(frozen=True)
class ClusterAccount:
    """One cluster over the rounds.

    Args:
        cluster: its number from 0; name: for people; rows: of the pool that can be drawn; held_out: that never are.
        weights, drawn, gaps, scored: by round: its weight, the rows drawn from it, the mean gap of its scored rows (NaN
            where there are none), and how many these are.
        quality: mean score of its rows, higher better; NaN where the plan names no score.
        poor: why it counts as poor, in words; empty where it does not.
    """

    cluster: int
    name: str
    rows: int
    held_out: int
    weights: tuple[float, ...]
    drawn: tuple[int, ...]
    gaps: tuple[float, ...]
    scored: tuple[int, ...]
    quality: float
    poor: str

    @property
    def coverage(self) -> float:
        """The share of its rows that were drawn so far; NaN of a cluster without any."""
        return sum(self.drawn) / self.rows if self.rows else math.nan


@dataclass(frozen=True)
class RoundAccount:
    """One round: rows drawn, the share of each cluster in them (summing to 1), its scored rows and their mean gap.

    told: where its feedback is from, in words; empty while it is awaited. gap: NaN where none is told.
    """

    number: int
    drawn: int
    shares: tuple[float, ...]
    scored: int
    gap: float
    told: str


@dataclass(frozen=True)
class DrawnRow:
    """A row that a round drew: its number in the dataset, its id, its cluster's number from 0, its score, and why.

    quality: higher better; NaN where the plan names no score.
    """

    row: int
    id: Id
    cluster: int
    quality: float
    why: str


@dataclass(frozen=True)
class Account:
    """Clusters in their order and rounds in theirs."""

    clusters: tuple[ClusterAccount, ...]
    rounds: tuple[RoundAccount, ...]

    @property
    def poor(self) -> tuple[ClusterAccount, ...]:
        return tuple(each for each in self.clusters if each.poor)


def account(refinement: Refinement, study: Study | None = None, *, threshold: float | None = None) -> Account:
    """Every cluster and round in numbers. Poor is a cluster whose mean gap in the last scored round is below that of
    all scored rows, or whose mean score is below the threshold (METHODS 4.1, after the paper's Fig. 4).

    Args:
        study: where the plan names a score: its rows have it. Without it, poor goes by gaps alone.
        threshold: of the mean score, higher better; by default the mean of all rows of the pool.
    """
    k, drawable = refinement.clusters, refinement.drawable
    rows = np.bincount(refinement.labels[drawable], minlength=k)
    aside = np.bincount(refinement.labels[~drawable], minlength=k)
    drawn = [_drawn(refinement, each) for each in refinement.rounds]
    means = [refinement.means(each.number) for each in refinement.rounds]
    quality, usual = _quality(refinement, study)
    gap = next((each for each in reversed(refinement.rounds) if each.feedback is not None), None)
    below = [_poor(refinement, gap, j, quality[j], usual if threshold is None else threshold) for j in range(k)]
    clusters = tuple(
        ClusterAccount(
            cluster=j,
            name=name,
            rows=int(rows[j]),
            held_out=int(aside[j]),
            weights=tuple(each.weights[j] for each in refinement.rounds),
            drawn=tuple(int(each[j]) for each in drawn),
            gaps=tuple(float(each[0][j]) for each in means),
            scored=tuple(int(each[1][j]) for each in means),
            quality=float(quality[j]),
            poor=below[j],
        )
        for j, name in enumerate(refinement.names)
    )
    rounds = tuple(_round(each, counts) for each, counts in zip(refinement.rounds, drawn, strict=True))
    return Account(clusters, rounds)


def drawn_rows(
    refinement: Refinement, number: int, study: Study | None = None, *, some: slice = slice(None)
) -> list[DrawnRow]:
    """The rows of a round in the order they were drawn, each with the reason.

    Args:
        study: where the plan names a score and the rows' own are wanted.
        some: which of them, in that order; by default all.
    """
    found = refinement.rounds[number - 1]
    clusters = refinement.cluster_of(found.rows)
    counts = np.bincount(clusters, minlength=refinement.clusters)
    reasons = {j: _reason(refinement, found, j, int(counts[j])) for j in np.unique(clusters).tolist()}
    rows = found.rows[some]
    scores = np.full(len(rows), math.nan)
    if study is not None and refinement.plan.quality is not None:
        scores = study.scores(*refinement.plan.quality)[np.searchsorted(study.positions, rows)]
    return [
        DrawnRow(row, own, cluster, float(score), reasons[cluster])
        for row, own, cluster, score in zip(rows, found.ids[some], clusters[some].tolist(), scores, strict=True)
    ]


def _drawn(refinement: Refinement, each: Round) -> NDArray[np.int64]:
    return np.bincount(refinement.cluster_of(each.rows), minlength=refinement.clusters).astype(np.int64)


def _quality(refinement: Refinement, study: Study | None) -> tuple[NDArray[np.float64], float]:
    """Mean score of every cluster's rows, and of all, NaN where there is none."""
    if study is None or refinement.plan.quality is None:
        return np.full(refinement.clusters, math.nan), math.nan
    scores = study.quality(*refinement.plan.quality)[np.searchsorted(study.positions, refinement.pool)]
    counts = np.bincount(refinement.labels, minlength=refinement.clusters)
    sums = np.bincount(refinement.labels, weights=scores, minlength=refinement.clusters)
    return np.where(counts > 0, sums / np.maximum(counts, 1), math.nan), float(scores.mean())


def _poor(refinement: Refinement, told: Round | None, cluster: int, quality: float, threshold: float) -> str:
    found = []
    if told is not None and told.feedback is not None and told.feedback.gaps:
        mean = float(refinement.means(told.number)[0][cluster])
        every = float(np.mean(list(told.feedback.gaps.values())))
        if mean < every:
            found.append(f"its mean gap in round {told.number} is {mean:.3g}, and {every:.3g} over all rows")
    if quality < threshold:
        found.append(f"its mean score is {quality:.3g}, below {threshold:.3g}")
    return "; ".join(found)


def _round(each: Round, counts: NDArray[np.int64]) -> RoundAccount:
    told = each.feedback
    gaps = [] if told is None else list(told.gaps.values())
    return RoundAccount(
        number=each.number,
        drawn=len(each.rows),
        shares=tuple((counts / max(1, counts.sum())).tolist()),
        scored=len(gaps),
        gap=float(np.mean(gaps)) if gaps else math.nan,
        told="" if told is None else f"{told.name} ({told.kind}{f', scored by {told.by}' if told.by else ''})",
    )


def _reason(refinement: Refinement, found: Round, cluster: int, count: int) -> str:
    """Why a round drew rows of a cluster, in a sentence or two."""
    plan, weight = refinement.plan, found.weights[cluster]
    by = "times its size " if plan.shares == "size" else ""
    words = f"The weight {weight:.3g} of its cluster {by}gives {count:,} of {len(found.rows):,} rows"
    if found.number > 1:
        before = refinement.rounds[found.number - 2]
        was = before.weights[cluster]
        mean = float(refinement.means(before.number)[0][cluster])
        moved = "fell" if weight < was else "rose" if weight > was else "stayed"
        gap = "no row of it was scored" if math.isnan(mean) else f"its mean gap was {mean:.3g}"
        words += f"; the weight {moved} from {was:.3g}, since {gap}"
    if plan.quality is None:
        return f"{words}. Within the cluster, by chance."
    side = "high" if plan.quality[1] else "low"
    return f"{words}. Within the cluster, by chance, with better chances for a {side} {plan.quality[0]}."
