"""What a training framework asks for to read a file of rows: LLaMA-Factory, Axolotl, TRL.

print(entry("llama-factory", dataset, "subset.jsonl").code)
"""

from collections.abc import Callable
from pathlib import Path

from ..dataset import Dataset
from ..errors import UserError
from .axolotl import axolotl
from .entry import KINDS, Entry
from .layout import layout_of
from .llama_factory import llama_factory
from .trl import trl

__all__ = ["FRAMEWORKS", "Entry", "entry"]

_MAKERS: dict[str, Callable[..., Entry]] = {"llama-factory": llama_factory, "axolotl": axolotl, "trl": trl}
FRAMEWORKS = {"llama-factory": "LLaMA-Factory", "axolotl": "Axolotl", "trl": "TRL"}


def entry(framework: str, dataset: Dataset, file_name: str) -> Entry:
    """What that framework asks for to train on a file with rows of that dataset, by the roles of its columns.

    Raises:
        UserError: no such framework, a file that it does not read, or rows of a shape that it has no words for.
    """
    if framework not in _MAKERS:
        raise UserError(f"There is no framework {framework!r}. There are {', '.join(_MAKERS)}.")
    kind = KINDS.get(Path(file_name).suffix.lower())
    if kind is None:
        raise UserError(f"{FRAMEWORKS[framework]} trains on rows: export them as .jsonl, .csv or .parquet.")
    return _MAKERS[framework](layout_of(dataset, kind), file_name, kind)
