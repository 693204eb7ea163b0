"""One entry: the text to copy, and the file that it belongs in."""

import re
from dataclasses import dataclass
from pathlib import Path

KINDS = {".jsonl": "json", ".csv": "csv", ".parquet": "parquet"}  # as `datasets` calls the formats


@dataclass(frozen=True)
class Entry:
    """What a framework asks for."""

    code: str
    language: str  # json, yaml or python
    file_name: str  # of the file to save it in
    notes: tuple[str, ...] = ()  # what to do with it


def named(file_name: str) -> str:
    """A name for the dataset of a file: letters, digits and underscores."""
    return re.sub(r"\W+", "_", Path(file_name).stem, flags=re.ASCII).strip("_") or "rows"
