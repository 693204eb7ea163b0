"""Making a bundle: everything that shows how rows were chosen, in one zip file, the same bytes for the same choice."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..contamination import Contamination, check, csv_of, described
from ..dataset import Dataset
from ..digest import digest_file
from ..manifest import file_record, manifest
from ..metrics import METRICS, Score
from ..progress import Progress, part, silent
from ..recipe import Recipe, dump_recipe
from ..selectors import Selection
from ..store import write_json
from ..study import Study
from ..writing import ids_object, write_subset
from . import names
from .asked import FILES, Asked
from .metrics_table import metrics_csv
from .report import Drawn, report
from .row_list import write_rows
from .zips import write_zip


def make_bundle(
    path: Path,
    study: Study,
    selection: Selection,
    recipe: Recipe,
    asked: Asked | None = None,
    *,
    evaluations: Sequence[Dataset] = (),
    more: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> str:
    """Write the proof of a selection as one zip file; returns its SHA-256.

    Nothing in it tells when it was made, so that the same selection with the same versions gives the same bytes.

    Args:
        evaluations: datasets that the chosen rows are held against.
        more: further fields of the manifest.
    """
    asked = asked or Asked()
    options = dict(asked.options or {})
    scores, random_scores = _measured(study, selection, asked, part(progress, 0, 0.5))
    met = _met(study, selection, asked, evaluations, part(progress, 0.5, 0.7))
    progress(0.7, "Writing the rows")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        records = []
        if asked.kind in FILES:
            write_subset(folder / FILES[asked.kind], asked.kind, study, selection, **options)
            records = [file_record(folder / FILES[asked.kind], asked.kind, **options)]
        add = options.get("add", [])
        proof = manifest(study, selection, recipe, scores=scores, random_scores=random_scores, add=add, files=records)
        proof = _timeless(proof) | dict(more or {})
        proof["bundle"] = {"format": 1, "map": asked.map, "random_seeds": list(asked.random_seeds)}
        proof["contamination"] = None if met is None else {name: met[name] for name in ("evaluations", "how", "counts")}
        ids = ids_object(study, selection, {}, add=add)
        del ids["manifest"]
        write_json(folder / names.IDS, ids)
        _write(folder / names.RECIPE, dump_recipe(recipe))
        _write(folder / names.METRICS, metrics_csv(proof))
        if met is not None:
            write_json(folder / names.MET, met)
            _write(folder / names.MET_TABLE, csv_of(met["rows"]))
        if study.dataset is not None:
            write_rows(folder / names.DATA_ROWS, study.dataset)
        drawn = _drawn(study, selection, asked, part(progress, 0.75, 0.98))
        _write(folder / names.REPORT, report(proof, drawn, met))
        write_json(folder / names.MANIFEST, proof)
        there = [each.name for each in folder.iterdir()]
        data = study.dataset.given if study.dataset else []
        _write(folder / names.README, names.readme(there, [each["name"] for each in records], data))
        _write(folder / names.SUMS, names.sums({each.name: digest_file(each) for each in folder.iterdir()}))
        write_zip(path, {each.name: each for each in folder.iterdir()})
    progress(1.0, "Wrote the bundle")
    return digest_file(path)


def _measured(
    study: Study, selection: Selection, asked: Asked, progress: Progress
) -> tuple[list[Score], list[list[Score]]]:
    """The scores of the chosen rows, with intervals, and of random subsets; without those that so few rows have not."""
    wanted = [name for name in asked.metrics if "texts" not in METRICS[name].needs or study.texts is not None]
    refused: dict[str, str] = {}
    sets = len(asked.random_seeds) + 2
    subset = study.subset(selection.positions, "the selection")
    scores = subset.measure(wanted, refused=refused, progress=part(progress, 0, 2 / sets)) if wanted else []
    random_scores = []
    for done, seed in enumerate(asked.random_seeds if wanted else (), 2):
        drawn = study.random_subset(len(selection), seed)
        share = part(progress, done / sets, (done + 1) / sets)
        random_scores.append(drawn.measure(wanted, intervals=False, refused=refused, progress=share))
    return scores, random_scores


def _met(
    study: Study, selection: Selection, asked: Asked, evaluations: Sequence[Dataset], progress: Progress
) -> dict[str, Any] | None:
    """The contamination of the chosen rows, and the counts of all rows beside it."""
    if not evaluations:
        return None
    found: Contamination = check(study, evaluations, asked.against, progress=progress)
    rows = selection.positions
    told = described(found.of(rows), [study.ids[row] for row in rows], study.positions[rows].tolist())
    return told | {"all_rows": {"n": len(found), "counts": found.counts()}}


def _timeless(proof: dict[str, Any]) -> dict[str, Any]:
    """The manifest without what differs from one time to the next: when it was made, and how long things took."""

    def without(score: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in score.items() if name != "seconds"}

    scores = [without(score) for score in proof["scores"]]
    random_scores = [[without(score) for score in scores] for scores in proof["random"]]
    kept = {name: value for name, value in proof.items() if name != "made"}
    return kept | {"scores": scores, "random": random_scores}


def _drawn(study: Study, selection: Selection, asked: Asked, progress: Progress) -> Drawn:
    projection = study.project(asked.map, progress=part(progress, 0, 0.7))
    clusters = study.cluster("kmeans", progress=part(progress, 0.7, 1))
    title = {"pca": "the first two principal components", "umap": "UMAP"}[asked.map]
    return Drawn(projection.xy, title, selection.positions, clusters.labels, list(clusters.names), selection.gains)


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "backslashreplace"))
