"""Centroids of domains that a person brings along: by name, inside a recipe, so that a recipe needs no other file.

centroids: {names: [maths, code], type: float32, points: "base64 of the numbers, row after row"}
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import UserError

_TYPES = {"float32": "<f4", "float64": "<f8"}
_FIELDS = {"names", "type", "points"}


@dataclass(frozen=True)
class Centroids:
    """A point for each domain, as plain values that can be compared and written into a recipe."""

    names: tuple[str, ...]
    type: str  # of the numbers
    content: bytes  # the numbers, row after row, least byte first

    @classmethod
    def of(cls, points: ArrayLike, names: Sequence[Any] | None = None, source: str = "the centroids") -> "Centroids":
        """Those points, (k, d), of the domains of those names, "1" to "k" by default.

        Raises:
            UserError: fewer than two, numbers that are not finite, names that are not one each.
        """
        found = np.asarray(points)
        if found.ndim != 2 or found.dtype.kind not in "fiu" or len(found) < 2 or not np.isfinite(found).all():
            shape = " x ".join(map(str, found.shape))
            raise UserError(f"{source}: expected two rows or more of finite numbers, a centroid each, found {shape}.")
        called = tuple(str(name) for name in (range(1, len(found) + 1) if names is None else names))
        if len(called) != len(found) or len(set(called)) != len(called):
            raise UserError(f"{source}: there are {len(found):,} centroids, which need as many names, no two the same.")
        kind = "float32" if found.dtype == np.float32 else "float64"
        return cls(called, kind, found.astype(_TYPES[kind]).tobytes())

    @property
    def points(self) -> NDArray[np.float64]:
        """(k, d)."""
        return np.frombuffer(self.content, dtype=_TYPES[self.type]).reshape(len(self.names), -1).astype(np.float64)

    def as_json(self) -> dict[str, Any]:
        return {
            "names": list(self.names),
            "type": self.type,
            "points": base64.b64encode(self.content).decode("ascii"),
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Centroids":
        """Those that `as_json` wrote.

        Raises:
            UserError: something else.
        """
        names, kind, words = (found.get(name) for name in ("names", "type", "points"))
        if (
            set(found) != _FIELDS
            or not isinstance(names, list)
            or kind not in tuple(_TYPES)
            or not isinstance(words, str)
        ):
            raise UserError(
                "Centroids in a recipe are {names: [maths, code], type: float32, points: base64}, or a file."
            )
        try:
            numbers = np.frombuffer(base64.b64decode(words, validate=True), dtype=_TYPES[kind])
        except (binascii.Error, ValueError) as error:
            raise UserError("The points of the centroids are cut short or no base64: save the recipe again.") from error
        if not names or len(numbers) % len(names):
            raise UserError("The centroids in the recipe are not as many as their names: save the recipe again.")
        return cls.of(numbers.reshape(len(names), -1), names)


def read_centroids(source: Path | str) -> Centroids:
    """Centroids from a file, a row or an entry each: .npy; .npz, with the names in a list `names`; Parquet; or JSON,
    {"centroids": {"maths": [0.1, ...], "code": [...]}}.

    Raises:
        UserError: no such file, or one that holds none.
    """
    from .vector_files import id_names, load_array, load_ids, locate

    if Path(source).suffix.lower() == ".json":
        return _from_json_file(Path(source))
    file, part = locate(source)
    names = load_ids(file, "names") if "names" in id_names(file) else None
    return Centroids.of(np.array(load_array(file, part)), names, file.name)


def holds_centroids(content: bytes) -> bool:
    """Whether the content of a JSON file is centroids, and not seed examples."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and set(found) == {"centroids"} and isinstance(found["centroids"], dict)


def _from_json_file(path: Path) -> Centroids:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"The centroids {path} cannot be read ({error.strerror}).") from error
    if not holds_centroids(content):
        raise UserError(f'{path.name} is not of the form {{"centroids": {{"maths": [0.1, ...], "code": [...]}}}}.')
    found = json.loads(content)["centroids"]
    try:
        points = np.array(list(found.values()), dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise UserError(f"{path.name}: every centroid is a list of as many numbers.") from error
    return Centroids.of(points, list(found), path.name)
