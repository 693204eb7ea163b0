"""InsTag: passes over the rows by falling number of tags, taking those that bring a new one."""

from collections import Counter
from collections.abc import Collection, Sequence

from . import Picks, selector


@selector(
    title="Tag coverage (InsTag)",
    source="Lu et al. 2023 (InsTag)",
    says="Takes the rows of many tags first, each only if it brings a tag that its pass has not had yet.",
    rewards="Rows that are about many things, and every tag again in each pass.",
    overlooks="What tags do not say; rows without tags are never taken.",
    cost="the number of tags in all, for each pass",
    gain="new tags in its pass",
)
def instag(tags: Sequence[Collection[str]]) -> Picks:
    """Rows pass by pass, within a pass by falling number of tags, ties by index; a pass begins with no tag covered.

    Ends when no row with a tag is left.
    """
    own = [frozenset(row) for row in tags]
    left = sorted((row for row in range(len(own)) if own[row]), key=lambda row: -len(own[row]))
    rows_with = Counter(tag for row in own for tag in row)  # of those left
    while left:
        covered: set[str] = set()
        missing = len(rows_with)  # tags that this pass has still to cover
        later: list[int] = []
        for place, row in enumerate(left):
            if missing == 0:
                later += left[place:]
                break
            if new := len(own[row] - covered):
                covered |= own[row]
                missing -= new
                rows_with -= Counter(own[row])
                yield row, float(new)
            else:
                later.append(row)
        left = later
