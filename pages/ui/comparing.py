"""Sets side by side: what can be compared, the controls, the answer, and whether metrics agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import work
from core.comparison import FEWEST, MOST, Comparison, kept_comparison
from core.errors import UserError
from core.figures import Ranked, agreement_map, rank_table
from core.jobs import Job
from core.metrics import METRICS
from core.pooling import apart
from core.selectors import SELECTORS
from core.study import Study
from core.workspace import Entry

from . import state
from .chosen import selection_key
from .jobs import show_job
from .theme import plot, theme
from .words import count, plain

_SELECTIONS = 8  # of the dataset that are offered, the latest first
_SENTENCES = 6  # that are shown at once
_HOW = ("metrics", "size", "params")  # what of a job's arguments decides its results beside the sets


@dataclass(frozen=True)
class Candidate:
    """A set that can be compared with the others, or the reason why not."""

    asked: dict[str, Any]  # as the worker is told of it
    name: str
    rows: int
    reason: str = ""


@dataclass(frozen=True)
class Found:
    """A comparison that is done, and the studies that it was made from."""

    job: Job
    studies: list[Study]
    comparison: Comparison


def candidates(entry: Entry, study: Study, entries: Sequence[Entry]) -> dict[str, Candidate]:
    """The present dataset, the other open ones, and selections that were made from the present one."""
    found = {entry.dataset: Candidate({"dataset": entry.dataset, "setup": entry.key}, study.name, len(study))}
    for other in entries:
        if other.dataset == entry.dataset:
            continue
        rows, reason = other.rows, "it is not embedded yet."
        if other.embeddings:
            rows, reason = _beside((entry.key, other.key), study, other)
        found[other.dataset] = Candidate({"dataset": other.dataset, "setup": other.key}, other.name, rows, reason)
    for job in state.jobs().all():
        if job.what != "select" or job.state != "done" or job.args.get("setup") != entry.key:
            continue
        selection = _selection(entry, entries, job)
        if selection is not None and len(found) < len(entries) + _SELECTIONS:
            found[job.id] = selection
    return found


@st.cache_data(max_entries=200, show_spinner=False)
def _beside(
    keys: tuple[str, str],  # noqa: ARG001 - names the rest, which Streamlit does not hash
    _study: Study,
    _other: Entry,
) -> tuple[int, str]:
    """The rows of another dataset, and why it may not be compared with this one."""
    try:
        other = state.study(_other)
        return len(other), apart([_study, other])
    except UserError as error:
        return _other.rows, str(error)


def _selection(entry: Entry, entries: Sequence[Entry], job: Job) -> Candidate | None:
    reference = next((each for each in entries if each.dataset == job.args.get("reference")), None)
    if job.args.get("reference") and (reference is None or not reference.embeddings):
        return None
    study = state.study(entry, reference)
    key = selection_key(study, job.args)
    selection = study.selected(key)
    if selection is None:
        return None
    seed = f", seed {selection.seed}" if selection.seed else ""
    name = f"{len(selection):,} of {study.name} by {SELECTORS[selection.selector].title}{seed}"
    asked = {"dataset": entry.dataset, "setup": entry.key, "selection": key, "name": name}
    return Candidate(asked, name, len(selection))


def controls(entry: Entry, study: Study, sets: dict[str, Candidate]) -> None:
    """Everything that decides a comparison; queues it when the button is pressed."""
    usable = {key: each for key, each in sets.items() if not each.reason}
    others = [each for each in sets.values() if each.reason]
    asked = current_job()
    with st.expander("Sets, size, reference and metrics", expanded=asked is None, icon=":material/tune:"):
        if len(usable) < 2:
            _only_one(others)
            return
        keys = list(usable)
        chosen = st.multiselect(
            "Sets",
            keys,
            default=_default_sets(usable, asked),
            format_func=lambda key: f"{usable[key].name} ({usable[key].rows:,})",
            key=f"sets:{entry.dataset}:{len(keys)}",
        )
        _why_not(others)
        if len(chosen) < 2:
            st.info("Choose two sets or more.", icon=":material/arrow_upward:")
            return
        smallest = min((usable[key] for key in chosen), key=lambda each: each.rows)
        if smallest.rows < FEWEST:
            words = f"**{plain(smallest.name)}** has {count(smallest.rows, 'row')}, and a comparison needs at least "
            st.error(words + f"{FEWEST} of each set.", icon=":material/error:")
            return
        args = _settings(usable, [usable[key] for key in chosen], smallest.rows, study)
        names = args["metrics"]
        words = f"Compare {len(chosen)} sets at {count(args['size'], 'row')} each by {count(len(names), 'metric')}"
        if st.button(words, type="primary", key="compare"):
            job = state.jobs().submit(
                "compare", f"Compare {', '.join(usable[key].name for key in chosen)}"[:120], **args
            )
            state.jobs().ensure_worker()
            state.remember("c", job.id)
            st.rerun()


def _settings(usable: dict[str, Candidate], chosen: Sequence[Candidate], smallest: int, study: Study) -> dict[str, Any]:
    left, middle, right = st.columns([1, 2, 3])
    size = left.number_input(
        "Rows of each",
        FEWEST,
        smallest,
        min(smallest, MOST),
        1,
        key=f"compare size:{smallest}",
        help="Most metrics move with the number of rows, so sets are compared at one size.",
    )
    datasets = {key: each for key, each in usable.items() if "selection" not in each.asked}
    reference = middle.selectbox(
        "Reference",
        ["", *datasets],
        format_func=lambda key: datasets[key].name if key else "the compared rows together",
        key=f"compare reference:{len(datasets)}",
        help="What metrics that need one are taken against: the same for all sets.",
    )
    every = [name for name in METRICS if "texts" not in METRICS[name].needs or study.texts is not None]
    names = right.multiselect(
        "Metrics",
        every,
        format_func=lambda name: METRICS[name].title,
        placeholder=f"All {len(every)} metrics",
        key="compare metrics",
    )
    st.caption(
        "For the standard errors each set is measured some fifty times, on samples and halves of samples: more rows "
        "take longer."
    )
    return {
        "sets": [each.asked for each in chosen],
        "reference": reference or None,
        "metrics": names or every,
        "size": int(size),
        "params": {},
        "differences": len(chosen) == 2,
    }


def _default_sets(usable: dict[str, Candidate], asked: Job | None) -> list[str]:
    """Those of the comparison that is shown, else the first two."""
    wanted = asked.args["sets"] if asked else []
    shown = [key for key, each in usable.items() if each.asked in wanted]
    return shown if len(shown) > 1 else list(usable)[:2]


def _only_one(others: Sequence[Candidate]) -> None:
    st.info(
        "A comparison needs two sets: open another dataset and embed it with the same encoder, or choose a subset of "
        "this one.",
        icon=":material/arrow_forward:",
    )
    _why_not(others)
    with st.container(horizontal=True):
        if st.button(
            "Open the narrow sample", help="200 questions about baking bread: narrower than the mixed sample."
        ):
            state.start_sample("narrow_bread.jsonl")
            st.switch_page("pages/1_Data.py")
        st.page_link("pages/1_Data.py", label="Open data", icon=":material/upload_file:")
        st.page_link("pages/5_Select.py", label="Choose a subset", icon=":material/checklist:")


def _why_not(others: Sequence[Candidate]) -> None:
    if others:
        lines = [f"- {plain(each.name, 60)}: {plain(each.reason, 300)}" for each in others]
        st.caption("Cannot be compared with this dataset:\n" + "\n".join(lines))


def current_job() -> Job | None:
    """The comparison in the URL."""
    job_id = state.recall("c")
    job = state.jobs().find(job_id) if job_id else None
    return job if job is not None and job.what == "compare" else None


def current() -> Found | None:
    """The comparison in the URL where it is done; otherwise how far it is, or why there is none."""
    job = current_job()
    if job is None:
        return None
    if job.state != "done":
        show_job(job.id)
        return None
    try:
        studies, reference = compared(job)
        found = kept_comparison(studies, reference=reference, **{name: job.args[name] for name in _HOW})
    except UserError as error:
        st.error(plain(error, 600), icon=":material/error:")
        return None
    if found is None:
        st.info("The sets were set up otherwise since they were compared. Compare them again.", icon=":material/sync:")
        return None
    return Found(job, studies, found)


def compared(job: Job) -> tuple[list[Study], Study | None]:
    """The studies and the reference of that job, kept by the server under their set-ups of now."""
    keys = [job.id]
    for dataset in [*(each["dataset"] for each in job.args["sets"]), job.args.get("reference")]:
        entry = state.workspace().get(dataset) if dataset else None
        keys.append(entry.key if entry else "")
    return _compared(tuple(keys), job.args)


@st.cache_resource(max_entries=6, show_spinner=False)
def _compared(
    keys: tuple[str, ...],  # noqa: ARG001 - names the rest, which Streamlit does not hash
    _args: dict[str, Any],
) -> tuple[list[Study], Study | None]:
    return work.compared(state.store(), _args)


def answer(found: Found) -> None:
    """Who is broader than whom, in sentences and as a table of ranks and values."""
    comparison = found.comparison
    for warning in comparison.warnings:
        st.warning(plain(warning, 600), icon=":material/rule:")
    sentences = [f"- **{plain(sentence, 700)}**" for sentence in comparison.sentences]
    st.markdown("\n".join(sentences[:_SENTENCES]))
    if len(sentences) > _SENTENCES:
        with st.expander(f"{count(len(sentences) - _SENTENCES, 'more pair')} of sets"):
            st.markdown("\n".join(sentences[_SENTENCES:]))
    against = f"Reference: {plain(comparison.reference, 120)}. " if comparison.reference else ""
    st.caption(
        f"Every set at n = {comparison.size:,} rows: the mean of {count(comparison.repeats, 'draw')} ± its standard "
        f"error. {against}Sets of one rank (=1st) cannot be told apart.",
        help=plain(comparison.how, 500),
    )
    plot(rank_table(comparison.names, _ranked(comparison), theme(), _first(comparison)), key="ranks")
    reasons = dict.fromkeys(each.reason for name in comparison.metrics for each in comparison.estimates[name])
    lines = [f"- {plain(reason, 300)}" for reason in reasons if reason]
    if lines:
        st.caption("Without a value:\n" + "\n".join(lines))


def _ranked(comparison: Comparison) -> list[Ranked]:
    found = []
    for name in comparison.metrics:
        estimates = comparison.estimates[name]
        found.append(
            Ranked(
                METRICS[name].title,
                METRICS[name].better,
                [each.mean for each in estimates],
                [each.error for each in estimates],
                comparison.ranks[name],
                [each.reason for each in estimates],
            )
        )
    return found


def _first(comparison: Comparison) -> str:
    """Which set is first most often."""
    numbers = range(len(comparison.names))
    often = [sum(ranks[i] == 1 for ranks in comparison.ranks.values()) for i in numbers]
    best = max(numbers, key=often.__getitem__)
    if often.count(often[best]) > 1:
        return "No set is the most diverse on more metrics than the others"
    alone = sum(ranks[best] == 1 and ranks.count(1) == 1 for ranks in comparison.ranks.values())
    total = f"{len(comparison.metrics)} {'metric' if len(comparison.metrics) == 1 else 'metrics'}"
    words = f"{comparison.names[best][:50]} is first on {often[best]} of {total}"
    return words if alone == often[best] else f"{words}, alone on {alone}"


def agreement(found: Found) -> None:
    """Whether the metrics rank the sets alike."""
    comparison = found.comparison
    if len(comparison.names) < 3:
        st.info("Whether metrics rank sets alike shows with three sets or more.", icon=":material/info:")
        return
    titles = [METRICS[name].title for name in comparison.metrics]
    plot(agreement_map(titles, comparison.agreement, theme()), key="agreement")
    st.caption(
        "Kendall's tau-b of every two metrics over these sets: 1 where both rank the sets alike, −1 where one turns "
        "the ranking of the other round, 0 where they have nothing to do with each other; empty where a metric tells "
        f"no two sets apart. With {len(comparison.names)} sets there are few rankings, so that some agree by chance."
    )
