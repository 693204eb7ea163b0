"""Files from web servers: requests that follow redirects under the same rules, and go on where they broke off."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from .. import __version__
from ..errors import UserError
from .address import Address
from .remote import BLOCK, BrokenOffError, Listing, RemoteFile, Stream
from .rules import Rules

_TIMEOUT = 20.0  # seconds without a byte
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 6
_SAFE = "%/:=&?~+$,;@!*'()[]|"


def look(address: Address, rules: Rules) -> Listing:
    """What lies at a web address: one file."""
    with request(address.place, rules) as response:
        etag = response.headers.get("ETag", "")
        version = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
        size = _length(response)
    name = PurePosixPath(unquote(urlsplit(address.place).path)).name or address.where
    file = RemoteFile(name, size, version, partial(content, address.place, rules, same=version))
    return Listing(address, version.strip('"'), name, (file,))


@contextmanager
def content(
    url: str, rules: Rules, start: int, *, same: str = "", token: str | None = None, trusted: str = ""
) -> Iterator[Stream]:
    """The content from a byte on.

    Args:
        same: the version that what came before is of: another one is given from its beginning.
        token, trusted: see `request`.
    """
    with request(url, rules, start=start, same=same, token=token, trusted=trusted) as response:
        begins, size = 0, _length(response)
        if response.status == 206:
            words = response.headers.get("Content-Range", "")  # bytes 5-9/10
            with suppress(ValueError):
                begins = int(words.removeprefix("bytes ").partition("-")[0])
            if begins != start:
                raise BrokenOffError(f"asked for byte {start}, and was given {words!r}")
            size = None if size is None else begins + size
        yield Stream(begins, size, _blocks(response, urlsplit(url).hostname or ""))


@contextmanager
def request(
    url: str, rules: Rules, *, start: int = 0, same: str = "", token: str | None = None, trusted: str = ""
) -> Iterator[http.client.HTTPResponse]:
    """The answer to a GET, redirects followed; every step under the rules.

    Args:
        start: the byte to begin with; same: an ETag or date that the rest must be of.
        token: is sent to `trusted` (host and port) alone, which whoever runs Gamut has named and may lie anywhere.

    Raises:
        UserError: refused by the rules or the server, or nobody answers.
        BrokenOffError: the connection broke off.
    """
    headers = {"User-Agent": f"gamut/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
    if start:
        headers |= {"Range": f"bytes={start}-"} | ({"If-Range": same} if same else {})
    for _ in range(_MOST_REDIRECTS):
        parts = urlsplit(url)
        known = parts.netloc == trusted
        bearer = {"Authorization": f"Bearer {token}"} if token and known else {}
        connection, target = _connection(url, Rules(rules.most_bytes, private=True) if known else rules)
        try:
            with _in_words(parts.hostname or ""):
                connection.request("GET", target, headers=headers | bearer)
                response = connection.getresponse()
            if response.status in _REDIRECTS and (place := response.headers.get("Location")):
                url = _followed(url, place)
                continue
            if response.status == 416:  # there are no such bytes: the file was changed
                raise BrokenOffError("the file is shorter than it was")
            if response.status not in (200, 206):
                raise _refused(response.status, parts.hostname or "")
            yield response
            return
        finally:
            connection.close()
    raise UserError(f"{urlsplit(url).hostname} sends from one address to the next without end. Check the address.")


def _connection(url: str, rules: Rules) -> tuple[http.client.HTTPConnection, str]:
    """A connection that is made under the rules, and what to ask it for."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    target = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    kind = _Secure if secure else _Plain
    proxy = getproxies().get(parts.scheme) if rules.private and not proxy_bypass(host) else None
    if proxy is None:  # through a proxy nobody here sees where a name leads to
        return kind(rules, host, parts.port), target
    way = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    found = kind(rules, way.hostname or "", way.port or 8080)
    if secure:
        found.set_tunnel(host, parts.port or 443)
        return found, target
    return found, f"http://{parts.netloc}{target}"


class _Plain(http.client.HTTPConnection):
    def __init__(self, rules: Rules, host: str, port: int | None) -> None:
        super().__init__(host, port, timeout=_TIMEOUT)
        self._rules = rules

    def connect(self) -> None:
        """Connect under the rules."""
        self.sock = self._rules.connect(self.host, self.port, _TIMEOUT)
        if self._tunnel_host:  # type: ignore[attr-defined]  # of http.client, which sets it
            self._tunnel()  # type: ignore[attr-defined]  # the same


class _Secure(_Plain):
    default_port = 443

    def connect(self) -> None:
        """Connect under the rules, and know by its certificate who answers."""
        super().connect()
        name = self._tunnel_host or self.host  # type: ignore[attr-defined]  # as above
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=name)


def _followed(url: str, place: str) -> str:
    """Where a redirect leads."""
    found = urljoin(url, place)
    parts = urlsplit(found)
    if parts.scheme not in ("http", "https") or parts.username is not None:
        raise UserError(f"{urlsplit(url).hostname} sends on to an address that is not followed. Check the address.")
    if parts.scheme == "http" and url.startswith("https"):
        raise UserError(f"{urlsplit(url).hostname} sends on to an address without encryption, which is not followed.")
    return found


@contextmanager
def _in_words(host: str) -> Iterator[None]:
    """What networks do, told apart: what can be mended in sentences, what may go on as `BrokenOffError`."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise UserError(f"{host} cannot show who it is ({error.verify_message}). Check the address.") from error
    except (ConnectionRefusedError, socket.gaierror) as error:
        raise UserError(
            f"Nobody answers at {host}. Check the address, and whether this machine has a network."
        ) from error
    except http.client.InvalidURL as error:
        raise UserError(f"The address is none: {error}. Copy it again.") from error
    except (http.client.HTTPException, OSError) as error:
        raise BrokenOffError(str(error) or type(error).__name__) from error


class RefusedError(UserError):
    """A server that does not give the file, with the status that it says so by."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


def _refused(status: int, host: str) -> RefusedError:
    match status:
        case 401 | 403:
            why = "asks who you are or forbids it (status {}). Fetch the file yourself and open it as a file."
        case 404 | 410:
            why = "has nothing at this address (status {}). Check it."
        case 429:
            why = "asks for patience: too many requests (status {}). Try again later."
        case _:
            why = "cannot give the file now (status {}). Try again later, or check the address."
    return RefusedError(f"{host} {why.format(status)}", status)


def _length(response: http.client.HTTPResponse) -> int | None:
    words = response.headers.get("Content-Length", "")
    return int(words) if words.isdigit() else None


def _blocks(response: http.client.HTTPResponse, host: str) -> Iterator[bytes]:
    while True:
        with _in_words(host):
            block = response.read(BLOCK)
        if not block:
            return
        yield block
