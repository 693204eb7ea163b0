"""A sample of rows while files go by: every row of every file is as likely, and no file stays longer than it is read.

Each row draws a number from its file's own generator; the rows with the smallest numbers are the sample. So the same
seed draws the same rows in whichever order files come, and after any interruption.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..drafts import draft_of
from ..reading import Options, read_dataset


def draw(path: Path, name: str, number: int, rows: int, seed: int, options: Options) -> None:
    """Draw from one file, the `number`-th, and put what may be in the sample beside it: rows, and their numbers."""
    home = path.with_name(f"{path.name}.read")
    try:
        dataset = read_dataset([path], home, names=[name], options=options)
        numbers = np.random.default_rng([seed, number]).random(len(dataset))
        kept = np.sort(np.argsort(numbers, kind="stable")[:rows])
        with draft_of(_rows(path)) as draft, draft.open("wb") as file:
            for line in dataset.raws(kept):
                file.write(line.rstrip(b"\r\n") + b"\n")
        with draft_of(_numbers(path)) as draft, draft.open("wb") as file:
            np.save(file, numbers[kept], allow_pickle=False)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def is_drawn(path: Path) -> bool:
    """Whether that file was drawn from."""
    return _numbers(path).exists()


def join(paths: Sequence[Path], rows: int, target: Path) -> None:
    """Write the sample of all files that were drawn from, in their order, and remove what was beside them."""
    drawn = [np.load(_numbers(path), allow_pickle=False) for path in paths]
    every = np.concatenate(drawn)
    last = np.sort(every)[min(rows, len(every)) - 1] if len(every) else 0.0
    with draft_of(target) as draft, draft.open("wb") as file:
        for path, numbers in zip(paths, drawn, strict=True):
            with _rows(path).open("rb") as lines:
                file.writelines(line for line, number in zip(lines, numbers, strict=True) if number <= last)
    for path in paths:
        _rows(path).unlink()
        _numbers(path).unlink()


def _rows(path: Path) -> Path:
    return path.with_name(f"{path.name}.drawn")


def _numbers(path: Path) -> Path:
    return path.with_name(f"{path.name}.numbers")
