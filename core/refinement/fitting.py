"""Whether the parts of a refinement's state fit together: one that was damaged or changed is not read."""

from typing import TYPE_CHECKING

import numpy as np

from .weights import LARGEST_GAP

if TYPE_CHECKING:
    from .state import Refinement


def checked(found: "Refinement") -> "Refinement":
    """The same, if its parts fit together.

    Raises:
        ValueError: they do not.
    """
    k, chosen = found.clusters, np.array(found.chosen, dtype=np.int64)
    ids = [own for each in found.rounds for own in each.ids]
    over = len(found.rounds) - found.plan.rounds
    aside = np.array(found.held_out, dtype=np.int64)
    fits = {
        "pool and labels": len(found.pool) == len(found.labels) > 0 and bool((np.diff(found.pool) > 0).all()),
        "labels": bool(((found.labels >= 0) & (found.labels < k)).all()),
        "rounds": [each.number for each in found.rounds] == list(range(1, len(found.rounds) + 1)) and over <= 0 < k,
        "weights": all(len(each.weights) == k and _shares(each.weights) for each in found.rounds),
        "rows": bool(np.isin(chosen, found.pool).all()) and len(np.unique(chosen)) == len(chosen) > 0,
        "held_out": bool(np.isin(aside, found.pool).all() and (np.diff(aside) > 0).all())
        and not np.isin(aside, chosen).any()
        and (len(aside) > 0 or not found.plan.held_out),
        "ids": all(len(each.ids) == len(each.rows) for each in found.rounds)
        and all(isinstance(own, str | int) and not isinstance(own, bool) for own in ids)
        and len(set(map(str, ids))) == len(ids),
        "budget": len(chosen) <= found.budget <= len(found.pool) - len(aside)
        and (over < 0 or len(chosen) == found.budget),
        "feedback": all(
            each.feedback is not None
            and set(each.feedback.gaps) <= {*found.chosen, *found.held_out}
            and all(abs(gap) <= LARGEST_GAP for gap in each.feedback.gaps.values())  # not so where it is NaN
            for each in found.rounds
            if each.feedback is not None or each.number < len(found.rounds)
        ),
    }
    if wrong := [name for name, good in fits.items() if not good]:
        raise ValueError(f"its {wrong[0]} do not fit the rest")
    return found


def _shares(weights: tuple[float, ...]) -> bool:
    return all(0 <= each <= 1 for each in weights) and abs(sum(weights) - 1) < 1e-6
