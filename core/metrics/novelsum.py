"""NovelSum: distances to all other rows, the near ones weighing most, scaled by how sparse the neighbourhood is."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats
from ..density import density_wants, paper_sparsity, released_sparsity
from ..errors import UserError
from ..geometry import Space
from ..looking import Want, look_at
from ..parallel import by_rows
from ..params import Help, Range
from ..progress import Progress, part, silent
from ..wishes import Ranked
from . import Axiom, Measured, Only, from_rows, metric

Setting = tuple[float, float, int]  # alpha, beta, neighbors
Form = Literal["released", "paper"]


def _wants(
    space: Space,
    reference: Space,
    *,
    form: Form = "released",
    alpha: float | tuple[float, ...],
    beta: float,
    neighbors: int,
    include_self: bool,
) -> list[Want]:
    """What NovelSum wants of all pairs: neighbours for the density and, in the released form, ranked distances."""
    clouds = (space, reference) if form == "released" else (space.directions, reference.directions)
    density = density_wants(*clouds, neighbors) if beta else []
    if form == "paper":
        return density
    alphas = alpha if isinstance(alpha, tuple) else (alpha,)
    return [*density, (space.directions, Ranked(alphas, include_self), None)]


# Which of equally far rows is nearer decides whose density weighs more in the paper form.
_UNTIED = Only(
    "in the released form, and in the paper form where no two distances tie", lambda _, form, **__: form == "released"
)


@metric(
    title="NovelSum",
    formula=r"\frac1n\sum_i s_i\,\frac{\sum_r r^{-\alpha}d_{i(r)}}{\sum_r r^{-\alpha}},\quad "
    r"s_i=\Big(\frac1K\sum_{k\le K}\lVert x_i-N_k(x_i)\rVert^2+10^{-9}\Big)^{-\beta}",
    source="Yang et al., ACL 2025, arXiv 2502.17184; the released form as in their code, the paper form as in eq. 7",
    matches="The released form is the value of the authors' code and of OpenDataArena, to float32. The paper form is "
    "the printed formula; no other program computes it. Programs without weights by rank give another value.",
    says="How much each row adds that the others do not: far from its nearest rows, in a well-filled part of the "
    "reference.",
    rewards="Rows that keep apart from each other where the reference is dense.",
    overlooks="What the reference does not hold: an outlier counts as uninformative.",
    size="Falls by 3 to 5 percent per doubling of the rows: compare at equal n only.",
    cost="n N d for the neighbours, n n d for the distances, n n log n for the order",
    range="any number from 0; 0 to 2 at beta = 0 in the released form",
    floor=0.0,
    unit="weighted cosine distance",
    obeys={Axiom.ORDER, Axiom.ROTATION},
    only={Axiom.ORDER: _UNTIED, Axiom.ROTATION: _UNTIED},
    row_title="novelty",
    row_name="novelty",
    pairs=_wants,
    anchored="space",
)
def novelsum(
    space: Space,
    reference: Space,
    progress: Progress = silent,
    *,
    form: Annotated[Form, Help("released: the mean that gave the published values; paper: the printed sum.")] = (
        "released"
    ),
    alpha: Annotated[float, Range(0, 8), Help("How fast the weight of a row falls with its rank by distance.")] = 1.0,
    beta: Annotated[float, Range(0, 8), Help("How much the density of the reference counts; 0 needs none.")] = 0.5,
    neighbors: Annotated[int, Range(1, 1000), Help("Nearest reference rows whose distance makes the density.")] = 10,
    include_self: Annotated[bool, Help("Released form: rank 1 is the row itself, as in published values.")] = True,
) -> Measured:
    """The mean novelty of the rows (released form), or the sum of the paper, whose rows see their neighbours' density.

    The released form lies beside published values. Rows of `Measured` are the novelties; the paper form has the
    mean with weights of sum 1, which does not grow with n, in details as "weighted_mean".

    >>> right_angles = Space([[1, 0, 0], [0, 1, 0], [0, 0, 1]])  # each row: (0/1 + 1/2 + 1/3) / (1 + 1/2 + 1/3)
    >>> round(novelsum(right_angles, beta=0).value, 6)
    0.454545

    Raises:
        UserError: beta > 0 and the reference has fewer than neighbors + 1 distinct rows; the paper form of so many
            rows that it would have to be estimated.
    """
    if form == "paper" and space.anchors is not None:
        raise UserError(
            f"The paper form of NovelSum cannot be estimated: it needs the density around each of the {len(space):,} "
            "rows. Ask for the exact value, take the released form, or measure fewer rows."
        )
    setting = (alpha, beta, neighbors)
    grid = novelsum_grid(space, reference, [setting], form=form, include_self=include_self, progress=progress)
    return grid[setting]


def novelsum_grid(
    space: Space,
    reference: Space,
    settings: Sequence[Setting],
    *,
    form: Form = "released",
    include_self: bool = True,
    progress: Progress = silent,
) -> dict[Setting, Measured]:
    """NovelSum for many (alpha, beta, neighbors) from one neighbour search and one sort of every row.

    Raises:
        UserError: as `novelsum`.
    """
    alphas = tuple(sorted({alpha for alpha, _, _ in settings}))
    beta, neighbors = max(beta for _, beta, _ in settings), max(k for _, _, k in settings)
    look_at(
        _wants(space, reference, form=form, alpha=alphas, beta=beta, neighbors=neighbors, include_self=include_self),
        progress=part(progress, 0, 0.9 if form == "released" else 0.5),
    )
    if form == "paper":
        values = _paper(space, reference, settings, part(progress, 0.5, 1))
        return {setting: _sum(rows, setting[0], space) for setting, rows in values.items()}
    density = _densities(released_sparsity, space, reference, settings)
    means = space.directions.ranked_means(alphas, include_self)
    return {
        (alpha, beta, k): from_rows(means[:, alphas.index(alpha)] * density[beta, k], space)
        for alpha, beta, k in settings
    }


def _sum(rows: NDArray[np.float64], alpha: float, space: Space) -> Measured:
    weight = _weights(alpha, len(space) - 1).sum()
    return Measured(float(rows.sum()), rows, {"weighted_mean": float(rows.mean() / weight)})


def _paper(
    space: Space, reference: Space, settings: Sequence[Setting], progress: Progress
) -> dict[Setting, NDArray[np.float64]]:
    density = _densities(paper_sparsity, space, reference, settings)
    weights = {alpha: _weights(alpha, len(space) - 1) for alpha, _, _ in settings}
    sums = {setting: np.empty(len(space)) for setting in settings}

    def add_up(distance: Floats, start: int, some: slice) -> None:
        for i in range(some.start, some.stop):
            order = _order(distance[i])[:-1]  # the row itself is last
            near = distance[i][order].astype(np.float64)
            for pair, factor in density.items():
                dense = near * factor[order]
                for setting in settings:
                    if setting[1:] == pair:
                        sums[setting][start + i] = dense @ weights[setting[0]]

    for rows, similar in space.blocks(progress=progress, what="Sorting distances"):
        distance = np.subtract(1, similar, out=similar)
        np.maximum(distance, 0, out=distance)
        distance[np.arange(len(distance)), np.arange(rows.start, rows.stop)] = _BEHIND_ALL
        by_rows(partial(add_up, distance, rows.start), len(distance))
    return sums


_BEHIND_ALL = 8.0  # above every similarity and every distance


def _densities(
    sparsity: Callable[..., NDArray[np.float64]],
    space: Space,
    reference: Space,
    settings: Sequence[Setting],
) -> dict[tuple[float, int], NDArray[np.float64]]:
    """The factor of each row for each (beta, neighbors); the largest neighbourhood is searched first and serves all."""
    pairs = sorted({(beta, k) for _, beta, k in settings}, key=lambda pair: -pair[1])
    return {(beta, k): sparsity(space, reference, k) ** -beta if beta else np.ones(len(space)) for beta, k in pairs}


def _weights(alpha: float, ranks: int) -> NDArray[np.float64]:
    return np.arange(1, ranks + 1, dtype=np.float64) ** -alpha


def _order(distance: Floats) -> NDArray[np.int64]:
    """Positions by rising distance."""
    if distance.dtype == np.float64:
        return np.argsort(distance)
    # Floats that are not negative sort as their bits do; one sort of (bits, position) is much faster than an argsort.
    keys = distance.view(np.uint32).astype(np.uint64) << np.uint64(32) | np.arange(len(distance), dtype=np.uint64)
    keys.sort()
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
