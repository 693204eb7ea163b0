"""Compression and archives, recognised by their first bytes: a file as the plain members that it holds.

Nothing is unpacked to disk under a name from an archive, so such a name can do no harm; it is only shown.
"""

import io
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from ..errors import UserError
from ..memory import in_words
from .chunked import Chunked
from .options import Options

_BUFFER = 1 << 20
_ZSTD_BITE = 1 << 10  # 3 bytes may stand for 128 kB: with small bites one step of a bomb is 40 MB at most
_RATIO_FROM = 128 << 20
_MOST_MEMBERS = 10_000
_MOST_LAYERS = 4
_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"PK\x07\x08": "zip",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
}
_LEFT_OUT = ("readme", "license", "licence", "copying", "notice", "changelog")


@dataclass(frozen=True)
class Member:
    """One plain file: its name for people, how it was packed, and a way to read it from the start."""

    name: str
    packing: str  # "", "gzip", "zip", "zip, gzip", ...
    path: Path  # the file that holds it
    opened: Callable[[], io.RawIOBase]

    @property
    def plain(self) -> bool:
        return not self.packing

    def open(self) -> io.BufferedReader:
        """A buffered stream of its content."""
        return io.BufferedReader(self.opened(), _BUFFER)

    def head(self, size: int) -> bytes:
        with self.open() as stream:
            return stream.read(size)


def members(path: Path, name: str, options: Options, notices: list[str]) -> list[Member]:
    """The plain files inside `path`: itself, what it unpacks to, or the members of an archive, in their order.

    Raises:
        UserError: encrypted, corrupt, of a kind that is not read, swelling beyond the limits, or empty.
    """
    return _peel(Member(name, "", path, lambda: io.FileIO(path)), options, notices, layer=0)


def _peel(member: Member, options: Options, notices: list[str], layer: int) -> list[Member]:
    head = member.head(512)
    kind = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")
    if not kind and head[257:262] == b"ustar":
        kind = "tar"
    if not kind:
        return [member]
    if kind in ("7-Zip", "RAR", "tar"):
        raise UserError(f"{member.name} is a {kind} archive, which is not read. Unpack it, or pack it as .zip.")
    if layer == _MOST_LAYERS:
        raise UserError(
            f"{member.name} is packed more than {_MOST_LAYERS} times over. Unpack it and upload the content."
        )
    packing = f"{member.packing}, {kind}" if member.packing else kind
    if kind == "zip":
        return _zip_members(member, packing, options, notices, layer)
    inner = _without_suffix(member.name)
    opened = partial(_Unpacked, member, kind, options)
    return _peel(Member(inner, packing, member.path, opened), options, notices, layer + 1)


def _without_suffix(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return stem if dot and suffix.lower() in ("gz", "gzip", "zst", "zstd", "bz2", "xz") else name


def _zip_members(member: Member, packing: str, options: Options, notices: list[str], layer: int) -> list[Member]:
    if not member.plain:
        raise UserError(f"{member.name} is a zip archive inside another packing. Unpack the outer one first.")
    try:
        with zipfile.ZipFile(member.path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, UnicodeDecodeError, ValueError) as error:
        raise UserError(f"{member.name} is a corrupt zip archive ({error}). Make or download it again.") from None
    if len(infos) > _MOST_MEMBERS:
        raise UserError(
            f"{member.name} holds {len(infos):,} files; at most {_MOST_MEMBERS:,} are read from one archive."
        )
    names = {info.filename for info in infos}
    if "[Content_Types].xml" in names:
        raise UserError(f"{member.name} is an Office document. Save its sheet as CSV and upload that.")
    if infos and all(name.endswith(".npy") for name in names):
        raise UserError(f"{member.name} holds vectors (.npz), not rows. Give it as embeddings of a dataset.")
    kept = [info for info in infos if not _by_the_way(info, alone=len(infos) == 1)]
    left_out = [info.filename for info in infos if info not in kept]
    if left_out:
        shown = ", ".join(left_out[:5]) + (", ..." if len(left_out) > 5 else "")
        notices.append(f"{member.name}: {len(left_out)} files that are not data were left out: {shown}")
    if not kept:
        raise UserError(f"{member.name} is a zip archive without a data file in it.")
    found: list[Member] = []
    for info in kept:
        shown = PurePosixPath(info.filename.replace("\\", "/")).name or info.filename
        name = member.name if len(kept) == 1 else f"{member.name}: {shown}"
        if info.flag_bits & 1:
            raise UserError(f"{member.name} is encrypted. Make it again without a password.")
        opened = partial(_Unpacked, member, "zip", options, info)
        found += _peel(Member(name, packing, member.path, opened), options, notices, layer + 1)
    return found


def _by_the_way(info: zipfile.ZipInfo, alone: bool) -> bool:
    """What systems and people put beside the data: resource forks, hidden files, links, a README."""
    parts = PurePosixPath(info.filename.replace("\\", "/")).parts
    if stat.S_ISLNK(info.external_attr >> 16) or "__MACOSX" in parts or (parts and parts[-1].startswith(".")):
        return True
    name = parts[-1].lower() if parts else ""
    return name == "thumbs.db" or (not alone and name.split(".")[0] in _LEFT_OUT)


class _Unpacked(io.RawIOBase):
    """The content of one packed file as a stream that refuses to swell beyond the limits."""

    def __init__(self, member: Member, kind: str, options: Options, info: zipfile.ZipInfo | None = None) -> None:
        self._name, self._kind, self._options, self._given = member.name, kind, options, 0
        try:
            if info is not None:
                with zipfile.ZipFile(member.path) as archive:  # the member keeps the file open until it is closed
                    self._source: IO[bytes] = archive.open(info)
                self._packed = info.compress_size
            else:
                self._packed = member.path.stat().st_size
                self._inner = member.open()
                self._source = _decompressor(kind, self._inner)
        # zipfile raises NotImplementedError for a method that it does not know and RuntimeError for a password
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
            raise self._corrupt(error) from None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # what io hands in
        import lzma
        import zlib

        try:
            got = self._source.read(len(buffer))
        except EOFError:
            raise UserError(
                f"{self._name}: the {self._kind} data breaks off after {in_words(self._given)} of content, so rows are "
                "missing at its end. Get the whole file again; to use what there is, unpack it and upload the rest."
            ) from None
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, _ZstdError) as error:
            raise self._corrupt(error) from None
        buffer[: len(got)] = got
        self._given += len(got)
        if self._given > self._options.expanded_bytes:
            raise UserError(
                f"{self._name} unpacks to more than {in_words(self._options.expanded_bytes)}, the limit. "
                "Split it into smaller files."
            )
        if self._given > _RATIO_FROM and self._given > self._options.ratio * max(1, self._packed):
            raise UserError(
                f"{self._name} swells to more than {self._options.ratio:,.0f} times its size, as a decompression bomb "
                "does. If it is really yours, unpack it and upload the content."
            )
        return len(got)

    def close(self) -> None:
        if not self.closed:
            for stream in (getattr(self, "_source", None), getattr(self, "_inner", None)):  # gzip leaves the inner open
                if stream is not None:
                    stream.close()
        super().close()

    def _corrupt(self, error: Exception) -> UserError:
        return UserError(f"{self._name} is corrupt {self._kind} data ({error}). Make or download it again.")


def _decompressor(kind: str, source: io.BufferedReader) -> IO[bytes]:
    match kind:
        case "gzip":
            import gzip

            return gzip.GzipFile(fileobj=source)  # type: ignore[return-value]  # a stream in all but name
        case "bzip2":
            import bz2

            return bz2.BZ2File(source)
        case "xz":
            import lzma

            return lzma.LZMAFile(source)
        case "zstd":
            return io.BufferedReader(_Zstd(source), _BUFFER)
        case _:
            raise ValueError(f"no decompressor for {kind}")


class _ZstdError(Exception):
    """What the library says of broken data, under a name that is there without the library."""


class _Zstd(Chunked):
    """Frames of Zstandard one after the other; unlike the library's own stream it notices a missing end."""

    def __init__(self, source: io.BufferedReader) -> None:
        import zstandard

        super().__init__(source)
        self._library = zstandard
        self._frame: Any = None
        self._rest = b""  # packed, not yet eaten

    def _chunk(self) -> bytes | None:
        bite = self._rest or self._source.read(_ZSTD_BITE)
        if not bite:
            if self._frame is not None:
                raise EOFError
            return None
        if self._frame is None:
            self._frame = self._library.ZstdDecompressor().decompressobj()
        try:
            chunk: bytes = self._frame.decompress(bite)
        except self._library.ZstdError as error:
            raise _ZstdError(str(error)) from None
        self._rest = b""
        if self._frame.eof:
            self._rest, self._frame = self._frame.unused_data, None
        return chunk
