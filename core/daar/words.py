"""What an entropy selection comes to, in sentences."""

import numpy as np

from .found import Daar

_GOES_WITH_LENGTH = 0.3  # the rank correlation from which the reader is told
_POOR = 0.7
_NAMED = 5


def notes_on(found: Daar) -> list[str]:
    """What a reader must know before the picks are trusted."""
    plan, quality = found.plan, found.quality
    notes = []
    if plan.source == "written" and plan.model == "proxy":
        notes.append(
            "The proxy writes no sensible text: the pairs that it gives for the domains say little about them. They "
            "are for trying the method; a language model or examples of yours say what the domains are."
        )
    if plan.source == "written" and plan.model != "proxy":
        notes.append("The wording of the questions that the model is asked is ours; the paper's is another.")
    if astray := [name for name, share in quality.loyal.items() if share < 0.5]:
        notes.append(
            f"k-means moved away from what stands for {_listed(astray)}: less than half of the domain's own pairs are "
            "still nearest to it, so that its rows may be of something else."
        )
    if empty := [name for name, share in zip(found.names, found.shares(found.pool), strict=True) if share == 0]:
        notes.append(f"No row is of {_listed(empty)}.")
    if not found.entropy.any():
        notes.append("The entropy of every row is 0, so that rows come by their numbers alone.")
    notes.append(
        f"The probe is right about {quality.accuracy:.1%} of the rows' domains ({len(found.names):,} of them), with an "
        f"expected calibration error of {quality.calibration:.3f}."
    )
    if quality.accuracy < _POOR:
        notes.append("A probe that is so often wrong tells noise from rows between domains badly.")
    if plan.mode == "paper":
        r2 = "no value" if quality.r2 is None else f"{quality.r2:.2f}"
        rank = "none" if quality.rank is None else f"{quality.rank:.2f}"
        notes.append(f"The foretold entropy explains the probe's with an R2 of {r2}, at a rank correlation of {rank}.")
    if quality.with_length is not None:
        words = f"Entropy goes with the length in {quality.unit} at a rank correlation of {quality.with_length:.2f}"
        if abs(quality.with_length) >= _GOES_WITH_LENGTH:
            words += f": {'long' if quality.with_length > 0 else 'short'} rows are preferred"
        notes.append(f"{words}.")
    return notes


def sentences(found: Daar) -> list[str]:
    """The result: what was chosen from what, and how it stands to other choices."""
    share = len(found.chosen) / len(found.pool)
    lines = [
        f"{found.plan.title}: {len(found.chosen):,} of {len(found.pool):,} rows ({share:.1%}) by {found.model}, of "
        f"{len(found.names):,} domains."
    ]
    change = found.shares(found.chosen) - found.shares(found.pool)
    up, down = int(np.argmax(change)), int(np.argmin(change))
    if change[up] > 0:
        lines.append(f"{_share(found, up)}; {_share(found, down)}.")
    alike = {name: found.overlap(name) for name in found.sets if name != "chosen"}
    if alike:
        words = ", ".join(f"{name} {value:.0%}" for name, value in alike.items())
        lines.append(f"Rows in common, over the rows of either: {words}.")
    return [*lines, *found.notes]


def _share(found: Daar, number: int) -> str:
    before, after = found.shares(found.pool)[number], found.shares(found.chosen)[number]
    return f"{found.names[number]} has {after:.1%} of the chosen rows and {before:.1%} of the pool"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(map(repr, names[:_NAMED])) + more
