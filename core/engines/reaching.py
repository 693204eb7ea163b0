"""Whether there is a cluster at an address, asked before Ray is: it would wait for a minute and end the process."""

import math
import os
import socket

from ..errors import UserError

_SECONDS = 5.0
NOT_INSTALLED = 'The engine ray needs Ray. Install it: pip install "gamut[ray]".'


def check_reachable(address: str | None) -> str:
    """The address of the cluster, HOST:PORT or "auto".

    Raises:
        UserError: none is named, it is none, or nothing answers there.
    """
    address = check_address(address or os.environ.get("RAY_ADDRESS"))
    if address == "auto":
        return address
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS).close()
    except (OSError, OverflowError, UnicodeError) as error:
        raise UserError(
            f"There is no Ray cluster at {address} ({first_words(error)}). Start one there with `ray start --head`, "
            "or name another address."
        ) from error
    return address


def check_address(address: str | None) -> str:
    """The address, where it is HOST:PORT or "auto"; nobody is asked there.

    Raises:
        UserError: none is named, or it is none.
    """
    if not address:
        raise UserError(
            "The engine ray needs the address of a cluster, HOST:PORT or auto: --address of a command, --ray-address "
            "of `gamut app`, or RAY_ADDRESS."
        )
    host, colon, port = address.rpartition(":")
    if address != "auto" and (not colon or not host or not (port.isascii() and port.isdigit()) or "/" in host):
        raise UserError(
            f"{address!r} is no address of a Ray cluster. Name the head as HOST:PORT, such as 10.0.0.1:6379, or auto."
        )
    return address


def first_words(error: BaseException) -> str:
    """The first line of what an error says."""
    words = str(error).strip().splitlines()
    return words[0][:200].rstrip(".") if words else type(error).__name__


def share_from() -> float:
    """Multiply-adds of a step from which it is shared out."""
    return _number("GAMUT_SHARE_FROM", "2e9")


def rows_a_shard() -> int:
    """Rows that lie together at least."""
    return max(1, int(_number("GAMUT_SHARD_ROWS", "4096")))


def _number(name: str, default: str) -> float:
    given = os.environ.get(name, default)
    try:
        found = float(given)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise UserError(f"{name} is {given!r}, and must be a number, such as {default}.")
    return found
