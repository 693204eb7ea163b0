"""A static model made from an encoder on the spot: hundreds of times as fast, and how far it agrees with the encoder.

    found = distill(texts, Store())
    print("\\n".join(found.agreement.says()))
    load_encoder(str(found.folder))

A vector is found for every token by `model2vec` (the encoder reads each alone). Then a linear map, by ridge regression
on the encoder's own vectors of a seeded sample of these texts, moves the mean of a text's tokens to where the encoder
puts the text; this second step is ours. On other rows, which had no part in that, it is measured how far the two agree.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .digest import digest
from .embeddings import embed
from .encoders import load_encoder
from .errors import UserError
from .models import Model, locate
from .progress import Progress, part, silent
from .quiet import quiet
from .static_agreement import Agreement, agreement
from .static_encoder import StaticEncoder, is_static
from .store import Store, read_json, write_json

VERSION = 1  # of the recipe; a change that changes vectors raises it
LEAST = 1000  # different texts, below which a static model saves nothing
SAMPLE, HELD_OUT = 5000, 2000
_RIDGE = 1e-3  # of the mean square of a feature
_ALIKE = 1e-10  # of the mean square of a text's vector
_POOLINGS = {"mean": "mean", "cls": "first", "lasttoken": "last"}  # in the words of model2vec


@dataclass(frozen=True)
class Distilled:
    """A static model in a folder that `load_encoder` takes, and how far it agrees with what it was made from."""

    folder: Path
    encoder: str  # that it was made from, as a person reads it
    learnt_from: int  # texts
    agreement: Agreement


def distill(
    texts: Sequence[str],
    store: Store,
    encoder: str = "default",
    *,
    sample: int = SAMPLE,
    held_out: int = HELD_OUT,
    seed: int = 0,
    progress: Progress = silent,
) -> Distilled:
    """A static model of that encoder, fitted on `sample` of the texts and held against it on `held_out` others.

    Of fewer texts than both together a quarter is held out. What was made before is found again.

    Raises:
        UserError: fewer than 1,000 different texts, numbers below what can be fitted or compared, an encoder that is
            static already or is no transformer.
    """
    if sample < 200 or held_out < 200:
        raise UserError("A static model is fitted on 200 texts or more, and held against the encoder on as many.")
    base = locate(encoder)
    if is_static(base.folder):
        raise UserError(f"{base.title} is a static model already: it is as fast as one that is made from it.")
    different = [text for text in dict.fromkeys(texts) if text.strip()]
    if len(different) < LEAST:
        raise UserError(
            f"There are {len(different):,} different texts; a static model wants {LEAST:,}. "
            f"So few are embedded by {base.title} itself sooner than one is made."
        )
    held_out = min(held_out, len(different) // 4)
    drawn = np.random.default_rng(seed).permutation(len(different))[: sample + held_out].tolist()
    chosen = [different[place] for place in drawn]
    key = digest("distilled", VERSION, base.key, chosen, held_out)
    folder = store.folder("models", key)
    if not folder.is_dir():
        _make(chosen, held_out, base, store, key, progress)
    told = read_json(folder / "distilled.json")
    return Distilled(folder / _name(base), base.title, len(chosen) - held_out, Agreement.from_json(told["agreement"]))


def _name(base: Model) -> str:
    return f"static-{Path(base.title.partition('@')[0]).name}"


def _make(chosen: Sequence[str], held_out: int, base: Model, store: Store, key: str, progress: Progress) -> None:
    progress(0.0, "Loading the encoder")
    loaded = load_encoder(base.source)
    theirs = embed(chosen, loaded, store.home / "embeddings", progress=part(progress, 0.01, 0.7)).vectors
    tokenizer, tokens = _token_vectors(base, part(progress, 0.7, 0.9))
    with store.draft("models", key) as folder:
        made = Model(folder / _name(base), _name(base), base.source, key)
        means = StaticEncoder(made, tokenizer, tokens, unit=False).encode(chosen[held_out:])
        moved = _moved(tokens, means, theirs[held_out:])
        mine = StaticEncoder(made, tokenizer, moved, unit=True)
        found = agreement(chosen[:held_out], mine, loaded, theirs[:held_out], progress=part(progress, 0.9, 1))
        _save(tokenizer, moved, made.folder)
        write_json(folder / "distilled.json", {"encoder": base.source, "agreement": found.as_json()})


def _token_vectors(base: Model, progress: Progress) -> tuple[Any, NDArray[np.float32]]:
    """The tokenizer without its special tokens, and what the encoder makes of each token alone, (tokens, d)."""
    with quiet():
        from model2vec.distill import distill_from_model
        from sentence_transformers import SentenceTransformer

        whole: Any = SentenceTransformer(str(base.folder), device="cpu", local_files_only=True)  # another than the one
        first, pooling = whole[0], getattr(whole[1] if len(whole) > 1 else None, "pooling_mode", "mean")
        if not hasattr(first, "auto_model") or pooling not in _POOLINGS:
            raise UserError(f"{base.title} is no transformer whose tokens can be read one by one. Use it as it is.")
        tokens = int(first.auto_model.get_input_embeddings().num_embeddings)
        read = 0

        def report(_: Any, __: Any, inputs: dict[str, Any]) -> None:
            nonlocal read
            progress(min(1.0, read / tokens), f"Read {read:,} of about {tokens:,} tokens one by one")
            read += len(inputs["input_ids"])

        first.auto_model.register_forward_pre_hook(report, with_kwargs=True)
        with contextlib.redirect_stderr(io.StringIO()):  # its bar is not for the user
            made = distill_from_model(
                first.auto_model, first.tokenizer, device="cpu", pca_dims=None, sif_coefficient=None,
                quantize_to="float32", pooling=_POOLINGS[pooling],
            )  # fmt: skip
    return made.tokenizer, np.ascontiguousarray(made.embedding, dtype=np.float32)


def _moved(tokens: NDArray[np.float32], means: NDArray[np.float32], theirs: NDArray[np.float32]) -> NDArray[np.float32]:
    """The token vectors after the linear map that brings the mean of a text's tokens near to what the encoder says.

    A constant that is added to every token is added to every mean, so that the map may move the middle too.
    """
    here, there = means.mean(axis=0, dtype=np.float64), theirs.mean(axis=0, dtype=np.float64)
    left = means - here
    squares = left.T @ left
    if np.trace(squares) <= _ALIKE * float(here @ here) * len(means):  # what is left is rounding
        raise UserError(
            "To this encoder the texts are all the same, word by word: it knows none of their words. Use an encoder of "
            "their language."
        )
    ridge = _RIDGE * np.trace(squares) / len(squares) * np.eye(len(squares))
    by = np.linalg.solve(squares + ridge, left.T @ (theirs - there))
    return np.asarray((tokens - here) @ by + there, dtype=np.float32)


def _save(tokenizer: Any, vectors: NDArray[np.float32], folder: Path) -> None:
    with quiet():
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

        model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, vectors), Normalize()], device="cpu")
        model.save(str(folder), create_model_card=False)
