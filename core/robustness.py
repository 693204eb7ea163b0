"""Whether verdicts stand: the same comparison under another template, another encoder, or another truncation.

    found = robustness([mine, theirs], [Variant(template=Template("prompt")), Variant(max_tokens=64)])
    print(found.sentence(0, 1))

The same seeded rows of each set are embedded anew for every variant, so that nothing but the variant differs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .compared import Comparison
from .comparison import compare
from .embeddings import embed, embedding_key
from .encoders import load_encoder
from .errors import UserError
from .metrics import METRICS
from .progress import Progress, part, silent
from .resampling import Params, subsample
from .template import Template, texts

if TYPE_CHECKING:
    from .study import Study

MOST = 1000  # rows of each set that are embedded anew for every variant
Standing = Literal["stands", "fades", "turns round", "missing"]


@dataclass(frozen=True)
class Variant:
    """What is done differently; what is None stays as it is."""

    template: Template | None = None
    encoder: str | None = None  # as `load_encoder` takes it
    max_tokens: int | None = None  # of a text that the encoder reads

    @property
    def title(self) -> str:
        """In a few words, the same for the same variant."""
        parts = [self.template.describe()] if self.template else []
        parts += [f"encoder {self.encoder}"] if self.encoder else []
        parts += [f"the first {self.max_tokens:,} tokens"] if self.max_tokens else []
        return ", ".join(parts) or "as it is"


@dataclass(frozen=True)
class Robustness:
    """One comparison, and the same under each variant."""

    base: Comparison
    variants: tuple[str, ...]  # their titles
    comparisons: tuple[Comparison | None, ...]  # None where a variant cannot be had
    refused: tuple[str, ...]  # why not, "" where it can

    def standing(self, metric: str, first: int, second: int, variant: int) -> Standing | None:
        """What becomes of that verdict; None where there is none, or where the two cannot be told apart to begin with.

        fades: no longer told apart. turns round: the other is broader. missing: the variant has no such verdict.
        """
        before = self.base.verdict(metric, first, second)
        if before is None or before.word == "cannot be told apart":
            return None
        found = self.comparisons[variant]
        after = found.verdict(metric, first, second) if found else None
        if after is None:
            return "missing"
        if after.word == "cannot be told apart":
            return "fades"
        return "stands" if after.seen_from(first) == before.seen_from(first) else "turns round"

    def sentence(self, first: int, second: int) -> str:
        """How many of the differences between two sets stand under every variant that could be had."""
        tried = [number for number, found in enumerate(self.comparisons) if found is not None]
        names = f"{self.base.names[first]} and {self.base.names[second]}"
        told: dict[str, set[str]] = {}
        for metric in self.base.metrics:
            kinds = {self.standing(metric, first, second, variant) for variant in tried} - {"missing"}
            if kinds and None not in kinds:
                told[metric] = {str(kind) for kind in kinds}
        if not tried:
            return f"{names}: no variant could be had."
        if not told:
            return f"{names} are told apart on no metric that the variants have too."
        turned = [METRICS[metric].title for metric, kinds in told.items() if "turns round" in kinds]
        faded = [
            METRICS[metric].title for metric, kinds in told.items() if "fades" in kinds and "turns round" not in kinds
        ]
        stand = len(told) - len(turned) - len(faded)
        count = "its 1 variant" if len(tried) == 1 else f"all {len(tried)} variants"
        parts = [f"{names}: {stand} of {len(told)} differences stand under {count}"]
        parts += [f"{len(faded)} can no longer be told under some ({', '.join(faded)})"] if faded else []
        parts += [f"{len(turned)} turn round under some ({', '.join(turned)})"] if turned else []
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
                    "comparison": found.as_json() if found else None,
                    "standing": [
                        {"metric": metric, "first": one, "second": other, "standing": standing}
                        for metric in self.base.metrics
                        for one, other in pairs
                        if (standing := self.standing(metric, one, other, number))
                    ],
                }
                for number, (title, found, reason) in enumerate(
                    zip(self.variants, self.comparisons, self.refused, strict=True)
                )
            ],
            "sentences": self.sentences,
        }


def usual_variants(study: "Study") -> list[Variant]:
    """Other templates that this study's dataset has the columns for, and half of the tokens that its encoder reads."""
    found = []
    if study.dataset is not None:
        for kind in ("prompt", "response", "both"):
            other = Template(kind)
            if study.template is not None and other.describe() == study.template.describe():
                continue
            try:
                other.needs(study.dataset)
            except UserError:
                continue
            found.append(Variant(template=other))
    if study.embeddings.encoder_name:
        limit = load_encoder(study.embeddings.encoder_name).max_tokens
        if limit is not None and limit >= 16:
            found.append(Variant(max_tokens=limit // 2))
    return found


def robustness(
    studies: Sequence["Study"],
    variants: Sequence[Variant] | None = None,
    *,
    metrics: Sequence[str] | None = None,
    rows: int = MOST,
    repeats: int = 10,
    seed: int = 0,
    params: Params | None = None,
    progress: Progress = silent,
) -> Robustness:
    """Lay sets side by side as they are and under every variant.

    Args:
        variants: by default other templates, and half of the tokens, where the first set has them.
        rows: of each set, seeded, that are embedded anew; sets of fewer rows are taken whole.
        metrics, repeats, seed, params: as `comparison.compare` takes them.

    Raises:
        UserError: as `compare`; a set without texts, or with vectors of the user's own, which nothing can make anew.
    """
    for study in studies:
        if study.dataset is None or study.texts is None or not study.embeddings.encoder_name:
            raise UserError(
                f"{study.name} has no texts, or vectors of its own: they cannot be embedded in another way. "
                "Embed its texts with an encoder."
            )
    wanted = usual_variants(studies[0]) if variants is None else list(variants)
    some = [study.subset(subsample(study, min(rows, len(study)), 0, seed), study.name) for study in studies]
    steps = len(wanted) + 1
    how: dict[str, Any] = {"metrics": metrics, "repeats": repeats, "seed": seed, "params": params}
    base = compare(some, progress=part(progress, 0, 1 / steps), **how)
    comparisons: list[Comparison | None] = []
    refused = []
    for number, variant in enumerate(wanted, 1):
        share = part(progress, number / steps, (number + 1) / steps)
        try:
            changed = [
                _changed(study, variant, part(share, 0.6 * done / len(some), 0.6 * (done + 1) / len(some)))
                for done, study in enumerate(some)
            ]
            comparisons.append(compare(changed, progress=part(share, 0.6, 1), **(how | {"metrics": base.metrics})))
            refused.append("")
        except UserError as error:  # one variant that a set does not have says nothing of the others
            comparisons.append(None)
            refused.append(str(error))
    return Robustness(base, tuple(variant.title for variant in wanted), tuple(comparisons), tuple(refused))


def _changed(study: "Study", variant: Variant, progress: Progress) -> "Study":
    """The same rows, those that have a text then, embedded as the variant has it."""
    from .store import Store

    dataset, template = study.dataset, variant.template or study.template or Template()
    assert dataset is not None
    every = texts(dataset, template)
    chosen = np.array([row for row in study.positions.tolist() if every[row].strip()], dtype=np.int64)
    if not len(chosen):
        raise UserError(f"No row of {study.name} has a text with the template {template.describe()}.")
    rendered = [every[row] for row in chosen]
    encoder = load_encoder(variant.encoder or study.embeddings.encoder_name, max_tokens=variant.max_tokens)
    store = study.store or Store()
    found = embed(
        rendered,
        encoder,
        store.home / "embeddings",
        key=embedding_key(rendered, encoder.key),
        template=template.describe(),
        progress=progress,
    )
    return replace(study, embeddings=found, template=template, positions=chosen, texts=rendered, reference=None)
