"""A round by a model that is trained here: which one, what scores it, and how many rounds it runs by itself."""

from typing import Any

import streamlit as st

from core.errors import UserError
from core.lm import TRAINING_PARAMS, Training
from core.refinement import NOISE, SCORERS, Kept, Loop, Refinement, Way, check_loop
from core.study import Study
from core.workspace import Entry

from . import commands, state
from .language_models import choose_model
from .widgets import param_widgets
from .words import count, plain

_TITLES: dict[Way, str] = {
    "perplexity": "Perplexity gap, as in the paper",
    "ifd": "Instruction-following difficulty (IFD)",
    "learnability": "Learnability on held-out rows",
    "reward": "A reward model by name",
}
_TOKENS = 64  # of an answer that the model gives


def draw(entry: Entry, study: Study, kept: Kept, found: Refinement) -> None:
    """The controls, what may be wrong with them, and the buttons."""
    st.caption(
        f"A model is trained, from its start, on the {count(len(found.chosen), 'row')} drawn so far, and scores them. "
        "The weights move by that, and the next round is drawn."
    )
    model = choose_model(f"refine model:{kept.id}", help="What is trained on the rows drawn so far.")
    scorer = st.selectbox("Scored by", list(_TITLES), format_func=_TITLES.__getitem__, key=f"scorer:{kept.id}")
    st.caption(SCORERS[scorer])
    if scorer == "perplexity":
        st.caption(f":material/warning: {NOISE}")
    try:
        loop = _loop(model, scorer, kept)
        problem = "" if loop else "Name a model to train."
        if loop is not None:
            check_loop(study, found, loop)
    except UserError as error:
        loop, problem = None, str(error)
    if problem:
        st.warning(plain(problem, 600), icon=":material/rule:")
    number_of, last = found.last.number, found.plan.rounds
    if loop is None or found.done:
        if not found.done:
            st.button(f"Train and draw round {number_of + 1}", disabled=True, key="train one")
        return
    words = f"Train on {count(len(found.chosen), 'row')} and draw round {number_of + 1}"
    if st.button(words, type="primary", key="train one"):
        _queue(entry, kept, found, loop, number_of + 1)
    if last - number_of > 1 and st.button(f"Run by itself to round {last}, the last", key="train all"):
        _queue(entry, kept, found, loop, last)
    with st.expander("The same from the command line"):
        run = commands.refine_run_command(entry, study, loop)
        st.code("\n".join([*commands.scoring_commands(entry), run]), language="bash", wrap_lines=True)


def _loop(model: str, scorer: Way, kept: Kept) -> Loop | None:
    """What the controls say; None while no model is named."""
    reward = None
    if scorer == "reward":
        reward = st.text_input(
            "Reward model",
            key=f"reward:{kept.id}",
            placeholder="models/reward, or org/model",
            help="A sequence classification model of `transformers` with one output, by folder or hub name.",
        ).strip()
        state.check_model(reward)
    with st.expander("How it is trained"):
        given = param_widgets(TRAINING_PARAMS, f"training:{kept.id}")
        left, right = st.columns(2)
        most = left.number_input(
            "Tokens of an answer", 1, 4096, _TOKENS, 16, key=f"most:{kept.id}", help="That the model gives, at most."
        )
        seed = right.number_input("Seed of the model", min_value=0, value=0, step=1, key=f"model seed:{kept.id}")
    if not model:
        return None
    how = Training(**given, seed=int(seed))
    return Loop(model, scorer, reward or None, how, most_tokens=int(most), seed=int(seed))


def _queue(entry: Entry, kept: Kept, found: Refinement, loop: Loop, to: int) -> None:
    args: dict[str, Any] = {"refinement": kept.id, "dataset": entry.dataset, "setup": entry.key}
    title = f"Rounds {found.last.number + 1} to {to}" if to > found.last.number + 1 else f"Round {to}"
    begun = found.last.number
    state.jobs().submit(
        "refine_run", f"{title} of {kept.name} by {loop.model}"[:120], **args, begun=begun, to=to, loop=loop.as_json()
    )
    state.jobs().ensure_worker()
    st.rerun()
