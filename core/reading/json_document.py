"""A JSON document value by value, through a window: an array of gigabytes never stands in memory as a whole."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import Any

from ..errors import UserError
from .decoder import Decoder, reason, too_long

_WINDOW = 1 << 20
_SPACE = re.compile(r"[ \t\r\n]*")
_BREAK = re.compile(rb"(,?)[ \t]*[\r\n][ \t\r\n]*")


class Cursor:
    """A place in a JSON text that moves forward: over marks, and over whole values that it decodes."""

    def __init__(self, stream: io.BufferedReader, name: str, decoder: Decoder, longest: int) -> None:
        self._stream, self._name, self._decoder, self._longest = stream, name, decoder, longest
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._text, self._at, self._ended = "", 0, False
        self._line = 1

    def peek(self) -> str:
        """The next character that is not blank, "" at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            assert match is not None  # the pattern matches nothing, too
            self._at = match.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._more()

    def take(self, mark: str) -> bool:
        """Step over `mark` where it is next."""
        if self.peek() != mark:
            return False
        self._at += 1
        return True

    def expect(self, mark: str, where: str) -> None:
        if not self.take(mark):
            raise self.broken(f"there is no {mark!r} {where}")

    def value(self) -> tuple[Any, bytes]:
        """The next value and its bytes as they stand."""
        self.peek()
        while True:
            start = self._at
            try:
                found, end = self._decoder.raw_decode(self._text, start)
            except (ValueError, RecursionError) as error:
                at = getattr(error, "pos", 0)
                cut = "Unterminated" in str(error) or at >= len(self._text) - 16
                if self._ended or not cut:
                    self._at = max(start, at)
                    raise self.broken(reason(error).split(" at character")[0]) from None
            else:
                if end < len(self._text) or self._ended:  # a number at the edge may go on
                    self._at = end
                    return found, self._text[start:end].encode("utf-8", "surrogatepass")
            self._more()

    def line(self) -> int:
        """The line that the cursor is in, from 1; counted when asked for."""
        return self._line + self._text.count("\n", 0, self._at)

    def broken(self, why: str) -> UserError:
        return UserError(
            f"{self._name} is a JSON document that breaks in line {self.line():,} ({why}). "
            "Mend it there, or save it as JSON lines, where one bad row costs only itself."
        )

    def _more(self) -> None:
        kept = self._text[self._at :]
        if len(kept) > self._longest:
            raise too_long(self._name, self._longest)
        self._line += self._text.count("\n", 0, self._at)
        chunk = self._stream.read(max(_WINDOW, len(kept)))
        self._ended = not chunk
        self._text, self._at = kept + self._utf8.decode(chunk, self._ended), 0


def array_items(cursor: Cursor) -> Iterator[tuple[Any, bytes]]:
    """Every item of the array that begins at the cursor."""
    cursor.expect("[", "where an array begins")
    if cursor.take("]"):
        return
    while True:
        yield cursor.value()
        if cursor.take("]"):
            return
        cursor.expect(",", "between two items")
        if cursor.take("]"):  # a comma after the last item: common, harmless
            return


def one_line(slice_: bytes) -> bytes:
    """A record's bytes on one line: a line break in JSON stands between tokens, never inside one."""
    if b"\n" not in slice_ and b"\r" not in slice_:
        return slice_
    return _BREAK.sub(lambda match: b", " if match[1] else b"", slice_)
