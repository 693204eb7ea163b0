"""What an entropy selection found: rows, their domains and entropies, and how far these can be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..digest import digest
from ..results import Packed
from ..study import Study
from .plan import Plan

FORMAT = 1
Indices = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """How far the entropies can be trusted.

    Args:
        accuracy, calibration: of the first probe over the pool, against the rows' (pseudo-)domains; calibration is the
            expected calibration error.
        temperatures: of each part, by which its probabilities are softened.
        with_length: rank correlation of the value that rows are chosen by with the length of the row, in `unit`.
        r2, rank: of the foretold entropy with the probe's, in the mode `paper`.
        curve: by bin of confidence its mean, the share of rows whose domain is right, and the rows.
        loyal: by domain the share of its own pairs that k-means leaves with it; empty for labels.
    """

    accuracy: float
    calibration: float
    temperatures: tuple[float, ...]
    with_length: float | None
    unit: str
    r2: float | None
    rank: float | None
    curve: tuple[tuple[float, float, int], ...]
    loyal: Mapping[str, float]


@dataclass(frozen=True)
class Daar:
    """An entropy selection. Rows are rows of the study, from 0.

    Args:
        study: names its rows and their embeddings, and nothing else: a manifest outlives what other results depend on.
        model, model_key: as a person reads it, and what names its weights; the encoder's where embeddings are used.
        pairs: of each domain, prompt and response: written by the model or given, as `plan.source` says.
        tried: attempts that the model made for each domain.
        names: of the domains; domain: (n,) the number of each row's, -1 of copies, which are in none.
        pool: (m,) rising; labelled, held_out: rising. entropies: (m,) by the kind of probe, in nats; guessed: (m,).
        lengths: (m,) of the rows of the pool, in the unit of `quality`; empty where there are no texts.
        chosen: the most uncertain first. bins, random: sets of other rows of the same size, rising.
        others: the rows that each other probe would choose.
    """

    plan: Plan
    study: str
    data: Mapping[str, Any]
    model: str
    model_key: str
    pairs: tuple[tuple[tuple[str, str], ...], ...]
    tried: tuple[int, ...]
    names: tuple[str, ...]
    domain: Indices
    pool: Indices
    labelled: Indices
    held_out: Indices
    entropies: Mapping[str, Floats]
    guessed: Floats | None
    lengths: Floats
    chosen: Indices
    bins: Mapping[str, Indices]
    others: Mapping[str, Indices]
    random: tuple[Indices, ...]
    quality: Quality
    notes: tuple[str, ...]
    seconds: float = 0.0

    @property
    def entropy(self) -> Floats:
        """Of the rows of the pool by the plan's first probe, (m,)."""
        return self.entropies[self.plan.probes[0]]

    @property
    def value(self) -> Floats:
        """What the rows of the pool are chosen by, (m,): their entropy, or in the mode `paper` the foretold one."""
        return self.entropy if self.guessed is None else self.guessed

    @property
    def sets(self) -> dict[str, Indices]:
        """Every set of rows by name: the chosen ones, those of other probes, the bins, and the first random one."""
        probes = {f"by {kind}": rows for kind, rows in self.others.items()}
        return {"chosen": self.chosen, **probes, **self.bins, "random": self.random[0]}

    def certain(self, count: int, *, most: bool) -> Indices:
        """The rows of the pool with the lowest (most certain) or the highest value, that one first."""
        order = np.argsort(self.value if most else -self.value, kind="stable")
        return self.pool[order[:count]]

    def shares(self, rows: Indices) -> Floats:
        """The share of each domain among those rows, (domains,)."""
        return np.asarray(np.bincount(self.domain[rows], minlength=len(self.names)) / max(1, len(rows)))

    def overlap(self, name: str) -> float:
        """Rows that the set of that name has in common with the chosen ones, over the rows of either (Jaccard)."""
        from .picking import jaccard

        if name == "random":
            return float(np.mean([jaccard(self.chosen, each) for each in self.random]))
        return jaccard(self.chosen, self.sets[name])

    def columns(self, study: Study) -> dict[str, list[Any]]:
        """Of every row of the dataset its domain, entropy and what the second network foretells; None without one."""
        n = len(study.dataset) if study.dataset is not None else len(study)
        found: dict[str, list[Any]] = {"daar_domain": [None] * n, "daar_entropy": [None] * n}
        for row in np.flatnonzero(self.domain >= 0).tolist():
            found["daar_domain"][int(study.positions[row])] = self.names[self.domain[row]]
        values = {"daar_entropy": self.entropy} | ({} if self.guessed is None else {"daar_predicted": self.guessed})
        for name, column in values.items():
            found.setdefault(name, [None] * n)
            for row, value in zip(study.positions[self.pool].tolist(), column.tolist(), strict=True):
                found[name][row] = value
        return found

    def as_json(self, study: Study) -> dict[str, Any]:
        """The manifest: the plan, and what came of it, for `read_manifest`; rows are those of the dataset, from 0."""

        def rows(found: Indices) -> list[int]:
            return [int(row) for row in study.positions[found]]

        return {
            "gamut_daar": FORMAT,
            "gamut": __version__,
            "title": self.plan.title,
            "plan": self.plan.as_json(),
            "study": self.study,
            "data": dict(self.data),
            "model": {"name": self.model, "key": self.model_key},
            "domains": [
                {
                    "name": name,
                    "pairs": [list(pair) for pair in (self.pairs[number] if self.pairs else ())],
                    "tried": self.tried[number] if self.tried else 0,
                    "in_pool": float(self.shares(self.pool)[number]),
                    "in_chosen": float(self.shares(self.chosen)[number]),
                }
                for number, name in enumerate(self.names)
            ],
            "quality": {each.name: _plain(getattr(self.quality, each.name)) for each in fields(self.quality)},
            "overlaps": {name: self.overlap(name) for name in self.sets if name != "chosen"},
            "domain_digest": digest(self.domain),
            "pool": len(self.pool),
            "labelled": len(self.labelled),
            "held_out": rows(self.held_out),
            "chosen": rows(self.chosen),
            "values": [float(value) for value in self.value[np.searchsorted(self.pool, self.chosen)]],
            "bins": {name: rows(found) for name, found in self.bins.items()},
            "notes": list(self.notes),
        }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


_ARRAYS = ("domain", "pool", "labelled", "held_out", "chosen", "lengths")
_SEVERAL = ("entropies", "bins", "others")


def pack_daar(found: Daar) -> Packed:
    """As the store keeps it."""
    several = {name: getattr(found, name) for name in _SEVERAL}
    arrays = {name: getattr(found, name) for name in _ARRAYS}
    arrays |= {f"{name}-{at}": rows for name, each in several.items() for at, rows in enumerate(each.values())}
    arrays |= {f"random-{at}": rows for at, rows in enumerate(found.random)}
    if found.guessed is not None:
        arrays["guessed"] = found.guessed
    meta = {
        "plan": found.plan.as_json(),
        "names": {name: list(each) for name, each in several.items()},
        "random": len(found.random),
        "quality": {each.name: _plain(getattr(found.quality, each.name)) for each in fields(found.quality)},
        "pairs": [[list(pair) for pair in each] for each in found.pairs],
        "domains": list(found.names),
        "notes": list(found.notes),
        "data": dict(found.data),
        "tried": list(found.tried),
    }
    meta |= {name: getattr(found, name) for name in ("study", "model", "model_key", "seconds")}
    return meta, arrays


def unpack_daar(meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Daar:
    """What `pack_daar` packed."""

    def several(name: str) -> dict[str, NDArray[Any]]:
        return {each: np.array(arrays[f"{name}-{at}"]) for at, each in enumerate(meta["names"][name])}

    quality = meta["quality"]
    return Daar(
        plan=Plan.from_json(meta["plan"]),
        study=meta["study"],
        data=meta["data"],
        model=meta["model"],
        model_key=meta["model_key"],
        pairs=tuple(tuple((prompt, response) for prompt, response in each) for each in meta["pairs"]),
        tried=tuple(meta["tried"]),
        names=tuple(meta["domains"]),
        domain=np.array(arrays["domain"]),
        pool=np.array(arrays["pool"]),
        labelled=np.array(arrays["labelled"]),
        held_out=np.array(arrays["held_out"]),
        entropies=several("entropies"),
        guessed=np.array(arrays["guessed"]) if "guessed" in arrays else None,
        lengths=np.array(arrays["lengths"]),
        chosen=np.array(arrays["chosen"]),
        bins=several("bins"),
        others=several("others"),
        random=tuple(np.array(arrays[f"random-{at}"]) for at in range(meta["random"])),
        quality=Quality(
            **quality | {"temperatures": tuple(quality["temperatures"]), "curve": tuple(map(tuple, quality["curve"]))}
        ),
        notes=tuple(meta["notes"]),
        seconds=meta["seconds"],
    )
