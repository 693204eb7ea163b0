"""A Space gives the distances, neighbours and spectrum that plain float64 arithmetic gives."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core import nearest
from core.blocks import multiply, numpy_is_faster, row_blocks
from core.errors import UserError
from core.geometry import Space
from core.metrics import METRICS
from tests.golden.inputs import array

ROOT = Path(__file__).parents[1]


def brute(rows, others=None):
    """All squared distances in float64, a row's own one infinite where there is no other set."""
    others_given = others is not None
    others = rows if others is None else others
    found = np.array([((others - row) ** 2).sum(axis=1) for row in rows])
    if not others_given:
        np.fill_diagonal(found, np.inf)
    return found


def unit(rows):
    rows = np.asarray(rows, dtype=np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def crowd(seed=0, n=400, spread=1e-5):
    """Rows so near each other that float32 products cannot tell which are nearest."""
    rng = np.random.default_rng(seed)
    return unit(np.eye(384)[0] + spread * rng.normal(size=(n, 384))).astype(np.float32)


@pytest.mark.parametrize("rows", [array("A[:300]"), array("B[:300]"), array("C[:400]"), crowd()], ids="ABC*")
@pytest.mark.parametrize("count", [1, 5, 12])
def test_neighbours_are_those_of_brute_force_also_in_crowds_and_among_copies(rows, count):
    squared, indices = Space(rows).neighbours(count)
    everything = brute(unit(rows))
    expected = np.sort(everything, axis=1)[:, :count]
    assert np.allclose(squared, expected, rtol=1e-9, atol=1e-30)
    assert np.allclose(np.take_along_axis(everything, indices, axis=1), squared, rtol=1e-9, atol=1e-30)
    assert (indices != np.arange(len(rows))[:, None]).all()
    assert all(len(set(row)) == count for row in indices.tolist())


@pytest.mark.parametrize("spread", [1.0, 1e-5])
def test_neighbours_in_another_set_may_be_the_row_itself(spread):
    pool, rows = crowd(1, 400, spread), crowd(2, 400, spread)
    rows[0] = pool[7]
    squared, indices = Space(rows).neighbours(3, within=Space(pool))
    assert (squared[0, 0], indices[0, 0]) == (0.0, 7)
    assert np.allclose(squared, np.sort(brute(unit(rows), unit(pool)), axis=1)[:, :3], rtol=1e-9, atol=1e-30)


def test_neighbours_of_rows_that_are_not_normalised_are_euclidean():
    squared, _ = Space(array("D"), normalize=False).neighbours(4)
    assert np.allclose(squared, np.sort(brute(array("D").astype(np.float64)), axis=1)[:, :4], rtol=1e-12)


def test_equal_distances_come_by_index():
    _, indices = Space(np.tile(array("A[:3]"), (40, 1))).neighbours(6)
    assert indices[0].tolist() == [3, 6, 9, 12, 15, 18]
    assert indices[100].tolist() == [1, 4, 7, 10, 13, 16]


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize(("copies", "count"), [(490, 1), (490, 5), (300, 2)])
def test_equal_distances_come_by_index_in_crowds_of_copies_too(copies, count, normalize):
    rng = np.random.default_rng(copies)
    rows = rng.normal(size=(600, 16)).astype(np.float32)
    same = np.sort(rng.permutation(600)[:copies])
    rows[same] = rows[same[0]]
    pool = Space(rows, normalize=normalize)
    squared, indices = pool.neighbours(count)
    expected = brute(pool.rows64())
    assert indices.tolist() == np.argsort(expected, axis=1, kind="stable")[:, :count].tolist()
    assert np.allclose(squared, np.sort(expected, axis=1)[:, :count], atol=1e-12)
    others = Space(rows[same[:3]] + np.float32(0.25), normalize=normalize)
    _, within = others.neighbours(count, within=pool)
    asked = brute(others.rows64(), pool.rows64())
    assert within.tolist() == np.argsort(asked, axis=1, kind="stable")[:, :count].tolist()


def test_in_crowds_of_near_copies_few_columns_are_measured_exactly(monkeypatch):
    """Two crowds whose rows differ by no more than float32 rounds: nearly all pairs are told apart by one product."""
    monkeypatch.setattr("core.geometry.EXACT_UP_TO", 0)
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(2, 64))
    rows = (np.repeat(centres, 500, axis=0) + 1e-7 * rng.normal(size=(1000, 64))).astype(np.float32)
    measured = []
    first = nearest._first
    monkeypatch.setattr("core.nearest._first", lambda rows, *more: measured.append(len(rows)) or first(rows, *more))
    squared, _ = Space(rows).neighbours(3)
    assert np.allclose(squared, np.sort(brute(unit(rows)), axis=1)[:, :3], rtol=1e-9, atol=0)
    assert sum(measured) < 1000 * 20


def test_fewer_neighbours_asked_later_are_the_same_and_belong_to_the_caller():
    space = Space(array("A[:200]"))
    many = space.neighbours(30)[0]
    few, _ = space.neighbours(3)
    assert np.array_equal(few, many[:, :3])
    few[:] = -1
    assert np.array_equal(space.neighbours(3)[0], many[:, :3])


def test_too_many_neighbours_are_refused_with_the_number_there_is():
    with pytest.raises(UserError, match="5 neighbours were asked for, and tiny has 3 other rows"):
        Space(array("A[:4]"), name="tiny").neighbours(5)


@pytest.mark.parametrize("name", ["A", "B", "A[:50]", "D"])
def test_spectrum_is_that_of_the_similarity_matrix(name):
    rows = unit(array(name))
    expected = np.linalg.eigvalsh(rows @ rows.T / len(rows))[::-1][: min(rows.shape)]
    found = Space(array(name)).spectrum
    assert np.allclose(found, expected, atol=1e-12)
    assert found.sum() == pytest.approx(1, abs=1e-12)


def test_mean_is_that_of_the_unit_rows():
    assert np.allclose(Space(array("D")).mean, unit(array("D")).mean(axis=0), atol=1e-15)


@pytest.mark.parametrize("by_numpy", [True, False], ids=["by numpy", "by torch"])
@pytest.mark.parametrize("rows", [30, 700], ids=["few rows", "many rows"])
def test_blocks_cover_every_pair_once(rows, by_numpy, monkeypatch):
    monkeypatch.setattr("core.blocks.BLOCK_BYTES", 100_000)
    monkeypatch.setattr("core.blocks.numpy_is_faster", lambda: by_numpy)
    monkeypatch.setattr("core.blocks._SMALL", 0)
    left, right = Space(array("A")[:rows]), Space(array("P"))
    parts = [(part, block.copy()) for part, block in left.blocks(right)]
    assert [i for part, _ in parts for i in range(part.start, part.stop)] == list(range(rows))
    found = np.concatenate([block for _, block in parts])
    assert found.dtype == np.float64
    assert np.allclose(found, unit(array("A")[:rows]) @ unit(array("P")).T, atol=1e-14)


def test_large_passes_are_float32_and_near_the_exact_ones(monkeypatch):
    monkeypatch.setattr("core.geometry.EXACT_UP_TO", 1e3)
    [(_, found)] = list(Space(array("A[:200]")).blocks())
    assert found.dtype == np.float32
    assert np.allclose(found, unit(array("A[:200]")) @ unit(array("A[:200]")).T, atol=1e-6)


@pytest.mark.parametrize("by_numpy", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_multiply_is_matrix_multiplication_for_every_layout(dtype, by_numpy, monkeypatch):
    monkeypatch.setattr("core.blocks.numpy_is_faster", lambda: by_numpy)
    monkeypatch.setattr("core.blocks._SMALL", 0)  # else these are too few for torch
    left, right = array("A").astype(dtype), np.asfortranarray(array("P").astype(dtype).T)
    left.flags.writeable = right.flags.writeable = False
    expected = np.einsum("id,dj->ij", left.astype(np.float64), right.astype(np.float64))
    assert np.allclose(multiply(left, right), expected, atol=1e-5)
    out = np.empty((1000, 3000), dtype=dtype)
    assert multiply(left, right, out=out) is out
    for strip in (512, 300, 1500):  # of rows that are multiplied by those up to them
        monkeypatch.setattr("core.blocks._STRIP", strip)
        itself = multiply(left, left.T)
        assert np.allclose(itself, left @ left.T.copy(), atol=1e-5)
        assert np.array_equal(itself, itself.T)


@pytest.mark.parametrize(
    ("told", "named", "blas", "faster"),
    [
        ("vendor_id : AuthenticAMD", "", "scipy-openblas", True),
        ("vendor_id : GenuineIntel", "", "scipy-openblas", False),
        ("vendor_id : AuthenticAMD", "", "mkl", False),
        (None, "AMD64 Family 25 Model 33 Stepping 0, AuthenticAMD", "openblas64", True),
        (None, "arm", "accelerate", False),
    ],
)
def test_numpy_multiplies_on_processors_of_amd_where_it_has_openblas(told, named, blas, faster, tmp_path, monkeypatch):
    if told is not None:
        (tmp_path / "cpuinfo").write_text(told)
    monkeypatch.setattr("core.blocks.Path", lambda _: tmp_path / "cpuinfo")
    monkeypatch.setattr("core.blocks.platform.processor", lambda: named)
    monkeypatch.setattr("core.blocks.np.show_config", lambda mode: {"Build Dependencies": {"blas": {"name": blas}}})
    assert numpy_is_faster.__wrapped__() is faster


@pytest.mark.parametrize("own", [None, "20"])
def test_threads_of_openblas_do_not_wait_aloud_unless_the_user_says_so(own):
    given = {name: value for name, value in os.environ.items() if name != "OPENBLAS_THREAD_TIMEOUT"}
    given |= {} if own is None else {"OPENBLAS_THREAD_TIMEOUT": own}
    asked = "import os, core; print(os.environ['OPENBLAS_THREAD_TIMEOUT'])"
    run = subprocess.run([sys.executable, "-c", asked], env=given, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == (own or "4")


def test_first_copies_are_found_exactly():
    space = Space(array("C"))
    seen = {}
    expected = [seen.setdefault(row.tobytes(), i) for i, row in enumerate(array("C"))]
    assert space.first_copies.tolist() == expected
    assert len(space.distinct) == 800
    assert np.array_equal(space.without_copies.raw, array("C")[space.distinct])


def test_zero_and_minus_zero_are_the_same_row():
    assert Space(np.array([[0.0, 1.0], [-0.0, 1.0]])).first_copies.tolist() == [0, 0]


def test_rows_are_scaled_to_unit_length_unless_asked_not_to():
    given = 3 * array("B[:10]")
    assert np.allclose(np.linalg.norm(Space(given).rows, axis=1), 1)
    assert np.array_equal(Space(given, normalize=False).rows, given)
    assert np.allclose(Space(given, normalize=False).directions.rows, array("B[:10]"))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_refused_with_its_row(bad):
    rows = array("A[:5]").copy()
    rows[3, 2] = bad
    with pytest.raises(UserError, match=r"1 of 5 embeddings of mine .* the first is row 4"):
        Space(rows, name="mine")


def test_a_row_of_zeros_has_no_direction():
    rows = array("A[:5]").copy()
    rows[1] = 0
    with pytest.raises(UserError, match="the first is row 2"):
        Space(rows)
    assert len(Space(rows, normalize=False)) == 5


@pytest.mark.parametrize("rows", [np.zeros((0, 4)), np.zeros((4, 0)), np.zeros(4), np.array([["a"]])])
def test_what_is_no_table_of_numbers_is_refused(rows):
    with pytest.raises(UserError):
        Space(rows)


def test_row_blocks_cover_all_rows_within_the_limit():
    parts = list(row_blocks(10, 30, limit=100))
    assert [(part.start, part.stop) for part in parts] == [(0, 3), (3, 6), (6, 9), (9, 10)]
    assert [part.stop for part in row_blocks(2, 1000, limit=1)] == [1, 2]


def test_a_row_and_its_double_are_copies_where_only_the_direction_counts():
    rows = np.random.default_rng(4).normal(size=(30, 6)).astype(np.float32)
    both = np.concatenate([rows, 2 * rows])
    assert len(Space(both).distinct) == 30
    assert len(Space(both, normalize=False).distinct) == 60
    twice = np.concatenate([Space(rows).unit, Space(rows).unit])
    assert METRICS["novelsum"](Space(both)).value == pytest.approx(METRICS["novelsum"](Space(twice)).value, rel=1e-6)
