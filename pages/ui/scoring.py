"""Scores of the answers by a language model: which, by what model, the work, and what came of it."""

from typing import Any

import numpy as np
import streamlit as st

from core.dataset import Dataset
from core.figures import score_histogram
from core.jobs import Job
from core.lm import PROXY, SCORES
from core.scored_rows import Scoring, scored_name
from core.workspace import Entry

from . import commands, state
from .jobs import show_job
from .language_models import choose_model
from .theme import plot, theme
from .words import count, plain

_TITLES = {"log_perplexity": "Log-perplexity", "ifd": "IFD", "generation_gap": "Generation gap"}
_UNITS = {"log_perplexity": "Log-perplexity (nats)", "ifd": "IFD", "generation_gap": "Generation gap (nats)"}
_HARM = {"ifd": 1.0}  # above which what was said before does harm
_COST = {"generation_gap": " The slowest of the three: every answer is also written by the model."}


def draw(entry: Entry, data: Dataset) -> None:
    """The scores that a dataset was given here, the work on further ones, and what such work needs to be told."""
    _follow()
    if entry.scored:
        _found(entry, data)
    job = _latest(entry)
    if job is not None and job.state != "done":
        show_job(job.id)
    elif job is not None:
        _made(job)
    if job is None or not job.running:
        title = "Further scores by a language model" if entry.scored else "Scores by a language model"
        with st.expander(title, icon=":material/speed:"):
            _to_score(entry, data, job)


def _latest(entry: Entry) -> Job | None:
    """The last job that scored, or scores, this dataset; found on disk, so that a reload finds it too."""
    jobs = state.jobs().all()
    return next((job for job in jobs if job.what == "score" and job.args.get("dataset") == entry.dataset), None)


def _follow() -> None:
    """Go to the dataset of scored rows once the work that was asked for in this session is done."""
    job_id = st.session_state.get("scoring")
    job = state.jobs().find(job_id) if job_id else None
    if job is not None and job.state == "done":
        del st.session_state["scoring"]
        state.open_dataset(job.result["dataset"])
        st.rerun()


def _made(job: Job) -> None:
    """The way to the rows with their scores, from the dataset that they are of."""
    made = state.workspace().get(job.result["dataset"])
    if made is None:
        return
    done, go = st.columns([3, 1], vertical_alignment="center")
    done.success(f"Scored: the rows with their scores are open as {plain(made.name)}.", icon=":material/check:")
    if go.button("Open it", key="open scored"):
        state.open_dataset(made.dataset)
        st.rerun()


def _found(entry: Entry, data: Dataset) -> None:
    told: dict[str, Any] = entry.scored or {}
    done, go = st.columns([3, 1], vertical_alignment="center")
    columns = ", ".join(told["columns"].values())
    done.success(
        f"Scored by {plain(told['model'])} on {plain(told['device'])}: {told['complete']:,} of "
        f"{count(told['rows'], 'row')} have every score. These are the rows of {plain(told['of'])} with the columns "
        f"{plain(columns)}, which now count as quality.",
        icon=":material/check:",
    )
    if entry.embeddings:
        with go:
            st.page_link("pages/5_Select.py", label="Choose by them", icon=":material/arrow_forward:")
    left, right = st.columns([3, 2])
    with left:
        _spread(data, told["columns"])
    with right:
        for note in told["notes"]:
            if note.startswith("Mind:"):
                st.warning(plain(note, 400), icon=":material/straighten:")
            else:
                st.markdown(f"- {plain(note, 400)}")
        if told["how"]["model"] == PROXY:
            st.caption("By a proxy: for trying things and for what is hard beside what, no judge of a real model.")


def _spread(data: Dataset, columns: dict[str, str]) -> None:
    names = list(columns)
    name = names[0]
    if len(names) > 1:
        chosen = st.segmented_control(
            "Score",
            names,
            default=names[0],
            format_func=_TITLES.__getitem__,
            key=f"score shown:{data.key}",
            label_visibility="collapsed",
        )
        name = chosen or names[0]
    figure = score_histogram(_numbers(data.key, columns[name], data), _UNITS[name], theme(), mark=_HARM.get(name))
    plot(figure, key="score histogram")


@st.cache_data(max_entries=16, show_spinner="Looking at the scores")
def _numbers(key: str, column: str, _data: Dataset) -> np.ndarray:  # noqa: ARG001 - see state
    return _data.numbers(column)


def _to_score(entry: Entry, data: Dataset, last: Job | None) -> None:
    st.markdown(
        "A causal language model says how hard it finds the answer of each row. The rows are opened with these scores "
        f"as further columns, as {plain(scored_name(data))}, set up like this dataset; this one stays as it is."
    )
    roles = data.roles
    if not any((roles.response, roles.conversation, roles.text)):
        st.info("No column is the answer yet. Give one the role Response below.", icon=":material/arrow_downward:")
        return
    usual = Scoring.from_json(last.args["scoring"]) if last else Scoring()
    wanted = []
    for name, says in SCORES.items():
        if st.checkbox(_TITLES[name], value=name in usual.scores, key=f"score {name}:{entry.dataset}"):
            wanted.append(name)
        st.caption(says + _COST.get(name, ""))
    model = choose_model(
        f"score model:{entry.dataset}",
        help="It scores the answers: their tokens alone, given the prompt.",
        usual=usual.model,
    )
    how = _details(entry, usual, wanted, model)
    if not wanted:
        st.caption("Tick at least one score.")
    elif device := _device():
        st.caption(f"It runs on {plain(device)}; what is scored before a cancel is kept.")
    if st.button(f"Score {count(len(data), 'row')}", type="primary", key="score", disabled=not (wanted and model)):
        _start(entry, data, Scoring(model, tuple(wanted), **how))
        st.rerun()


def _details(entry: Entry, usual: Scoring, wanted: list[str], model: str) -> dict[str, int]:
    """The settings that matter for what is wanted."""
    how = {}
    places = iter(st.columns(2))
    if "generation_gap" in wanted:
        how["most"] = next(places).number_input(
            "Longest answer of the model",
            1,
            4096,
            usual.most,
            key=f"score most:{entry.dataset}",
            help="In tokens. What the model says beyond it is not written, and not scored.",
        )
    if model == PROXY:
        how["seed"] = next(places).number_input(
            "Seed of the proxy",
            0,
            2**31,
            usual.seed,
            key=f"score seed:{entry.dataset}",
            help="Another one is another proxy.",
        )
    return how


def _device() -> str:
    """Where the worker computes, as its last estimate of an embedding found; "" before there was one."""
    looks = (job.result for job in state.jobs().all() if job.what == "foresee" and job.state == "done")
    return next((look["device"] for look in looks if look), "")


def _start(entry: Entry, data: Dataset, how: Scoring) -> None:
    queued = state.jobs().submit(
        "score",
        f"Score {entry.name}"[:120],
        dataset=entry.dataset,
        roles=entry.roles,
        scoring=how.as_json(),
        commands=[commands.score_words(entry, data, how)],
    )
    state.jobs().ensure_worker()
    st.session_state["scoring"] = queued.id
