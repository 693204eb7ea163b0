"""Which rows are chosen from, which the probe learns from, and which are kept out of all."""

from dataclasses import dataclass

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

    @property
    def all(self) -> Indices:
        return np.unique(np.concatenate([self.pool, self.labelled, self.held_out]))


def divided(study: Study, plan: Plan) -> Rows:
    """The rows of a study as the plan divides them, by its seed.

    Raises:
        UserError: too few rows.
    """
    every = np.arange(len(study), dtype=np.int64) if plan.keep_copies else study.space.distinct
    mixed = np.random.default_rng((plan.seed, 1)).permutation(every).astype(np.int64)
    held = round(plan.held_out * len(mixed))
    held_out, rest = mixed[:held], mixed[held:]
    paper = plan.mode == "paper"
    count = min(plan.labelled, round(plan.aside * len(rest)) if paper else len(rest))
    labelled, others = rest[:count], rest[count:]
    pool = others if paper else rest
    if min(len(labelled), len(pool)) < _FEWEST:
        raise UserError(
            f"{study.name} has {len(every):,} distinct rows: {len(labelled):,} for the probe and {len(pool):,} to "
            f"choose from, and each must be at least {_FEWEST}."
        )
    return Rows(np.sort(pool), np.sort(labelled), np.sort(held_out), len(study) - len(every))


def division_notes(rows: Rows, plan: Plan) -> list[str]:
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
        found.append(f"{rows.copies:,} exact copies of earlier rows are neither chosen nor learned from.")
    return found
