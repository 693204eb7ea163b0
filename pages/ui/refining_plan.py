"""What a refinement is to do: budget, rounds, clusters, score, and how weights move."""

from typing import Any

import streamlit as st

from core.budget import Budget
from core.choice import Choice
from core.errors import UserError
from core.goals import EVERY
from core.refinement import Plan, new_id
from core.refinement.plan import PLAN_PARAMS
from core.selectors import SELECTORS
from core.study import Study
from core.workspace import Entry

from . import state, sweeping
from .draft import ID_LIMITS, Draft
from .widgets import param_widgets
from .words import count, plain, sound

_MODES = {
    "shrunk": (
        "Ours, steady",
        "Mean gaps are drawn towards the mean of all where few rows are scored, and no weight vanishes.",
    ),
    "literal": (
        "Eq. 6 as printed",
        "Weight times mean gap, renormalised. It needs mean gaps above 0 and says so where one is not.",
    ),
}


def draw(entry: Entry, study: Study) -> None:
    """The controls, and the button that draws the first round."""
    st.markdown(
        "The rows are put into clusters, and the budget is drawn in rounds. After each, a model is trained on what was "
        "drawn so far. Where the data's answers still beat the model's, the gap is high: such clusters gain weight "
        "and get more of the next round."
    )
    draft = _draft(entry)
    left, right = st.columns(2, gap="large")
    try:
        with left:
            budget, rounds = _budget(draft, study)
            quality = _quality(draft, study)
        with right:
            clusters = _clusters(draft, study)
            mode = _mode(draft)
        sweeping.draw(draft, entry, study, SELECTORS["kmq"])
        others = _others(draft)
        plan = Plan(budget=budget, rounds=rounds, clusters=clusters, quality=quality, mode=mode, **others)
        if quality is not None:
            study.quality(*quality)
        rows = Budget.parse(budget).of(len(study))
        if rows < rounds:
            raise UserError(f"The budget of {count(rows, 'row')} is less than a row for each of {rounds:,} rounds.")
    except UserError as error:
        st.warning(plain(error, 600), icon=":material/rule:")
        st.button("Draw round 1", disabled=True, key="begin")
        return
    draft.last = Choice("kmq", budget, seed=plan.seed, params={} if clusters is None else {"clusters": clusters})
    first = -(-rows // rounds)
    name = st.text_input(
        "Name", f"{count(rows, 'row')} in {count(rounds, 'round')}", 80, key=draft.key(f"name:{rows}:{rounds}")
    )
    if st.button(f"Draw {count(first, 'row')} for round 1 of {rounds:,}", type="primary", key="begin"):
        _queue(entry, plan, name.strip() or "kMQ in rounds")


def _queue(entry: Entry, plan: Plan, name: str) -> None:
    id = new_id()
    state.jobs().submit(
        "refine_begin",
        f"Begin {name} of {entry.name}"[:120],
        refinement=id,
        name=name,
        dataset=entry.dataset,
        setup=entry.key,
        plan=plan.as_json(),
    )
    state.jobs().ensure_worker()
    state.remember("r", id)
    st.rerun()


def _draft(entry: Entry) -> Draft:
    """What the widgets begin with; a sweep over numbers of clusters changes it."""
    key = f"refine draft:{entry.dataset}"
    found: Draft | None = st.session_state.get(key)
    if found is None:
        choice, version = Choice("kmq", "10%"), 1_000  # apart from the widgets of the Select page
        found = Draft(choice, EVERY, [], dict.fromkeys(ID_LIMITS, ()), choice, version=version, of=entry.dataset)
        st.session_state[key] = found
    elif st.session_state["arrived"]:  # what widgets held is forgotten when their page is left
        found.given = found.last
        found.version += 1
    return found


def _budget(draft: Draft, study: Study) -> tuple[str, int]:
    given = Budget.parse(draft.given.budget)
    place, right = st.columns([3, 2], vertical_alignment="bottom")
    unit = place.segmented_control(
        "Budget over all rounds", ["percent", "rows"], default=given.unit, required=True, key=draft.key("refine unit")
    )
    rounds = right.number_input("Rounds", 1, 100, 3, 1, key=draft.key("rounds"), help=PLAN_PARAMS["rounds"].help)
    amount = float(given.amount) if unit == given.unit else None
    if unit == "percent":
        share = place.number_input(
            "Percent of the rows", 0.001, 100.0, amount or 10.0, 0.5, format="%.4g", key=draft.key("refine percent")
        )
        return f"{share:g}%", int(rounds)
    usual = int(amount or max(1, min(len(study), 5000, len(study) // 10)))
    return str(place.number_input("Rows", 1, max(usual, len(study)), usual, 1, key=draft.key("refine rows"))), int(
        rounds
    )


def _quality(draft: Draft, study: Study) -> tuple[str, bool] | None:
    """A column of scores, by which good rows of a cluster have better chances."""
    if study.dataset is None:
        return None
    declared = {each.column: each.higher_is_better for each in study.dataset.roles.quality}
    numbers = [info.path for info in study.dataset.columns if info.kind == "number" and info.path not in declared]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    options = ["", *declared, *numbers]
    column = left.selectbox(
        "Quality",
        options,
        index=1 if declared else 0,
        format_func=lambda path: sound(path) if path else "none",
        key=draft.key("refine quality"),
        help="Within a cluster, rows with a better score have better chances. Every row must have one.",
    )
    if not column:
        return None
    better = ["higher", "lower"]
    said = right.selectbox(
        "Better is", better, index=0 if declared.get(column, True) else 1, key=draft.key(f"refine direction:{column}")
    )
    return column, said == "higher"


def _clusters(draft: Draft, study: Study) -> int | None:
    given = draft.given.params.get("clusters")
    words = st.text_input(
        "Clusters",
        "" if given is None else str(given),
        key=draft.key("refine clusters"),
        placeholder=f"the square root of the rows: {round(len(study) ** 0.5):,}",
        help=f"{PLAN_PARAMS['clusters'].help} No more than the rows of a round. The sweep below helps to choose.",
    ).strip()
    return PLAN_PARAMS["clusters"].parse(words, "Clusters") if words else None


def _mode(draft: Draft) -> Any:
    return st.radio(
        "How weights move",
        list(_MODES),
        format_func=lambda mode: _MODES[mode][0],
        captions=[words for _, words in _MODES.values()],
        key=draft.key("mode"),
    )


def _others(draft: Draft) -> dict[str, Any]:
    """Rows held out, seed, copies, and the parameters that are rarely changed."""
    with st.expander("Rows held out, seed and parameters"):
        left, right = st.columns(2)
        held_out = left.number_input(
            "Held out, percent of every cluster",
            0.0,
            50.0,
            0.0,
            1.0,
            format="%.4g",
            key=draft.key("held out"),
            help="These rows are never drawn: on them it is seen what training brings. Needed for the score "
            "'learnability' and for losses in the outcome; 10 is a good number.",
        )
        seed = right.number_input("Seed", min_value=0, value=draft.given.seed, step=1, key=draft.key("refine seed"))
        copies = st.checkbox("Let exact copies be drawn", key=draft.key("refine copies"))
        asked = {"rounds", "clusters", "mode", "held_out"}
        params = {name: param for name, param in PLAN_PARAMS.items() if name not in asked}
        found = param_widgets(params, draft.key("refine"))
    return {"seed": int(seed), "keep_copies": copies, "held_out": held_out / 100} | found
