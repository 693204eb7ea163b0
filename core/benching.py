"""A bench while it is worked out: every choice run and measured, beside random ones as large."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .benched import LABELS, Bench, Contender, Run
from .budget import Budget
from .chance import overlap
from .choice import Choice
from .digest import digest
from .errors import UserError
from .peak_memory import PeakMemory
from .progress import Progress, part
from .selectors import SELECTORS, Selection

if TYPE_CHECKING:
    from .study import Study

Indices = NDArray[np.int64]
Ran = tuple[Run, Indices]  # with the chosen rows


@dataclass(frozen=True)
class _Cell:
    """The runs of a choice at a budget and random ones as large, or why there are none."""

    mine: list[Ran]
    random: list[Ran]
    reason: str = ""

    @property
    def rows(self) -> list[Indices]:
        """The chosen rows of each run."""
        return [rows for _, rows in self.mine]


class Benching:
    """One bench while it is worked out."""

    def __init__(
        self,
        study: "Study",
        contenders: Sequence[tuple[Choice, Contender]],
        sizes: Mapping[str, int],
        seeds: int,
        random_seeds: int,
        settings: Mapping[str, Mapping[str, Any]],
        label: str | None,
        without: Sequence[str],
    ) -> None:
        self._study, self._contenders, self._sizes = study, contenders, sizes
        self._seeds, self._random_seeds, self._settings, self._label = seeds, random_seeds, settings, label
        self._unmeasured: dict[str, str] = {}
        self._done: dict[str, Ran] = {}
        self._labels: Indices | None = None
        self._counted: set[int] = set()
        if label is not None:
            values, self._labels = np.unique(study.labels(label), return_inverse=True)
            self._counted = {at for at, value in enumerate(values.tolist()) if value and value not in set(without)}

    def run(self, progress: Progress) -> Bench:
        cells: list[list[_Cell]] = []
        steps = len(self._contenders) * len(self._sizes)
        for choice, contender in self._contenders:
            of_choice: list[_Cell] = []
            for budget, size in self._sizes.items():
                done = len(cells) * len(self._sizes) + len(of_choice)
                share = _about(f"{contender.name} at {budget}", part(progress, done / steps, (done + 1) / steps))
                of_choice.append(self._at(replace(choice, budget=budget), size, share))
            cells.append(of_choice)
        return Bench(
            study=self._study.name,
            pool=len(self._study),
            contenders=tuple(contender for _, contender in self._contenders),
            budgets=tuple(self._sizes),
            sizes=tuple(self._sizes.values()),
            metrics=tuple(self._settings),
            reference=self._study.reference.name if self._study.reference else self._study.name,
            runs=tuple(tuple(tuple(run for run, _ in cell.mine) for cell in each) for each in cells),
            bands=tuple(tuple(_by_metric([run for run, _ in cell.random]) for cell in each) for each in cells),
            refused=tuple(tuple(cell.reason for cell in each) for each in cells),
            unmeasured=self._unmeasured,
            overlaps=self._overlaps(cells),
            label=self._label,
            label_values=len(self._counted),
        )

    def _at(self, choice: Choice, size: int, progress: Progress) -> "_Cell":
        """A choice at a budget."""
        if choice.selector == "random":
            found = self._several(choice, self._random_seeds, progress)
            return _Cell(found, found)
        count = self._seeds if SELECTORS[choice.selector].seeded else 1
        try:
            mine = self._several(choice, count, part(progress, 0, 0.7))
        except UserError as error:
            return _Cell([], [], str(error))
        rival = replace(choice, selector="random", params={}, quality=None, missing="refuse", label=None, tags=None)
        rival = replace(rival, seed=0, keep_copies=False)
        found_rows = int(np.median([run.rows for run, _ in mine]))
        if Budget.parse(choice.budget).unit != "tokens" and found_rows != size:
            rival = replace(rival, budget=str(max(1, found_rows)))
        return _Cell(mine, self._several(rival, self._random_seeds, part(progress, 0.7, 1)))

    def _several(self, choice: Choice, count: int, progress: Progress) -> list[Ran]:
        found = []
        for done in range(count):
            share = part(progress, done / count, (done + 1) / count)
            found.append(self._run(replace(choice, seed=choice.seed + done), share))
        return found

    def _run(self, choice: Choice, progress: Progress) -> Ran:
        key = self._study.choice_key(choice)
        if key not in self._done:
            selection, peak = _chosen(self._study, choice, key, part(progress, 0, 0.7))
            rows = np.asarray(selection.positions)
            subset = self._study.subset(rows, "the subset")
            refused: dict[str, str] = {}
            scores = subset.measure(
                list(self._settings),
                params=self._settings,
                intervals=False,
                refused=refused,
                progress=part(progress, 0.7, 1),
            )
            values = {score.metric: score.value for score in scores}
            for name, reason in refused.items():
                self._unmeasured.setdefault(name, reason)
            if self._labels is not None:
                values[LABELS] = float(len(self._counted & set(self._labels[rows].tolist())))
            run = Run(choice.seed, len(rows), selection.seconds, peak, values, selection.notes)
            self._done[key] = run, rows
        progress(1.0, "Measured")
        return self._done[key]

    def _overlaps(self, cells: Sequence[Sequence["_Cell"]]) -> NDArray[np.float64]:
        """(budgets, selectors, selectors)."""
        count = len(cells)
        found = np.full((len(self._sizes), count, count), np.nan)
        for budget in range(len(self._sizes)):
            for one in range(count):
                for other in range(one, count):
                    pair = cells[one][budget].rows, cells[other][budget].rows
                    share = overlap(*pair, len(self._study), same=one == other)
                    found[budget, one, other] = found[budget, other, one] = share
        return found


def _chosen(study: "Study", choice: Choice, key: str, progress: Progress) -> tuple[Selection, int | None]:
    """The selection, and its peak of memory where a bench made it."""
    beside = digest("peak of a bench", key)
    if (kept := study.selected(key)) is not None:
        found = study.store.load(beside) if study.store is not None else None
        return kept, found[0]["bytes"] if found else None
    _ = study.space.distinct  # which all selectors share: not the first one's to pay
    with PeakMemory() as peak:
        made = study.choose(choice, progress=progress)
    if study.store is not None:
        study.store.save(beside, {"bytes": peak.bytes})
    return made, peak.bytes


def _by_metric(runs: Sequence[Run]) -> dict[str, tuple[float, ...]]:
    names = dict.fromkeys(name for run in runs for name in run.values)
    return {name: tuple(run.values[name] for run in runs if name in run.values) for name in names}


def _about(title: str, progress: Progress) -> Progress:
    """Progress that says which selector it is about."""
    return lambda share, message: progress(share, f"{title}: {message}")
