"""Naming a causal language model: the proxy, or one of the user's own by folder or hub name."""

import streamlit as st

from core.errors import UserError
from core.lm import PROXY

from . import state
from .words import plain

_KINDS = {"proxy": "The proxy", "own": "A model of your own"}
OF_THE_PROXY = (
    "The proxy is a small model that is trained on these rows themselves, within minutes and without any download. It "
    "is for trying things and for what is hard beside what; it is no judge of how your model will fare."
)


def choose_model(key: str, *, proxy: bool = True, help: str, usual: str = PROXY) -> str:
    """The name of the model that is wanted; "" while none is named, or where the name is refused with a sentence.

    Args:
        key: of the widgets, which keep what was chosen under it.
        proxy: whether the proxy is offered; else a name is asked for.
        help: what the model is wanted for.
        usual: what is chosen at first, such as the name of the last time.
    """
    kind = "own"
    if proxy:
        kind = st.radio(
            "Model",
            list(_KINDS),
            index=int(usual != PROXY),
            format_func=_KINDS.__getitem__,
            key=f"{key}:kind",
            horizontal=True,
            help=help,
        )
    if kind == "proxy":
        st.caption(OF_THE_PROXY)
        return PROXY
    given = st.text_input(
        "Folder or hub name",
        value="" if usual == PROXY else usual,
        placeholder="models/my-llm, or org/model",
        key=f"{key}:name",
        help=f"{help} A folder that holds a causal language model of `transformers`, or its name on the hub: "
        "`org/model` or `org/model@revision`. It is loaded in the worker process and freed when the work ends.",
    ).strip()
    try:
        state.check_model(given)
    except UserError as error:
        st.error(plain(error, 600), icon=":material/error:")
        return ""
    return given
