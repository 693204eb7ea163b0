"""The controls of a selection: selector, budget, seed, columns, parameters, and the button."""

from typing import Any

import streamlit as st

from core.budget import rows_for
from core.choice import Choice
from core.params import Param
from core.recipe import Recipe
from core.selectors import SELECTORS, Selector
from core.study import Study
from core.workspace import Entry

from . import chosen, frame, state
from .jobs import show_job
from .widgets import param_widgets
from .words import count

_RANDOM_SEEDS = [101, 102, 103, 104, 105]  # the random subsets that every selection stands beside


def controls(entry: Entry, study: Study) -> None:
    """Everything that decides a selection; queues it when the button is pressed."""
    names = list(SELECTORS)
    name = st.selectbox(
        "Selector",
        names,
        index=names.index("novelselect") if "novelselect" in names else 0,
        format_func=lambda key: SELECTORS[key].title,
        key="selector",
    )
    selector = SELECTORS[name]
    st.caption(f"{selector.says}\n\n**Rewards:** {selector.rewards}\n\n**Overlooks:** {selector.overlooks}")
    budget = _budget(study)
    choice: dict[str, Any] = {"selector": name, "budget": str(budget)}
    args: dict[str, Any] = {
        "dataset": entry.dataset,
        "setup": entry.key,
        "reference": study.reference.dataset.key if study.reference and study.reference.dataset else None,
        "metrics": chosen.METRICS_SHOWN,
        "random_seeds": _RANDOM_SEEDS,
    }
    with frame.errors():
        choice |= _columns(study, selector)
        with st.expander("Seed and parameters"):
            choice["seed"] = int(st.number_input("Seed", value=0, min_value=0, step=1, key="seed"))
            choice["params"] = param_widgets(selector.params, f"selector:{name}")
            _about(selector.params)
    if selector.claims_diversity:
        choice["keep_copies"] = st.checkbox(
            "Let exact copies be chosen",
            key="keep copies",
            help="By default exact copies are put last: none is chosen before all distinct rows are used up. Some "
            "published methods, followed to the letter, do choose copies: this follows the letter.",
        )
    copies = len(study) - len(study.space.distinct)
    if copies:
        st.caption(f"The pool holds {count(copies, 'exact copy', 'exact copies')}.")
    if st.button(f"Choose {count(budget, 'row')}", type="primary", width="stretch", key="choose"):
        args["recipe"] = Recipe((Choice.from_json(choice),)).as_json()
        job = state.jobs().submit("select", f"Choose {budget:,} of {entry.name} ({selector.title})"[:120], **args)
        state.jobs().ensure_worker()
        state.remember("s", job.id)
        st.rerun()
    if asked := state.recall("s"):
        job_now = state.jobs().find(asked)
        if job_now is not None and job_now.args.get("dataset") == entry.dataset:
            show_job(asked)


def _budget(study: Study) -> int:
    unit = st.segmented_control("Budget in", ["rows", "percent"], default="rows", key="budget unit") or "rows"
    if unit == "percent":
        share = st.number_input("Percent of the rows", 0.1, 100.0, 10.0, 0.5, key="budget percent")
        return rows_for(f"{share}%", len(study))
    default = max(1, min(len(study), 5000, len(study) // 10 or 1))
    return int(st.number_input("Rows", 1, len(study), default, 1, key=f"budget rows:{len(study)}"))


def _columns(study: Study, selector: Selector) -> dict[str, Any]:
    found: dict[str, Any] = {}
    roles = study.dataset.roles if study.dataset else None
    if "quality" in selector.needs and roles is not None:
        if not roles.quality:
            st.warning("This selector needs a score column. Give a column the role Quality on the Data page.")
            st.stop()
        scores = {quality.column: quality.higher_is_better for quality in roles.quality}
        column = st.selectbox("Quality", list(scores), key="quality column")
        found["quality"] = {"column": column, "better": "higher" if scores[column] else "lower"}
    if "labels" in selector.needs and roles is not None:
        columns = [info.path for info in study.dataset.columns] if study.dataset else []
        found["label"] = st.selectbox(
            "Label", columns, index=columns.index(roles.label) if roles.label in columns else 0, key="label column"
        )
    return found


def _about(params: Any) -> None:
    declared: dict[str, Param] = dict(params)
    if not declared:
        st.caption("This selector has no parameters.")
