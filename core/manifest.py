"""What was done, from what, with which versions: enough to do it again, and to check that a subset is what it says."""

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from . import __version__
from .added import added
from .dataset import Dataset, Source
from .digest import digest, digest_file
from .metrics import Score
from .recipe import Recipe
from .recorded_edits import recorded_edits
from .selectors import Selection
from .study import Study
from .study_data import StudyData

FORMAT = 2
_PACKAGES = (
    "numpy",
    "torch",
    "sentence-transformers",
    "transformers",
    "faiss-cpu",
    "scikit-learn",
    "umap-learn",
    "pyarrow",
)


def manifest(
    study: Study,
    selection: Selection,
    recipe: Recipe,
    *,
    scores: Sequence[Score] = (),
    random_scores: Sequence[Sequence[Score]] = (),
    add: Sequence[str] = (),
    files: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The proof of a selection as plain JSON.

    Args:
        scores: the metrics of the chosen rows; random_scores: those of random subsets of the same size.
        add: names of the values per row that are written beside the rows.
        files: what was written: name, format, sha256 and the options of the export.
    """
    rows = study.positions[selection.positions]
    return {
        **head(),
        "dataset": describe_dataset(study),
        **embedded(study),
        "recipe": recipe.as_json(),
        "selection": {
            "selector": selection.selector,
            "params": dict(selection.params),
            "pool": selection.pool,
            "chosen": len(selection),
            "notes": list(selection.notes),
            "details": dict(selection.details),
            "positions": [int(row) for row in rows],
            "positions_digest": digest(rows),
        },
        "scores": [score.as_json() for score in scores],
        "random": [[score.as_json() for score in scores] for scores in random_scores],
        "added": {name: column.as_json() for name, column in added(study, selection, add).items()},
        **recorded_edits(study, add),
        "files": [dict(file) for file in files],
    }


def head() -> dict[str, Any]:
    """What every manifest begins with: that it is one, when it was made, and by which versions."""
    return {
        "gamut_manifest": FORMAT,
        "gamut": __version__,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in _PACKAGES},
    }


def file_record(path: Path, kind: str, **options: Any) -> dict[str, Any]:
    """What a manifest says of a file that was written."""
    return {"name": path.name, "format": kind, "sha256": digest_file(path), **options}


def describe_dataset(study: StudyData) -> dict[str, Any] | None:
    """What a manifest says of the rows of a study; nothing of vectors alone."""
    data = study.dataset
    return None if data is None else describe_rows(data, left_out=len(data) - len(study.positions))


def describe_rows(data: Dataset, *, left_out: int = 0) -> dict[str, Any]:
    """What a manifest says of a dataset; `left_out` are its rows that the study of it is without."""
    return {
        "name": data.name,
        "key": data.key,
        "rows": len(data),
        "left_out": left_out,
        "sources": [_source(source) for source in data.sources],
        "roles": data.roles.as_json(),
    }


def _source(source: Source) -> dict[str, Any]:
    """What a manifest says of a file: of one that was fetched, from where too."""
    found: dict[str, Any] = {"name": source.name, "sha256": source.sha256, "bytes": source.bytes}
    return found | ({"address": source.address, "revision": source.revision} if source.address else {})


def embedded(study: StudyData) -> dict[str, Any]:
    """What a manifest says of the embedding of a study, and of its reference."""
    return {
        "embedding": _embedding(study),
        "reference": None if study.reference is None else _reference(study.reference),
    }


def _embedding(study: StudyData) -> dict[str, Any]:
    found = study.embeddings
    return {
        "encoder": found.encoder,
        "encoder_name": found.encoder_name,
        "encoder_key": found.encoder_key,
        "key": found.key,
        "n": found.n,
        "dim": found.dim,
        "truncated_share": found.truncated_share,
        "template": study.template.as_json() if study.template else None,
        "leave_out_empty": study.leave_out_empty,
    }


def _reference(reference: StudyData) -> dict[str, Any]:
    saved = {"subset": {"name": reference.name, "positions": [int(row) for row in reference.positions]}}
    return {
        "name": reference.name,
        "key": reference.embeddings.key,
        "n": len(reference),
        "dataset": describe_dataset(reference),
        "embedding": _embedding(reference),
        **(saved if reference.rows_key else {}),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
