"""What a contamination check found: for each row the evaluation rows that it meets, and how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import UserError
from ..results import Packed

KINDS = {
    "exact": "same text",
    "ngram": "shared n-grams",
    "near": "near embedding",
}
BLIND = {
    "exact": "The same text: case, white space and punctuation aside, every word must be the same, in the same order. "
    "It does not see a text that was changed in one word, translated, or put into a longer one; and where only "
    "punctuation tells texts apart (2+3 and 2-3), they count as the same.",
    "ngram": "Shared n-grams: runs of words in the same order. They do not see paraphrases, translations, or copies "
    "in which no run of that length was left whole. A text of fewer words is held against whole texts alone, so a "
    "short question inside a longer text is not seen. A common phrase of that length meets without any copying. Of "
    "scripts without spaces each character counts as a word.",
    "near": "Near embeddings: what the encoder takes for alike. It reads only the beginning of long texts, may not "
    "know the language, and tells numbers and names apart badly: a task with other numbers may be as near as a copy. "
    "It cannot say that a row is a copy, only that it is worth reading.",
}


@dataclass(frozen=True)
class How:
    """What counts as meeting an evaluation row."""

    words: int = 13  # of an n-gram
    share: float = 0.0  # of the n-grams of one of the two rows that must be shared; 0: one n-gram is enough
    similarity: float | None = 0.95  # least cosine of the embeddings; None: they are not compared

    def __post_init__(self) -> None:
        if not 2 <= self.words <= 100:
            raise UserError(f"An n-gram of {self.words:,} words: take 2 to 100 words.")
        if not 0 <= self.share <= 1:
            raise UserError(f"A share of {self.share:g}: give one from 0 to 1.")
        if self.similarity is not None and not 0 < self.similarity <= 1:
            raise UserError(f"A cosine of {self.similarity:g}: give one above 0 and up to 1.")

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Evaluation:
    """One evaluation dataset: its name, its rows, and the files that they came from."""

    name: str
    rows: int
    sources: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Contamination:
    """For each of n rows the evaluation row that it meets in each way; evaluation rows count through all datasets."""

    how: How
    evaluations: tuple[Evaluation, ...]
    exact: NDArray[np.int64] = field(repr=False)  # (n,) -1 for none, as in the others
    whole: NDArray[np.bool_] = field(repr=False)  # (n,) whether it is the whole text that is the same, or the prompt
    gram: NDArray[np.int64] = field(repr=False)
    gram_share: NDArray[np.float64] = field(repr=False)  # of the row's n-grams
    gram_share_of: NDArray[np.float64] = field(repr=False)  # of the evaluation row's n-grams
    near: NDArray[np.int64] = field(repr=False)  # the nearest one, whatever its cosine
    cosine: NDArray[np.float64] = field(repr=False)
    skipped: Mapping[str, str] = field(default_factory=dict)  # ways that could not be looked at, and why

    def __len__(self) -> int:
        return len(self.exact)

    def met(self, kind: str | None = None) -> NDArray[np.bool_]:
        """Which rows meet an evaluation row in that way; in any, without one."""
        match kind:
            case None:
                return self.met("exact") | self.met("ngram") | self.met("near")
            case "exact":
                return self.exact >= 0
            case "ngram":
                return (self.gram >= 0) & (np.maximum(self.gram_share, self.gram_share_of) >= self.how.share)
            case "near":
                least = 2.0 if self.how.similarity is None else self.how.similarity
                return (self.near >= 0) & (self.cosine >= least)
            case _:
                raise UserError(f"There is no kind of meeting {kind!r}. The kinds: {', '.join(KINDS)}.")

    def of(self, rows: ArrayLike) -> "Contamination":
        """The same of those rows alone, in that order."""
        names = ("exact", "whole", "gram", "gram_share", "gram_share_of", "near", "cosine")
        return replace(self, **{name: getattr(self, name)[np.asarray(rows, dtype=np.int64)] for name in names})

    def counts(self) -> dict[str, int | None]:
        """How many rows meet an evaluation row in each way, and in any; None for a way that was not looked at."""
        found: dict[str, int | None] = {kind: int(self.met(kind).sum()) for kind in KINDS}
        found |= dict.fromkeys(self.skipped)
        return found | {"any": int(self.met().sum())}

    def place(self, number: int) -> tuple[int, int]:
        """The evaluation dataset, and the row in it, from 0."""
        for place, evaluation in enumerate(self.evaluations):
            if number < evaluation.rows:
                return place, int(number)
            number -= evaluation.rows
        raise IndexError(number)

    def sentences(self, what: str = "rows") -> list[str]:
        """What was found, in words, with n."""
        names = " and ".join(each.name for each in self.evaluations)
        counts = self.counts()
        told = ", ".join(f"{counts[kind]:,} {_by(kind, self.how)}" for kind in KINDS if kind not in self.skipped)
        first = f"{counts['any']:,} of {len(self):,} {what} meet a row of {names}: {told} (a row may in several ways)."
        return [first, *(f"Not compared by {KINDS[kind]}: {why}" for kind, why in self.skipped.items())]


def _by(kind: str, how: How) -> str:
    match kind:
        case "exact":
            return "by the same text or prompt"
        case "ngram":
            least = f" (at least {how.share:.0%} of them)" if how.share else ""
            return f"by shared {how.words}-grams{least}"
        case _:
            return f"by a cosine of at least {how.similarity:g}"


def pack(found: Contamination) -> Packed:
    """A check as the store keeps it."""
    arrays = {name: value for name, value in vars(found).items() if isinstance(value, np.ndarray)}
    evaluations = [vars(each) | {"sources": [dict(source) for source in each.sources]} for each in found.evaluations]
    return {"how": found.how.as_json(), "evaluations": evaluations, "skipped": dict(found.skipped)}, arrays


def unpack(meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Contamination:
    """What was packed so."""
    evaluations = tuple(_evaluation(each) for each in meta["evaluations"])
    return Contamination(How(**meta["how"]), evaluations, **arrays, skipped=meta["skipped"])


def _evaluation(found: Mapping[str, Any]) -> Evaluation:
    sources: Sequence[Mapping[str, Any]] = found["sources"]
    return Evaluation(found["name"], found["rows"], tuple(sources))
