"""The card of a dataset on the hub: what the rows are, how they were chosen, what that did, and how to check it."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from ..contamination import KINDS
from ..metrics import METRICS
from ..proof.metrics_table import beside_random, random_values
from ..proof.report_tables import data_words
from ..proof.svg import number
from ..recipe import Recipe, dump_recipe
from ..selectors import SELECTORS

_SIZES = ((1e3, "n<1K"), (1e4, "1K<n<10K"), (1e5, "10K<n<100K"), (1e6, "100K<n<1M"), (1e7, "1M<n<10M"))
_TAGS = ["gamut", "data-selection", "diversity"]
_HUB = re.compile(r"hf://datasets/([^/@#]+/[^/@#]+)")


def card(recorded: Mapping[str, Any], name: str, rows: str, proof: Sequence[str]) -> str:
    """The README of the dataset, front matter included.

    Args:
        recorded: the manifest of a bundle.
        name: what the dataset is called: org/name.
        rows: the path of the file of rows in the folder.
        proof: the paths of the files beside it.
    """
    import yaml

    chosen = recorded["selection"]
    sources = recorded["dataset"]["sources"]
    bases = sorted({found[1] for each in sources if (found := _HUB.match(str(each.get("address", ""))))})
    front: dict[str, Any] = {
        "pretty_name": name.rpartition("/")[2],
        "size_categories": [size_category(chosen["chosen"])],
    }
    front |= {"tags": _TAGS} | ({"source_datasets": bases} if bases else {})
    front["configs"] = [{"config_name": "default", "data_files": [{"split": "train", "path": rows}]}]
    parts = [
        f"---\n{yaml.safe_dump(front, sort_keys=False, allow_unicode=True)}---",
        f"# {code(name.rpartition('/')[2])}",
        f"{chosen['chosen']:,} of {chosen['pool']:,} rows of {code(recorded['dataset']['name'])}, {_by(recorded)} with "
        f"Gamut {recorded['gamut']}. {beside_random(recorded)}",
        "## Licence\n\nNo licence is stated here yet. The rows are those of the data they were chosen from, and its "
        "licence holds for them: look it up, and add a line `license: ...` to the head of this file.",
        _how(recorded, sources),
        _metrics(recorded),
        _met(recorded),
        _check(recorded, sources, rows, proof),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def size_category(rows: int) -> str:
    """The hub's word for so many rows.

    >>> size_category(999), size_category(1000), size_category(52_002)
    ('n<1K', '1K<n<10K', '10K<n<100K')
    """
    return next((words for most, words in _SIZES if rows < most), "10M<n<100M" if rows < 1e8 else "100M<n<1B")


def code(text: object, limit: int = 120) -> str:
    """Any text as Markdown that shows these letters and is no markup, in a table too."""
    words = " ".join(str(text).encode("utf-8", "replace").decode().split())
    words = words if len(words) <= limit else words[: limit - 1] + "…"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", words)), default=0))
    space = " " if len(fence) > 1 else ""
    return f"{fence}{space}{words.replace('|', '¦')}{space}{fence}" if words else "none"


def _by(recorded: Mapping[str, Any]) -> str:
    """By what the rows were chosen, or under which name they were saved."""
    if saved := recorded.get("subset"):
        return f"saved as the subset {code(saved['name'])}"
    selector = recorded["selection"]["selector"]
    return f"chosen by {SELECTORS[selector].title if selector in SELECTORS else code(selector)}"


def _how(recorded: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]) -> str:
    """Data, embedding, reference and recipe."""
    how, saved = recorded["embedding"], recorded.get("subset")
    lines = ["## How the rows were chosen", ""]
    for each in sources:
        origin = f", from {code(each['address'], 400)}" if each.get("address") else ""
        lines.append(f"- Data: {code(each['name'])}{origin}, SHA-256 `{each['sha256']}`")
    if how:
        lines.append(f"- Embedding: {code(how['encoder'])}, {how['dim']:,} numbers a row")
    if recorded["reference"]:
        lines.append(f"- Reference of the metrics: {code(recorded['reference']['name'])}")
    lines += [f"- {code(note, 400)}" for note in recorded["selection"].get("notes", ())]
    if saved:
        lines.append(f"- How the subset was made: {code(saved['how'], 400)}")
        lines += [f"- Note: {code(saved['note'], 2000)}"] if saved["note"] else []
        lines.append(f"- SHA-256 of its ids in order, a line each: `{saved['ids_sha256']}`")
        return "\n".join(lines)
    recipe = dump_recipe(Recipe.from_json(recorded["recipe"])).rstrip()
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", recipe)), default=0))
    if recipe.count("\n") < 60:  # lists of rows stand in the file beside it
        lines += ["", "The recipe:", "", f"{fence}yaml\n{recipe}\n{fence}"]
    return "\n".join(lines)


def _metrics(recorded: Mapping[str, Any]) -> str:
    """Values with their intervals, beside random subsets of the same size."""
    if not recorded["scores"]:
        return ""
    lines = ["| Metric | More diverse | Value | 95 % interval | Random subsets | n |", "|---|---|---:|---:|---:|---:|"]
    for score in recorded["scores"]:
        metric, values = METRICS.get(score["metric"]), random_values(recorded, score["metric"])
        low, high = score.get("interval") or (None, None)
        interval = f"{number(low)} to {number(high)}" if low is not None and high is not None else "none"
        band = f"{number(min(values))} to {number(max(values))}" if values else "none"
        title, better = (metric.title, str(metric.better)) if metric else (code(score["metric"]), "")
        lines.append(f"| {title} | {better} | {number(score['value'])} | {interval} | {band} | {score['n']:,} |")
    subsets = len(recorded["random"])
    return "## Diversity\n\n" + "\n".join(lines) + f"\n\nBeside {subsets:,} random subsets of the same size."


def _met(recorded: Mapping[str, Any]) -> str:
    """The check against evaluation files, in counts."""
    met = recorded.get("contamination")
    if met is None:
        return "The rows were not held against evaluation files."
    names = ", ".join(code(each["name"]) for each in met["evaluations"])
    counts = ", ".join(
        f"{met['counts'][kind]:,} by {KINDS[kind]}" for kind in KINDS if met["counts"].get(kind) is not None
    )
    return f"## Against evaluation files\n\n{met['counts']['any']:,} of the rows meet a row of {names} ({counts})."


def _check(recorded: Mapping[str, Any], sources: Sequence[Mapping[str, Any]], rows: str, proof: Sequence[str]) -> str:
    """The commands that check the rows by the proof."""
    data = shlex.join(data_words(sources)).replace("`", "")
    manifest = next(path for path in proof if path.endswith("manifest.json"))
    verify = f"gamut verify {manifest} --data {data} --subset {rows}"
    says = "This says whether these are the rows of the data, byte for byte."
    if not recorded.get("subset"):
        verify += f"\ngamut replay {manifest} --data {data}{_again(recorded)}"
        says = f"{says.replace('This', 'The first')[:-1]}; the second chooses and measures again."
    return (
        "## Check it\n\n"
        f"Beside the rows lie {', '.join(f'`{path}`' for path in proof)}. With the data they were chosen from:\n\n"
        f"```sh\n{verify}\n```\n\n{says}"
    )


def _again(recorded: Mapping[str, Any]) -> str:
    """What choosing again needs beside the data: vectors of the user's own, and the reference."""
    words = "" if recorded["embedding"]["encoder_name"] else " --embeddings VECTORS"
    reference = recorded["reference"]
    own = bool(reference and reference.get("subset")) and reference["dataset"]["key"] == recorded["dataset"]["key"]
    return words if own or not reference else f"{words} --reference REFERENCE"
