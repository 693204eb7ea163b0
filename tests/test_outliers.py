"""Outliers by the k-th nearest other row, against distances found row by row; the page and the command say the same."""

import json

import numpy as np
import pytest

from core.__main__ import main
from core.errors import UserError
from core.outliers import NEIGHBOUR, known_outliers, outliers
from tests.app_script import button, do, empty_store, open_page, open_rows, said, the_study

ROWS = 200


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Rows in a few crowds; five lie alone, and seven together."""
    found = empty_store(tmp_path / "home", monkeypatch)
    rng = np.random.default_rng(5)
    vectors = np.eye(20)[rng.integers(3, size=ROWS)] + rng.normal(size=(ROWS, 20)) * 0.05
    vectors[:5] = np.eye(20)[10:15]
    vectors[5:12] = np.eye(20)[16] + rng.normal(size=(7, 20)) * 0.02
    open_rows(found, tmp_path / "rows.jsonl", [{"id": f"r{i}", "text": f"row {i}"} for i in range(ROWS)], vectors)
    return found


def slow(study, k):
    """The distance to the k-th nearest other row, of one row after the other."""
    rows = np.asarray(study.embeddings.vectors, dtype=np.float64)
    unit = rows / np.linalg.norm(rows, axis=1)[:, None]
    return np.array(
        [sorted(1 - unit[i] @ unit[j] for j in range(len(unit)) if j != i)[k - 1] for i in range(len(unit))]
    )


@pytest.mark.parametrize("k", [1, NEIGHBOUR])
def test_the_farthest_rows_are_those_whose_kth_nearest_other_row_is_farthest(store, k):
    study = the_study(store)
    assert known_outliers(study, k=k) is None
    found, expected = outliers(study, k=k), slow(study, k)
    np.testing.assert_allclose(found.distances, expected, atol=1e-9)
    assert set(found.share(0.025).tolist()) == set(range(5)), "seven rows together are not alone"
    assert len(found.share(1e-9)) == 1
    assert len(found.share(1.0)) == ROWS
    for distance in (0.0, 0.01, 0.5, 1.9):
        assert set(found.beyond(distance).tolist()) == set(np.flatnonzero(expected >= distance).tolist())
    assert known_outliers(study, k=k).order.tolist() == found.order.tolist()
    for wrong in (lambda: found.share(0), lambda: found.beyond(2.1), lambda: outliers(study, k=ROWS)):
        with pytest.raises(UserError):
            wrong()


def test_the_page_and_the_command_find_the_same_rows(store, tmp_path, capsys):
    page = open_page("2_Map")
    page = next(each for each in page.selectbox if each.label == "Map").set_value("pca").run()
    button(page, f"Look for outliers among {ROWS} rows").click().run()
    do(store, "outliers")
    page = page.run()
    slider = next(each for each in page.slider if each.label == "The farthest of all rows")
    page = slider.set_value(2.5).run()
    assert not page.exception
    assert "**5 rows** (2.5%)" in said(page)
    page = button(page, "Select these rows").click().run()
    assert "**5 rows selected**" in said(page)
    pool = [str(tmp_path / "rows.jsonl"), "--embeddings", str(tmp_path / "rows.npy")]
    out, rest = tmp_path / "out.jsonl", tmp_path / "rest.txt"
    assert main(["outliers", *pool, "--share", "2.5%", "--out", str(out), "--rest", str(rest)]) == 0
    assert "5 of 200 rows are" in capsys.readouterr().err
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    found = outliers(the_study(store))
    assert [row["id"] for row in rows] == [f"r{row}" for row in found.share(0.025)]
    assert [row["gamut_distance"] for row in rows] == found.distances[found.share(0.025)].tolist()
    assert rest.read_text().split() == [f"r{row}" for row in range(5, ROWS)]
    assert main(["outliers", *pool, "--distance", "0.5"]) == 0
    listed = [json.loads(line)["row"] for line in capsys.readouterr().out.splitlines()]
    assert listed == found.beyond(0.5).tolist()
    assert main(["outliers", *pool, "--share", "5"]) == 2
