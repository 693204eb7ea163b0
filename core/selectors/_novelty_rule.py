"""What NovelSelect in one and in two stages share: their parameters, densities, factors, and the greedy choice."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..density import ALMOST_ZERO, check_neighbors, paper_sparsity, released_sparsity
from ..engines import Engine, engine_for
from ..errors import UserError
from ..geometry import Space
from ..near_cells import nearest_in_cells, recall_in_cells
from ..params import Help, Range
from ..progress import Progress
from ..wishes import Cosines, Farthest, Wish
from ._declaring import Report
from ._filling import Closed
from ._novelty import NoveltyGreedy
from ._novelty_few import NoveltyAmongFew, few_and_apart
from ._novelty_shards import NoveltyInShards

Form = Annotated[
    Literal["released", "paper"], Help("released: as the authors' code; paper: the printed formula, much slower.")
]
Alpha = Annotated[float, Range(0, 8), Help("How fast the weight of a chosen row falls with its rank.")]
Beta = Annotated[float, Range(0, 8), Help("How much the density of the reference counts; 0 needs none.")]
Neighbors = Annotated[int, Range(1, 1000), Help("Nearest reference rows whose distance makes the density.")]
IncludeSelf = Annotated[
    bool, Help("Count the candidate itself as rank 1, as NovelSum does; the released choice does not.")
]
Scale = Annotated[
    Literal["auto", "as given", "unit"],
    Help(
        "Where there is a score, novelty is multiplied by it; unit: the lowest counts as 0, the highest as 1; auto: "
        "as given, or unit where a score is below 0 or lower is better."
    ),
]
Strength = Annotated[float, Range(0, 10), Help("The power of the score by which novelty is multiplied.")]

COMPILED_FROM = 20_000  # rows: among fewer the choice is made with arrays before numba has compiled, or read, its part
SEARCHED_UP_TO = 4e10  # pairs of rows among which the nearest ones are searched exactly
_compiled = Event()  # set once the compiled part was used: nobody waits for a warm-up that is under way


@dataclass(frozen=True)
class NoveltyRule:
    """v(x) = sum over the chosen of r^-alpha Delta_(r), in one of the two forms of METHODS 1.3."""

    form: str
    alpha: float
    beta: float
    neighbors: int
    include_self: bool

    def dense(
        self, space: Space, reference: Space, progress: Progress, *, chosen_next: bool = False
    ) -> NDArray[np.float64]:
        """f of the released form or g of the paper form for every row, (n,).

        `chosen_next`: the greedy choice among these rows comes next, and takes what else the same pass can find.
        """
        if not self.beta:
            return np.ones(len(space))
        if self.form == "paper":
            return np.asarray(paper_sparsity(space, reference, self.neighbors, progress=progress) ** -self.beta)
        also = _for_bounds(space) if chosen_next and reference is space else []
        sparsity = released_sparsity(space, reference, self.neighbors, also=also, progress=progress)
        return np.asarray(sparsity**-self.beta)

    def nearly_dense(
        self, space: Space, reference: Space, progress: Progress, tell: Callable[[str], object] = str
    ) -> NDArray[np.float64]:
        """The same from neighbours that are searched for in the cells around each row: most of them, not all.

        `tell` hears that it is so, and how many of them were found.
        """
        if not self.beta:
            return np.ones(len(space))
        pool, space = reference.directions.without_copies, space.directions
        check_neighbors(pool, self.neighbors)
        cosines, indices = nearest_in_cells(pool, space, self.neighbors + 1, progress)
        tell(
            "Approximate: the neighbours that make the densities were searched for in the cells around a row. "
            + recall_in_cells(pool, space, cosines)
        )
        order = np.argsort(-cosines, axis=1, kind="stable")
        squared = np.maximum(2 - 2 * np.take_along_axis(cosines, order, axis=1).astype(np.float64), 0)
        if self.form == "released":  # of which the very nearest is always left out
            return np.asarray((squared[:, 1:].mean(axis=1) + ALMOST_ZERO) ** -self.beta)
        nearest = np.take_along_axis(indices, order[:, :1], axis=1)[:, 0]
        itself = (pool.rows[nearest] == space.rows).all(axis=1)
        total = np.where(itself, squared[:, 1:].sum(axis=1), squared[:, :-1].sum(axis=1))
        return np.asarray(np.maximum(total / 2, ALMOST_ZERO) ** -self.beta)

    def greedy(
        self,
        space: Space,
        dense: NDArray[np.float64],
        factors: NDArray[np.float64] | None,
        before: Sequence[int],
        closed: Closed | None = None,
    ) -> Iterable[tuple[int, float]]:
        """The greedy choice beside the rows `before`; `dense` and `factors` are of every row of `space`.

        Compiled in the released form, but of few rows only where that was loaded before: it costs seconds once.
        """
        ranks = np.arange(1, len(space) + 1) + float(self.include_self)
        weights: NDArray[np.float64] = np.power(ranks, -self.alpha, dtype=np.float64)
        by_distance = self.form == "paper"
        engine = _engine(space)
        if engine is not None:
            compiled = not by_distance and len(space) >= COMPILED_FROM
            return NoveltyInShards(engine, space, dense, weights, before, closed, by_distance, compiled, factors)
        if not by_distance and few_and_apart(space):
            return NoveltyAmongFew(space, dense, weights, before, closed, cosines=space.take_cosines(), factors=factors)
        if not by_distance and (_compiled.is_set() or len(space) >= COMPILED_FROM):
            from ._novelty_lazy import LazyNovelty

            return _marked(LazyNovelty(space, dense, weights, before, closed, factors=factors, reach=space.reach))
        own = np.zeros(len(space)) if by_distance else dense
        return NoveltyGreedy(space, own, dense, weights, before, closed, by_distance=by_distance, factors=factors)


def _for_bounds(space: Space) -> list[Wish]:
    """What makes the bounds of the greedy choice closer, from the pass that finds the neighbours of unit rows."""
    if not space.normalize:
        return []
    return [Cosines()] if few_and_apart(space) and _engine(space) is None else [Farthest()]


def _engine(space: Space) -> Engine | None:
    return engine_for(len(space) * len(space) * space.dim)


def _marked(greedy: Iterable[tuple[int, float]]) -> Iterator[tuple[int, float]]:
    """The same picks; with the first, the compiled part is there, and nobody else waits for it."""
    for pick in greedy:
        _compiled.set()
        yield pick


def factors_of(
    quality: NDArray[np.float64] | None, scale: str, strength: float, report: Report
) -> NDArray[np.float64] | None:
    """What the novelty of each row is multiplied by, (n,), not negative; None without a score.

    Raises:
        UserError: a score that is used as given is below 0; a power of a score that is too large for a number.
    """
    if quality is None:
        return None
    score = np.asarray(quality, dtype=np.float64)
    low = int((score < 0).sum())
    if scale == "auto" and low:
        report.note("Scores below 0, or of which lower is better, were stretched to lie between 0 and 1.")
    if scale == "unit" or (scale == "auto" and low):
        spread = float(np.ptp(score))
        score = (score - score.min()) / spread if spread else np.ones(len(score))
    elif low:
        raise UserError(
            f"NovelSelect multiplies novelty by the score, and {low:,} of {len(score):,} scores are below 0 (or lower "
            "is better, and they are turned round). Use scale=unit."
        )
    with np.errstate(over="ignore"):
        found = np.asarray(score**strength)
    if not np.isfinite(found).all():
        raise UserError(f"Scores up to {score.max():.3g} to the power of {strength:g} are too large. Use scale=unit.")
    return found


def warm_up() -> None:
    """Load what is compiled of the greedy choice, or compile it where that was never done; it is used from now on."""
    from ._novelty_lazy import LazyNovelty

    for writeable in (False, True):  # stored embeddings cannot be written to, rows taken out of them can
        rows = np.eye(4, dtype=np.float32)
        rows.setflags(write=writeable)
        for _ in _marked(LazyNovelty(Space(rows), np.ones(4), np.ones(4), [0])):
            pass
