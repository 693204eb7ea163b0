"""Jobs of kMQ in rounds: a refinement is begun, and goes on with a file of feedback.

Each refinement lies on the shelf of the home folder, under the id that its jobs name; what a job has made of it is
written there after every round, so that a job that was cancelled goes on from where it stopped.
"""

from pathlib import Path
from typing import Any

from .errors import UserError
from .progress import Progress, part
from .refinement import FeedbackError, Plan, begin, by_model, check_study, differs, go_on, read_feedback
from .refinement.shelf import Shelf
from .store import Store
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
    scorer = None
    if args.get("model"):
        from .lm import load_language_model

        progress(0.0, "Loading the language model")
        model = load_language_model(args["model"], device=args.get("device"))
        scorer = by_model(study, model, progress=part(progress, 0.1, 0.95))
    try:
        told = read_feedback(Path(args["file"]), before, scorer=scorer)
    except FeedbackError as error:
        return {"refinement": args["refinement"], "refused": [[each.number, each.reason] for each in error.problems]}
    progress(0.95, "Drawing the next round")
    shelf.put(args["refinement"], before, go_on(study, before, told))
    return {"refinement": args["refinement"], "scored": len(told.gaps)}


def refine_replay(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Draw every round again; what comes out otherwise, in sentences. args: refinement, dataset, rounds, told."""
    found = Shelf(store).get(args["refinement"])
    return {"differs": differs(open_study(store, args), found, progress=progress)}
