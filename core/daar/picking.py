"""Which rows of the pool are taken: the most uncertain, contrastive bins of the same size, and random ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..budget import Budget
from ..errors import UserError
from ..geometry import Space
from ..selectors import Domains, own_and_others, share_out
from .plan import Plan

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]
BINS = ("most entangled", "most separated", "most scattered", "closest to own centroid")


def taken(values: Floats, domains: Domains, plan: Plan) -> Indices:
    """The places in the pool that are chosen, the highest value first, ties by place.

    With a target: of its rows the share `target_share`, and of those of every other domain `other_share`.

    Raises:
        UserError: more rows asked for than there are; a target that no row is of.
    """
    order = np.argsort(-values, kind="stable").astype(np.int64)
    if plan.target is None:
        budget = Budget.parse(plan.share).of(len(values))
        if budget > len(values):
            raise UserError(f"{budget:,} rows are asked for, and the pool has {len(values):,}.")
        return order[:budget]
    if plan.target not in domains.names:
        raise UserError(f"The target is {plan.target!r}, and must be a domain: {', '.join(domains.names[:20])}.")
    target = domains.names.index(plan.target)
    kept = np.zeros(len(values), dtype=bool)
    for number in range(len(domains.names)):
        mine = order[domains.of[order] == number]
        share = plan.target_share if number == target else plan.other_share
        kept[mine[: round(share * len(mine))]] = True
    if not kept.any():
        raise UserError("The shares of the target and of the other domains come to no row.")
    return order[kept[order]]


def contrastive(space: Space, domains: Domains, budget: int) -> dict[str, Indices]:
    """`budget` places in the pool for each of `BINS`: of every domain, by its size, those highest or lowest in phi.

    phi_inter, of entangled and separated, is the sum of the cosines to the other domains' centroids; phi_intra, of
    closest and scattered, the cosine to its own (METHODS 5.1). At 20 % these are the outer bins of five.
    """
    own, others = own_and_others(space.directions, domains)
    members = domains.members()
    sizes = np.array([len(rows) for rows in members], dtype=np.int64)
    counts = share_out(budget, sizes.astype(np.float64), sizes)
    phis = dict(zip(BINS, (-others, others, own, -own), strict=True))
    return {name: _lowest(phi, members, counts) for name, phi in phis.items()}


def _lowest(phi: Floats, members: Sequence[Indices], counts: Indices) -> Indices:
    found = [
        rows[np.argsort(phi[rows], kind="stable")][:count] for rows, count in zip(members, counts.tolist(), strict=True)
    ]
    return np.sort(np.concatenate(found)).astype(np.int64)


def jaccard(one: Indices, other: Indices) -> float:
    """Rows in common over rows in either."""
    common = len(np.intersect1d(one, other))
    return common / (len(one) + len(other) - common)
