"""What a refinement is laid beside, at the same number of rows: static kMQ and random choice (METHODS 3 and 4)."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..errors import UserError
from ..study import Study
from .rounds import check_study, first_round
from .state import Refinement

ARMS: Mapping[str, str] = {"static": "Static kMQ", "iterative": "Iterative kMQ", "random": "Random"}
_RANDOM = 1000  # seeds of random subsets go on from here; rounds have those up to 100

Rows = tuple[int, ...]


def arms_of(study: Study, refinement: Refinement, *, random_seeds: int = 5) -> dict[str, tuple[Rows, ...]]:
    """Rows of the dataset for every arm, as many as were drawn so far; of random a choice for each seed.

    static: what kMQ draws of the same clusters, score and seed at once. iterative: what the rounds drew. random: of
    all rows of the pool. None of them draws what is held out.

    Raises:
        UserError: another study, or fewer than one random subset.
    """
    check_study(study, refinement)
    if random_seeds < 1:
        raise UserError(f"There are {random_seeds} random subsets, and must be at least 1.")
    rows = len(refinement.chosen)
    at_once = replace(refinement, plan=replace(refinement.plan, budget=str(rows), rounds=1), budget=rows, rounds=())
    pool = refinement.pool[refinement.drawable]
    seeds = [(refinement.plan.seed, _RANDOM + number) for number in range(random_seeds)]
    chance = [np.random.default_rng(seed).choice(pool, rows, replace=False) for seed in seeds]
    return {
        "static": (first_round(study, at_once).chosen,),
        "iterative": (refinement.chosen,),
        "random": tuple(tuple(np.sort(each).tolist()) for each in chance),
    }
