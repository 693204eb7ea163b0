"""Figures of maps, sets and selections: what they say, and how they find rows again."""

import json
import math
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import pytest

from core.figures import (
    Against,
    Categories,
    Numbers,
    Ranked,
    Theme,
    agreement_finding,
    agreement_map,
    beside_random,
    cluster_bars,
    cluster_changes,
    coverage_rise,
    gain_curve,
    length_histogram,
    map_figure,
    plus_minus,
    points_in_box,
    points_in_polygon,
    rank_table,
    set_curves,
    shown,
    size_band,
)
from core.figures.rank_table import place_in_words
from core.figures.theme import number

LIGHT = Theme.light()


def cloud(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, 2)).astype(np.float32)


def scores(**values: float) -> list[SimpleNamespace]:
    return [SimpleNamespace(metric=name, value=value) for name, value in values.items()]


def rise(picks: int = 40, enough: tuple[int, int, int | None] | None = (9, 7, 12)) -> go.Figure:
    mean = np.linspace(0.1, 0.9, picks)
    marks = {"knee": (5, 4, 8), "enough": enough}
    return coverage_rise(np.arange(1, picks + 1), mean, mean - 0.01, mean + 0.02, LIGHT, "Beyond 9 rows", **marks)


def drawn_rows(figure: go.Figure) -> list[int]:
    return sorted(int(row) for trace in figure.data if trace.customdata is not None for row in trace.customdata)


# Text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("two\nlines\tand  more", "two lines and more"),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("costs $5", "costs &#36;5"),
        ("50% of %{x}", "50% of &#37;{x}"),
        ("left\u202eright\u200b\x00!", "leftright!"),
        ("x" * 100, "x" * 59 + "…"),
        ("", ""),
    ],
)
def test_text_is_shown_letter_by_letter(text, expected):
    assert shown(text) == expected


def test_a_text_is_cut_before_it_is_escaped():
    assert shown("<" * 100, limit=4) == "&lt;" * 3 + "…"


# The map


@pytest.mark.parametrize(
    "colour",
    [
        None,
        Categories([f"group {i % 13}" for i in range(500)], "Group"),
        Categories(["in no cluster"] * 250 + ["one"] * 250, "Cluster"),
        Numbers(np.r_[np.full(100, np.nan), np.arange(400.0)], "Quality"),
        Numbers(np.full(500, np.nan), "Quality"),
        Numbers(np.ones(500), "Quality"),
    ],
)
def test_every_row_is_one_point_that_carries_its_position_and_place(colour):
    xy = cloud(500)
    figure = map_figure(xy, colour, LIGHT).figure
    assert drawn_rows(figure) == list(range(500))
    for trace in figure.data:
        np.testing.assert_array_equal(np.column_stack([trace.x, trace.y]), xy[trace.customdata])


def test_a_map_of_one_row_is_a_map():
    assert drawn_rows(map_figure(np.zeros((1, 2)), None, LIGHT).figure) == [0]


def test_ten_categories_have_a_colour_and_the_others_are_grey_together():
    names = [name for rank in range(14) for name in [f"c{rank:02}"] * (20 - rank)]
    figure = map_figure(cloud(len(names)), Categories(names, "Group"), LIGHT).figure
    colours = {trace.name: trace.marker.color for trace in figure.data}
    assert [colours[f"c{rank:02} ({20 - rank})"] for rank in range(10)] == list(LIGHT.palette)
    assert colours["4 others (34)"] == LIGHT.neutral
    assert len(colours) == 11


def test_what_is_in_no_cluster_takes_no_colour_from_a_cluster():
    names = ["in no cluster"] * 60 + ["bread"] * 30 + ["trains"] * 10
    figure = map_figure(cloud(100), Categories(names, "Cluster"), LIGHT).figure
    colours = {trace.name: trace.marker.color for trace in figure.data}
    assert colours == {
        "in no cluster (60)": LIGHT.neutral,
        "bread (30)": LIGHT.palette[0],
        "trains (10)": LIGHT.palette[1],
    }


def test_a_cluster_has_the_same_colour_on_the_map_and_among_the_bars():
    sizes = np.array([30, 20, 20, 5])
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(4), sizes))
    order = list(dict.fromkeys(labels[np.isin(labels, [1, 2])]))  # of equal clusters the earlier row comes first
    names = np.array(["a", *("bc" if order == [1, 2] else "cb"), "d"])
    bars = cluster_bars(["a", "b", "c", "d"], sizes, None, LIGHT).data[0].marker.color
    figure = map_figure(cloud(75), Categories(names[labels], "Cluster"), LIGHT).figure
    assert {trace.name[0]: trace.marker.color for trace in figure.data} == dict(zip("abcd", bars, strict=True))


def test_highlighted_rows_alone_have_colour_where_nothing_else_does():
    figure = map_figure(cloud(100), None, LIGHT, highlight=np.array([7, 99, 3])).figure
    grey, marked = figure.data
    assert grey.marker.color == LIGHT.neutral
    assert marked.marker.color == LIGHT.accent
    assert sorted(marked.customdata) == [3, 7, 99]
    assert drawn_rows(figure) == list(range(100))


def test_highlighted_rows_are_ringed_where_points_have_a_colour():
    figure = map_figure(cloud(100), Numbers(np.arange(100.0), "Quality"), LIGHT, highlight=np.array([7])).figure
    assert figure.data[-1].marker.symbol == "circle-open"
    assert list(figure.data[-1].customdata) == [7]
    assert sorted(figure.data[0].customdata) == list(range(100))


def test_numbers_are_coloured_between_their_outer_percentiles():
    values = np.r_[np.arange(1000.0), 1e9]
    marker = map_figure(cloud(1001), Numbers(values, "Quality"), LIGHT).figure.data[0].marker
    assert 0 < marker.cmin < 50
    assert 950 < marker.cmax < 1000


def test_short_labels_are_sent_along_and_none_above_twenty_thousand_rows():
    few = map_figure(cloud(3), None, LIGHT, labels=["one", "two <b>", "x" * 500]).figure.data[0]
    assert list(few.hovertext) == ["one", "two &lt;b&gt;", "x" * 59 + "…"]
    assert few.hoverinfo == "text"
    assert few.hovertemplate is None
    many = map_figure(cloud(20_001), None, LIGHT, labels=["text"] * 20_001).figure.data[0]
    assert many.hovertext is None
    assert many.hoverinfo == "none"  # "skip" would swallow clicks


def test_a_lasso_is_at_hand_and_zoom_survives_a_redraw():
    first = map_figure(cloud(9), None, LIGHT).figure.layout
    again = map_figure(cloud(9), Numbers(np.arange(9.0), "Quality"), LIGHT).figure.layout
    assert first.dragmode == "lasso"
    assert first.uirevision == again.uirevision is not None
    assert first.yaxis.scaleanchor == "x"


@pytest.mark.parametrize("kind", ["numbers", "categories"])
def test_fifty_two_thousand_points_travel_in_less_than_a_megabyte_and_a_half(kind):
    n = 52_000
    colour = Numbers(np.arange(float(n)), "Q") if kind == "numbers" else Categories(np.arange(n) % 40, "C")
    sent = map_figure(cloud(n), colour, LIGHT).figure.to_json()
    assert len(sent) < 1_500_000
    traces = json.loads(sent)["data"]
    assert {trace[axis]["dtype"] for trace in traces for axis in ("x", "y")} == {"f4"}
    assert {trace["customdata"]["dtype"] for trace in traces} <= {"i4", "i2", "u2"}


def test_more_than_a_hundred_thousand_rows_are_a_density_and_a_fair_sample():
    xy = np.vstack([cloud(150_000), [[40.0, 40.0]]]).astype(np.float32)  # one row far from all others
    drawn = map_figure(xy, Categories(["a", "b", "c"] * 50_000 + ["far"], "Group"), LIGHT, highlight=np.array([5]))
    heat = drawn.figure.data[0]
    assert heat.type == "heatmap"
    assert drawn.sample is not None
    assert 10_000 < len(drawn.sample) < 40_000
    assert 150_000 in drawn.sample
    assert (np.diff(drawn.sample) > 0).all()
    points = [row for trace in drawn.figure.data[1:-1] for row in trace.customdata]
    assert sorted(points) == list(drawn.sample)
    assert abs(np.median(xy[drawn.sample, 0])) < 0.1
    assert len(drawn.figure.to_json()) < 1_500_000
    assert map_figure(cloud(1000), None, LIGHT).sample is None


def test_the_density_lies_where_the_rows_are():
    xy = np.vstack([np.tile([0.0, 0.0], (90_000, 1)), np.tile([8.0, 4.0], (20_000, 1))]).astype(np.float32)
    heat = map_figure(xy, None, LIGHT).figure.data[0]
    high, wide = np.unravel_index(np.argsort(heat.z, axis=None)[::-1][:2], heat.z.shape)
    places = np.column_stack([heat.x0 + heat.dx * wide, heat.y0 + heat.dy * high])
    np.testing.assert_allclose(places, [[0, 0], [8, 4]], atol=heat.dx)


# The lasso


def crosses(x: float, y: float, polygon: list[tuple[float, float]]) -> bool:
    inside = False
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside


@pytest.mark.parametrize("corners", [3, 4, 9, 60])
def test_a_lasso_agrees_with_counting_crossings_point_by_point(corners):
    rng = np.random.default_rng(corners)
    xy = rng.standard_normal((400, 2))
    polygon = [(float(x), float(y)) for x, y in rng.standard_normal((corners, 2))]  # it crosses itself
    found = points_in_polygon(xy, [x for x, _ in polygon], [y for _, y in polygon])
    assert list(found) == [crosses(x, y, polygon) for x, y in xy]
    assert found.any()


def test_a_lasso_around_everything_holds_everything_and_one_elsewhere_nothing():
    xy = cloud(100)
    assert points_in_polygon(xy, [-9, 9, 9, -9], [-9, -9, 9, 9]).all()
    assert not points_in_polygon(xy, [20, 30, 25], [20, 20, 30]).any()
    assert not points_in_polygon(xy, [], []).any()
    assert not points_in_polygon(xy, [-9, 9], [0, 0]).any()


def test_points_of_touching_lassos_are_in_exactly_one_of_them():
    grid = np.array([(x, y) for x in range(5) for y in range(5)], dtype=float)
    left = points_in_polygon(grid, [-1, 2, 2, -1], [-1, -1, 9, 9])
    right = points_in_polygon(grid, [2, 9, 9, 2], [-1, -1, 9, 9])
    assert (left ^ right).all()


def test_a_million_points_are_asked_quickly():
    angles = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    xy = cloud(1_000_000)
    start = time.perf_counter()
    found = points_in_polygon(xy, np.cos(angles), np.sin(angles))
    assert time.perf_counter() - start < 5  # a tenth of that on a machine that does nothing else
    radius = np.hypot(*xy.astype(np.float64).T)
    assert found[radius < 0.9999].all()
    assert not found[radius > 1].any()


def test_a_box_takes_its_corners_in_any_order_and_holds_its_edges():
    xy = np.array([[0, 0], [1, 1], [2, 2], [0, 2], [3, 0]], dtype=np.float32)
    for box_x, box_y in (([0, 2], [0, 2]), ([2, 0], [2, 0]), ([2, 0], [0, 2])):
        assert list(points_in_box(xy, box_x, box_y)) == [True, True, True, True, False]


# Bars, gains, lengths, the band


def test_bars_tell_how_few_clusters_hold_half_of_the_rows():
    figure = cluster_bars(["a", "b", "c"], np.array([50, 30, 20]), np.array([0.5, np.nan, 1234.5]), LIGHT)
    assert figure.layout.title.text.replace("<br>", " ") == "1 of 3 clusters holds half of the 100 clustered rows"
    first, second, third = figure.data[1].text
    assert "50" in first
    assert "mean novelty 0.5" in first
    assert "novelty" not in second
    assert "1,234" in third


def test_clusters_beyond_twenty_are_told_in_a_line():
    figure = cluster_bars([str(i) for i in range(25)], np.full(25, 10), None, LIGHT)
    assert len(figure.data[0].x) == 20
    assert figure.layout.annotations[0].text == "5 smaller clusters hold 50 rows"


def test_no_cluster_at_all_is_said():
    assert cluster_bars([], np.empty(0, dtype=np.int64), None, LIGHT).layout.title.text == "No row is in a cluster"


def test_coverage_is_drawn_in_percent_with_its_band_its_knee_and_what_is_enough():
    figure = rise()
    band, line, bend = figure.data
    assert list(line.y)[:1] == pytest.approx([10.0])
    assert (band.y[0], band.y[-1]) == pytest.approx((12.0, 9.0))
    assert list(bend.x) == [5]
    assert bend.y[0] == pytest.approx(100 * np.linspace(0.1, 0.9, 40)[4])
    assert (bend.error_x.array[0], bend.error_x.arrayminus[0]) == (3, 1)
    area, at = figure.layout.shapes
    assert (area.x0, area.x1, at.x0) == (7, 12, 9)


def test_what_is_enough_beyond_the_curve_is_drawn_to_its_end_and_nothing_where_nothing_is():
    assert rise(enough=(30, 20, None)).layout.shapes[0].x1 == 40
    assert rise(enough=None).layout.shapes == ()


def test_gains_without_a_number_are_left_out_and_keep_their_place():
    line = gain_curve(np.array([np.nan, np.inf, 0.5, 0.25]), "distance", LIGHT).data[0]
    np.testing.assert_array_equal(line.x, [3, 4])
    np.testing.assert_array_equal(line.y, [0.5, 0.25])


def test_gains_say_how_much_less_the_last_rows_brought():
    title = gain_curve(np.repeat([1.0, 0.5, 0.2], [100, 800, 100]), "", LIGHT).layout.title.text
    assert "brought 20 %" in title.replace("<br>", " ")


def test_a_hundred_thousand_gains_are_a_line_of_two_thousand_that_ends_where_they_end():
    line = gain_curve(np.linspace(1, 0, 100_000), "", LIGHT).data[0]
    assert len(line.x) <= 2_000
    assert (line.x[0], line.x[-1]) == (1, 100_000)


def test_gains_that_are_all_missing_are_an_empty_figure_and_no_error():
    assert len(gain_curve(np.full(3, np.nan), "", LIGHT).data[0].x) == 0


def test_every_text_with_letters_is_in_one_bin():
    lengths = np.r_[0, 0, np.random.default_rng(0).integers(1, 9000, 500)]
    figure = length_histogram(lengths, LIGHT)
    assert figure.data[0].y.sum() == 500
    assert "2 are empty" in figure.layout.title.text.replace("<br>", " ")


@pytest.mark.parametrize("lengths", [[], [0, 0], [7], [7, 7, 7], [1], [1, 2]])
def test_few_lengths_are_drawn_too(lengths):
    figure = length_histogram(np.array(lengths, dtype=np.int64), LIGHT)
    assert sum(trace.y.sum() for trace in figure.data) == sum(length > 0 for length in lengths)


def test_the_band_says_on_how_many_metrics_a_selection_beats_random():
    random = [scores(a=1.0, b=1.0, c=1.0, d=2.0), scores(a=1.2, b=1.2, c=1.2, d=2.0)]
    figure = beside_random(scores(a=1.5, b=0.5, c=1.1, d=float("nan")), random, LIGHT, titles={"a": "First"})
    title = figure.layout.title.text.replace("<br>", " ")
    assert title == "More diverse than random on 1 of 3 metrics, less on 1, no different on 1"
    dots = [trace for trace in figure.data if trace.name == "selection"]
    assert [dot.marker.symbol for dot in dots] == ["circle", "diamond", "circle-open"]
    assert any("First" in trace.text[0] and "more diverse" in trace.text[0] for trace in figure.data if trace.text)
    assert any("no value" in trace.text[0] for trace in figure.data if trace.text)


def test_dot_and_band_stand_on_one_scale():
    figure = beside_random(scores(a=3.0), [scores(a=1.0), scores(a=2.0)], LIGHT)
    dot = next(trace for trace in figure.data if trace.name == "selection")
    band = next(trace for trace in figure.data if trace.name == "random")
    left, right, place = band.x[0], band.x[1], dot.x[0]
    assert right - left == pytest.approx(place - right)
    assert 0 <= left < right < place <= 1


def test_where_lower_is_more_diverse_the_scale_is_turned_round():
    random = [scores(coverage_radius=0.8), scores(coverage_radius=0.9)]
    figure = beside_random(scores(coverage_radius=0.6), random, LIGHT, lower={"coverage_radius"})
    dot = next(trace for trace in figure.data if trace.name == "selection")
    band = next(trace for trace in figure.data if trace.name == "random")
    assert band.x[0] < band.x[1] < dot.x[0]
    assert figure.layout.title.text.startswith("More diverse than random on 1 of 1")


def test_a_selection_without_random_subsets_is_a_question():
    assert beside_random(scores(a=3.0), [], LIGHT).layout.title.text == "How diverse is the selection?"


# Sets side by side


def ranked(values, ranks, better="higher", reasons=()):
    return Ranked("Vendi Score", better, values, [0.5] * len(values), ranks, reasons)


def words_in(figure: go.Figure) -> list[str]:
    return [str(text) for trace in figure.data if trace.text is not None for text in np.ravel([trace.text])]


def test_a_rank_table_says_rank_value_error_direction_and_what_is_missing():
    alone = ranked([12.34, np.nan], [None, None])
    assert {"12.3 ± 0.5", "no value"} <= set(words_in(rank_table(["a", "b"], [alone], LIGHT)))
    metric = ranked([12.34, 11.0, np.nan], [1, 1, None], "lower", ["", "", "It needs texts."])
    figure = rank_table(["a", "b", "c"], [metric], LIGHT, "title")
    words = words_in(figure)
    assert "<b>=1st</b>  12.3 ± 0.5" in words
    assert "no value" in words
    assert any("↓ lower is more diverse" in text for text in words)
    assert any("It needs texts." in text for trace in figure.data for text in trace.hovertext or ())


def test_hover_of_a_rank_table_tells_a_set_from_each_other_one_and_shows_names_as_they_are():
    def beside(word: str, p: float) -> Against:
        return Against("<b>other", word, -0.012, 0.002, p)

    others = [beside("cannot be told apart", 0.31)] * 6
    others += [replace(beside("narrower", 1e-6), caution="texts of <b> are longer")]
    figure = rank_table(["a"], [replace(ranked([12.34], [2]), against=[others], caution="mind <i>")], LIGHT)
    assert any(text.endswith("mind &lt;i&gt;</span>") for text in words_in(figure))
    (hover,) = [words for trace in figure.data for words in trace.hovertext or () if "Vendi" in words]
    assert "<b>less diverse than &lt;b&gt;other</b><br>difference −0.0120 ± 0.0020, p < 0.001<br>" in hover
    assert "<br><i>texts of &lt;b&gt; are longer</i>" in hover
    assert hover.count("cannot be told apart from") == 4
    assert hover.endswith("p = 0.31<br>and 2 more, in the table below")


def test_the_more_diverse_a_set_the_fuller_its_colour_and_none_where_no_sets_are_told_apart():
    figure = rank_table("abc", [ranked([3, 2, 1], [1, 2, 3]), ranked([2, 2, 2], [1, 1, 1])], LIGHT, "title")
    colours = [shape.fillcolor for shape in figure.layout.shapes]
    light = [sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) for colour in colours]
    assert light[0] < light[1] < light[2]
    assert len(set(colours[3:])) == 1
    assert colours[3] not in colours[:3]


@pytest.mark.parametrize(
    ("ranks", "words"),
    [([1, 2, 3], ["1st", "2nd", "3rd"]), ([1, 1, 3, 4], ["=1st", "=1st", "3rd", "4th"]), ([11, None], ["11th", ""])],
)
def test_ranks_in_words(ranks, words):
    assert [place_in_words(rank, ranks) for rank in ranks] == words


def test_agreement_counts_pairs_of_metrics_and_leaves_empty_what_cannot_be_had():
    tau = np.array([[1, 1, -1, np.nan], [1, 1, 0.5, np.nan], [-1, 0.5, 1, np.nan], [np.nan] * 4])
    figure = agreement_map(list("abcd"), tau, LIGHT)
    assert "1 of 3 pairs of metrics ranks the sets alike, 1 rather" in figure.layout.title.text.replace("<br>", " ")
    assert figure.data[0].z[0][3] is None


@pytest.mark.parametrize(
    ("tau", "words"),
    [
        ([[1, 1], [1, 1]], "The two metrics rank the sets alike"),
        ([[1, 0.3], [0.3, 1]], "The two metrics do not rank the sets alike"),
        ([[1, -0.3], [-0.3, 1]], "The two metrics rank the sets rather the other way round"),
        (
            [[1, 1, np.nan], [1, 1, np.nan], [np.nan] * 3],
            "The only two metrics that tell sets apart rank the sets alike",
        ),
        ([[1, np.nan], [np.nan, 1]], "No two metrics rank the sets, so nothing can agree"),
        (np.ones((3, 3)), "3 of 3 pairs of metrics rank the sets alike"),
    ],
)
def test_agreement_of_one_pair_of_metrics_and_of_several_is_said_in_grammar(tau, words):
    assert agreement_finding(np.array(tau, dtype=float)) == words


def test_changed_clusters_go_to_the_side_of_the_set_that_has_more():
    figure = cluster_changes(
        ["one", "two", "three"], [5, 0, 4], [0, 7, 4], ["lost", "gained", "alike"], LIGHT, titles=("A", "B")
    )
    assert list(figure.data[0].x) == [7, 0, -5]
    assert "B has more of 1 and fewer of 1 in 3 clusters" in figure.layout.title.text.replace("<br>", " ")


def test_a_size_curve_has_a_band_only_between_ends_that_are_known():
    with_band = size_band([50, 100, 200], [1, 2, 3], [0.5, 1.5, np.nan], [1.5, 2.5, np.nan], LIGHT, "Vendi")
    assert with_band.data[0].name == "band"
    assert max(with_band.data[0].x) == 100
    without = size_band([50, 100], [1, 2], [np.nan] * 2, [np.nan] * 2, LIGHT, "Vendi")
    assert "band" not in [trace.name for trace in without.data]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.69, "0.690"),
        (12.04, "12.0"),
        (99.96, "100"),
        (999.7, "1,000"),
        (1234.5, "1,234"),
        (60.0, "60"),
        (0.0, "0"),
        (-0.5, "-0.500"),
        (0.00123, "0.00123"),
        (0.000123, "1.23e-04"),
    ],
)
def test_a_number_has_three_significant_figures_zeros_at_the_end_included(value, words):
    assert number(value) == words


def test_curves_of_sets_have_a_line_with_bars_each_and_leave_out_what_has_no_value():
    values, errors = [[1.0, 2.0, 4.0], [np.nan, 3.0, 3.5]], [[0.1, 0.2, 0.3], [np.nan, 0.5, 0.25]]
    figure = set_curves(["one", "two"], [50, 100, 400], values, errors, LIGHT, "title", better="lower")
    first, second = figure.data
    assert (first.x, first.y) == ((50, 100, 400), (1.0, 2.0, 4.0))
    assert first.error_y.array == (0.1, 0.2, 0.3)
    assert (second.x, second.y) == ((100, 400), (3.0, 3.5))
    assert second.error_y.array == (0.5, 0.25)
    assert second.hovertext == ("two<br>100 rows: 3.00 ± 0.50", "two<br>400 rows: 3.50 ± 0.25")
    assert (first.line.color, second.line.color) == LIGHT.palette[:2]
    assert figure.layout.yaxis.title.text == "lower is more diverse"


def test_the_name_of_a_size_curve_stands_on_a_line_of_its_own():
    figure = size_band([50, 100], [0.5, 0.69], [0.4, 0.6], [0.6, 0.7], LIGHT, "Partition Entropy")
    assert figure.layout.title.text == "Partition Entropy<br>0.500 at 50 rows, 0.690 at 100"


@pytest.mark.parametrize(("top", "ticks"), [(0.52, ",.3f"), (0.7, ",.2f"), (90, ",.0f"), (0.5, ",.2f")])
def test_the_ticks_of_a_size_curve_have_as_many_decimals_as_the_finest_needs(top, ticks):
    figure = size_band([50, 100], [0.5, top], [np.nan] * 2, [np.nan] * 2, LIGHT, "Vendi")
    assert figure.layout.yaxis.tickformat == ticks


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (0.69123, 0.0042, "0.691 ± 0.004"),
        (0.69123, 0.00004, "0.69123 ± 0.00004"),
        (1234.5, 56.7, "1,234 ± 57"),
        (-5.52, 0.1, "−5.52 ± 0.10"),
        (0.0003, 0.02, "0.000 ± 0.020"),
        (-5e-05, 0.02, "0.000 ± 0.020"),
        (-12.3, 1000, "−12 ± 1,000"),
        (0.0, 0.02, "0.00 ± 0.02"),
        (0.0, 0.0, "0"),
        (0.5, math.nan, "0.500"),
        (math.nan, 0.1, "no value"),
        (math.inf, 0.1, "infinite"),
        (2e-5, 1e-6, "2.00e-05 ± 1.0e-06"),
    ],
)
def test_a_value_with_its_error(value, error, words):
    assert plus_minus(value, error) == words
