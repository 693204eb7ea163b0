"""What comes out is what came in: bytes of lines, cells of tables, types of columns."""

import csv
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Cancelled, UserError
from core.export import export_bytes, export_rows
from core.shapes import Roles

LINES = [
    b'{"id": "x1", "t":"a\\u00e9",  "n": 1.0}',
    b'{"n": 10000000000000000000000000, "id": "x0"}\r',
    b'{"id":"x2","t":"\xe2\x80\xa8","l":[1,"a",null],"n":1}',
]


@pytest.fixture
def dataset(read):
    return read(b"\n".join(LINES) + b"\n")


def test_lines_come_out_byte_for_byte_in_the_order_asked_for(dataset):
    assert export_bytes(dataset, [2, 0, 1], format="jsonl") == b"\n".join([LINES[2], LINES[0], LINES[1]]) + b"\n"
    assert export_bytes(dataset, [2, 0], format="jsonl", order="original") == LINES[0] + b"\n" + LINES[2] + b"\n"
    assert export_bytes(dataset, [], format="jsonl") == b""


def test_added_columns_stand_behind_the_rows_own_bytes(dataset):
    found = export_bytes(dataset, [2, 0], format="jsonl", order="original", extra={"gain": np.array([0.5, np.nan])})
    assert found.split(b"\n")[:2] == [
        LINES[0][:-1] + b', "gamut_gain": null}',
        LINES[2][:-1] + b', "gamut_gain": 0.5}',
    ]


def test_added_columns_never_cover_one_that_is_there(read):
    dataset = read(b'{"gamut_rank": 7}\n{}\n"bare"\n')
    rows = export_bytes(dataset, [0, 1, 2], format="jsonl", extra={"rank": [1, 2, 3]}).splitlines()
    assert list(map(json.loads, rows)) == [
        {"gamut_rank": 7, "gamut_rank_": 1},
        {"gamut_rank_": 2},
        {"text": "bare", "gamut_rank_": 3},
    ]
    assert export_bytes(dataset, [0], format="csv", extra={"rank": [1]}) == b"gamut_rank,text,gamut_rank_\n7,,1\n"


def test_csv_cells_are_the_values(dataset):
    rows = list(csv.reader(io.StringIO(export_bytes(dataset, [0, 1, 2], format="csv").decode(), newline="")))
    assert rows == [
        ["id", "t", "n", "l"],
        ["x1", "aé", "1.0", ""],
        ["x0", "", "10000000000000000000000000", ""],
        ["x2", "\u2028", "1", '[1, "a", null]'],
    ]


LETTERS = st.characters(
    codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufeff", include_characters="\r\n\t"
)
CELLS = st.text(alphabet=LETTERS, max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_any_cells_survive_csv_and_back(read, rows):
    text = json.dumps([{"first": one, "second": two} for one, two in rows]).encode()
    there = export_bytes(read(text), range(len(rows)), format="csv")
    assert [tuple(row) for row in csv.reader(io.StringIO(there.decode(), newline=""))][1:] == rows
    back = read(there, "back.csv")
    assert [tuple(record.values()) for record in back.records(range(len(back)))] == rows


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(
            st.text(max_size=4),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
                max_leaves=6,
            ),
            min_size=1,
            max_size=4,
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
    st.sampled_from([None, 1]),
)
def test_any_records_survive_lines_and_arrays(read, records, ascii_only, indent):
    """Whatever JSON can say is read as Python reads it, and exported so that Python reads the same."""
    array = json.dumps(records, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    dataset = read(array)
    assert dataset.records(range(len(records))) == records
    lines = export_bytes(dataset, range(len(records)), format="jsonl")
    assert [json.loads(line) for line in lines.split(b"\n")[:-1]] == records
    if len(records) > 1:  # one line alone may also be an object of columns
        assert export_bytes(read(lines), range(len(records)), format="jsonl") == lines


def test_formulas_are_escaped_only_where_asked(read):
    dataset = read(b"a,b\n=1+1,-2.5\n@x,-y\n+1e5,plain\n")
    assert export_bytes(dataset, range(3), format="csv") == b"a,b\n=1+1,-2.5\n@x,-y\n+1e5,plain\n"
    escaped = export_bytes(dataset, range(3), format="csv", escape_formulas=True)
    assert escaped == b"a,b\n'=1+1,-2.5\n'@x,'-y\n+1e5,plain\n"


TABLE = pa.table(
    {
        "i": pa.array([1, None, 3], pa.int16()),
        "b": pa.array([b"\x00\xff", b"", None]),
        "d": pa.array(["x", None, "x"]).dictionary_encode(),
        "s": pa.array([{"k": [1.0]}, None, {"k": []}], pa.struct([("k", pa.list_(pa.float32()))])),
    }
).replace_schema_metadata({b"huggingface": b"{}"})


def test_parquet_comes_back_as_parquet(read, tmp_path):
    buffer = io.BytesIO()
    pq.write_table(TABLE, buffer)
    dataset = read(buffer.getvalue())
    out = export_rows(dataset, [2, 0], tmp_path / "out.parquet", format="parquet")
    found = pq.read_table(out)
    assert found.schema.equals(pq.read_schema(io.BytesIO(buffer.getvalue())), check_metadata=True)
    assert found.to_pylist() == TABLE.take([2, 0]).to_pylist()
    found = pq.read_table(export_rows(dataset, [2, 0], out, format="parquet", extra={"rank": [1, 2]}))
    assert found["gamut_rank"].to_pylist() == [1, 2]
    assert json.loads(dataset.raw(0)) == {"i": 1, "b": "AP8=", "d": "x", "s": {"k": [1.0]}}


def test_json_becomes_parquet_with_types_and_mixed_columns_as_json(read, tmp_path):
    rows = [
        {"t": "a", "n": 1, "f": 1, "mixed": 1, "big": 2**70, "nest": {"a": [1]}, "hollow": {}},
        {"t": None, "n": 2, "f": 2.5, "mixed": "x", "big": 1, "nest": {"b": "y"}, "hollow": {}},
    ]
    dataset = read("\n".join(map(json.dumps, rows)).encode())
    found = pq.read_table(export_rows(dataset, [0, 1], tmp_path / "x.parquet", format="parquet"))
    kinds = {field.name: str(field.type) for field in found.schema}
    assert kinds["t"] == "string" and kinds["n"] == "int64" and kinds["f"] == "double"
    assert found["nest"].to_pylist() == [{"a": [1], "b": None}, {"a": None, "b": "y"}]
    assert found["mixed"].to_pylist() == ["1", '"x"']
    assert found["big"].to_pylist() == [str(2**70), "1"]
    assert found["hollow"].to_pylist() == ["{}", "{}"]
    assert {field.name for field in found.schema if field.metadata} == {"mixed", "big", "hollow"}


def test_a_type_that_only_a_later_row_shows_is_met(read, tmp_path):
    rows = [{"x": 1, "y": None}] * 2500 + [{"x": 1.5, "y": "late"}, {"x": 2**60, "z": [1]}]
    dataset = read("\n".join(map(json.dumps, rows)).encode())
    found = pq.read_table(export_rows(dataset, range(2501), tmp_path / "x.parquet", format="parquet"))
    assert found["x"].to_pylist()[-2:] == [1.0, 1.5] and found["y"].to_pylist()[-1] == "late"
    found = pq.read_table(export_rows(dataset, range(2502), tmp_path / "x.parquet", format="parquet"))
    assert found["x"].to_pylist()[-1] == str(2**60)  # no float holds every whole number of that size


def test_ids_are_those_of_the_data_or_row_numbers(dataset):
    assert export_bytes(dataset, [2, 0], format="ids") == b"x2\nx1\n"
    assert export_bytes(dataset, [2, 0], format="json") == b'["x2", "x1"]\n'
    assert export_bytes(dataset.with_roles(Roles()), [2, 0], format="json") == b"[2, 0]\n"
    with pytest.raises(UserError, match="row 2 has no value in the id column 't'"):
        export_bytes(dataset.with_roles(Roles(id="t")), [0], format="ids")


def test_vectors_of_the_rows_are_an_npy_file(dataset):
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    found = np.load(io.BytesIO(export_bytes(dataset, [2, 0], format="npy", vectors=vectors)))
    assert found.dtype == np.float32
    assert found.tolist() == [[4, 5], [0, 1]]
    with pytest.raises(UserError, match="no embeddings"):
        export_bytes(dataset, [0], format="npy")


def test_wrong_requests_are_refused(dataset):
    with pytest.raises(UserError, match="no export format 'xlsx'"):
        export_bytes(dataset, [0], format="xlsx")
    with pytest.raises(UserError, match="no row 3"):
        export_bytes(dataset, [3], format="jsonl")
    with pytest.raises(UserError, match="no order 'sideways'"):
        export_bytes(dataset, [0], format="jsonl", order="sideways")


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_a_cancelled_export_leaves_no_file(dataset, tmp_path, format):
    def cancel(share, message):
        raise Cancelled

    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(Cancelled):
        export_rows(dataset, [0], folder / "x", format=format, progress=cancel)
    assert list(folder.iterdir()) == []
