"""A round by your own trainer: its rows and the form to take away, and the feedback that comes back."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import UserError
from core.jobs import Job
from core.refinement import (
    FeedbackError,
    FeedbackLine,
    Kept,
    Refinement,
    Scored,
    Scorer,
    Shelf,
    feedback_form,
    go_on,
)
from core.refinement.feedback import parse_feedback
from core.study import Study
from core.workspace import Entry
from core.writing import write_rows

from . import state
from .language_models import choose_model
from .words import count, number, plain, sound

_FORMATS = {"jsonl": "JSONL", "csv": "CSV", "parquet": "Parquet", "ids": "ids"}
_REASON = 400  # characters of one
_GENERATED = "generated"


def draw(
    shelf: Shelf, entry: Entry, study: Study, kept: Kept, found: Refinement, *, job: Job | None, below: Any
) -> None:
    """The three steps of a round that is trained elsewhere; `below` is a place for tables as wide as the page."""
    last = found.last
    new = _which(found)
    st.markdown(f"**1. Train on {'the rows of this round' if new else 'the rows so far'}**")
    _rows_button(study, found, new=new)
    if last.feedback is not None:
        st.success(f"The budget of {count(found.budget, 'row')} is spent.", icon=":material/check:")
        return
    if found.done:
        st.info("All rows are drawn: train on them. Feedback may still be kept; no round follows.")
    st.markdown("**2. Score them in the form**")
    _form_buttons(study, found, new=new)
    st.markdown("**3. Bring the form back**")
    _bring(shelf, entry, study, kept, found, job, below)


def _which(found: Refinement) -> bool:
    """Whether the rows of the last round alone are wanted."""
    if len(found.rounds) == 1:
        return False
    words = {
        False: f"all {len(found.chosen):,} so far",
        True: f"the {len(found.last.rows):,} of round {found.last.number}",
    }
    chosen = st.segmented_control(
        "Rows",
        list(words),
        default=False,
        required=True,
        format_func=words.__getitem__,
        key="refine which",
        help="The paper trains from the base model on all rows that were drawn so far. Any of them may be scored.",
    )
    return bool(chosen)


def _rows_button(study: Study, found: Refinement, *, new: bool) -> None:
    dataset = study.dataset
    if dataset is None:
        st.caption("Vectors alone have no rows to write: the form has their numbers.")
        return
    rows = np.array(found.last.rows if new else found.chosen, dtype=np.int64)
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    kind = left.selectbox("As", list(_FORMATS), format_func=_FORMATS.__getitem__, key="refine format")

    def content() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows"
            write_rows(path, kind, dataset, rows)
            return path.read_bytes()

    right.download_button(
        f"Download {count(len(rows), 'row')}",
        data=content,
        file_name=f"round_{found.last.number}_rows.{'txt' if kind == 'ids' else kind}",
        mime="application/octet-stream",
        on_click="ignore",
        icon=":material/download:",
        key=f"refine rows:{kind}:{new}",
        width="stretch",
    )


def _form_buttons(study: Study, found: Refinement, *, new: bool) -> None:
    st.caption(
        "Fill in `gap` for each row: how much better the answer in the data is than the one that your trained model "
        "gives. Or add `gold_score` and `generated_score`, or `generated` answers for a language model here to score. "
        "Rows may be left out."
    )

    def content(as_json: bool) -> Callable[[], bytes]:
        return lambda: feedback_form(study, found, new=new, as_json=as_json)

    for place, ending in zip(st.columns(2), ("csv", "jsonl"), strict=True):
        place.download_button(
            f"Form, {ending.upper()}",
            data=content(ending == "jsonl"),
            file_name=f"round_{found.last.number}_form.{ending}",
            mime="application/octet-stream",
            on_click="ignore",
            icon=":material/edit_note:",
            key=f"refine form:{ending}:{new}",
            width="stretch",
        )


def _bring(
    shelf: Shelf, entry: Entry, study: Study, kept: Kept, found: Refinement, job: Job | None, below: Any
) -> None:
    """The uploader, what is in the file, and the button that takes it."""
    number_of = found.last.number
    about = job is not None and job.what == "refine_feedback" and job.args.get("round") == number_of
    refused = (job.result or {}).get("refused", ()) if job is not None and about else ()
    if job is not None and refused:  # lines that could be read, whose answers the model cannot score
        _refused(str(job.args["name"]), [FeedbackLine(int(line), str(reason)) for line, reason in refused], below)
    file = st.file_uploader(
        "The form, filled in (CSV or JSONL)",
        ["csv", "tsv", "txt", "jsonl", "json"],
        key=f"feedback:{kept.id}:{number_of}",
    )
    if file is None:
        return
    content = file.getvalue()
    try:
        told = parse_feedback(
            content, sound(file.name), found, scorer=Scorer("", lambda answers: (dict.fromkeys(answers, 0.0), ()))
        )
        after = found if told.kind == _GENERATED else go_on(study, found, told)
    except FeedbackError as error:
        _refused(file.name, list(error.problems), below)
        return
    except UserError as error:
        st.error(plain(error, 1000), icon=":material/error:")
        return
    if told.kind == _GENERATED:
        _score_here(entry, kept, found, told, content)
        return
    st.caption(_told_sentence(told, found))
    if st.button(_button_words(found, after), type="primary", key="take feedback"):
        shelf.put(kept.id, found, after)
        st.rerun()


def _told_sentence(told: Scored, found: Refinement) -> str:
    gaps = list(told.gaps.values())
    mean = sum(gaps) / len(gaps)
    return (
        f"{plain(told.name, 80)} scores {len(gaps):,} of {count(len(found.chosen), 'row')} by {told.kind}: mean gap "
        f"{number(mean)}, from {number(min(gaps))} to {number(max(gaps))}."
    )


def _button_words(found: Refinement, after: Refinement) -> str:
    if len(after.rounds) == len(found.rounds):
        return "Take the feedback; the budget is spent"
    return f"Move the weights and draw {count(len(after.last.rows), 'row')} for round {after.last.number}"


def _score_here(entry: Entry, kept: Kept, found: Refinement, told: Scored, content: bytes) -> None:
    """Generated answers: the model that scores them, and the button."""
    st.caption(
        f"{plain(told.name, 80)} holds {count(len(told.gaps), 'generated answer')}. A language model scores each "
        "beside the answer in the data: the gap is the log-perplexity of the data's answer less that of the generated "
        "one. It should be the model that you trained."
    )
    model = choose_model(
        f"feedback model:{kept.id}", proxy=False, help="Scores the generated answers beside those in the data."
    )
    words = f"Score {count(len(told.gaps), 'answer')} and move the weights"
    if st.button(words, type="primary", key="score feedback", disabled=not model):
        path = state.save_upload(told.name, content)
        state.jobs().submit(
            "refine_feedback",
            f"Score {count(len(told.gaps), 'answer')} for round {found.last.number} of {kept.name}"[:120],
            refinement=kept.id,
            dataset=entry.dataset,
            setup=entry.key,
            round=found.last.number,
            file=str(path),
            name=told.name,
            model=model,
        )
        state.jobs().ensure_worker()
        st.rerun()


def _refused(name: str, problems: list[FeedbackLine], below: Any) -> None:
    """Every line that cannot be used, and why: the table stands below, as wide as the page."""
    st.error(
        f"{plain(name, 80)} was not taken, and nothing changed: {count(len(problems), 'line')} cannot be used. Mend "
        f"{'it' if len(problems) == 1 else 'them'} and upload the file again; all are listed below.",
        icon=":material/error:",
    )
    table = {
        "line": [each.number for each in problems],
        "why": [sound(each.reason[:1].upper() + each.reason[1:_REASON]) for each in problems],
    }
    below.markdown("**Lines that cannot be used**")
    below.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        height=min(320, 38 + 35 * len(problems)),
        column_config={
            "line": st.column_config.NumberColumn(format="%d", width="small"),
            "why": st.column_config.TextColumn(width="large"),
        },
        key="refused lines",
    )
