"""What can be said of a recipe before it is followed: the rows that its filters leave, and what cannot be met."""

from dataclasses import dataclass, replace

import numpy as np

from .blocks import Indices
from .budget import Budget
from .choice import Choice
from .errors import UserError
from .filters import Filter
from .recipe import Recipe
from .selectors import Limits, find_selector, impossible
from .study import Study

_NEEDS = {"quality": "a score column", "labels": "a column of labels", "tags": "a column of tags"}


@dataclass(frozen=True)
class Foreseen:
    """The rows that each step before the choice leaves at most, and why the choice cannot be made, in sentences."""

    left: tuple[int, ...]
    exact: bool  # whether it leaves just as many: a step that chooses may leave fewer
    problems: tuple[str, ...]


def foresee(study: Study, recipe: Recipe) -> Foreseen:
    """What is known of a recipe at once. Neither are rows compared nor tokens counted: what depends on these is only
    found as the recipe is followed.
    """
    rows = np.arange(len(study), dtype=np.int64)
    left: list[int] = []
    exact = True
    for number, step in enumerate(recipe.steps[:-1], 1):
        if isinstance(step, Filter):
            try:
                rows = study._filtered(step, rows)
            except UserError as error:
                return Foreseen((*left, 0), exact, (f"Step {number}: {error}",))
        else:
            exact = False
            if problems := _lacking(study, step, rows):
                return Foreseen(tuple(left), exact, tuple(f"Step {number}: {problem}" for problem in problems))
        left.append(len(rows))
    problems = _lacking(study, recipe.choice, rows) or _unmet(study, recipe.choice, rows, exact)
    return Foreseen(tuple(left), exact, tuple(problems))


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


def _unmet(study: Study, choice: Choice, rows: Indices, exact: bool) -> list[str]:
    """Limits that cannot be kept to within those rows, as far as that is certain without counting tokens."""
    budget = Budget.parse(choice.budget)
    wanted = budget.of(len(rows))
    if budget.unit == "rows" and wanted > len(rows):
        return [f"The budget is {wanted:,} rows, and there {_are(len(rows), 'row')} to choose from."]
    try:
        limits = study.limits(replace(choice, budget=str(wanted)))
    except UserError as error:
        return [str(error)]
    if len(rows) < len(study):
        limits, gone = _within(limits, rows, len(study))
        if gone:
            return gone
    try:
        if budget.unit == "rows" or (budget.unit == "percent" and exact):
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
    )
    return moved, gone


def _are(number: int, what: str) -> str:
    return f"is {number:,} {what}" if number == 1 else f"are {number:,} {what}s"
