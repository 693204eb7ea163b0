"""Where long work is done: a line in the sidebar, and a choice where whoever started the app named a Ray cluster."""

import streamlit as st

from core.engines.of_home import HOW, choose, chosen, cluster
from core.jobs import Job

from . import state
from .words import plain


def draw() -> None:
    """Where what is asked for next is done, for all who use this server."""
    address = cluster()
    if address is None:
        st.caption("Work is done on this machine", help=plain(HOW))
        return
    now = chosen(state.store())
    names = {
        "local": "This machine",
        "ray": "Ray, the cluster that this machine is part of" if address == "auto" else f"Ray at {plain(address, 60)}",
    }
    where = "Ray" if now == "ray" else "this machine"
    with st.popover(f"Work is done on {where}", icon=":material/lan:", type="tertiary"):
        key = f"engine:{now}"
        st.radio(
            "Where long work is done",
            list(names),
            index=list(names).index(now),
            format_func=names.__getitem__,
            key=key,
            on_change=_choose,
            args=(key,),
        )
        st.caption(
            "For everybody who uses this server. Results are the same. Ray does embedding, passes over all pairs of "
            "rows, k‑means and the large selectors; all else is done here. Work that waits or runs stays where it was "
            "asked for."
        )


def of(job: Job) -> str:
    """Where a job is done, to be put behind its progress; nothing where that is here."""
    return " · Ray" if job.engine == "ray" else ""


def beside_estimate() -> str:
    """What to add to a time that was found on this machine."""
    return " Ray shares that out among its processors." if chosen(state.store()) == "ray" else ""


def instead(job: Job) -> str:
    """What else can be done about a job that has failed; nothing where it was done here."""
    here = " To do it on this machine instead, choose that at *Work is done on* in the sidebar and try again."
    return "" if job.engine == "local" else here


def _choose(key: str) -> None:
    choose(state.store(), st.session_state[key])
