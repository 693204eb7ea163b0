"""From a plan to the chosen rows: pairs, centroids, pseudo-domains, states, probes, picks (METHODS 5.3)."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..digest import digest
from ..errors import UserError
from ..geometry import Space
from ..kept import working
from ..lm import PROXY, LanguageModel, examples_of, open_model
from ..manifest import describe_dataset
from ..models import LANGUAGE_MODEL, locate
from ..progress import Progress, part, silent
from ..rank_correlation import rank_correlation
from ..selectors import Domains, by_labels
from ..store import Store
from ..study import Study
from .clusters import nearest, settled
from .domains import Pair
from .found import Daar, Quality, pack_daar, unpack_daar
from .picking import contrastive, taken
from .plan import EMBEDDINGS, Plan
from .probing import probed, standardised
from .rows import Rows, divided, division_notes, without
from .sight import Sight, States, Vectored
from .synthesis import write_pairs
from .words import notes_on
from .writing import Writer

_VERSION = 2
_MOST_DOMAINS = 1000
Indices = NDArray[np.int64]


def daar(study: Study, plan: Plan, *, device: str | None = None, progress: Progress = silent) -> Daar:
    """Choose the rows whose domain a probe is least certain of, as the plan says.

    Kept in the store of the study: asked twice, it is worked out once, and what a cancel leaves (a proxy, pairs,
    states) is not worked out again.

    Raises:
        UserError: a study without texts, too few rows, a model that cannot be had, a domain for which the model wrote
            no pair.
    """
    if study.texts is None and (plan.model != EMBEDDINGS or plan.source == "examples"):
        raise UserError(f"{study.name} has vectors alone. Entropy selection by a language model reads texts.")
    return study._once(_key(study, plan), lambda: _worked(study, plan, device, progress), pack_daar, unpack_daar)


def _key(study: Study, plan: Plan) -> str:
    data = None if study.dataset is None else [study.dataset.key, study.dataset.roles.as_json()]
    model = None
    if plan.model not in (EMBEDDINGS, PROXY):
        model = locate(plan.model, kind=LANGUAGE_MODEL, download=working()).key
    template = study.template.as_json() if study.template else None
    return digest("daar", _VERSION, plan.as_json(), study.key, study.texts_key, data, template, model)


@dataclass(frozen=True)
class _Grouped:
    """The domain of each row of the study, -1 of those in none, and what it rests on."""

    of: Indices
    names: tuple[str, ...]
    pairs: tuple[tuple[Pair, ...], ...]
    tried: tuple[int, ...]
    loyal: dict[str, float]
    notes: tuple[str, ...]


def _worked(study: Study, plan: Plan, device: str | None, progress: Progress) -> Daar:
    start = time.perf_counter()
    rows = divided(study, plan)
    if plan.model == EMBEDDINGS:
        return replace(_chosen(study, plan, rows, None, device, progress), seconds=time.perf_counter() - start)
    if study.dataset is None:
        raise UserError(f"{study.name} has vectors alone. Entropy selection by a language model reads texts.")
    examples = examples_of(study.dataset, study.positions)
    opening = part(progress, 0, 0.15)
    model = open_model(plan.model, examples, study.store or Store(), seed=plan.seed, device=device, progress=opening)
    try:
        rows = without(rows, _unread(study, rows, model), study)
        found = _chosen(study, plan, rows, model, device, part(progress, 0.15, 1))
    finally:
        model.close()
    return replace(found, seconds=time.perf_counter() - start)


def _unread(study: Study, rows: Rows, model: LanguageModel) -> Indices:
    """The rows of whose text the tokenizer makes no token, rising."""
    texts = study.texts
    assert texts is not None
    return np.array([row for row in rows.all.tolist() if not model.text_tokens(texts[row])], dtype=np.int64)


def _chosen(
    study: Study, plan: Plan, rows: Rows, model: LanguageModel | None, device: str | None, progress: Progress
) -> Daar:
    sight: Sight = Vectored(study) if model is None else States(study, model, plan.layer)
    grouped = _grouped(study, plan, rows, sight, model, part(progress, 0, 0.4))
    seen = np.union1d(rows.pool, rows.labelled)
    features = sight.features(seen, part(progress, 0.4, 0.7))
    learn, pool = np.isin(seen, rows.labelled), np.isin(seen, rows.pool)
    if model is not None:
        features = standardised(features, learn)
    known = Domains(grouped.of[seen], grouped.names)
    found = probed(features, known, learn, pool, plan, part(progress, 0.7, 0.95), device)
    progress(0.95, "Choosing the rows")
    domains = Domains(grouped.of[rows.pool], grouped.names)
    value = found.entropies[plan.probes[0]] if found.guessed is None else found.guessed
    picks = taken(value, domains, plan)
    space = Space(sight.rows(rows.pool), name=study.name)
    lengths = sight.lengths(rows.pool) if study.texts is not None else None
    quality = Quality(
        accuracy=found.accuracy,
        calibration=found.calibration,
        temperatures=found.temperatures,
        with_length=None if lengths is None else rank_correlation(value, lengths),
        unit=sight.unit,
        r2=found.r2,
        rank=found.rank,
        curve=found.curve,
        loyal=grouped.loyal,
    )
    result = Daar(
        plan=plan,
        study=digest("daar rows", study.embeddings.key, study.positions),
        data=json.loads(json.dumps(describe_dataset(study) or {"name": study.name, "rows": len(study)})),
        model=study.embeddings.encoder if model is None else model.name,
        model_key=study.embeddings.encoder_key if model is None else model.key,
        pairs=grouped.pairs,
        tried=grouped.tried,
        names=grouped.names,
        domain=grouped.of,
        pool=rows.pool,
        labelled=rows.labelled,
        held_out=rows.held_out,
        entropies=found.entropies,
        guessed=found.guessed,
        lengths=np.empty(0) if lengths is None else lengths,
        chosen=rows.pool[picks],
        bins={name: rows.pool[places] for name, places in contrastive(space, domains, len(picks)).items()},
        others={kind: rows.pool[taken(found.entropies[kind], domains, plan)] for kind in plan.probes[1:]},
        random=tuple(random_rows(rows.pool, len(picks), plan.seed, each) for each in range(plan.random_seeds)),
        quality=quality,
        notes=(*grouped.notes, *division_notes(rows, plan, study), *_cut(model, lengths)),
    )
    return replace(result, notes=(*result.notes, *notes_on(result)))


def _cut(model: LanguageModel | None, lengths: NDArray[np.float64] | None) -> list[str]:
    if model is None or lengths is None:
        return []
    cut = int((lengths > model.context - (model.start is not None)).sum())
    if not cut:
        return []
    return [
        f"{cut:,} of {len(lengths):,} rows are longer than the {model.context:,} tokens that {model.name} reads: their "
        "states are those of their beginning."
    ]


def random_rows(pool: Indices, size: int, seed: int, number: int) -> Indices:
    """So many rows of the pool, rising; the number tells several such sets of one seed apart."""
    drawn = np.random.default_rng((seed, 2, number)).choice(pool, size, replace=False)
    return np.sort(drawn).astype(np.int64)


def _grouped(
    study: Study, plan: Plan, rows: Rows, sight: Sight, model: LanguageModel | None, progress: Progress
) -> _Grouped:
    of = np.full(len(study), -1, dtype=np.int64)
    every = rows.all
    if plan.label is not None:
        found = by_labels(study.labels(plan.label)[every])
        if not 2 <= len(found.names) <= _MOST_DOMAINS:
            raise UserError(
                f"Column {plan.label!r} has {len(found.names):,} different values, and domains are 2 to "
                f"{_MOST_DOMAINS:,}. Name another column."
            )
        of[every] = found.of
        return _Grouped(of, tuple(name or "(no label)" for name in found.names), (), (), {}, ())
    pairs, tried, notes = _pairs(study, plan, sight, model, part(progress, 0, 0.5))
    vectors = [sight.pairs(each) for each in pairs]
    start = np.array([each.astype(np.float64).mean(axis=0) for each in vectors])
    seen = _units(sight.rows(every, part(progress, 0.5, 1)))
    centroids = settled(seen[np.isin(every, rows.labelled)], start)
    of[every] = nearest(seen, centroids)
    names = tuple(each.name for each in plan.domains)
    own = [float((nearest(_units(each), centroids) == number).mean()) for number, each in enumerate(vectors)]
    return _Grouped(of, names, tuple(map(tuple, pairs)), tried, dict(zip(names, own, strict=True)), notes)


def _pairs(
    study: Study, plan: Plan, sight: Sight, model: LanguageModel | None, progress: Progress
) -> tuple[Sequence[Sequence[Pair]], tuple[int, ...], tuple[str, ...]]:
    """The pairs of each domain, how often the model tried, and notes on them."""
    if model is None or plan.source == "examples":
        return [each.examples for each in plan.domains], (), ()
    writer = Writer(model, study.store, plan.most_tokens, plan.warmth, plan.top_p)
    how = {name: getattr(plan, name) for name in ("seeds", "pairs", "window", "tries", "seed")}
    written = write_pairs(plan.domains, writer, sight.pairs, **how, progress=progress)
    notes = []
    for domain, each in zip(plan.domains, written, strict=True):
        if not each.pairs:
            raise UserError(
                f"{model.name} wrote no pair for {domain.name!r} in {each.tried:,} attempts. Choose another model, or "
                "give examples of the domains."
            )
        if len(each.pairs) < plan.pairs:
            notes.append(
                f"{domain.name}: {len(each.pairs):,} of {plan.pairs:,} pairs after {each.tried:,} attempts: "
                f"{each.alike:,} came too near to one that was kept (cosine {domain.threshold:g} or above), and "
                f"{each.blank:,} were empty."
            )
    return [each.pairs for each in written], tuple(each.tried for each in written), tuple(notes)


def _units(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return Space(vectors, name="the rows").unit
