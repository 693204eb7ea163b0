"""Selections that were made from this dataset before, the latest first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.recipe import Recipe
from core.selectors import SELECTORS
from core.study import Study
from core.workspace import Entry

from . import state

_OFFERED = 8


@dataclass(frozen=True)
class Earlier:
    """One of them: how it is called, and its rows as numbers within the study."""

    name: str
    rows: NDArray[np.int64]


def selections(entry: Entry, study: Study) -> dict[str, Earlier]:
    """The last of them, by the id of the job that made each."""
    own = study.reference_word
    found: dict[str, Earlier] = {}
    for job in state.jobs().all():
        if len(found) == _OFFERED:
            break
        if job.what != "select" or job.state != "done" or job.args.get("setup") != entry.key:
            continue
        if "recipe" not in job.args or job.args.get("reference") != own:
            continue
        selection = study.selected(study.recipe_key(Recipe.from_json(job.args["recipe"])))
        if selection is not None:
            title = SELECTORS[selection.selector].title
            seed = f", seed {selection.seed}" if selection.seed else ""
            found[job.id] = Earlier(f"{len(selection):,} rows by {title}{seed}", selection.positions)
    return found
