"""The controls of a comparison: which sets, how many rows, against which reference, by which metrics."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.comparison import FEWEST, MOST
from core.jobs import Job
from core.metrics import METRICS
from core.study import Study
from core.study_data import reference_word
from core.workspace import Entry

from . import state
from .candidates import Candidate
from .compared import current_job
from .measures import parameters
from .words import count, duration, plain


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
    references = {_word(each): each for each in usable.values() if "selection" not in each.asked}
    reference = middle.selectbox(
        "Reference",
        ["", *references],
        format_func=lambda key: references[key].name if key else "the compared rows together",
        key=f"compare reference:{len(references)}",
        help="What metrics that need one are taken against, a dataset or a saved subset: the same for all sets.",
    )
    every = [name for name in METRICS if "texts" not in METRICS[name].needs or study.texts is not None]
    names = right.multiselect(
        "Metrics",
        every,
        format_func=lambda name: METRICS[name].title,
        placeholder=f"All {len(every)} metrics",
        key="compare metrics",
    )
    with st.expander("Parameters of the metrics"):
        params = parameters(names or every, "compare")
    st.caption(
        "For the standard errors each set is measured some fifty times, on samples and halves of samples: more rows "
        f"take longer. {_last_time()}"
    )
    return {
        "sets": [each.asked for each in chosen],
        "reference": reference or None,
        "metrics": names or every,
        "size": int(size),
        "params": params,
        "differences": len(chosen) == 2,
    }


def _word(candidate: Candidate) -> str:
    """A dataset or a saved subset as the worker is told of it as the reference."""
    subset = candidate.asked.get("subset")
    return reference_word(candidate.asked["dataset"], subset["rows"] if subset else "")


def _last_time() -> str:
    """What the last comparison took: how the time grows with rows differs by metric, so that nothing is foretold."""
    done = (job for job in state.jobs().all() if job.what == "compare" and job.state == "done" and job.seconds >= 1)
    job = next((job for job in done if job.args.get("side_by_side", True)), None)
    if job is None:
        return ""
    sets, metrics = count(len(job.args["sets"]), "set"), count(len(job.args["metrics"]), "metric")
    return f"The last one ({sets} of {count(job.args['size'], 'row')}, {metrics}) took {duration(job.seconds)}."


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
