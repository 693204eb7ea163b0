"""`gamut daar`: rows whose domain a probe of a language model's states is least certain of."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..daar import (
    DAAR_PARAMS,
    EMBEDDINGS,
    PROBES,
    Daar,
    Domain,
    Plan,
    check_outcome,
    daar,
    differs,
    domains_in,
    domains_of_held_out,
    outcome,
    outcome_sentences,
    read_examples,
    read_manifest,
    sentences,
    with_examples,
)
from ..errors import UserError
from ..progress import part
from ..store import write_json
from ..study import Study
from ..writing import kind_of, write_rows
from .inputs import add_data, add_embeddings, example, names_in, on_stderr, open_study, parse_params
from .outputs import check_outputs

if TYPE_CHECKING:
    from ..lm import HeldOut, Training
    from ..lm.held_out_losses import SeedMean

_OWN = ("mode", "layer", "target", "held_out")  # parameters with an option of their own
_OTHERS = {name: param for name, param in DAAR_PARAMS.items() if name not in _OWN}


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "daar",
        help="choose rows between domains, by the entropy of a probe on a language model's states",
        **example(
            "gamut daar pool.jsonl --model models/my-llm --domains 'maths, code, law' --share 20% --out chosen.jsonl",
            "gamut daar pool.jsonl --model models/my-llm --examples pairs.jsonl --mode paper --out chosen.jsonl",
            "gamut daar pool.jsonl --model embeddings --label topic --scored all.jsonl",
            "gamut daar pool.jsonl --domains 'maths, code' --held-out 10% --train --manifest m.json",
            "gamut daar pool.jsonl --again m.json",
        ),
    )
    parser.add_argument(
        "--model",
        default="proxy",
        metavar="NAME",
        help="a folder or hub name of a causal language model, proxy (default): a small one made of these rows, or "
        "embeddings: the rows' own vectors, with --examples or --label",
    )
    domains = parser.add_argument_group("domains: one of these")
    domains.add_argument(
        "--domains", metavar="'A, B: SENTENCE; C'", help="names, of which the model writes pairs; a sentence ends at ;"
    )
    domains.add_argument(
        "--examples", type=Path, metavar="FILE.jsonl", help="domain, prompt, response a line, in place of such pairs"
    )
    domains.add_argument("--label", metavar="COLUMN", help="a column whose values are the domains")
    domains.add_argument(
        "--tau",
        action="append",
        default=[],
        metavar="[NAME=]0.85",
        help="the cosine below which a new pair is kept, of all domains or of one; repeatable",
    )
    parser.add_argument("--share", default="20%", metavar="20%|500", help="of the pool that is chosen (default: 20%%)")
    parser.add_argument("--mode", choices=("default", "paper"), default="default", help=DAAR_PARAMS["mode"].help)
    parser.add_argument("--layer", type=int, default=3, help="blocks after which states are read (default: 3)")
    parser.add_argument("--target", metavar="DOMAIN", help="half of its rows are taken, and a tenth of the others'")
    parser.add_argument(
        "--probes", default=",".join(PROBES), metavar="A,B", help=f"of {', '.join(PROBES)}; rows come by the first"
    )
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn (default: 0)")
    parser.add_argument("--keep-copies", action="store_true", help="let exact copies be chosen")
    parser.add_argument(
        "--param", action="append", default=[], metavar="KEY=VALUE", help=f"{', '.join(_OTHERS)}; repeatable"
    )
    parser.add_argument("--device", help="cpu, cuda or mps (default: the fastest there is)")
    written = parser.add_argument_group("what is written")
    written.add_argument("--out", type=Path, metavar="FILE", help="chosen rows: .jsonl .csv .parquet, or .txt (ids)")
    written.add_argument(
        "--scored", type=Path, metavar="FILE", help="all rows with gamut_daar_domain and gamut_daar_entropy"
    )
    written.add_argument("--manifest", type=Path, metavar="FILE.json", help="the plan and what came of it")
    written.add_argument("--json", action="store_true", help="the manifest on stdout, with the losses after --train")
    parser.add_argument("--again", type=Path, metavar="FILE.json", help="do what a manifest says, and say what differs")
    trained = parser.add_argument_group("training on the rows")
    trained.add_argument(
        "--held-out", default="0%", metavar="10%", help="rows that are kept out of all (default: none)"
    )
    trained.add_argument(
        "--train", action="store_true", help="train on the chosen rows, random ones and the bins; held-out losses"
    )
    trained.add_argument("--train-model", metavar="NAME", help="what is trained (default: --model)")
    trained.add_argument("--train-seeds", type=int, default=3, help="seeds of training (default: 3)")
    trained.add_argument("--epochs", type=float, default=3.0, help="passes over the rows (default: 3)")
    trained.add_argument("--lora", type=int, default=0, metavar="RANK", help="train an adapter of that rank (paper: 8)")
    add_embeddings(parser)
    add_data(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    check_outputs(options, "out", "scored", "manifest")
    kinds = {name: kind_of(path) for name in ("out", "scored") if (path := getattr(options, name)) is not None}
    for name, kind in kinds.items():
        allowed = ("jsonl", "csv", "parquet") + (("ids",) if name == "out" else ())
        if kind not in allowed:
            raise UserError(f"{getattr(options, name).name}: rows are written as .jsonl, .csv or .parquet.")
    plan, before = (_plan(options), None) if options.again is None else _of_manifest(options)
    training = _training(options, plan) if options.train else None
    study, progress = open_study(options), on_stderr(options)
    if kinds and study.dataset is None:
        raise UserError("Vectors alone have no rows to write. Ask for the manifest.")
    if training is not None:
        check_outcome(study, plan, model=options.train_model, training=training, seeds=options.train_seeds)
    if plan.domains and not options.quiet:
        print(f"gamut: {_named(plan.domains)}", file=sys.stderr)
    found = daar(study, plan, device=options.device, progress=part(progress, 0, 1 if training is None else 0.5))
    _write(study, found, options, kinds)
    others = None if before is None else differs(study, found, before)
    if not options.json:
        print(_report(found) if others is None else _compared(found, others))
    losses = None if training is None else _losses(study, found, training, options)
    if options.json:
        told = found.as_json(study)
        told |= {} if losses is None else {"held_out_losses": losses.as_json()}
        told |= {} if others is None else {"differs": others}
        print(json.dumps(told, ensure_ascii=False))
    elif losses is not None:
        print(_table(found, losses))
    return 2 if others else 0


def _training(options: argparse.Namespace, plan: Plan) -> "Training":
    """How the model is trained; what cannot be trained is refused before the data is opened."""
    from ..lm import Training

    if not plan.held_out:
        raise UserError("--train needs rows to try the models on. Keep some out with --held-out 10%.")
    if plan.model == EMBEDDINGS and options.train_model is None:
        raise UserError("Embeddings cannot be trained. Name a language model with --train-model.")
    if options.train_seeds < 1:
        raise UserError(f"--train-seeds {options.train_seeds}: give a whole number from 1.")
    return Training(epochs=options.epochs, lora=options.lora)


def _of_manifest(options: argparse.Namespace) -> tuple[Plan, dict[str, Any]]:
    """The plan of the manifest that is done again, and all of it."""
    for name in ("domains", "examples", "label", "tau", "target", "param"):
        if getattr(options, name):
            raise UserError(
                f"--again does what the manifest says, and --{name} would be another plan. Give one of them."
            )
    return read_manifest(options.again)


def _named(domains: tuple[Domain, ...]) -> str:
    """The domains as they were understood."""
    each = [f"{one.name} ({one.sentence})" if one.sentence else one.name for one in domains]
    return f"{len(domains):,} domains: {'; '.join(each)}"


def _plan(options: argparse.Namespace) -> Plan:
    domains = domains_in(options.domains or "")
    if options.examples is not None:
        domains = with_examples(domains, read_examples(options.examples))
    if options.tau and (options.label or options.examples):
        raise UserError("--tau is for pairs that a model writes, and here none are written. Leave it out.")
    return Plan(
        model=options.model,
        domains=_with_taus(domains, options.tau),
        label=options.label,
        share=options.share,
        probes=tuple(names_in(options.probes)),
        keep_copies=options.keep_copies,
        seed=options.seed,
        mode=options.mode,
        layer=options.layer,
        target=options.target,
        held_out=_share(options.held_out),
        **parse_params(options.param, _OTHERS, "entropy selection"),
    )


def _with_taus(domains: tuple[Domain, ...], words: list[str]) -> tuple[Domain, ...]:
    found = list(domains)
    for word in words:
        name, _, number = word.rpartition("=")
        try:
            tau = float(number)
        except ValueError:
            raise UserError(f"--tau {word}: give a cosine such as 0.85, or NAME=0.85.") from None
        if name and name not in [each.name for each in domains]:
            raise UserError(f"--tau {word}: there is no domain {name!r}.")
        found = [replace(each, tau=tau) if name in ("", each.name) else each for each in found]
    return tuple(found)


def _share(words: str) -> float:
    """A share as it is written: 10% or 0.1."""
    try:
        return float(words.removesuffix("%")) / 100 if words.endswith("%") else float(words)
    except ValueError:
        raise UserError(f"--held-out {words}: give a share such as 10%.") from None


def _write(study: Study, found: Daar, options: argparse.Namespace, kinds: dict[str, str]) -> None:
    if options.out is not None and study.dataset is not None:
        write_rows(options.out, kinds["out"], study.dataset, study.positions[found.chosen])
    if options.scored is not None and study.dataset is not None:
        rows = np.arange(len(study.dataset))
        write_rows(options.scored, kinds["scored"], study.dataset, rows, extra=found.columns(study))
    if options.manifest is not None:
        write_json(options.manifest, found.as_json(study))


def _compared(found: Daar, others: list[str]) -> str:
    """What differs from the manifest, or that nothing does."""
    same = f"The same {len(found.chosen):,} rows in the same order, by the same {found.model}."
    return " ".join(others) or same


def _report(found: Daar) -> str:
    """The domains in the pool and in each set of rows, then the sentences."""
    sets = found.sets
    names = [name for name in sets if not name.startswith("by ")]
    lines = [f"{'share of rows':<26}{'pool':>9}" + "".join(f"{name[:14]:>16}" for name in names)]
    pool = found.shares(found.pool)
    for number, name in enumerate(found.names):
        cells = "".join(f"{found.shares(sets[each])[number]:>16.1%}" for each in names)
        lines.append(f"{name[:25]:<26}{pool[number]:>9.1%}{cells}")
    return "\n".join([*lines, "", *sentences(found)])


def _losses(study: Study, found: Daar, training: "Training", options: argparse.Namespace) -> "HeldOut":
    losses = outcome(
        study,
        found,
        model=options.train_model,
        training=training,
        seeds=options.train_seeds,
        device=options.device,
        progress=part(on_stderr(options), 0.5, 1),
    )
    for note in losses.notes:
        print(f"gamut: {note}", file=sys.stderr)
    return losses


def _table(found: Daar, losses: "HeldOut") -> str:
    """Held-out losses by domain and arm, each with half of its interval over the seeds, then the sentences."""
    groups = domains_of_held_out(found)
    by_arm = {arm: losses.by_group(arm, groups) for arm in losses.arms}
    lines = [f"\n{'held-out loss':<26}" + "".join(f"{arm[:15]:>17}" for arm in losses.arms)]
    lines += [
        f"{name[:25]:<26}" + "".join(f"{_sure(by_arm[arm][name]):>17}" for arm in losses.arms)
        for name in dict.fromkeys(groups)
    ]
    lines.append(f"{'all':<26}" + "".join(f"{_sure(losses.mean(arm)):>17}" for arm in losses.arms))
    return "\n".join([*lines, "", *outcome_sentences(found, losses)])


def _sure(mean: "SeedMean") -> str:
    """A mean with half of its interval, which there is over several seeds."""
    half = "" if mean.high is None else f" ± {mean.high - mean.value:.4f}"
    return f"{mean.value:.4f}{half}"
