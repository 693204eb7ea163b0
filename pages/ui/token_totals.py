"""How many tokens the rows have, where they were counted, and a button that counts them."""

import streamlit as st

from core.study import Study
from core.token_counts import known_counts
from core.workspace import Entry

from . import state
from .jobs import show_job
from .words import count, number


def draw(entry: Entry, study: Study, tokenizer: str | None, budget: int) -> bool:
    """What is known of the tokens of all rows beside the budget of them; whether they are known."""
    found = known_counts(study, tokenizer)
    if found is not None:
        total = int(found.sum())
        share = f"{number(100 * budget / total)} % of them" if total > budget else "all of them"
        mean = number(total / len(found))
        st.caption(
            f"The {count(len(found), 'row')} have {count(total, 'token')}: {mean} each on average, {found.min():,} to "
            f"{found.max():,}. The budget is {share}."
        )
        return True
    args = {"dataset": entry.dataset, "setup": entry.key, "tokenizer": tokenizer}
    job = state.job("tokens", args)
    if job is not None and job.state != "done":
        show_job(job.id, place="tokens")
        return False
    words, button = st.columns([2, 1], vertical_alignment="center")
    words.caption("Tokens are not counted yet: what they forbid is said as the work begins, before anything is chosen.")
    if button.button("Count them now", width="stretch", key="count tokens"):
        state.jobs().submit("tokens", f"Count the tokens of {entry.name}"[:120], **args)
        state.jobs().ensure_worker()
        st.rerun()
    return False
