"""Compression ratio: how far gzip can shrink the texts."""

import gzip

from ..errors import UserError
from . import Measured, metric


@metric(
    title="Compression ratio",
    formula=r"\frac{\text{bytes after gzip}}{\text{bytes before}}",
    source="Shaib et al. 2024, arXiv 2403.00553, who give the inverse; gzip, level 9, texts on lines of UTF-8",
    says="What is left of the texts when repetition is taken out.",
    rewards="Texts that do not repeat each other's wording.",
    overlooks="Repetition more than 32 KB apart, which gzip does not see; scripts of more bytes a letter shrink more.",
    size="Nearly none beyond 32 KB; depends on the order of the rows.",
    cost="bytes",
    least=1,
    unit="share, about 0 to 1",
    obeys=frozenset(),
)
def compression_ratio(texts: list[str]) -> Measured:
    """Compressed over original size, so that higher is more diverse; the inverse is in `details["inverse"]`.

    >>> compression_ratio(texts=["the same again"] * 100).value < 0.05
    True

    Raises:
        UserError: all texts are empty.
    """
    content = "\n".join(texts).encode("utf-8", "surrogatepass")
    if not content:
        raise UserError("The texts are empty: there is nothing to compress.")
    after = len(gzip.compress(content, 9, mtime=0))
    return Measured(after / len(content), details={"inverse": len(content) / after, "before": len(content)})
