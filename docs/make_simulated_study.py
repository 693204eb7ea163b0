"""Write docs/simulated_study.md and its figures: which metrics order simulated sets as the authors of NovelSum argue.

python docs/make_simulated_study.py        (needs Debian's chromium and the `dev` extra; some two minutes)
"""

import statistics
import sys
import tempfile
from pathlib import Path

import plotly.graph_objects as go
from plotly.subplots import make_subplots
from simulated_families import CLAIMS, FAMILIES, POOLS, Pool, density_range, holds, plane, study

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))  # where scripts share a browser

from in_browser import chromium

HERE = Path(__file__).resolve().parent
SIZE, N, SEEDS = 5_000, 500, 3
TITLES = {"plane": "2 dimensions", "embedded": "384 dimensions"}
_COLOURS = {"redundant": "#D55E00", "by chance": "#5C6675", "spread": "#0072B2", "outliers": "#CC79A7"}

Found = dict[str, dict[str, list[float]]]  # by metric and family, a value a seed

INTRODUCTION = """# A simulated study: which metrics order sets as they should?

Written by `docs/make_simulated_study.py`. **The study is ours**, pools, sets and code. What is taken from the authors
of NovelSum ([arXiv 2502.17184](https://arxiv.org/abs/2502.17184), section on simulation) is the argument: a reliable
measure looks at the distances between rows and at how dense the space is where they lie. So redundant sets must read
lowest, evenly spread ones highest, and those that seek outliers between the two, although their rows are farther apart.

## Pools and sets

Each pool has {size:,} rows: forty regions, of which the k-th holds a share of 1/k, the populous ones dense and the
others wide, and 3 percent of rows strewn far from all. One pool lies in two dimensions (half of a sphere, so that
cosine distances mean something; drawn flat, equal areas stay equal), one in 384 dimensions (unit rows, some directions
more important than others, like embeddings of texts). Each is made {seeds} times, by seeds 0 to {last}.
From each, every family chooses {n} rows; the reference of all metrics is the pool.

![The families in two dimensions](images/simulated_families.png)

| family | kind | rows |
|---|---|---|
| One region | redundant | all from the most populous region, then the next |
| Two clumps | redundant | the nearest rows to one row each of two regions far apart |
| Each row 50 times, 10 times, twice | redundant | rows by chance, repeated |
| Random | by chance | |
| K-means | spread | by chance from k-means clusters, as many from each (`kmeans_random`) |
| NovelSelect | spread | greedy for NovelSum: what it gets right here it gets right by construction |
| K-Center-Greedy | outliers | each next row the farthest from those chosen |
| Farthest | outliers | the largest mean distance to the pool |

## What is asked

| ordering | must hold |
|---|---|
| redundant is lowest | One region, Two clumps and Each row 50 times, each below Random |
| fewer copies are better | 50 times < 10 times < twice < Random |
| spread beats chance | Random < K-means, and Random < NovelSelect |
| spread beats outliers | K-Center-Greedy < K-means, and Farthest < K-means |

Only whether one reads higher than the other counts, at equal n, metrics of which lower is more diverse turned round.
"yes": in all {seeds} pools; "no": in none."""

READING = """## How to read it

- In 384 dimensions these hold all four orderings in every pool: {all_four}.
- There K-Center-Greedy reads highest with {outliers}. That is what the authors say of measures that see distances and
  no density: they overrate outliers.
- {coverage} do as well as NovelSum here. They need a reference, too, and see nothing where it holds nothing.
- In two dimensions no metric holds all four. Density differs too much there: the squared distance to the ten nearest
  rows is {plane:,.0f} times as large in sparse places (95 % of rows are denser) as in dense ones (5 % are); in 384
  dimensions {embedded:.1f} times. The root of that is a factor in NovelSum and outweighs all distances:
  NovelSelect fills the densest spots of the plane, as the picture shows, and is "spread" by name only.
- None of this says which set is better to train on."""


def page(found: dict[str, Found]) -> str:
    """The page as Markdown."""
    parts = [INTRODUCTION.format(size=SIZE, n=N, seeds=SEEDS, last=SEEDS - 1)]
    for name, values in found.items():
        parts.append(f"## In {TITLES[name]}\n\n{table(values)}")
        parts.append(f"![Ranks in {TITLES[name]}](images/simulated_{name}.png)")
    parts.append(reading(found))
    parts.append("## Where NovelSum itself is wrong\n\n" + "\n".join(faults(found)))
    return "\n\n".join(parts) + "\n"


def reading(found: dict[str, Found]) -> str:
    """What the tables show; refuses to be written where its sentences would not be true."""
    right = {name: [title for title in values if holds_all(values[title])] for name, values in found.items()}
    highest = {title: highest_of(each) for title, each in found["embedded"].items()}
    coverage = ["Facility Location", "Mean coverage distance"]
    if right["plane"] or not {"NovelSum", *coverage} <= set(right["embedded"]):
        raise SystemExit(f"The page no longer says what is found: {right}")
    return READING.format(
        all_four="; ".join(right["embedded"]),
        outliers="; ".join(title for title, family in highest.items() if family == "k_center"),
        coverage=" and ".join(coverage),
        **{name: density_range(make(SIZE, 0)) for name, make in POOLS.items()},
    )


def holds_all(values: dict[str, list[float]]) -> bool:
    return all(all(holds(values, claim)) for claim in CLAIMS)


def highest_of(values: dict[str, list[float]]) -> str:
    """The family of the highest mean."""
    means = mean_of(values)
    return max(means, key=means.__getitem__)


def table(values: Found) -> str:
    """Which metric holds which ordering, those that hold most first."""
    lines = [f"| metric | {' | '.join(CLAIMS)} | highest |", "|---" * (len(CLAIMS) + 2) + "|"]
    for title in sorted(values, key=lambda title: (-sum(sum(holds(values[title], c)) for c in CLAIMS), title)):
        cells = [answer(values[title], claim) for claim in CLAIMS]
        lines.append(f"| {title} | {' | '.join(cells)} | {FAMILIES[highest_of(values[title])].title} |")
    return "\n".join(lines)


def answer(values: dict[str, list[float]], claim: str) -> str:
    """Whether the ordering holds: yes, no, or in how many pools."""
    right = holds(values, claim)
    return "yes" if all(right) else f"{sum(right)} of {len(right)}" if any(right) else "no"


def faults(found: dict[str, Found]) -> list[str]:
    """The pairs that NovelSum does not order as argued, with the means of both."""
    lines = []
    for name, values in found.items():
        each = values["NovelSum"]
        means = mean_of(each)
        for claim, pairs in CLAIMS.items():
            for low, high in pairs:
                wrong = sum(a >= b for a, b in zip(each[low], each[high], strict=True))
                if wrong:
                    lines.append(
                        f'- In {TITLES[name]}, "{claim}": {FAMILIES[low].title} reads {means[low]:.3g} and '
                        f"{FAMILIES[high].title} {means[high]:.3g}; wrong in {wrong} of {len(each[low])} pools."
                    )
        lines += below_random(name, means)
    return lines or ["In none of these pools."]


def below_random(name: str, means: dict[str, float]) -> list[str]:
    """The sets that seek outliers and read lower than chance, which no ordering forbids."""
    return [
        f"- In {TITLES[name]} {FAMILIES[outlying].title} reads {means[outlying]:.3g}, below Random with "
        f"{means['random']:.3g}. No ordering above forbids that, but in the authors' own measurements such sets lie "
        "above random ones, and so do the models trained on them."
        for outlying in ("k_center", "farthest")
        if means[outlying] < means["random"]
    ]


def mean_of(values: dict[str, list[float]]) -> dict[str, float]:
    return {family: statistics.fmean(each) for family, each in values.items()}


def families_figure(pool: Pool) -> go.Figure:
    """The pool in grey and what each family chooses from it."""
    assert pool.xy is not None
    titles = [family.title for family in FAMILIES.values()]
    figure = make_subplots(2, 5, subplot_titles=titles, horizontal_spacing=0.01, vertical_spacing=0.06)
    for place, family in enumerate(FAMILIES.values()):
        where = {"row": place // 5 + 1, "col": place % 5 + 1}
        chosen = pool.xy[family.choose(pool, N, 0)]
        dots = {"mode": "markers", "showlegend": False}
        grey = {"color": "#D5DAE1", "size": 2}
        colour = {"color": _COLOURS[family.kind], "size": 4}
        figure.add_trace(go.Scatter(x=pool.xy[:, 0], y=pool.xy[:, 1], marker=grey, **dots), **where)
        figure.add_trace(go.Scatter(x=chosen[:, 0], y=chosen[:, 1], marker=colour, **dots), **where)
    figure.update_xaxes(visible=False, range=[-1.05, 1.05])
    figure.update_yaxes(visible=False, range=[-1.05, 1.05])
    title = f"What each family chooses: {N} of {SIZE:,} rows (orange redundant, blue spread, pink seeking outliers)"
    return plain(figure, title, 1250, 590)


def ranks_figure(values: Found, where: str) -> go.Figure:
    """The rank that each metric gives each family, 1 the least diverse."""
    metrics = sorted(values, reverse=True)
    ranks = []
    for title in metrics:
        means = mean_of(values[title])
        order = sorted(means, key=means.__getitem__)
        ranks.append([order.index(family) + 1 for family in FAMILIES])
    titles = [f"{family.title}<br><i>{family.kind}</i>" for family in FAMILIES.values()]
    figure = go.Figure(
        go.Heatmap(
            z=ranks, x=titles, y=metrics, text=ranks, texttemplate="%{text}", colorscale="Viridis", showscale=False
        )
    )
    figure.update_xaxes(side="top", tickfont_size=11)
    return plain(figure, f"Which set reads how diverse in {where}: 1 least, {len(FAMILIES)} most", 1250, 620, top=110)


def plain(figure: go.Figure, title: str, width: int, height: int, top: int = 80) -> go.Figure:
    margin = {"l": 10, "r": 10, "t": top, "b": 10}
    return figure.update_layout(
        title={"text": title, "y": 0.98}, template="plotly_white", width=width, height=height, margin=margin
    )


def photograph(figures: dict[str, go.Figure]) -> None:
    """Write each figure as a PNG, drawn by a browser."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for name, figure in figures.items():
            path = Path(folder) / f"{name}.html"
            figure.write_html(path, include_plotlyjs=True, config={"staticPlot": True})
            size = {"width": figure.layout.width, "height": figure.layout.height}
            page = browser.new_page(viewport=size)
            page.goto(path.as_uri())
            drawn = page.locator(".js-plotly-plot .main-svg").first
            drawn.wait_for()
            page.locator(".js-plotly-plot").screenshot(path=HERE / "images" / f"simulated_{name}.png")
            page.close()


def main() -> None:
    """Write docs/simulated_study.md and docs/images/simulated_*.png."""
    found = {name: study(make, SIZE, N, SEEDS) for name, make in POOLS.items()}
    (HERE / "simulated_study.md").write_text(page(found), encoding="utf-8")
    figures = {name: ranks_figure(values, TITLES[name]) for name, values in found.items()}
    photograph(figures | {"families": families_figure(plane(SIZE, 0))})


if __name__ == "__main__":
    main()
