"""What a person wants of a choice, and the selectors that serve it, each with what it costs in turn."""

from dataclasses import dataclass

from .selectors import SELECTORS


@dataclass(frozen=True)
class Way:
    """A selector for a goal, and the trade-off of it in a sentence."""

    selector: str
    trade_off: str


@dataclass(frozen=True)
class Goal:
    """One thing that a person may want."""

    name: str
    title: str
    says: str
    ways: tuple[Way, ...]


_GOALS = (
    Goal(
        "cover",
        "Cover my pool",
        "Every kind of row should be near a chosen one.",
        (
            Way("facility_location", "Best average closeness; rare rows wait until the crowds are served."),
            Way("kmeans_closest", "Fast on large pools, the middle of every region; little of what lies between."),
            Way("k_center", "No row is left far off; many of the chosen rows are outliers."),
        ),
    ),
    Goal(
        "dedup",
        "Remove redundancy",
        "Rows that say nearly the same should not be chosen twice.",
        (
            Way("semdedup", "Fast, the closest resemblances go first; does not see near-copies across clusters."),
            Way("repr_filter", "Keeps the better of two alike, so it needs a score; does not see to coverage."),
            Way("prototypes", "Drops the typical rows too; with a small budget little but outliers is left."),
        ),
    ),
    Goal(
        "spread",
        "Spread as far as possible",
        "Chosen rows should differ from each other.",
        (
            Way("novelselect", "New beside what is chosen, where the pool is dense; large pools want two stages."),
            Way("k_center", "At least half of the widest spread there is; takes outliers first."),
            Way("dpp", "Rows that differ as a whole and not in pairs alone; slow beyond a few thousand rows."),
        ),
    ),
    Goal(
        "balance",
        "Balance quality and diversity",
        "Good rows, but not the same good row again and again. These need a score column.",
        (
            Way("qdit", "One weight between score and coverage; rare rows enter by their score alone."),
            Way("mmr", "One weight between score and distance to the nearest chosen row; outliers look diverse to it."),
            Way("kmq", "Every region keeps its share, better rows are drawn more often; bad regions keep theirs too."),
        ),
    ),
    Goal(
        "boundary",
        "Keep boundary cases",
        "Rows between domains, or far from what is typical.",
        (
            Way("entropy", "Rows whose domain is least certain; noise is uncertain as well."),
            Way("inter_diversity", "Rows closest to the other domains; within a bin they are drawn at random."),
            Way("prototypes", "The rows farthest from the middle of their region; labels are not asked."),
        ),
    ),
    Goal(
        "extend",
        "Extend what I have",
        "New rows beside those that you name under Limits as already yours.",
        (
            Way("facility_location", "Fills what your rows leave uncovered, the most crowded gaps first."),
            Way("novelselect", "Rows that are new beside yours, in well-filled regions."),
            Way("k_center", "The rows farthest from yours first; outliers among them."),
        ),
    ),
    Goal(
        "random",
        "Random, for comparison",
        "What every other choice has to beat.",
        (
            Way("random", "Keeps the pool's own proportions, its copies and its gaps with them."),
            Way("stratified", "Keeps or evens out the proportions of a label, and is random within it."),
        ),
    ),
)
GOALS: dict[str, Goal] = {goal.name: goal for goal in _GOALS}
EVERY = "every"  # the way to selectors by name, beside the goals


def ways_to(goal: str) -> list[str]:
    """The names of the selectors for that goal, or of all of them by title."""
    if goal == EVERY:
        return sorted(SELECTORS, key=lambda name: SELECTORS[name].title.casefold())
    return [way.selector for way in GOALS[goal].ways]


def goals_of(selector: str) -> list[Goal]:
    """The goals that a selector is named for."""
    return [goal for goal in GOALS.values() if any(way.selector == selector for way in goal.ways)]
