"""The values in metrics.json that programs of others gave on the golden inputs, and those inputs as metrics take them.

Entries under "left_out" are not copied from the collection: no metric here computes them, or they are no target.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from core.geometry import Space
from tests.golden.inputs import array, texts

GOLDEN = json.loads((Path(__file__).parent / "metrics.json").read_text(encoding="utf-8"))


def values(entry: str) -> Any:
    return GOLDEN["entries"][entry]["values"]


def cases(*entries: str) -> list[Any]:
    """(entry, key) for every value of those entries, as test parameters."""
    return [pytest.param(entry, key, id=f"{entry}: {key}") for entry in entries for key in values(entry)]


@cache
def cloud(name: str) -> Space:
    """The golden array of that name; D is the one that is not normalised."""
    return Space(array(name), normalize=not name.startswith("D"), name=name)


@cache
def tokens(name: str) -> list[list[str]]:
    kind, cut = name.split()
    words = {"ws": str.split, "word": lambda text: re.findall(r"\w+", text.lower()), "char": lambda t: t.split()}[cut]
    if cut == "char":
        return [[letter for letter in text if not letter.isspace()] for text in texts(kind)]
    return [words(text) for text in texts(kind)]


def texts_of(name: str) -> list[str]:
    """The golden texts of that name; `text_zh_char` has a space between every two characters."""
    return [" ".join(row) for row in tokens("text_zh char")] if name == "text_zh_char" else list(texts(name))


def setting(key: str) -> tuple[float, float, int]:
    """alpha, beta and neighbors of a key of NovelSum."""
    found = re.fullmatch(r"K(\d+)_b([\d.]+)_a([\d.]+)", key)
    assert found
    return float(found[3]), float(found[2]), int(found[1])


def compression_tolerance() -> float:
    """Of sizes after zlib: its own releases agree to a byte or two, zlib-ng packs a little differently."""
    import zlib

    return 5e-3 if "ng" in zlib.ZLIB_RUNTIME_VERSION else 1e-3
