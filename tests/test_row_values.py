"""Values per row: each is what a slow second implementation finds; columns of them are written, checked, replayed."""

import csv
import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from core import Study
from core.__main__ import main
from core.added import added, all_rows
from core.errors import UserError
from core.export import export_bytes
from core.metrics import METRICS
from core.row_values import ROW_VALUES, kept_values, offered, row_values
from core.store import Store
from core.writing import write_subset
from tests.few_rows import few_rows

BREAD = few_rows("narrow_bread.jsonl", 40)
CHOSEN = ("rank", "gain", "novelty", "nearest", "density", "cluster")

pytestmark = pytest.mark.usefixtures("shared_home")


def cloud(n: int, seed: int) -> np.ndarray:
    """Rows of 8 dimensions, the last two of them copies of the first."""
    found = np.random.default_rng(seed).normal(size=(n, 8)).astype(np.float32)
    found[-2:] = found[0]
    return found


def distances(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """1 - cos for all pairs, in float64."""
    one, other = (
        rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1)[:, None] for rows in (left, right)
    )
    return 1 - one @ other.T


ROWS, POOL = cloud(40, 0), cloud(60, 1)


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of_vectors(ROWS, name="rows").against(Study.of_vectors(POOL, name="pool"))


@pytest.fixture(scope="module")
def alone() -> Study:
    return Study.of_vectors(ROWS, name="rows")


def slow(name: str, study: Study) -> np.ndarray:
    """The value of every row by its definition, a loop over rows."""
    pool = POOL if study.reference else ROWS
    own = distances(ROWS, ROWS)
    to_pool = distances(ROWS, np.unique(pool, axis=0))
    found = []
    for i in range(len(ROWS)):
        others = np.delete(own[i], i)
        near = np.sort(to_pool[i])
        match name:
            case "nearest":
                found.append(others.min())
            case "mean_distance":
                found.append(np.sqrt(2 * np.maximum(others, 0)).mean())
            case "told_apart":
                found.append(1 / np.exp(-own[i]).sum())
            case "density":
                found.append(1 / (near[1:11] if near[0] < 1e-6 else near[:10]).sum())
            case "novelty":
                sparse = 2 * near[1:11].mean() + 1e-9
                weights = 1 / np.arange(1, len(ROWS) + 1)
                found.append(sparse**-0.5 * (np.sort(own[i]) @ weights) / weights.sum())
            case "to_reference":
                found.append(near[0])
            case "represents":
                found.append((distances(pool, ROWS).argmin(axis=1) == i).mean())
            case _:
                raise AssertionError(name)
    return np.array(found)


@pytest.mark.parametrize("name", ["novelty", "nearest", "mean_distance", "told_apart", "density"])
@pytest.mark.parametrize("which", ["study", "alone"])
def test_a_value_is_what_its_definition_gives_row_by_row(name, which, request):
    subject = request.getfixturevalue(which)
    found = row_values(subject, [name])[name]
    assert found == pytest.approx(slow(name, subject), rel=2e-5, abs=1e-6)


@pytest.mark.parametrize("name", ["to_reference", "represents"])
def test_coverage_against_a_reference_is_what_its_definition_gives(name, study):
    assert row_values(study, [name])[name] == pytest.approx(slow(name, study), abs=1e-6)


def test_a_value_of_a_group_is_the_squared_distance_to_its_mean(alone):
    labels = alone.cluster().labels
    assert row_values(alone, ["cluster"])["cluster"].tolist() == [f"Cluster {label + 1}" for label in labels]
    inside = row_values(alone, ["from_centre"], params={"cluster_inertia": {"k": 1}})["from_centre"]
    unit = ROWS / np.linalg.norm(ROWS, axis=1)[:, None]
    assert inside == pytest.approx(((unit - unit.mean(axis=0)) ** 2).sum(axis=1), abs=1e-6)


def test_values_of_a_selection_are_those_of_its_picks(alone):
    selection = alone.select("k_center", 5, seed=3)
    found = row_values(alone, ["rank", "gain", "covered"], selection=selection)
    assert found["rank"][selection.positions].tolist() == [1, 2, 3, 4, 5]
    assert np.isnan(np.delete(found["rank"], selection.positions)).all()
    assert found["gain"][selection.positions[1:]].tolist() == selection.gains[1:].tolist()
    assert np.isnan(found["gain"][selection.positions[0]]), "the first pick is infinitely far from nothing"
    expected = distances(ROWS, ROWS[selection.positions]).min(axis=1)
    assert found["covered"] == pytest.approx(np.maximum(expected, 0), abs=1e-6)


def test_a_chosen_row_names_the_nearest_before_it_and_a_row_left_out_the_one_that_covers_it(alone):
    selection = alone.select("k_center", 6, seed=3)
    chosen, apart = selection.positions, distances(ROWS, ROWS)
    found = row_values(alone, ["from_earlier", "earlier", "covered_by"], selection=selection)
    for place, row in enumerate(chosen.tolist()):
        before = chosen[:place]
        if place == 0:
            assert np.isnan(found["from_earlier"][row])
            assert found["earlier"][row] == ""
            continue
        assert found["from_earlier"][row] == pytest.approx(max(0, apart[row, before].min()), abs=1e-6)
        assert found["earlier"][row] == str(before[apart[row, before].argmin()])
    rest = np.setdiff1d(np.arange(len(ROWS)), chosen)
    assert [found["covered_by"][row] for row in rest] == [str(chosen[apart[row, chosen].argmin()]) for row in rest]
    assert [found["covered_by"][row] for row in chosen] == [str(row) for row in chosen]
    assert (found["earlier"][rest] == "").all()


def test_every_metric_with_values_per_row_is_offered_by_its_column(study):
    named = {metric.row_name for metric in METRICS.values() if metric.row_title}
    assert named <= {value.name for value in offered(study)}
    assert {"novelty", "nearest", "density", "to_reference", "represents"} <= set(ROW_VALUES)
    every = [value.name for value in offered(study, chosen=True)]
    assert every == list(ROW_VALUES)


def test_what_rows_cannot_have_is_refused_in_a_sentence(alone):
    with pytest.raises(UserError, match=r"no value 'newness'\. Their values: novelty, nearest"):
        row_values(alone, ["newness"])
    for name in ("represents", "to_reference"):
        with pytest.raises(UserError, match="Name a reference"):
            row_values(alone, [name])
    with pytest.raises(UserError, match="rank is a value of a selection"):
        row_values(alone, ["rank"])
    with pytest.raises(UserError, match="asked for twice"):
        added(alone, all_rows(alone), ["nearest", "nearest"], whole=True)


def test_values_are_kept_and_found_again(tmp_path):
    kept = Study.of_vectors(ROWS, store=Store(tmp_path))
    selection = kept.select("k_center", 4)
    for value in offered(kept, chosen=True):
        known = value.name in ("rank", "gain")
        assert (kept_values(kept, value.name, selection) is not None) == known
        found = row_values(kept, [value.name], selection=selection)[value.name]
        again = kept_values(kept, value.name, selection)
        assert again is not None
        assert list(map(str, again)) == list(map(str, found))


def test_values_of_metrics_are_exact_where_the_metric_is_an_estimate(monkeypatch):
    monkeypatch.setattr("core.measuring.EXACT_PAIRS", 100)
    monkeypatch.setattr("core.measuring.ANCHORS", 10)
    many = Study.of_vectors(ROWS)
    assert many.measure(["knn_distance"], intervals=False)[0].estimated
    assert row_values(many, ["nearest"])["nearest"] == pytest.approx(slow("nearest", many), abs=1e-6)


def test_distances_to_the_centre_are_exact_where_groups_are_otherwise_fitted_to_a_sample(monkeypatch, tmp_path):
    monkeypatch.setattr("core.metrics.cluster_inertia.EXACT_ROWS", 20)
    monkeypatch.setattr("core.metrics.cluster_inertia._FITTED", 5)
    many = Study.of_vectors(ROWS, store=Store(tmp_path))
    assert many.measure(["cluster_inertia"], intervals=False)[0].estimated
    assert kept_values(many, "from_centre") is None, "what is kept is an estimate"
    (exact,) = many.measure(["cluster_inertia"], intervals=False, exact=True)
    found = row_values(many, ["from_centre"])["from_centre"]
    assert not exact.estimated
    assert found.tolist() == exact.rows.tolist() == kept_values(many, "from_centre").tolist()


def test_fewer_rows_than_a_metric_needs_have_no_value_rather_than_that_of_another(tmp_path):
    single = Study.of_vectors(ROWS[:1], store=Store(tmp_path)).against(Study.of_vectors(POOL, name="pool"))
    names = [value.name for value in ROW_VALUES.values() if value.metric]
    for name, values in row_values(single, names).items():
        assert np.isnan(values).tolist() == [METRICS[ROW_VALUES[name].metric].least > 1]
        assert np.array_equal(kept_values(single, name), values, equal_nan=True)


def gamut(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out + err


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet", "json"])
@pytest.mark.parametrize("order", ["chosen", "original"])
def test_added_columns_are_written_replayed_and_verified(capsys, tmp_path, ending, order):
    out = tmp_path / f"subset.{ending}"
    words = ["--selector", "k_center", "--budget", 5, "--add", ",".join(CHOSEN), "--order", order]
    assert gamut(capsys, "select", BREAD, *words, "--out", out)[0] == 0
    proof = out if ending == "json" else out.with_name(f"{out.name}.manifest.json")
    assert gamut(capsys, "verify", proof, "--data", BREAD, "--subset", out)[0] == 0
    assert gamut(capsys, "replay", proof, "--data", BREAD, "--out", tmp_path / f"again.{ending}")[0] == 0
    if ending != "json":
        assert (tmp_path / f"again.{ending}").read_bytes() == out.read_bytes()
    recorded = json.loads(proof.read_text())
    columns = (recorded.get("manifest") or recorded)["added"]
    assert list(columns) == list(CHOSEN)
    assert columns["novelty"]["metric"] == "novelsum"
    assert columns["novelty"]["params"]["neighbors"] == 10
    assert columns["novelty"]["reference"] == "self"
    assert columns["rank"]["values"] == [1, 2, 3, 4, 5]
    if ending == "parquet":
        table = pq.read_table(out).to_pydict()
        place = np.argsort((recorded["selection"]["positions"]), kind="stable") if order == "original" else range(5)
        assert table["gamut_novelty"] == [columns["novelty"]["values"][i] for i in place]


def test_a_value_that_was_changed_is_found(capsys, tmp_path):
    out = tmp_path / "subset.jsonl"
    proof = tmp_path / "subset.jsonl.manifest.json"
    words = ["--selector", "k_center", "--budget", 5, "--add", "novelty"]
    assert gamut(capsys, "select", BREAD, *words, "--out", out)[0] == 0
    whole = out.read_text()
    out.write_text(whole.replace('"gamut_novelty": 0.', '"gamut_novelty": 1.', 1))
    code, said = gamut(capsys, "verify", proof, "--data", BREAD, "--subset", out)
    assert (code, "Line 1 is not the line" in said) == (2, True)
    out.write_text(whole)
    recorded = json.loads(proof.read_text())
    recorded["added"]["novelty"]["values"][2] *= 1.001
    proof.write_text(json.dumps(recorded))
    code, said = gamut(capsys, "replay", proof, "--data", BREAD)
    assert (code, "novelty of pick 3 was recorded as" in said) == (2, True)
    recorded["added"]["novelty"]["values"].pop()
    proof.write_text(json.dumps(recorded))
    assert "not a whole manifest: added" in gamut(capsys, "replay", proof, "--data", BREAD)[1]


def test_a_file_without_room_for_values_is_refused_before_the_work(capsys, tmp_path):
    for ending in ("npy", "txt"):
        words = ["--selector", "k_center", "--budget", 5, "--add", "novelty", "--out", tmp_path / f"x.{ending}"]
        assert "has no place for novelty" in gamut(capsys, "select", "no such file", *words)[1]
    assert "holds no table of rows" in gamut(capsys, "measure", "no such file", "--rows", tmp_path / "x.npy")[1]
    assert "name their file with --rows" in gamut(capsys, "measure", "no such file", "--add", "novelty")[1]
    said = gamut(capsys, "measure", "no such file", "--metrics", "vendi", "--rows", tmp_path / "x.csv")[1]
    assert "None of these metrics has a value per row" in said


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_measure_writes_the_rows_with_their_values(capsys, tmp_path, ending):
    out = tmp_path / f"rows.{ending}"
    study = Study.open(BREAD)
    assert gamut(capsys, "measure", BREAD, "--rows", out, "--add", "nearest,cluster", "--no-intervals")[0] == 0
    found = row_values(study, ["nearest", "cluster"])
    extra = {"nearest": found["nearest"].tolist(), "cluster": list(found["cluster"])}
    assert study.dataset is not None
    assert out.read_bytes() == export_bytes(study.dataset, range(len(study)), format=ending, extra=extra)
    page = tmp_path / f"page.{ending}"
    write_subset(page, ending, study, all_rows(study), add=["nearest", "cluster"], whole=True)
    assert page.read_bytes() == out.read_bytes()


def test_measure_writes_ids_and_values_alone(capsys, tmp_path):
    study = Study.open(BREAD)
    nearest = row_values(study, ["nearest"])["nearest"].tolist()
    for ending in ("csv", "jsonl", "parquet"):
        out = tmp_path / f"values.{ending}"
        words = ["--metrics", "knn_distance", "--no-intervals", "--ids-only"]
        assert gamut(capsys, "measure", BREAD, "--rows", out, *words)[0] == 0
        match ending:
            case "csv":
                rows = list(csv.DictReader(out.read_text().splitlines()))
            case "jsonl":
                rows = list(map(json.loads, out.read_text().splitlines()))
            case _:
                rows = pq.read_table(out).to_pylist()
        assert list(rows[0]) == ["id", "position", "nearest"]
        assert [row["id"] for row in rows] == study.ids
        assert [int(row["position"]) for row in rows] == list(range(len(study)))
        assert [float(row["nearest"]) for row in rows] == nearest


def test_values_of_vectors_alone_stand_beside_row_numbers(capsys, tmp_path):
    np.save(tmp_path / "v.npy", ROWS)
    words = ["--embeddings", tmp_path / "v.npy", "--rows", tmp_path / "v.jsonl", "--add", "nearest"]
    assert "Say --ids-only" in gamut(capsys, "measure", *words)[1]
    assert gamut(capsys, "measure", *words, "--ids-only")[0] == 0
    rows = list(map(json.loads, (tmp_path / "v.jsonl").read_text().splitlines()))
    assert [row["id"] for row in rows] == list(range(len(ROWS)))
    assert [row["nearest"] for row in rows] == pytest.approx(slow("nearest", Study.of_vectors(ROWS)), abs=1e-6)


def test_parameters_of_a_metric_reach_the_values_that_are_written(capsys, tmp_path):
    words = ["--metrics", "knn_distance", "--param", "knn_distance.k=3", "--no-intervals", "--ids-only"]
    assert gamut(capsys, "measure", BREAD, "--rows", tmp_path / "v.jsonl", *words)[0] == 0
    rows = list(map(json.loads, (tmp_path / "v.jsonl").read_text().splitlines()))
    study = Study.open(BREAD)
    own = np.sort(distances(study.embeddings.vectors, study.embeddings.vectors), axis=1)
    assert [row["nearest"] for row in rows] == pytest.approx(own[:, 3], abs=1e-6)
