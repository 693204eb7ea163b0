"""Which rows are chosen from, which the probe learns from, and which are kept out of all."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..study import Study
from .plan import Plan

Indices = NDArray[np.int64]
_FEWEST = 20


@dataclass(frozen=True)
class Rows:
    """Rows of the study, rising. In the mode `paper` the labelled rows are not in the pool, by default they are."""

    pool: Indices
    labelled: Indices
    held_out: Indices
    copies: int  # rows that are exact copies of an earlier one, and are in none of the three
    blank: Indices  # rows of which the model reads nothing, and which are in none of the three either

    @property
    def all(self) -> Indices:
        return np.unique(np.concatenate([self.pool, self.labelled, self.held_out]))


def divided(study: Study, plan: Plan) -> Rows:
    """The rows of a study as the plan divides them, by its seed.

    Rows that are held out are distinct, and none of their copies is learned from or chosen, whatever the plan says of
    copies: a loss of what was trained on would say nothing.

    Raises:
        UserError: too few rows.
    """
    mixed = np.random.default_rng((plan.seed, 1)).permutation(study.space.distinct).astype(np.int64)
    held = round(plan.held_out * len(mixed))
    held_out, rest = mixed[:held], mixed[held:]
    if plan.keep_copies:
        others = np.flatnonzero(~np.isin(study.space.first_copies, held_out))
        rest = np.random.default_rng((plan.seed, 1, 1)).permutation(others).astype(np.int64)
    paper = plan.mode == "paper"
    count = min(plan.labelled, round(plan.aside * len(rest)) if paper else len(rest))
    labelled, others = rest[:count], rest[count:]
    pool = others if paper else rest
    copies = len(study) - len(held_out) - len(rest)
    found = Rows(np.sort(pool), np.sort(labelled), np.sort(held_out), copies, np.empty(0, dtype=np.int64))
    _check(found, study, "" if plan.keep_copies else "distinct ")
    return found


def without(rows: Rows, blank: Indices, study: Study) -> Rows:
    """The same rows less those of which the model reads nothing.

    Raises:
        UserError: too few are left.
    """
    pool, labelled, held_out = (np.setdiff1d(each, blank) for each in (rows.pool, rows.labelled, rows.held_out))
    found = replace(rows, pool=pool, labelled=labelled, held_out=held_out, blank=blank)
    _check(found, study, "")
    return found


def _check(rows: Rows, study: Study, kind: str) -> None:
    if min(len(rows.labelled), len(rows.pool)) < _FEWEST:
        raise UserError(
            f"{study.name} has {len(rows.all):,} {kind}rows that can be read: {len(rows.labelled):,} for the probe and "
            f"{len(rows.pool):,} to choose from, and each must be at least {_FEWEST}."
        )


def division_notes(rows: Rows, plan: Plan, study: Study) -> list[str]:
    """What was set aside, in sentences."""
    found = []
    if plan.mode == "paper":
        words = f"{len(rows.labelled):,} rows were set aside for the probe and cannot be chosen"
        if len(rows.labelled) < plan.labelled:
            words += f", fewer than {plan.labelled:,}: no more than {plan.aside:.0%} of the rows are"
        found.append(f"{words}.")
    elif len(rows.labelled) < len(rows.pool):
        found.append(f"The probes learn from {len(rows.labelled):,} of {len(rows.pool):,} rows.")
    if len(rows.held_out):
        found.append(f"{len(rows.held_out):,} rows are kept out of all, for losses after training.")
    if rows.copies:
        what = "rows that are held out" if plan.keep_copies else "earlier rows"
        found.append(f"{rows.copies:,} exact copies of {what} are neither chosen nor learned from.")
    if len(rows.blank):
        first = int(study.positions[rows.blank[0]]) + 1
        found.append(
            f"{len(rows.blank):,} rows have no text that the model reads, and are left out; the first is row {first:,}."
        )
    return found
