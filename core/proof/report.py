"""The report of a bundle: one HTML page that fetches nothing, runs nothing and shows all text as text.

Figures are small static SVG, coloured by one style sheet for light and dark; a policy in the page's head forbids
everything but that style sheet, which it names by its hash.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..selectors import SELECTORS
from .metrics_table import beside_random
from .report_figures import MAP_CHOSEN, MAP_ROWS, clusters_figure, gain_figure, map_figure, metrics_figure
from .report_tables import made_section, met_section, metrics_table
from .svg import esc

_STYLE = """
:root{--text:#1d2430;--muted:#5c6675;--grid:#dde1e7;--pool:#a9b1bc;--mine:#0072b2;--ground:#fff;--warn:#c04f00}
@media(prefers-color-scheme:dark){:root{--text:#e6e9ee;--muted:#9aa4b2;--grid:#343a44;--pool:#6b7482;--mine:#4fa8dc;
--ground:#14171c;--warn:#f07b3c}}
body{background:var(--ground);color:var(--text);font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:46rem;
padding:1.5rem 1rem 4rem}
h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2.4rem 0 .4rem}
p,figcaption{margin:.4rem 0}figcaption,.m,small{color:var(--muted)}figure{margin:.6rem 0;overflow-x:auto}
svg{display:block;height:auto;max-width:100%;width:100%}svg.words{min-width:36rem}
svg text{font-size:13px;fill:var(--text)}
svg text.m{fill:var(--muted);font-size:12px}
path{fill:none;stroke-linecap:round}.pool{stroke:var(--pool);stroke-width:3.5;stroke-opacity:.7}
.chosen{stroke:var(--mine);stroke-width:5}.grid{stroke:var(--grid);stroke-width:1}
.curve{stroke:var(--mine);stroke-width:2}.band,.bar{fill:var(--pool)}.mine{fill:var(--mine)}
.whisker{stroke:var(--mine);stroke-width:3}.dot{stroke:var(--mine);stroke-width:12}
div.wide{overflow-x:auto}table{border-collapse:collapse;font-size:14px;width:100%}
th,td{border-bottom:1px solid var(--grid);padding:.3rem .5rem;text-align:left;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
code,pre{font-family:ui-monospace,monospace;font-size:13px;overflow-wrap:anywhere}
pre{border:1px solid var(--grid);padding:.6rem;white-space:pre-wrap}
.warn{color:var(--warn);font-weight:600}
"""


@dataclass(frozen=True)
class Drawn:
    """What the figures show: the map, what it was made by, and the clusters of all rows."""

    xy: NDArray[np.float32]  # (n, 2)
    method: str
    chosen: NDArray[np.int64]  # rows of the study, in order of choice
    labels: NDArray[np.int32]  # (n,)
    names: Sequence[str]  # of the clusters
    gains: NDArray[np.float64]  # (k,)


def report(recorded: Mapping[str, Any], drawn: Drawn, met: Mapping[str, Any] | None) -> str:
    """The page, from the manifest of a bundle, what its figures show, and its contamination check."""
    sections = [
        _head(recorded, met),
        _map(drawn),
        _clusters(drawn),
        _metrics(recorded),
        _gains(recorded, drawn),
        met_section(met) if met else "",
        made_section(recorded),
    ]
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{esc(_name(recorded))}: how rows were chosen</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(section for section in sections if section)
        + "\n</body>\n</html>\n"
    )


def _name(recorded: Mapping[str, Any]) -> str:
    return str(recorded["dataset"]["name"]) if recorded["dataset"] else "vectors"


def _title(selector: str) -> str:
    return SELECTORS[selector].title if selector in SELECTORS else selector


def _head(recorded: Mapping[str, Any], met: Mapping[str, Any] | None) -> str:
    chosen = recorded["selection"]
    found = (
        f"<h1>{chosen['chosen']:,} of {chosen['pool']:,} rows of {esc(_name(recorded))}</h1>\n"
        f"<p>Chosen by {esc(_title(chosen['selector']))}. {beside_random(recorded)}</p>"
    )
    for note in chosen["notes"]:
        found += f"\n<p>{esc(note, 400)}</p>"
    if met is None:
        return found + '\n<p class="m">They were not held against evaluation files.</p>'
    any_met = met["counts"]["any"]
    kind = ' class="warn"' if any_met else ""
    names = " and ".join(each["name"] for each in met["evaluations"])
    return found + f"\n<p{kind}>{any_met:,} of them meet a row of {esc(names, 200)}: see below.</p>"


def _map(drawn: Drawn) -> str:
    pool, chosen = len(drawn.xy), len(drawn.chosen)
    some = " Of so many rows a seeded sample is drawn." if pool - chosen > MAP_ROWS or chosen > MAP_CHOSEN else ""
    return _figure(
        "Where the chosen rows lie",
        map_figure(drawn.xy, drawn.chosen, f"Map of {pool:,} rows with {chosen:,} chosen ones"),
        f"Every dot is a row, by {drawn.method} of its embedding; the chosen ones are coloured. Rows that lie close "
        f"are alike; the axes have no unit.{some}",
    )


def _clusters(drawn: Drawn) -> str:
    count = len(drawn.names)
    pool = np.bincount(drawn.labels[drawn.labels >= 0], minlength=count)
    chosen_labels = drawn.labels[drawn.chosen]
    chosen = np.bincount(chosen_labels[chosen_labels >= 0], minlength=count)
    covered = int((chosen > 0).sum())
    return _figure(
        f"{covered:,} of {count:,} clusters have a chosen row",
        clusters_figure(drawn.names, pool, chosen, f"{covered:,} of {count:,} clusters are covered"),
        "For each k-means cluster its share of all rows (grey) and of the chosen rows (coloured), with the numbers of "
        "rows. Names are the words that set a cluster apart.",
    )


def _metrics(recorded: Mapping[str, Any]) -> str:
    if not recorded["scores"]:
        return ""
    caption = (
        "The dot is the value of the chosen rows with its 95 % interval, the grey band runs from the lowest to the "
        "highest random subset. Each metric has a scale of its own; further right is more diverse."
    )
    drawing = metrics_figure(recorded, "Metrics beside random")
    return _figure("Metrics beside random subsets", drawing, caption) + metrics_table(recorded)


def _gains(recorded: Mapping[str, Any], drawn: Drawn) -> str:
    selector = recorded["selection"]["selector"]
    unit = SELECTORS[selector].gain if selector in SELECTORS else ""
    drawing = gain_figure(drawn.gains, unit, "Gain of each row chosen")
    if not drawing:
        return '<h2>Gain curve</h2>\n<p class="m">This selector has no gain of a row.</p>'
    return _figure("What each further row brought", drawing, "The gain of each row when it was chosen, in order.")


def _figure(title: str, drawing: str, caption: str) -> str:
    return f"<h2>{esc(title, 120)}</h2>\n<figure>{drawing}<figcaption>{esc(caption, 600)}</figcaption></figure>\n"
