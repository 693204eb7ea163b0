"""Entropy selection (DaaR) on the Refine page: the model, the domains, the work, and what came of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core import work_daar
from core.daar import EMBEDDINGS, PROBES, Daar, Domain, Plan, daar, domains_in, outcome, parse_examples, with_examples
from core.errors import UserError
from core.jobs import Job
from core.kept import kept
from core.lm import HeldOut
from core.study import Study
from core.workspace import Entry

from . import daar_files, daar_training, daared, state, tab_jobs
from .language_models import choose_model
from .words import count, plain, sound

_SOURCES = {"written": "The model writes pairs", "examples": "My examples", "label": "A label column"}
_SIGHTS = {"model": "A language model's states", EMBEDDINGS: "The rows' own embeddings"}
_LABELS = 100  # values of a column above which it is not offered
_PLACE = "maths: sums, proofs and what numbers say\ncode: programs and questions about them\nlaw"


def draw(entry: Entry, study: Study) -> None:
    """Rows between domains, by a probe of what a model holds of them."""
    st.markdown(
        "Which rows stand between domains? A language model writes a few pairs of every domain, its states of the rows "
        "are told apart by a probe, and the rows that the probe is least certain of are taken (DaaR)."
    )
    job = tab_jobs.latest("daar", "a", entry, study)
    found = tab_jobs.answer(
        job,
        lambda: _controls(entry, study, job),
        lambda args: _result(study, args),
        "The data was set up otherwise since that was chosen. Choose again.",
        early=True,  # the rows are chosen before anything is trained
    )
    if job is None or found is None:
        return
    chosen, losses = found
    training = daar_training.asked(job.args)
    if job.state == "done" and training and losses is None:
        st.info("What training came to was cleaned away, or is of another model: choose again to find it.")
    daared.draw(study, chosen, losses, key=job.id)
    daar_files.draw(entry, study, chosen, training, key=job.id)


def asked_last(entry: Entry) -> bool:
    """Whether the job in the URL is of this tab, and younger than all work on rounds of the dataset."""
    key = state.recall("a")
    mine = state.jobs().find(key) if key else None
    about = [job for job in state.jobs().all() if job.args.get("dataset") == entry.dataset]
    rounds = [job.created for job in about if job.what.startswith("refine")]
    return mine is not None and mine.created > max(rounds, default=0)


def _result(study: Study, args: Mapping[str, Any]) -> tuple[Daar, HeldOut | None] | None:
    found = kept(daar, study, Plan.from_json(args["plan"]))
    if found is None or not args.get("training"):
        return None if found is None else (found, None)
    try:
        return found, kept(outcome, study, found, **work_daar.outcome_args(args))
    except UserError:  # it cannot be trained, as the job says
        return found, None


def _controls(entry: Entry, study: Study, shown: Job | None) -> None:
    before: Mapping[str, Any] = shown.args if shown else {}
    key = shown.id if shown else ""
    usual = Plan.from_json(before["plan"]) if before else None
    with st.expander("Domains and model", expanded=shown is None, icon=":material/tune:"):
        source = st.segmented_control(
            "Where domains come from",
            list(_SOURCES),
            default=usual.source if usual else "written",
            format_func=_SOURCES.__getitem__,
            key=f"daar source:{key}",
        )
        given = _domains(study, str(source or "written"), usual, key)
        model = _model(str(source or "written"), usual, key)
        given |= _settings(usual, key)
        given |= _target(given, usual, key)
        training, seeds = daar_training.draw(model, given["held_out"], before, key)
        if not model or not (given.get("domains") or given.get("label")):
            st.info("Name a model and two domains or more.", icon=":material/arrow_upward:")
            return
        given = {"domains": (), "label": None, "target": None} | given
        plan = replace(usual, model=model, **given) if usual else Plan(model=model, **given)
        words = (
            f"Choose rows between {count(len(plan.domains), 'domain')}"
            if plan.domains
            else "Choose rows between labels"
        )
        if training:
            words += f" and train {count(6 * seeds, 'time')}"
        st.caption(f"This will be called: {plan.title}. What was done before is not done again.")
        if st.button(words, type="primary", key="daar"):
            args = {
                "dataset": entry.dataset,
                "setup": entry.key,
                "reference": study.reference_word,
                "plan": plan.as_json(),
                "training": training.as_json() if training else None,
                "seeds": seeds,
            }
            tab_jobs.submit("daar", "a", f"{plan.title} of {entry.name}", args)


def _domains(study: Study, source: str, usual: Plan | None, key: str) -> dict[str, Any]:
    """The plan's domains, or the column that names them."""
    if source == "label":
        columns = [info.path for info in study.dataset.columns if 1 < info.distinct <= _LABELS] if study.dataset else []
        index = columns.index(usual.label) if usual and usual.label in columns else 0
        column = st.selectbox(
            "Column of domains",
            columns,
            index=index if columns else None,
            format_func=sound,
            key=f"daar label:{key}",
        )
        return {"label": column} if column else {}
    words = ""
    if usual and not usual.label:
        words = "\n".join(f"{each.name}: {each.sentence}" if each.sentence else each.name for each in usual.domains)
    if source == "written":
        words = st.text_area(
            "Domains, one a line, with a sentence where the name does not say it",
            words,
            placeholder=_PLACE,
            key=f"daar domains:{key}",
            help="The model is told the name and the sentence, and writes a question and its answer, again and again.",
        )
        return {"domains": domains_in(words)}
    file = st.file_uploader(
        "Examples: a line of JSON each, with domain, prompt and response",
        type=["jsonl", "json", "txt"],
        key=f"daar examples:{key}",
    )
    if file is not None:
        try:
            lines = file.getvalue().decode("utf-8-sig").split("\n")
        except UnicodeDecodeError as error:
            raise UserError(f"{file.name} is not text in UTF-8. Save it so.") from error
        return {"domains": with_examples((), parse_examples(lines, file.name))}
    if usual and usual.source == "examples":
        st.caption(_said(usual.domains))
        return {"domains": usual.domains}
    return {}


def _said(domains: tuple[Domain, ...]) -> str:
    return "The examples of the last time: " + ", ".join(
        f"{plain(each.name, 40)} ({len(each.examples):,})" for each in domains
    )


def _model(source: str, usual: Plan | None, key: str) -> str:
    """What sees the rows, by name; "" while none is named."""
    if source != "written":
        sight = st.radio(
            "What the probe sees",
            list(_SIGHTS),
            index=0 if usual and usual.model != EMBEDDINGS else 1,
            format_func=_SIGHTS.__getitem__,
            key=f"daar sight:{key}",
            horizontal=True,
            help="States are the paper's way. Embeddings are there already, and a fair stand-in.",
        )
        if sight == EMBEDDINGS:
            return EMBEDDINGS
    name = usual.model if usual and usual.model != EMBEDDINGS else "proxy"
    return choose_model(
        f"daar model:{key}",
        help="It writes the pairs of each domain, and the probe sees its states: best the model you are to tune.",
        usual=name,
    )


def _settings(usual: Plan | None, key: str) -> dict[str, Any]:
    plan = usual or Plan(domains=(Domain("a"), Domain("b")))  # for its defaults
    left, middle, right = st.columns(3)
    share = left.text_input("Share of the pool", plan.share, key=f"daar share:{key}", help="Or a number of rows.")
    held = middle.number_input(
        "Held out, in %",
        0.0,
        50.0,
        float(f"{100 * plan.held_out:.10g}"),
        1.0,
        format="%.4g",
        key=f"daar held:{key}",
        help="For losses after training.",
    )
    layer = right.number_input("Layer", 1, 500, plan.layer, 1, key=f"daar layer:{key}", help="Blocks; the paper has 3.")
    left, middle, right = st.columns(3)
    modes = {"default": "By entropy, cross-fitted", "paper": "As in the paper"}
    mode = left.selectbox(
        "Way",
        list(modes),
        index=list(modes).index(plan.mode),
        format_func=modes.__getitem__,
        key=f"daar mode:{key}",
        help="As in the paper: labelled rows are set aside, and a second network foretells the entropy of the others.",
    )
    probe = middle.selectbox(
        "Probe",
        list(PROBES) if mode == "default" else ["mlp"],
        index=PROBES.index(plan.probes[0]) if mode == "default" else 0,
        key=f"daar probe:{key}",
        help="mlp is the paper's network; the others are laid beside it.",
    )
    pairs = right.number_input("Pairs of a domain", 1, 500, plan.pairs, 1, key=f"daar pairs:{key}")
    probes = plan.probes if probe == plan.probes[0] else (probe, *(each for each in PROBES if each != probe))
    how = {"share": share, "held_out": held / 100, "layer": int(layer), "mode": mode, "pairs": int(pairs)}
    return how | {"probes": probes, "seed": plan.seed}


def _target(given: Mapping[str, Any], usual: Plan | None, key: str) -> dict[str, Any]:
    names = [each.name for each in given.get("domains", ())]
    if len(names) < 2:
        return {}
    index = names.index(usual.target) + 1 if usual and usual.target in names else 0
    target = st.selectbox(
        "Target domain",
        ["", *names],
        index=index,
        format_func=lambda name: sound(str(name)[:80]) or "none: all alike",
        key=f"daar target:{key}",
        help="Half of its rows are taken, and a tenth of those of every other domain; the share does not count then.",
    )
    return {"target": target or None}
