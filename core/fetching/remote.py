"""What lies at an address: files that can be read from any of their bytes on."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from .address import Address

BLOCK = 1 << 18


class BrokenOffError(Exception):
    """A connection that broke off: what came is kept, and fetching may go on from there."""


@dataclass(frozen=True)
class Stream:
    """Content from a byte on."""

    start: int  # the byte that it begins with, 0 where the server gives whole files alone
    size: int | None  # of the whole file, where it is known
    blocks: Iterator[bytes]


@dataclass(frozen=True)
class RemoteFile:
    """One file elsewhere."""

    name: str  # as people call it
    size: int | None
    version: str  # what is another one when the content is: a commit, an ETag; "" where the server says none
    open: Callable[[int], AbstractContextManager[Stream]]  # the content from that byte on
    sha256: str = ""  # of the content, where it is told beforehand


@dataclass(frozen=True)
class Listing:
    """The files that an address stands for, and how the address is written down."""

    address: Address  # with revision, configuration and split as they were found
    revision: str  # the commit of the hub, or the ETag or date of a file; "" where nothing tells one
    name: str  # what to call the dataset
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int | None:
        """Bytes of all files, where every size is known."""
        sizes = [file.size for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)
