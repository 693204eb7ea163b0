"""`gamut project`: named collections of datasets, the same that the app shows."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..progress import silent
from ..projects import Project, Projects
from ..store import Store
from ..work_opening import open_in_workspace
from ..workspace import Entry, Workspace
from .inputs import add_reading, data_path, example, read_data

_KEY = 8  # letters of a dataset's key that name it


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "project",
        help="collect datasets under a name, the same projects that the app shows",
        **example(
            "gamut project new maths pool.jsonl more.jsonl",
            "gamut project list",
            "gamut project add maths late.csv",
            "gamut project remove maths --dataset more.jsonl",
            "gamut project rename maths 'maths, spring'",
            "gamut project delete 'maths, spring'",
            "gamut project undo",
        ),
    )
    kinds = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    listing = _command(
        kinds, "list", "list the projects with their datasets, and what an undo would take back", run_list
    )
    listing.add_argument("--json", action="store_true", help="one JSON object on stdout")
    _datasets(_command(kinds, "new", "make a project", run_new, "name"), "put into it")
    _datasets(_command(kinds, "add", "put datasets into a project", run_add, "name"), "put into it")
    _datasets(_command(kinds, "remove", "take datasets out of a project", run_remove, "name"), "taken out of it")
    rename = _command(kinds, "rename", "give a project another name", run_rename, "name")
    rename.add_argument("new", metavar="NEW", help="what it is to be called")
    _command(kinds, "delete", "delete a project and none of its datasets; undo brings it back", run_delete, "name")
    _command(kinds, "undo", "take the last change of the projects back", run_undo).set_defaults(back=True)
    _command(kinds, "redo", "make the change again that was undone last", run_undo).set_defaults(back=False)


def run_list(options: argparse.Namespace) -> int:
    projects, workspace = _open(options)
    every, entries = projects.all(), workspace.entries()
    taken = {dataset for project in every for dataset in project.datasets}
    free = [entry for entry in entries if entry.dataset not in taken]
    if options.json:
        found = {
            "projects": [vars(project) for project in every],
            "in_no_project": [entry.dataset for entry in free],
            "names": {entry.dataset: entry.name for entry in entries},
        }
        print(json.dumps(found, ensure_ascii=False))
        return 0
    opened = {entry.dataset: entry for entry in entries}
    for project in every:
        print(f"{project.name}: {_count(len(project.datasets))}")
        for dataset in project.datasets:
            print(f"  {_line(opened[dataset])}" if dataset in opened else f"  {dataset[:12]}, closed")
    print(f"In no project: {_count(len(free))}")
    for entry in free:
        print(f"  {_line(entry)}")
    for change, word in zip(projects.last(), ("undo", "redo"), strict=True):
        if change:
            print(f"gamut project {word}: {change.what}", file=sys.stderr)
    return 0


def run_new(options: argparse.Namespace) -> int:
    projects, _ = _open(options)
    projects.check_free(options.name)  # before files are read, which may take minutes
    _say("Made", projects.new(options.name, _named(options)))
    return 0


def run_add(options: argparse.Namespace) -> int:
    projects, _ = _open(options)
    project = projects.named(options.name)
    _say("Changed", projects.change(project.id, add=_some(options)))
    return 0


def run_remove(options: argparse.Namespace) -> int:
    projects, _ = _open(options)
    project = projects.named(options.name)
    gone = _some(options, project)
    if missing := [dataset for dataset in gone if dataset not in project.datasets]:
        raise UserError(f"{_count(len(missing))} of these not in {project.name}. See `gamut project list`.")
    _say("Changed", projects.change(project.id, remove=gone))
    return 0


def run_rename(options: argparse.Namespace) -> int:
    projects, _ = _open(options)
    project = projects.named(options.name)
    print(f"{project.name} is now {projects.change(project.id, name=options.new).name}.")
    return 0


def run_delete(options: argparse.Namespace) -> int:
    projects, _ = _open(options)
    project = projects.named(options.name)
    projects.remove(project.id)
    print(f"Deleted {project.name}; its datasets stay. `gamut project undo` brings it back.")
    return 0


def run_undo(options: argparse.Namespace) -> int:
    projects, _ = _open(options)
    what = projects.undo() if options.back else projects.redo()
    print(f"{'Undone' if options.back else 'Done again'}: {what}.")
    return 0


def _command(kinds: Any, name: str, words: str, run: Any, of: str | None = None) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = kinds.add_parser(name, help=words)
    if of:
        parser.add_argument(of, metavar="NAME", help="the project")
    parser.add_argument("--home", type=Path, help="folder for results (default: GAMUT_HOME or the platform's)")
    parser.set_defaults(run=run)
    return parser


def _datasets(parser: argparse.ArgumentParser, what: str) -> None:
    words = f"a file, a folder of shards or an address, each a dataset that is {what}; the app shows it as open"
    parser.add_argument("data", nargs="*", metavar="DATA", type=data_path, help=words)
    parser.add_argument(
        "--dataset", action="append", default=[], metavar="NAME", help="an open dataset as the app calls it; repeatable"
    )
    add_reading(parser)


def _open(options: argparse.Namespace) -> tuple[Projects, Workspace]:
    store = Store(options.home)
    return Projects(store), Workspace(store)


def _some(options: argparse.Namespace, project: Project | None = None) -> list[str]:
    found = _named(options, project)
    if not found:
        raise UserError("Name at least one dataset: a file, or --dataset with the name of an open one.")
    return found


def _named(options: argparse.Namespace, project: Project | None = None) -> list[str]:
    """The keys of the datasets that are named; those that are to go into a project are opened.

    `project`: the one that they are taken out of, whose datasets alone are meant by a name.
    """
    store = Store(options.home)
    found: list[str] = []
    for path in options.data:
        dataset = read_data([path], options, store, silent, own_roles=True)
        found.append(dataset.key)
        if project is None:
            open_in_workspace(dataset, store)
    entries = Workspace(store).entries()
    if project is not None:
        entries = [entry for entry in entries if entry.dataset in project.datasets]
    keys = project.datasets if project else [entry.dataset for entry in entries]  # one of a project may be closed
    return found + [_called(name, entries, keys) for name in options.dataset]


def _called(name: str, entries: Sequence[Entry], keys: Sequence[str]) -> str:
    """The key of the open dataset of that name, or the key that begins so."""
    named = [entry for entry in entries if entry.name == name]
    if len(named) > 1:
        alike = ", ".join(f"{entry.dataset[:12]} ({entry.rows:,} rows)" for entry in named)
        raise UserError(f"Several open datasets are called {name!r}. Name one by its key: {alike}.")
    if named:
        return named[0].dataset
    if len(name) >= _KEY and len(found := [key for key in keys if key.startswith(name)]) == 1:
        return found[0]
    known = ", ".join(entry.name for entry in entries) or "none"
    raise UserError(f"There is no open dataset called {name!r}. There are: {known}.")


def _say(verb: str, project: Project) -> None:
    print(f"{verb} {project.name}: {_count(len(project.datasets))}.")


def _line(entry: Entry) -> str:
    return f"{entry.name}, {entry.rows:,} {'row' if entry.rows == 1 else 'rows'}, {entry.dataset[:12]}"


def _count(number: int) -> str:
    return f"{number:,} {'dataset' if number == 1 else 'datasets'}"
