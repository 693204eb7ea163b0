"""Evaluation files on the Export page: picked or uploaded, held against the rows, and what was met left out."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.contamination import BLIND, KINDS, Contamination, How, kept, left_out, listed, never
from core.recipe import Recipe
from core.study import Study
from core.workspace import Entry

from . import chosen, commands, state
from .jobs import show_job
from .words import cell, count, plain

_SHOWN = 1000  # rows of the table


@dataclass(frozen=True)
class Against:
    """The evaluation datasets that rows are held against, and how; none where nobody asked for it."""

    entries: tuple[Entry, ...]
    how: How

    def words(self) -> list[str]:
        """The same as options of a command."""
        if not self.entries:
            return []
        words = []
        for each in self.entries:
            for name in commands.source_words(state.dataset(each)):
                words += ["--against", name]
        words += ["--ngram", str(self.how.words)] if self.how.words != How().words else []
        words += ["--ngram-share", f"{self.how.share:g}"] if self.how.share else []
        if self.how.similarity is None:
            return [*words, "--no-near"]
        return words + (["--similarity", f"{self.how.similarity:g}"] if self.how.similarity != How().similarity else [])


def draw(entry: Entry, study: Study, found: chosen.Chosen) -> Against:
    """The controls, the work, and what was met."""
    before = _before(entry)
    in_use = before is not None or bool(st.session_state.get(f"evals:{entry.dataset}"))
    with st.expander("Hold the rows against evaluation files", icon=":material/policy:", expanded=in_use):
        st.caption(
            "A row that also stands in a test makes the test say nothing. Name the files that you will evaluate on; "
            "the result goes into the proof. Nothing leaves this machine."
        )
        _upload(entry)
        entries = _picked(entry, before)
        how = _how(entry, study, before)
        against = Against(tuple(entries), how)
        if not entries:
            return against
        datasets = [state.dataset(each) for each in entries]
        args = {
            "dataset": entry.dataset,
            "setup": entry.key,
            "evaluations": [each.dataset for each in entries],
            "setups": [each.key for each in entries],
            "how": how.as_json(),
        }
        met = kept(study, datasets, how)
        job = state.job("contamination", args)
        if met is not None:
            _found(entry, study, found, met)
        elif job is not None and job.state != "done":
            show_job(job.id, st.rerun, place="contamination")
        else:
            st.button(
                f"Hold {count(len(study), 'row')} against {count(len(entries), 'file')}",
                key="hold against",
                on_click=_submit,
                args=(entry.name, args),
            )
            st.caption("All rows are looked at, so that other rows can be chosen instead.")
    return against


def _submit(name: str, args: dict[str, Any]) -> None:
    state.jobs().submit("contamination", f"Evaluation files against {name}"[:120], **args)
    state.jobs().ensure_worker()


def _before(entry: Entry) -> dict[str, Any] | None:
    """What was set for the latest check or bundle of this dataset, so that a reload finds it."""
    jobs = (job for job in state.jobs().all() if job.what in ("contamination", "bundle"))
    found = next((job.args for job in jobs if job.args["dataset"] == entry.dataset), None)
    return found if found and found["evaluations"] else None


def _upload(entry: Entry) -> None:
    """Files from the user's disk: read as datasets, and picked once they are."""
    files = st.file_uploader("Evaluation files", accept_multiple_files=True, key=f"eval files:{entry.dataset}")
    taken: dict[str, str] = st.session_state.setdefault("eval uploads", {})
    for file in files or []:
        if file.file_id in taken:
            continue
        path = state.save_upload(file.name, file.getbuffer())
        job = state.submit_reading([path], f"Read {file.name}"[:120])
        state.remember("d", entry.dataset)  # else what was opened last would be the current one
        taken[file.file_id] = job.id
    name = f"evals:{entry.dataset}"
    for file_id, job_id in list(taken.items()):
        job = state.jobs().find(job_id) if job_id else None
        if job is None:
            continue
        if job.state != "done":
            show_job(job_id, st.rerun, place="eval")
        elif job.result["dataset"] != entry.dataset:
            picked = st.session_state.get(name) or []
            st.session_state[name] = list(dict.fromkeys([*picked, job.result["dataset"]]))
            st.session_state["eval picked"] = st.session_state.get("eval picked", 0) + 1  # another widget begins anew
            taken[file_id] = ""


def _picked(entry: Entry, before: dict[str, Any] | None) -> list[Entry]:
    """The open datasets that serve as evaluation files."""
    others = {each.dataset: each for each in state.workspace().entries() if each.dataset != entry.dataset}
    name = f"evals:{entry.dataset}"
    if st.session_state.get(name) is None:
        st.session_state[name] = before["evaluations"] if before else []
    usual = [key for key in st.session_state[name] if key in others]
    chosen_keys = st.multiselect(
        "Open datasets to hold them against",
        list(others),
        default=usual,
        format_func=lambda key: f"{others[key].name} ({count(others[key].rows, 'row')})",
        key=f"evals:{entry.dataset}:{st.session_state.get('eval picked', 0)}:{len(others)}",
        placeholder="None",
    )
    st.session_state[name] = list(chosen_keys)
    return [others[key] for key in chosen_keys]


def _how(entry: Entry, study: Study, before: dict[str, Any] | None) -> How:
    """What counts as meeting an evaluation row."""
    left, middle, right = st.columns(3)
    usual = before["how"] if before else {}
    words = left.number_input(
        "Words of an n-gram",
        2,
        100,
        int(usual.get("words", How().words)),
        key=f"ngram:{entry.dataset}",
        help="A run of so many words that both rows have. 13 is usual; 8 sees shorter pieces and more common phrases.",
    )
    share = middle.number_input(
        "Least share of n-grams, %",
        0,
        100,
        round(100 * usual.get("share", 0)),
        5,
        key=f"share:{entry.dataset}",
        help="Of the n-grams of one of the two rows, how many the other must have. 0: one is enough.",
    )
    if not study.embeddings.encoder_name:
        right.caption("Embeddings are not compared: the vectors are your own.")
        return How(int(words), share / 100, None)
    cosine = right.number_input(
        "Least cosine",
        0.5,
        1.0,
        usual.get("similarity") or 0.95,
        0.01,
        key=f"cosine:{entry.dataset}",
        help="Embeddings at least so alike count as near. 1 is the same; below 0.9 much is near that is no copy.",
    )
    return How(int(words), share / 100, float(cosine))


def _found(entry: Entry, study: Study, found: chosen.Chosen, met: Contamination) -> None:
    """What was met: of the chosen rows and of all, row by row; and the button that leaves it out."""
    rows = found.selection.positions
    mine = met.of(rows)
    some = bool(mine.met().any())
    show = st.warning if some else st.info
    show(" ".join(plain(each, 600) for each in mine.sentences("chosen rows")), icon=":material/policy:")
    counts = met.counts()
    st.caption(f"Of all {count(len(met), 'row')} {counts['any']:,} meet one.")
    if some:
        entries = listed(mine, [study.ids[row] for row in rows], study.positions[rows].tolist())
        table = [{name: cell(value) for name, value in each.items()} for each in entries[:_SHOWN]]
        frame = pd.DataFrame(table).assign(kind=[KINDS[each["kind"]] for each in entries[:_SHOWN]])
        frame["measure"] = frame["measure"].astype(str)
        heads = {"evaluation": "file", "evaluation_row": "its row", "kind": "how", "measure": "how much"}
        heads["share_of_evaluation"] = "of its n-grams"
        st.dataframe(frame.rename(columns=heads), hide_index=True, height=min(320, 38 + 35 * len(frame)))
    with st.popover("What this cannot see"):
        for kind in KINDS:
            if kind not in met.skipped:
                st.markdown(plain(BLIND[kind], 800))
    names = [kind for kind in KINDS if kind not in met.skipped]
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    kinds = left.multiselect(
        "Leave out rows met by",
        names,
        default=[kind for kind in names if kind != "near"],
        format_func=KINDS.get,
        key=f"leave out:{entry.dataset}",
    )
    ids = left_out(study, met, kinds) if kinds else []
    recipe = never(found.recipe, ids)
    right.button(
        "Choose again without them",
        key="without met",
        disabled=not ids or recipe == found.recipe,
        on_click=_again,
        args=(found, recipe, entry.name),
        help=f"The {count(len(ids), 'row')} of the whole dataset become rows that are not chosen.",
    )


def _again(found: chosen.Chosen, recipe: Recipe, name: str) -> None:
    args = found.job.args | {"recipe": recipe.as_json()}
    job = state.jobs().submit("select", f"Choose from {name} again"[:120], **args)
    state.jobs().ensure_worker()
    state.remember("s", job.id)
