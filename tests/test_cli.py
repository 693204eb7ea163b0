"""The command line: what scripts rely on, and the same results as from Python."""

import csv
import errno
import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import Study
from core.__main__ import main
from core.manifest_reading import read_manifest
from core.opening import dataset_with_vectors, open_dataset
from core.selectors import SELECTORS, selector
from core.store import Store
from tests.few_rows import few_rows

SAMPLE = few_rows("narrow_bread.jsonl", 30)

pytestmark = pytest.mark.usefixtures("shared_home")


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.npy"
    np.save(path, np.random.default_rng(5).normal(size=(60, 8)).astype(np.float32))
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


def test_measure_prints_one_json_object(capsys, vectors):
    code, out, _ = run(
        capsys,
        "measure",
        "--embeddings",
        vectors,
        "--metrics",
        "novelsum,vendi",
        "--param",
        "novelsum.alpha=2",
        "--json",
    )
    assert code == 0
    found = json.loads(out)
    assert [score["metric"] for score in found["scores"]] == ["novelsum", "vendi"]
    first = found["scores"][0]
    assert set(first) == {
        *("metric", "value", "n", "interval", "interval_kind", "reference", "params", "estimated", "seconds"),
    }
    assert (first["n"], first["reference"], first["params"]["alpha"]) == (60, "self", 2.0)
    assert found["embedding"]["dim"] == 8
    expected = Study.of_vectors(np.load(vectors)).measure(["novelsum"], params={"novelsum": {"alpha": 2}})[0]
    assert first["value"] == expected.value


def test_a_reference_is_named_in_the_score(capsys, vectors, tmp_path):
    other = tmp_path / "broad.npy"
    np.save(other, np.random.default_rng(6).normal(size=(80, 8)))
    _, out, _ = run(capsys, "measure", "--embeddings", vectors, "--reference", other, "--metrics", "novelsum", "--json")
    assert json.loads(out)["scores"][0]["reference"] == "broad.npy"


def test_an_infinite_order_is_null_in_json(capsys, vectors):
    _, out, _ = run(
        capsys, "measure", "--embeddings", vectors, "--metrics", "vendi", "--param", "vendi.q=inf", "--json"
    )
    assert json.loads(out)["scores"][0]["params"]["q"] is None


def test_select_writes_ids_positions_gains_and_the_manifest(capsys, vectors, tmp_path):
    out = tmp_path / "ids.json"
    code, _, _ = run(
        capsys, "select", "--embeddings", vectors, "--selector", "k_center", "--budget", "10%", "--out", out
    )
    assert code == 0
    found = json.loads(out.read_text())
    assert set(found) == {"ids", "positions", "gains", "manifest"}
    expected = Study.of_vectors(np.load(vectors)).select("k_center", 6)
    assert found["positions"] == expected.positions.tolist()
    assert found["manifest"]["selection"]["positions"] == found["positions"]


def test_first_names_the_row_that_a_seeded_selector_starts_from(capsys, vectors, tmp_path):
    out = tmp_path / "ids.json"
    words = ["select", "--embeddings", vectors, "--selector", "k_center", "--budget", 3, "--param", "first=17"]
    run(capsys, *words, "--out", out)
    assert json.loads(out.read_text())["positions"][0] == 17


def test_rows_come_out_byte_for_byte_and_replay_and_verify_agree(capsys, tmp_path):
    subset = tmp_path / "subset.jsonl"
    words = ["select", SAMPLE, "--selector", "novelselect", "--budget", 20, "--seed", 3, "--out", subset]
    assert run(capsys, *words)[0] == 0
    lines = SAMPLE.read_bytes().split(b"\n")
    manifest = tmp_path / "subset.jsonl.manifest.json"
    positions = json.loads(manifest.read_text())["selection"]["positions"]
    assert subset.read_bytes().split(b"\n")[:-1] == [lines[i] for i in positions]
    code, out, _ = run(capsys, "replay", manifest, "--data", SAMPLE)
    assert (code, out) == (0, "The same 20 rows in the same order.\n")
    assert run(capsys, "verify", manifest, "--data", SAMPLE, "--subset", subset)[0] == 0


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet", "txt"])
def test_a_subset_that_was_changed_is_found_out(capsys, tmp_path, ending):
    subset = tmp_path / f"subset.{ending}"
    run(capsys, "select", SAMPLE, "--selector", "random", "--budget", 5, "--out", subset)
    manifest = tmp_path / f"subset.{ending}.manifest.json"
    words = ["verify", manifest, "--data", SAMPLE, "--subset", subset]
    assert run(capsys, *words)[0] == 0
    content = subset.read_bytes()
    subset.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    code, out, _ = run(capsys, *words)
    assert code == 2
    assert "is not what the manifest says" in out


def test_replay_says_what_differs_when_the_data_was_changed(capsys, tmp_path):
    subset = tmp_path / "subset.jsonl"
    run(capsys, "select", SAMPLE, "--selector", "random", "--budget", 5, "--out", subset)
    changed = tmp_path / "changed.jsonl"
    changed.write_bytes(b"\n".join(SAMPLE.read_bytes().split(b"\n")[:20]) + b"\n")
    code, out, _ = run(capsys, "replay", tmp_path / "subset.jsonl.manifest.json", "--data", changed)
    assert code == 2
    assert "had 30 rows and now has 20" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["measure", "nowhere.jsonl"], "There is no file nowhere.jsonl"),
        (["measure", "--metrics", "vendi"], "Name a data file"),
        (["measure", SAMPLE, "--metrics", "vendy"], "There is no metric 'vendy'"),
        (["measure", SAMPLE, "--metrics", "vendi", "--param", "vendi.p=2"], "no parameter 'p'"),
        (["measure", SAMPLE, "--metrics", "vendi", "--param", "vendi.q=two"], "must be a number"),
        (["measure", SAMPLE, "--metrics", "vendi", "--param", "q=2"], "expected METRIC.KEY=VALUE"),
        (["measure", SAMPLE, "--response", "nothing"], "nothing"),
        (["select", SAMPLE, "--selector", "best", "--budget", 5, "--out", "x.json"], "There is no selector 'best'"),
        (["select", SAMPLE, "--selector", "random", "--budget", "many", "--out", "x.json"], "neither a number of rows"),
        (["select", SAMPLE, "--selector", "random", "--budget", 31, "--out", "x.json"], "must be from 1 to 30"),
        (["select", SAMPLE, "--selector", "random", "--budget", 5, "--out", "x.doc"], "cannot tell a format"),
        (["select", SAMPLE, "--selector", "random", "--budget", 5, "--out", "no/x.json"], "There is no folder"),
        (["verify", SAMPLE, "--data", SAMPLE, "--subset", SAMPLE], "not a manifest"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence_and_code_2(capsys, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *words)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert out == ""


def test_lists_name_every_metric_and_selector(capsys):
    from core.metrics import METRICS

    _, out, _ = run(capsys, "metrics")
    assert all(f"{name}: " in out for name in METRICS)
    _, out, _ = run(capsys, "selectors")
    assert all(f"{name}: " in out for name in SELECTORS)


def test_embed_writes_the_vectors(capsys, tmp_path, shared_home):
    out = tmp_path / "vectors.npy"
    assert run(capsys, "embed", SAMPLE, "--out", out)[0] == 0
    np.testing.assert_array_equal(np.load(out), Study.open(SAMPLE, store=Store(shared_home)).embeddings.vectors)


def test_the_store_is_shown_and_cleaned(capsys, tmp_path):
    home = tmp_path / "home"
    run(capsys, "measure", SAMPLE, "--home", home, "--metrics", "vendi")
    assert list((home / "results").iterdir())
    code, out, _ = run(capsys, "store", "--home", home, "--clean")
    assert code == 0
    assert "Freed" in out
    assert not list((home / "results").iterdir())


POEMS = "".join(
    json.dumps({"id": f"p{i}", "text": f"verse {i} of {i % 7}", "score": i / 3, "kind": "ab"[i % 2]}) + "\n"
    for i in range(25)
)


@pytest.fixture
def poems(tmp_path: Path) -> Path:
    path = tmp_path / "poems.jsonl"
    path.write_text(POEMS)
    np.save(tmp_path / "poems.npy", np.random.default_rng(1).normal(size=(25, 6)).astype(np.float32))
    return path


def chosen_by(capsys: pytest.CaptureFixture[str], poems: Path, *words: object) -> dict[str, Any]:
    """What `gamut select` of the poems with their vectors puts into an ids file."""
    out = poems.with_name("ids.json")
    code, _, err = run(capsys, "select", poems, "--embeddings", poems.with_suffix(".npy"), *words, "--out", out)
    assert code == 0, err
    return dict(json.loads(out.read_text()))


def test_notices_bad_lines_and_rows_left_out_are_said_quiet_or_not(capsys, tmp_path, shared_home):
    path = tmp_path / "holes.jsonl"
    path.write_text('{"text": "one"}\nnot json\n{"text": ""}\n{"text": "three"}\n')
    words = ["measure", path, "--metrics", "ttr", "--leave-out-empty", "--quiet", "--json"]
    code, out, err = run(capsys, *words)
    assert code == 0
    found = json.loads(out)["dataset"]
    assert (found["bad_lines"], found["measured"], found["rows"]) == (1, 2, 3)
    assert found["notices"] and all(notice in err for notice in found["notices"])
    assert "1 of 3 rows left out as empty" in err
    assert "bad lines (1): " in err
    listed = Path(err.split("bad lines (1): ")[1].splitlines()[0])
    assert json.loads(listed.read_text())["line"] == 2


def test_numbers_in_json_are_those_of_a_study(capsys, poems):
    names = ["novelsum", "knn_distance", "ttr"]
    vectors = poems.with_suffix(".npy")
    words = ["measure", poems, "--embeddings", vectors, "--metrics", ",".join(names), "--json"]
    printed = json.loads(run(capsys, *words)[1])["scores"]
    alone = Study.of_vectors(np.load(vectors))
    assert [score["value"] for score in printed[:2]] == [score.value for score in alone.measure(names[:2])]
    assert (
        printed[2]["value"]
        == dataset_with_vectors(open_dataset([poems], Store()), str(vectors), Store()).measure(["ttr"])[0].value
    )


def test_a_reference_may_be_a_dataset(capsys):
    broad = few_rows("chats_messages.jsonl", 10)
    words = ["measure", SAMPLE, "--reference", broad, "--metrics", "facility_location", "--json"]
    score = json.loads(run(capsys, *words)[1])["scores"][0]
    study = Study.open(SAMPLE).against(Study.open(broad))
    assert score["reference"] == broad.name
    assert score["value"] == study.measure(["facility_location"])[0].value


def test_a_table_among_several_is_named_after_a_colon(capsys, poems, tmp_path):
    path, broad = tmp_path / "two.npz", tmp_path / "broad.npy"
    rng = np.random.default_rng(2)
    tables = {"small": rng.normal(size=(25, 4)), "large": rng.normal(size=(25, 6))}
    np.savez(path, **tables)
    code, _, err = run(capsys, "measure", "--embeddings", path, "--metrics", "vendi")
    assert code == 2
    assert f"{path}:small" in err
    for words in (["--embeddings", f"{path}:large"], [poems, "--embeddings", f"{path}:large"]):
        out = run(capsys, "measure", *words, "--metrics", "vendi", "--json")[1]
        assert json.loads(out)["scores"][0]["value"] == Study.of_vectors(tables["large"]).measure(["vendi"])[0].value
    np.save(broad, rng.normal(size=(30, 6)))
    words = ["--metrics", "facility_location", "--json"]
    out = run(capsys, "measure", "--embeddings", broad, "--reference", f"{path}:large", *words)[1]
    expected = Study.of_vectors(np.load(broad)).against(Study.of_vectors(tables["large"]))
    assert json.loads(out)["scores"][0]["value"] == expected.measure(["facility_location"])[0].value


def test_quality_is_higher_or_with_low_lower(capsys, poems):
    words = ["--selector", "quality", "--budget", 3]
    assert chosen_by(capsys, poems, *words, "--quality", "score")["ids"] == ["p24", "p23", "p22"]
    assert chosen_by(capsys, poems, *words, "--quality", "score:low")["ids"] == ["p0", "p1", "p2"]


def test_a_label_reaches_a_selector_that_uses_labels(capsys, poems, monkeypatch):
    def b_first(space, labels):
        """The rows of label b, then the others."""
        yield from ((int(row), 0.0) for row in np.argsort(labels != "b", kind="stable"))

    said = dict.fromkeys(("title", "source", "says", "rewards", "overlooks", "cost"), "b first")
    monkeypatch.setitem(SELECTORS, "b_first", None)  # taken away again after the test
    selector(**said)(b_first)
    words = ["--selector", "b_first", "--budget", 3]
    found = chosen_by(capsys, poems, *words, "--label", "kind")
    assert found["ids"] == ["p1", "p3", "p5"]
    assert found["manifest"]["recipe"]["steps"][0]["select"]["label"] == "kind"
    vectors, out = poems.with_suffix(".npy"), poems.with_name("ids.json")
    assert run(capsys, "replay", out, "--data", poems, "--embeddings", vectors)[0] == 0
    given = ["select", poems, "--embeddings", vectors, *words, "--out", out]
    for more, why in (([], "needs a labels column"), (["--label", "mood"], "no column 'mood'")):
        code, _, err = run(capsys, *given, *more)
        assert (code, why in err) == (2, True), err


def test_a_column_that_a_selector_does_not_use_is_said(capsys, poems):
    given = ["select", poems, "--embeddings", poems.with_suffix(".npy"), "--selector", "random", "--budget", 3]
    code, _, err = run(capsys, *given, "--label", "kind", "--quality", "score", "--out", poems.with_name("ids.json"))
    assert code == 0
    assert "uses no quality: --quality changes nothing" in err
    assert "uses no labels: --label changes nothing" in err


def test_copies_come_last_unless_they_are_kept(capsys, poems):
    vectors = np.load(poems.with_suffix(".npy"))
    vectors[1::2] = vectors[0]  # 13 distinct rows of 25
    np.save(poems.with_suffix(".npy"), vectors)
    study = Study.of_vectors(vectors)
    words = ["--selector", "kmeans_random", "--budget", 13]
    different = {}
    for more, keep in (([], False), (["--keep-copies"], True)):
        found = chosen_by(capsys, poems, *words, *more)
        assert found["manifest"]["recipe"]["steps"][0]["select"].get("keep_copies", False) is keep
        assert found["positions"] == study.select("kmeans_random", 13, keep_copies=keep).positions.tolist()
        different[keep] = len({tuple(vectors[row]) for row in found["positions"]})
    assert different[False] == 13
    assert different[True] < 13


def test_rows_are_written_in_their_original_order_on_demand(capsys, poems, tmp_path):
    out = tmp_path / "subset.jsonl"
    words = ["select", poems, "--embeddings", poems.with_suffix(".npy"), "--selector", "k_center", "--budget", 9]
    assert run(capsys, *words, "--order", "original", "--out", out)[0] == 0
    lines = out.read_text().splitlines()
    assert len(lines) == 9
    assert lines == [line for line in POEMS.splitlines() if line in lines]
    checked = ["verify", f"{out}.manifest.json", "--data", poems, "--subset", out]
    assert run(capsys, *checked)[0] == 0


def test_cells_that_a_spreadsheet_would_run_are_escaped_and_verified(capsys, tmp_path):
    path, out = tmp_path / "formulas.jsonl", tmp_path / "subset.csv"
    path.write_text('{"text": "=1+1"}\n{"text": "plain"}\n')
    np.save(tmp_path / "v.npy", np.eye(2))
    words = ["select", path, "--embeddings", tmp_path / "v.npy", "--selector", "random", "--budget", 2]
    assert run(capsys, *words, "--escape-formulas", "--out", out)[0] == 0
    assert "'=1+1" in out.read_text()
    assert run(capsys, "verify", f"{out}.manifest.json", "--data", path, "--subset", out)[0] == 0


def test_replay_takes_the_reference_and_the_vectors_that_were_used(capsys, poems, tmp_path):
    broad = tmp_path / "broad.npy"
    np.save(broad, np.random.default_rng(3).normal(size=(40, 6)))
    given = ["--embeddings", poems.with_suffix(".npy"), "--reference", broad]
    chosen_by(capsys, poems, "--selector", "k_center", "--budget", "20%", "--reference", broad)
    code, out, err = run(capsys, "replay", tmp_path / "ids.json", "--data", poems, *given)
    assert (code, err) == (0, ""), out
    code, _, err = run(capsys, "replay", tmp_path / "ids.json", "--data", poems, *given[:2])
    assert (code, "give it with --reference" in err) == (2, True)


@pytest.fixture(params=["npz", "parquet"])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A file of two tables of vectors for the poems, in another order and with ids; `FILE:` for a name to follow."""
    rng = np.random.default_rng(2)
    ids = [f"p{i}" for i in rng.permutation(25)]
    found = {"wanted": rng.normal(size=(25, 6)).astype(np.float32), "other": rng.normal(size=(25, 6))}
    path = tmp_path / f"two.{request.param}"
    if request.param == "npz":
        np.savez(path, ids=np.array(ids), **found)
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"ids": ids} | {name: list(table) for name, table in found.items()}), path)
    np.savez(tmp_path / "expected.npz", wanted=found["wanted"], ids=np.array(ids))
    return f"{path}:"


@pytest.mark.parametrize("ending", ["json", "npy"])
def test_one_table_of_several_alone_is_replayed_and_verified(capsys, tables, tmp_path, ending):
    out = tmp_path / f"subset.{ending}"
    reference = ["--reference", f"{tables}other"]
    words = ["--selector", "k_center", "--budget", 5, "--measure", "novelsum", "--out", out]
    assert run(capsys, "select", "--embeddings", f"{tables}wanted", *reference, *words)[0] == 0
    proof = out if ending == "json" else tmp_path / "subset.npy.manifest.json"
    positions = read_manifest(proof)["selection"]["positions"]
    wanted = np.load(tmp_path / "expected.npz")["wanted"]
    assert positions == Study.of_vectors(wanted).select("k_center", 5).positions.tolist()
    for option in ("--data", "--embeddings"):
        for name, code in (("wanted", 0), ("other", 2)):
            given = [option, f"{tables}{name}"]
            assert run(capsys, "replay", proof, *given, *reference)[0] == code
            assert run(capsys, "verify", proof, *given, "--subset", out)[0] == code
    code, said, _ = run(capsys, "replay", proof, "--data", f"{tables}wanted", "--reference", f"{tables}wanted")
    assert (code, "reference set is not the one" in said) == (2, True)
    code, _, err = run(capsys, "verify", proof, "--data", tables[:-1], "--subset", out)
    assert (code, f"{tables}wanted" in err) == (2, True)


@pytest.mark.parametrize("ending", ["jsonl", "npy"])
def test_one_table_of_several_is_matched_by_id_replayed_and_verified(capsys, poems, tables, tmp_path, ending):
    out = tmp_path / f"subset.{ending}"
    given = [poems, "--embeddings", f"{tables}wanted"]
    assert run(capsys, "select", *given, "--selector", "k_center", "--budget", 5, "--out", out)[0] == 0
    proof = tmp_path / f"{out.name}.manifest.json"
    expected = np.load(tmp_path / "expected.npz")
    place = {name: row for row, name in enumerate(expected["ids"])}
    vectors = expected["wanted"][[place[f"p{row}"] for row in range(25)]]
    positions = read_manifest(proof)["selection"]["positions"]
    assert positions == Study.of_vectors(vectors).select("k_center", 5).positions.tolist()
    if ending == "npy":
        np.testing.assert_array_equal(np.load(out), vectors[positions])
    assert run(capsys, "replay", proof, "--data", *given)[0] == 0
    assert run(capsys, "verify", proof, "--data", *given, "--subset", out)[0] == 0
    wrong = [poems, "--embeddings", f"{tables}other"]
    assert run(capsys, "replay", proof, "--data", *wrong)[0] == 2
    if ending == "npy":
        assert run(capsys, "verify", proof, "--data", *wrong, "--subset", out)[0] == 2


@pytest.mark.parametrize("kind", ["date", "decimal"])
def test_ids_of_any_type_are_written_and_verified(capsys, tmp_path, kind):
    import pyarrow as pa
    import pyarrow.parquet as pq

    ids = [date(2024, 1, day) for day in (1, 2, 3)] if kind == "date" else [Decimal(f"{n}.50") for n in (1, 2, 3)]
    path, out = tmp_path / "typed.parquet", tmp_path / "ids.json"
    pq.write_table(pa.table({"id": ids, "text": ["a", "b", "c"]}), path)
    np.save(tmp_path / "v.npy", np.eye(3))
    words = ["select", path, "--embeddings", tmp_path / "v.npy", "--id", "id", "--selector", "random", "--budget", 3]
    assert run(capsys, *words, "--out", out)[0] == 0
    assert sorted(json.loads(out.read_text())["ids"]) == [str(value) for value in ids]
    assert run(capsys, "verify", out, "--data", path, "--subset", out)[0] == 0


def test_an_id_with_a_lone_surrogate_stays_valid_json(capsys, tmp_path):
    path, out = tmp_path / "odd.jsonl", tmp_path / "ids.json"
    path.write_text('{"id": "\\ud83d", "text": "a"}\n{"id": "é", "text": "b"}\n')
    np.save(tmp_path / "v.npy", np.eye(2))
    words = ["select", path, "--embeddings", tmp_path / "v.npy", "--id", "id", "--selector", "random", "--budget", 2]
    assert run(capsys, *words, "--out", out)[0] == 0
    assert set(json.loads(out.read_text(encoding="utf-8"))["ids"]) == {"\ud83d", "é"}
    assert run(capsys, "verify", out, "--data", path, "--subset", out)[0] == 0


def test_where_a_file_cannot_go_is_said_before_the_work(capsys, poems, tmp_path, monkeypatch):
    monkeypatch.setattr("core.cli.embed.open_study", lambda *_: pytest.fail("worked first"))
    monkeypatch.setattr("core.cli.select.open_study", lambda *_: pytest.fail("worked first"))
    (tmp_path / "d.json").mkdir()
    (tmp_path / "s.csv.manifest.json").mkdir()
    chosen = ["select", poems, "--selector", "random", "--budget", 3, "--out"]
    for words, said in [
        (["embed", poems, "--out", tmp_path / "no" / "x.npy"], "There is no folder"),
        ([*chosen, tmp_path / "d.json"], "is a folder"),
        ([*chosen, tmp_path / "s.csv"], "is a folder"),
    ]:
        code, _, err = run(capsys, *words)
        assert (code, said in err) == (2, True), err
    monkeypatch.setattr("os.access", lambda *_: False)
    code, _, err = run(capsys, "embed", poems, "--out", tmp_path / "x.npy")
    assert (code, "may not be written into" in err) == (2, True)


def test_a_file_that_may_not_be_read_is_a_sentence_and_other_faults_are_not(capsys, poems, monkeypatch):
    def refuse(number: int) -> Any:
        def read(*_: Any, **__: Any) -> None:
            raise OSError(number, os.strerror(number), str(poems))

        return read

    monkeypatch.setattr("core.opening.read_dataset", refuse(errno.EACCES))
    code, _, err = run(capsys, "measure", poems)
    assert (code, err) == (2, f"gamut: {poems} cannot be used: Permission denied.\n")
    monkeypatch.setattr("core.opening.read_dataset", refuse(errno.EBADF))
    with pytest.raises(OSError, match="Bad file"):
        run(capsys, "measure", poems)


@pytest.mark.parametrize("ending", ["csv", "json", "npy"])
def test_a_map_is_that_of_a_study(capsys, poems, tmp_path, ending):
    vectors, out = poems.with_suffix(".npy"), tmp_path / f"map.{ending}"
    words = ["map", poems, "--embeddings", vectors, "--id", "id", "--method", "pca", "--out", out]
    assert run(capsys, *words)[0] == 0
    study = Study.of_vectors(np.load(vectors))
    places = study.project("pca")
    groups = study.cluster("kmeans", xy=places)
    if ending == "npy":
        np.testing.assert_array_equal(np.load(out), places.xy)
        return
    with out.open(encoding="utf-8") as file:
        rows = json.load(file) if ending == "json" else list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "row", "x", "y", "cluster", "cluster_name"]
    assert [row["id"] for row in rows] == [f"p{i}" for i in range(25)]
    assert [[float(row["x"]), float(row["y"])] for row in rows] == places.xy.tolist()
    assert [int(row["cluster"]) for row in rows] == groups.labels.tolist()


def test_two_processes_share_one_home(poems, tmp_path):
    words = ["select", poems, "--embeddings", poems.with_suffix(".npy"), "--selector", "k_center", "--budget", "5"]
    words += ["--quiet"]  # progress, which a slow machine prints, is no fault
    places = [tmp_path / f"{name}.json" for name in ("one", "two")]
    command = [sys.executable, "-m", "core", *map(str, words), "--home", str(tmp_path / "home"), "--out"]
    root = Path(__file__).parents[1]
    started = [subprocess.Popen([*command, str(out)], cwd=root, stderr=subprocess.PIPE) for out in places]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in started] == [(b"", 0)] * 2
    one, two = (json.loads(out.read_text())["positions"] for out in places)
    assert one == two


@pytest.mark.parametrize("width", [80])
def test_help_fits_a_terminal(capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    for words in (["--help"], ["measure", "--help"], ["select", "--help"], ["map", "--help"], ["embed", "--help"]):
        with pytest.raises(SystemExit):
            main(words)
        out = capsys.readouterr().out
        assert "example" in out
        assert max(map(len, out.splitlines())) <= width


@pytest.mark.parametrize(
    "words", [["--seed", 0], ["--missing", "refuse"], ["--keep-copies"], ["--least", 1], ["--most", "a=2"]]
)
def test_what_a_recipe_says_is_not_said_beside_it(capsys, vectors, tmp_path, words):
    recipe, out = tmp_path / "r.yaml", tmp_path / "ids.json"
    recipe.write_text("steps: [{select: {selector: random, budget: 3}}]")
    given = ["select", "--embeddings", vectors, "--recipe", recipe, "--out", out]
    code, _, err = run(capsys, *given, *words)
    assert (code, err) == (2, f"gamut: --recipe says all that {words[0]} would. Leave that out.\n")
    assert run(capsys, *given)[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        ["bench", "pool.jsonl", "--selectors", "random", "--budgets", 3, "--seed", 7],
        ["select", "pool.jsonl", "--select", "random", "--budget", 3, "--out", "x.json"],
        ["refine", "show", "--stat", "run.json"],
    ],
)
def test_a_part_of_an_option_is_no_option(capsys, words):
    with pytest.raises(SystemExit) as stopped:
        main([str(word) for word in words])
    assert stopped.value.code == 2
    assert "usage: gamut" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["select", "--selector", "random", "--budget", 3, "--out", "x.json"],
        ["frontier", "--selector", "qdit", "--quality", "score", "--budget", 3],
        ["sweep"],
        ["compare"],
        ["curve"],
        ["robust"],
        ["trust"],
        ["score", "--out", "x.jsonl"],
        ["refine", "begin", "--state", "x.json"],
    ],
)
def test_a_seed_below_0_is_a_sentence(capsys, words):
    code, _, err = run(capsys, *words, SAMPLE, "--seed", -1)
    assert (code, err) == (2, "gamut: --seed is -1, and must be a whole number of at least 0.\n")
