"""Figures of the bench and the frontier: what they hold, and that no uploaded text can act in them."""

import json
import math
import re

import numpy as np
import pytest

from core.figures import Line, Spot, Theme, bench_lines, frontier_curve, overlap_map, rank_dots
from core.figures.bench_lines import selector_style
from core.selectors import SELECTORS

THEMES = {"light": Theme.light(), "dark": Theme.dark()}
LIGHT = THEMES["light"]
HOSTILE = '<img src=x onerror="alert(1)"> %{customdata} <a href="javascript:1">x</a> $\\frac{1}{2}$ & <b>bold'


def lines(text="K-center"):
    return [
        Line(text, 0, [2.0, 3.0], [1.5, 2.5], [2.5, 3.5]),
        Line("other", 12, [math.nan, 1.0], [math.nan, 1.0], [math.nan, 1.0]),
    ]


def every_figure(theme, text="name"):
    spots = [Spot(text, 1.0, 3.0, True), Spot(text, 2.0, 2.0), Spot(text, math.nan, 1.0)]
    axes = {"quality": text, "diversity": text}
    return {
        "lines": bench_lines([text, "10%"], [(1, 2), (2, 3)], lines(text), theme, text, axis=text),
        "overlap": overlap_map([text, "b"], np.array([[1, 0.5], [0.5, math.nan]]), theme),
        "ranks": rank_dots([text, "b"], [(1, 1, 2), (2, 1, 3)], theme, random=1),
        "frontier": frontier_curve(spots, [Spot("Random", 1, 1)], Spot(text, 3, 0), theme, text, **axes),
    }


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_figure_is_transparent_and_says_something(theme):
    for figure in every_figure(theme, "a name").values():
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert len(figure.layout.title.text) > 5
        json.loads(figure.to_json())


def test_no_uploaded_text_reaches_a_figure_as_markup_a_template_or_a_formula():
    for name, figure in every_figure(LIGHT, HOSTILE).items():
        sent = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
        assert not re.search(r"<\s*(img|a|b>bold)", sent), name
        assert "%{customdata}" not in sent, name
        assert "$\\\\frac" not in sent, name


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
