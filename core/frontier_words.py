"""What a frontier found, in sentences."""

import math

from .frontier_points import Frontier, Point
from .metrics import METRICS
from .rank_correlation import GOES_WITH_LENGTH


def frontier_sentences(found: Frontier) -> list[str]:
    """How quality and diversity trade, which weights are worth having, and what the score goes with."""
    best = [point for point, is_best in zip(found.points, found.pareto, strict=True) if is_best]
    count = len(found.points)
    names = ", ".join(f"{point.weight:.4g}" for point in best)
    sentences = [_trade(found)]
    beaten = "; the rest are beaten: another weight is at least as good in both and better in one"
    sentences.append(
        f"{len(best)} of {count} weights are on the frontier ({names}){beaten if len(best) < count else ''}."
    )
    sentences += [_beside_chance(found), _beside_quality(found)]
    return [*sentences, *length_sentences(found)]


def length_sentences(found: Frontier) -> list[str]:
    """That the score is little more than the length of the text, where it is so."""
    rho = found.length_correlation
    if rho is None or abs(rho) < GOES_WITH_LENGTH:
        return []
    first, last = _ends(found)
    return [
        f"Mind: {found.quality} goes with the length of the text (rank correlation {rho:.2f}). "
        f"More of it is {'longer' if rho > 0 else 'shorter'} rows: {first.length:,.0f} characters "
        f"at the end of diversity, {last.length:,.0f} at the end of quality."
    ]


def _ends(found: Frontier) -> tuple[Point, Point]:
    """The point that favours diversity most, and the one that favours quality most."""
    ends = found.points[0], found.points[-1]
    return ends if found.favours == "quality" else ends[::-1]


def _trade(found: Frontier) -> str:
    first, last = _ends(found)
    return (
        f"{found.title} at {found.budget}: from {found.param} {first.weight:.4g} to {last.weight:.4g} the mean of "
        f"{found.quality} goes from {first.quality:.4g} to {last.quality:.4g}, and {METRICS[found.metric].title} from "
        f"{first.diversity:.4g} to {last.diversity:.4g}."
    )


def _beside_chance(found: Frontier) -> str:
    better = [point for point in found.points if found.beats_chance(point)]
    if not better:
        return f"No weight beats all {len(found.random)} random choices in both quality and diversity."
    names = ", ".join(f"{point.weight:.4g}" for point in better)
    return f"Better than all {len(found.random)} random choices in both: {found.param} {names}."


def _beside_quality(found: Frontier) -> str:
    point = found.quality_only
    words = f"Quality alone: {point.quality:.4g}, {METRICS[found.metric].title} {point.diversity:.4g}"
    if found.copies:
        words += (
            f" (it may choose exact copies, of which the pool has {found.copies:,} and which {found.title} puts last)"
        )
    random = [each.diversity for each in found.random if math.isfinite(each.diversity)]
    if not random:
        return f"{words}."
    sign = -1 if METRICS[found.metric].better == "lower" else 1
    if sign * point.diversity < min(sign * value for value in random):
        return f"{words}, less diverse than every random choice."
    if sign * point.diversity > max(sign * value for value in random):
        return f"{words}, more diverse than every random choice."
    return f"{words}, no more and no less diverse than random choices."
