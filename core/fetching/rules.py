"""What may be fetched: how much, and from which part of the network. The app asks less of the command line's rights."""

import ipaddress
import os
import re
import socket
from dataclasses import dataclass
from typing import Self

from ..errors import UserError

_UNITS = {"": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "tb": 1000**4}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Rules:
    """What is allowed."""

    most_bytes: int  # of one address, as they come over the network
    private: bool  # whether servers of the own network may be asked
    buckets: frozenset[str] | None = None  # that may be read; None for any

    @classmethod
    def of_command_line(cls) -> Self:
        """Whoever types a command has the rights of their own account."""
        return cls(most_bytes(), private=True)

    @classmethod
    def of_app(cls) -> Self:
        """Whoever opens a page may be a stranger: no way into the server's own network, nor with its keys to buckets.

        GAMUT_ALLOW_PRIVATE=1 opens the own network, GAMUT_S3_BUCKETS names buckets (commas between them, or *).
        """
        named = {name.strip() for name in os.environ.get("GAMUT_S3_BUCKETS", "").split(",")} - {""}
        return cls(
            most_bytes(),
            private=os.environ.get("GAMUT_ALLOW_PRIVATE", "") == "1",
            buckets=None if "*" in named else frozenset(named),
        )

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A connection to that host; to the very addresses that were looked at, so that none can change in between.

        Raises:
            UserError: the host is not known, or lies in the own network where that is not allowed.
            OSError: it does not answer.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise UserError(
                f"There is no way to {host[:80]}: its name is not known here. Check the address and whether this "
                "machine has a network; else fetch the file elsewhere and open it as a file."
            ) from error
        if not self.private and any(is_private(str(each[4][0])) for each in found):
            raise UserError(
                f"{host[:80]} lies in this server's own network, into which the app opens no way. Whoever runs it may "
                "allow that with GAMUT_ALLOW_PRIVATE=1; the command line may always."
            )
        last: OSError | None = None
        for family, kind, protocol, _, place in found:
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(timeout)
                connection.connect(place)
                return connection
            except OSError as error:
                connection.close()
                last = error
        raise last or OSError("no address")

    def check_size(self, size: int, what: str, remedy: str) -> None:
        """Refuse more than may be fetched."""
        if size > self.most_bytes:
            from ..memory import in_words

            raise UserError(
                f"{what} has {in_words(size)}, and at most {in_words(self.most_bytes)} are fetched. {remedy} "
                "(GAMUT_MAX_FETCH sets the limit.)"
            )


def is_private(address: str) -> bool:
    """Whether an IP address is none of the public network: loopback, private, link-local, multicast and the like."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            found = inner
    return not found.is_global or found.is_multicast


def most_bytes() -> int:
    """The largest that is fetched, by GAMUT_MAX_FETCH: `20 GB` (the default), `500 MB`, or bytes."""
    words = os.environ.get("GAMUT_MAX_FETCH") or "20 GB"
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", words.lower())
    if found is None or found[2] not in _UNITS:
        raise UserError(f"GAMUT_MAX_FETCH is {words!r}. Give a size, such as 20 GB or 500 MB.")
    return int(float(found[1]) * _UNITS[found[2]])
