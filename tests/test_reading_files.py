"""Packing, encodings and tables: what a file is shows in its bytes, and what is no data is refused in a sentence."""

import gzip
import io
import lzma
import zipfile
from bz2 import compress as bzip2
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from core.errors import UserError
from core.reading import read_dataset

LINES = b'{"a": "one"}\n{"a": "two"}\n'
ROWS = [{"a": "one"}, {"a": "two"}]


def every(dataset):
    return dataset.records(range(len(dataset)))


def zipped(files, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def zstd(data):
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


PACKINGS = {
    "gzip": gzip.compress,
    "zstd": zstd,
    "bzip2": bzip2,
    "xz": lzma.compress,
    "zip": lambda data: zipped({"data.txt": data}),
    "zip, gzip": lambda data: zipped({"data.gz": gzip.compress(data)}),
    "gzip, zstd": lambda data: gzip.compress(zstd(data)),
}


def parquet_bytes(table):
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("packing", PACKINGS)
def test_every_packing_is_known_by_its_bytes(read, packing):
    dataset = read(PACKINGS[packing](LINES), "data.csv")
    assert every(dataset) == ROWS
    assert list(dataset.raws([0, 1])) == LINES.splitlines()
    assert dataset.sources[0].compression == packing
    table = pa.table({"a": ["one", "two"]})
    assert every(read(PACKINGS[packing](parquet_bytes(table)), "x.jsonl")) == ROWS


def test_parts_of_a_packed_file_that_follow_each_other_are_all_read(read):
    for pack in (gzip.compress, zstd, bzip2, lzma.compress):
        assert every(read(pack(LINES[:13]) + pack(LINES[13:]))) == ROWS


@pytest.mark.parametrize("packing", ["gzip", "zstd", "bzip2", "xz"])
def test_a_packed_file_that_breaks_off_is_refused_not_read_in_part(read, packing):
    whole = PACKINGS[packing](b"".join(b'{"a": "%d"}\n' % (i * 7919 % 100_003) for i in range(50_000)))
    for cut in (len(whole) - 1, len(whole) // 2, 12):
        with pytest.raises(UserError, match=r"breaks off|corrupt"):
            read(whole[:cut], "part.jsonl.gz")


@pytest.mark.parametrize("packing", ["gzip", "zstd", "zip", "bzip2", "xz"])
def test_a_corrupt_packed_file_is_refused(read, packing):
    whole = bytearray(PACKINGS[packing](b"".join(b'{"a": "%d"}\n' % (i * 7919 % 100_003) for i in range(20_000))))
    whole[len(whole) // 2] ^= 0xFF
    whole[len(whole) // 2 + 1] ^= 0xFF
    with pytest.raises(UserError, match=r"corrupt|breaks off"):
        read(bytes(whole))


def test_a_zip_of_several_files_is_one_dataset_and_says_what_it_left_out(read):
    files = {
        "a/x.jsonl": LINES,
        "b/y.csv": "a,b\nthree,3\n",
        "__MACOSX/._x": b"\x00\x01",
        "README.md": "# About",
        ".git": "",
    }
    dataset = read(zipped(files), "all.zip")
    assert every(dataset) == [*ROWS, {"a": "three", "b": "3"}]
    assert [source.name for source in dataset.sources] == ["all.zip: x.jsonl", "all.zip: y.csv"]
    (notice,) = [notice for notice in dataset.notices if "left out" in notice]
    assert "README.md" in notice and "__MACOSX/._x" in notice and ".git" in notice


def test_a_name_in_an_archive_writes_nowhere(read, tmp_path):
    dataset = read(zipped({"../../../escaped.jsonl": LINES, "/etc/absolute.jsonl": LINES, "c:\\x\\y.jsonl": LINES}))
    assert len(dataset) == 6
    assert {path.name for path in tmp_path.iterdir()} == {"data", "home"}
    assert {path.name for path in dataset.folder.iterdir()} == {"rows.arrow", "dataset.json", "bad_lines.jsonl"}


def encrypted_zip():
    """A zip whose one member says that it is encrypted (the flag is all that a reader can see of it)."""
    data = bytearray(zipped({"a.jsonl": LINES}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


REFUSED = {
    "is encrypted": encrypted_zip(),
    "corrupt zip": zipped({"a.jsonl": LINES})[:40],
    "without a data file": zipped({"__MACOSX/a": b"x"}),
    "Office document": zipped({"[Content_Types].xml": "x", "xl/sheet.xml": "y"}),
    "git-LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:2d\nsize 1\n",
    "a web page": b"\n <!DOCTYPE html>\n<html><body>404</body></html>",
    "empty": b"",
    "only blank lines": b"\n \r\n\t\n",
    "7-Zip": b"7z\xbc\xaf\x27\x1c" + bytes(100),
    "PDF": b"%PDF-1.7 ...",
    "vectors": b"\x93NUMPY\x01\x00v\x00",
    "Feather file of the old": b"FEA1" + bytes(60),
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "pickle": b"\x80\x04\x95" + bytes(60),
    "binary file": bytes(range(256)) * 20,
    "corrupt or cut columnar": b"PAR1" + bytes(200),
    "tar archive": b"a.jsonl".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0"),
    "packed more than 4 times": zstd(zstd(zstd(zstd(zstd(zstd(LINES)))))),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_data_is_refused_in_one_sentence_that_names_it(read, what, tmp_path):
    with pytest.raises(UserError, match=what) as refusal:
        read(REFUSED[what], "übung 数据.jsonl")
    assert "übung 数据.jsonl" in str(refusal.value)
    home = tmp_path / "home"
    assert list(home.iterdir()) == []


def test_what_is_refused_packed_is_refused_too(read):
    with pytest.raises(UserError, match="git-LFS pointer"):
        read(gzip.compress(REFUSED["git-LFS pointer"]))
    with pytest.raises(UserError, match="is empty"):
        read(gzip.compress(b""))


@pytest.mark.parametrize("packing", ["gzip", "zstd", "zip"])
def test_a_bomb_is_refused_while_it_swells(read, packing):
    bomb = PACKINGS[packing](b"\n" * (129 << 20))
    with pytest.raises(UserError, match=r"more than 20 times its size.*decompression bomb"):
        read(bomb, ratio=20.0)
    with pytest.raises(UserError, match=r"unpacks to more than 1\.05 MB, the limit"):
        read(bomb, expanded_bytes=1 << 20)


def test_a_row_without_end_is_refused(read):
    with pytest.raises(UserError, match=r"a record of more than 1 MB"):
        read(b'{"a": "' + b"x" * (3 << 20) + b'"}\n{"a": 1}\n', longest_row=1 << 20)
    with pytest.raises(UserError, match=r"a record of more than 1 MB"):
        read(b"x\n" * 10 + b"x" * (3 << 20), longest_row=1 << 20)


TEXT = '{"a": "Größe – naïve €5"}\n{"a": "Übel"}\n'


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "guessed to be UTF-16-LE"),
        ("utf-16-be", "guessed to be UTF-16-BE"),
        ("utf-32", "UTF-32"),
        ("cp1252", "guessed to be cp1252"),
    ],
)
def test_encodings_are_told_apart_and_a_guess_is_said(read, encoding, said):
    dataset = read(TEXT.encode(encoding))
    assert dataset.values("a") == ["Größe – naïve €5", "Übel"]
    assert [line.decode() for line in dataset.raws([0, 1])] == TEXT.splitlines()
    assert dataset.notices == () if said is None else said in dataset.notices[0]
    table = read("a,b\nGröße – naïve,1\nÜbel,2\n".encode(encoding), "t")
    assert every(table) == [{"a": "Größe – naïve", "b": "1"}, {"a": "Übel", "b": "2"}]


def test_an_encoding_can_be_named(read):
    data = "текст,x\nпривет,1\nмир,2\n".encode("cp1251")
    assert read(data, encoding="cp1251").values("текст") == ["привет", "мир"]
    assert read(data).key != read(data, encoding="cp1251").key
    with pytest.raises(UserError, match="no encoding 'klingon'"):
        read(data, encoding="klingon")


def test_letters_cut_by_the_reading_window_are_not_broken(read):
    for shift in range(4):
        text = "x" * shift + "é€😀" * 250_000
        dataset = read('{"a": "' + text + '"}\n{"a": 1}\n')
        assert dataset.notices == ()
        assert dataset.values("a") == [text, 1]


def test_cells_stay_as_they_are_written(read):
    dataset = read('id,n,q\n007,1.50,"a\n""b"",c"\n008,,  x \n', "t.csv")
    assert every(dataset) == [{"id": "007", "n": "1.50", "q": 'a\n"b",c'}, {"id": "008", "n": "", "q": "  x "}]
    assert {column.path: column.kind for column in dataset.columns}["n"] == "number"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_and_line_endings_are_found(read, delimiter, ending):
    rows = [["name", "note"], ["Ada", "1,5; x"], ["Bob", '"q\u2028"']]
    quoted = ['"' + cell.replace('"', '""') + '"' if set(cell) & set(',;|"') else cell for row in rows for cell in row]
    text = ending.join(delimiter.join(quoted[i : i + 2]) for i in range(0, 6, 2)) + ending
    assert every(read(text, "notes")) == [{"name": "Ada", "note": "1,5; x"}, {"name": "Bob", "note": '"q\u2028"'}]


def test_ragged_rows_are_bad_lines(read):
    dataset = read("a,b\n1,2\n3\n4,5,6\n" + "7,8\n" * 10, "t.csv")
    assert len(dataset) == 11
    assert [(bad.line, bad.reason) for bad in dataset.bad_lines()] == [
        (3, "1 cells where there are 2 columns"),
        (4, "3 cells where there are 2 columns"),
    ]


def test_a_quotation_mark_that_is_never_closed_is_a_bad_line_that_says_how_far_it_reaches(read):
    dataset = read("a,b\n1,2\n" * 1 + "3,4\n" * 5 + '5,"six\n' + "7,8\n" * 3, "t.csv")
    assert len(dataset) == 6
    (bad,) = dataset.bad_lines()
    assert bad.line == 8 and "never closed" in bad.reason and "line 11" in bad.reason


def test_a_table_without_header_gets_numbered_columns_and_says_so(read):
    dataset = read("\ufeff1559\tÄ b\t3.5\r\n1560\tc d\t4\r\n", "x.tsv")
    assert every(dataset)[0] == {"column_1": "1559", "column_2": "Ä b", "column_3": "3.5"}
    assert "no header was found" in dataset.notices[0]
    assert every(read("q,r\na,b\nq,c\n", "y.csv"))[0] == {"column_1": "q", "column_2": "r"}
    assert every(read("q,r\na,b\nq,c\n", "y.csv", header=True))[0] == {"q": "a", "r": "b"}


def test_quotation_marks_inside_tabbed_cells_are_letters(read):
    dataset = read('id\ttext\n1\the said "hi"\n2\t"quoted" start\n3\t"open\n', "x.tsv")
    assert dataset.values("text") == ['he said "hi"', '"quoted" start', '"open']
    assert "letters" in dataset.notices[0]
    assert dataset.format == "TSV"
    dataset = read('id\ttext\n1\t"a\tb\n""c"""\n', "y.tsv")
    assert every(dataset) == [{"id": "1", "text": 'a\tb\n"c"'}]


def test_lines_of_a_log_are_plain_text(read):
    dataset = read("2024-01-01 12:00:00,123 INFO one\n2024-01-01 12:00:01,456 INFO two\n")
    assert dataset.format == "text"


def test_a_stray_zero_byte_costs_its_line_only(read):
    dataset = read(b'{"a": "x\x00y"}\n{"a": 2}\n')
    assert dataset.values("a") == [2]
    assert dataset.bad_count == 1


def test_columns_without_a_name_of_their_own_get_one(read):
    assert read(",a,a\n0,x,y\n1,z,w\n", "t.csv").column_names == ["column_1", "a", "a_2"]


def test_a_list_of_words_is_a_table_only_where_its_name_says_so(read):
    assert every(read("text\nhello\nworld\n", "t.csv")) == [{"text": "hello"}, {"text": "world"}]
    assert every(read("text\nhello\nworld\n", "t.txt")) == [{"text": "text"}, {"text": "hello"}, {"text": "world"}]


def test_prose_with_commas_is_plain_text(read):
    lines = ["Well, that was it.", "No, not at all, really.", "", "Yes.\u2028And no."]
    dataset = read("\n".join(lines))
    assert dataset.format == "text"
    assert dataset.values("text") == [lines[0], lines[1], lines[3]]
    assert dataset.raw(2) == '{"text": "Yes.\u2028And no."}'.encode()


TYPES = pa.table(
    {
        "i": pa.array([1, None, 3], pa.int32()),
        "f": pa.array([1.0, float("nan"), None], pa.float32()),
        "s": pa.array(["a", "", None], pa.large_string()),
        "b": pa.array([b"\x00\xff", None, b""]),
        "l": pa.array([[1.5], [], None], pa.list_(pa.float64(), -1)),
        "d": pa.array(["x", "y", "x"]).dictionary_encode(),
        "t": pa.array([0, 10**15, None], pa.timestamp("us", tz="UTC")),
        "n": pa.array([{"k": 1}, None, {"k": None}]),
    }
).replace_schema_metadata({b"maker": b"a test"})


def arrow_bytes(table, how):
    buffer = io.BytesIO()
    maker = pa.ipc.new_stream if how == "stream" else pa.ipc.new_file
    with maker(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


@pytest.mark.parametrize("how", ["parquet", "file", "stream"])
def test_columnar_files_keep_their_types(read, how):
    data = parquet_bytes(TYPES) if how == "parquet" else arrow_bytes(TYPES, how)
    dataset = read(data, "data.csv")
    schema = pq.read_schema(io.BytesIO(data)) if how == "parquet" else TYPES.schema  # Parquet renames items of lists
    assert dataset.schema.equals(schema, check_metadata=True)
    assert str(every(dataset)) == str(TYPES.to_pylist())  # as text, since NaN differs from itself
    kinds = {column.path: column.kind for column in dataset.columns if column.top}
    assert (kinds["i"], kinds["b"], kinds["l"], kinds["n"]) == ("number", "object", "list", "object")
    assert dataset.numbers("n.k").tolist()[0] == 1.0


def test_tables_with_other_columns_are_joined_with_gaps(read):
    dataset = read({"a.csv": "x,y\n1,2\n", "b.csv": "y,z\n3,4\n"})
    assert every(dataset) == [{"x": "1", "y": "2", "z": None}, {"x": None, "y": "3", "z": "4"}]
    one, two = pa.table({"a": [1], "b": ["q"]}), pa.table({"a": ["1"]})
    mixed = read({"one.parquet": parquet_bytes(one), "two.parquet": parquet_bytes(two)})
    assert every(mixed) == [{"a": 1, "b": "q"}, {"a": "1"}]
    assert any("different types" in notice for notice in mixed.notices)


def test_a_table_with_a_column_twice_is_refused(read):
    table = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pytest.raises(UserError, match="two columns called 'a'"):
        read(parquet_bytes(table))


def test_an_empty_table_is_refused(read):
    for data in ("a,b\n", "[]", "{}", parquet_bytes(pa.table({"a": pa.array([], pa.string())}))):
        with pytest.raises(UserError, match="holds no rows"):
            read(data, "none.csv")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"gone\.csv is not a file"):
        read_dataset([Path(tmp_path / "gone.csv")], tmp_path / "home")
    with pytest.raises(UserError, match="no file to read"):
        read_dataset([], tmp_path / "home")


@pytest.mark.parametrize("kind", ["lines", "array", "csv"])
def test_reading_takes_far_less_memory_than_the_file(tmp_path, kind):
    import tracemalloc

    text = "word " * 200
    rows = [f'{i},"{text}"' if kind == "csv" else f'{{"n": {i}, "text": "{text}"}}' for i in range(30_000)]
    path = tmp_path / "big.csv"
    joined = {"lines": "\n".join, "array": lambda rows: "[" + ",\n".join(rows) + "]", "csv": "\n".join}[kind](rows)
    path.write_text("n,text\n" + joined if kind == "csv" else joined)
    del rows, joined
    tracemalloc.start()
    try:
        dataset = read_dataset([path], tmp_path / "home")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(dataset) == 30_000
    assert peak < path.stat().st_size / 2
