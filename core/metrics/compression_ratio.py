"""Compression ratio: how far gzip can shrink the texts."""

import zlib
from collections.abc import Sequence

import numpy as np

from ..blocks import Indices
from ..errors import UserError
from ..progress import Progress, silent
from ..text_sample import Exact, Sample, random_runs
from . import Measured, metric

PACKED_UP_TO = 100_000_000  # characters; gzip reads some 7 million a second
_ROWS = 5000  # packed at a time
_GZIP = 16 + zlib.MAX_WBITS
_WINDOW = 32_768  # bytes that gzip looks back
_NOTHING = "The texts are empty: there is nothing to compress."


@metric(
    title="Compression ratio",
    formula=r"\frac{\text{bytes after gzip}}{\text{bytes before}}",
    source="Shaib et al. 2024, arXiv 2403.00553, who give the inverse; gzip, level 9, texts on lines of UTF-8",
    matches="OpenDataArena's direction (lower is more repetitive), of all texts together rather than one by one; the "
    "program of Shaib et al. gives the inverse and compresses twice.",
    says="What is left of the texts when repetition is taken out.",
    rewards="Texts that do not repeat each other's wording.",
    overlooks="Repetition more than 32 KB apart, which gzip does not see; scripts of more bytes a letter shrink more.",
    size="Nearly none beyond 32 KB; depends on the order of the rows.",
    length="Falls as texts grow longer: a text repeats its own words.",
    by_length=True,
    cost="bytes",
    range="any number above 0; about 0.001 for one text throughout, 1 for noise, more for a few bytes",
    least=1,
    unit="share",
    obeys=frozenset(),
)
def compression_ratio(
    texts: list[str],
    progress: Progress = silent,
    *,
    exact: Exact = False,
) -> Measured:
    """Compressed over original size, so that higher is more diverse; the inverse is in `details["inverse"]`.

    Estimated from a hundred or so random runs of neighbouring rows where there are over 100 million characters.

    >>> compression_ratio(texts=["the same again"] * 100).value < 0.05
    True

    Raises:
        UserError: all texts are empty.
    """
    read = random_runs(texts, PACKED_UP_TO, exact=exact)
    if read.rows is not None:
        return _estimate(texts, read, read.rows, progress)
    before, after = _packed(read.texts, progress)
    if not before:
        raise UserError(_NOTHING)
    return Measured(after / before, details={"inverse": before / after, "before": before})


def _estimate(texts: Sequence[str], read: Sample, rows: Indices, progress: Progress) -> Measured:
    """The ratio of the runs that were read, each packed as it is within all texts: after what stands before it.

    One after the other the runs would be packed worse than in their own places, as the first 32 KB of each would find
    nothing of their kind to look back at.
    """
    runs, of = np.unique(rows // read.length, return_inverse=True)
    sizes = np.zeros((len(runs), 2), dtype=np.int64)  # bytes before and after
    for done, run in enumerate(runs.tolist()):
        progress(done / len(runs), f"Packed {done:,} of {len(runs):,} runs of texts")
        start = run * read.length
        sizes[done] = _packed_after(_bytes_before(texts, start), _lines(texts, start, start + read.length))
    before, after = sizes.sum(axis=0).tolist()
    if not before:
        raise UserError(_NOTHING)

    def of_group(some: Indices) -> float:
        before, after = sizes[np.unique(of[some])].sum(axis=0).tolist()
        return float(after / max(1, before))

    details = {"inverse": before / after, "before": before, **read.details}
    return Measured(after / before, details=details, estimated=True, **read.interval(after / before, of_group))


def _packed(texts: Sequence[str], progress: Progress) -> tuple[int, int]:
    """The bytes of the texts on lines, before and after gzip."""
    gzip = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    before = after = 0
    for start in range(0, len(texts), _ROWS):
        progress(start / len(texts), f"Packed {start:,} of {len(texts):,} texts")
        content = _lines(texts, start, start + _ROWS)
        before += len(content)
        after += len(gzip.compress(content))
    return before, after + len(gzip.flush())


def _packed_after(earlier: bytes, content: bytes) -> tuple[int, int]:
    """The bytes of a piece before and after packing, where those bytes stand before it to be looked back at."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=earlier)
    return len(content), len(packer.compress(content)) + len(packer.flush())


def _lines(texts: Sequence[str], start: int, stop: int) -> bytes:
    """Those texts on lines, with the end of the last line where further texts follow."""
    lines = "\n".join(texts[start:stop]) + ("\n" if stop < len(texts) else "")
    return lines.encode("utf-8", "surrogatepass")


def _bytes_before(texts: Sequence[str], row: int) -> bytes:
    """What stands before that row on lines, as far as gzip looks back."""
    start, letters = row, 0
    while start > 0 and letters < _WINDOW:  # a letter is a byte or more
        start -= 1
        letters += len(texts[start]) + 1
    return _lines(texts, start, row)[-_WINDOW:] if row else b""
