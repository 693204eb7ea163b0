"""Recipes: steps that narrow a pool down to a choice, as a file that a page saves and the command line reads.

    gamut_recipe: 1
    steps:
      - select: {selector: semdedup, budget: 100%, params: {eps: 0.05}}
      - filter: {column: score, at_least: 3}
      - select: {selector: novelselect, budget: 5000, seed: 0}

Each step works on the rows that the one before it left; the last one selects.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .centroids import read_centroids
from .choice import Choice, Id
from .errors import UserError
from .filters import Filter
from .listed_rows import Listed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .selectors import Selection

FORMAT = 1
Step = Filter | Listed | Choice
_KINDS: dict[str, type[Step]] = {"select": Choice, "filter": Filter, "subset": Listed}


@dataclass(frozen=True)
class Recipe:
    """Steps in their order, the last of which selects."""

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not self.steps or not isinstance(self.steps[-1], Choice):
            raise UserError("The last step of a recipe selects: give it a step select: {selector: ..., budget: ...}.")

    @property
    def choice(self) -> Choice:
        """The last step."""
        last = self.steps[-1]
        assert isinstance(last, Choice)
        return last

    def as_json(self) -> dict[str, Any]:
        return {
            "gamut_recipe": FORMAT,
            "steps": [
                {kind: step.as_json()} for step in self.steps for kind, each in _KINDS.items() if isinstance(step, each)
            ],
        }

    @classmethod
    def from_json(cls, found: Any, name: str = "the recipe") -> "Recipe":
        """The recipe that `as_json` wrote, or that a person did.

        Raises:
            UserError: what is no recipe, or a step that is none; the step is named.
        """
        if not isinstance(found, Mapping) or not isinstance(found.get("steps"), Sequence):
            raise UserError(f"{name} is not a recipe: it has no list of steps.")
        if found.get("gamut_recipe", FORMAT) != FORMAT:
            raise UserError(f"{name} is a recipe of format {found['gamut_recipe']!r}, and this Gamut reads {FORMAT}.")
        return cls(tuple(_step(step, number) for number, step in enumerate(found["steps"], 1)))


def _step(found: Any, number: int) -> Step:
    if not isinstance(found, Mapping) or len(found) != 1 or next(iter(found)) not in _KINDS:
        raise UserError(f"Step {number} of the recipe is none of select: {{...}}, filter: {{...}}, subset: {{...}}.")
    (kind, fields), *_ = found.items()
    try:
        return _KINDS[kind].from_json(fields)
    except UserError as error:
        raise UserError(f"Step {number} of the recipe: {error}") from error


def read_recipe(path: Path) -> Recipe:
    """A recipe from a JSON or YAML file.

    Raises:
        UserError: no such file, one that cannot be read, or what is no recipe.
    """
    import yaml

    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The recipe {path} cannot be read ({error}).") from error
    try:
        found = json.loads(content) if path.suffix.lower() == ".json" else yaml.safe_load(content)
    except ValueError as error:
        raise UserError(f"The recipe {path} is not JSON ({error}).") from error
    except yaml.YAMLError as error:
        raise UserError(f"The recipe {path} is not YAML ({' '.join(str(error).split())}).") from error
    except RecursionError as error:
        raise UserError(f"The recipe {path} has lists within lists too deep to be read, and is none.") from error
    return Recipe.from_json(found, path.name)


def with_files(recipe: Recipe, folder: Path) -> Recipe:
    """The recipe with the content of the files of centroids that it names, so that it needs them no more.

    Args:
        folder: that of the recipe's file, from which names of files go out.

    Raises:
        UserError: there is no such file, or one that holds no centroids.
    """

    def whole(step: Step) -> Step:
        if not isinstance(step, Choice) or not isinstance(step.centroids, str):
            return step
        beside = folder / Path(step.centroids).expanduser()
        try:
            return replace(step, centroids=read_centroids(beside if beside.exists() else step.centroids))
        except UserError as error:
            raise UserError(
                f"The recipe names the centroids {step.centroids}, and they cannot be had: {error} Put the file beside "
                "the recipe, or save the recipe again where the file is: it then holds the centroids itself."
            ) from error

    return Recipe(tuple(whole(step) for step in recipe.steps))


def with_subsets(recipe: Recipe, ids_of: Callable[[str], Sequence[Id]]) -> Recipe:
    """The recipe with the ids of the saved subsets that its steps name alone, so that it needs them no more.

    Args:
        ids_of: the ids of the rows of the saved subset of that name.
    """
    return Recipe(
        tuple(
            replace(step, ids=tuple(ids_of(step.name))) if isinstance(step, Listed) and step.ids is None else step
            for step in recipe.steps
        )
    )


def dump_recipe(recipe: Recipe, *, as_yaml: bool = True) -> str:
    """The text of a recipe's file."""
    import yaml

    if not as_yaml:
        return json.dumps(recipe.as_json(), ensure_ascii=False, indent=1) + "\n"
    return str(yaml.safe_dump(recipe.as_json(), sort_keys=False, allow_unicode=True))


@dataclass(frozen=True)
class Followed:
    """What came of a recipe: the selection, in rows of the study that it began with, and the rows each step left."""

    selection: "Selection"
    left: tuple[int, ...]
    gone: "NDArray[np.int64] | None" = None  # (n,) the number, from 1, of the step that left each row out; 0: chosen
