"""The job of entropy selection: rows chosen by how uncertain their domain is, and what training on them comes to."""

from typing import Any

from .daar import Plan, check_outcome, daar, outcome
from .progress import Progress, part
from .store import Store
from .work_opening import Args, open_study


def choose_by_entropy(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Choose rows, and where it is wanted train on them; both lie in the store.

    args: dataset, reference, plan, training (None: nothing is trained; else how, as `Training` has it), seeds.
    """
    study, training = open_study(store, args), args.get("training")
    plan = Plan.from_json(args["plan"])
    if training:
        check_outcome(study, plan, **outcome_args(args))
    found = daar(study, plan, progress=part(progress, 0, 0.5 if training else 1))
    if training:
        outcome(study, found, **outcome_args(args), progress=part(progress, 0.5, 1))
    return {}


def outcome_args(args: Args) -> dict[str, Any]:
    """What `core.daar.outcome` takes beside the study and the rows, of the arguments of a job of that kind."""
    from .lm import Training

    how = {"training": Training.from_json(args["training"])}
    return how | {name: args[name] for name in ("seeds",) if name in args}
