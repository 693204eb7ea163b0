"""The state of a refinement: plain JSON, in which every round can be read, checked and drawn again."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..errors import UserError
from ..store import read_json, write_json
from .fitting import checked
from .loop import SCORERS
from .plan import Plan

FORMAT = 1
Id = str | int


@dataclass(frozen=True)
class Scored:
    """What a feedback file, or a model trained here, said of a round: the gap of every row that it scores.

    Args:
        name: of the file, or what was done here; sha256: of its content, or of gaps and `how`.
        kind: gap, gold_score and generated_score, generated, or the scorer of a model that was trained here.
        gaps: by row of the dataset.
        by: the language model that scored.
        how: of a model trained here, all that it takes to do the round again; of a file, `notes` of what was cut when
            its answers were scored, or nothing.
    """

    name: str
    sha256: str
    kind: str
    gaps: Mapping[int, float]
    by: str = ""
    how: Mapping[str, Any] = field(default_factory=dict)

    @property
    def here(self) -> bool:
        """Whether a model was trained here for it."""
        return self.kind in SCORERS

    @property
    def notes(self) -> tuple[str, ...]:
        """What was cut or left out, in sentences."""
        return tuple(self.how.get("notes", ()))


@dataclass(frozen=True)
class Round:
    """One round: the weights it began with, the rows that were drawn, and what became of them."""

    number: int  # from 1
    weights: tuple[float, ...]  # of each cluster, summing to 1
    rows: tuple[int, ...]  # of the dataset, in the order they were drawn
    ids: tuple[Id, ...]  # theirs
    feedback: Scored | None = None


@dataclass(frozen=True)
class Refinement:
    """Rounds of kMQ over fixed clusters.

    Args:
        study: names the study's rows and their embeddings (`rows_key`); data: what a manifest says of them.
        budget: rows over all rounds.
        pool: rows of the dataset that are in the clusters, rising; labels: the cluster of each, from 0.
        names: of the clusters, for people.
        held_out: rows of the pool that are never drawn, rising.
        parent: the digest of the state that this one branched off, and after which round; None for none.
    """

    plan: Plan
    study: str
    data: Mapping[str, Any]
    budget: int
    pool: NDArray[np.int64]
    labels: NDArray[np.int64]
    names: tuple[str, ...]
    rounds: tuple[Round, ...]
    parent: tuple[str, int] | None = None
    notes: tuple[str, ...] = ()
    held_out: tuple[int, ...] = ()

    @property
    def clusters(self) -> int:
        return len(self.names)

    @property
    def drawable(self) -> NDArray[np.bool_]:
        """Which rows of the pool are not held out, (pool,)."""
        return ~np.isin(self.pool, np.array(self.held_out, dtype=np.int64))

    @property
    def last(self) -> Round:
        return self.rounds[-1]

    @property
    def chosen(self) -> tuple[int, ...]:
        """Rows of the dataset drawn so far, in the order of the rounds."""
        return tuple(row for each in self.rounds for row in each.rows)

    @property
    def done(self) -> bool:
        """Whether the budget is spent."""
        return len(self.chosen) >= self.budget

    @property
    def ids(self) -> dict[str, int]:
        """The row of the dataset of each id drawn so far."""
        return {str(own): row for each in self.rounds for own, row in zip(each.ids, each.rows, strict=True)}

    def cluster_of(self, rows: Any) -> NDArray[np.int64]:
        """The clusters of rows of the dataset that are in the pool."""
        return self.labels[np.searchsorted(self.pool, np.asarray(rows, dtype=np.int64))]

    def means(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Mean gap of the scored rows of each cluster after a round, NaN where there are none, and their number."""
        found = self.rounds[number - 1].feedback
        gaps = {} if found is None else found.gaps
        clusters = self.cluster_of(list(gaps))
        counts = np.bincount(clusters, minlength=self.clusters)
        sums = np.bincount(clusters, weights=np.array(list(gaps.values())), minlength=self.clusters)
        return np.where(counts > 0, sums / np.maximum(counts, 1), math.nan), counts.astype(np.int64)

    def with_feedback(self, found: Scored) -> Self:
        """The same with feedback for the last round."""
        return replace(self, rounds=(*self.rounds[:-1], replace(self.last, feedback=found)))

    def as_json(self) -> dict[str, Any]:
        return {
            "gamut_refinement": FORMAT,
            "gamut": __version__,
            "plan": self.plan.as_json(),
            "study": self.study,
            "data": dict(self.data),
            "budget": self.budget,
            "pool": self.pool.tolist(),
            "labels": self.labels.tolist(),
            "names": list(self.names),
            "rounds": [_round_as_json(each) for each in self.rounds],
            "parent": None if self.parent is None else list(self.parent),
            "notes": list(self.notes),
            "held_out": list(self.held_out),
        }


def _round_as_json(each: Round) -> dict[str, Any]:
    found = each.feedback
    return {
        "number": each.number,
        "weights": list(each.weights),
        "rows": list(each.rows),
        "ids": list(each.ids),
        "feedback": None
        if found is None
        else {
            "name": found.name,
            "sha256": found.sha256,
            "kind": found.kind,
            "by": found.by,
            "how": dict(found.how),
            "gaps": [[row, gap] for row, gap in found.gaps.items()],
        },
    }


def dump_refinement(found: Refinement, path: Path) -> None:
    """Write the state, in one step: a reader sees the old state or the new one.

    Raises:
        UserError: a state that could not be read again, of which nothing is written.
    """
    try:
        checked(found)
    except ValueError as error:
        raise UserError(f"{path.name} is left as it is: the new state would be damaged ({error}).") from error
    write_json(path, found.as_json())


def read_refinement(path: Path) -> Refinement:
    """The state in a file.

    Raises:
        UserError: no such file, or what is no state of a refinement.
    """
    try:
        found = read_json(path)
    except OSError as error:
        raise UserError(f"The refinement {path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path.name} is not JSON ({error}).") from error
    if not isinstance(found, dict) or "gamut_refinement" not in found:
        raise UserError(f"{path.name} is not the state of a refinement: `gamut refine begin` writes one.")
    if found["gamut_refinement"] != FORMAT:
        raise UserError(
            f"{path.name} is a refinement of format {found['gamut_refinement']!r}, and this Gamut reads {FORMAT}."
        )
    try:
        return checked(
            Refinement(
                plan=Plan.from_json(found["plan"]),
                study=str(found["study"]),
                data=dict(found["data"]),
                budget=_whole(found["budget"]),
                pool=np.array(list(map(_whole, found["pool"])), dtype=np.int64),
                labels=np.array(list(map(_whole, found["labels"])), dtype=np.int64),
                names=tuple(map(str, found["names"])),
                rounds=tuple(map(_round_from_json, found["rounds"])),
                parent=None if found["parent"] is None else (str(found["parent"][0]), _whole(found["parent"][1])),
                notes=tuple(map(str, found["notes"])),
                held_out=tuple(map(_whole, found.get("held_out", []))),
            )
        )
    except UserError as error:
        raise UserError(f"{path.name} is a damaged state of a refinement. {error}") from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise UserError(f"{path.name} is a damaged state of a refinement ({type(error).__name__}: {error}).") from error


def _whole(found: Any) -> int:
    if isinstance(found, bool) or not isinstance(found, int):
        raise ValueError(f"{str(found)[:80]!r} is no whole number")
    return found


def _round_from_json(found: Mapping[str, Any]) -> Round:
    said = found["feedback"]
    return Round(
        number=_whole(found["number"]),
        weights=tuple(map(float, found["weights"])),
        rows=tuple(map(_whole, found["rows"])),
        ids=tuple(found["ids"]),
        feedback=None
        if said is None
        else Scored(
            str(said["name"]),
            str(said["sha256"]),
            str(said["kind"]),
            {_whole(row): float(gap) for row, gap in said["gaps"]},
            str(said.get("by", "")),
            _how(said.get("how", {})),
        ),
    )


def _how(found: Mapping[str, Any]) -> dict[str, Any]:
    notes = found.get("notes", [])
    if not isinstance(notes, list) or not all(isinstance(each, str) for each in notes):
        raise ValueError("its notes are no sentences")
    return dict(found)
