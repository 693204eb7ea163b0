"""The rows of a dataset with scores by a language model as further columns, for page, command line and Python."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np

from .dataset import Dataset
from .errors import UserError
from .export import added_columns, export_rows
from .lm import PROXY, SCORES, AnswerScores, Score, examples_of, load_language_model, score_answers, train_proxy
from .progress import Progress, part, silent
from .rank_correlation import GOES_WITH_LENGTH, rank_correlation
from .store import Store

KINDS = ("jsonl", "csv", "parquet")
_PACKED = re.compile(r"\.(gz|bgz|bz2|xz|zst|zip)$", re.IGNORECASE)
_TABLES = ("parquet", "arrow")
_FEWEST = 10  # rows from which on a correlation is spoken of
_LONGEST = 100  # characters of a name


@dataclass(frozen=True)
class Scoring:
    """Which scores are wanted, by which model.

    Args:
        model: a folder or hub name, or "proxy".
        most: tokens of an answer that the model gives itself, for `generation_gap`.
        seed: of the proxy.
        device: "cpu", "cuda", "mps"; None for the fastest.

    Raises:
        UserError: no score or an unknown one, fewer than one token.
    """

    model: str = PROXY
    scores: tuple[str, ...] = ("log_perplexity", "ifd")
    most: int = 128
    seed: int = 0
    device: str | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in self.scores if name not in SCORES]
        if unknown or not self.scores:
            raise UserError(f"There is no score {unknown[0] if unknown else ''!r}. The scores: {', '.join(SCORES)}.")
        if self.most < 1:
            raise UserError(f"The most tokens of an answer are {self.most}, and must be at least 1.")

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "scores": list(self.scores)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Scoring":
        return cls(**{**found, "scores": tuple(found["scores"])})


@dataclass(frozen=True)
class ScoredRows:
    """A dataset, the scores of all its rows, and what they were found by."""

    dataset: Dataset
    how: Scoring
    found: AnswerScores
    model: str  # as people call it
    model_key: str
    device: str

    @cached_property
    def columns(self) -> dict[str, str]:
        """What the column of each score is called; an underscore is added where the dataset has that column already."""
        return added_columns(self.dataset, self.how.scores)

    @cached_property
    def with_length(self) -> dict[str, float | None]:
        """The rank correlation of each score with the tokens of the answer that are scored; None for a few rows."""
        scores = {name: self.found.of(cast(Score, name)) for name in self.how.scores}
        few = {name for name, values in scores.items() if np.isfinite(values).sum() < _FEWEST}
        return {
            name: None if name in few else rank_correlation(values, self.found.counted)
            for name, values in scores.items()
        }

    def notes(self) -> list[str]:
        """What was cut or could not be scored, which columns have another name, and which score is the length."""
        notes = self.found.notes()
        if "ifd" in self.how.scores and (harmed := int((self.found.of("ifd") > 1).sum())):
            notes.append(
                f"{harmed:,} of {len(self.dataset):,} rows have an IFD above 1: what was said before does harm there, "
                "and such rows are usually dropped."
            )
        for name, column in self.columns.items():
            if column != f"gamut_{name}":
                notes.append(f"The dataset has a column gamut_{name} already, so the new one is called {column}.")
            rho = self.with_length[name]
            if rho is not None and abs(rho) >= GOES_WITH_LENGTH:
                notes.append(
                    f"Mind: {column} goes with the length of the answer (rank correlation {rho:.2f}): a high one is "
                    f"mostly a {'long' if rho > 0 else 'short'} answer."
                )
        return notes

    def write(self, path: Path, kind: str, progress: Progress = silent) -> None:
        """All rows as they came, with the scores as further columns; a row without a score has no value there."""
        extra = {name: self.found.of(cast(Score, name)).tolist() for name in self.how.scores}
        export_rows(self.dataset, np.arange(len(self.dataset)), path, format=kind, extra=extra, progress=progress)

    def as_json(self) -> dict[str, Any]:
        """What is to be known of the scores beside the rows themselves."""
        return {
            "how": self.how.as_json(),
            "model": self.model,
            "model_key": self.model_key,
            "device": self.device,
            "columns": self.columns,
            "complete": int(self.found.complete.sum()),
            "rows": len(self.dataset),
            "with_length": self.with_length,
            "notes": self.notes(),
        }


def score_rows(
    dataset: Dataset, store: Store, how: Scoring | None = None, *, progress: Progress = silent
) -> ScoredRows:
    """Score the answers of all rows of a dataset, by the roles that its columns have.

    What was scored before is found in the store, so that a cancelled run goes on. The model is freed at the end.

    Raises:
        UserError: no such model, one that cannot be loaded, too little memory, or no text to train the proxy on.
    """
    how = how or Scoring()
    examples = examples_of(dataset, range(len(dataset)))
    if how.model == PROXY:
        model = train_proxy(examples, store, seed=how.seed, device=how.device, progress=part(progress, 0, 0.5))
    else:
        progress(0, "Loading the model")
        model = load_language_model(how.model, device=how.device)
    start = 0.5 if how.model == PROXY else 0.05
    try:
        found = score_answers(
            examples,
            model,
            scores=[cast(Score, name) for name in how.scores],
            most=how.most,
            store=store,
            progress=part(progress, start, 1),
        )
        return ScoredRows(dataset, how, found, model.name, model.key, model.device)
    finally:
        model.close()


def scored_kind(dataset: Dataset) -> str:
    """The format in which every column of those rows comes back as it was: their own, or JSON lines."""
    return "parquet" if all(source.format in _TABLES for source in dataset.sources) else "jsonl"


def scored_name(dataset: Dataset) -> str:
    """What the file of the scored rows is called, after the first file that they came from.

    `pool.jsonl.gz` becomes `pool_scored.jsonl`.
    """
    first = dataset.sources[0].name.partition(": ")[0] if dataset.sources else dataset.name
    stem = Path(_PACKED.sub("", first.replace("\\", "/").replace("\x00", ""))).stem.lstrip(".-")[:_LONGEST]
    return f"{stem or 'rows'}_scored.{scored_kind(dataset)}"
