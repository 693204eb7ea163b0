"""Edits of clusters read from JSON, and the file that holds them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .cluster_edits import ClusterEdits, Parts
from .errors import UserError
from .subset_names import checked_name

_FIELDS = ("method", "params", "labels", "names", "merged", "excluded")
_EXAMPLE = '{"names": {"3": "Maths"}, "merged": [[1, 2]], "excluded": [5]}'


def read_edits_file(path: Path) -> ClusterEdits:
    """The edits in a JSON file.

    Raises:
        UserError: a file that cannot be read, or holds no edits.
    """
    try:
        return read_edits(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UserError(f"The edits {path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:  # that is no JSON, no text, or lists in lists in lists
        raise UserError(f"{path.name} is not JSON ({error}).") from error


def read_edits(found: Any) -> ClusterEdits:
    """The edits that JSON holds; see `ClusterEdits.from_json`."""
    if not isinstance(found, Mapping):
        raise UserError(f"Edits of clusters are an object such as {_EXAMPLE}.")
    if unknown := [str(name) for name in found if name not in _FIELDS]:
        raise UserError(f"Edits of clusters have no field {unknown[0]!r}. Their fields: {', '.join(_FIELDS)}.")
    method, params, labels = found.get("method", "kmeans"), found.get("params") or {}, found.get("labels") or ""
    names, merged, excluded = found.get("names") or {}, found.get("merged") or [], found.get("excluded") or []
    if not isinstance(method, str) or not isinstance(params, Mapping) or not isinstance(labels, str):
        raise UserError("Of edits of clusters, method and labels are texts and params are by name.")
    if not isinstance(names, Mapping) or not all(isinstance(name, str) for name in names.values()):
        raise UserError(f'The names of clusters are texts by number: {{"3": "Maths"}}, and were {str(names)[:80]}.')
    if not isinstance(merged, list) or not all(_are_numbers(each) and len(set(each)) > 1 for each in merged):
        raise UserError(f"Merged clusters are lists of two numbers or more: [[1, 2]], and were {str(merged)[:80]}.")
    if not _are_numbers(excluded):
        raise UserError(f"Excluded clusters are a list of numbers: [5], and were {str(excluded)[:80]}.")
    every = [part for each in merged for part in set(each)]
    if twice := [part for part in every if every.count(part) > 1]:
        raise UserError(f"Cluster {twice[0]} is merged twice. Put all that is merged with it into one list.")
    return ClusterEdits(
        method,
        dict(params),
        labels,
        {_parts(each): checked_name(name, "cluster") for each, name in names.items()},
        tuple(sorted(tuple(sorted(set(each))) for each in merged)),
        tuple(sorted(set(excluded))),
    )


def _are_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, int) and not isinstance(each, bool) for each in value)


def _parts(word: Any) -> Parts:
    pieces = str(word).split("+")
    if not all(piece.isascii() and piece.isdecimal() and len(piece) < 10 for piece in pieces):
        raise UserError(f"{str(word)[:80]!r} names no cluster: write its number, or those of a merged one: 1+2.")
    return tuple(sorted({int(piece) for piece in pieces}))
