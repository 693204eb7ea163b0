"""Speed of embedding beside `SentenceTransformer.encode` with its defaults: one run, interleaved, best of the rounds.

    .venv/bin/python benchmarks/embedding.py DATA.jsonl.gz [--texts 2000] [--rounds 2]

Prints one table; every row is a way to embed the same seeded sample, with its speed as a ratio to the defaults and the
least cosine between its vectors and theirs.
"""

import argparse
import gzip
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # started as a file: the checkout is the package

from core.embeddings import embed
from core.encoders import Encoder, SentenceEncoder, load_encoder
from core.models import locate

PARTS = ("instruction", "input", "output")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="JSON lines with instruction, input and output; .gz or plain")
    parser.add_argument("--texts", type=int, default=2000, help="size of the seeded sample (default 2000)")
    parser.add_argument("--rounds", type=int, default=2, help="each way is timed so often, in turn (default 2)")
    options = parser.parse_args()
    texts = sample(options.data, options.texts)

    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    encoder = load_encoder("default", device="cpu")
    plain = SentenceTransformer(str(locate("default").folder), device="cpu")
    tokens = int(np.minimum(encoder.token_counts(texts), encoder.max_tokens or np.inf).sum())
    print(f"{len(texts):,} texts, {tokens:,} tokens, {torch.get_num_threads()} threads, best of {options.rounds}\n")
    ways: dict[str, Callable[[], np.ndarray]] = {
        "SentenceTransformer.encode": lambda: plain.encode(texts, show_progress_bar=False),
        "Encoder.encode": lambda: encoder.encode(texts),
        "embed (with files)": lambda: embedded(texts, encoder),
    }
    for batch in (512, 2048):
        ways[f"Encoder.encode, batches of {batch:,}"] = lambda batch=batch: with_batches(texts, encoder, batch)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, np.ndarray] = {}
    for warm in (plain, encoder):
        warm.encode(texts[:32])
    for _ in range(options.rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            found[name] = way()
            seconds[name].append(time.perf_counter() - start)
    first = next(iter(ways))
    print(f"{'':34}{'texts/s':>9}{'tokens/s':>10}{'ratio':>7}{'least cosine':>15}")
    for name in ways:
        best = min(seconds[name])
        cosine = cosines(found[first], found[name]).min()
        print(
            f"{name:34}{len(texts) / best:9.0f}{tokens / best:10,.0f}{min(seconds[first]) / best:6.2f}x{cosine:15.7f}"
        )


def sample(path: Path, count: int) -> list[str]:
    """A seeded sample of the rows, as texts."""
    content = path.read_bytes()
    lines = (gzip.decompress(content) if path.suffix == ".gz" else content).decode().split("\n")
    rows = [json.loads(line) for line in lines if line]
    chosen = np.random.default_rng(0).permutation(len(rows))[:count]
    texts = ("\n".join(rows[i][name] for name in PARTS if rows[i].get(name)) for i in chosen)
    return [text for text in texts if text.strip()]


def embedded(texts: list[str], encoder: Encoder) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        return np.array(embed(texts, encoder, Path(folder)).vectors)


def with_batches(texts: list[str], encoder: SentenceEncoder, tokens: int) -> np.ndarray:
    before, encoder.batch_tokens = encoder.batch_tokens, tokens
    try:
        return encoder.encode(texts)
    finally:
        encoder.batch_tokens = before


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The cosine of each pair of rows, in float64."""
    left, right = left.astype(np.float64), right.astype(np.float64)
    return (left * right).sum(1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)


if __name__ == "__main__":
    main()
