"""The recipe that a person is putting together on the Select page, kept while other pages are looked at."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from core.centroids import Centroids
from core.choice import Choice, Id
from core.errors import UserError
from core.goals import EVERY, GOALS, goals_of
from core.recipe import Recipe, Step, with_files
from core.study import Study
from core.workspace import Entry

from . import state

ID_LIMITS = ("must", "never", "owned")


@dataclass
class Draft:
    """What the widgets begin with, and what they do not hold themselves.

    A widget's key carries the version: a recipe that is opened, or a page that is come back to, begins with new ones.
    """

    given: Choice  # what the widgets begin with
    goal: str
    before: list[Step]  # the steps before the choice
    ids: dict[str, tuple[Id, ...]]  # of rows that must, must not, or are already chosen
    last: Choice  # what they said at last
    domains: tuple[Mapping[str, tuple[Id, ...]], Centroids | None] = field(default=({}, None))  # examples, or centroids
    version: int = 0
    of: str = ""  # the dataset, in the keys of widgets that are not to go over to another
    said: str = ""  # about a recipe that was opened
    counted: bool = False  # in this run: whether the tokens that the budget is of are known
    problems: list[str] = field(default_factory=list)  # of this run: why the button cannot be pressed

    def key(self, name: str) -> str:
        return f"{name}:{self.version}{self.of and ':'}{self.of}"

    def fill(self, recipe: Recipe, said: str = "") -> None:
        """Begin anew with a recipe."""
        goals = goals_of(recipe.choice.selector)
        self.goal = self.goal if self.goal in (goal.name for goal in goals) else goals[0].name if goals else EVERY
        self.given = self.last = recipe.choice
        self.before = list(recipe.steps[:-1])
        self.ids = {name: tuple(getattr(recipe.choice, name)) for name in ID_LIMITS}
        given = recipe.choice.centroids
        self.domains = (dict(recipe.choice.examples), given if isinstance(given, Centroids) else None)
        self.version += 1
        self.said = said

    def set_params(self, **params: Any) -> None:
        """Begin anew with what the widgets said at last, but for these parameters of the selector."""
        self.given = self.last = replace(self.last, params={**self.last.params, **params})
        self.version += 1

    @contextmanager
    def noting(self) -> Iterator[None]:
        """What the user can mend is a reason why the button cannot be pressed, and the page goes on."""
        try:
            yield
        except UserError as error:
            self.problems.append(str(error))


def current(entry: Entry, study: Study) -> Draft:
    """The draft for this dataset; it begins with the selection in the URL, where that is one of this dataset."""
    key = f"draft:{entry.dataset}"
    found: Draft | None = st.session_state.get(key)
    if found is None:
        first = next(iter(GOALS["spread"].ways)).selector
        choice = Choice(first, str(max(1, min(len(study), 5000, len(study) // 10))))
        found = Draft(choice, "spread", [], dict.fromkeys(ID_LIMITS, ()), choice)
        made = _made(entry)
        if made is not None:
            found.fill(made)
        st.session_state[key] = found
    elif st.session_state["arrived"]:  # what widgets held is forgotten when their page is left
        found.given = found.last
        found.version += 1
    found.problems, found.counted = [], False
    return found


def _made(entry: Entry) -> Recipe | None:
    asked = state.recall("s")
    job = state.jobs().find(asked) if asked else None
    if job is None or "recipe" not in job.args or job.args.get("dataset") != entry.dataset:
        return None
    try:
        return with_files(Recipe.from_json(job.args["recipe"]), Path())
    except UserError:  # it names a file that is not there any more
        return None
