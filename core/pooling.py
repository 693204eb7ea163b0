"""Several studies side by side: whether their values may be compared, and their rows as one study."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .blocks import row_blocks
from .digest import digest
from .embeddings import Embeddings

if TYPE_CHECKING:
    from .study import Study


def pool(studies: Sequence["Study"], name: str) -> "Study":
    """The rows of all studies in order as one study, its own reference; with texts where all have them.

    Their embeddings must be those of one encoder (see `apart`). It has no dataset: its rows are numbered through.
    """
    from .study import Study

    first = studies[0].embeddings
    vectors = np.concatenate([study.embeddings.vectors for study in studies])
    key = digest("rows of several embeddings", [study.embeddings.key for study in studies])
    embeddings = Embeddings(vectors, key, first.encoder, first.encoder_name, first.encoder_key, name=name)
    texts: list[str] | None = []
    for study in studies:
        texts = None if texts is None or study.texts is None else [*texts, *study.texts]
    positions = np.arange(len(vectors), dtype=np.int64)
    return Study(embeddings, positions=positions, texts=texts, store=studies[0].store, name=name)


def apart(studies: Sequence["Study"]) -> str:
    """Why measures of the embeddings of these studies may not be laid side by side, "" where they may.

    Vectors of the user's own say nothing of their encoder: they are taken beside any of the same dimensions.
    """
    first = studies[0].embeddings
    for study in studies[1:]:
        other = study.embeddings
        if first.dim != other.dim:
            return (
                f"{studies[0].name} has embeddings of {first.dim} dimensions and {study.name} of {other.dim}. "
                "Embed both with the same encoder."
            )
    known = [study for study in studies if study.embeddings.encoder_name]
    for study in known[1:]:
        if study.embeddings.encoder_key != known[0].embeddings.encoder_key:
            return (
                f"{known[0].name} was embedded by {known[0].embeddings.encoder} and {study.name} by "
                f"{study.embeddings.encoder}. Embed both with the same encoder."
            )
    return ""


def warnings(studies: Sequence["Study"], *, shared: bool = True) -> list[str]:
    """What a reader has to know before laying values of these studies side by side; of `shared` rows only if asked."""
    found = []
    if reason := apart(studies):
        found.append(f"Nothing that needs embeddings is compared: {reason}")
    for i, first in enumerate(studies):
        for second in studies[i + 1 :]:
            found += _of_two(first, second, shared)
    return found


def _of_two(first: "Study", second: "Study", shared: bool) -> list[str]:
    found = []
    one, other = first.embeddings, second.embeddings
    if bool(one.encoder_name) != bool(other.encoder_name):
        own = second if one.encoder_name else first
        found.append(
            f"{own.name} has vectors of your own: whether they are of the same encoder as those of "
            f"{(first if own is second else second).name} cannot be checked."
        )
    templates = [study.template.describe() if study.template else None for study in (first, second)]
    if None not in templates and templates[0] != templates[1]:
        found.append(
            f"The texts of {first.name} are made by the template {templates[0]}, those of {second.name} by "
            f"{templates[1]}: part of any difference may be due to that."
        )
    if shared and (common := _shared_rows(first, second)):
        found.append(
            f"{common:,} of the {len(first):,} rows of {first.name} are in {second.name} too: standard errors take "
            "the two for independent samples."
        )
    return found


def _shared_rows(first: "Study", second: "Study") -> int:
    """How many rows of the first have the text (the vector, where there are no texts) of a row of the second."""
    if first.texts is not None and second.texts is not None:
        others = set(second.texts)
        return sum(text in others for text in first.texts)
    if first.embeddings.dim != second.embeddings.dim:
        return 0
    return int(np.isin(_hashes(first), _hashes(second)).sum())


def _hashes(study: "Study") -> NDArray[Any]:
    """64 bits for each vector, (n,): equal for equal ones."""
    vectors = study.embeddings.vectors
    weights = np.random.default_rng(0).integers(1, 2**63, size=vectors.shape[1], dtype=np.uint64) | np.uint64(1)
    hashes = np.empty(len(vectors), dtype=np.uint64)
    for rows in row_blocks(len(vectors), vectors.shape[1] * 8):
        words = np.ascontiguousarray(vectors[rows] + np.float32(0)).view(np.uint32)
        hashes[rows] = (words.astype(np.uint64) * weights).sum(axis=1, dtype=np.uint64)
    return hashes
