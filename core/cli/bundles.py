"""Bundles on the command line: written by `gamut select`, checked by `gamut verify` and `gamut replay`."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..added import WITH_COLUMNS
from ..dataset import Dataset
from ..errors import UserError
from ..progress import Progress
from ..proof import MEASURED, Asked, check_bundle, make_bundle, opened, replay_bundle
from ..recipe import Recipe
from ..replaying import replayed
from ..selectors import Selection
from ..store import Store
from ..study import Study
from ..verify import Given, study_for
from .against import evaluations_of, how_of
from .inputs import names_in, on_stderr
from .writing_out import output_kind, write


def write_bundle(
    study: Study,
    selection: Selection,
    recipe: Recipe,
    kind: str,
    how: Mapping[str, Any],
    evaluations: Sequence[Dataset],
    options: argparse.Namespace,
    progress: Progress,
) -> None:
    """Write the bundle that --bundle names, with the rows as those of --out, and say what names its content."""
    given: dict[str, Any] = {} if kind == "json" else {"order": how["order"]}
    given |= {"escape_formulas": how["escape_formulas"]} if kind == "csv" else {}
    given |= {"add": how["add"]} if how["add"] else {}
    asked = Asked(
        kind=kind,
        options=given,
        metrics=tuple(names_in(options.measure)) or MEASURED,
        map=options.map,
        against=how_of(options),
    )
    sha256 = make_bundle(options.bundle, study, selection, recipe, asked, evaluations=evaluations, progress=progress)
    print(f"{options.bundle.name}: SHA-256 {sha256}")


def verify_bundle(options: argparse.Namespace, given: Given) -> int:
    """Check a bundle against the data, and say what differs."""
    if options.subset:
        raise UserError("A bundle holds its rows itself: leave --subset out.")
    with opened(options.manifest) as bundle:
        found = check_bundle(bundle, given, Store(options.home))
        if found:
            print(f"{options.manifest.name} is not what it says:", *found, sep="\n  ")
            return 2
        chosen, met = bundle.recorded["selection"]["chosen"], bundle.recorded.get("contamination")
    print(
        f"{options.manifest.name} is whole, and its {chosen:,} rows are those of the data. That the recipe chooses "
        "these rows, with these values, is checked by `gamut replay`"
        + (", with --against also the check against evaluation files." if met else ".")
        + " The report is checked by its SHA-256 alone."
    )
    return 0


def replay_of_bundle(options: argparse.Namespace, given: Given) -> int:
    """Choose again as a bundle says, and say what differs."""
    kind = output_kind(options) if options.out else None
    store, progress = Store(options.home), on_stderr(options)
    with opened(options.manifest) as bundle:
        study = study_for(bundle.recorded, given, store, progress)
        selection, found = replay_bundle(bundle, study, evaluations_of(options, store), progress=progress)
        if found:
            unwritten = [f"{options.out} was not written."] if options.out else []
            print("Not the same:", *found, *unwritten, sep="\n  ")
            return 2
        if options.out and kind:
            _write_again(options.out, kind, study, selection, bundle.recorded)
        print(f"The same {len(selection):,} rows in the same order, with the same values.")
        if bundle.recorded.get("contamination") and not options.against:
            print("The check against evaluation files was not done again: name them with --against.")
    return 0


def _write_again(path: Path, kind: str, study: Study, selection: Selection, recorded: dict[str, Any]) -> None:
    how = recorded["files"][0] if recorded["files"] else {}
    written = {name: how[name] for name in ("order", "escape_formulas") if name in how}
    written["add"] = list(recorded.get("added", {})) if kind in WITH_COLUMNS else []
    write(path, kind, study, selection, replayed(recorded, study, selection), **written)
