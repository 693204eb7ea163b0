"""What becomes of a comparison's verdicts under variants of it: which stand, which fade, which turn round."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .compared import Comparison, unpack_comparison
from .metrics import METRICS
from .results import Packed

Standing = Literal["stands", "fades", "turns round", "missing", "other rows"]

_WORST: tuple[Standing, ...] = ("turns round", "fades", "missing", "other rows", "stands")
_SAYS: dict[Standing, str] = {
    "fades": "can no longer be told under some",
    "turns round": "turn round under some",
    "missing": "missing under some",
    "other rows": "cannot be checked under some, whose rows do not show it as they are",
}


@dataclass(frozen=True)
class Robustness:
    """One comparison, and the same under each variant.

    A variant that leaves rows without a text is held against the base over the rows that have a text under both: fewer
    rows alone make differences fade.
    """

    base: Comparison
    variants: tuple[str, ...]  # their titles
    comparisons: tuple[Comparison | None, ...]  # None where a variant cannot be had
    refused: tuple[str, ...]  # why not, "" where it can
    bases: tuple[Comparison | None, ...]  # over the rows that a variant has; None where these are all, or it is refused

    def standing(self, metric: str, first: int, second: int, variant: int) -> Standing | None:
        """What becomes of that verdict; None where there is none, or where the two cannot be told apart to begin with.

        fades: no longer told apart. turns round: the other is broader. missing: the variant has no such verdict.
        other rows: those that the variant has do not show that difference as they are, so that it cannot be checked.
        """
        before = self.base.verdict(metric, first, second)
        if before is None or before.word == "cannot be told apart":
            return None
        found, alone = self.comparisons[variant], self.bases[variant]
        after = found.verdict(metric, first, second) if found else None
        if after is None:
            return "missing"
        if alone:
            same = alone.verdict(metric, first, second)
            if same is None or same.seen_from(first) != before.seen_from(first):
                return "other rows"
        if after.word == "cannot be told apart":
            return "fades"
        return "stands" if after.seen_from(first) == before.seen_from(first) else "turns round"

    def sentence(self, first: int, second: int) -> str:
        """How many of the differences between two sets stand under every variant that could be had.

        A difference is counted by the worst that becomes of it: turned round, then faded, then missing.
        """
        tried = [number for number, found in enumerate(self.comparisons) if found is not None]
        names = f"{self.base.names[first]} and {self.base.names[second]}"
        if not tried:
            return f"{names}: no variant could be had."
        worst: dict[Standing, list[str]] = {kind: [] for kind in _WORST}
        for metric in self.base.metrics:
            kinds = {self.standing(metric, first, second, variant) for variant in tried}
            for kind in _WORST:
                if kind in kinds:
                    worst[kind].append(METRICS[metric].title)
                    break
        total = sum(map(len, worst.values()))
        if not total:
            return f"{names} are told apart on no metric."
        count = "the one variant" if len(tried) == 1 else f"all {len(tried)} variants"
        parts = [f"{names}: {len(worst['stands'])} of {total} differences stand under {count}"]
        parts += [
            f"{len(worst[kind])} {says} ({', '.join(worst[kind])})" for kind, says in _SAYS.items() if worst[kind]
        ]
        return "; ".join(parts) + "."

    @property
    def sentences(self) -> list[str]:
        """A sentence for every two sets."""
        count = len(self.base.names)
        return [self.sentence(first, second) for first in range(count) for second in range(first + 1, count)]

    def as_json(self) -> dict[str, Any]:
        """The fields that a script reads."""
        pairs = [(one, other) for one in range(len(self.base.names)) for other in range(one + 1, len(self.base.names))]
        return {
            "base": self.base.as_json(),
            "variants": [
                {
                    "variant": title,
                    "refused": reason,
                    "size": found.size if found else None,
                    "comparison": found.as_json() if found else None,
                    "base": alone.as_json() if alone else None,
                    "standing": [
                        {"metric": metric, "first": one, "second": other, "standing": standing}
                        for metric in self.base.metrics
                        for one, other in pairs
                        if (standing := self.standing(metric, one, other, number))
                    ],
                }
                for number, (title, found, reason, alone) in enumerate(
                    zip(self.variants, self.comparisons, self.refused, self.bases, strict=True)
                )
            ],
            "sentences": self.sentences,
        }


def pack_robustness(found: Robustness) -> Packed:
    """The comparisons as the store keeps them."""
    return asdict(found), {}


def unpack_robustness(meta: dict[str, Any], arrays: Mapping[str, NDArray[np.float64]]) -> Robustness:
    """What was packed so."""
    comparisons, bases = (
        tuple(None if each is None else unpack_comparison(each, dict(arrays)) for each in meta[name])
        for name in ("comparisons", "bases")
    )
    base = unpack_comparison(meta["base"], dict(arrays))
    return Robustness(base, tuple(meta["variants"]), comparisons, tuple(meta["refused"]), bases)
