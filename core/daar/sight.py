"""How rows and pairs are seen: by a language model's embedding layer and its states, or by the study's vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..lm import LanguageModel, mean_states
from ..progress import Progress, silent
from ..study import Study
from ..template import Template
from .domains import Pair

Vectors = NDArray[np.float32]
Indices = NDArray[np.int64]


class Sight(Protocol):
    """What domains are told apart by (`rows`, `pairs`), what the probe sees (`features`), and how long a row is."""

    @property
    def unit(self) -> str: ...  # of lengths
    def pairs(self, pairs: Sequence[Pair]) -> Vectors: ...
    def rows(self, rows: Indices, progress: Progress = silent) -> Vectors: ...
    def features(self, rows: Indices, progress: Progress = silent) -> Vectors: ...
    def lengths(self, rows: Indices) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class States:
    """By a language model: means of its embedding layer, and of its states after `layer` blocks."""

    study: Study
    model: LanguageModel
    layer: int
    unit: str = "tokens"

    def pairs(self, pairs: Sequence[Pair]) -> Vectors:
        return self._seen([text_of(pair, self.study.template) for pair in pairs], 0)

    def rows(self, rows: Indices, progress: Progress = silent) -> Vectors:
        return self._seen(self._texts(rows), 0, progress)

    def features(self, rows: Indices, progress: Progress = silent) -> Vectors:
        return self._seen(self._texts(rows), self.layer, progress)

    def _seen(self, texts: Sequence[str], layer: int, progress: Progress = silent) -> Vectors:
        return mean_states(texts, self.model, layer, store=self.study.store, progress=progress)

    def lengths(self, rows: Indices) -> NDArray[np.float64]:
        return np.array([len(self.model.text_tokens(text)) for text in self._texts(rows)], dtype=np.float64)

    def _texts(self, rows: Indices) -> list[str]:
        texts = self.study.texts
        assert texts is not None
        return [texts[row] for row in rows]


@dataclass(frozen=True)
class Vectored:
    """By the study's own vectors, in both places."""

    study: Study
    unit: str = "characters"

    def pairs(self, pairs: Sequence[Pair]) -> Vectors:
        from ..encoders import load_encoder

        name = self.study.embeddings.encoder_name
        if not name:
            raise UserError(
                f"{self.study.name} has vectors of its own, and examples would have to be embedded as its rows were. "
                "Embed it on the Data page, or name a label column."
            )
        encoder = load_encoder(name)
        return encoder.encode([text_of(pair, self.study.template) for pair in pairs])

    def rows(self, rows: Indices, progress: Progress = silent) -> Vectors:  # noqa: ARG002 - nothing takes time
        return np.asarray(self.study.embeddings.vectors[rows], dtype=np.float32)

    def features(self, rows: Indices, progress: Progress = silent) -> Vectors:
        return self.rows(rows, progress)

    def lengths(self, rows: Indices) -> NDArray[np.float64]:
        return self.study.lengths()[rows].astype(np.float64)


def text_of(pair: Pair, template: Template | None) -> str:
    """A pair as the rows of the study are written: its prompt, its response, or one below the other."""
    prompt, response = pair
    kind = template.kind if template else "both"
    if kind == "prompt" and prompt.strip():
        return prompt
    if kind == "response" and response.strip():
        return response
    return "\n".join(text for text in pair if text.strip())
