"""Stratified random: a seeded uniform choice within every label."""

import math
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..params import Help
from . import Picks, selector
from ._by_cluster import in_turn
from ._domains import by_labels
from ._shares import share_out


@selector(
    title="Random, stratified",
    source="standard",
    says="Draws rows at random from every label.",
    rewards="The labels' own proportions to the row, or the same number of each.",
    overlooks="Everything within a label.",
    cost="n",
    claims_diversity=False,
    nested=False,
)
def stratified(
    labels: NDArray[Any],
    rng: np.random.Generator,
    budget: int,
    *,
    shares: Annotated[
        Literal["proportional", "equal"],
        Help("proportional: by the label's rows; equal: the same number of each, as far as it has them."),
    ] = "proportional",
) -> Picks:
    """One row of every label in turn, drawn without replacement; exactly the budget. Picks have no gain."""
    groups = by_labels(labels).members()
    sizes = np.array([len(rows) for rows in groups], dtype=np.int64)
    taken = share_out(budget, sizes.astype(np.float64) if shares == "proportional" else np.ones(len(groups)), sizes)
    drawn = [rng.permutation(rows)[:count] for rows, count in zip(groups, taken, strict=True)]
    for _, row in in_turn(drawn):
        yield row, math.nan
