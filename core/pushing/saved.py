"""The folder of a saved subset as it is uploaded: rows that no recipe chose, their card, and the proof of how they were
made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..dataset import Dataset
from ..errors import UserError
from ..proof import names
from ..proof.asked import FILES
from ..proof.rows_again import TABLES
from ..store import write_json
from ..study import Study
from ..subset import Subset
from ..subset_files import described_alone, write_saved
from .card import card
from .folder import DATA, PROOF, new_folder, write_sums

_IDS = FILES["ids"]


def subset_folder(
    folder: Path,
    name: str,
    kind: str,
    dataset: Dataset,
    subset: Subset,
    *,
    study: Study | None = None,
    more: Mapping[str, Any] | None = None,
    **options: Any,
) -> None:
    """Write rows, card and proof of a subset into a folder that is empty or not there yet.

    Args:
        name: what the dataset is called on the hub: org/name.
        kind: jsonl, csv or parquet.
        study: that of the dataset, where values per row are added.
        more: further fields of the manifest.
        options: of `write_saved`: order, escape_formulas, add.

    Raises:
        UserError: a format without rows, a folder that holds something, or as `write_saved`.
    """
    check_kind(kind)
    with new_folder(folder) as draft:
        proof = write_saved(draft / DATA / FILES[kind], kind, dataset, subset, study=study, **options)
        write_json(draft / PROOF / names.MANIFEST, proof | dict(more or {}))
        write_saved(draft / PROOF / _IDS, "ids", dataset, subset)
        (draft / "README.md").write_text(_card(proof, name, kind), encoding="utf-8", errors="backslashreplace")
        write_sums(draft)


def card_of_subset(
    name: str, kind: str, dataset: Dataset, subset: Subset, proof: Mapping[str, Any] | None = None
) -> str:
    """The card alone, to be looked at beforehand; `proof` is the manifest where values per row are added.

    Raises:
        UserError: a format without rows.
    """
    check_kind(kind)
    return _card(proof or described_alone(dataset, subset), name, kind)


def check_kind(kind: str) -> None:
    """A UserError where rows of that format are none that a dataset on the hub is made of."""
    if kind not in TABLES:
        raise UserError("The hub takes rows: choose JSONL, CSV or Parquet as the format.")


def _card(proof: Mapping[str, Any], name: str, kind: str) -> str:
    return card(proof, name, f"{DATA}/{FILES[kind]}", [f"{PROOF}/{names.MANIFEST}", f"{PROOF}/{_IDS}"])
