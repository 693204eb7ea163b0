"""Ids from a file, as a choice takes them; what may be in such a file is said in core/id_lists.py."""

import json
from pathlib import Path

from .choice import Id
from .errors import UserError
from .id_lists import listed_ids


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
        UserError: it holds none, or what is no id.
    """
    return tuple(each.id for each in listed_ids(content, name)[0])
