"""Embeddings: one vector a text, on disk and memory-mapped, made once for the same texts and encoder.

What was embedded before a cancel or a kill is not embedded again: vectors lie in `<key>.partial/` beside a record of
how far the work is, and the folder becomes `<key>/` with one rename at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .alone import alone_in
from .digest import digest
from .encoders import Encoder
from .errors import UserError
from .kept_columns import names
from .progress import Progress, silent
from .store import read_json, write_json
from .unfinished import Unfinished

VERSION = 1  # of this step; a change that changes vectors raises it
_SAMPLE = 2000  # texts whose tokens are counted for an estimate


@dataclass(frozen=True)
class Embeddings:
    """One vector a row, (n, dim) float32, with all that is needed to know where they come from."""

    vectors: NDArray[np.float32]
    key: str
    encoder: str  # as a person reads it
    encoder_name: str  # as `load_encoder` takes it, "" where there is none to load
    encoder_key: str
    name: str = "embeddings"  # how messages call this cloud
    template: str | None = None
    truncated: int = 0  # texts longer than the encoder reads

    @property
    def n(self) -> int:
        return len(self.vectors)

    @property
    def dim(self) -> int:
        return int(self.vectors.shape[1])

    @property
    def truncated_share(self) -> float:
        return self.truncated / self.n

    @classmethod
    def load(cls, folder: Path) -> "Embeddings":
        """The embeddings that lie in that folder, memory-mapped."""
        meta = read_json(folder / "meta.json")
        return cls(vectors=np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False), **meta)

    def subset(self, rows: ArrayLike, name: str) -> "Embeddings":
        """The embeddings of the chosen rows in that order; how many of them were cut off is not known any more."""
        chosen = np.asarray(rows, dtype=np.int64)
        key = digest("rows of embeddings", self.key, chosen)
        return replace(self, vectors=np.asarray(self.vectors[chosen]), key=key, name=name)

    def save(self, folder: Path) -> None:
        """Write them into a folder that is there, for `load`."""
        np.save(folder / "vectors.npy", self.vectors, allow_pickle=False)
        self.save_meta(folder)

    def save_meta(self, folder: Path) -> None:
        """Write all but the vectors."""
        names = ("key", "encoder", "encoder_name", "encoder_key", "name", "template", "truncated")
        write_json(folder / "meta.json", {name: getattr(self, name) for name in names})


def embedding_key(texts: Sequence[str], encoder_key: str) -> str:
    """The name of the embeddings of those texts by that encoder."""
    return names(texts, "embed", VERSION, encoder_key)


def embed(
    texts: Sequence[str],
    encoder: Encoder,
    folder: Path,
    *,
    key: str | None = None,
    template: str | None = None,
    progress: Progress = silent,
) -> Embeddings:
    """One vector a text in `folder/<key>`, loaded from there when it already is.

    Identical texts are embedded once; the longest go first, in batches of about equal numbers of tokens. Called again
    after a cancel or a kill, it goes on where it stopped.

    Raises:
        UserError: no texts, an empty text, or a vector that is not finite.
    """
    key = key or embedding_key(texts, encoder.key)
    done = folder / key
    if not done.is_dir():
        _refuse_empty(texts)
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{key}.partial"
        with alone_in(partial, done, progress, "embeds the same texts") as mine:
            if mine:
                work = Unfinished(texts, encoder, partial)
                work.go_on(progress)
                Embeddings(
                    work.vectors,
                    key,
                    encoder.name,
                    encoder.source,
                    encoder.key,
                    template=template,
                    truncated=work.truncated,
                ).save_meta(partial)
                work.move_to(done)
    found = Embeddings.load(done)
    return found if template is None else replace(found, template=template)


def truncation(texts: Sequence[str], encoder: Encoder, *, sample: int = _SAMPLE) -> tuple[float, int | None]:
    """The share of texts that the encoder cuts off (of a seeded sample where there are more), and its limit."""
    if encoder.max_tokens is None or not texts:
        return 0.0, encoder.max_tokens
    if len(texts) > sample:
        chosen = np.random.default_rng(0).choice(len(texts), sample, replace=False)
        texts = [texts[i] for i in chosen]
    return float((encoder.token_counts(texts) > encoder.max_tokens).mean()), encoder.max_tokens


def memory_needed(n: int, dim: int) -> int:
    """Bytes that embedding n texts takes beside the texts themselves: model, batch, order; vectors are mapped."""
    return (900 << 20) + n * (dim * 4 + 200)


def _refuse_empty(texts: Sequence[str]) -> None:
    if len(texts) == 0:
        raise UserError("There are no texts to embed.")
    empty = [row for row, text in enumerate(texts, start=1) if not text.strip()]
    if empty:
        first = ", ".join(str(row) for row in empty[:5]) + (", …" if len(empty) > 5 else "")
        raise UserError(
            f"{len(empty):,} of {len(texts):,} texts are empty (row{'s' if len(empty) > 1 else ''} {first}). "
            "Leave these rows out, or choose a template that gives them text."
        )
