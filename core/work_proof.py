"""Jobs of the Export page: holding rows against evaluation datasets, and making the bundle of a selection."""

import tempfile
from pathlib import Path
from typing import Any

from .contamination import How, check
from .digest import digest_file
from .errors import UserError
from .progress import Progress, part
from .proof import Asked, make_bundle
from .pushing import hub_folder, may_push, push, subset_folder
from .recipe import Recipe
from .store import Store
from .subsets import Subsets
from .work_opening import Args, open_entry, open_study
from .workspace import Workspace

BUNDLE = "proof.zip"  # of a bundle in the store


def contamination(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Hold all rows of a dataset against evaluation datasets. args: dataset, evaluations (keys), how (a `How`)."""
    study = open_study(store, {"dataset": args["dataset"]})
    workspace = Workspace(store)
    evaluations = [workspace.dataset(open_entry(workspace, key)) for key in args["evaluations"]]
    check(study, evaluations, How(**args["how"]), progress=progress)
    return {}


def bundle(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Make the bundle of a selection, in the store.

    args: key (the store's, of the bundle), dataset, reference, recipe, kind, options, map, evaluations (keys), how.
    """
    path = store.folder("results", args["key"]) / BUNDLE
    if path.is_file():
        return {"key": args["key"], "sha256": digest_file(path)}
    study = open_study(store, args)
    recipe = Recipe.from_json(args["recipe"])
    selection = study.follow(recipe, progress=part(progress, 0, 0.3)).selection
    workspace = Workspace(store)
    evaluations = [workspace.dataset(open_entry(workspace, key)) for key in args["evaluations"]]
    how = How(**args["how"]) if args["how"] else None
    asked = Asked(kind=args["kind"], options=args["options"], map=args["map"], against=how)
    scored = open_entry(workspace, args["dataset"]).scored
    more = {"scored": scored} if scored else {}
    with store.draft("results", args["key"]) as folder:
        rest = part(progress, 0.3, 1)
        sha256 = make_bundle(
            folder / BUNDLE, study, selection, recipe, asked, evaluations=evaluations, more=more, progress=rest
        )
    return {"key": args["key"], "sha256": sha256}


def push_bundle(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Push the rows of a bundle in the store to the hub, where the app may. args: key, name, private, revision, update.

    Raises:
        UserError: the app may not, or as `push`.
    """
    check_may_push()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "dataset"
        hub_folder(bundle_path(store, args), folder, args["name"])
        how = {name: args[name] for name in ("private", "revision", "update")}
        return {"url": push(folder, args["name"], progress=progress, **how)}


def push_subset(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Push a saved subset to the hub, where the app may.

    args: dataset, reference, saved (the id of the subset), version (of it), kind, options, and name, private, revision
    and update as for `push_bundle`.

    Raises:
        UserError: the app may not, the subset was changed or deleted since, or as `push`.
    """
    check_may_push()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "dataset"
        subset_to_folder(store, args, folder)
        how = {name: args[name] for name in ("private", "revision", "update")}
        return {"url": push(folder, args["name"], progress=progress, **how)}


def subset_to_folder(store: Store, args: Args, folder: Path) -> None:
    """Write the folder of a saved subset as it is uploaded. args: as for `push_subset`, without how it is pushed."""
    entry = open_entry(Workspace(store), args["dataset"])
    found = Subsets(store).get(args["dataset"], args["saved"])
    if found is None or found.version != args["version"]:
        raise UserError("The subset was changed or deleted meanwhile. Look at it and push it again.")
    study = open_study(store, args)
    assert study.dataset is not None  # only datasets have subsets
    more = {"scored": entry.scored} if entry.scored else {}
    subset_folder(
        folder, args["name"], args["kind"], study.dataset, found, study=study, more=more, **dict(args["options"])
    )


def check_may_push() -> None:
    """A UserError where the app may not push."""
    if not may_push():
        raise UserError("This app may not push. Start it with GAMUT_ALLOW_PUSH=1 on a machine with a token of the hub.")


def bundle_path(store: Store, result: Any) -> Path:
    """The bundle that a job made.

    Raises:
        UserError: it was cleaned away since.
    """
    path = store.folder("results", result["key"]) / BUNDLE
    if not path.is_file():
        raise UserError("The bundle is no longer in the store. Make it again.")
    return path
