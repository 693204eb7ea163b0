"""Set operations on rows, and how a subset was made: as JSON for its proof, and as a sentence.

    {"by": "map", "how": "a lasso"}
    {"by": "map", "how": "rank at most 5", "query": {...}, "choices": [{"title": "Herding", "recipe": {...}, ...}]}
    {"by": "ids", "file": "ids.txt", "sha256": "..."}
    {"by": "selection", "recipe": {...}, "embedding": {...}, "reference": null}
    {"by": "union", "of": ["a1b2.1", "c3d4.2"], "parts": {"a1b2.1": {"name": "maths", "rows": 40, "made": {...}}, ...}}

A part is named by the id and the version of its subset, so that what a set was made of stays known when its parts are
changed or deleted. A set of sets of sets lists each of its ancestors once.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .subset import Subset

Operation = Literal["union", "intersection", "difference"]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)


def combined(how: Operation, sets: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The rows of two or more sets together: in the order of the first, then of the second, each row once.

    A difference is the first without all others.

    >>> combined("union", [np.array([5, 1]), np.array([1, 3])]).tolist()
    [5, 1, 3]
    >>> combined("difference", [np.array([5, 1]), np.array([1, 3])]).tolist()
    [5]
    """
    if len(sets) < 2:
        raise UserError(f"A {how} is of two subsets or more, and {_many(len(sets))} named.")
    first = sets[0]
    match how:
        case "union":
            every = np.concatenate(sets)
            return every[np.sort(np.unique(every, return_index=True)[1])]
        case "intersection":
            return first[np.logical_and.reduce([np.isin(first, other) for other in sets[1:]])]
        case "difference":
            return first[~np.isin(first, np.concatenate(sets[1:]))]
        case _:
            raise UserError(f"There is no operation {how!r} on subsets. There are {', '.join(OPERATIONS)}.")


def made_of(how: Operation, subsets: Sequence[Subset]) -> dict[str, Any]:
    """How a combination of those subsets was made, with all that these were made of."""
    parts: dict[str, Any] = {}
    for subset in subsets:
        parts |= subset.made.get("parts", {})
        own = {name: value for name, value in subset.made.items() if name != "parts"}
        parts[subset.tag] = {"name": subset.name, "rows": len(subset), "rows_key": subset.rows_key, "made": own}
    return {"by": how, "of": [subset.tag for subset in subsets], "parts": parts}


def made_by_ids(content: bytes, name: str, left_out: int = 0) -> dict[str, Any]:
    """How a subset was made that a file of ids names; of an ids file of Gamut also how its rows were chosen.

    Args:
        left_out: ids of the file that name no row.
    """
    found: dict[str, Any] = {"by": "ids", "file": name, "sha256": hashlib.sha256(content).hexdigest()}
    if left_out:
        found |= {"unknown": left_out}
    try:
        recipe = json.loads(content)["manifest"]["recipe"]
    except (ValueError, KeyError, TypeError):  # a list of ids that says nothing of where they come from
        return found
    return found | ({"recipe": recipe} if recipe else {})


def described(made: Mapping[str, Any]) -> str:
    """How a subset was made, in a few words."""
    match made.get("by"):
        case "map":
            of = " and ".join(str(each.get("title")) for each in made.get("choices", ()))
            how = f"On the map: {made.get('how') or 'rows that were selected'}"
            return f"{how} (of the choice by {of})" if of else how
        case "ids":
            return f"Ids from {made.get('file') or 'a list'}"
        case "selection":
            return f"Chosen by {made.get('title') or 'a selector'}"
        case "union" | "intersection" | "difference" as how:
            names = [made["parts"][tag]["name"] for tag in made["of"]]
            if how == "difference":
                return f"Rows of {names[0]} without those of {', '.join(names[1:])}"
            return f"Rows of {(' and ' if how == 'intersection' else ' or ').join(names)}"
        case _:
            return "Made by a program"


def _many(count: int) -> str:
    return "none is" if count == 0 else "one is"
