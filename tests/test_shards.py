"""Shards: read together they are the rows of the one file, and what is changed in one of them is told."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.errors import UserError
from core.reading import read_dataset
from core.shards import Sharding

pytestmark = pytest.mark.usefixtures("shared_home")
LENGTHS = (1, 300, 5, 5, 40, 900, 2, 2, 2, 60)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = [{"id": f"r{i}", "text": "x" * LENGTHS[i % 10], "deep": {"a": [i]}} for i in range(40)]
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(40, 6)))
    return tmp_path


def select(out: str, *words: str) -> int:
    given = ("pool.jsonl", "--embeddings", "v.npy", "--selector", "k_center", "--budget", "25", "--quiet")
    return main(["select", *given, "--out", out, *words])


def verify(out: str, subset: str = ".") -> int:
    return main(["verify", f"{out}.manifest.json", "--data", "pool.jsonl", "--subset", subset])


@pytest.mark.parametrize("more", [(), ("--order", "original"), ("--add", "nearest,rank")])
@pytest.mark.parametrize(
    ("out", "shards", "pack", "count"),
    [("s.jsonl", "10 rows", "", 3), ("s.jsonl", "7", "gz", 4), ("s.csv", "25", "zst", 1), ("s.parquet", "24", "", 2)],
)
def test_shards_read_together_are_the_rows_of_the_one_file(folder, capsys, out, shards, pack, count, more):
    assert select("one" + out, *more) == 0
    assert select(out, "--shards", shards, *(["--pack", pack] if pack else []), *more) == 0
    names = sorted(path.name for path in folder.glob("s-*"))
    ending = out[1:] + (f".{pack}" if pack else "")
    assert names == [f"s-{number:05}-of-{count:05}{ending}" for number in range(1, count + 1)]
    one, several = (read_dataset([folder / name for name in each], folder / "read") for each in ([f"one{out}"], names))
    assert several.records(range(25)) == one.records(range(25))
    assert len(several) == 25
    recorded = json.loads((folder / f"{out}.manifest.json").read_text())
    assert [file["name"] for file in recorded["files"]] == names
    assert verify(out) == 0
    assert verify(out, names[0]) == 0
    assert f"All {count} shards" in capsys.readouterr().out


def test_shards_of_a_size_are_no_larger_unless_one_row_is(folder):
    assert select("s.jsonl", "--shards", "0.5 kB") == 0
    assert select("one.jsonl") == 0
    shards = [path.read_bytes() for path in sorted(folder.glob("s-*"))]
    assert b"".join(shards) == (folder / "one.jsonl").read_bytes()
    assert all(len(shard) <= 500 or shard.count(b"\n") == 1 for shard in shards)
    lengths = [len(shard.split(b"\n")[0]) + 1 for shard in shards[1:]]
    assert all(len(shard) + following > 500 for shard, following in zip(shards, lengths, strict=False))


def test_packed_shards_are_the_same_bytes_each_time(folder):
    for pack in ("gz", "zst"):
        found = []
        for _ in range(2):
            assert select("s.jsonl", "--shards", "9", "--pack", pack) == 0
            found.append([path.read_bytes() for path in sorted(folder.glob(f"s-*.{pack}"))])
        assert found[0] == found[1]


def test_what_was_changed_in_a_shard_is_told(folder, capsys):
    assert select("s.jsonl", "--shards", "10", "--pack", "gz") == 0
    second = folder / "s-00002-of-00003.jsonl.gz"
    lines = gzip.decompress(second.read_bytes()).splitlines(keepends=True)
    row_id = json.loads(lines[3])["id"]
    second.write_bytes(gzip.compress(b"".join([*lines[:3], lines[3].replace(b'"deep"', b'"DEEP"'), *lines[4:]])))
    (folder / "s-00003-of-00003.jsonl.gz").unlink()
    capsys.readouterr()
    assert verify("s.jsonl") == 2
    said = capsys.readouterr().out
    assert f"1 row of s-00002-of-00003.jsonl.gz was changed: row 4 (id {row_id!r})." in said
    assert "s-00003-of-00003.jsonl.gz is missing." in said
    second.write_bytes(gzip.compress(b"".join(lines), 1))
    verify("s.jsonl")
    assert "is not the file that was written, though its rows are the same" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("out", "words", "says"),
    [
        ("s.npy", ("--shards", "10"), "Shards hold rows"),
        ("s.csv", ("--shards", "10 MB"), "Shards of a size are of JSON lines"),
        ("s.parquet", ("--shards", "10", "--pack", "gz"), "leave --pack out"),
        ("s.jsonl", ("--pack", "gz"), "say how large they are"),
        ("s.jsonl", ("--shards", "0"), "give rows or a size"),
        ("s.jsonl", ("--shards", "ten"), "give rows or a size"),
    ],
)
def test_what_cannot_be_divided_is_refused(folder, capsys, out, words, says):
    assert select(out, *words) == 2
    assert says in capsys.readouterr().err
    assert not list(folder.glob("s-*"))


def test_sizes_are_read_as_people_write_them():
    assert Sharding.parse("1,000 rows") == Sharding(1000)
    assert Sharding.parse("1.5 GB", "gz") == Sharding(1_500_000_000, "bytes", "gz")
    with pytest.raises(UserError):
        Sharding.parse("3 cats")
