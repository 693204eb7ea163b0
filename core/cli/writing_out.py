"""Writing what was chosen, as `gamut select` and `gamut replay` do: ids with the manifest inside, or rows beside it."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..manifest import file_record
from ..selectors import Selection
from ..shards import KINDS, Sharding, write_shards
from ..store import write_json
from ..study import Study
from ..writing import ids_object, kind_of, write_subset
from .outputs import check_outputs


def write(
    path: Path,
    kind: str,
    study: Study,
    selection: Selection,
    proof: dict[str, Any],
    *,
    order: str = "chosen",
    escape_formulas: bool = False,
    add: Sequence[str] = (),
) -> None:
    """Write a selection as ids with the manifest inside, or as rows with the manifest beside them."""
    if kind == "json":
        write_json(path, ids_object(study, selection, proof, add=add))
        return
    options: dict[str, Any] = {"order": order} | ({"escape_formulas": escape_formulas} if kind == "csv" else {})
    options |= {"add": list(add)} if add else {}
    write_subset(path, kind, study, selection, **options)
    write_json(manifest_path(path), proof | {"files": [file_record(path, kind, **options)]})


def write_sharded(
    path: Path, kind: str, study: Study, selection: Selection, proof: dict[str, Any], how: Sharding, **options: Any
) -> None:
    """Write a selection as shards, with one manifest of them all beside them; says how many there are."""
    records = write_shards(path, kind, study, selection, how, **options)
    write_json(manifest_path(path), proof | {"files": records})
    print(f"{len(records):,} files, {records[0]['name']} to {records[-1]['name']}")


def sharding_of(options: argparse.Namespace, kind: str) -> Sharding | None:
    """How the options divide the rows, None where they do not; refused before any work where they cannot."""
    if options.shards is None:
        if options.pack:
            raise UserError("--pack packs shards: say how large they are with --shards, such as --shards '1000 rows'.")
        return None
    if kind not in KINDS:
        raise UserError("Shards hold rows: write .jsonl, .csv or .parquet.")
    return Sharding.parse(options.shards, options.pack or "")


def output_kind(options: argparse.Namespace, *others: str) -> str:
    """What the file that --out names holds; refused before any work where it cannot be written.

    `others` are options of further files that are written.
    """
    kind = kind_of(options.out)
    check_outputs(options, "out", *others, beside=[] if kind == "json" else [manifest_path(options.out)])
    return kind


def manifest_path(path: Path) -> Path:
    """Where the manifest of a file of rows lies."""
    return path.with_name(f"{path.name}.manifest.json")
