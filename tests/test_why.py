"""Why one row was chosen or left out says what the values of all rows say."""

import math

import numpy as np
import pytest

from core import Study
from core.row_values import row_values
from core.why import Reason, reason


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of_vectors(np.random.default_rng(0).normal(size=(80, 5)).astype(np.float32), name="rows")


@pytest.mark.parametrize("selector", ["k_center", "novelselect", "random"])
def test_the_reason_for_each_row_is_what_the_columns_of_all_rows_hold(study, selector):
    selection = study.select(selector, 20, seed=2)
    names = ["rank", "gain", "covered", "covered_by", "from_earlier", "earlier"]
    found = row_values(study, names, selection=selection)
    for row in range(len(study)):
        why = reason(study, selection, row)
        chosen = row in selection.positions
        assert why.rank == (int(found["rank"][row]) if chosen else None)
        assert why.gain == (None if math.isnan(found["gain"][row]) else found["gain"][row])
        nearest, distance = ("earlier", "from_earlier") if chosen else ("covered_by", "covered")
        assert ("" if why.nearest is None else str(why.nearest)) == found[nearest][row]
        if why.distance is not None:
            assert why.distance == pytest.approx(found[distance][row], abs=1e-12)


def test_the_first_row_has_nothing_before_it_and_a_copy_lies_at_its_original():
    vectors = np.array([[1, 0], [0, 1], [1, 0], [-1, 0]], dtype=np.float32)
    study = Study.of_vectors(vectors)
    selection = study.select("k_center", 2, first=0)
    assert selection.positions.tolist() == [0, 3]
    assert reason(study, selection, 0) == Reason(1, None, None, None)
    assert reason(study, selection, 2) == Reason(None, None, 0, 0.0)
    assert reason(study, selection, 3) == Reason(2, 2.0, 0, 2.0)
