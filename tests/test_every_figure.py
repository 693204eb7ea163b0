"""Every figure there is: it says something, on any ground, and no uploaded text can act in it."""

import json
import re
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import pytest

from core import figures
from core.density_difference import density_difference
from core.figures import (
    Categories,
    Drawn,
    Line,
    Numbers,
    Ranked,
    Spot,
    Theme,
    agreement_map,
    bench_lines,
    beside_random,
    beside_whole,
    cluster_bars,
    cluster_changes,
    cluster_weights,
    coverage_rise,
    density_shares,
    entropy_cloud,
    frontier_curve,
    gain_curve,
    group_losses,
    length_histogram,
    map_figure,
    overlap_map,
    rank_dots,
    rank_table,
    reliability,
    score_histogram,
    set_curves,
    silhouette_curve,
    size_band,
)

THEMES = {"light": Theme.light(), "dark": Theme.dark()}
HOSTILE = '<img src=x onerror="alert(1)"> %{customdata} <a href="javascript:1">x</a> $\\frac{1}{2}$ & <b>bold'
NAN = float("nan")


def every_figure(theme: Theme, text: str) -> dict[str, go.Figure]:
    """Figures by the function that draws them, with that text wherever a text of the user may stand."""
    xy = np.random.default_rng(0).standard_normal((50, 2)).astype(np.float32)
    names = [f"{text} {i % 13}" for i in range(50)]
    marked = np.array([1, 2, 3])
    sizes, mean = np.arange(1, 41), np.linspace(0.1, 0.9, 40)
    marks = {"knee": (5, 4, 8), "enough": (9, 7, 12)}
    chosen, *random = ([SimpleNamespace(metric="novelsum", value=value)] for value in (0.9, 0.6, 0.7))
    lacking = Ranked(text, "lower", [1.0, NAN], [0.1, 0.1], [1, None], ["", text])
    lines = [Line(text, 0, [2.0, 3.0], [1.5, 2.5], [2.5, 3.5]), Line("other", 12, [NAN, 1.0], [NAN, 1.0], [NAN, 1.0])]
    spots = [Spot(text, 1.0, 3.0, True), Spot(text, 2.0, 2.0), Spot(text, NAN, 1.0)]
    axes = {"quality": text, "diversity": text}
    title = f"{text} is first"
    return {
        "map_figure": map_figure(xy, None, theme, labels=names).figure,
        "map_figure of groups": map_figure(xy, Categories(names, text), theme, labels=names).figure,
        "map_figure of numbers": map_figure(xy, Numbers(xy[:, 0], text), theme, labels=names, highlight=marked).figure,
        "map_figure of chosen rows": map_figure(xy, None, theme, labels=names, highlight=marked).figure,
        "cluster_bars": cluster_bars([f"{text} {i}" for i in range(30)], np.arange(30, 0, -1), np.ones(30), theme),
        "gain_curve": gain_curve(np.linspace(1, 0.1, 40), "distance", theme),
        "density_shares": density_shares(density_difference(xy, xy[:9]), (text, text), theme),
        "coverage_rise": coverage_rise(sizes, mean, mean - 0.01, mean + 0.02, theme, "Beyond 9 rows", **marks),
        "beside_whole": beside_whole(Numbers(np.array([1.0, NAN, 3, 9]), text), [0, 1], theme),
        "beside_whole of categories": beside_whole(Categories(names, text), marked, theme),
        "length_histogram": length_histogram(np.arange(100), theme),
        "rank_table": rank_table([text, "b"], [lacking], theme, title),
        "agreement_map": agreement_map([text, "b"], np.array([[1, NAN], [NAN, 1]]), theme),
        "cluster_changes": cluster_changes([text] * 30, range(30), [9] * 30, ["lost"] * 30, theme, titles=(text, text)),
        "group_losses": group_losses([text, "b"], {text: [(1, 0.5, 1.5), (NAN, None, None)]}, theme, title),
        "cluster_weights": cluster_weights([text] * 12, np.full((3, 12), 1 / 12), range(12), theme),
        "size_band": size_band([50, 100], [1.0, 2.0], [0.9, 1.9], [1.1, NAN], theme, text),
        "set_curves": set_curves([text, "b"], [50, 100], [[1.0, 2.0], [NAN, 1.0]], [[0.1, 0.2]] * 2, theme, title),
        "beside_random": beside_random(chosen, random, theme, titles={"novelsum": text}),
        "bench_lines": bench_lines([text, "10%"], [(1, 2), (2, 3)], lines, theme, title, axis=text),
        "overlap_map": overlap_map([text, "b"], np.array([[1, 0.5], [0.5, NAN]]), theme),
        "rank_dots": rank_dots([text, "b"], [(1, 1, 2), (2, 1, 3)], theme, random=1),
        "silhouette_curve": silhouette_curve([2, 4], [0.1, 0.2], [0.01, 0.02], theme, close=[False, True], poor=[0, 1]),
        "frontier_curve": frontier_curve(spots, [Spot("Random", 1, 1)], Spot(text, 3, 0), theme, title, **axes),
        "entropy_cloud": entropy_cloud(sizes, mean, mean > 0.5, theme, "Longer rows are less certain", unit="tokens"),
        "reliability": reliability([(0.5, 0.4, 10), (0.9, 0.95, 30)], theme, "As sure as it is right"),
        "score_histogram": score_histogram(np.array([0.5, 0.7, 1.2, NAN]), text, theme, mark=1.0),
        "score_histogram of nothing": score_histogram(np.array([NAN, NAN]), text, theme),
    }


def test_every_function_that_draws_a_figure_is_among_them():
    returned = {name: getattr(getattr(figures, name), "__annotations__", {}).get("return") for name in figures.__all__}
    drawing = {name for name, found in returned.items() if found in (go.Figure, Drawn)}
    assert {name.partition(" ")[0] for name in every_figure(Theme.light(), "name")} == drawing


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_figure_is_transparent_and_says_something(theme):
    for figure in every_figure(theme, "name").values():
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert len(figure.layout.title.text) > 5
        assert figure.layout.font.color == theme.text
        json.loads(figure.to_json())


def test_no_uploaded_text_reaches_a_figure_as_markup_a_template_or_a_formula():
    for name, figure in every_figure(Theme.light(), HOSTILE).items():
        sent = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
        assert not re.search(r"<\s*(img|a|b>bold)", sent), name
        assert "%{customdata}" not in sent, name
        assert "$\\\\frac" not in sent, name
