"""Jobs of kMQ in rounds: a refinement is begun, goes on with feedback or a model trained here, and is judged.

Each refinement lies on the shelf of the home folder, under the id that its jobs name; what a job has made of it is
written there after every round, so that a job that was cancelled goes on from where it stopped.
"""

from pathlib import Path
from typing import Any

from .digest import digest
from .errors import UserError
from .kept import working
from .lm import PROXY
from .models import LANGUAGE_MODEL, locate
from .progress import Progress, part
from .refinement import (
    FeedbackError,
    Loop,
    Plan,
    Refinement,
    Shelf,
    begin,
    by_model,
    check_study,
    differs,
    go_on,
    outcome,
    read_feedback,
    run_rounds,
)
from .store import Store
from .study import Study
from .work_opening import Args, open_study


def refine_begin(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Cluster the pool, draw round 1 and put it on the shelf. args: refinement (its id), name, dataset, plan."""
    shelf = Shelf(store)
    if shelf.about(args["refinement"]) is None:  # else it was begun, and this job is asked for again
        found = begin(open_study(store, args), Plan.from_json(args["plan"]), progress=progress)
        shelf.add(found, args["dataset"], args["name"], id=args["refinement"])
    return {"refinement": args["refinement"]}


def refine_feedback(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Take a file of feedback and draw the next round. args: refinement, dataset, round, file, model, device.

    `model` scores generated answers; with none, the file must hold gaps or scores. Lines that cannot be used are
    listed in the result, and then nothing has changed.
    """
    shelf = Shelf(store)
    before = shelf.get(args["refinement"])
    if (before.last.number, before.last.feedback) != (args["round"], None):
        raise UserError(f"Round {args['round']} has its feedback already. Branch off to give it another.")
    study = open_study(store, args)
    check_study(study, before)
    scorer = model = None
    if args.get("model"):
        from .lm import load_language_model

        progress(0.0, "Loading the language model")
        model = load_language_model(args["model"], device=args.get("device"))
        scorer = by_model(study, model, progress=part(progress, 0.1, 0.95))
    try:
        told = read_feedback(Path(args["file"]), before, scorer=scorer)
    except FeedbackError as error:
        return {"refinement": args["refinement"], "refused": [[each.number, each.reason] for each in error.problems]}
    finally:
        if model is not None:
            model.close()
    progress(0.95, "Drawing the next round")
    shelf.put(args["refinement"], before, go_on(study, before, told))
    return {"refinement": args["refinement"], "scored": len(told.gaps)}


def refine_replay(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Draw every round again; what comes out otherwise, in sentences. args: refinement, dataset, rounds, told."""
    found = Shelf(store).get(args["refinement"])
    return {"differs": differs(open_study(store, args), found, progress=progress)}


def refine_run(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Train a model here and draw, round after round. args: refinement, dataset, loop, to (the last round to draw)."""
    shelf = Shelf(store)
    found = shelf.get(args["refinement"])

    def save(after: Refinement) -> None:
        nonlocal found
        shelf.put(args["refinement"], found, after)
        found = after

    left = max(0, args["to"] - len(found.rounds))  # fewer than at first where the job goes on
    run_rounds(open_study(store, args), found, Loop.from_json(args["loop"]), most=left, save=save, progress=progress)
    return {"refinement": args["refinement"]}


def refine_outcome(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Lay the rounds beside static and random choice; what comes of it is kept in the store as JSON.

    args: refinement, dataset, reference, loop (None: nothing is trained), metrics, random_seeds, training_seeds.
    """
    study, found = open_study(store, args), Shelf(store).get(args["refinement"])
    key = outcome_key(study, digest(found.as_json()), args)
    if not store.has("results", key):
        store.save(key, outcome(study, found, _loop(args), progress=progress, **_how(args)).as_json())
    return {"outcome": key}


def outcome_key(study: Study, state: str, args: Args) -> str:
    """What names the outcome of a refinement in the store: all that it depends on, the model's weights as well.

    Args:
        state: digest of the refinement; args: as the job has them.

    Raises:
        UserError: a model that is not on this machine.
    """
    loop = _loop(args)
    weights = None
    if loop is not None and loop.model != PROXY:
        weights = locate(loop.model, kind=LANGUAGE_MODEL, download=working()).key
    against = study.reference.key if study.reference else None
    names = [study.name, study.reference.name if study.reference else None]
    data = None if study.dataset is None else [study.dataset.key, study.dataset.roles.as_json()]
    texts = [study.texts_key, study.reference.texts_key if study.reference else None]
    return digest(
        "refine outcome", 2, state, study.key, data, texts, against, names, args.get("loop"), weights, _how(args)
    )


def _loop(args: Args) -> Loop | None:
    return None if args.get("loop") is None else Loop.from_json(args["loop"])


def _how(args: Args) -> dict[str, Any]:
    return {name: args[name] for name in ("metrics", "random_seeds", "training_seeds") if name in args}
