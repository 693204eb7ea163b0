"""The controls of a selection: goal, selector, budget, columns, limits, steps before it, and the button."""

from typing import Any

import streamlit as st

from core.budget import Budget
from core.choice import Choice
from core.digest import digest
from core.foreseeing import Foreseen, foresee
from core.proof import RANDOM_SEEDS
from core.recipe import Recipe
from core.selectors import SELECTORS, Selector
from core.study import Study
from core.workspace import Entry

from . import budgeting, chosen, domains, draft, goal, limiting, recipe_files, state, steps, sweeping
from .jobs import show_job
from .widgets import param_widgets
from .words import count, plain

COLUMNS = frozenset({"quality", "labels", "tags"})


def controls(entry: Entry, study: Study) -> None:
    """Everything that decides a selection; queues it when the button is pressed."""
    now = draft.current(entry, study)
    selector = goal.choose(now)
    said: dict[str, Any] = {"selector": selector.name}
    with now.noting():
        said |= budgeting.budget(now, entry, study)
    needed, choosing = st.container(), st.container()  # the button stays in the first screen, what is rarer comes below
    goal.about(selector)
    with now.noting(), needed if selector.needs & COLUMNS else st.container():
        said |= budgeting.columns(now, study, selector)
    with now.noting():
        said |= domains.given(now, selector)
    before = st.container()
    with now.noting():
        said |= limiting.limits(now, entry, study, selector)
    with now.noting():
        said |= _parameters(now, selector)
    sweeping.draw(now, entry, study, selector)
    if selector.claims_diversity:
        said["keep_copies"] = _copies(now, study)
    recipe = None
    if "budget" in said:
        with now.noting():
            now.last = Choice.from_json(said)
            recipe = Recipe((*now.before, now.last))
    seen = None
    if recipe:
        seen = _foreseen(digest(study.key, entry.key, recipe.as_json(), now.counted), study, recipe)
    with before:
        steps.edit(now, study, seen)
    with choosing:
        _choosing(now, entry, study, recipe, seen)
    if recipe is not None:
        recipe_files.save(now, recipe)
    recipe_files.open_one(now, study)


def _choosing(now: draft.Draft, entry: Entry, study: Study, recipe: Recipe | None, seen: Foreseen | None) -> None:
    """The button, what it is about to choose, why it cannot be pressed, and the work once it was."""
    problems = [*now.problems, *(seen.problems if seen else ())]
    amount = _amount(now.last, seen, len(study))
    if st.button(
        f"Choose {amount}",
        type="primary",
        width="stretch",
        key="choose",
        disabled=bool(problems) or recipe is None,
    ):
        assert recipe is not None
        _queue(entry, study, recipe)
    for problem in problems:
        st.warning(plain(problem, 600), icon=":material/rule:")
    if asked := state.recall("s"):
        job_now = state.jobs().find(asked)
        if job_now is not None and job_now.args.get("dataset") == entry.dataset:
            show_job(asked)
    if recipe is not None and not problems:
        st.caption(_summary(recipe, amount, len(study)))


def _summary(recipe: Recipe, amount: str, rows: int) -> str:
    """What is about to be chosen, in a sentence."""
    choice = recipe.choice
    counted = amount[:1].isdigit() and "%" not in amount
    pool = f"{rows:,}" if counted else count(rows, "row")
    words = f"Takes {amount} out of {pool} by {SELECTORS[choice.selector].title}"
    parts = []
    if choice.quality:
        column, higher = choice.quality
        parts.append(f"{'higher' if higher else 'lower'} {plain(column, 40)} is better")
    if len(recipe.steps) > 1:
        parts.append(f"after {count(len(recipe.steps) - 1, 'step')}")
    if choice.must or choice.never or choice.owned or choice.group:
        parts.append("within limits")
    if choice.params:
        parts.append(f"{count(len(choice.params), 'parameter')} set")
    return f"{', '.join([words, *parts, f'seed {choice.seed}'])}."


def _parameters(now: draft.Draft, selector: Selector) -> dict[str, Any]:
    with st.expander("Seed and parameters"):
        seed = st.number_input("Seed", value=now.given.seed, min_value=0, step=1, key=now.key("seed"))
        given = now.given.params if selector.name == now.given.selector else {}
        found = param_widgets(selector.params, now.key(f"selector:{selector.name}"), given)
        if not selector.params:
            st.caption("This selector has no parameters.")
    return {"seed": int(seed), "params": found}


def _copies(now: draft.Draft, study: Study) -> bool:
    kept = st.checkbox(
        "Let exact copies be chosen",
        value=now.given.keep_copies,
        key=now.key("keep copies"),
        help="By default exact copies are put last: none is chosen before all distinct rows are used up, and none at "
        "all by a selector that drops near-copies. Some published methods, followed to the letter, do choose copies: "
        "this follows the letter.",
    )
    copies = len(study) - len(study.space.distinct)
    if copies:
        st.caption(f"The pool holds {count(copies, 'exact copy', 'exact copies')}.")
    return kept


def _amount(choice: Choice, seen: Foreseen | None, rows: int) -> str:
    """What is about to be chosen, as far as that is known: rows, a share of them, or tokens."""
    budget = Budget.parse(choice.budget)
    if budget.unit == "tokens":
        return f"rows of {int(budget.amount):,} tokens"
    if budget.unit == "percent" and seen is not None and not seen.exact:
        return f"{budget.amount} % of the rows left"
    left = seen.left[-1] if seen is not None and seen.left else rows
    return count(budget.of(left), "row")


def _queue(entry: Entry, study: Study, recipe: Recipe) -> None:
    title = SELECTORS[recipe.choice.selector].title
    job = state.jobs().submit(
        "select",
        f"Choose {_amount(recipe.choice, None, len(study))} of {entry.name} ({title})"[:120],
        dataset=entry.dataset,
        setup=entry.key,
        reference=study.reference_word,
        metrics=chosen.METRICS_SHOWN,
        random_seeds=list(RANDOM_SEEDS),
        recipe=recipe.as_json(),
    )
    state.jobs().ensure_worker()
    state.remember("s", job.id)
    st.rerun()


@st.cache_resource(max_entries=50, show_spinner=False)
def _foreseen(key: str, _study: Study, _recipe: Recipe) -> Foreseen:  # noqa: ARG001 - the key names the rest
    return foresee(_study, _recipe)
