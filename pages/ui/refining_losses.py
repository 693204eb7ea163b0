"""Losses of held-out rows on the Refine page: static, iterative and random choice, in all and by cluster."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.figures import MOST_GROUPS, group_losses, plus_minus
from core.lm import HeldOut
from core.lm.held_out_losses import BASE
from core.refinement import ARMS

from .theme import plot, theme
from .words import cell, count, number, plain


def draw(found: Mapping[str, Any], losses: HeldOut, key: str) -> None:
    """Held-out loss in all and by cluster: a figure, and the numbers with the model as it was before."""
    st.markdown("**Loss of the held-out rows**")
    groups = [int(each) for each in found["held_out_clusters"]]
    names = found["clusters"]
    sizes = {group: groups.count(group) for group in dict.fromkeys(groups)}
    order = sorted(sizes, key=lambda group: -sizes[group])
    arms = {ARMS.get(arm, arm): arm for arm in losses.arms if arm != BASE}
    means = {arm: losses.by_group(arm, groups) for arm in losses.arms}
    totals = {arm: losses.mean(arm) for arm in losses.arms}
    figure = group_losses(
        ["All held-out rows", *(names[group] for group in order)],
        {
            title: [
                (each.value, each.low, each.high) for each in (totals[arm], *(means[arm][group] for group in order))
            ]
            for title, arm in arms.items()
        },
        theme(),
        _finding(losses),
        random=ARMS["random"],
    )
    plot(figure, key=f"losses:{key}")
    if len(order) + 1 > MOST_GROUPS:
        st.caption(
            f"The {MOST_GROUPS - 1} largest of {count(len(order), 'cluster')} are drawn; all are in the numbers."
        )
    rows = []
    for title, size, of in [
        ("All held-out rows", len(groups), totals),
        *((str(cell(names[group])), sizes[group], {arm: means[arm][group] for arm in losses.arms}) for group in order),
    ]:
        row: dict[str, Any] = {"Cluster": title, "Held out": size}
        row |= {"Before training": number(of[BASE].value)} if BASE in of else {}
        rows.append(row | {name: _loss(of[arm]) for name, arm in arms.items()})
    with st.expander("In numbers"):
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            column_config={"Cluster": st.column_config.TextColumn(width=220, pinned=True)},
        )
    seeds = len(losses.seeds)
    st.caption(
        "Mean log-perplexity of the answers, nats a token; lower is better. "
        + (f"Bars are 95 % intervals over {seeds} trainings." if seeds > 1 else "Of one training: no interval.")
    )
    if losses.notes:
        with st.expander("What was cut or could not be trained on"):
            st.markdown("\n".join(f"- {plain(note, 300)}" for note in losses.notes))


def _loss(mean: Any) -> str:
    if math.isnan(mean.value):
        return "no value"
    return number(mean.value) if mean.low is None else plus_minus(mean.value, (mean.high - mean.low) / 2)


def _finding(losses: HeldOut) -> str:
    """Whether the rounds taught more than chance does."""
    if not {"iterative", "random"} <= set(losses.arms):
        return "Held-out loss by cluster"
    apart = losses.difference("iterative", "random")
    if apart.low is None or apart.high is None or apart.low <= 0 <= apart.high:
        return "Iterative and random cannot be told apart in held-out loss"
    return f"Iterative is {'better' if apart.value < 0 else 'worse'} than random in held-out loss"
