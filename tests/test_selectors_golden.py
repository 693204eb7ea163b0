"""Every selector meets the choices that programs of others made of the same inputs (tests/golden/selectors.json)."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from core.geometry import Space
from core.selectors import select
from tests.golden.inputs import array

GOLDEN = json.loads((Path(__file__).parent / "golden" / "selectors.json").read_text(encoding="utf-8"))["entries"]
PRECISION = 1e-6  # a relative gap below which a program in float32 may choose the other row


def values(entry):
    return GOLDEN[entry]["values"]


def cases(entry):
    return pytest.mark.parametrize("key", [pytest.param(key, id=f"{entry}: {key}") for key in values(entry)])


@cache
def cloud(name):
    """The golden array of that name; D is the one that is not normalised."""
    return Space(array(name), normalize=name != "D", name=name)


def first_difference(space, found, expected):
    """The step from which the two choices hold different rows, an exact copy being the same; None where they agree."""
    differ = np.flatnonzero((space.raw[found] != space.raw[expected["idx"]]).any(axis=1))
    if not len(differ):
        return None
    step, near = int(differ[0]), expected.get("near_alternatives", {})
    assert int(found[step]) in near.get(str(step), []) or expected["gap"][step] < PRECISION, f"step {step}"
    return step


@cases("novelselect.fp64")
def test_novelselect_is_the_choice_of_the_authors_code_in_double_precision(key):
    expected = values("novelselect.fp64")[key]
    found = select("novelselect", cloud(key), 50, first=expected["idx"][0], keep_copies=True)
    assert first_difference(cloud(key), found.positions, expected) is None
    assert np.allclose(found.gains[1:], expected["val"][1:], rtol=2e-6)


def test_novelselect_to_the_letter_takes_a_copy_and_otherwise_never():
    first = values("novelselect.fp64")["C"]["idx"][0]
    different = {
        keep: len(
            cloud("C").subset(select("novelselect", cloud("C"), 50, first=first, keep_copies=keep).positions).distinct
        )
        for keep in (True, False)
    }
    assert different == {True: 49, False: 50}


@cases("select.kcenter")
@pytest.mark.parametrize("keep_copies", [True, False])
def test_k_center_is_the_farthest_first_traversal(key, keep_copies):
    name, first = key.split(" first=")
    expected = values("select.kcenter")[key]
    found = select("k_center", cloud(name), 50, first=int(first), keep_copies=keep_copies)
    assert first_difference(cloud(name), found.positions, expected) is None
    assert np.allclose(found.gains[1:], expected["val"][1:], rtol=1e-6)


@cases("select.herding")
def test_herding_keeps_the_mean(key):
    name, form = key.split()
    expected = values("select.herding")[key]
    found = select("herding", cloud(name), 50)
    assert first_difference(cloud(name), found.positions, expected) is None
    if form == "dist":
        assert np.allclose(found.gains, expected["val"], rtol=1e-6)


@cases("select.mmr")
def test_mmr_mixes_score_and_distance(key):
    name, weight, form = key.split()
    expected = values("select.mmr")[key]
    params = {"spread_weight": 1 - float(weight.split("=")[1]), "negative": "zero" if form == "clip" else "kept"}
    score = array(f"score_{name}")
    found = select("mmr", cloud(name), 50, quality=score, scale="as given", keep_copies=True, **params)
    step = first_difference(cloud(name), found.positions, expected)
    assert np.allclose(found.gains[:step], expected["val"][:step], rtol=1e-5, atol=1e-6)


@cases("select.deita")
def test_repr_filter_keeps_what_resembles_nothing_kept(key):
    name, tau = key.split(" tau=")
    expected = values("select.deita")[key]
    space = cloud(name)
    found = select("repr_filter", space, len(space), quality=array(f"score_{name}"), tau=float(tau), keep_copies=True)
    assert len(found) == expected["count"]
    assert found.positions[:20].tolist() == expected["head"]
    kept = np.unpackbits(np.frombuffer(bytes.fromhex(expected["mask_hex"]), np.uint8))[: len(space)]
    assert np.array_equal(np.sort(found.positions), np.flatnonzero(kept))
    assert found.notes == (
        f"Repr filter (DEITA) returned {len(found):,} of {len(space):,} rows: no further row met its rule.",
    )


@cases("select.fl")
def test_facility_location_covers_the_pool(key):
    name, _, pool = key.partition(">")
    expected, space = values("select.fl")[key], cloud(name)
    reference = cloud(pool) if pool else None
    found = select("facility_location", space, 50, reference=reference, keep_copies=True)
    step = first_difference(space, found.positions, expected)
    assert np.allclose(found.gains[:step], expected["val"][:step], rtol=1e-6)
    assert found.gains.sum() == pytest.approx(sum(expected["val"]), rel=1e-6)


@cases("select.dpp")
def test_dpp_enlarges_the_determinant(key):
    name, form, _ = key.split(maxsplit=2)
    expected, space = values("select.dpp")[key], cloud(name)
    params, score = {"kernel": "linear"}, None
    if form == "qSq":
        score, params["scores"] = 0.5 + array(f"score_{name}"), "as given"
    elif form == "wSw":
        score, params["strength"] = array(f"score_{name}"), 0.5
    budget = len(expected["idx"])
    found = select("dpp", space, budget, quality=score, keep_copies=True, **params)
    step = first_difference(space, found.positions, expected)
    assert np.allclose(found.gains[:step], expected["val"][:step], rtol=2e-6)


def test_a_linear_dpp_ends_at_the_rank_and_says_so():
    found = select("dpp", cloud("B"), 37, kernel="linear")
    assert len(found) == 32, "rows of 32 dimensions"
    assert found.notes == (
        "No row is independent of these 32: the linear kernel has no higher rank.",
        "DPP, greedy MAP returned 32 of 37 rows: no further row met its rule.",
    )


@cases("select.semdedup")
def test_semdedup_drops_what_an_earlier_row_of_its_cell_resembles(key):
    name, threshold, order, _ = key.split()
    expected, space = values("select.semdedup")[key], cloud(name)
    threshold = float(threshold.split("=")[1])
    found = select(
        "semdedup",
        space,
        len(space),
        labels=array(f"label_{name}"),
        cells="labels",
        eps=1 - threshold,
        begin={"hard": "far", "easy": "near"}[order],
        keep_copies=True,
    )
    kept = np.unpackbits(np.frombuffer(bytes.fromhex(expected["mask_hex"]), np.uint8))[: len(space)]
    assert len(found) == expected["count"]
    assert np.array_equal(np.sort(found.positions), np.flatnonzero(kept))
