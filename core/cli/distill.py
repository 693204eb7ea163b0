"""`gamut distill`: a static model made from an encoder, hundreds of times as fast, and how far the two agree."""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from ..distilling import HELD_OUT, SAMPLE, Distilled, distill
from ..drafts import folder_draft_of
from ..errors import UserError
from ..opening import rows_with_text
from ..store import Store
from ..template import Template
from .inputs import add_data, example, on_stderr, read_data


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "distill",
        help="make a static model of an encoder, hundreds of times as fast, and say how far the two agree",
        **example(
            "gamut distill pool.jsonl --out fast-model",
            "gamut measure pool.jsonl --encoder fast-model",
        ),
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="put the model there too; --encoder FOLDER uses it")
    parser.add_argument(
        "--sample", type=int, default=SAMPLE, metavar="N", help=f"texts it is fitted on (default {SAMPLE:,})"
    )
    parser.add_argument(
        "--held-out",
        type=int,
        default=HELD_OUT,
        metavar="N",
        help=f"other texts on which it is held against the encoder (default {HELD_OUT:,})",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the sample (default 0)")
    parser.add_argument("--json", action="store_true", help="the agreement as JSON")
    add_data(parser, required=True)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if options.out is not None and options.out.exists():
        raise UserError(f"{options.out} is there already. Name a new folder.")
    progress, store = on_stderr(options), Store(options.home)
    dataset = read_data(list(options.data), options, store, progress)
    rendered, _ = rows_with_text(
        dataset, Template.parse(options.template) if options.template else Template(), leave_out_empty=True
    )
    how = {"sample": options.sample, "held_out": options.held_out, "seed": options.seed}
    found = distill(rendered, store, options.encoder, progress=progress, **how)
    if options.out is not None:
        with folder_draft_of(options.out) as draft:
            shutil.copytree(found.folder, draft, dirs_exist_ok=True)
    print(_as_json(found, options.out) if options.json else _in_words(found, options.out))
    return 0


def _as_json(found: Distilled, out: Path | None) -> str:
    told = {"encoder": found.encoder, "folder": str(out or found.folder), "learnt_from": found.learnt_from}
    return json.dumps(told | found.agreement.as_json())


def _in_words(found: Distilled, out: Path | None) -> str:
    lines = [f"A static model of {found.encoder}, fitted on {found.learnt_from:,} texts.", *found.agreement.says()]
    return "\n".join([*lines, f"Use it: --encoder {out or found.folder}"])
