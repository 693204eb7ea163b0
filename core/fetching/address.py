"""Addresses of data: `hf://datasets/org/name`, `https://...`, `s3://bucket/...`, and what is wanted of them.

What is wanted stands behind a `#`, which no server is sent: `hf://datasets/org/name@main#split=test,rows=1000,seed=1`.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from ..errors import UserError

Kind = Literal["hub", "web", "bucket"]
_KINDS: dict[str, Kind] = {"hf": "hub", "http": "web", "https": "web", "s3": "bucket"}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(?=[^/])")
_WISHES = ("config", "split", "rows", "seed")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+", re.ASCII)
_REFS = re.compile(r"refs/(?:convert|pr)/[^/]+")
_SECRET = re.compile(r"signature|token|secret|passw|credential|(api|access)[-_]?key|^(key|sig|auth|authorization)$")
_LONGEST = 2000
_HOW = "What is read: hf://datasets/org/name, http(s)://... and s3://bucket/...."


@dataclass(frozen=True)
class Address:
    """Where data lies, and what of it is wanted."""

    kind: Kind
    place: str  # hub: org/name; else the address itself
    revision: str = ""  # of the hub
    path: str = ""  # of the hub: files in the repository, perhaps with * in it
    config: str = ""
    split: str = ""
    rows: int | None = None  # how many to draw; None for all
    seed: int = 0

    def __str__(self) -> str:
        """As it is written, from which `parse` makes the same again."""
        found = self.place
        if self.kind == "hub":
            found = f"hf://datasets/{self.place}"
            found += f"@{quote(self.revision, safe='')}" if self.revision else ""
            found += f"/{self.path}" if self.path else ""
        wishes = {name: getattr(self, name) for name in ("config", "split") if getattr(self, name)}
        wishes |= {} if self.rows is None else {"rows": self.rows, "seed": self.seed}
        return found + (
            "#" + ",".join(f"{name}={quote(str(value), safe='')}" for name, value in wishes.items())
        ) * bool(wishes)

    @property
    def where(self) -> str:
        """What holds the data, in a sentence: a host, a bucket, or the hub."""
        return {"hub": "the Hugging Face hub"}.get(self.kind) or urlsplit(self.place).hostname or self.place

    def with_wishes(self, **wishes: str | int | None) -> "Address":
        """The same place with other wishes."""
        return replace(self, **wishes)  # type: ignore[arg-type]  # the names and types of the fields


def address_in(named: Path | str) -> Address | None:
    """The address that a word or path is, None where it names a file or folder.

    A `Path` of an address has lost one of its slashes, which it gets back.

    Raises:
        UserError: an address of a kind that is not read, that holds a secret, or that is none.
    """
    text = str(named)
    found = _SCHEME.match(text)
    if found is None or len(found[1]) == 1 or (isinstance(named, Path) and named.exists()):
        return None
    return parse(f"{found[1].lower()}://{text[found.end() :]}")


def parse(text: str) -> Address:
    """The address that those words are.

    >>> str(parse("hf://datasets/org/name@main#split=test,rows=100"))
    'hf://datasets/org/name@main#split=test,rows=100,seed=0'

    Raises:
        UserError: as `address_in`.
    """
    text = text.strip()
    scheme, mark, _ = text.partition("://")
    kind = _KINDS.get(scheme.lower())
    if kind is None or not mark:
        raise UserError(f"{text[:120]!r} is no address that Gamut opens. {_HOW}")
    if len(text) > _LONGEST or not text.isprintable() or " " in text:
        raise UserError("The address has spaces or signs in it that no address has, or is too long. Copy it again.")
    place, mark, words = text.rpartition("#") if "#" in text else (text, "", "")
    wishes = _wishes(words) if mark else {}
    if kind == "hub":
        return _hub(place.partition("://")[2]).with_wishes(**wishes)
    if kind == "web" and (given := [name for name in ("config", "split") if name in wishes]):
        raise UserError(f"#{given[0]}= is of datasets on the hub (hf://datasets/...). Leave it out.")
    _check(kind, place)
    return Address(kind, f"{scheme.lower()}://{place.partition('://')[2]}").with_wishes(**wishes)


def _wishes(words: str) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for word in words.split(","):
        name, mark, value = word.partition("=")
        value = unquote(value)
        if name not in _WISHES or not mark or not value:
            raise UserError(f"#{word[:60]} is no wish. Write #config=..., #split=..., #rows=1000 or #seed=1.")
        if name in ("rows", "seed"):
            if not re.fullmatch(r"\d{1,12}", value) or (name == "rows" and not int(value)):
                raise UserError(f"#{name}={value[:40]} is no number. Write it in digits, such as #{name}=1000.")
            found[name] = int(value)
        else:
            found[name] = value
    return found


def _hub(rest: str) -> Address:
    """The address after `hf://`."""
    parts = rest.split("/", 1)
    if parts[0] != "datasets" or len(parts) == 1:
        raise UserError("An address of the hub is that of a dataset: hf://datasets/org/name.")
    owner, _, more = parts[1].partition("/")
    name, mark, after = more.partition("@")
    if mark and "/" not in name:
        refs = _REFS.match(after)
        revision = refs[0] if refs else after.partition("/")[0]
        path = after[len(revision) :].lstrip("/")
    else:
        name, _, path = more.partition("/")
        revision = ""
    if not _NAME.fullmatch(f"{owner}/{name}") or ".." in path.split("/"):
        raise UserError(f"{f'{owner}/{name}'[:80]!r} is no name of a dataset on the hub. It is org/name.")
    if mark and not revision:
        raise UserError("After @ comes a revision: a branch, a tag or a commit.")
    return Address("hub", f"{owner}/{name}", unquote(revision), path)


def _check(kind: Kind, place: str) -> None:
    """Refuse what names no host, or holds what must not be written down."""
    try:
        parts = urlsplit(place)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise UserError(f"The address is none: {error}. Copy it again.") from error
    if not host:
        raise UserError("The address names no server. Copy it again.")
    secret = next((name for name, _ in parse_qsl(parts.query) if _SECRET.search(name.lower())), None)
    if parts.username is not None or parts.password is not None or secret:
        what = f"{secret[:40]}=..." if secret else "a user's name or password"
        raise UserError(
            f"The address holds {what}, which Gamut would write down beside the data. Give an address without "
            "it, or fetch the file yourself and open it as a file."
        )
    if kind == "bucket" and (parts.query or not parts.path.strip("/")):
        raise UserError("An address in a bucket is s3://bucket/file or s3://bucket/folder/*.parquet.")
