"""Holding rows against evaluation datasets, in blocks: what is in memory is the evaluation rows and a block of rows."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..dataset import Dataset
from ..digest import digest
from ..embeddings import Embeddings
from ..errors import UserError
from ..geometry import Space
from ..progress import Progress, part, silent
from ..study import Study
from ..template import Template, default_template, texts
from .exact import Both, ExactIndex
from .found import Contamination, Evaluation, How, pack, unpack
from .grams import GramIndex
from .normal import words_of

VERSION = 1
_BLOCK = 2000  # rows whose words are in memory at a time


def check(
    study: Study, evaluations: Sequence[Dataset], how: How | None = None, *, progress: Progress = silent
) -> Contamination:
    """Which rows of the study meet a row of those datasets; kept in the store.

    Texts are compared as prompt and response (or what text there is), and prompts also alone, whatever was embedded.
    Embeddings are compared by the study's own encoder.

    Raises:
        UserError: no evaluation dataset, or vectors alone, which have no text.
    """
    how = how or How()
    if not evaluations:
        raise UserError("Name at least one evaluation file to hold the rows against.")
    if study.dataset is None:
        raise UserError(
            f"{study.name} has vectors alone, and no texts to hold against evaluation rows. Name the dataset."
        )
    found: Contamination = study._once(
        _key(study, evaluations, how), lambda: _checked(study, evaluations, how, progress), pack, unpack
    )
    return _named(found, evaluations, how)


def kept(study: Study, evaluations: Sequence[Dataset], how: How) -> Contamination | None:
    """What was found before, or None."""
    found: Contamination | None = study._kept(_key(study, evaluations, how), unpack)
    return None if found is None else _named(found, evaluations, how)


def _named(found: Contamination, evaluations: Sequence[Dataset], how: How) -> Contamination:
    """What was kept, by the limits and names of today: the work is the same for all of them."""
    return replace(found, how=how, evaluations=tuple(map(_described, evaluations)))


def _key(study: Study, evaluations: Sequence[Dataset], how: How) -> str:
    assert study.dataset is not None
    near = None
    if how.similarity is not None:
        near = [study.key, study.embeddings.encoder_key, _near_template(study).as_json()]
    theirs = [[each.key, each.roles.as_json()] for each in evaluations]
    mine = [study.dataset.key, study.dataset.roles.as_json(), study.positions]
    return digest("contamination", VERSION, mine, theirs, how.words, near)


def _checked(study: Study, evaluations: Sequence[Dataset], how: How, progress: Progress) -> Contamination:
    assert study.dataset is not None
    near = how.similarity is not None and bool(study.embeddings.encoder_name)
    by_words = part(progress, 0, 0.5 if near else 1)
    found = check_texts(study.dataset, evaluations, how, rows=study.positions, progress=by_words)
    if near:
        places, cosines = _nearest(study, evaluations, part(progress, 0.5, 1))
        return replace(found, near=places, cosine=cosines, skipped={})
    if how.similarity is not None:
        return replace(
            found, skipped={"near": "the vectors are your own, and no encoder is known for the evaluation rows."}
        )
    return found


def check_texts(
    dataset: Dataset,
    evaluations: Sequence[Dataset],
    how: How,
    *,
    rows: NDArray[np.int64] | None = None,
    progress: Progress = silent,
) -> Contamination:
    """The same by words alone, which needs no embeddings; of those rows of the dataset, all by default."""
    progress(0.0, "Reading the evaluation rows")
    theirs = [(words_of(text), words_of(prompt)) for each in evaluations for text, prompt in _texts_of(each)]
    exact = ExactIndex((" ".join(text), " ".join(prompt)) for text, prompt in theirs)
    grams = GramIndex([text for text, _ in theirs], how.words)
    wanted = np.arange(len(dataset), dtype=np.int64) if rows is None else rows
    n = len(wanted)
    same, whole = np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.bool_)
    gram, share, share_of = np.full(n, -1, dtype=np.int64), np.zeros(n), np.zeros(n)
    mine = _texts_of(dataset)
    for start in range(0, n, _BLOCK):
        some = slice(start, min(n, start + _BLOCK))
        block = [(words_of(text), words_of(prompt)) for text, prompt in (mine[row] for row in wanted[some])]
        pairs = [exact.find((" ".join(text), " ".join(prompt))) for text, prompt in block]
        same[some], whole[some] = zip(*pairs, strict=True)
        shared = grams.find([text for text, _ in block])
        gram[some], share[some], share_of[some] = shared.place, shared.share, shared.share_of_evaluation
        progress(some.stop / n, f"Compared the words of {some.stop:,} of {n:,} rows")
    nowhere, nothing = np.full(n, -1, dtype=np.int64), np.full(n, np.nan)
    skipped = {"near": "not asked for."}
    named = tuple(map(_described, evaluations))
    return Contamination(how, named, same, whole, gram, share, share_of, nowhere, nothing, skipped)


def _texts_of(dataset: Dataset) -> Sequence[Both]:
    """Text and prompt of every row, "" where a row has none."""
    whole = texts(dataset, default_template(dataset))
    if dataset.roles.prompt is None and dataset.roles.conversation is None:
        return [(text, "") for text in whole]
    return list(zip(whole, texts(dataset, Template("prompt")), strict=True))


def _nearest(
    study: Study, evaluations: Sequence[Dataset], progress: Progress
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The evaluation row nearest to each row of the study, and its cosine."""
    vectors, numbers, before = [], [], 0
    for done, each in enumerate(evaluations):
        share = part(progress, 0.8 * done / len(evaluations), 0.8 * (done + 1) / len(evaluations))
        found, positions = _embedded(study, each, share)
        vectors.append(found.vectors)
        numbers.append(before + positions)
        before += len(each)
    home = Space(np.concatenate(vectors), name="the evaluation rows")
    squared, nearest = study.space.neighbours(1, home, progress=part(progress, 0.8, 1))
    return np.concatenate(numbers)[nearest[:, 0]], 1 - squared[:, 0] / 2


def _embedded(study: Study, dataset: Dataset, progress: Progress) -> tuple[Embeddings, NDArray[np.int64]]:
    from ..opening import embed_dataset
    from ..store import Store

    store = study.store or Store()
    template = _near_template(study)
    try:
        template.needs(dataset)
    except UserError:  # a file of questions alone has no responses to embed
        template = default_template(dataset)
    other = embed_dataset(
        dataset, store, study.embeddings.encoder_name, template, leave_out_empty=True, progress=progress
    )
    return other.embeddings, other.positions


def _near_template(study: Study) -> Template:
    """What is embedded of evaluation rows: what is of the study's, unless that names columns of its own."""
    mine = study.template
    return Template() if mine is None or mine.kind in ("column", "custom") else mine


def _described(dataset: Dataset) -> Evaluation:
    sources = tuple({"name": each.name, "sha256": each.sha256} for each in dataset.sources)
    return Evaluation(dataset.name, len(dataset), sources)
