"""The worst-served row of a reference, found without looking at all pairs, beside the plain way over all of them."""

import numpy as np
import pytest

import core.farthest_row as module
import core.metrics.coverage_radius
from core.errors import Cancelled
from core.farthest_row import farthest_row
from core.geometry import Space
from core.measuring import measure, share_passes


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def cloud(rng, n, d=16):
    return unit(rng.normal(size=(n, d)))


def crowds(rng, n, d=16, width=0.1):
    return unit(cloud(rng, 7, d)[rng.integers(7, size=n)] + width * rng.normal(size=(n, d)))


def shapes(seed):
    rng = np.random.default_rng(seed)
    grouped = crowds(rng, 900)
    outliers = np.vstack([crowds(rng, 500), cloud(rng, 3)])
    yield "spread evenly", cloud(rng, 600), cloud(rng, 700)
    yield "in groups", grouped, unit(grouped[:400] + 0.05 * rng.normal(size=(400, 16)))
    yield "in other groups", crowds(rng, 500), crowds(rng, 300)
    yield "an outlier in the reference", grouped, np.vstack([grouped[:200], -grouped[:1]])
    yield "outliers in the set", outliers, crowds(rng, 300)
    yield "many copies in the set", np.vstack([np.tile(grouped[:1], (700, 1)), grouped[:50]]), grouped
    yield "many copies in the reference", grouped[:100], np.vstack([np.tile(grouped[800:801], (400, 1)), grouped])
    yield "near copies", grouped[:300], unit(grouped[:300] + 1e-7 * rng.normal(size=(300, 16)))
    yield "near copies of one row", cloud(rng, 50), unit(grouped[:1] + 1e-6 * rng.normal(size=(600, 16)))
    yield "a part of the reference", grouped[::3], grouped
    yield "more than the reference", grouped, grouped[:10]
    yield "one row in the set", grouped[:1], grouped
    yield "one row in the reference", grouped, grouped[5:6] * -1
    yield "one row each", grouped[:1], grouped[1:2]
    yield "two dimensions", cloud(rng, 400, 2), cloud(rng, 500, 2)
    yield "rows of other lengths", 3 * grouped[:200], 0.1 * grouped[100:500]


def plain(space, reference):
    rows, others = space.unit64(), reference.unit64()
    return max(((rows - each) ** 2).sum(axis=1).min() for each in others)


@pytest.mark.parametrize("sizes", [(256, 256, 256, 4096), (5, 20, 3, 64), (1, 1, 1, 150), (3, 2, 5, 40)])
@pytest.mark.parametrize("seed", range(2))
def test_it_is_the_farthest_row_of_every_shape_of_data(seed, sizes, monkeypatch):
    for name, size in zip(("CELLS", "_NEAR", "_FIRST", "_ROWS"), sizes, strict=True):
        monkeypatch.setattr(module, name, size)
    for title, rows, others in shapes(seed):
        space, reference = Space(rows.astype(np.float32)), Space(others.astype(np.float32))
        expected = plain(space, reference)
        assert farthest_row(space, reference) == pytest.approx(expected, rel=1e-12, abs=1e-30), title
        found, _ = reference.neighbours(1, within=space)
        assert farthest_row(space, reference) == pytest.approx(found.max(), rel=1e-12, abs=1e-30), title


def test_a_reference_that_the_set_holds_is_covered_without_a_look_at_pairs(monkeypatch):
    rows = cloud(np.random.default_rng(0), 300).astype(np.float32)
    monkeypatch.setattr(module, "multiply", None)
    assert farthest_row(Space(rows), Space(rows.copy())) == 0.0
    assert farthest_row(Space(rows), Space(rows[::-1][:50])) == 0.0


def test_rows_of_one_hash_that_differ_are_not_taken_for_copies(monkeypatch):
    rng = np.random.default_rng(0)
    space, reference = Space(cloud(rng, 30)), Space(cloud(rng, 40))
    for each in (space, reference):
        each.__dict__["hashes"] = np.zeros(len(each), np.uint64)
    assert farthest_row(space, reference) == pytest.approx(plain(space, reference), rel=1e-12)


def test_most_pairs_of_data_in_groups_are_never_looked_at(monkeypatch):
    rng = np.random.default_rng(0)
    rows = crowds(rng, 16_000)
    monkeypatch.setattr(module, "CELLS", 64)
    monkeypatch.setattr(module, "_NEAR", 64)
    monkeypatch.setattr(module, "_FIRST", 16)
    pairs, multiply = [], module.multiply

    def counted(left, right):
        pairs.append(left.shape[0] * right.shape[1])
        return multiply(left, right)

    monkeypatch.setattr(module, "multiply", counted)
    space, reference = Space(rows[:8000]), Space(rows[8000:])
    found = farthest_row(space, reference)
    assert sum(pairs) < 0.1 * 8000**2
    assert found == pytest.approx(reference.neighbours(1, within=space)[0].max(), rel=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4, 0.9])
def test_it_says_how_far_it_is_and_can_be_cancelled_anywhere(share, monkeypatch):
    rng = np.random.default_rng(1)
    for name, size in {"CELLS": 8, "_NEAR": 8, "_FIRST": 2, "_ROWS": 32}.items():
        monkeypatch.setattr(module, name, size)
    space, reference = Space(cloud(rng, 2000)), Space(cloud(rng, 2000))
    shares = []
    farthest_row(space, reference, progress=lambda done, message: shares.append((done, message)))
    assert all(0 <= done <= 1 for done, _ in shares)
    assert all(message for _, message in shares)

    def cancel(done, message):
        if done >= share:
            raise Cancelled

    with pytest.raises(Cancelled):
        farthest_row(Space(space.raw), Space(reference.raw), progress=cancel)


def test_the_coverage_radius_of_large_sets_is_found_that_way_and_is_the_same(monkeypatch):
    rng = np.random.default_rng(2)
    rows, others = crowds(rng, 500), crowds(rng, 600)
    names = {"coverage_radius": {}, "mean_coverage": {}}

    def radius():
        space, reference = Space(rows), Space(others)
        share_passes(names, space, reference)
        return measure("coverage_radius", space, reference=reference)

    expected = radius()
    called = []
    monkeypatch.setattr(core.metrics.coverage_radius, "PRUNED_FROM", 1000)
    monkeypatch.setattr(
        core.metrics.coverage_radius,
        "farthest_row",
        lambda *args, **more: called.append(args) or farthest_row(*args, **more),
    )
    found = radius()
    assert called
    assert found.value == pytest.approx(expected.value, rel=1e-12)
    assert not found.estimated
    itself = Space(rows)
    assert measure("coverage_radius", itself, reference=itself).value == 0.0
