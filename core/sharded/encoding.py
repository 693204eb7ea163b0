"""An encoder whose batches are computed by the workers of an engine, each with a model of its own: the same vectors.

A worker loads the model with the first batches that it is given and keeps it. Batches are those of one machine, since
a text's last bits depend on the texts that it is padded with.
"""

import socket
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..encoders import Encoder, batches_of, load_encoder, tokens_read
from ..engines import Engine, engine_for
from ..errors import UserError
from ..progress import Progress, silent
from ..static_encoder import StaticEncoder

_MULTIPLY_ADDS = 1e8  # for a text, and more: sharing out two dozen pays
_BATCHES = 4  # of a piece


def shared_out(encoder: Encoder, texts: int) -> Encoder:
    """The encoder as the engine has it, where there is one.

    A static one stays here, since it is faster than sending texts away, and so does one on a GPU of this machine: the
    workers compute on processors.
    """
    engine = engine_for(texts * _MULTIPLY_ADDS)
    stays = engine is None or encoder.device != "cpu" or isinstance(encoder, StaticEncoder)
    return encoder if engine is None or stays else SharedEncoder(encoder, engine)


class SharedEncoder:
    """The same encoder: name, key and vectors."""

    def __init__(self, encoder: Encoder, engine: Engine) -> None:
        self._encoder, self._engine = encoder, engine
        self.name, self.source, self.key, self.dim = encoder.name, encoder.source, encoder.key, encoder.dim
        self.max_tokens, self.device, self.batch_tokens = encoder.max_tokens, encoder.device, encoder.batch_tokens

    def token_counts(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.int64]:
        """Tokens of each text, counted here."""
        return self._encoder.token_counts(texts, progress)

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float32]:
        """The vectors of the texts in their order, (n, d).

        Raises:
            UserError: a worker has not the same model.
        """
        costs = tokens_read(self.token_counts(texts), self.max_tokens)
        order = np.argsort(-costs, kind="stable")
        batches = [order[batch] for batch in batches_of(costs[order], self.batch_tokens)]
        pieces = [np.concatenate(batches[i : i + _BATCHES]) for i in range(0, len(batches), _BATCHES)]
        items = [(self.source, self.key, self.max_tokens, [texts[i] for i in rows]) for rows in pieces]
        found = np.empty((len(texts), self.dim), dtype=np.float32)
        for rows, vectors in zip(pieces, self._engine.map(_vectors, items, "embedding", progress), strict=True):
            found[rows] = vectors
        return found


def _vectors(source: str, key: str, max_tokens: int | None, texts: Sequence[str]) -> NDArray[np.float32]:
    try:
        encoder = load_encoder(source, device="cpu")
    except UserError as error:
        raise UserError(f"On the machine {socket.gethostname()} of the cluster: {error}") from error
    if encoder.key != key:
        encoder = load_encoder(source, device="cpu", max_tokens=max_tokens)
    if encoder.key != key:
        raise UserError(
            f"The machine {socket.gethostname()} of the cluster has other weights of {source!r} than this one, and its "
            "vectors would be others. Put the same model on every machine."
        )
    return encoder.encode(texts)
