"""`gamut refine`: kMQ in rounds, with feedback of your own training between them."""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ..drafts import draft_of
from ..errors import UserError
from ..refinement import (
    Plan,
    begin,
    branch,
    by_model,
    check_study,
    differs,
    dump_refinement,
    feedback_form,
    go_on,
    new_refinement,
    put_refinement,
    read_feedback,
    read_refinement,
    trains_otherwise,
)
from ..refinement.plan import PLAN_PARAMS
from ..writing import kind_of, write_rows
from .inputs import add_data, add_embeddings, example, on_stderr, open_study, parse_params
from .outputs import check_outputs
from .refine_here import add_outcome, add_run
from .refine_show import are, many, run_show
from .roles import parse_quality

_FORMS = {".csv": False, ".jsonl": True}
_OTHERS = {
    name: param for name, param in PLAN_PARAMS.items() if name not in ("rounds", "clusters", "mode", "held_out")
}  # those without an option of their own


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "refine",
        help="kMQ in rounds: draw, train elsewhere, bring feedback, and the clusters' weights move",
        **example(
            "gamut refine begin pool.jsonl --state run.json --budget 10% --rounds 3",
            "gamut refine rows pool.jsonl --state run.json --out train.jsonl --form form.csv",
            "gamut refine feedback pool.jsonl --state run.json --feedback form.csv",
            "gamut refine show --state run.json",
            "gamut refine begin pool.jsonl --state here.json --budget 10% --held-out 10%",
            "gamut refine run pool.jsonl --state here.json --model models/my-llm --lora 8 --scorer learnability",
            "gamut refine outcome pool.jsonl --state here.json --model models/my-llm --lora 8",
        ),
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_begin(actions)
    rows = _action(actions, "rows", "write the rows drawn so far, and the form for the feedback", run_rows)
    rows.add_argument(
        "--out", type=Path, metavar="FILE", help="the rows: .jsonl .csv .parquet, or .txt or .json of ids"
    )
    rows.add_argument("--form", type=Path, metavar="FILE", help="the form to fill in: .csv or .jsonl")
    rows.add_argument("--new", action="store_true", help="those of the last round alone")
    told = _action(actions, "feedback", "take feedback, move the weights, draw the next round", run_feedback)
    told.add_argument("--feedback", type=Path, required=True, metavar="FILE", help="the form, filled in")
    told.add_argument(
        "--model", metavar="NAME", help="a language model that scores `generated` answers: folder or hub name"
    )
    told.add_argument("--device", help="of that model: cpu, cuda or mps (default: the fastest there is)")
    add_run(_action(actions, "run", "train and score here, round after round, to the end of the budget", None))
    add_outcome(_action(actions, "outcome", "static, iterative and random beside each other", None))
    again = _action(actions, "replay", "draw every round again; the same rows, or what differs", run_replay)
    again.add_argument("--train", action="store_true", help="train again too, where rounds were scored here")
    shown = actions.add_parser("show", help="the weights and rows of every round by cluster")
    _add_state(shown)
    shown.add_argument("--json", action="store_true", help="one JSON object on stdout")
    shown.set_defaults(run=run_show)
    other = actions.add_parser("branch", help="go back to a round before its feedback, in a state of its own")
    _add_state(other)
    other.add_argument("--round", type=int, required=True, help="the round, from 1")
    other.add_argument("--to", type=Path, required=True, metavar="FILE", help="the new state")
    other.set_defaults(run=run_branch)


def _add_begin(actions: Any) -> None:
    parser = _action(actions, "begin", "cluster the pool and draw the first round", run_begin)
    parser.add_argument("--budget", default="10%", metavar="500|10%", help="rows over all rounds (default: 10%%)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (default: 3)")
    parser.add_argument("--clusters", type=int, help="clusters (default: the square root of the rows; `gamut sweep`)")
    parser.add_argument("--quality", metavar="COLUMN[:low]", help="a score column; :low when lower is better")
    parser.add_argument("--mode", choices=("shrunk", "literal"), default="shrunk", help="how weights move")
    parser.add_argument(
        "--held-out",
        metavar="10%",
        help="a share of every cluster that is never drawn, to try models on (default: none)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of clusters and draws (default: 0)")
    parser.add_argument("--keep-copies", action="store_true", help="let exact copies be drawn")
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help=f"{', '.join(_OTHERS)}; repeatable",
    )
    parser.add_argument("--replace", action="store_true", help="write over a state that there is")


def _action(actions: Any, name: str, help: str, run: Any) -> Any:
    parser = actions.add_parser(name, help=help)
    _add_state(parser)
    add_embeddings(parser)
    add_data(parser)
    parser.set_defaults(run=run)
    return parser


def _add_state(parser: Any) -> None:
    parser.add_argument("--state", type=Path, required=True, metavar="RUN.json", help="the state of the refinement")


def run_begin(options: argparse.Namespace) -> int:
    check_outputs(options, "state")
    if options.state.exists() and not options.replace:
        raise UserError(f"{options.state} is there already. Go on with it, name another, or add --replace.")
    plan = Plan(
        budget=options.budget,
        rounds=options.rounds,
        seed=options.seed,
        clusters=options.clusters,
        quality=parse_quality(options.quality) if options.quality else None,
        keep_copies=options.keep_copies,
        mode=options.mode,
        held_out=_share(options.held_out),
        **parse_params(options.param, _OTHERS, "the refinement"),
    )
    found = begin(open_study(options), plan, progress=on_stderr(options))
    if options.replace:
        dump_refinement(found, options.state)
    else:
        new_refinement(options.state, found)
    for note in found.notes:
        print(f"gamut: {note}", file=sys.stderr)
    drawn = len(found.last.rows)
    rows = f"{many(drawn, 'row')} of {many(found.clusters, 'cluster')}"
    print(f"Round 1 of {plan.rounds:,}: {rows} {are(drawn)} drawn.")
    return 0


def _share(words: str | None) -> float:
    """10% or 0.1 as a number."""
    if words is None:
        return 0.0
    try:
        return float(words.removesuffix("%")) / (100 if words.endswith("%") else 1)
    except ValueError:
        raise UserError(f"--held-out {words}: give a share such as 10%.") from None


def run_rows(options: argparse.Namespace) -> int:
    if options.out is None and options.form is None:
        raise UserError("Name a file for the rows with --out, or for the form with --form.")
    if options.form is not None and options.form.suffix.lower() not in _FORMS:
        raise UserError(f"{options.form.name}: a form is .csv or .jsonl.")
    check_outputs(options, "out", "form")
    kind = None if options.out is None else kind_of(options.out)
    study, found = open_study(options), read_refinement(options.state)
    check_study(study, found)
    if options.out is not None and kind is not None:
        if study.dataset is None:
            raise UserError("Vectors alone have no rows to write. Ask for the form.")
        if kind == "npy":
            raise UserError("The rows are written as .jsonl, .csv or .parquet, or their ids as .txt or .json.")
        rows = np.array(found.last.rows if options.new else found.chosen, dtype=np.int64)
        write_rows(options.out, kind, study.dataset, rows)
    if options.form is not None:
        as_json = _FORMS[options.form.suffix.lower()]
        with draft_of(options.form) as draft:
            draft.write_bytes(feedback_form(study, found, new=options.new, as_json=as_json))
    return 0


def run_feedback(options: argparse.Namespace) -> int:
    check_outputs(options, "state")
    if options.model == "proxy":
        raise UserError(
            "--model proxy: the proxy of `gamut score` learns the answers of the data, and knows nothing of what your "
            "model says. Name the folder of the model that you trained, or give gap, or gold_score and generated_score."
        )
    found = read_refinement(options.state)
    study = open_study(options)
    check_study(study, found)
    scorer = model = None
    if options.model is not None:
        from ..lm import load_language_model

        model = load_language_model(options.model, device=options.device)
        scorer = by_model(study, model, progress=on_stderr(options))
    try:
        told = read_feedback(options.feedback, found, scorer=scorer)
    finally:
        if model is not None:
            model.close()
    after = go_on(study, found, told)
    put_refinement(options.state, found, after)
    for note in told.notes:
        print(f"gamut: {note}", file=sys.stderr)
    scored = f"{len(told.gaps):,} of {many(len(found.chosen), 'row')} {are(len(told.gaps))} scored."
    if after.done and len(after.rounds) == len(found.rounds):
        print(f"{scored} The budget of {many(after.budget, 'row')} is spent.")
    else:
        drawn = len(after.last.rows)
        print(f"{scored} Round {after.last.number} of {after.plan.rounds}: {many(drawn, 'row')} {are(drawn)} drawn.")
    return 0


def run_replay(options: argparse.Namespace) -> int:
    study, found = open_study(options), read_refinement(options.state)
    if others := differs(study, found, progress=on_stderr(options)):
        print(" ".join(others))
        return 2
    if options.train and (others := trains_otherwise(study, found, progress=on_stderr(options))):
        print(" ".join(others))
        return 2
    rounds = len(found.rounds)
    print("The only round has" if rounds == 1 else f"All {rounds:,} rounds have", "the same rows.")
    return 0


def run_branch(options: argparse.Namespace) -> int:
    check_outputs(options, "to")
    if options.to.exists():
        raise UserError(f"{options.to} is there already. Name another.")
    new_refinement(options.to, branch(read_refinement(options.state), options.round))
    return 0
