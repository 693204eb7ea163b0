"""`gamut push`: the rows of a bundle to the Hugging Face hub, with card and proof."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from .inputs import example, on_stderr


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "push",
        help="chosen rows to the Hugging Face hub, with a card and their proof",
        **example(
            "gamut push proof.zip org/name --out folder",
            "gamut push proof.zip org/name --private",
        ),
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="what `gamut select --bundle` wrote")
    parser.add_argument("name", metavar="ORG/NAME", help="the dataset on the hub")
    add_hub(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run)


def add_hub(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how something is pushed, or that it is only looked at."""
    parser.add_argument(
        "--private", action="store_true", help="seen by its owner alone; refused where it is there already and is not"
    )
    parser.add_argument("--revision", default="", metavar="BRANCH", help="the branch, made where there is none")
    parser.add_argument(
        "--update",
        action="store_true",
        help="write over the files of a dataset that is there; its rows in another format are deleted",
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the folder, to look at it, and push nothing")


def run(options: argparse.Namespace) -> int:
    from ..pushing import hub_folder, push
    from ..pushing.folder import check_folder
    from ..pushing.push import check_name

    check_name(options.name)
    if options.out is not None:
        check_folder(options.out)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.out or Path(temporary) / "dataset"
        hub_folder(options.bundle, folder, options.name)
        url = ""
        if options.out is None:
            how = {"private": options.private, "revision": options.revision, "update": options.update}
            url = push(folder, options.name, progress=on_stderr(options), **how)
    say_done(options, url)
    return 0


def say_done(options: argparse.Namespace, url: str) -> None:
    """Where what was pushed is, or the folder that is to be, and what its card still lacks."""
    if options.out is not None:
        print(f"{options.out} is ready to be pushed. Read README.md first, and add the licence.")
        return
    print(url)
    print("No licence is stated in its card yet: add it there.")
