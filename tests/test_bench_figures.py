"""Figures of the bench and the frontier: what they hold and what their titles find."""

import math

import numpy as np
import pytest

from core.figures import Line, Spot, Theme, bench_lines, frontier_curve, overlap_map, rank_dots
from core.figures.bench_lines import selector_style
from core.selectors import SELECTORS

LIGHT = Theme.light()


def lines():
    return [
        Line("K-center", 0, [2.0, 3.0], [1.5, 2.5], [2.5, 3.5]),
        Line("other", 12, [math.nan, 1.0], [math.nan, 1.0], [math.nan, 1.0]),
    ]


def test_the_band_holds_the_random_values_and_goes_on_beyond_the_budgets():
    band, *_ = bench_lines(["a", "b"], [(1, 2), (2, 3)], lines(), LIGHT, "title").data
    assert max(band.x) > 1
    assert min(band.x) < 0
    assert {pair for pair in zip(band.x, band.y, strict=True) if pair[0] in (0, 1)} == {(0, 1), (0, 2), (1, 2), (1, 3)}


def test_one_budget_has_a_band_too():
    band, *_ = bench_lines(["a"], [(1, 2)], [], LIGHT, "title").data
    assert min(band.y) == 1
    assert max(band.y) == 2
    assert max(band.x) > min(band.x)


def test_a_line_has_its_means_and_reaches_to_the_ends_of_its_runs():
    figure = bench_lines(["a", "b"], [(1, 2), (2, 3)], lines(), LIGHT, "title", better="lower", axis="Distance")
    _, first, second = figure.data
    assert list(first.y) == [2, 3]
    assert list(first.error_y.array) == [0.5, 0.5]
    assert list(second.y) == [None, 1]
    assert second.hovertext[0] == ""
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.yaxis.title.text == "Distance, lower is more diverse"


def test_every_selector_has_a_look_of_its_own():
    looks = [selector_style(place, LIGHT) for place in range(len(SELECTORS))]
    assert len(set(looks)) == len(looks)


def test_overlaps_stand_in_the_cells_and_the_title_names_the_most_alike():
    figure = overlap_map(["a", "b", "c"], np.array([[1, 0.25, 0.5], [0.25, 1, 0.75], [0.5, 0.75, 0.9]]), LIGHT)
    (heat,) = figure.data
    assert heat.text[0][1] == "25%"
    assert figure.layout.title.text.replace("<br>", " ") == "Most alike: b and c, with 75% of their rows in common"


@pytest.mark.parametrize(
    ("ranks", "words"),
    [
        ([(3, 2.5, 3.5), (1, 1, 1.2), (2, 1.5, 2.5)], "b ranks first, its interval apart from all others"),
        ([(3, 2.5, 3.5), (1, 1, 1.6), (2, 1.5, 2.5)], "b ranks first, but its interval meets that of 1 other"),
        ([(2, 1.5, 3.5), (1, 1, 1.6), (2, 1.5, 2.5)], "b ranks first, but its interval meets that of 2 others"),
    ],
)
def test_ranks_stand_in_order_and_the_title_says_whether_the_first_is_apart(ranks, words):
    figure = rank_dots(["a", "b", "c"], ranks, LIGHT)
    assert figure.layout.title.text.replace("<br>", " ") == words
    assert figure.layout.yaxis.ticktext[0] == "b"
    assert [trace.x[0] for trace in figure.data] == sorted(rank[0] for rank in ranks)


def test_weights_on_the_frontier_are_filled_and_named():
    spots = [Spot("0", 1.0, 3.0, True), Spot("0.5", 2.0, 2.0), Spot("1", 3.0, 2.0, True)]
    how = {"quality": "loss", "diversity": "Vendi", "turned": (True, False)}
    figure = frontier_curve(spots, [Spot("r", 1, 1)] * 3, Spot("q", 3, 0), LIGHT, "title", **how)
    random, curve, only = figure.data
    assert list(curve.text) == ["0", "", "1"]
    assert curve.marker.color[0] == curve.marker.color[2] != curve.marker.color[1]
    assert (list(only.x), list(only.y)) == ([3], [0])
    assert len(random.x) == 3
    assert figure.layout.xaxis.autorange == "reversed"
    assert figure.layout.xaxis.title.text == "loss (lower is better)"


def test_names_that_would_be_written_over_each_other_are_left_out():
    spots = [Spot("0", 1.0, 3.0, True), Spot("0.1", 1.01, 2.99, True), Spot("1", 3.0, 2.0, True)]
    figure = frontier_curve(spots, [], Spot("q", 3, 0), LIGHT, "title", quality="q", diversity="d")
    assert list(figure.data[1].text) == ["0", "", "1"]
