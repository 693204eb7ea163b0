"""Pairs of every domain that a model writes, each unlike the ones before it (METHODS 5.3, step 1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..progress import Progress
from .domains import Domain, Pair


class Writes(Protocol):
    """What writes questions and answers."""

    def questions(self, asked: Sequence[tuple[Domain, Sequence[str]]], seed: int) -> list[str]: ...
    def answers(self, questions: Sequence[str], seed: int) -> list[str]: ...


See = Callable[[Sequence[Pair]], NDArray[np.floating]]  # pairs -> their vectors, (n, d)


@dataclass(frozen=True)
class Written:
    """The pairs of a domain that were kept, their vectors (pairs, d), and what became of the others."""

    pairs: tuple[Pair, ...]
    vectors: NDArray[np.float64]
    tried: int
    blank: int  # attempts in which the question or the answer was empty
    alike: int  # attempts that came too near to one that was kept


@dataclass
class _Growing:
    domain: Domain
    pairs: list[Pair] = field(default_factory=list)
    vectors: list[NDArray[np.float64]] = field(default_factory=list)
    tried: int = 0
    blank: int = 0
    alike: int = 0

    def take(self, pair: Pair, vector: NDArray[np.float64] | None, *, checked: bool) -> None:
        """Keep a pair, unless it is blank, a copy, or (checked) its cosine to one that is kept is at tau or above."""
        self.tried += 1
        if vector is None:
            self.blank += 1
        elif pair in self.pairs or (checked and self.pairs and self._nearest(vector) >= self.domain.threshold):
            self.alike += 1
        else:
            self.pairs.append(pair)
            self.vectors.append(vector)

    def _nearest(self, vector: NDArray[np.float64]) -> float:
        return max(_cosine(vector, each) for each in self.vectors)


def write_pairs(
    domains: Sequence[Domain],
    writer: Writes,
    see: See,
    *,
    seeds: int,
    pairs: int,
    window: int,
    tries: int,
    seed: int,
    progress: Progress,
) -> list[Written]:
    """Pairs of each domain: `seeds` as the model gives them, then one by one, unlike the last `window` that were kept.

    One is kept where its highest cosine to those that are kept is below the domain's tau. A domain ends at `pairs`
    pairs, or after `tries` attempts for each that was wanted. All domains write at the same time.
    """
    growing = [_Growing(domain) for domain in domains]
    step = 0
    while open_ := [each for each in growing if len(each.pairs) < pairs and each.tried < tries * pairs]:
        have, wanted = sum(len(each.pairs) for each in growing), pairs * len(growing)
        spent = sum(each.tried for each in growing) / (tries * wanted)
        progress(max(have / wanted, spent), f"Wrote {have:,} of {wanted:,} pairs")
        alone = [len(each.pairs) < min(seeds, pairs) for each in open_]
        asked = [
            (each.domain, [] if first else [question for question, _ in each.pairs[max(0, len(each.pairs) - window) :]])
            for each, first in zip(open_, alone, strict=True)
        ]
        questions = writer.questions(asked, _seed(seed, step, 0))
        there = [number for number, question in enumerate(questions) if question]
        answers = dict(zip(there, writer.answers([questions[n] for n in there], _seed(seed, step, 1)), strict=True))
        found = [n for n in there if answers[n]]
        vectors = dict(zip(found, see([(questions[n], answers[n]) for n in found]) if found else (), strict=True))
        for number, (each, first) in enumerate(zip(open_, alone, strict=True)):
            vector = np.asarray(vectors[number], dtype=np.float64) if number in vectors else None
            each.take((questions[number], answers.get(number, "")), vector, checked=not first)
        step += 1
    return [Written(tuple(each.pairs), np.array(each.vectors), each.tried, each.blank, each.alike) for each in growing]


def _seed(seed: int, step: int, turn: int) -> int:
    return int(np.random.default_rng((seed, step, turn)).integers(1 << 62))


def _cosine(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    size = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / size if size else 0.0
