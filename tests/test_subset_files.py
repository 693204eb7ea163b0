"""Files of ids that become subsets, and subsets that become files: by the command line, checked by `gamut verify`."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.comparison import compare
from core.errors import UserError
from core.id_lists import check_source, listed_ids, rows_named
from core.opening import dataset_with_vectors, open_dataset
from core.shapes import Roles
from core.store import Store
from core.subsets import Subsets

N = 60
MADE = {"by": "map", "how": "a lasso"}


@pytest.fixture
def pool(home, tmp_path, monkeypatch):
    """A dataset of texts with ids, and vectors of its own, in the folder that commands run in."""
    monkeypatch.chdir(tmp_path)
    rows = [{"id": f"r{i}", "text": f"row {i} of many", "n": i} for i in range(N)]
    Path("pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    np.save("pool.npy", np.random.default_rng(1).normal(size=(N, 6)).astype(np.float32))
    return open_dataset([Path("pool.jsonl")], Store())


@pytest.fixture
def subsets(pool):
    return Subsets(Store())


def gamut(capsys, *words) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", "r1\r\n\n r2 \n", [("r1", 1), ("r2", 3)]),
        ("a.txt", "a,b\n", [("a,b", 1)]),
        ("a.csv", 'n,id\n1,r1\n"2\n3","r,2"\n', [("r1", 2), ("r,2", 4)]),
        ("a.csv", "r1\nr2\n", [("r1", 1), ("r2", 2)]),
        ("a.csv", "x;id;y\n;r1;\n", [("r1", 2)]),
        ("a.tsv", "id\ty,z\nr1\t2\n", [("r1", 2)]),
        ("a.jsonl", '{"id": "r1", "t": 1}\n\n{"id": 2}\n', [("r1", 1), (2, 3)]),
        ("a.jsonl", '{"id": "r1", "t": "a\u2028b"}\n', [("r1", 1)]),
        ("a.jsonl", '"r1"\n2\n', [("r1", 1), (2, 2)]),
        ("a.csv", f"id,t\nr1,{'x' * 140_000}\n", [("r1", 2)]),
        ("a.json", '["r1", 2]', [("r1", 1), (2, 2)]),
        ("a.json", '[{"id": "r1"}]', [("r1", 1)]),
        ("a.json", '{"ids": ["r1"], "manifest": {}}', [("r1", 1)]),
    ],
)
def test_ids_are_read_with_the_lines_they_stand_on(name, content, expected):
    found, _ = listed_ids(content.encode(), name)
    assert [(each.id, each.line) for each in found] == expected


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"", "holds no ids"),
        ("a.txt", b" \n\n", "holds no ids"),
        ("a.txt", b"r1\nr\xff\n", r"not text in UTF-8 \(line 2\)"),
        ("a.json", b"[\n1,\n", r"begins like JSON and is none \(line 3"),
        ("a.json", b"[" * 100_000, "too deep"),
        ("a.json", b'["r1", null]', "item 2 holds null"),
        ("a.json", b'["r1", true]', "item 2 holds true"),
        ("a.json", b"[1.5]", "item 1 holds 1.5"),
        ("a.json", b'{"rows": [1]}', "no list of ids"),
        ("a.json", b'[{"id": 1}, {"name": 2}]', "item 2 has no id: none of id, ids"),
        ("a.jsonl", b'{"id": "r1"}\n{"id": \n', "line 2 is none"),
        ("a.jsonl", b'{"id": "r1"}\n{"n": 1}\n', "line 2 has no id"),
        ("a.csv", b"n,m\n1,2\n", "has the columns n, m, none of which is called id or ids"),
        ("a.csv", b"n,id\n1,r1\n2\n", "line 3 has no id"),
        ("a.csv", b'n,id\n1,"r1\n2,r2\n', "is no line of a table"),
    ],
)
def test_a_broken_file_of_ids_is_refused_with_the_line(name, content, words):
    with pytest.raises(UserError, match=words):
        listed_ids(content, name)


def test_unknown_repeated_and_shared_ids_are_told_with_their_lines(read):
    dataset = read('{"id": "a"}\n{"id": "b"}\n{"id": "b"}\n{"id": "c"}\n').with_roles(Roles(id="id"))
    named = rows_named(dataset, *listed_ids(b"c\nx\nb\nc\ny\nz\nw\n", "ids.txt"))
    assert named.rows.tolist() == [3, 1, 2]
    assert named.problems() == [
        "4 of 7 ids are not in the data: line 2 ('x'), line 5 ('y'), line 6 ('z') and 1 more.",
        "1 of 7 ids is there twice, and each counts once: line 4 ('c').",
        "1 of 7 ids is that of several rows, all of which are taken: line 3 ('b').",
    ]


def test_row_numbers_of_another_dataset_are_refused(read):
    dataset = read('{"t": "a"}\n{"t": "b"}\n')
    other = {"ids": [1], "manifest": {"dataset": {"key": "other", "name": "other.jsonl"}}}
    with pytest.raises(UserError, match=r"row numbers of other\.jsonl"):
        check_source(json.dumps(other).encode(), "ids.json", dataset)
    other["manifest"]["dataset"]["key"] = dataset.key
    check_source(json.dumps(other).encode(), "ids.json", dataset)
    check_source(b"1\n", "ids.txt", dataset)


def test_the_command_line_makes_combines_changes_and_undoes_what_the_library_sees(capsys, pool, subsets):
    Path("a.txt").write_text("r1\nr2\nr3\nnot\n")
    Path("b.csv").write_text("id,n\nr3,1\nr4,2\n")
    make = ["subset", "make", "pool.jsonl", "--name", "a", "--ids"]
    code, _, err = gamut(capsys, *make, "a.txt")
    assert (code, "1 of 4 ids is not in the data: line 4 ('not')" in err) == (2, True)
    assert gamut(capsys, *make, "a.txt", "--skip-unknown")[:2] == (0, "Saved a: 3 rows, blue.\n")
    assert gamut(capsys, *make, "b.csv")[0] == 2, "the name is taken"
    gamut(capsys, "subset", "make", "pool.jsonl", "--name", "b", "--ids", "b.csv", "--colour", "wine")
    for how, rows in (("union", [1, 2, 3, 4]), ("intersect", [3]), ("minus", [1, 2])):
        code, _, _ = gamut(capsys, "subset", how, "pool.jsonl", "--of", "a", "--of", "b", "--name", how)
        assert (code, subsets.named(pool.key, how).rows.tolist()) == (0, rows)
    gamut(capsys, "subset", "rename", "pool.jsonl", "--subset", "a", "--name", "A", "--note", "first")
    gamut(capsys, "subset", "delete", "pool.jsonl", "--subset", "b")
    assert gamut(capsys, "subset", "undo", "pool.jsonl")[1] == "Undone: Deleted b.\n"
    _, out, _ = gamut(capsys, "subset", "list", "pool.jsonl", "--json")
    found = json.loads(out)["subsets"]
    assert [(each["name"], each["colour"], each["positions"]) for each in found] == [
        ("A", "blue", [1, 2, 3]),
        ("b", "wine", [3, 4]),
        ("union", "orange", [1, 2, 3, 4]),
        ("intersect", "green", [3]),
        ("minus", "pink", [1, 2]),
    ]
    assert "Rows of a without those of b" in gamut(capsys, "subset", "list", "pool.jsonl")[1]
    assert gamut(capsys, "subset", "delete", "pool.jsonl", "--subset", "c")[0] == 2


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet", "txt", "json", "npy"])
def test_a_subset_is_written_in_every_format_and_verify_finds_any_change_of_it(capsys, pool, subsets, ending):
    rows = [7, 3, 12]
    subsets.add(pool, rows, "some", made=MADE, note="a note")
    out = Path(f"some.{ending}")
    given = ["--embeddings", "pool.npy"] if ending == "npy" else []
    code, _, err = gamut(capsys, "subset", "export", "pool.jsonl", "--subset", "some", "--out", out, *given)
    assert code == 0, err
    manifest = out if ending == "json" else Path(f"{out}.manifest.json")
    proof = json.loads(manifest.read_text())
    proof = proof.get("manifest", proof)
    ids = b"r7\nr3\nr12\n"
    assert proof["subset"]["ids_sha256"] == hashlib.sha256(ids).hexdigest()
    assert proof["subset"]["made"] == MADE
    assert proof["selection"]["positions"] == rows
    if ending == "txt":
        assert out.read_bytes() == ids
    if ending == "jsonl":
        assert out.read_bytes().splitlines() == [Path("pool.jsonl").read_bytes().splitlines()[i] for i in rows]
    words = ["verify", manifest, "--data", "pool.jsonl", "--subset", out, *given]
    code, said, _ = gamut(capsys, *words)
    assert (code, "It is the saved subset some." in said) == (0, True), said
    whole = json.loads(manifest.read_text())
    inner = whole.get("manifest", whole)
    inner["subset"]["ids_sha256"] = "0" * 64
    manifest.write_text(json.dumps(whole))
    assert "their SHA-256 is another" in gamut(capsys, *words)[1]
    assert gamut(capsys, "replay", manifest, "--data", "pool.jsonl")[0] == 2


def test_a_manifest_that_lost_a_part_is_no_whole_manifest(capsys, pool, subsets):
    subsets.add(pool, [1], "some", made=MADE)
    gamut(capsys, "subset", "export", "pool.jsonl", "--subset", "some", "--out", "s.jsonl")
    proof = json.loads(Path("s.jsonl.manifest.json").read_text())
    for change, words in (
        ({"subset": None}, "embedding is missing"),
        ({"dataset": None}, "dataset is missing"),
        ({"subset": {"name": "some"}}, "subset.ids_sha256 is missing"),
    ):
        Path("m.json").write_text(json.dumps(proof | change))
        code, _, err = gamut(capsys, "verify", "m.json", "--data", "pool.jsonl", "--subset", "s.jsonl")
        assert (code, words in err) == (2, True), err


def test_the_order_and_values_of_rows_are_written_as_for_a_selection(capsys, pool, subsets):
    subsets.add(pool, [9, 4], "some", made=MADE)
    words = ["subset", "export", "pool.jsonl", "--embeddings", "pool.npy", "--subset", "some", "--out", "s.csv"]
    assert gamut(capsys, *words, "--order", "original", "--add", "nearest")[0] == 0
    head, *lines = Path("s.csv").read_text().splitlines()
    assert head == "id,text,n,gamut_nearest"
    study = dataset_with_vectors(pool, "pool.npy", Store())
    unit = study.space.unit.astype(np.float64)
    distances = 1 - unit @ unit.T
    np.fill_diagonal(distances, np.inf)
    assert [line.split(",")[0] for line in lines] == ["r4", "r9"]
    assert [float(line.split(",")[3]) for line in lines] == pytest.approx(distances.min(axis=1)[[4, 9]], abs=1e-5)
    words = ["verify", "s.csv.manifest.json", "--data", "pool.jsonl", "--subset", "s.csv"]
    assert gamut(capsys, *words)[0] == 0


def test_subsets_are_named_where_ids_and_sets_are(capsys, pool, subsets):
    a = subsets.add(pool, [5, 6, 7], "must: a", made=MADE)
    rest = subsets.add(pool, range(8, 40), "rest/of it", made=MADE)
    how = ["--selector", "k_center", "--budget", "6", "--embeddings", "pool.npy", "--out", "ids.json"]
    words = ["--must", f"subset:{a.name}", "--must-not", f"subset:{rest.name}"]
    code, _, err = gamut(capsys, "select", "pool.jsonl", *how, *words)
    assert code == 0, err
    chosen = set(json.loads(Path("ids.json").read_text())["positions"])
    assert chosen >= {5, 6, 7}
    assert not chosen & set(range(8, 40))
    assert gamut(capsys, "select", "pool.jsonl", *how, "--must", "subset:none")[0] == 2

    study = dataset_with_vectors(pool, "pool.npy", Store())
    part = study.subset(rest.rows, rest.name)
    words = ["--embeddings", "pool.npy", "--metrics", "vendi,novelsum", "--json"]
    _, out, _ = gamut(capsys, "measure", "pool.jsonl", "--subset", rest.name, *words)
    found = json.loads(out)["scores"]
    assert [each["value"] for each in found] == [s.value for s in part.measure(["vendi", "novelsum"])]
    assert (found[1]["n"], found[1]["reference"]) == (32, "pool.jsonl")

    words = ["--metrics", "vendi", "--size", "20", "--repeats", "3", "--json"]
    names = ["pool.jsonl:subset:rest/of it", "pool.jsonl"]
    _, out, _ = gamut(capsys, "compare", *names, "--embeddings", "pool.npy", "--embeddings", "pool.npy", *words)
    expected = compare([part, study], ["vendi"], size=20, repeats=3)
    assert json.loads(out) == json.loads(json.dumps(expected.as_json()))
