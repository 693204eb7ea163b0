"""The trust card by encoder: the same rows embedded by each, and what the metrics do there under the same changes.

    found = trust_by_encoder(study, ["intfloat/e5-small-v2"])
    print(found.standing("novelsum", 1))

The first card is that of the study as it is; vectors of the user's own count as an encoder of that name. Metrics of
texts do not read embeddings and are on the first card alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from .digest import digest
from .errors import UserError
from .kept import working
from .metrics import METRICS
from .models import locate
from .planted import MOST, sample
from .progress import Progress, part, silent
from .results import Packed
from .trust import PAIRS, card_key, checked, trust
from .trust_card import CHECKS, Finding, TrustCard, Verdict
from .variants import Variant, embedded_otherwise

if TYPE_CHECKING:
    from .study import Study

VERSION = 1
_EMBEDDING = 0.5  # share of an encoder's work that is done then


@dataclass(frozen=True)
class Standing:
    """What all checks of one metric with one encoder come to."""

    verdict: Verdict
    checks: tuple[str, ...]  # those that it failed, or else those that cannot be told


@dataclass(frozen=True)
class TrustCards:
    """A card for each encoder, that of the study as it is first."""

    cards: tuple[TrustCard, ...]
    refused: Mapping[str, str] = field(default_factory=dict)  # encoders, as they were asked for, and why not

    @property
    def metrics(self) -> list[str]:
        """All metrics that were checked, in the order of the first card."""
        return list(dict.fromkeys(name for card in self.cards for name in card.metrics))

    @property
    def encoders(self) -> list[str]:
        """What the encoders are called, card by card, no two alike."""
        names = [card.encoder for card in self.cards]
        return [
            name if names.count(name) == 1 else f"{name} ({names[: number + 1].count(name)})"
            for number, name in enumerate(names)
        ]

    def standing(self, metric: str, number: int) -> Standing | None:
        """What that card says of a metric in all; None where it does not speak of it."""
        findings = self.cards[number].of(metric)
        if not findings:
            return None
        for verdict in ("fail", "cannot be told"):
            if checks := tuple(check for check, found in findings.items() if found.verdict == verdict):
                return Standing(verdict, checks)
        return Standing("pass", ())

    @property
    def without_encoder(self) -> list[str]:
        """Metrics that read texts alone: no encoder makes a difference to their values."""
        return [name for name in self.metrics if not _embedded(name)]

    def as_json(self) -> dict[str, Any]:
        """The cards as a script reads them, and by metric and encoder what each comes to."""
        table = {
            metric: {
                name: standing and asdict(standing)
                for number, name in enumerate(self.encoders)
                if (standing := self.standing(metric, number)) or _embedded(metric)
            }
            for metric in self.metrics
        }
        return {
            "encoders": self.encoders,
            "standings": table,
            "without_encoder": self.without_encoder,
            "cards": [card.as_json() for card in self.cards],
            "refused": dict(self.refused),
        }


def trust_by_encoder(
    study: "Study",
    encoders: Sequence[str] = (),
    metrics: Sequence[str] | None = None,
    *,
    size: int | None = None,
    seed: int = 0,
    pairs: int = PAIRS,
    progress: Progress = silent,
) -> TrustCards:
    """The trust card of the study as it is, and one for each other encoder.

    For these the rows that sets are drawn from, 5,000 at most, are embedded anew, and so is a reference that is not
    the set itself. Encoders of the same weights are taken once. One that is not to be had is left out with its reason.

    Args:
        encoders: as `load_encoder` takes them, beside the study's own.
        metrics, size, seed, pairs: as `trust.trust` takes them.

    Raises:
        UserError: as `trust`; other encoders for rows without texts.
    """
    names, n = checked(study, metrics, size, seed, pairs)
    others = _others(study, encoders)
    if others and (study.dataset is None or study.texts is None):
        raise UserError(
            f"{study.name} has no texts that another encoder could embed. Name a file of texts, or no encoder."
        )
    steps = len(others) + 1
    how: dict[str, Any] = {"size": n, "seed": seed, "pairs": pairs}
    cards = [trust(study, names, **how, progress=part(progress, 0, 1 / steps))]
    refused: dict[str, str] = {}
    embedded = [name for name in names if _embedded(name)]
    for done, other in enumerate(others if embedded else (), 1):
        share = _of(other, part(progress, done / steps, (done + 1) / steps))
        found = _card(study, other, embedded, how, share)
        if found.card is None:
            refused[other] = found.reason
        else:
            reference = cards[0].reference
            cards.append(replace(found.card, dataset=study.name, reference=reference))
    return TrustCards(tuple(cards), refused)


@dataclass(frozen=True)
class _Found:
    """The card of one encoder, or why there is none."""

    card: TrustCard | None
    reason: str = ""


def _card(study: "Study", encoder: str, names: Sequence[str], how: dict[str, Any], progress: Progress) -> _Found:
    """The card of that study embedded by another encoder; kept, a refusal too."""
    variant = Variant(encoder=encoder)

    def run() -> _Found:
        try:
            found = _embedded_by(study, variant, how["seed"], part(progress, 0, _EMBEDDING))
            return _Found(trust(found, names, **how, progress=part(progress, _EMBEDDING, 1)))
        except UserError as error:  # one encoder that is not to be had says nothing of the others
            return _Found(None, str(error))

    dataset, reference = study.dataset, study.reference
    assert dataset is not None
    key = digest(
        *("trust of an encoder", VERSION, card_key(study, names, how["size"], how["seed"], how["pairs"])),
        *(dataset.key, dataset.roles.as_json(), study.texts_key, variant.key(download=working())),
        reference.texts_key if reference and reference.dataset else None,
    )
    return study._once(key, run, _pack, _unpack)


def _embedded_by(study: "Study", variant: Variant, seed: int, progress: Progress) -> "Study":
    """The rows that sets are drawn from, and those of the reference, embedded by another encoder."""
    reference = cast("Study | None", study.reference)
    if reference is None or reference.key == study.key:
        return embedded_otherwise(_some(study, seed), variant, progress)
    if reference.dataset is None or reference.texts is None:
        raise UserError(f"The reference {reference.name} has no texts that another encoder could embed.")
    found = embedded_otherwise(_some(study, seed), variant, part(progress, 0, 0.5))
    return found.against(embedded_otherwise(_some(reference, seed), variant, part(progress, 0.5, 1)))


def _some(study: "Study", seed: int) -> "Study":
    """The rows that `trust` would take of a study."""
    return study if len(study) <= MOST else study.subset(sample(len(study), seed), study.name)


def _others(study: "Study", encoders: Sequence[str]) -> list[str]:
    """Those encoders, each once by its weights, without the one that the study has."""
    known = {study.embeddings.encoder_key}
    found = []
    for encoder in dict.fromkeys(encoders):
        try:
            key = locate(encoder, download=working()).key
        except UserError:  # which is said when its turn comes
            key = encoder
        if key not in known:
            known.add(key)
            found.append(encoder)
    return found


def _embedded(metric: str) -> bool:
    return "space" in METRICS[metric].needs


def _of(encoder: str, progress: Progress) -> Progress:
    """Progress that says which encoder it is about."""
    title = Variant(encoder=encoder).title
    return lambda share, message: progress(share, f"{title[:1].upper()}{title[1:]}: {message}")


def _pack(found: _Found) -> Packed:
    card = found.card
    if card is None:
        return {"reason": found.reason}, {}
    findings = [vars(one) for one in card.findings]
    return {"card": vars(card) | {"findings": findings, "refused": dict(card.refused)}}, {}


def _unpack(meta: dict[str, Any], _: Mapping[str, Any]) -> _Found:
    if "card" not in meta:
        return _Found(None, meta["reason"])
    findings = tuple(Finding(**one | {"interval": tuple(one["interval"])}) for one in meta["card"]["findings"])
    return _Found(TrustCard(**meta["card"] | {"findings": findings}))


def words_of(standing: Standing) -> str:
    """The checks that a standing is about, in words."""
    return ", ".join(CHECKS[check].title.lower() for check in standing.checks)
