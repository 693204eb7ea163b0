"""Ids from a file: a line each, a JSON list, or the ids file that `gamut select` writes."""

import json
from pathlib import Path
from typing import Any

from .choice import Id
from .errors import UserError


def read_ids(path: Path) -> tuple[Id, ...]:
    """The ids in a file, in order.

    Raises:
        UserError: no such file, one that cannot be read, or one without ids.
    """
    try:
        return parse_ids(path.read_bytes(), path.name)
    except OSError as error:
        raise UserError(f"The ids {path} cannot be read ({error.strerror}).") from error


def read_examples(path: Path) -> dict[str, tuple[Id, ...]]:
    """Seed examples of domains from a JSON file: {"maths": [ids], "code": [ids]}.

    Raises:
        UserError: no such file, or another content.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"The examples {path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise UserError(f"{path.name} is not JSON ({error}).") from error
    good = isinstance(found, dict) and all(
        isinstance(ids, list) and ids and all(isinstance(each, str | int) for each in ids) for ids in found.values()
    )
    if not good or len(found) < 2:
        raise UserError(
            f'{path.name} must name two domains or more, each with ids: {{"maths": ["id1"], "code": ["id2"]}}.'
        )
    return {name: tuple(ids) for name, ids in found.items()}


def parse_ids(content: bytes, name: str) -> tuple[Id, ...]:
    """The ids in the content of a file of that name.

    Raises:
        UserError: it holds none.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{name} is not text in UTF-8. Give ids a line each, or as JSON.") from error
    if text.lstrip()[:1] in ("{", "["):
        try:
            found: Any = json.loads(text)
        except ValueError as error:
            raise UserError(f"{name} begins like JSON and is none ({error}). Give a list of ids.") from error
        ids = found.get("ids") if isinstance(found, dict) else found
        if not isinstance(ids, list) or not all(isinstance(each, str | int) for each in ids):
            raise UserError(f"{name} holds no list of ids. Give ids a line each, a JSON list, or an ids file of Gamut.")
    else:
        ids = [line.strip() for line in text.splitlines() if line.strip()]
    if not ids:
        raise UserError(f"{name} holds no ids.")
    return tuple(ids)
