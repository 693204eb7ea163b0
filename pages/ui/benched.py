"""What a bench found, on the page: a table beside chance, metrics by budget, ranks, and rows in common."""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.bench_words import bench_sentences, how_judged, no_better_than_chance, refusals
from core.benched import LABELS, Bench
from core.figures import Line, bench_lines, overlap_map, rank_dots
from core.memory import in_words
from core.metrics import METRICS
from core.selectors import SELECTORS

from .theme import plot, theme
from .words import cell, count, number, plain

_SIGNS = {"above": " ▲", "within": " =", "below": " ▼", None: ""}


def draw(found: Bench, key: str) -> None:
    """The answer first: who is better than chance."""
    _answer(found)
    budget = 0
    if len(found.budgets) > 1:
        names = list(found.budgets)
        chosen = st.segmented_control("Budget", names, default=names[-1], key=f"bench at:{key}")
        budget = names.index(chosen) if chosen in names else len(names) - 1
    _table(found, budget)
    left, right = st.columns(2, gap="large")
    with left:
        _by_budget(found, key)
    with right:
        _ranks(found, key)
        ran = [at for at, runs in enumerate(found.runs) if runs[budget]]
        shares = found.overlaps[budget][np.ix_(ran, ran)]
        plot(overlap_map([found.contenders[at].name for at in ran], shares, theme()), key=f"alike:{key}")
        st.caption(
            f"Rows in common at {plain(found.budgets[budget])}, as a share of a subset's rows; where there are several "
            f"seeds, the mean over all pairs. Two random subsets share {found.overlaps[budget, 0, 0]:.1%}."
        )
    for sentence in refusals(found):
        st.warning(plain(sentence, 400), icon=":material/rule:")
    for name, reason in found.unmeasured.items():
        st.warning(f"{METRICS[name].title}: {plain(reason, 400)}", icon=":material/rule:")
    with st.expander("In words", icon=":material/notes:"):
        st.markdown("\n".join(f"- {plain(sentence, 1500)}" for sentence in bench_sentences(found)))
        st.caption(plain(how_judged(found), 600))
        st.download_button(
            "All numbers as JSON",
            lambda: json.dumps(found.as_json(), ensure_ascii=False),
            file_name="bench.json",
            mime="application/json",
            key=f"bench json:{key}",
            icon=":material/download:",
        )


def _answer(found: Bench) -> None:
    """One line on which selectors beat chance at some budget, and which at none."""
    names: dict[bool, list[str]] = {True: [], False: []}
    for number_of, contender in enumerate(found.contenders[1:], 1):
        at = [budget for budget in range(len(found.budgets)) if found.verdicts(number_of, budget)]
        if at:
            poor = all(no_better_than_chance(found, number_of, budget) for budget in at)
            names[poor].append(contender.name)
    if names[False]:
        st.markdown(f"**Above chance on some metric:** {plain(', '.join(names[False]), 600)}.")
    if names[True]:
        st.warning(
            f"No better than chance, on any metric at any budget: {plain(', '.join(names[True]), 600)}.",
            icon=":material/casino:",
        )


def _table(found: Bench, budget: int) -> None:
    ranks = found.ranks(budget)
    rows = []
    for at, contender in enumerate(found.contenders):
        runs = found.runs[at][budget]
        if not runs:
            continue
        verdicts = list(found.verdicts(at, budget).values())
        above = f"{verdicts.count('above')} of {len(verdicts)}" if at else "is chance"
        peaks = [run.peak for run in runs if run.peak is not None]
        row: dict[str, Any] = {"Selector": cell(contender.name), "Above chance": above}
        row["Rank"] = round(ranks[at].mean, 1) if at in ranks else None
        measures = sorted(found.measures, key=lambda name: name != LABELS)
        row |= {_title(found, name): _value(found, at, budget, name) for name in measures}
        row |= {
            "Rows": round(sum(run.rows for run in runs) / len(runs)),
            "Runs": len(runs),
            "Seconds": round(sum(run.seconds for run in runs) / len(runs), 2),
            "Memory": in_words(max(peaks)) if peaks else "not seen",
        }
        rows.append(row)
    ordered = sorted(rows, key=lambda row: row["Rank"] if row["Rank"] is not None else math.inf)
    help_ = {
        "Rank": st.column_config.NumberColumn(help="Mean rank over the metrics; 1 is the most diverse.", format="%.1f"),
        "Seconds": st.column_config.NumberColumn(help="Of choosing, the mean of the runs.", format="%.2f"),
        "Memory": st.column_config.TextColumn(
            help="The peak above the start of the choosing; not seen where the choice had been made before."
        ),
        "Selector": st.column_config.TextColumn(width=150, pinned=True),
    }
    st.dataframe(pd.DataFrame(ordered), hide_index=True, height="content", column_config=help_)
    random = len(found.runs[0][0])
    st.caption(
        f"▲ above chance, = within it, ▼ below it: beyond all {random} random subsets of its size, with every run. "
        f"Means of the runs; of Random lowest to highest. {plain(found.study)}, {count(found.pool, 'row')}, reference: "
        f"{plain(found.reference)}."
    )


def _value(found: Bench, contender: int, budget: int, measure: str) -> str:
    values = found.values(contender, budget, measure)
    if not values:
        return "no value"
    if not contender:
        low, high = number(min(values)), number(max(values))
        return low if low == high else f"{low} to {high}"
    return f"{number(sum(values) / len(values))}{_SIGNS[found.verdict(contender, budget, measure)]}"


def _title(found: Bench, measure: str) -> str:
    if measure == LABELS:
        return str(cell(f"{found.label} (of {found.label_values:,})"))
    return METRICS[measure].title


def _by_budget(found: Bench, key: str) -> None:
    measure = st.selectbox(
        "By budget", found.measures, format_func=lambda name: _title(found, name), key=f"bench metric:{key}"
    )
    places = sorted(SELECTORS)
    lines = []
    for at, contender in enumerate(found.contenders[1:], 1):
        ends = [_ends(found.values(at, budget, measure)) for budget in range(len(found.budgets))]
        if any(math.isfinite(mean) for mean, _, _ in ends):
            lines.append(Line(contender.name, places.index(contender.selector), *zip(*ends, strict=True)))
    band = [_ends(found.values(0, budget, measure))[1:] for budget in range(len(found.budgets))]
    better = METRICS[measure].better if measure in METRICS else "higher"
    words = _finding(found, measure)
    how = {"better": better, "axis": _title(found, measure)}
    plot(bench_lines(found.budgets, band, lines, theme(), words, **how), key=f"bench lines:{key}")


def _ends(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean, lowest and highest."""
    known = [value for value in values if math.isfinite(value)]
    return (sum(known) / len(known), min(known), max(known)) if known else (math.nan, math.nan, math.nan)


def _finding(found: Bench, measure: str) -> str:
    last = len(found.budgets) - 1
    verdicts = [found.verdict(at, last, measure) for at in range(1, len(found.contenders))]
    known = [word for word in verdicts if word is not None]
    words = f"{known.count('above')} of {len(known)} selectors are above chance at {found.budgets[last]}"
    return words + (f", {known.count('below')} below it" if "below" in known else "")


def _ranks(found: Bench, key: str) -> None:
    ranks = found.ranks()
    if not ranks:
        return
    numbers = list(ranks)
    names = [found.contenders[at].name for at in numbers]
    values = [(ranks[at].mean, ranks[at].low, ranks[at].high) for at in numbers]
    figure = rank_dots(names, values, theme(), random=numbers.index(0) if 0 in numbers else None)
    plot(figure, key=f"bench ranks:{key}")
    st.caption(
        f"Over {count(len(found.metrics), 'metric')} and {count(len(found.budgets), 'budget')}; the bar holds 95 % of "
        "what drawing the runs anew gives. A selector of one run has no spread of its own."
    )
