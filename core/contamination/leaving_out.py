"""Rows that meet evaluation rows as rows that a recipe does not choose."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..choice import Choice
from ..recipe import Recipe
from ..study import Study
from .found import Contamination


def left_out(study: Study, found: Contamination, kinds: Sequence[str] = ()) -> list[Any]:
    """The ids of the study's rows that meet an evaluation row in one of those ways (in any), as must-not rows."""
    met = np.zeros(len(found), dtype=np.bool_)
    for kind in kinds or (None,):
        met |= found.met(kind)
    return [study.ids[row] for row in np.flatnonzero(met)]


def never(recipe: Recipe, ids: Sequence[Any]) -> Recipe:
    """The recipe whose first choice leaves those rows out, so that no later step has them."""
    first = next(place for place, step in enumerate(recipe.steps) if isinstance(step, Choice))
    steps = list(recipe.steps)
    choice = steps[first]
    assert isinstance(choice, Choice)
    steps[first] = replace(choice, never=tuple(dict.fromkeys([*choice.never, *ids])))
    return replace(recipe, steps=tuple(steps))
