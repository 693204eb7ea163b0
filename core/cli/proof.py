"""`gamut replay` and `gamut verify`: the same choice again, and whether a subset or bundle is what it says."""

import argparse
from pathlib import Path
from typing import Any

from ..added import WITH_COLUMNS
from ..errors import UserError
from ..manifest_reading import read_manifest
from ..proof import is_bundle, is_sharded, verify_shards
from ..replaying import replay, replayed
from ..store import Store
from ..verify import Given, study_for, verify
from ..writing import kind_of
from .against import add_files
from .bundles import replay_of_bundle, verify_bundle
from .inputs import add_reading, add_vectors, data_path, on_stderr, reading_options
from .writing_out import output_kind, write


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "replay", help="choose again as a manifest or a bundle says; the same ids, or what differs"
    )
    _add_common(parser)
    add_files(parser, "evaluation files of a bundle, to hold the rows against again; once more for each further one")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the rows, as `gamut select` does")
    parser.set_defaults(run=run_replay)

    parser = commands.add_parser(
        "verify", help="check that a subset file is what its manifest says, or a bundle what it says"
    )
    _add_common(parser)
    parser.add_argument("--subset", type=Path, metavar="FILE", help="what was written (of shards one, or their folder)")
    parser.set_defaults(run=run_verify)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "manifest", type=Path, metavar="MANIFEST", help="a manifest, an ids file that holds one, or a bundle"
    )
    parser.add_argument(
        "--data",
        type=data_path,
        nargs="+",
        default=[],
        metavar="DATA",
        help="the data it was made from: files, or their address",
    )
    add_vectors(parser)
    add_reading(parser)
    parser.add_argument("--encoder", help="the encoder, where it is a folder that has moved")
    parser.add_argument("--home", type=Path, help="folder for results (default: GAMUT_HOME or the platform's)")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run_replay(options: argparse.Namespace) -> int:
    if is_bundle(options.manifest):
        return replay_of_bundle(options, _given(options))
    if options.against:
        raise UserError("A manifest alone holds no check against evaluation files: leave --against out.")
    kind = output_kind(options) if options.out else None
    recorded = read_manifest(options.manifest)
    if recorded.get("subset"):
        raise UserError(
            "This is the manifest of a saved subset, whose rows it names: there is no choice to make again. "
            "`gamut verify` checks its file."
        )
    study = study_for(recorded, _given(options), Store(options.home), on_stderr(options))
    selection, found = replay(recorded, study)
    if found:
        unwritten = [f"{options.out} was not written."] if options.out else []
        print("Not the same:", *found, *unwritten, sep="\n  ")
        return 2
    if options.out and kind:
        how = recorded["files"][0] if recorded["files"] else {}
        written = {name: how[name] for name in ("order", "escape_formulas") if name in how}
        written["add"] = list(recorded.get("added", {})) if kind in WITH_COLUMNS else []
        write(options.out, kind, study, selection, replayed(recorded, study, selection), **written)
    print(f"The same {len(selection):,} rows in the same order.")
    return 0


def run_verify(options: argparse.Namespace) -> int:
    if is_bundle(options.manifest):
        return verify_bundle(options, _given(options))
    if options.subset is None:
        raise UserError("Name the subset that was written with --subset. (A bundle holds its own.)")
    recorded = read_manifest(options.manifest)
    if is_sharded(recorded):
        return _verify_shards(options, recorded)
    found = verify(recorded, options.subset, _given(options), Store(options.home))
    if found:
        print(f"{options.subset.name} is not what the manifest says:", *found, sep="\n  ")
        return 2
    same = {"json": "the same ids and positions", "npy": "the same vectors"}
    says = f"{options.subset.name} is what the manifest says, {same.get(kind_of(options.subset), 'byte for byte')}."
    if recorded.get("subset"):
        print(f"{says} It is the saved subset {recorded['subset']['name']}.")
        return 0
    print(
        f"{says} That the selector chooses these rows, with these gains, scores and values, is checked by "
        "`gamut replay`."
    )
    return 0


def _verify_shards(options: argparse.Namespace, recorded: dict[str, Any]) -> int:
    found = verify_shards(recorded, options.subset, _given(options), Store(options.home))
    if found:
        print("The shards are not what the manifest says:", *found, sep="\n  ")
        return 2
    print(f"All {len(recorded['files']):,} shards are what the manifest says, byte for byte.")
    return 0


def _given(options: argparse.Namespace) -> Given:
    return Given(options.data, options.embeddings, options.reference, options.encoder, reading_options(options))
