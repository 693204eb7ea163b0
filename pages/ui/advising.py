"""How many rows are enough: the rise of coverage with its knee, the advice in a sentence, and the selector's gains."""

import numpy as np
import streamlit as st

from core.advice import Coverage, enough, in_words, kept_curve, knee_of
from core.errors import UserError
from core.figures import coverage_rise, gain_curve
from core.gain_knee import gain_knee
from core.selectors import SELECTORS
from core.study import Study

from .chosen import Chosen
from .theme import plot, theme
from .words import count

_LEAST = 0.5  # percent of coverage below which further rows are said to add little


def draw(study: Study, found: Chosen) -> None:
    """The advice, with the number that it turns on, and the curves that it is read from."""
    curve = _curve(study, found)
    if curve is None:
        st.caption("How coverage rises was not found for this selection, or was cleaned away. Choose again to see it.")
    elif len(curve.sizes) > 1:
        _coverage(curve, owned=bool(found.recipe.choice.owned))
    gains, selector = found.selection.gains, SELECTORS[found.selection.selector]
    if np.isfinite(gains).any():
        bend = gain_knee(gains)
        mark = None if bend is None else (bend.rows, bend.low, bend.high)
        plot(gain_curve(gains, selector.gain, theme(), knee=mark), key="gains")
        if bend is not None:
            st.markdown(f"**{bend.in_words()}**")
        st.caption(
            f"Gain of a row: {selector.gain}."
            + ("" if bend is None else " The ring is the knee, with its range when any tenth of the picks is left out.")
        )
    else:
        st.caption("This selector has no gain: it does not weigh rows against those already chosen.")


def _curve(study: Study, found: Chosen) -> Coverage | None:
    try:
        owned = study.rows_of(found.recipe.choice.owned)
    except UserError:  # ids by another column now
        return None
    return kept_curve(study, found.selection, owned=owned)


def _coverage(curve: Coverage, *, owned: bool) -> None:
    words, number = st.columns([3, 1], vertical_alignment="bottom")
    least = number.number_input(
        "Little is under (%)",
        0.001,
        100.0,
        _LEAST,
        0.1,
        format="%.3g",
        key="little",
        help="Percent of coverage that further rows must add to be worth it.",
    )
    advised = enough(curve, least / 100)
    with words:
        st.markdown(f"**{in_words(curve, advised, least / 100)}**")
    bend = knee_of(curve)
    assert bend.rows is not None
    assert bend.low is not None
    assert bend.high is not None
    low, high = curve.band
    size = None if advised.rows is None or advised.low is None else (advised.rows, advised.low, advised.high)
    title = f"Coverage bends at {count(bend.rows, 'row')} ({bend.low:,} to {bend.high:,})"
    marks = {"knee": (bend.rows, bend.low, bend.high), "enough": size}
    plot(coverage_rise(curve.sizes, curve.mean, low, high, theme(), title, **marks), key="coverage")
    mean_of = "the pool's rows" if curve.anchors == curve.rows else f"{curve.anchors:,} seeded rows of {curve.rows:,}"
    st.caption(
        f"Coverage: mean over {mean_of} of the highest cosine to one of the first rows chosen"
        f"{' or to one that you have' if owned else ''}; 100 % when all are chosen. The ring is the knee, where the "
        "curve is highest above the line between its ends; the dotted line is the number of rows advised, in grey its "
        "95 % interval (200 bootstrapped pools, the same picks)."
    )
