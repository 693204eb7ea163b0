"""Columns and texts of many rows that are kept beside a dataset are those that taking its rows apart gives."""

import json
import math
import shutil

import numpy as np
import pytest

from core import dataset as dataset_module
from core import kept_columns as kept_columns_module
from core import template as template_module
from core.digest import digest
from core.kept_columns import KeptTexts, names
from core.reading import read_dataset
from core.template import Template, texts
from core.words_in_texts import fold

ROWS = [
    {"instruction": "Sort", "output": "STRASSE ß", "n": 3, "x": 0.5, "late": None, "flag": True, "mixed": 1},
    {"instruction": "", "output": "é\u0000", "n": None, "x": -0.0, "late": None, "flag": False, "mixed": 1.0},
    {"instruction": "Ünï", "output": "x\ny", "x": math.inf, "late": "there", "flag": None, "mixed": "a"},
    {"instruction": "Z", "output": "w", "n": -7, "huge": 2**70, "nested": {"a": [1]}, "odd": "\ud800", "a.b": 5},
]


def opened(folder, rows):
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="ascii")
    return read_dataset([file], folder / "home")


def exactly(values):
    """Values with their types and signs, so that 1, 1.0 and True are three."""
    return [(type(value).__name__, repr(value)) for value in values]


@pytest.fixture
def kept(monkeypatch):
    monkeypatch.setattr(dataset_module, "FROM", 1)
    monkeypatch.setattr(template_module, "FROM", 1)


def test_kept_columns_are_what_taking_the_rows_apart_gives(tmp_path, kept, monkeypatch):
    found = opened(tmp_path, ROWS * 3)
    paths = [*found.column_names, "nested.a[0]", "n"]
    columns = found.values_of(paths)
    with monkeypatch.context() as plain:
        plain.setattr(dataset_module, "FROM", 1_000)
        for path, mine, theirs in zip(paths, columns, found.values_of(paths), strict=True):
            assert exactly(mine) == exactly(theirs), path
    index = json.loads((found.folder / "columns" / "index.json").read_text())
    assert set(index) == {"instruction", "output", "n", "x", "late", "flag", "a.b"}
    assert exactly(found.values("n")) == exactly([row.get("n") for row in ROWS * 3])
    monkeypatch.setattr(type(found), "_record_batches", None)  # nothing is taken apart any more
    assert found.values_of(["n", "late"])[1] == [None, None, "there", None] * 3


def test_kept_texts_and_what_is_worked_out_from_them_are_the_same(tmp_path, kept, monkeypatch):
    found = opened(tmp_path, ROWS[:3])
    first, again = texts(found, Template()), texts(found, Template())
    assert isinstance(again, KeptTexts)
    assert first == again == ["Sort\nSTRASSE ß", "é\u0000", "Ünï\nx\ny"]
    assert texts(found, Template("prompt")) == ["Sort", "", "Ünï"]
    assert again.each("folded", fold) == again.each("folded", fold) == [fold(text) for text in again]
    for what in ((), ("embed", 1, "key")):
        assert names(again, *what) == names(again, *what) == digest(*what, list(again)) == names(list(again), *what)
    other = found.with_roles(type(found.roles)(text="output"))
    assert texts(other, Template()) == ["STRASSE ß", "é\u0000", "x\ny"]


def test_a_filter_sees_the_same_values(tmp_path, kept):
    from core.filters import Filter

    found = opened(tmp_path, ROWS * 2)
    assert np.flatnonzero(Filter("n", at_least=0).rows(found)).tolist() == [0, 4]
    assert np.flatnonzero(Filter("late", contains="HERE").rows(found)).tolist() == [2, 6]


def test_a_dataset_that_was_removed_meanwhile_does_not_come_back_as_a_part(tmp_path, kept):
    dataset = opened(tmp_path, ROWS)
    expected = dataset.values("instruction")
    shutil.rmtree(dataset.folder)
    again = opened(tmp_path, ROWS)
    assert again.table.num_rows == len(ROWS)  # its rows are mapped
    shutil.rmtree(again.folder)
    assert again.values("instruction") == expected
    assert len(texts(again, Template())) == len(ROWS)
    assert not again.folder.exists()
    assert opened(tmp_path, ROWS).values("instruction") == expected


def test_of_very_many_columns_some_are_kept_and_all_are_read(tmp_path, kept, monkeypatch):
    monkeypatch.setattr(kept_columns_module, "_MOST", 2)
    dataset = opened(tmp_path, ROWS)
    for name in ("instruction", "output", "n", "x", "late"):
        assert exactly(dataset.values(name)) == exactly([row.get(name) for row in ROWS])
    assert len(list((dataset.folder / "columns").glob("*.arrow"))) == 2


def test_texts_that_are_only_looked_at_are_not_kept(tmp_path, kept):
    dataset = opened(tmp_path, ROWS)
    looked = texts(dataset, Template(), keep=False)
    assert not (dataset.folder / "texts").exists()
    assert looked == texts(dataset, Template())
