"""Roles of columns in the words of a command: read from its options, and written as options that say the same."""

import argparse
from dataclasses import fields, replace
from typing import Any

from ..errors import UserError
from ..shapes import Quality, Roles

_BY_NAME = ("prompt", "response", "conversation", "text", "id")  # roles with an option of their own
_ROLES = tuple(field.name for field in fields(Roles))


def add_roles(group: Any) -> None:
    """The arguments that give roles to columns."""
    for role in _BY_NAME:
        group.add_argument(f"--{role}", metavar="COLUMN", help=f"the column that is the {role}")
    group.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="ROLE=COLUMN",
        help=f"any role ({', '.join(_ROLES)}); ROLE= takes it from the column that was guessed, "
        "quality=COLUMN:low means lower is better; repeatable",
    )


def roles_of(options: argparse.Namespace, guessed: Roles) -> Roles:
    """The guessed roles with those that the options name.

    Raises:
        UserError: a --role that is no ROLE=COLUMN, or names one role twice.
    """
    named = {role: getattr(options, role) for role in _BY_NAME}
    found: dict[str, Any] = {role: column or None for role, column in named.items() if column is not None}
    scores: list[Quality] = []
    for word in options.role:
        role, equals, column = word.partition("=")
        if not equals or role not in _ROLES:
            raise UserError(f"--role {word}: expected ROLE=COLUMN, where ROLE is one of {', '.join(_ROLES)}.")
        if role in found and role != "quality":
            raise UserError(f"--role {word}: the role {role} is given twice.")
        if role == "quality" and column:
            scores.append(Quality(*parse_quality(column)))
        found[role] = tuple(scores) if role == "quality" else column or None
    return replace(guessed, **found)


def role_words(guessed: Roles, chosen: Roles) -> list[str]:
    """The options by which a command makes the chosen roles of those that it guesses."""
    words: list[str] = []
    for role in _ROLES:
        now = getattr(chosen, role)
        if now == getattr(guessed, role):
            continue
        if role == "quality":
            columns = [quality_word(quality.column, quality.higher_is_better) for quality in now] or [""]
            words += [word for column in columns for word in ("--role", f"quality={column}")]
        elif now and role in _BY_NAME and not now.startswith("-"):
            words += [f"--{role}", now]
        else:
            words += ["--role", f"{role}={now or ''}"]
    return words


def parse_quality(text: str) -> tuple[str, bool]:
    """The column and whether higher is better: `score`, or `perplexity:low`."""
    column, colon, direction = text.rpartition(":")
    if colon and direction in ("low", "high"):
        return column, direction == "high"
    return text, True


def quality_word(column: str, higher_is_better: bool) -> str:
    """The column and its direction as `parse_quality` reads them."""
    if not higher_is_better:
        return f"{column}:low"
    return f"{column}:high" if column.endswith((":low", ":high")) else column
