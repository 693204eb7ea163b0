"""The list of what could not be read: written as it is found, so that it may be as long as the file."""

import json
from dataclasses import asdict
from pathlib import Path

from ..dataset import BadLine

_SHOWN = 200


class BadLines:
    """Collects bad lines into a file of JSON lines."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self.count = 0
        self.first: BadLine | None = None

    def add(self, file: str, line: int, reason: str, text: bytes | str) -> None:
        start = text[: 4 * _SHOWN].decode("utf-8", "replace") if isinstance(text, bytes) else text
        bad = BadLine(line, file, reason, start[:_SHOWN].strip("\r\n"))
        self.first = self.first or bad
        self.count += 1
        # A lone surrogate has no UTF-8: kept as an escape.
        self._file.write(json.dumps(asdict(bad)) + "\n")

    def close(self) -> None:
        self._file.close()
