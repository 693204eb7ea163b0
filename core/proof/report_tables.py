"""The tables of the report: metric values, rows that meet evaluation rows, how the choice was made and is checked."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from ..contamination import KINDS
from ..metrics import METRICS
from .metrics_table import random_values
from .svg import esc, number

_LISTED = 50  # rows that meet evaluation rows, listed in the report; the bundle's table has all


def metrics_table(recorded: Mapping[str, Any]) -> str:
    """Values with their intervals, and the range of the random subsets."""
    rows = []
    for score in recorded["scores"]:
        values = random_values(recorded, score["metric"])
        low, high = score.get("interval") or (None, None)
        interval = f"{number(low)} to {number(high)}" if low is not None and high is not None else "none"
        band = f"{number(min(values))} to {number(max(values))}" if values else "none"
        metric = METRICS.get(score["metric"])
        name = f"{esc(metric.title)}<br><small>{metric.better} is more diverse</small>" if metric else score["metric"]
        cells = [name, number(score["value"]), interval, band, f"{score['n']:,}", esc(score["reference"] or "none", 40)]
        rows.append(cells)
    return _table(["Metric", "Value", "95 % interval", "Random subsets", "n", "Against"], rows, numbers=(1, 2, 3, 4))


def met_section(met: Mapping[str, Any]) -> str:
    """The check against evaluation files: counts with n, the rows, and what such a check cannot see."""
    how, n = met["how"], met["n"]
    words = {
        "exact": "the same text or prompt, without case, white space and punctuation",
        "ngram": f"a shared run of {how['words']} words"
        + (f", at least {how['share']:.0%} of those of either row" if how["share"] else ""),
        "near": f"a cosine of at least {how['similarity']}",
    }
    found = "<h2>Against evaluation files</h2>\n<ul>"
    for kind in KINDS:
        if kind in met["skipped"]:
            found += f"<li>{KINDS[kind].capitalize()}: not looked at, {esc(met['skipped'][kind], 200)}</li>"
        else:
            found += f"<li>{met['counts'][kind]:,} of {n:,}: {words[kind]}</li>"
    found += f"</ul>\n<p>{met['counts']['any']:,} of {n:,} chosen rows in any of these ways. Held against: "
    found += ", ".join(f"{esc(each['name'])} ({each['rows']:,} rows)" for each in met["evaluations"]) + ".</p>\n"
    if met["rows"]:
        rows = [
            [
                f"{each['row']:,}",
                esc(each["id"], 40),
                KINDS[each["kind"]],
                esc(each["evaluation"], 40),
                f"{each['evaluation_row']:,}",
                esc(each["measure"]),
            ]
            for each in met["rows"][:_LISTED]
        ]
        found += _table(["Row", "Id", "How", "File", "Its row", "How much"], rows, numbers=(0, 4))
        if len(met["rows"]) > _LISTED:
            found += f"<p>And {len(met['rows']) - _LISTED:,} more in contamination.csv.</p>\n"
    return found + "\n".join(f"<p><small>{esc(words, 600)}</small></p>" for words in met["not_seen"].values())


def made_section(recorded: Mapping[str, Any]) -> str:
    """Data, encoder, selector and versions, and the commands that check it."""
    data, how = recorded["dataset"], recorded["embedding"]
    sources = data["sources"] if data else []
    facts = [(f"Data: {each['name']}", f"SHA-256 {each['sha256']}{_origin(each)}") for each in sources]
    facts.append(("Embedding", f"{how['encoder']}, {how['n']:,} rows of {how['dim']:,} numbers"))
    if recorded["reference"]:
        facts.append(("Reference", f"{recorded['reference']['name']}, {recorded['reference']['n']:,} rows"))
    params = ", ".join(f"{name} = {value}" for name, value in recorded["selection"]["params"].items())
    facts += [("Selector", f"{recorded['selection']['selector']} ({params})"), ("Gamut", str(recorded["gamut"]))]
    facts.append(("Versions", ", ".join(f"{name} {value}" for name, value in recorded["versions"].items() if value)))
    rows = "\n".join(f"<tr><th>{esc(name)}</th><td><code>{esc(value, 400)}</code></td></tr>" for name, value in facts)
    names = shlex.join(data_words(sources)) if data else "VECTORS"
    commands = [f"gamut {word} BUNDLE.zip --data {names}" for word in ("verify", "replay")]
    return (
        f"<h2>How it was made</h2>\n<table>{rows}</table>\n<h2>How to check it</h2>\n<pre>"
        + "\n".join(esc(each, 600) for each in commands)
        + "</pre>\n<p class=m>The first says whether the rows are those of the data, unchanged, and whether a file of "
        "the bundle was changed; the second chooses and measures again.</p>"
    )


def data_words(sources: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a command names to read the data: its addresses where it was fetched, else its files."""
    return list(dict.fromkeys(str(each.get("address") or each["name"]) for each in sources))


def _origin(source: Mapping[str, Any]) -> str:
    return f", fetched from {source['address']}" if source.get("address") else ""


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int]) -> str:
    """A table of cells that are HTML already; the columns of numbers stand at the right."""

    def kind(column: int) -> str:
        return " class=n" if column in numbers else ""

    head = "".join(f"<th{kind(column)}>{words}</th>" for column, words in enumerate(heads))
    body = "\n".join(
        "<tr>" + "".join(f"<td{kind(column)}>{cell}</td>" for column, cell in enumerate(cells)) + "</tr>"
        for cells in rows
    )
    return f'<div class="wide"><table><tr>{head}</tr>\n{body}</table></div>\n'
