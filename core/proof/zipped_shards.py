"""Shards with their manifest in one zip file, for a download."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..progress import Progress, silent
from ..selectors import Selection
from ..shards import Sharding, write_shards
from ..store import write_json
from ..study import Study
from .zips import write_zip


def zip_shards(
    path: Path,
    name: str,
    kind: str,
    study: Study,
    selection: Selection,
    how: Sharding,
    proof: Mapping[str, Any] | None,
    *,
    progress: Progress = silent,
    **options: Any,
) -> list[str]:
    """Write the shards that `gamut select --shards` writes, in one zip; returns their names.

    Args:
        name: what the one file would be called.
        proof: the manifest, None where nobody chose the rows.
        options: of `write_shards`: order, escape_formulas, add.

    Raises:
        UserError: as `write_shards`.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        records = write_shards(folder / name, kind, study, selection, how, progress=progress, **options)
        if proof is not None:
            write_json(folder / f"{name}.manifest.json", dict(proof) | {"files": records})
        write_zip(path, {each.name: each for each in folder.iterdir()})
    return [str(record["name"]) for record in records]
