"""Vectors of the user's own: read from every form they come in, matched to rows, and refused with a reason."""

import pickle
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import UserError
from core.vectors import by_id, by_position, from_array, from_values, load_array, load_ids, parts

TABLE = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


def list_array(table, kind="list"):
    match kind:
        case "list":
            return pa.array(table.tolist(), type=pa.list_(pa.float32()))
        case "large":
            return pa.array(table.tolist(), type=pa.large_list(pa.float64()))
        case _:
            return pa.array(table.tolist(), type=pa.list_(pa.float32(), table.shape[1]))


def test_a_npy_file_is_memory_mapped(tmp_path):
    np.save(tmp_path / "x.npy", TABLE)
    found = load_array(tmp_path / "x.npy")
    assert isinstance(found, np.memmap)
    np.testing.assert_array_equal(found, TABLE)
    assert isinstance(from_array(found).vectors, np.memmap)
    assert parts(tmp_path / "x.npy") == []


def test_a_file_is_known_by_its_content_and_not_its_name(tmp_path):
    np.savez(tmp_path / "a.npz", TABLE)
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    np.testing.assert_array_equal(load_array(tmp_path / "a.npy"), TABLE)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_the_one_table_of_a_npz_file_is_taken_and_of_several_the_named_one(tmp_path, save):
    path = tmp_path / "x.npz"
    save(path, vectors=TABLE, ids=np.arange(6))
    np.testing.assert_array_equal(load_array(path), TABLE)
    assert load_ids(path, "ids") == list(range(6))
    save(path, a=TABLE, b=TABLE + 1)
    assert parts(path) == ["a", "b"]
    np.testing.assert_array_equal(load_array(path, "b"), TABLE + 1)
    with pytest.raises(UserError, match=r"x\.npz holds several \(arrays a, b\)\. Say which is meant"):
        load_array(path)
    with pytest.raises(UserError, match=r"has no array 'c'"):
        load_array(path, "c")
    with pytest.raises(UserError, match=r"no list of ids called 'a'"):
        load_ids(path, "a")


@pytest.mark.parametrize("kind", ["list", "large", "fixed"])
def test_a_list_column_of_a_parquet_file_is_read(tmp_path, kind):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"id": list("abcdef"), "vector": list_array(TABLE, kind)}), path, row_group_size=2)
    np.testing.assert_allclose(load_array(path), TABLE)
    np.testing.assert_allclose(load_array(path, "vector"), TABLE)
    assert load_ids(path, "id") == list("abcdef")
    with pytest.raises(UserError, match=r"'id' of x\.parquet is not a table of numbers"):
        load_array(path, "id")
    with pytest.raises(UserError, match=r"has no column 'name'\. Its columns: id, vector"):
        load_ids(path, "name")


@pytest.mark.parametrize("kind", ["list", "fixed"])
def test_a_parquet_column_with_gaps_is_refused_with_its_row(tmp_path, kind):
    path = tmp_path / "x.parquet"
    column = list_array(TABLE, kind)
    pq.write_table(pa.table({"v": pa.concat_arrays([column, pa.nulls(1, column.type)])}), path)
    with pytest.raises(UserError, match=r"no vector in 1 rows; the first is row 7"):
        load_array(path)
    pq.write_table(
        pa.table(
            {
                "v": pa.array(
                    [[1.0, 2.0], [None, 1.0]], type=column.type if kind == "list" else pa.list_(pa.float32(), 2)
                )
            }
        ),
        path,
    )
    with pytest.raises(UserError, match=r"Row 2 of .* lacks a number"):
        load_array(path)


def test_a_parquet_column_of_unequal_lengths_is_refused_with_its_row(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"v": [[1.0, 2.0], [1.0, 2.0], [3.0]]}), path)
    with pytest.raises(UserError, match=r"Row 3 of .* holds 1 numbers and row 1 2"):
        load_array(path)


def test_objects_and_pickles_are_never_opened(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was opened",))

    objects = np.array([[Bomb(), 1]], dtype=object)
    np.save(tmp_path / "x.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "x.npz", objects)
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(TABLE))
    for name, words in [("x.npy", "Python objects"), ("x.npz", "Python objects"), ("x.pkl", "pickled arrays are not")]:
        with pytest.raises(UserError, match=words):
            load_array(tmp_path / name)
    with pytest.raises(UserError, match="Python objects"):
        from_array(objects)


def test_broken_files_are_said_in_a_sentence(tmp_path):
    np.save(tmp_path / "whole.npy", TABLE)
    content = (tmp_path / "whole.npy").read_bytes()
    (tmp_path / "short.npy").write_bytes(content[:-20])
    (tmp_path / "header.npy").write_bytes(content[:30])
    np.savez(tmp_path / "whole.npz", TABLE)
    (tmp_path / "short.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:-30])
    (tmp_path / "short.parquet").write_bytes(b"PAR1 and no more")
    with zipfile.ZipFile(tmp_path / "other.npz", "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    for name in ("short.npy", "header.npy", "short.npz", "short.parquet", "other.npz"):
        with pytest.raises(UserError, match=name.replace(".", r"\.")):
            load_array(tmp_path / name)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, ">f4"])
def test_real_numbers_of_any_kind_become_float32(dtype):
    table = np.array([[1, 2], [3, 4]], dtype=dtype)
    found = from_array(table)
    assert found.vectors.dtype == np.float32
    np.testing.assert_array_equal(found.vectors, [[1, 2], [3, 4]])
    assert (found.n, found.dim, found.encoder, found.encoder_name) == (2, 2, "uploaded vectors", "")


def test_the_key_is_that_of_the_content(tmp_path):
    np.save(tmp_path / "x.npy", TABLE)
    key = from_array(TABLE, name="a").key
    assert from_array(load_array(tmp_path / "x.npy"), name="b").key == key
    assert from_array(TABLE.astype(np.float64)).key == key
    assert from_array(TABLE[::-1]).key != key
    assert from_array(TABLE.reshape(4, 6)).key != key


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.ones(3), r"1-dimensional, of shape \(3,\)"),
        (np.ones((2, 2, 2)), "3-dimensional"),
        (np.ones((0, 4)), "empty: 0 rows of 4"),
        (np.ones((4, 0)), "empty: 4 rows of 0"),
        (np.ones((2, 2), dtype=complex), "complex numbers"),
        (np.ones((2, 2), dtype=bool), "truth values"),
        (np.array([["a"]]), "texts"),
        (np.array([[1, 2], [np.nan, 1]]), "Row 2 of mine holds NaN"),
        (np.array([[1, 2], [1, 1], [np.inf, 1]]), "Row 3 of mine holds NaN"),
        (np.array([[1, 1e39]]), "Row 1 of mine holds NaN, infinity or a number beyond float32"),
        (np.array([[1, 2], [0, 0]]), "Row 2 of mine is all zeros"),
    ],
)
def test_what_cannot_be_embeddings_is_refused_with_a_reason(array, words):
    with pytest.raises(UserError, match=words):
        from_array(array, name="mine")


def test_a_list_column_becomes_vectors():
    values = [[1, 2.5], "[3, 4]", (5, 6), np.array([7.0, 8.0])]
    np.testing.assert_array_equal(from_values(values).vectors, [[1, 2.5], [3, 4], [5, 6], [7, 8]])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "there are no rows"),
        ([[1, 2], [1]], "Row 2 of vectors holds 1 numbers and row 1 2"),
        ([[1, 2], None], "Row 2 of vectors is no list of numbers"),
        ([[1, 2], [1, None]], "Row 2 of vectors is no list of numbers"),
        ([[1, True]], "Row 1 of vectors is no list of numbers"),
        ([[1, 2], "hello"], "Row 2 of vectors is a text"),
        ([[1, 2], {"a": 1}], "Row 2 of vectors is no list of numbers"),
    ],
)
def test_a_column_that_is_no_list_of_numbers_is_refused_with_its_row(values, words):
    with pytest.raises(UserError, match=words):
        from_values(values)


def test_by_position_there_must_be_a_vector_for_each_row():
    assert by_position(TABLE, 6) is TABLE
    with pytest.raises(UserError, match="holds 6 vectors and the data has 7 rows"):
        by_position(TABLE, 7)


def test_by_id_vectors_come_in_the_order_of_the_rows():
    np.testing.assert_array_equal(by_id(TABLE, list("abcdef"), list("fedcba")), TABLE[::-1])
    np.testing.assert_array_equal(by_id(TABLE[:2], [7, "x"], ["x", "7"]), TABLE[[1, 0]])
    np.testing.assert_array_equal(by_id(TABLE[:2], [1.0, 2.0], [2, 1]), TABLE[[1, 0]])


@pytest.mark.parametrize(
    ("ids", "row_ids", "words"),
    [
        ("abcde", "abcde", "holds 6 vectors and 5 ids"),
        ("abcdee", "abcdef", "The id 'e' occurs twice in vectors"),
        ("abcdef", "aacdef", "The id 'a' occurs twice in the data"),
        ("abcdef", "abcdefg", r"1 of 7 rows have no vector in vectors; the first is row 7, id 'g'"),
        ("abcdef", "abcd", "2 of 6 vectors in vectors have an id that no row has; the first is 'e'"),
        (["a", "b", "c", "d", "e", None], "abcdef", "Row 6 of vectors has no id"),
    ],
)
def test_ids_that_do_not_match_are_refused_with_the_first_of_them(ids, row_ids, words):
    with pytest.raises(UserError, match=words):
        by_id(TABLE, list(ids), list(row_ids))
