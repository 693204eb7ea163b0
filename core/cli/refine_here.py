"""`gamut refine run` and `gamut refine outcome`: rounds whose model is trained here, and what they come to."""

import argparse
import json
import sys
from typing import Any

from ..errors import UserError
from ..refinement.replacing import put_refinement
from ..refinement.state import read_refinement
from .inputs import names_in, on_stderr, open_study
from .outputs import check_outputs

_SCORERS = ("perplexity", "ifd", "learnability", "reward")  # those of core.refinement.loop


def add_run(parser: Any) -> None:
    add_training(parser)
    parser.add_argument(
        "--scorer",
        choices=_SCORERS,
        default="perplexity",
        help="what a gap is (default: perplexity, which noise keeps high)",
    )
    parser.add_argument("--reward", metavar="NAME", help="with --scorer reward: a sequence classification model")
    parser.add_argument(
        "--most-tokens", type=int, default=64, help="of an answer that the model gives itself (default: 64)"
    )
    parser.add_argument("--rounds-only", type=int, metavar="N", help="stop when N more rounds are drawn")
    parser.set_defaults(run=run)


def add_outcome(parser: Any) -> None:
    add_training(parser, model=None)
    parser.add_argument("--metrics", metavar="A,B", help="names separated by commas (default: all there is data for)")
    parser.add_argument("--no-intervals", action="store_true", help="metrics without intervals, which is faster")
    parser.add_argument("--random-seeds", type=int, default=5, help="random subsets (default: 5)")
    parser.add_argument("--training-seeds", type=int, default=3, help="trainings of each arm (default: 3)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.set_defaults(run=run_outcome)


def add_training(parser: Any, *, model: str | None = "proxy") -> None:
    """The arguments that name a model and say how it is trained."""
    what = "what is trained: a folder or hub name of a causal language model, or proxy, a small one made of these rows"
    said = f" (default: {model})" if model else "; without it nothing is trained, and metrics alone are shown"
    parser.add_argument("--model", default=model, metavar="NAME", help=what + said)
    parser.add_argument("--device", help="cpu, cuda or mps (default: the fastest there is)")
    parser.add_argument("--lora", type=int, default=0, metavar="RANK", help="train LoRA adapters of that rank, not all")
    parser.add_argument("--epochs", type=float, default=3.0, help="passes over the chosen rows (default: 3)")
    parser.add_argument("--batch", type=int, default=16, help="rows of a step (default: 16)")
    parser.add_argument("--rate", type=float, help="learning rate (default: 1e-3 proxy, 2e-4 LoRA, 2e-5 else)")
    parser.add_argument("--seed", type=int, default=0, help="of the proxy and of training (default: 0)")


def loop_of(options: argparse.Namespace) -> Any:
    """The loop that the options name."""
    from ..lm import Training
    from ..refinement import Loop

    training = Training(
        epochs=options.epochs, batch=options.batch, rate=options.rate, lora=options.lora, seed=options.seed
    )
    given = {name: getattr(options, name) for name in ("scorer", "reward", "most_tokens") if hasattr(options, name)}
    return Loop(model=options.model, training=training, device=options.device, seed=options.seed, **given)


def run(options: argparse.Namespace) -> int:
    from ..refinement import Refinement, run_rounds

    check_outputs(options, "state")
    if options.rounds_only is not None and options.rounds_only < 1:
        raise UserError(f"--rounds-only {options.rounds_only}: give a whole number from 1.")
    loop, found = loop_of(options), read_refinement(options.state)
    study = open_study(options)
    if found.done:
        print(f"The budget of {found.budget:,} rows is spent. `gamut refine outcome` says what it came to.")
        return 0
    for note in loop.notes:
        print(f"gamut: {note}", file=sys.stderr)

    def save(now: Refinement) -> None:
        nonlocal found
        put_refinement(options.state, found, now)
        found = now
        told = now.rounds[-2].feedback
        assert told is not None
        gap = sum(told.gaps.values()) / len(told.gaps)
        unscored = f" ({told.how['unscored']:,} not)" if told.how["unscored"] else ""
        print(
            f"Round {now.last.number - 1}: {told.by} scored {len(told.gaps):,} rows{unscored}, mean gap {gap:.3g}. "
            f"Round {now.last.number} of {now.plan.rounds}: {len(now.last.rows):,} drawn.",
            flush=True,
        )
        for note in told.how["notes"]:
            if note not in loop.notes:
                print(f"gamut: {note}", file=sys.stderr)

    found = run_rounds(study, found, loop, most=options.rounds_only, save=save, progress=on_stderr(options))
    if found.done:
        print(f"The budget of {found.budget:,} rows is spent. `gamut refine outcome` says what it came to.")
    return 0


def run_outcome(options: argparse.Namespace) -> int:
    from ..refinement import outcome, outcome_table

    loop = None if options.model is None else loop_of(options)
    found = outcome(
        open_study(options),
        read_refinement(options.state),
        loop,
        metrics=names_in(options.metrics) or None,
        intervals=not options.no_intervals,
        random_seeds=options.random_seeds,
        training_seeds=options.training_seeds,
        progress=on_stderr(options),
    )
    if options.json:
        print(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        print(outcome_table(found))
    return 0
