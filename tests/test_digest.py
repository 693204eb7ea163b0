"""Names for content: equal content, equal name; any difference in value, type or shape, another name."""

import hashlib
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.digest import digest, digest_file

DIFFERENT = [
    (),
    (None,),
    (None, None),
    ("",),
    ("", ""),
    ("ab",),
    ("a", "b"),
    (b"ab",),
    (["ab"],),
    (["a", "b"],),
    ([["a"], "b"],),
    ([["a", "b"]],),
    (["a"], ["b"]),
    ({"a", "b"},),
    ({"a": "b"},),
    ({"a": {"b": None}},),
    ({"a": None, "b": None},),
    (1,),
    (1.0,),
    ("1",),
    (True,),
    (0,),
    (False,),
    (0.0,),
    (-1,),
    (2**64,),
    (np.zeros(2),),
    (np.zeros((2, 1)),),
    (np.zeros((1, 2)),),
    (np.zeros(2, dtype=np.float32),),
    (np.zeros(2, dtype=np.int64),),
    (np.zeros(0),),
    (np.zeros((0, 3)),),
    (np.zeros(()),),
    ([0.0, 0.0],),
    (np.array(["a", "b"]),),
    (np.array(["2020-01-01"], dtype="M8[D]"),),
    (np.array(["2020-01-01"], dtype="M8[s]"),),
    ("\ud800",),
    ("\ufffd",),
]


def test_different_values_have_different_names():
    names = [digest(*values) for values in DIFFERENT]
    for (a, one), (b, other) in itertools.combinations(zip(DIFFERENT, names, strict=True), 2):
        assert one != other, f"{a!r} and {b!r}"


def test_a_name_is_the_hash_of_tagged_and_counted_bytes():
    by_hand = b"S" + (2).to_bytes(8, "little") + b"ab" + b"N" + bytes(8)
    assert digest("ab", None) == hashlib.blake2b(by_hand, digest_size=16).hexdigest()


def test_a_name_never_changes():
    # Written down once: a store that was filled by an earlier version must still be found.
    assert digest("job", "read", {"paths": ["a.jsonl"], "name": None}) == "63304b10372594463e2978e3c0ab053d"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([1, 2], (1, 2)),
        ({1, 2, 3}, frozenset({3, 2, 1})),
        (np.float64(0.5), 0.5),
        (np.int32(3), 3),
        (np.bool_(True), True),
        (np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3))),
        (np.arange(6.0)[::2], np.array([0.0, 2.0, 4.0])),
        (np.arange(3, dtype=">f4"), np.arange(3, dtype="<f4")),
    ],
)
def test_equal_content_has_one_name_however_it_is_laid_out(one: object, other: object):
    assert digest(one) == digest(other)


def test_every_number_of_a_large_array_counts():
    # Streamlit's own hashing looks at a sample of arrays of this size.
    array = np.zeros((5_000, 1_001), dtype=np.float32)
    before = digest(array)
    for place in [(0, 0), (2_345, 678), (4_999, 1_000)]:
        array[place] = 1e-30
        assert digest(array) != before
        array[place] = 0
    assert digest(array) == before


@pytest.mark.parametrize("value", [object(), np.array([object()]), Path("a"), 1j, print, range(3)])
def test_what_has_no_name_is_an_error_and_not_a_guess(value: object):
    with pytest.raises(TypeError, match=r"^digest: cannot name an? "):
        digest([value])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine may take a second for one value
@given(json_values, json_values)
def test_names_are_equal_only_where_values_and_types_are(one: object, other: object):
    assert (digest(one) == digest(other)) == (repr(_ordered(one)) == repr(_ordered(other)))


def test_a_file_is_named_as_other_tools_name_it(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"gamut" * 100_000)
    assert digest_file(path) == hashlib.sha256(b"gamut" * 100_000).hexdigest()


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value
