"""JSON lines, JSON documents and objects of every orientation become rows, and come back as they were."""

import json

import pytest

from core.errors import UserError
from core.reading import read_dataset


def every(dataset):
    return dataset.records(range(len(dataset)))


def test_lines_are_split_at_line_feeds_only(read):
    lines = ['{"a": "x\u2028y"}', '{"a": "x\u0085y\u2029"}', '{"a": "\ufeffz"}', '{"a": "x\\ny\x7f"}']
    dataset = read("\n".join(lines))
    assert dataset.values("a") == ["x\u2028y", "x\u0085y\u2029", "\ufeffz", "x\ny\x7f"]
    assert [dataset.raw(i).decode() for i in range(4)] == lines


def test_a_line_comes_back_byte_for_byte(read):
    lines = [
        b'{"b":1, "a" :1.0,"n": 123456789012345678901234567890}',
        b'  {"e": 1e5, "E": 1E+5, "z": -0.0, "s": "\\u00e9\\/\\ud83d\\ude00"}  ',
        b'{"dup": 1, "dup": 2}\r',
        b'{"nan": NaN, "inf": [-Infinity]}',
        b'{"lone": "\\ud800"}',
    ]
    dataset = read(b"\n".join(lines) + b"\n")
    assert list(dataset.raws(range(5))) == lines
    assert dataset.record(0)["n"] == 123456789012345678901234567890
    assert dataset.record(2) == {"dup": 2}
    assert dataset.record(4) == {"lone": "\ud800"}


def test_doubled_keys_and_nan_are_said(read):
    dataset = read('{"a": 1, "a": 2}\n{"a": NaN}\n{"a": {"b": 1, "b": 1}}')
    assert any("2 objects name a key twice" in notice for notice in dataset.notices)
    assert any("1 values are NaN" in notice for notice in dataset.notices)


def test_bad_lines_are_listed_with_number_and_reason_and_the_rest_is_read(read):
    good = '{"a": "one"}'
    lines = [
        good,
        '{"a": "cut',
        "",
        good,
        "12",
        "null",
        "[" * 100_000,
        '{"a": ' + "9" * 5000 + "}",
        good,
        '{"a":\t"\t"}',
    ]
    dataset = read("\n".join(lines))
    assert dataset.values("a") == ["one"] * 3
    bad = list(dataset.bad_lines())
    assert [entry.line for entry in bad] == [2, 5, 6, 7, 8, 10]
    assert dataset.bad_count == 6
    reasons = [entry.reason for entry in bad]
    assert reasons[0].startswith("not JSON: Unterminated string")
    assert reasons[1:5] == ["a number, not an object", "null, not an object", "nested too deeply", reasons[4]]
    assert "4,300 digits" in reasons[4]
    assert bad[0].text == '{"a": "cut' and bad[0].file == "data"
    assert len(bad[3].text) == 200
    assert any("6 bad lines" in notice for notice in dataset.notices)


def test_a_bad_first_line_does_not_hide_that_these_are_lines(read):
    dataset = read('{"a": 1,}\n{"a": 2}\n')
    assert dataset.values("a") == [2]
    assert [entry.line for entry in dataset.bad_lines()] == [1]


def test_a_line_with_broken_letters_is_bad_and_the_others_are_not(read):
    dataset = read('{"a": "größe, weiß, übel"}\n'.encode() + b'{"a": "\xff"}\n' + '{"a": "ö"}\n'.encode())
    assert dataset.values("a") == ["größe, weiß, übel", "ö"]
    (bad,) = dataset.bad_lines()
    assert (bad.line, bad.reason) == (2, "not UTF-8 at byte 8")


def test_a_file_without_one_good_line_is_refused_with_the_first_reason(read):
    with pytest.raises(UserError, match=r"none of 2 lines.*line 1: not JSON"):
        read('{"a": "x}\n{"b": }\n', format="jsonl")


@pytest.mark.parametrize("name", ["data.jsonl", "data.json", "data.txt", "data.bin", "データ.csv", "no_ending"])
def test_the_name_says_nothing(read, name):
    assert every(read('{"a": 1}\n{"a": 2}\n', name)) == [{"a": 1}, {"a": 2}]
    assert every(read('[{"a": 1}, {"a": 3}]', name)) == [{"a": 1}, {"a": 3}]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\n\n"])
def test_every_kind_of_line_ending_is_read(read, ending):
    assert read(ending.join(['{"a": 1}', '{"a": 2}', '{"a": 3}'])).values("a") == [1, 2, 3]


def test_rows_that_are_no_objects_get_columns(read):
    assert every(read('"one"\n"two"\n')) == [{"text": "one"}, {"text": "two"}]
    assert every(read('["a", 1]\n["b", 2]\n')) == [{"column_1": "a", "column_2": 1}, {"column_1": "b", "column_2": 2}]
    dataset = read('["one", "two"]')
    assert every(dataset) == [{"text": "one"}, {"text": "two"}]
    assert dataset.raw(1) == b'"two"'


def test_an_arrays_records_keep_their_tokens_on_one_line(read):
    record = {"text": "a\nb\u2028", "n": [1, 2.50, {"k": "v"}], "big": 10**30}
    text = json.dumps([record, {"x": 1.0}], indent=2, ensure_ascii=False).replace("2.5", "2.50")
    dataset = read(text)
    assert dataset.format == "JSON"
    assert every(dataset) == [record, {"x": 1.0}]
    assert list(dataset.raws([0, 1])) == [
        '{"text": "a\\nb\u2028", "n": [1, 2.50, {"k": "v"}], "big": 1000000000000000000000000000000}'.encode(),
        b'{"x": 1.0}',
    ]


def test_an_arrays_item_that_is_no_record_is_bad(read):
    dataset = read('[{"a": 1},\n 5,\n {"a": 2}]')
    assert dataset.values("a") == [1, 2]
    assert [(bad.line, bad.reason) for bad in dataset.bad_lines()] == [(2, "a number, not an object")]


def test_a_broken_array_is_refused_with_its_line(read):
    with pytest.raises(UserError, match=r"breaks in line 3.*JSON lines"):
        read('[\n{"a": 1},\n{"a" 2}\n]')
    with pytest.raises(UserError, match="breaks in line 2"):
        read('[{"a": 1},\n{"a": 2}')
    with pytest.raises(UserError, match="more after the array"):
        read('[{"a": 1},\n{"a": 2}] and so on')


def test_an_array_larger_than_the_window_is_read_whole(read):
    records = [{"i": i, "text": "é\u2028" * (i % 700), "n": -i / 7} for i in range(4000)]
    assert every(read(json.dumps(records, ensure_ascii=False))) == records
    long = [{"text": "x" * 3_000_000}, {"text": "\\" * 2_000_000}, {"text": ""}]
    assert every(read(json.dumps(long, indent=1))) == long


def test_numbers_at_the_edge_of_the_window_are_not_cut(read):
    for shift in range(12):
        rows = [{"pad": "x" * ((1 << 20) - 40 + shift)}, [1234567, 7654321], {"n": 12345678}]
        assert [*read(json.dumps(rows)).records([1, 2])] == [
            {"column_1": 1234567, "column_2": 7654321},
            {"n": 12345678},
        ]


def test_an_object_of_columns_becomes_rows(read):
    dataset = read('{"q": ["a", "b"], "n": [1, 2.0]}')
    assert every(dataset) == [{"q": "a", "n": 1}, {"q": "b", "n": 2.0}]
    assert dataset.raw(1) == b'{"q": "b", "n": 2.0}'
    dataset = read('{"q": {"0": "a", "1": "b"}, "n": {"0": 1, "1": null}}')
    assert every(dataset) == [{"q": "a", "n": 1}, {"q": "b", "n": None}]
    dataset = read('{"columns": ["q", "n"], "index": [0, 1], "data": [["a", 1], ["b", 2.0]]}')
    assert every(dataset) == [{"q": "a", "n": 1}, {"q": "b", "n": 2.0}]


def test_an_object_of_records_keeps_the_names(read):
    dataset = read('{"x1": {"q": "a"}, "x2": {"q": "b", "key": 3}, "x3": {}}')
    assert every(dataset) == [{"key": "x1", "q": "a"}, {"key_": "x2", "q": "b", "key": 3}, {"key": "x3"}]
    assert dataset.raw(1) == b'{"key_": "x2", "q": "b", "key": 3}'


def test_an_object_of_splits_keeps_the_split(read):
    dataset = read('{"train": [["hi", "greet"], ["by\\u0065", "part"]], "test": [["yo", "greet"]]}')
    assert dataset.values("split") == ["train", "train", "test"]
    assert dataset.values("column_1") == ["hi", "bye", "yo"]
    assert json.loads(dataset.raw(1)) == {"split": "train", "column_1": "bye", "column_2": "part"}
    dataset = read('{\n"train": [{"q": "a"}],\n"test": [{"q": "b"}]}')
    assert every(dataset) == [{"split": "train", "q": "a"}, {"split": "test", "q": "b"}]


def test_a_wrapped_list_is_unwrapped_and_what_is_beside_it_is_named(read):
    dataset = read('{"version": "1.1", "data": [{"q": "a"}, {"q": "b"}]}')
    assert every(dataset) == [{"q": "a"}, {"q": "b"}]
    assert any("version" in notice for notice in dataset.notices)


def test_one_record_over_several_lines_is_one_row(read):
    record = {"instruction": "Add.", "output": "3", "meta": {"a": [1, 2]}}
    assert every(read(json.dumps(record, indent=4))) == [record]
    chat = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]}
    assert every(read(json.dumps(chat))) == [chat]
    assert every(read(json.dumps(record, indent=4) + "\n" + json.dumps(chat, indent=4))) == [record, chat]


def test_bracketed_text_is_text(read):
    dataset = read("[INST] Say it. [/INST]\n[INST] Again. [/INST]\n")
    assert dataset.format == "text"
    assert len(dataset) == 2


def test_files_of_one_upload_are_put_together(read):
    dataset = read({"a.jsonl": '{"x": 1}\n', "b.json": '[{"y": 2}]', "c.csv": "x,z\n007,q\n"})
    assert every(dataset) == [{"x": 1}, {"y": 2}, {"x": "007", "z": "q"}]
    assert dataset.values("x") == [1, None, "007"]
    assert [source.rows for source in dataset.sources] == [1, 1, 1]
    assert dataset.column_names == ["x", "y", "z"]
    assert dataset.name == "a.jsonl and 2 more"


def test_the_same_content_is_read_once_and_has_one_key(read, tmp_path):
    first = read('{"a": 1}\n{"a": 2}', "one.jsonl")
    (first.folder / "mark").touch()
    again = read('{"a": 1}\n{"a": 2}', "two.jsonl")
    assert (again.key, again.folder) == (first.key, first.folder)
    assert (again.folder / "mark").exists()
    assert again.name == "two.jsonl"
    assert read('{"a": 1}\n{"a": 3}').key != first.key
    assert read('{"a": 1}\n{"a": 2}', format="text").key != first.key


def test_a_cancelled_reading_leaves_nothing(tmp_path):
    from core.errors import Cancelled

    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n' * 10_000)

    def progress(share, message):
        if "rows" in message:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_dataset([path], tmp_path / "home", progress=progress)
    assert list((tmp_path / "home").iterdir()) == []


def test_rows_are_fetched_in_any_order(read):
    dataset = read("".join(f'{{"i": {i}}}\n' for i in range(7001)))
    wanted = [7000, 0, 4000, 4000, 1999, 2000]
    assert [record["i"] for record in dataset.records(wanted)] == wanted
    with pytest.raises(UserError, match="no row 7001"):
        dataset.record(7001)
    with pytest.raises(UserError, match="no row -1"):
        dataset.record(-1)


def test_nested_values_are_reached_by_path(read):
    dataset = read('{"a": {"b": [{"c": 1}, {"c": 2}]}, "d.e": 5}\n{"a": {}}\n{"a": {"b": []}}\n')
    assert dataset.values("a.b[0].c") == [1, None, None]
    assert dataset.values("a.b[1].c") == [2, None, None]
    assert dataset.values("d.e") == [5, None, None]
    paths = [column.path for column in dataset.columns]
    assert paths == ["a", "a.b", "a.b[0]", "a.b[0].c", "d.e"]
    with pytest.raises(UserError, match=r"no column 'a\.x'\. Its columns: a, a\.b"):
        dataset.values("a.x")


def test_numbers_take_numerals_and_say_where_there_are_none(read):
    dataset = read('{"s": 1}\n{"s": "2.5"}\n{"s": null}\n{"s": "many"}\n{}\n{"s": true}\n{"s": 1e999}\n{"s": "1_0"}')
    found = dataset.numbers("s")
    assert found[[0, 1, 5, 6]].tolist() == [1.0, 2.5, 1.0, float("inf")]
    assert dataset.rows_without_number("s").tolist() == [2, 3, 4, 6, 7]


def test_columns_say_what_is_in_them(read):
    rows = [
        {"t": f"text {i}" * 30, "c": "ab"[i % 2], "n": i, "b": True, "l": [i], "e": None, "m": i % 2 or "x"}
        for i in range(9)
    ]
    dataset = read("\n".join(map(json.dumps, rows)) + '\n{"t": " ", "l": []}')
    found = {column.path: column for column in dataset.columns}
    kinds = {path: column.kind for path, column in found.items()}
    words = {"t": "text", "c": "category", "n": "number", "b": "boolean", "e": "empty", "m": "mixed"}
    assert kinds == {**words, "l": "list", "l[0]": "number"}
    assert (found["t"].missing, found["t"].empty, found["c"].missing, found["e"].missing) == (0, 1, 1, 10)
    assert (found["c"].distinct, found["n"].distinct) == (2, 9)


def test_ids_that_stand_twice_are_said(read):
    dataset = read("".join(f'{{"id": {min(i, 29)}, "text": "t{i}"}}\n' for i in range(31)))
    assert dataset.roles.id == "id"
    assert any("'29'" in notice for notice in dataset.notices)
    assert dataset.ids([30, 1]) == [29, 1]


def test_every_top_level_column_is_known_however_many_there_are(read):
    rows = [{f"k{i}": i, "meta": {f"m{i}": i}} for i in range(900)]
    dataset = read("\n".join(map(json.dumps, rows)))
    assert dataset.column_names == ["k0", "meta", *(f"k{i}" for i in range(1, 900))]
    assert any("nested fields" in notice for notice in dataset.notices)
    assert dataset.values("meta.m899")[899] == 899


def test_a_format_can_be_named_and_must_fit(read):
    assert every(read('{"a": 1}\n', format="text")) == [{"text": '{"a": 1}'}]
    with pytest.raises(UserError, match="is not Parquet"):
        read('{"a": 1}\n', format="parquet")
    with pytest.raises(UserError, match="no format 'xlsx'"):
        read('{"a": 1}\n', format="xlsx")
