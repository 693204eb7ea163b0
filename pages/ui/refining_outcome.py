"""What a refinement came to: static, iterative and random choice of as many rows, by metric and by held-out loss."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import UserError
from core.figures import plus_minus
from core.jobs import Job
from core.kept import kept as only_kept
from core.lm import TRAINING_PARAMS, HeldOut, Training
from core.metrics import METRICS
from core.refinement import ARMS, Kept, Loop, Refinement
from core.study import Study
from core.work_refinement import outcome_key
from core.workspace import Entry

from . import refining_losses, state
from .checking import args_of
from .jobs import show_job
from .language_models import choose_model
from .refining_state import Current
from .widgets import param_widgets
from .words import count, json_bytes, number, plain

_SIGNS = {"above": " ▲", "within": " =", "below": " ▼", None: ""}
_METRICS = ("novelsum", "vendi", "facility_location", "partition_entropy", "knn_distance", "distsum_cosine")


def draw(entry: Entry, study: Study, kept: Kept, current: Current) -> None:
    """The controls and, once it is found, the outcome of the rounds so far."""
    found = current.found
    st.subheader("What it came to", anchor=False)
    rows = count(len(found.chosen), "row")
    st.caption(
        f"The {rows} of the rounds beside what kMQ draws at once (static) and beside random ones, as many rows each."
    )
    asked = args_of(entry, study) | {"refinement": kept.id, "state": current.state}
    job = next(
        (job for job in state.jobs().all() if job.what == "refine_outcome" and asked.items() <= job.args.items()), None
    )
    if job is not None and job.running:
        show_job(job.id, place="outcome")
        return
    outcome = _outcome(job, study, current.state)
    with st.expander("Metrics and training", expanded=outcome is None, icon=":material/tune:"):
        try:
            _controls(entry, study, kept, found, asked)
        except UserError as error:
            st.error(plain(error, 600), icon=":material/error:")
    if job is not None and job.state != "done":
        show_job(job.id, place="outcome")
    elif outcome is not None:
        _result(outcome, kept.id)
    elif job is not None:
        st.info(
            "What was found was cleaned away, or is of another model, text or roles than there are now. Find it again.",
            icon=":material/sync:",
        )


def _outcome(job: Job | None, study: Study, named: str) -> dict[str, Any] | None:
    """What the job found, where it would find the same now."""
    if job is None or job.state != "done":
        return None
    try:
        key = only_kept(outcome_key, study, named, job.args)
    except UserError:  # the model is not there any more
        return None
    loaded = state.store().load(key) if key and key == (job.result or {}).get("outcome") else None
    return None if loaded is None else dict(loaded[0])


def _controls(entry: Entry, study: Study, kept: Kept, found: Refinement, asked: dict[str, Any]) -> None:
    offered = study.measurable()
    metrics = st.multiselect(
        "Metrics",
        offered,
        default=[name for name in _METRICS if name in offered] if len(found.chosen) > 2000 else offered,
        format_func=lambda name: METRICS[name].title,
        key=f"outcome metrics:{kept.id}",
    )
    loop = _loop(kept, found)
    left, right = st.columns(2)
    seeds = left.number_input("Random subsets", 2, 50, 5, 1, key=f"outcome random:{kept.id}", help="Make the band.")
    trainings = right.number_input(
        "Trainings of each", 1, 20, 3, 1, key=f"outcome trainings:{kept.id}", disabled=loop is None
    )
    if not metrics:
        st.info("Choose a metric or more.", icon=":material/arrow_upward:")
        return
    words = f"Measure static, iterative and {int(seeds)} random choices by {count(len(metrics), 'metric')}"
    words += f", and train {3 * int(trainings)} times" if loop else ""
    if st.button(words, type="primary", key="outcome"):
        state.jobs().submit(
            "refine_outcome",
            f"Outcome of {kept.name} of {entry.name}"[:120],
            **asked,
            metrics=metrics,
            random_seeds=int(seeds),
            training_seeds=int(trainings),
            loop=None if loop is None else loop.as_json(),
        )
        state.jobs().ensure_worker()
        st.rerun()


def _loop(kept: Kept, found: Refinement) -> Loop | None:
    """The model that is trained on every arm, where one is wanted and there is something to try it on."""
    used = [each.feedback.how["loop"] for each in found.rounds if each.feedback and "loop" in each.feedback.how]
    if not found.held_out:
        st.caption("No rows are held out, so that no model can be tried: begin with a share held out for that.")
        return None
    if not st.checkbox(
        f"Train a model on each, and try it on the {count(len(found.held_out), 'row')} held out",
        value=bool(used),
        key=f"outcome train:{kept.id}:{bool(used)}",
    ):
        return None
    usual = Loop.from_json(used[-1]) if used else Loop()
    model = choose_model(f"outcome model:{kept.id}", help="What is trained on each choice.", usual=usual.model)
    if not model:
        raise UserError("Name a model to train, or train none.")
    with st.expander("How it is trained"):
        given = param_widgets(TRAINING_PARAMS, f"outcome training:{kept.id}", asdict(usual.training))
    return Loop(model, training=replace(Training(**given), seed=usual.training.seed), seed=usual.seed)


def _result(found: Mapping[str, Any], key: str) -> None:
    cut = [] if found["held_out"] is None else found["held_out"]["notes"]  # by arm and seed: many, and further down
    findings = [each for each in found["sentences"] if each not in (*cut, *found["notes"])]
    st.markdown("\n".join(f"- {plain(sentence, 600)}" for sentence in findings))
    for note in found["notes"]:
        st.caption(f":material/info: {plain(note, 400)}")
    st.dataframe(
        _table(found),
        hide_index=True,
        height="content",
        column_config={"Metric": st.column_config.TextColumn(width=190, pinned=True)},
    )
    random = len(found["arms"]["random"])
    st.caption(
        f"{count(found['rows'], 'row')} each. ▲ more diverse than all {random} random choices, = within them, ▼ less "
        "diverse than all. Intervals are of the value of one choice; of random lowest to highest."
    )
    for name, reason in found["unmeasured"].items():
        st.warning(f"{METRICS[name].title}: {plain(reason, 400)}", icon=":material/rule:")
    if found["held_out"] is not None:
        refining_losses.draw(found, HeldOut.from_json(found["held_out"]), key)
    st.download_button(
        "All numbers and rows as JSON",
        lambda: json_bytes(found),
        file_name="outcome.json",
        mime="application/json",
        key=f"outcome json:{key}",
        icon=":material/download:",
    )


def _table(found: Mapping[str, Any]) -> pd.DataFrame:
    rows = []
    for name in found["verdicts"]["iterative"]:
        metric = METRICS[name]
        row: dict[str, Any] = {"Metric": metric.title, "Better": metric.better}
        for arm, title in ARMS.items():
            scores = [each for one in found["scores"][arm] for each in one if each["metric"] == name]
            sign = _SIGNS[found["verdicts"].get(arm, {}).get(name)]
            row[title] = f"{_range(scores) if arm == 'random' else _value(scores)}{sign}"
        rows.append(row)
    return pd.DataFrame(rows)


def _value(scores: list[dict[str, Any]]) -> str:
    if not scores or scores[0]["value"] is None:
        return "no value"
    value, ends = scores[0]["value"], scores[0]["interval"]
    if ends is None or None in ends:
        return number(value)
    return plus_minus(value, (ends[1] - ends[0]) / 2)


def _range(scores: list[dict[str, Any]]) -> str:
    values = [each["value"] for each in scores if each["value"] is not None]
    if not values:
        return "no value"
    low, high = number(min(values)), number(max(values))
    return low if low == high else f"{low} to {high}"
