"""Compression ratio: how far gzip can shrink the texts."""

import zlib
from collections.abc import Sequence

from ..blocks import Indices
from ..errors import UserError
from ..progress import Progress, silent
from ..text_sample import Exact, random_runs
from . import Measured, metric

PACKED_UP_TO = 100_000_000  # characters; gzip reads some 7 million a second
_ROWS = 5000  # packed at a time
_GZIP = 16 + zlib.MAX_WBITS


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
    before, after = _packed(read.texts, progress)
    if not before:
        raise UserError("The texts are empty: there is nothing to compress.")
    details = {"inverse": before / after, "before": before, **read.details}

    def of_group(rows: Indices) -> float:
        parts = _packed([read.texts[row] for row in rows], silent)
        return parts[1] / max(1, parts[0])

    interval = read.interval(after / before, of_group)
    return Measured(after / before, details=details, estimated=read.estimated, **interval)


def _packed(texts: Sequence[str], progress: Progress) -> tuple[int, int]:
    """The bytes of the texts on lines, before and after gzip."""
    gzip = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    before = after = 0
    for start in range(0, len(texts), _ROWS):
        progress(start / len(texts), f"Packed {start:,} of {len(texts):,} texts")
        lines = "\n".join(texts[start : start + _ROWS]) + ("\n" if start + _ROWS < len(texts) else "")
        content = lines.encode("utf-8", "surrogatepass")
        before += len(content)
        after += len(gzip.compress(content))
    return before, after + len(gzip.flush())
