"""One selector run on the rows that may be chosen: what data it gets, picks counted, progress told."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..errors import UserError
from ..geometry import Space
from ..progress import Progress
from ._declaring import Report, Selector
from ._filling import Closed, Filling


class Runner:
    """One selector with its data, run as often as it takes to fill a budget."""

    def __init__(
        self,
        chosen: Selector,
        space: Space,
        pool: Indices,
        collapse: bool,
        columns: Mapping[str, Any],
        settings: dict[str, Any],
        seed: int,
        reference: Space | None,
        centroids: NDArray[Any] | Mapping[str, NDArray[Any]] | None,
        report: Report,
    ) -> None:
        self._chosen, self._space, self._collapse, self._columns = chosen, space, collapse, columns
        self._settings, self._seed, self._centroids, self._report = settings, seed, centroids, report
        self._data = chosen.needs | chosen.uses
        self._base = pool
        if collapse:
            self._base = pool[np.sort(np.unique(space.first_copies[pool], return_index=True)[1])]
        self._home = self._cloud(self._base)
        self._reference = self._home if reference is None or reference is space else reference
        self._runs = 0

    def distinct(self, filling: Filling) -> Indices:
        """The rows that may be chosen now, of exact copies, where these are put last, only the first."""
        rows = np.flatnonzero(filling.open).astype(np.int64)
        if not self._collapse:
            return rows
        known = self._space.first_copies[filling.before]
        rows = rows[~np.isin(self._space.first_copies[rows], known)]
        return rows[np.sort(np.unique(self._space.first_copies[rows], return_index=True)[1])]

    def fill(self, filling: Filling, budget: int, meter: "Meter") -> None:
        """Choose rows until the budget is spent, or no row meets the selector's rule.

        A selector that is told the number of rows it is to choose is run again where limits have left it short.
        """
        while filling.wanted:
            rows = self.distinct(filling)
            if not len(rows):
                return
            before = len(filling.rows)
            told_enough = self._run(filling, rows, budget, meter)
            if len(filling.rows) == before or not told_enough:
                return

    def _run(self, filling: Filling, rows: Indices, budget: int, meter: "Meter") -> bool:
        """Choose rows; whether the selector picked as many as it was told to, so that it may have more."""
        conditional = "chosen" in self._data and len(filling.before) > 0
        every = np.concatenate([rows, filling.before]) if conditional else rows
        wanted = min(filling.wanted, len(rows))
        place = np.full(len(self._space), -1, dtype=np.int64)
        place[every] = np.arange(len(every))
        closed = Closed()
        given = {
            "seed": self._seed + self._runs,
            "budget": wanted,
            "centroids": self._centroids,
            "report": self._report,
            "progress": meter.own,
            "rng": np.random.default_rng(self._seed if not self._runs else [self._seed, self._runs]),
            "chosen": place[filling.before] if conditional else None,
            "closed": closed,
        }
        data = self._data_for(every)
        data |= {name: value for name, value in given.items() if name in self._data}
        self._runs += 1
        shown = 0.0
        seen = np.zeros(len(every), dtype=bool)
        for index, gain in self._chosen.function(**data, **self._settings_for(every, conditional)):
            if seen[index]:
                raise AssertionError(f"{self._chosen.title} chose a row twice.")
            seen[index] = True
            row = int(every[index])
            if filling.open[row]:
                shut = place[filling.choose(row, gain)]
                closed.add(shut[(shut >= 0) & (shut != index)])
            now = time.perf_counter()
            if now - shown > 0.1 or filling.left <= 0:
                words = f"{self._chosen.title}: chose {len(filling.rows):,} rows"
                meter.picks(min(1.0, 1 - filling.left / budget), words)
                shown = now
            if filling.done:
                break
        return "budget" in self._data and int(seen.sum()) >= wanted

    def _settings_for(self, every: Indices, conditional: bool) -> dict[str, Any]:
        first = self._settings.get("first")
        if first is None:
            return self._settings
        if conditional or self._runs > 1:
            raise UserError(
                f"{self._chosen.name}: first is {first}, and rows are chosen before it. Leave first out, or the "
                "must-have and already chosen rows and the least shares of groups."
            )
        return {**self._settings, "first": self._place_of(first, every)}

    def _place_of(self, first: int, rows: Indices) -> int:
        """Where the row numbered `first`, or the copy of it that may be chosen, is among `rows`."""
        name, copies = self._chosen.name, self._space.first_copies
        if not 0 <= first < len(self._space):
            raise UserError(f"{name}: first is {first}, and the rows are numbered from 0 to {len(self._space) - 1}.")
        same = copies[rows] == copies[first] if self._collapse else rows == first
        if not same.any():
            raise UserError(f"{name}: first is {first}, and that row is left out. Begin with another row.")
        return int(same.argmax())

    def _data_for(self, rows: Indices) -> dict[str, Any]:
        """The rows that may be chosen, and of the columns what the selector needs or uses of them."""
        data: dict[str, Any] = {}
        if "space" in self._data:
            data["space"] = self._home if np.array_equal(rows, self._base) else self._cloud(rows)
        if "reference" in self._data:
            data["reference"] = self._reference
        for name, column in self._columns.items():
            if column is None and name in self._chosen.needs:
                raise UserError(f"{self._chosen.title} needs a {name} column, and none was named.")
            if column is not None and name in self._data:
                data[name] = np.asarray(column)[rows] if name != "tags" else [column[row] for row in rows]
        return data

    def _cloud(self, rows: Indices) -> Space:
        if len(rows) == len(self._space) and np.array_equal(rows, np.arange(len(rows))):
            return self._space
        return self._space.without_copies if np.array_equal(rows, self._space.distinct) else self._space.subset(rows)


class Meter:
    """One share that never falls, of a selector's own work before it chooses (the first half) and of its picks."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._own = 0.0
        self._most = 0.0

    def own(self, share: float, message: str) -> None:
        self._own = max(self._own, 0.5 * share)
        self._report(self._own, message)

    def picks(self, share: float, message: str) -> None:
        self._report(self._own + (1 - self._own) * share, message)

    def _report(self, share: float, message: str) -> None:
        self._most = min(1.0, max(self._most, share))
        self._progress(self._most, message)
