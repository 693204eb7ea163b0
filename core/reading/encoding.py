"""How a file's bytes are letters: one pass over all of them, then a stream that is UTF-8 without a mark."""

import codecs
import io
from dataclasses import dataclass

from ..errors import UserError
from .chunked import Chunked
from .options import Options
from .packing import Member

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Encoding:
    """The encoding of one file, what must be said of it, and the bytes there were."""

    name: str
    notice: str  # "" where nothing was guessed
    size: int


def examine(member: Member, options: Options) -> Encoding:
    """The encoding of `member`, after all of it has been read: valid UTF-8, a byte order mark, or a guess, said so.

    Reading it to the end also shows a break in a packed file before anything is taken from it.
    """
    head = member.head(4096)
    if options.encoding is not None:
        try:
            codecs.lookup(options.encoding)
        except LookupError:
            raise UserError(
                f"There is no encoding {options.encoding!r}. Common ones: utf-8, cp1252, gb18030."
            ) from None
        return Encoding(options.encoding, f"{member.name}: read as {options.encoding}, as asked.", _size(member))
    for mark, name in _MARKS:
        if head.startswith(mark):
            notice = (
                "" if name == "utf-8-sig" else f"{member.name}: {name.upper()} with a byte order mark, read as UTF-8."
            )
            return Encoding(name, notice, _size(member))
    if wide := _wide(head):
        notice = (
            f"{member.name}: guessed to be {wide.upper()} without a byte order mark. Choose the encoding if it is not."
        )
        return Encoding(wide, notice, _size(member))
    return _narrow(member)


def _narrow(member: Member) -> Encoding:
    """UTF-8, or the Windows letters of Western Europe where more places break UTF-8 than bear it out."""
    size = sound = broken = 0
    undefined = False
    pending = b""
    with member.open() as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if chunk.isascii() and not pending:
                continue
            block = pending + chunk
            try:
                text, used = codecs.utf_8_decode(block, "strict", False)
                sound += used - len(text)
            except UnicodeDecodeError:
                text, used = codecs.utf_8_decode(block, "replace", False)
                marks = text.count("\ufffd")
                broken += marks - block.count(b"\xef\xbf\xbd")
                sound += sum(letter > "\x7f" for letter in text) - marks
                undefined |= any(byte in block for byte in b"\x81\x8d\x8f\x90\x9d")
            pending = block[used:]
    broken += bool(pending)
    if not broken:
        return Encoding("utf-8", "", size)
    if sound > broken:
        return Encoding(
            "utf-8", f"{member.name}: {broken:,} places are not valid UTF-8; their rows are listed as bad.", size
        )
    name = "latin-1" if undefined else "cp1252"
    notice = (
        f"{member.name}: not UTF-8; guessed to be {name} (Western Europe). Choose the encoding if letters look wrong."
    )
    return Encoding(name, notice, size)


def _size(member: Member) -> int:
    size = 0
    with member.open() as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
    return size


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: every other byte of plain letters is zero."""
    if len(head) < 4 or head.count(0) < len(head) * 0.2:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * len(head) / 2 and even < 0.02 * len(head) / 2 + 1:
        return "utf-16-le"
    if even > 0.4 * len(head) / 2 and odd < 0.02 * len(head) / 2 + 1:
        return "utf-16-be"
    return ""


def utf8(member: Member, encoding: Encoding, *, lone_returns: bool = False) -> io.BufferedReader:
    """The content of `member` as UTF-8 bytes without a byte order mark; a lone \r becomes \n where asked.

    Bytes that are UTF-8 already come as they are, broken places too: the reader of rows lists those.
    """
    stream = member.open()
    if encoding.name in ("utf-8", "utf-8-sig"):
        if stream.peek(3)[:3] == codecs.BOM_UTF8:
            stream.read(3)
        if not lone_returns:
            return stream
    return io.BufferedReader(_Recoded(stream, encoding.name, lone_returns), _CHUNK)


class _Recoded(Chunked):
    def __init__(self, source: io.BufferedReader, encoding: str, lone_returns: bool) -> None:
        super().__init__(source)
        self._lone_returns = lone_returns
        self._plain = encoding in ("utf-8", "utf-8-sig")
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ended = False

    def _chunk(self) -> bytes | None:
        if self._ended:
            return None
        chunk = self._source.read(_CHUNK)
        self._ended = not chunk
        if not self._plain:
            chunk = self._decoder.decode(chunk, self._ended).encode("utf-8", "replace")
        return chunk.replace(b"\r", b"\n") if self._lone_returns else chunk
