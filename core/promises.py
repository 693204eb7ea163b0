"""What metrics promise, in words: one table for the pages, the docs and whoever else asks."""

from dataclasses import dataclass

from .metrics import Axiom, Metric


@dataclass(frozen=True)
class Promise:
    """A promise as a person reads it."""

    title: str
    words: str


PROMISES: dict[Axiom, Promise] = {
    Axiom.ORDER: Promise("Order", "The order of the rows does not matter."),
    Axiom.ROTATION: Promise("Rotation", "Turning all embeddings alike does not matter."),
    Axiom.COPY: Promise("Copy", "An exact copy of a row is no gain."),
    Axiom.REPLICATION: Promise("Replication", "The whole set twice has the same value."),
    Axiom.FAR_POINT: Promise(
        "Far point", "A new row that is farther from all than any two are from each other is a gain."
    ),
    Axiom.APART: Promise("Apart", "Rows that all move away from each other are a gain."),
}
_OF_TEXTS = (Axiom.ORDER, Axiom.COPY, Axiom.REPLICATION)  # all that a metric of texts can promise


def promised(metric: Metric, axiom: Axiom) -> bool | None:
    """Whether that metric promises it; None where it does not apply, as turning does not to a metric of texts."""
    if axiom in metric.obeys:
        return True
    return False if "space" in metric.needs or axiom in _OF_TEXTS else None


def conditions(metric: Metric) -> str:
    """Which promises of that metric do not hold at all parameters, and at which they do; "" where all do."""
    told: dict[str, list[str]] = {}
    for axiom, promise in PROMISES.items():
        if axiom in metric.only:
            told.setdefault(metric.only[axiom].words, []).append(promise.title.lower())
    return "; ".join(f"{' and '.join(titles)} {words}" for words, titles in told.items())
