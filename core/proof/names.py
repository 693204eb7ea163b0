"""What the files of a bundle are called, and what its README says."""

import hashlib
from collections.abc import Mapping

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
IDS = "ids.json"
RECIPE = "recipe.yaml"
METRICS = "metrics.csv"
MET, MET_TABLE = "contamination.json", "contamination.csv"
DATA_ROWS = "data_rows.txt"
REPORT = "report.html"
README = "README.txt"

_SAYS = {
    MANIFEST: "what was chosen, from what, how, with which versions, and every value",
    SUMS: "the SHA-256 of every other file: `sha256sum -c SHA256SUMS`",
    IDS: "ids, row numbers from 0 and gains of the chosen rows, in order of choice",
    RECIPE: "how the rows were chosen: `gamut select DATA --recipe recipe.yaml --out subset.jsonl`",
    METRICS: "diversity metrics of the chosen rows with their intervals, beside random subsets of the same size",
    MET: "the check against evaluation files: what was asked, counts, rows, and what such a check cannot see",
    MET_TABLE: "the same as a table",
    DATA_ROWS: "a fingerprint of every row of the data, by which a change is told row by row",
    REPORT: "the report, to be read in a browser without any network",
}


def readme(names: list[str], rows: list[str], data: list[str]) -> str:
    """What the bundle holds and how it is checked.

    Args:
        names: the files beside this one; rows: those of them that hold the chosen rows; data: what the data is called.
    """
    files = sorted({*names, SUMS})
    lines = ["A proof of how rows were chosen, made by Gamut.", ""]
    lines += [f"{name}: {'the chosen rows' if name in rows else _SAYS[name]}" for name in files]
    where = " ".join(data) or "DATA"
    lines += [
        "",
        "To check it, with the data that the rows were chosen from:",
        f"  gamut verify BUNDLE.zip --data {where}    are these the rows of the data, unchanged?",
        f"  gamut replay BUNDLE.zip --data {where}    does the recipe choose these rows, with these values?",
    ]
    return "\n".join(lines) + "\n"


def sums(found: Mapping[str, str]) -> str:
    """The SHA-256 of files by name, as `sha256sum` writes and checks them."""
    return "".join(f"{found[name]}  {name}\n" for name in sorted(found))


def read_sums(text: str) -> dict[str, str]:
    """What `sums` wrote; lines that are none are passed over."""
    lines = (line.partition("  ") for line in text.splitlines())
    size = hashlib.sha256().digest_size * 2
    return {name: digits for digits, _, name in lines if len(digits) == size and name}
