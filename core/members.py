"""Who may use a server that asks for a login: people by their e-mail address, or everybody of a domain."""

import os
import string
from collections.abc import Mapping

from .errors import UserError

VARIABLE = "GAMUT_USERS"


def members() -> tuple[str, ...]:
    """The addresses (`ada@example.org`) and domains (`@example.org`) of `$GAMUT_USERS`; none: whoever can log in.

    Raises:
        UserError: one is neither.
    """
    given = os.environ.get(VARIABLE, "")
    found = tuple(_folded(word.strip()) for word in given.split(",") if word.strip())
    if given.strip() and not found:  # commas alone, as of a list whose parts were not filled in
        raise UserError(f"{VARIABLE} is {given!r}, which names nobody. Name addresses or domains, or leave it empty.")
    for word in found:
        if word.count("@") != 1 or word.endswith("@") or any(letter.isspace() or letter == "*" for letter in word):
            raise UserError(
                f"{VARIABLE} has {word!r}, which is neither an address (ada@example.org) nor a domain (@example.org)."
            )
    return found


def is_member(user: Mapping[str, object], allowed: tuple[str, ...]) -> bool:
    """Whether one of whom the provider says this may use the server.

    An address that the provider says is not verified is nobody's.

    >>> is_member({"email": "Ada@Example.org"}, ("@example.org",))
    True
    >>> is_member({"email": "ada@example.org.evil.net"}, ("@example.org",))
    False
    >>> is_member({"email": "ada@example.org", "email_verified": False}, ("ada@example.org",))
    False
    """
    if not allowed:
        return True
    email = user.get("email")
    if not isinstance(email, str) or email.count("@") != 1 or user.get("email_verified") in (False, "false"):
        return False
    email = _folded(email)
    return email in allowed or email[email.index("@") :] in allowed


def _folded(address: str) -> str:
    """With small ASCII letters; Python's own folding makes one of addresses that are two, as of straße and strasse."""
    return address.translate(_SMALL)


_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
