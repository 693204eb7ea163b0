"""What metrics and selectors are, in the words of their own declarations."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.metrics import Axiom, Metric
from core.params import Param
from core.promises import PROMISES, conditions, promised
from core.selectors import Selector

from .words import number

_MARKS = {True: "✓ yes", False: "✗ no", None: "does not apply"}


def metrics(shown: Sequence[Metric]) -> None:
    """Each metric folded away under its title."""
    for metric in shown:
        with st.expander(metric.title):
            one_metric(metric)


def one_metric(metric: Metric) -> None:
    """Formula, range, source, and what a metric rewards, overlooks and promises."""
    st.markdown(f"{metric.says} **{metric.direction.capitalize()}.**")
    st.latex(metric.formula)
    facts = {
        "Unit": metric.unit,
        "Range": metric.range,
        "Floor": f"{number(metric.floor)}, the value of one row however often it is repeated"
        if math.isfinite(metric.floor)
        else "",
        "Rewards": metric.rewards,
        "Overlooks": metric.overlooks,
        "Size": metric.size,
        "Length of texts": metric.length,
        "Cost": metric.cost,
        "Reference": "taken against a reference set" if "reference" in metric.needs else "needs none",
        "Value of each row": f"{metric.row_title} (`{metric.row_name}`)" if metric.row_name else "",
        "Promises": _promised(metric),
        "Source": metric.source,
        "Whose value": metric.matches,
    }
    st.markdown("\n".join(f"- {title}: {words}" for title, words in facts.items() if words))
    _params(metric.params)


def _promised(metric: Metric) -> str:
    kept = ", ".join(promise.title.lower() for axiom, promise in PROMISES.items() if axiom in metric.obeys) or "none"
    return f"{kept} ({conditions(metric)})" if metric.only else kept


def _mark(metric: Metric, axiom: Axiom) -> str:
    return _MARKS[promised(metric, axiom)] + (" *" if axiom in metric.only else "")


def selectors(shown: Sequence[Selector]) -> None:
    """Each selector folded away under its title."""
    for selector in shown:
        with st.expander(selector.title):
            st.markdown(selector.says)
            facts = {
                "Rewards": selector.rewards,
                "Overlooks": selector.overlooks,
                "Proven, without limits": selector.guarantee,
                "Gain of a pick": selector.gain or "none",
                "A smaller budget is the beginning of a larger one": "yes" if selector.nested else "no",
                "Exact copies": "put last before it chooses" if selector.claims_diversity else "chosen like other rows",
                "Cost": selector.cost,
                "Source": selector.source,
            }
            st.markdown("\n".join(f"- {title}: {words}" for title, words in facts.items() if words))
            _params(selector.params)


def promises(shown: Sequence[Metric]) -> None:
    """What each metric promises, as a table: every promise is tested, and each that is not made fails somewhere."""
    rows = [
        {"Metric": metric.title} | {promise.title: _mark(metric, axiom) for axiom, promise in PROMISES.items()}
        for metric in shown
    ]
    columns: dict[str, Any] = {
        promise.title: st.column_config.TextColumn(help=promise.words) for promise in PROMISES.values()
    }
    columns["Metric"] = st.column_config.TextColumn(width=180, pinned=True)
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", column_config=columns)
    conditional = [f"- {metric.title}: {conditions(metric)}." for metric in shown if metric.only]
    if conditional:
        st.markdown("\n".join(["\\* At some parameters only:", "", *conditional]))
    st.markdown("\n".join(f"- **{promise.title}**: {promise.words}" for promise in PROMISES.values()))
    st.caption(
        "With one reference. Each yes is tested to hold on every test set, at the defaults and at other parameters, "
        "each no to fail on at least one. A metric of texts knows neither turning nor distance."
    )


def _params(params: Mapping[str, Param]) -> None:
    if not params:
        return
    rows = [
        {"Parameter": param.name, "Default": str(param.default), "May be": param.allowed, "What it does": param.help}
        for param in params.values()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
