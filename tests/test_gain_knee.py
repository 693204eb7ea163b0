"""The knee of the gains: worked by hand, beside a slow search, and only where there is one that stands."""

import numpy as np
import pytest

from core.figures import Theme, gain_curve
from core.gain_knee import gain_knee
from core.geometry import Space
from core.selectors import select


def two_lines(first=20, second=80):
    """Gains that fall from 10 to 2 over the first rows, and to 1 over the others."""
    return np.concatenate([np.linspace(10, 2, first, endpoint=False), np.linspace(2, 1, second)])


def test_the_knee_of_two_lines_is_where_they_meet():
    gains = two_lines()
    found = gain_knee(gains)
    assert found is not None
    assert found.rows == 21, "the first row of the second line"
    assert found.before == pytest.approx(gains[:21].mean())
    assert found.after == pytest.approx(gains[21:].mean())
    assert found.low <= 21 <= found.high
    words = f"Gains fall fast up to 21 rows ({found.low} to {found.high}) and slowly beyond: a row brought 6 on average"
    assert found.in_words().startswith(words)


def test_its_range_is_that_of_the_knees_without_each_tenth():
    gains = two_lines()
    knees = []
    for part in np.array_split(np.arange(100), 10):
        size, value = np.delete(np.arange(1, 101), part), np.delete(gains, part)
        line = value[0] + (value[-1] - value[0]) * (size - size[0]) / (size[-1] - size[0])
        knees.append(int(size[np.argmax(line - value)]))
    found = gain_knee(gains)
    assert found is not None
    assert (found.low, found.high) == (min([21, *knees]), max([21, *knees]))
    assert found.low < found.high


def test_first_rows_without_a_gain_count_as_rows():
    found = gain_knee(np.concatenate([[np.nan, np.inf], two_lines()]))
    assert found is not None
    assert found.rows == 23


@pytest.mark.parametrize(
    "gains",
    [
        np.linspace(5, 1, 100),  # a straight line
        np.full(100, 2.0),
        np.linspace(1, 5, 100) ** 2,  # rising
        np.random.default_rng(0).random(100),
        two_lines()[:15],  # few
        two_lines() + 40,  # a bend that hardly matters
        np.full(50, np.nan),
        -(np.linspace(0, 1, 100) ** 4),  # falls ever faster
        np.tile(two_lines(5, 20), 4),  # four falls, one after the other
    ],
)
def test_gains_without_a_knee_have_none(gains):
    assert gain_knee(gains) is None


def test_small_ups_and_downs_move_it_little():
    noise = 0.1 * np.random.default_rng(0).normal(size=100)
    found = gain_knee(two_lines() + noise)
    assert found is not None
    assert abs(found.rows - 21) <= 3


def test_farthest_first_over_groups_bends_where_every_group_has_its_row():
    rng = np.random.default_rng(0)
    rows = np.repeat(rng.normal(size=(30, 24)), 20, axis=0) + 0.02 * rng.normal(size=(600, 24))
    found = gain_knee(select("k_center", Space(rows), 120).gains)
    assert found is not None
    assert found.low <= 31 <= found.high, "the first row whose group has one already"


def test_the_figure_rings_the_knee_at_its_height_with_its_range():
    gains = two_lines()
    figure = gain_curve(gains, "distance", Theme.light(), knee=(21, 18, 30))
    line, ring = figure.data
    assert (ring.x[0], ring.y[0]) == (21, pytest.approx(gains[20]))
    assert (ring.error_x.array[0], ring.error_x.arrayminus[0]) == (9, 3)
    assert "knee: 21 rows (18 to 30)" in ring.hovertemplate
    assert len(gain_curve(gains, "distance", Theme.light()).data) == 1
    assert len(line.x) == 100
