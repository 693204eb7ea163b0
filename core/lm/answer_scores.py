"""Scores of answers, row by row: what each says, what they are, and which rows have none."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .chat import first_refused

Score = Literal["log_perplexity", "ifd", "generation_gap"]
SCORES: dict[Score, str] = {
    "log_perplexity": "Mean of minus the log-probability of the answer's tokens given what was said before, in nats. "
    "High: the model finds the answer hard, or it is noise.",
    "ifd": "Perplexity of the answer given what was said before, over its perplexity alone (Li et al. 2024). High: the "
    "prompt helps little; above 1 it does harm, and such rows are usually dropped.",
    "generation_gap": "Log-perplexity of the answer less that of the answer which the model gives itself. High: the "
    "answer is not what the model would say.",
}


@dataclass(frozen=True)
class AnswerScores:
    """Scores of each row, NaN where there is none, and why.

    given: mean loss of the answer's tokens given what stands before. alone: without it, NaN where nothing stands
    before. generated: that of the model's own answer. counted: tokens that are scored. truncated: the answer was cut
    where the model's context ends. no_room: what stands before fills the context alone. empty: there is no answer.
    bare: nothing stands before the answer. asked: the scores that were wanted. refused: the chat template refuses the
    turns. All but asked (n,).
    """

    given: NDArray[np.float64]
    alone: NDArray[np.float64]
    generated: NDArray[np.float64]
    counted: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    no_room: NDArray[np.bool_]
    empty: NDArray[np.bool_]
    bare: NDArray[np.bool_]
    asked: tuple[Score, ...]
    refused: NDArray[np.bool_]

    def of(self, score: Score) -> NDArray[np.float64]:
        """That score of every row, (n,), NaN where there is none."""
        match score:
            case "ifd":
                return np.asarray(np.exp(self.given - self.alone))
            case "generation_gap":
                return np.asarray(self.given - self.generated)
            case _:
                return self.given

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Which rows have all the scores that were asked for, (n,)."""
        return np.asarray(np.all([np.isfinite(self.of(score)) for score in self.asked], axis=0))

    def notes(self) -> list[str]:
        """What was cut or could not be scored, in sentences."""
        scored = np.isfinite(self.given)
        words = {
            "answers were cut where the model's context ends, and are scored so far": self.truncated,
            "rows have no score: what stands before the answer fills the model's context": self.no_room,
            "rows have no score: there is no answer": self.empty,
            "rows have no score: the answer is one token, and the tokenizer has none to stand before it": ~scored
            & ~self.no_room
            & ~self.empty
            & ~self.refused,
        }
        if self.refused.any():
            why = first_refused(np.flatnonzero(self.refused).tolist(), len(self.refused))
            words[f"rows have no score: {why}"] = self.refused
        if "ifd" in self.asked:
            words["rows have no IFD: nothing stands before the answer"] = scored & self.bare
        if "generation_gap" in self.asked:
            silent = scored & ~self.bare & np.isnan(self.generated)
            words["rows have no generation gap: nothing stands before the answer"] = scored & self.bare
            words["rows have no generation gap: the model answers nothing that can be scored"] = silent
        return [f"{int(rows.sum()):,} of {len(rows):,} {what}." for what, rows in words.items() if rows.any()]
