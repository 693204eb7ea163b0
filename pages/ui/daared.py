"""What an entropy selection found, on the page: domains, how far the probe can be trusted, rows, and losses."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.daar import Daar, best_arm, domains_of_held_out, outcome_sentences, sentences
from core.figures import MOST_GROUPS, entropy_cloud, group_losses, plus_minus, reliability
from core.lm import HeldOut
from core.study import Study

from .rows import row_table
from .theme import plot, theme
from .words import cell, count, number, plain

_ROWS = 20


def draw(study: Study, found: Daar, losses: HeldOut | None, key: str) -> None:
    """The answer, the domains in every set of rows, the probe, the rows, and the losses where there are some."""
    first, *others = sentences(found)
    st.markdown(f"**{plain(first, 400)}**")
    _shares(found)
    st.markdown("\n".join(f"- {plain(each, 600)}" for each in others))
    if losses is not None:
        _losses(found, losses, key)
    left, right = st.columns(2, gap="large")
    with left:
        title = f"The probe is right about {found.quality.accuracy:.1%} of the rows' domains"
        plot(reliability(found.quality.curve, theme(), title), key=f"daar curve:{key}")
        st.caption(f"Expected calibration error {found.quality.calibration:.3f}, over {count(len(found.pool), 'row')}.")
    with right:
        if len(found.lengths):
            _lengths(found, key)
    _rows(study, found, key)
    _pairs(found)


def _shares(found: Daar) -> None:
    """Domains by sets of rows."""
    columns = {"Domain": [cell(name) for name in found.names], "in the pool": found.shares(found.pool)}
    columns |= {name: found.shares(rows) for name, rows in found.sets.items()}
    shown = {name: st.column_config.NumberColumn(format="percent") for name in columns if name != "Domain"}
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        column_config={**shown, "Domain": st.column_config.TextColumn(pinned=True, width=150)},
    )
    st.caption(
        f"Shares of each domain. Every set has about {count(len(found.chosen), 'row')}; the bins are those highest or "
        "lowest in closeness to other domains (entangled, separated) and to their own (closest, scattered)."
    )


def _lengths(found: Daar, key: str) -> None:
    value = found.quality.with_length
    words = "no value" if value is None else f"{value:.2f}"
    chosen = np.isin(found.pool, found.chosen)
    title = f"Entropy goes with length at a rank correlation of {words}"
    plot(
        entropy_cloud(found.lengths, found.value, chosen, theme(), title, unit=found.quality.unit),
        key=f"daar lengths:{key}",
    )


def _rows(study: Study, found: Daar, key: str) -> None:
    st.subheader("Rows", anchor=False)
    which = st.segmented_control(
        "Rows", ["Least certain", "Most certain"], default="Least certain", key=f"daar rows:{key}",
        label_visibility="collapsed",
    )  # fmt: skip
    rows = found.certain(_ROWS, most=which == "Most certain")
    places = np.searchsorted(found.pool, rows)
    extra: dict[str, Any] = {
        "domain": [cell(found.names[number]) for number in found.domain[rows].tolist()],
        "entropy": [number(float(each)) for each in found.entropy[places]],
    }
    row_table(study, rows, f"daar table:{key}:{which}", extra=extra)


def _pairs(found: Daar) -> None:
    if not found.pairs:
        return
    written = found.plan.source == "written"
    with st.expander("The pairs that the model wrote" if written else "The examples", icon=":material/notes:"):
        frame = [
            {"domain": cell(name), "question": cell(question), "answer": cell(answer)}
            for name, pairs in zip(found.names, found.pairs, strict=True)
            for question, answer in pairs
        ]
        st.dataframe(pd.DataFrame(frame), hide_index=True)


def _losses(found: Daar, losses: HeldOut, key: str) -> None:
    groups = domains_of_held_out(found)
    names = list(dict.fromkeys(groups))
    arms = {
        arm: [(each.value, each.low, each.high) for each in (losses.by_group(arm, groups)[name] for name in names)]
        for arm in losses.arms
    }
    best = best_arm(losses)
    title = (
        f"Trained on {best}, held-out answers are less surprising than after random rows"
        if best
        else "No choice of rows is told apart from random ones by the loss of held-out answers"
    )
    plot(group_losses(names, arms, theme(), title, random="random"), key=f"daar losses:{key}")
    if len(names) > MOST_GROUPS:
        st.caption(f"{MOST_GROUPS} of {count(len(names), 'domain')} are drawn; all are in the numbers.")
    with st.expander("In numbers"):
        by_arm = {arm: [_loss(each) for each in each_of] for arm, each_of in arms.items()}
        table: dict[str, Any] = {"Domain": [cell(name) for name in names], "Held out": [groups.count(n) for n in names]}
        column = st.column_config.TextColumn(width=220, pinned=True)
        st.dataframe(pd.DataFrame(table | by_arm), hide_index=True, column_config={"Domain": column})
    st.markdown("\n".join(f"- {plain(each, 400)}" for each in outcome_sentences(found, losses)))
    for note in losses.notes:
        st.caption(f":material/info: {plain(note, 300)}")


def _loss(found: tuple[float, float | None, float | None]) -> str:
    value, low, high = found
    return number(value) if low is None or high is None else plus_minus(value, (high - low) / 2)
