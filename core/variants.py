"""Other ways to embed the same rows: another template, another encoder, another truncation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .embeddings import embed, embedding_key
from .encoders import load_encoder
from .errors import UserError
from .models import locate
from .progress import Progress
from .store import Store
from .template import Template, texts

if TYPE_CHECKING:
    from .study import Study

_LEAST = 8  # tokens of which half still says something
_TELLS = (("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length"))
_NO_LIMIT = 1 << 24  # tokenizers without a limit name a number beyond any text


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
        if self.encoder:
            folder = self.encoder.startswith(("/", ".", "~"))
            parts.append(f"encoder {Path(self.encoder).name if folder else self.encoder}")
        parts += [f"the first {self.max_tokens:,} tokens"] if self.max_tokens else []
        return ", ".join(parts) or "as it is"

    def as_json(self) -> dict[str, Any]:
        """What of it makes a difference; equal variants give equal JSON."""
        found = {"template": self.template.as_json() if self.template else None}
        return found | {"encoder": self.encoder, "max_tokens": self.max_tokens}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Variant":
        template = Template.from_json(found["template"]) if found.get("template") else None
        return cls(template, found.get("encoder"), found.get("max_tokens"))

    def key(self, *, download: bool = True) -> list[Any]:
        """What decides the vectors of given rows: the weights of an encoder, not its name; for `digest`."""
        try:
            weights = locate(self.encoder, download=download).key if self.encoder else ""
        except UserError:  # which is said when its turn comes
            weights = "not to be had"
        return [self.as_json() | {"encoder": weights}, self.title]


def usual_variants(study: "Study") -> list[Variant]:
    """Other templates that this study's dataset has the columns for, and half of the tokens that its encoder reads."""
    found = [Variant(template=other) for other in other_templates(study) if other.kind != "column"]
    limit = token_limit(study.embeddings.encoder_name)
    if limit is not None and limit >= 2 * _LEAST:
        found.append(Variant(max_tokens=limit // 2))
    return found


def other_templates(study: "Study") -> list[Template]:
    """The templates that this study's dataset has the columns for, beside its own: by role, then texts by column."""
    if study.dataset is None:
        return []
    wanted = [Template(kind) for kind in ("prompt", "response", "both")]
    wanted += [Template("column", column=info.path) for info in study.dataset.columns if info.kind == "text"]
    own = study.template.describe() if study.template else ""
    found = []
    for other in wanted:
        try:
            other.needs(study.dataset)
        except UserError:
            continue
        if other.describe() != own:
            found.append(other)
    return found


def token_limit(encoder: str) -> int | None:
    """How many tokens of a text an encoder reads, by what its files say; None where they do not, or are not here."""
    if not encoder:
        return None
    try:
        folder = locate(encoder, download=False).folder
    except UserError:
        return None
    for file, name in _TELLS:
        try:
            limit = json.loads((folder / file).read_text(encoding="utf-8"))[name]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if isinstance(limit, int) and 0 < limit < _NO_LIMIT:
            return limit
    return None


def embedded_otherwise(study: "Study", variant: Variant, progress: Progress) -> "Study":
    """The same rows, those that have a text then, embedded as the variant has it.

    Raises:
        UserError: a template or an encoder that is not to be had, no row with a text, more tokens than are read anyway.
    """
    dataset, template = study.dataset, variant.template or study.template or Template()
    assert dataset is not None
    every = texts(dataset, template)
    chosen = np.array([row for row in study.positions.tolist() if every[row].strip()], dtype=np.int64)
    if not len(chosen):
        raise UserError(f"No row of {study.name} has a text with the template {template.describe()}.")
    rendered = [every[row] for row in chosen]
    encoder = load_encoder(variant.encoder or study.embeddings.encoder_name, max_tokens=variant.max_tokens)
    if variant.max_tokens and encoder.max_tokens and encoder.max_tokens < variant.max_tokens:
        raise UserError(f"{encoder.name} reads no more than {encoder.max_tokens:,} tokens of a text in any case.")
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
