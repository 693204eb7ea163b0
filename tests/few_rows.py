"""The first rows of a sample: as real as all of them, and embedded in a moment."""

import tempfile
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "sample_data"
_FOLDER = tempfile.TemporaryDirectory(prefix="gamut-rows-")


def few_rows(sample: str, count: int) -> Path:
    """A file of that name with the first `count` rows of the sample."""
    path = Path(_FOLDER.name) / str(count) / sample
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join((SAMPLES / sample).read_bytes().splitlines(keepends=True)[:count]))
    return path
