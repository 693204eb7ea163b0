"""The rounds of a refinement: weights as they flow, clusters in numbers, and each round's rows with the reason."""

import math
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.figures import cluster_weights
from core.refinement import Account, Refinement, drawn_rows
from core.study import Study

from .rows import row_table
from .theme import plot, theme
from .words import cell, cells, count, number, plain

_PAGE = 500  # rows of a page of the table
_NAMED = 40  # poor clusters that are listed


def weights(found: Refinement, key: str) -> None:
    """The weights of all rounds as a figure."""
    sizes = np.bincount(found.labels, minlength=found.clusters)
    figure = cluster_weights(found.names, [each.weights for each in found.rounds], sizes, theme())
    plot(figure, key=f"weights:{key}:{len(found.rounds)}")


def draw(study: Study | None, found: Refinement, told: Account, key: str) -> None:
    """The time line: one round at a time, its clusters and its rows. Without the study there are no texts."""
    if study is None:
        weights(found, key)
    st.subheader("Rounds", anchor=False)
    numbers = [each.number for each in told.rounds]
    chosen = numbers[-1]
    if len(numbers) > 1:
        picked = st.segmented_control(
            "Round",
            numbers,
            default=numbers[-1],
            format_func=lambda each: f"Round {each}",
            key=f"round:{key}:{len(numbers)}",
            label_visibility="collapsed",
        )
        chosen = picked or numbers[-1]
    st.markdown(_sentence(told, chosen))
    feedback = found.rounds[chosen - 1].feedback
    for note in feedback.how.get("notes", ()) if feedback is not None else ():
        st.caption(f":material/info: {plain(note, 400)}")
    clusters, rows = st.tabs(["Clusters", "Rows drawn"])
    with clusters:
        st.dataframe(
            _table(told, chosen), hide_index=True, height=min(460, 38 + 35 * found.clusters), column_config=_COLUMNS
        )
        _poor(told)
    with rows:
        _rows(study, found, chosen, key)


def _sentence(told: Account, number_of: int) -> str:
    each = told.rounds[number_of - 1]
    drawn = sum(share > 0 for share in each.shares)
    every = len(each.shares)
    words = f"{count(each.drawn, 'row')} from {'all' if drawn == every else f'{drawn:,} of'} {count(every, 'cluster')}."
    if not each.told:
        return f"{words} Its feedback is awaited."
    return f"{words} Feedback: {plain(each.told, 200)}, {count(each.scored, 'row')}, mean gap {number(each.gap)}."


_COLUMNS: dict[str, Any] = {
    "Cluster": st.column_config.TextColumn(width=220, pinned=True),
    "Rows": st.column_config.NumberColumn(help="That can be drawn.", format="%d"),
    "Weight": st.column_config.TextColumn(help="With which it went into this round; all weights sum to 100 %."),
    "Moved": st.column_config.TextColumn(help="Against the round before."),
    "Drawn": st.column_config.NumberColumn(help="Rows of this round.", format="%d"),
    "So far": st.column_config.NumberColumn(help="Rows of this round and those before.", format="%d"),
    "Coverage": st.column_config.TextColumn(help="The share of its rows that is drawn so far."),
    "Mean gap": st.column_config.TextColumn(
        help="Of its rows that this round's feedback scores: how much better the data's answer is than the model's. "
        "High gaps gain weight."
    ),
    "Scored": st.column_config.NumberColumn(help="Its rows that this round's feedback scores.", format="%d"),
    "Mean score": st.column_config.TextColumn(help="Of the column Quality, turned so that higher is better."),
    "Poor": st.column_config.TextColumn(
        help="yes: its mean gap in the last scored round is below that of all scored rows, or its mean score below the "
        "mean of all rows."
    ),
}


def _table(told: Account, number_of: int) -> pd.DataFrame:
    at = number_of - 1
    rows = []
    for each in sorted(told.clusters, key=lambda each: (-each.weights[at], -each.rows)):
        so_far = sum(each.drawn[: at + 1])
        moved = 100 * (each.weights[at] - each.weights[at - 1]) if at else 0.0
        row: dict[str, Any] = {
            "Cluster": cell(each.name),
            "Rows": each.rows,
            "Weight": f"{100 * each.weights[at]:.3g} %",
            "Moved": f"{'▲' if moved > 0 else '▼'} {abs(moved):.2g}" if abs(moved) > 1e-9 else "",
            "Drawn": each.drawn[at],
            "So far": so_far,
            "Coverage": f"{100 * so_far / each.rows:.3g} %" if each.rows else "",
            "Mean gap": "" if math.isnan(each.gaps[at]) else number(each.gaps[at]),
            "Scored": each.scored[at],
        }
        row |= {} if math.isnan(each.quality) else {"Mean score": number(each.quality)}
        rows.append(row | {"Poor": "yes" if each.poor else ""})
    empty = [] if at else ["Moved", "So far"]
    empty += [] if told.rounds[at].told else ["Mean gap", "Scored"]
    return pd.DataFrame(rows).drop(columns=empty)


def _poor(told: Account) -> None:
    if not told.poor:
        return
    many = len(told.poor)
    words = f"{many:,} of {count(len(told.clusters), 'cluster')} {'is' if many == 1 else 'are'} poor, by gap or score"
    with st.expander(words):
        lines = [f"- **{plain(each.name, 60)}**: {plain(each.poor, 200)}" for each in told.poor[:_NAMED]]
        lines += [f"- and {many - _NAMED:,} more, marked in the table"] if many > _NAMED else []
        st.markdown("\n".join(lines))
        st.caption(
            "Such clusters may hold rows that teach little: look at their rows. kMQ gives them less by itself, by "
            "score within a cluster and by gap between clusters."
        )


def _rows(study: Study | None, found: Refinement, number_of: int, key: str) -> None:
    pages = -(-len(found.rounds[number_of - 1].rows) // _PAGE)
    page = 1
    if pages > 1:
        page = int(st.number_input(f"Page of {pages:,}", 1, pages, key=f"drawn page:{key}:{number_of}"))
    shown = drawn_rows(found, number_of, study, some=slice((page - 1) * _PAGE, page * _PAGE))
    extra: dict[str, Any] = {"cluster": [cell(found.names[each.cluster]) for each in shown]}
    if found.plan.quality is not None and study is not None:
        sign = 1 if found.plan.quality[1] else -1  # as the column has it
        extra["score"] = [sign * each.quality for each in shown]
    gaps = found.rounds[number_of - 1].feedback
    if gaps is not None:
        extra["gap"] = [gaps.gaps.get(each.row, math.nan) for each in shown]
    extra["why"] = [each.why for each in shown]
    if study is None:
        table = {"row": [each.row + 1 for each in shown], "id": cells(each.id for each in shown)} | extra
        st.dataframe(pd.DataFrame(table), hide_index=True)
        return
    places = np.searchsorted(study.positions, [each.row for each in shown])
    row_table(study, places, f"drawn:{key}:{number_of}", extra=extra)
