"""The worker's job about rows that were picked on the map: their metrics beside those of random draws of their size."""

from typing import Any

from .errors import UserError
from .picked import load
from .progress import Progress, part
from .store import Store
from .work_opening import Args, open_study


def measure_picked(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Measure picked rows, and random subsets of as many. args: dataset, reference, picked, metrics, random_seeds."""
    study = open_study(store, args)
    picked = load(study, store, args["picked"])
    if picked is None:
        raise UserError("That selection is no longer in the store. Select the rows again.")
    rows = picked.found.rows
    sets = [study.subset(rows, "the selection")]
    sets += [study.random_subset(len(rows), seed) for seed in args["random_seeds"]]
    refused: dict[str, str] = {}
    for done, subset in enumerate(sets):
        share = part(progress, done / len(sets), (done + 1) / len(sets))
        subset.measure(args["metrics"], intervals=False, refused=refused, progress=share)
    return {"refused": refused}
