"""Quality against diversity on the Select page: one selector by its weight, and what moves between two weights."""

import itertools
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core import work
from core.budget import Budget
from core.choice import Choice
from core.errors import UserError
from core.figures import Spot, frontier_curve
from core.frontier import MOST, frontier, weighted
from core.frontier_points import Frontier, Point
from core.frontier_words import frontier_sentences, length_sentences
from core.jobs import Job
from core.kept import kept
from core.metrics import METRICS
from core.selectors import SELECTORS
from core.study import Study
from core.workspace import Entry

from .rows import row_table
from .tab_jobs import answer, latest, missing_policy, submit
from .theme import plot, theme
from .words import cell, count, number, plain

_SHOWN = 200  # rows that enter or leave


def draw(entry: Entry, study: Study) -> None:
    """How much diversity more quality costs, and the other way round."""
    st.markdown(
        "Some selectors have a weight between quality and diversity. Here one chooses at several weights: the frontier "
        "holds the choices that no other one beats in both."
    )
    if study.dataset is None or not study.dataset.roles.quality:
        st.info("Give a column of scores the role Quality on the Data page.", icon=":material/arrow_forward:")
        st.page_link("pages/1_Data.py", label="Roles of columns", icon=":material/table_rows:")
        return
    job = latest("frontier", "f", entry, study)
    found = answer(
        job,
        lambda: _controls(entry, study, job),
        lambda args: kept(frontier, study, **work.frontier_args(args)),
        "The data was set up otherwise since that was found. Find it again.",
    )
    if job is not None and found is not None:
        _result(study, found, job.id)


def _controls(entry: Entry, study: Study, shown: Job | None) -> None:
    before: Mapping[str, Any] = shown.args if shown else {}
    earlier = Choice.from_json(before["choice"]) if before else None
    key = shown.id if shown else ""
    names = weighted()
    scores = {each.column: each.higher_is_better for each in study.dataset.roles.quality} if study.dataset else {}
    with st.expander("Selector, quality, budget and metric", expanded=shown is None, icon=":material/tune:"):
        places = [*st.columns(2), *st.columns(2)]
        name = places[0].selectbox(
            "Selector",
            names,
            index=names.index(earlier.selector) if earlier else names.index("qdit"),
            format_func=lambda each: SELECTORS[each].title,
            key=f"frontier selector:{key}",
        )
        usual = earlier.quality[0] if earlier and earlier.quality else ""
        column = places[1].selectbox(
            "Quality",
            list(scores),
            index=list(scores).index(usual) if usual in scores else 0,
            key=f"frontier quality:{key}",
        )
        budget = places[2].text_input(
            "Budget", earlier.budget if earlier else "10%", key=f"frontier budget:{key}", help="500, 10% or 200k tokens"
        )
        offered = study.measurable()
        metric = places[3].selectbox(
            "Diversity",
            offered,
            index=offered.index(before.get("metric", "novelsum")),
            format_func=lambda each: METRICS[each].title,
            key=f"frontier metric:{key}",
        )
        same = earlier is not None and earlier.selector == name
        weights = st.text_input(
            f"Weights ({_weight(name)})",
            ", ".join(f"{weight:g}" for weight in (before.get("weights") if same else None) or ()),
            key=f"frontier weights:{key}:{name}",
            placeholder="where the choice changes most",
            help=f"{SELECTORS[name].params[_weight(name)].help} Empty: up to {MOST}, found by how the choice changes.",
        )
        missing = missing_policy(study, column, earlier.missing if earlier else None, f"frontier missing:{key}")
        Budget.parse(budget)
        values = _numbers(weights)
        words = count(len(values), "weight") if values else f"up to {MOST} weights"
        if st.button(f"Choose at {words}", type="primary", key="frontier"):
            choice = Choice(name, budget.strip(), quality=(column, scores[column]), missing=missing)
            args = {
                "dataset": entry.dataset,
                "setup": entry.key,
                "reference": study.reference_word,
                "choice": choice.as_json(),
                "weights": values or None,
                "metric": metric,
            }
            submit("frontier", "f", f"Frontier of {SELECTORS[name].title} on {entry.name}", args)


def _weight(name: str) -> str:
    weight = SELECTORS[name].weight
    assert weight is not None
    return weight[0]


def _numbers(words: str) -> list[float]:
    try:
        return [float(word) for word in words.split(",") if word.strip()]
    except ValueError as error:
        raise UserError(
            f"Weights are numbers with commas between them, such as 0, 0.5, 1, and not {words!r}."
        ) from error


def _result(study: Study, found: Frontier, key: str) -> None:
    for sentence in length_sentences(found):
        st.warning(plain(sentence, 600), icon=":material/straighten:")
    best = sum(found.pareto)
    spots = _spots(found)
    random = [Spot("Random", point.quality, point.diversity) for point in found.random]
    only = Spot("Quality alone", found.quality_only.quality, found.quality_only.diversity)
    lower = METRICS[found.metric].better == "lower"
    figure = frontier_curve(
        spots,
        random,
        only,
        theme(),
        f"{best} of {count(len(spots), 'weight')} are on the frontier of {found.quality} and diversity",
        quality=f"Mean {found.quality}",
        diversity=METRICS[found.metric].title,
        turned=(found.better == "lower", lower),
    )
    plot(figure, key=f"frontier:{key}")
    st.caption(
        f"{found.title}, {plain(found.budget)} of {count(found.pool, 'row')} of {plain(found.study)}, reference: "
        f"{plain(found.reference)}. Numbers beside the dots are {plain(found.param)}, of which more favours "
        f"{found.favours}; hollow dots are beaten in both by another weight. Further up and right is better."
    )
    said = [sentence for sentence in frontier_sentences(found) if sentence not in length_sentences(found)]
    st.markdown("\n".join(f"- {plain(sentence, 600)}" for sentence in said))
    st.dataframe(_table(found), hide_index=True, height="content")
    _moves(study, found, key)
    st.download_button(
        "All numbers and ids as JSON",
        lambda: json.dumps(found.as_json(study.ids), ensure_ascii=False),
        file_name="frontier.json",
        mime="application/json",
        key=f"frontier json:{key}",
        icon=":material/download:",
    )


def _spots(found: Frontier) -> list[Spot]:
    """A spot for each weight; of several at one place the first has the name of all."""
    spots: list[Spot] = []
    for place, same in itertools.groupby(range(len(found.points)), key=lambda at: _place(found.points[at])):
        numbers = list(same)
        first, last = (f"{found.points[at].weight:.3g}" for at in (numbers[0], numbers[-1]))
        for at in numbers:
            name = (f"{first} to {last}" if first != last else first) if at == numbers[0] else ""
            spots.append(Spot(name, *place, found.pareto[at]))
    return spots


def _place(point: Point) -> tuple[float, float]:
    return point.quality, point.diversity


def _table(found: Frontier) -> pd.DataFrame:
    rows = [
        _row(found, f"{point.weight:.4g}", point) | {"On the frontier": "yes" if is_best else "", "Entered": ""}
        for point, is_best in zip(found.points, found.pareto, strict=True)
    ]
    for at in range(1, len(rows)):
        rows[at]["Entered"] = f"{len(found.between(at - 1, at)[0]):,}"
    rows.append(_row(found, "quality alone", found.quality_only))
    means = [
        float(np.mean([getattr(each, name) for each in found.random])) for name in ("quality", "diversity", "length")
    ]
    rows.append(_row(found, "random, mean", Point(float("nan"), *means, found.random[0].rows)))
    return pd.DataFrame(rows).fillna("")


def _row(found: Frontier, name: str, point: Point) -> dict[str, Any]:
    return {
        found.param: name,
        cell(f"Mean {found.quality}"): number(point.quality),
        METRICS[found.metric].title: number(point.diversity),
        "Characters": number(point.length),
        "Rows": len(point.rows),
    }


def _moves(study: Study, found: Frontier, key: str) -> None:
    st.markdown("**What moves between two weights**")
    weights = list(range(len(found.points)))
    left, right = st.columns(2)
    how: dict[str, Any] = {"format_func": lambda at: f"{found.points[at].weight:.4g}"}
    first = left.selectbox("From", weights, key=f"frontier from:{key}", **how)
    second = right.selectbox("To", weights, index=len(weights) - 1, key=f"frontier to:{key}", **how)
    for place, words, rows in zip(
        (left, right), ("leave", "enter"), reversed(found.between(first, second)), strict=True
    ):
        with place:
            st.markdown(f"{count(len(rows), 'row')} {words}")
            if len(rows):
                row_table(study, rows[:_SHOWN], f"frontier {words}:{key}", pick=False)
            if len(rows) > _SHOWN:
                st.caption(f"The first {_SHOWN:,} in their order of choice.")
