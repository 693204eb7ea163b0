"""The arrays and texts that the golden values were computed on, made again from seeds.

Bit-identical on every machine: the only random source is `Generator.random()`, everything else is element-wise
float64 arithmetic in a fixed order (no BLAS, no exp, no pairwise sums), and one cast to float32 at the end.
`inputs.json` has the SHA-256 of each; tests/test_golden_inputs.py compares.
"""

import hashlib
import json
from functools import cache
from typing import Any

import numpy as np

from tests.golden.phrases import CHINESE, CODE, ENGLISH, Language

SEED = 20250117


class Draws:
    """One stream of uniform numbers, and what is made of it."""

    def __init__(self, *seed: int) -> None:
        self._rng = np.random.default_rng(seed if len(seed) > 1 else seed[0])

    def uniform(self, *shape: int) -> Any:
        return self._rng.random(shape or None)

    def bell(self, *shape: int) -> np.ndarray:
        """Nearly normal: twelve uniforms less six."""
        total = np.zeros(shape)
        for _ in range(12):
            total += self._rng.random(shape)
        return total - 6.0

    def order(self, n: int) -> np.ndarray:
        return np.argsort(self.uniform(n), kind="stable")

    def one_of(self, options: Any) -> Any:
        return options[int(self.uniform() * len(options))]

    def whole(self, low: int, high: int) -> int:
        return low + int(self.uniform() * (high - low + 1))


def on_sphere(rows: np.ndarray) -> np.ndarray:
    squares = np.zeros(len(rows))
    for column in rows.T:
        squares += column * column
    return rows / np.sqrt(squares)[:, None]


def shares(weights: list[float], n: int) -> list[int]:
    total = 0.0
    for weight in weights:
        total += weight
    counts = [int(n * weight / total) for weight in weights]
    counts[0] += n - sum(counts)
    return counts


def clumps(draws: Draws, centres: np.ndarray, spreads: np.ndarray, counts: list[int]) -> np.ndarray:
    """Rows around each centre in turn."""
    groups = [
        on_sphere(centre + spread * draws.bell(count, len(centre)))
        for centre, spread, count in zip(centres, spreads, counts, strict=True)
        if count
    ]
    return np.concatenate(groups)


@cache
def arrays() -> dict[str, np.ndarray]:
    """A, B, C, D, P (float32), P_rows_of_A, label_A..D (int64) and score_A..D (float64)."""
    draws = Draws(SEED)
    zipf = [1.0 / (rank + 2) for rank in range(20)]
    centres, spreads = on_sphere(draws.bell(20, 64)), 0.02 + 0.10 * draws.uniform(20)
    counts = shares(zipf, 950)
    clumped = clumps(draws, centres, spreads, counts)
    rows = np.concatenate([clumped, on_sphere(draws.bell(50, 64))])
    order = draws.order(1000)
    A = rows[order].astype(np.float32)
    label_A = np.repeat(np.arange(21), [*counts, 50])[order].astype(np.int64)
    B = on_sphere(draws.bell(600, 32)).astype(np.float32)
    order = draws.order(1000)
    originals = order[200 + (draws.uniform(200) * 800).astype(np.int64)]
    C, label_C = A.copy(), label_A.copy()
    C[order[:200]], label_C[order[:200]] = A[originals], label_A[originals]
    D = (3.0 * (draws.bell(400, 16) + 0.5 * draws.bell(1, 16))).astype(np.float32)
    more = clumps(draws, centres, spreads, shares(zipf[::-1], 1500))
    others = on_sphere(draws.bell(5, 64))
    new = clumps(draws, others, 0.03 + 0.05 * draws.uniform(5), shares([1.0] * 5, 300))
    P = np.concatenate([A, *(part.astype(np.float32) for part in (more, new, on_sphere(draws.bell(200, 64))))])
    order = draws.order(3000)
    labels = {"A": label_A, "B": np.argmax(B[:, :8], axis=1), "C": label_C, "D": np.argmax(D[:, :6], axis=1)}
    found = {"A": A, "B": B, "C": C, "D": D, "P": P[order]}
    found["P_rows_of_A"] = np.argsort(order, kind="stable")[:1000]
    found |= {f"label_{name}": label for name, label in labels.items()}
    found |= {f"score_{name}": draws.uniform(len(found[name])) for name in "ABCD"}
    for array in found.values():
        array.flags.writeable = False
    return found


def array(name: str) -> np.ndarray:
    """The array of that name, read-only; `X[:40]` is its first 40 rows, `X[40:]` the others."""
    base, _, piece = name.rstrip("]").partition("[")
    start, _, stop = piece.partition(":")
    return arrays()[base][slice(int(start or 0), int(stop) if stop else None)]


@cache
def texts(name: str) -> tuple[str, ...]:
    """The 300 texts of `text_en`, `text_code` or `text_zh`; one in twenty is an exact copy of an earlier one."""
    languages = {"text_en": ENGLISH, "text_code": CODE, "text_zh": CHINESE}
    draws = Draws(SEED, 77, list(languages).index(name))
    found = [_sentence(languages[name], draws) for _ in range(300)]
    for i in range(9, 300, 20):
        found[i] = found[int(draws.uniform() * i)]
    return tuple(found)


def digest(value: np.ndarray | tuple[str, ...]) -> str:
    """SHA-256 of an array (type, shape, bytes) or of texts as JSON lines."""
    if isinstance(value, np.ndarray):
        content = f"{value.dtype.str}{value.shape}".encode() + np.ascontiguousarray(value).tobytes()
    else:
        lines = [json.dumps({"id": i, "text": text}, ensure_ascii=False) + "\n" for i, text in enumerate(value)]
        content = "".join(lines).encode()
    return hashlib.sha256(content).hexdigest()


def _sentence(language: Language, draws: Draws) -> str:
    """One text: the language's fixed slots first, then a template whose slots are drawn from left to right."""
    known: dict[str, str] = {}
    for name, kind in language.fixed.items():
        known[name] = _draw(kind, language, draws)
        known[name.upper()] = known[name].capitalize()
    text, rest = "", draws.one_of(language.templates)
    while "«" in rest:
        before, _, rest = rest.partition("«")
        slot, _, rest = rest.partition("»")
        name, assigned, kind = slot.partition("=")
        if assigned:
            known[name] = _draw(kind, language, draws)
            text += before
        else:
            text += before + (known[name] if name in known else _draw(name, language, draws))
    return text + rest


def _draw(kind: str, language: Language, draws: Draws) -> str:
    """`3-90` is a number, any other kind a word of that list, capitalised where the kind is."""
    low, dash, high = kind.partition("-")
    if dash:
        return str(draws.whole(int(low), int(high)))
    word: str = draws.one_of(language.words[kind.lower()])
    if kind == "limit":
        word = word.replace("{n}", str(draws.whole(2, 120)))  # drawn for every limit, also for one without a number
    return word.capitalize() if kind[0].isupper() else word
