"""Who may use a server that asks for a login: people by their e-mail address, or everybody of a domain."""

import os
from collections.abc import Mapping

from .errors import UserError

VARIABLE = "GAMUT_USERS"


def members() -> tuple[str, ...]:
    """The addresses (`ada@example.org`) and domains (`@example.org`) of `$GAMUT_USERS`; none: whoever can log in.

    Raises:
        UserError: one is neither.
    """
    found = tuple(word.strip().casefold() for word in os.environ.get(VARIABLE, "").split(",") if word.strip())
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
    email = email.casefold()
    return email in allowed or email[email.index("@") :] in allowed
