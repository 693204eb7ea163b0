"""A stream made of another one's content, chunk by chunk, each of any length."""

import io
from abc import abstractmethod


class Chunked(io.RawIOBase):
    """What the chunks say one after the other; closing it closes the source."""

    def __init__(self, source: io.BufferedReader) -> None:
        self._source = source
        self._ready = memoryview(b"")

    @abstractmethod
    def _chunk(self) -> bytes | None:
        """The next chunk, empty or not; None at the end."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # what io hands in
        while not self._ready:
            chunk = self._chunk()
            if chunk is None:
                return 0
            self._ready = memoryview(chunk)
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()
