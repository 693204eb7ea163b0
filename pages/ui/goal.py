"""What the choice is for, and the selectors that serve it: each with its trade-off, all within reach by name."""

import streamlit as st

from core.goals import EVERY, GOALS, ways_to
from core.selectors import SELECTORS, Selector

from .draft import Draft


def choose(draft: Draft) -> Selector:
    """The goal, then one of its selectors, each with its trade-off."""
    goals = [*GOALS, EVERY]
    goal = st.selectbox(
        "What do you want?",
        goals,
        index=goals.index(draft.goal),
        format_func=lambda name: GOALS[name].title if name in GOALS else "Choose a selector by its name",
        key=draft.key("goal"),
    )
    draft.goal = goal
    names = ways_to(goal)
    first = names.index(draft.given.selector) if draft.given.selector in names else 0
    key = draft.key(f"selector:{goal}")
    if goal == EVERY:
        name = st.selectbox("Selector", names, index=first, format_func=_title, key=key)
    else:
        st.caption(GOALS[goal].says)
        name = st.radio(
            "Selector",
            names,
            index=first,
            format_func=_title,
            captions=[way.trade_off for way in GOALS[goal].ways],
            key=key,
        )
    return SELECTORS[name]


def _title(name: str) -> str:
    return SELECTORS[name].title


def about(selector: Selector) -> None:
    """What a selector does, in its own words, folded away."""
    with st.expander("What it does, rewards and overlooks"):
        lines = [selector.says, f"**Rewards:** {selector.rewards}", f"**Overlooks:** {selector.overlooks}"]
        lines.append(f"**Guarantee, without limits:** {selector.guarantee or 'none is proven.'}")
        lines.append(f"**Cost:** {selector.cost}. **Source:** {selector.source}.")
        st.caption("\n\n".join(lines))
