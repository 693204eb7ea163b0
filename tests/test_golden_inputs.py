"""The golden inputs are made again bit for bit; otherwise no golden value means anything."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.golden.inputs import array, digest, texts

DIGESTS = json.loads((Path(__file__).parent / "golden" / "inputs.json").read_text())


@pytest.mark.parametrize("name", DIGESTS)
def test_the_golden_input_is_bit_identical(name):
    assert digest(texts(name) if name.startswith("text") else array(name)) == DIGESTS[name]


def test_the_pool_holds_the_target_where_it_says():
    assert np.array_equal(array("P")[array("P_rows_of_A")], array("A"))


def test_a_slice_of_an_input_is_its_first_rows():
    assert np.array_equal(array("A[:40]"), array("A")[:40])
