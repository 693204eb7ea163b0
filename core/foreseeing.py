"""What can be said of a recipe before it is followed: the rows that its filters leave, and what cannot be met."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .blocks import Indices
from .budget import Budget
from .choice import Choice
from .errors import UserError
from .progress import Progress, silent
from .recipe import Recipe
from .selectors import Limits, find_selector, impossible
from .study import Study
from .token_counts import known_counts, token_counts

_NEEDS = {"quality": "a score column", "labels": "a column of labels", "tags": "a column of tags"}


@dataclass(frozen=True)
class Foreseen:
    """The rows that each step before the choice leaves at most, and why the choice cannot be made, in sentences."""

    left: tuple[int, ...]
    exact: bool  # whether it leaves just as many: a step that chooses may leave fewer
    problems: tuple[str, ...]
    uncounted: bool = False  # whether it turns on tokens that were not counted: what these forbid is not foreseen


def foresee(study: Study, recipe: Recipe, *, count: bool = False, progress: Progress = silent) -> Foreseen:
    """What is known of a recipe at once. Rows are not compared: what depends on that is only found as it is followed.

    Args:
        count: count the tokens that a budget is of, which takes seconds; otherwise they are known where they were
            counted before.
    """
    rows = np.arange(len(study), dtype=np.int64)
    left: list[int] = []
    most, exact, uncounted = len(rows), True, False
    for number, step in enumerate(recipe.steps, 1):
        said = f"Step {number}: " if number < len(recipe.steps) else ""
        if not isinstance(step, Choice):
            try:
                rows = study._narrowed(step, rows)
            except UserError as error:
                return Foreseen((*left, 0), exact, (f"{said}{error}",))
            most = min(most, len(rows))
        else:
            try:
                costs = _costs(study, step, count, progress)
            except UserError as error:
                return Foreseen(tuple(left), exact, (f"{said}{error}",))
            uncounted |= costs is None and Budget.parse(step.budget).unit == "tokens"
            problems = _lacking(study, step, rows) or _unmet(study, step, rows, costs, most=most, exact=exact)
            if problems or number == len(recipe.steps):
                return Foreseen(tuple(left), exact, tuple(said + problem for problem in problems), uncounted)
            exact = False
            if Budget.parse(step.budget).unit != "tokens":
                most = min(most, Budget.parse(step.budget).of(most))
        left.append(len(rows))
    raise AssertionError("the last step of a recipe selects")


def _costs(study: Study, choice: Choice, count: bool, progress: Progress) -> NDArray[np.int64] | None:
    """Tokens of each row of the study, for a budget of tokens; None where they are not known."""
    if Budget.parse(choice.budget).unit != "tokens":
        return None
    return token_counts(study, choice.tokenizer, progress=progress) if count else known_counts(study, choice.tokenizer)


def _lacking(study: Study, choice: Choice, rows: Indices) -> list[str]:
    """Columns that the selector needs and is not given, or that there are not, and scores that are missing."""
    selector = find_selector(choice.selector)
    given = {"quality": choice.quality, "labels": choice.label, "tags": choice.tags}
    found = [
        f"{selector.title} needs {words}: name one."
        for name, words in _NEEDS.items()
        if name in selector.needs and not given[name]
    ]
    if found or study.dataset is None:
        return found
    try:
        for column in (choice.quality and choice.quality[0], choice.label, choice.tags, choice.group):
            if column:
                study.dataset.check_column(column)
        if choice.quality and choice.missing == "refuse" and "quality" in selector.needs | selector.uses:
            lacking = rows[~np.isfinite(study.scores(*choice.quality)[rows])]
            if len(lacking):
                found.append(
                    f"Column {choice.quality[0]!r} has no number in {len(lacking):,} of {len(rows):,} rows; the first "
                    f"is row {study.positions[lacking[0]] + 1}. Say what becomes of rows without a score."
                )
    except UserError as error:
        found.append(str(error))
    return found


def _unmet(
    study: Study, choice: Choice, rows: Indices, costs: NDArray[np.int64] | None, *, most: int, exact: bool
) -> list[str]:
    """Limits that no choice from those rows, or `most` of them where it is not `exact`, can keep to for certain."""
    budget = Budget.parse(choice.budget)
    wanted = budget.of(len(rows))
    if budget.unit == "rows" and wanted > most:
        return [f"The budget is {wanted:,} rows, and there {_are(most, 'row', exact)} to choose from."]
    try:
        limits = study.limits(replace(choice, budget="1"))  # a budget in tokens would be counted
    except UserError as error:
        return [str(error)]
    if costs is not None:  # of a group that the steps before leave no row of nothing is asked
        limits = replace(limits, costs=costs, least_each=limits.least_each if exact else 0)
    if len(rows) < len(study):
        limits, gone = _within(limits, rows, len(study))
        if gone:
            return gone
    try:
        if budget.unit == "rows" or costs is not None or (budget.unit == "percent" and exact):
            return impossible(limits, len(rows), wanted)
        of_two = impossible(limits, len(rows), 2)  # the budget is not known: what is said of any is certain
        return [problem for problem in impossible(limits, len(rows), 1) if problem in of_two]
    except UserError as error:
        return [str(error)]


def _within(limits: Limits, rows: Indices, total: int) -> tuple[Limits, list[str]]:
    """The limits in numbers of those rows, and what of them the steps before have left out."""
    place = np.full(total, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    gone = [
        f"{count:,} of {len(some):,} {what} rows are not among those that the steps before the choice leave."
        for what, some in (("must-have", limits.must), ("already chosen", limits.owned))
        if (count := int((place[some] < 0).sum()))
    ]
    never = place[limits.never]
    moved = replace(
        limits,
        must=place[limits.must],
        never=never[never >= 0],
        owned=place[limits.owned],
        groups=None if limits.groups is None else limits.groups[rows],
        costs=None if limits.costs is None else limits.costs[rows],
    )
    return moved, gone


def _are(number: int, what: str, exact: bool) -> str:
    return (
        f"{'is' if number == 1 else 'are'}{'' if exact else ' at most'} {number:,} {what}{'' if number == 1 else 's'}"
    )
