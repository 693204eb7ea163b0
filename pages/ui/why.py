"""Beside a row that was clicked: why it was chosen, or which chosen row stands for it."""

import streamlit as st

from core.row_values import kept_values
from core.selectors import SELECTORS
from core.study import Study
from core.why import Reason, reason

from .chosen import Chosen
from .steps import in_words
from .words import count, number, plain, sound


def draw(study: Study, found: Chosen | None, row: int) -> None:
    """Rank, gain and nearest row before it of a chosen row; of another one the chosen row that covers it."""
    if found is None:
        return
    why = reason(study, found.selection, row)
    with st.container(border=True, key=f"why:{row}"):
        chosen = why.rank is not None
        st.markdown(f"**{'Why it was chosen' if chosen else 'Why it was left out'}**")
        lines = _chosen(study, found, why) if chosen else _left_out(study, found, why, row)
        lines += _about(study, found, row)
        st.markdown("\n".join(f"- {line}" for line in lines))
        if why.nearest is not None and study.texts is not None:
            st.caption("The nearest row chosen before it" if chosen else "The chosen row that covers it")
            st.code(sound(study.texts[why.nearest][:2000]), language=None, wrap_lines=True)


def _chosen(study: Study, found: Chosen, why: Reason) -> list[str]:
    assert why.rank is not None
    choice = found.recipe.choice
    lines = [f"Rank {why.rank:,} of {count(len(found.selection), 'row')}"]
    if choice.must and why.rank <= len(study.rows_of(choice.must)):
        lines.append("It is one of the must-have rows, which come first.")
    if why.gain is not None:
        lines.append(f"Gain {number(why.gain)}: {plain(SELECTORS[found.selection.selector].gain)}")
    if why.nearest is None:
        return [*lines, "No row was chosen before it."]
    return [*lines, f"Nearest row chosen before it: {_named(study, why)}"]


def _left_out(study: Study, found: Chosen, why: Reason, row: int) -> list[str]:
    choice, mine = found.recipe.choice, str(study.ids[row])
    lines = _by_a_step(study, found, row)
    if mine in map(str, choice.never):
        lines.append("It is one of the must-not rows.")
    if mine in map(str, choice.owned):
        lines.append("You have it already.")
    if why.nearest is None:
        return lines
    return [*lines, f"Covered by {_named(study, why)}"]


def _by_a_step(study: Study, found: Chosen, row: int) -> list[str]:
    """The step before the choice that left the row out, where one did."""
    steps = found.recipe.steps
    gone = study.follow(found.recipe).gone if len(steps) > 1 else None
    if gone is None or not 0 < gone[row] < len(steps):
        return []
    return [f"Left out by step {gone[row]}: {in_words(steps[gone[row] - 1])}"]


def _named(study: Study, why: Reason) -> str:
    assert why.nearest is not None
    assert why.distance is not None
    place = study.positions[why.nearest] + 1
    return f"row {place:,}, id {plain(study.ids[why.nearest], 60)}, at cosine distance {number(why.distance)}"


def _about(study: Study, found: Chosen, row: int) -> list[str]:
    """Its cluster, where clusters are known, and its scores."""
    clusters = kept_values(study, "cluster")
    lines = [] if clusters is None else [f"Cluster: {plain(clusters[row], 60) or 'none'}"]
    if study.dataset is None:
        return lines
    columns = [quality.column for quality in study.dataset.roles.quality]
    if found.recipe.choice.quality:
        columns.insert(0, found.recipe.choice.quality[0])
    for column in dict.fromkeys(columns):
        value = study.dataset.numbers(column)[study.positions[row]]
        lines.append(f"{plain(column, 60)}: {number(float(value)) if value == value else 'no score'}")
    return lines
