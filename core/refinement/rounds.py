"""Beginning a refinement, going on with what feedback says, branching off, and drawing its rounds again."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..budget import Budget
from ..cluster_names import name_clusters
from ..digest import digest
from ..errors import UserError
from ..manifest import describe_dataset
from ..progress import Progress, part, silent
from ..selectors import WeightedDraw, clustered, in_turn, share_out
from ..study import Study
from .held import held_out
from .plan import Plan
from .state import Id, Refinement, Round, Scored
from .weights import moved


def begin(study: Study, plan: Plan, *, progress: Progress = silent) -> Refinement:
    """Cluster the pool and draw the first round; with shares by size it is what static kMQ draws of that budget.

    Raises:
        UserError: a budget of fewer rows than rounds or of more than there are, ids that several rows share, a row
            without a score, a round that has fewer rows than there are to be clusters.
    """
    pool = np.arange(len(study), dtype=np.int64) if plan.keep_copies else study.space.distinct
    budget = Budget.parse(plan.budget).of(len(study))
    if budget > len(pool):
        raise UserError(
            f"The budget is {budget:,} rows, and {study.name} has {len(pool):,} distinct ones of {len(study):,}. Ask "
            "for fewer, or keep copies."
        )
    if budget < plan.rounds:
        raise UserError(f"The budget of {budget:,} rows is less than a row for each of {plan.rounds:,} rounds.")
    names = [str(each) for each in study.ids]
    twice, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise UserError(
            f"Several rows of {study.name} have the id {twice[:80]!r}, and feedback names rows by their ids. Give "
            "another column the role id, or none: then rows are numbered."
        )
    first = _budgets(budget, plan.rounds)[0]
    space = study.space if len(pool) == len(study) else study.space.subset(pool)
    found, _ = clustered(space, first, plan.seed, part(progress, 0, 0.8), plan.clusters, "proportional")
    progress(0.8, "Naming the clusters")
    texts = None if study.texts is None else [study.texts[row] for row in pool]
    aside = held_out(study, pool, found.labels, plan)
    if budget > len(pool) - len(aside):
        raise UserError(
            f"The budget is {budget:,} rows, and of {len(pool):,} rows of {study.name} {len(aside):,} are held out. "
            "Ask for fewer, or hold out less."
        )
    empty = Refinement(
        plan=plan,
        study=rows_key(study),
        data=describe_dataset(study) or {"name": study.name, "rows": len(study)},
        budget=budget,
        pool=study.positions[pool],
        labels=found.labels.astype(np.int64),
        names=tuple(name_clusters(texts, space, found.labels).names),
        rounds=(),
        notes=_notes(plan, found.k, first, len(aside), len(pool)),
        held_out=tuple(study.positions[aside].tolist()),
    )
    return first_round(study, empty)


def first_round(study: Study, empty: Refinement) -> Refinement:
    """A refinement without rounds, with its first: drawn by even weights."""
    return _with_round(study, empty, np.full(empty.clusters, 1 / empty.clusters))


def go_on(study: Study, refinement: Refinement, feedback: Scored) -> Refinement:
    """Move the weights by the feedback for the last round and draw the next, if there is budget left.

    Raises:
        UserError: another study; feedback was given already; in the literal mode, a mean gap that is not above 0.
    """
    check_study(study, refinement)
    if refinement.last.feedback is not None:
        raise UserError(f"Round {refinement.last.number} has its feedback already. Branch off to give it another.")
    told = refinement.with_feedback(feedback)
    weights = next_weights(told)
    return told if told.done else _with_round(study, told, weights)


def next_weights(refinement: Refinement) -> NDArray[np.float64]:
    """The weights that come of the last round and its feedback, (clusters,)."""
    plan, last = refinement.plan, refinement.last
    means, counts = refinement.means(last.number)
    return moved(np.array(last.weights), means, counts, mode=plan.mode, pull=plan.pull, eta=plan.eta, floor=plan.floor)


def branch(refinement: Refinement, number: int) -> Refinement:
    """The refinement as it was when that round had been drawn and not yet scored.

    Raises:
        UserError: no such round.
    """
    if not 1 <= number <= len(refinement.rounds):
        raise UserError(f"There is no round {number}: {len(refinement.rounds):,} were drawn.")
    kept = (*refinement.rounds[: number - 1], replace(refinement.rounds[number - 1], feedback=None))
    return replace(refinement, rounds=kept, parent=(digest(refinement.as_json()), number))


def differs(study: Study, refinement: Refinement, *, progress: Progress = silent) -> list[str]:
    """Draw every round again from the plan and the feedback; what comes out otherwise, in sentences."""
    check_study(study, refinement)
    again = begin(study, refinement.plan, progress=progress)
    if not np.array_equal(again.labels, refinement.labels) or not np.array_equal(again.pool, refinement.pool):
        return ["The clusters are others: k-means may differ in its last bits on another machine."]
    if again.held_out != refinement.held_out:
        return ["Other rows are held out."]
    for kept in refinement.rounds:
        if again.last.rows != kept.rows:
            return [f"Round {kept.number} has other rows."]
        if not np.allclose(again.last.weights, kept.weights, rtol=1e-9, atol=0):
            return [f"Round {kept.number} has other weights."]
        if kept.feedback is not None:
            again = go_on(study, again, kept.feedback)
    return []


def rows_key(study: Study) -> str:
    """Digest of the rows and their embeddings, and of nothing else: a state outlives what other results depend on."""
    return digest("refinement", study.embeddings.key, study.positions)


def check_study(study: Study, refinement: Refinement) -> None:
    """Raise a UserError where the refinement was begun with other rows or other embeddings."""
    if rows_key(study) != refinement.study:
        raise UserError(
            f"The refinement was begun with other rows or embeddings than those of {study.name}. Open "
            f"{refinement.data.get('name', 'the same data')} with the same template and encoder."
        )


def _with_round(study: Study, refinement: Refinement, weights: NDArray[np.float64]) -> Refinement:
    """The refinement with one round more, drawn by those weights."""
    plan, number = refinement.plan, len(refinement.rounds) + 1
    labels, pool = refinement.labels, refinement.pool
    free = refinement.drawable & ~np.isin(pool, np.array(refinement.chosen, dtype=np.int64))
    k = refinement.clusters
    sizes = np.bincount(labels[refinement.drawable], minlength=k)
    room = np.bincount(labels[free], minlength=k).astype(np.int64)
    mass = weights * sizes if plan.shares == "size" else weights
    counts = share_out(_budgets(refinement.budget, plan.rounds)[number - 1], mass, room)
    quality = None
    if plan.quality is not None:
        quality = study.quality(*plan.quality)[np.searchsorted(study.positions, pool)]
    draw = WeightedDraw(quality, plan.scoring, plan.temperature)
    rng = np.random.default_rng((plan.seed, number))  # round 1 draws as static kMQ does
    drawn = [draw.rows(np.flatnonzero(free & (labels == j)), int(counts[j]), rng) for j in range(k)]
    rows = pool[[row for _, row in in_turn(drawn)]]
    every = study.ids
    ids = tuple(_id(every[place]) for place in np.searchsorted(study.positions, rows).tolist())
    new = Round(number, tuple(weights.tolist()), tuple(rows.tolist()), ids)
    return replace(refinement, rounds=(*refinement.rounds, new))


def _id(found: Any) -> Id:
    """An id as the state holds it and feedback names it; what is neither text nor a whole number, as text."""
    return found if isinstance(found, int) and not isinstance(found, bool) else str(found)


def _budgets(budget: int, rounds: int) -> list[int]:
    """The rows of each round: as even as can be, what is left over in the first ones."""
    return [int(each) for each in share_out(budget, np.ones(rounds), np.full(rounds, budget))]


def _notes(plan: Plan, k: int, first: int, aside: int, pool: int) -> tuple[str, ...]:
    found = []
    if plan.held_out:
        found.append(f"{aside:,} of {pool:,} rows are held out, some of every cluster of two or more, and never drawn.")
    if plan.quality is None:
        found.append("No quality column was named, so that every row of a cluster has the same chance.")
    if plan.clusters is not None and k < plan.clusters:
        found.append(f"There are {k:,} clusters of {plan.clusters:,}: no more than the {first:,} rows of a round.")
    if plan.mode == "literal":
        found.append("Weights move as eq. 6 is printed, renormalised.")
    return tuple(found)
