"""Near-copies at every threshold, against groups found by comparing all pairs anew."""

import csv
import json

import numpy as np
import pytest

from core.__main__ import main
from core.errors import UserError
from core.near_copies import FLOOR, cosines_to_staying, near_copies
from core.opening import dataset_with_vectors, open_dataset
from core.store import Store

THRESHOLDS = (0.8, 0.87, 0.9, 0.95, 0.99, 1.0)


@pytest.fixture
def files(tmp_path):
    """400 rows in crowds, chains and copies, and scores of which some are missing."""
    rng = np.random.default_rng(4)
    centres = rng.standard_normal((25, 12))
    vectors = centres[rng.integers(25, size=400)] + rng.standard_normal((400, 12)) * rng.choice([0.05, 0.4], (400, 1))
    vectors[300:330] = vectors[:30]  # exact copies
    vectors[330:340] = vectors[:10] * 3  # the same direction
    vectors[399] = vectors[398]
    rows = [{"id": f"r{i}", "text": f"text {i}", "score": None if i % 7 == 0 else i % 5} for i in range(400)]
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    np.save(tmp_path / "v.npy", vectors.astype(np.float32))
    return tmp_path


@pytest.fixture
def study(files):
    store = Store(files / "home")
    return dataset_with_vectors(open_dataset([files / "pool.jsonl"], store), str(files / "v.npy"), store)


def slow_groups(vectors, threshold):
    """The connected rows, by asking all pairs again and again."""
    unit = vectors.astype(np.float64) / np.linalg.norm(vectors.astype(np.float64), axis=1)[:, None]
    near = np.round(unit @ unit.T, 6) >= threshold
    groups, seen = [], set()
    for row in range(len(unit)):
        if row in seen:
            continue
        group, waiting = {row}, [row]
        while waiting:
            for other in np.flatnonzero(near[waiting.pop()]):
                if int(other) not in group:
                    group.add(int(other))
                    waiting.append(int(other))
        seen |= group
        if len(group) > 1:
            groups.append(sorted(group))
    return sorted(groups, key=lambda group: (-len(group), group[0]))


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("pending", [1, 10**6])
def test_groups_are_those_of_all_pairs(study, threshold, pending, monkeypatch):
    monkeypatch.setattr("core.near_copies._PENDING", pending)
    found = near_copies(study)
    groups = found.at(threshold)
    expected = slow_groups(study.embeddings.vectors, threshold)
    assert [groups.rows(group).tolist() for group in range(len(groups.sizes))] == expected
    assert groups.sizes.tolist() == [len(group) for group in expected]
    assert len(found.cosines) < len(study)
    assert near_copies(study).at(threshold).labels.tolist() == groups.labels.tolist(), "from the store"


def test_the_pairs_at_the_border_are_the_least_near_one_that_joins_and_the_next(study):
    found = near_copies(study)
    inside, outside = found.border(0.9, 3)
    assert [cosine for *_, cosine in inside] == sorted(cosine for *_, cosine in inside)
    assert inside[0][2] >= 0.9 > outside[0][2]
    unit = study.embeddings.vectors.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1)[:, None]
    for a, b, cosine in [*inside, *outside]:
        assert cosine == pytest.approx(unit[a] @ unit[b], abs=1e-6)
    at, above = (found.at(threshold).labels for threshold in (inside[0][2], inside[0][2] + 2e-6))
    assert not np.array_equal(at, above), "the least near pair joins something"


def test_one_of_each_group_stays_the_best_or_the_first(study):
    groups = near_copies(study).at(0.9)
    scores = np.array([np.nan if i % 7 == 0 else i % 5 for i in range(400)])
    for group in range(len(groups.sizes)):
        rows = groups.rows(group)
        assert groups.staying()[group] == rows[0]
        best = max(rows, key=lambda row: (-np.inf if np.isnan(scores[row]) else scores[row], -row))
        assert groups.staying(scores)[group] == best
    gone = groups.surplus(scores)
    assert len(gone) == groups.sizes.sum() - len(groups.sizes)
    assert (cosines_to_staying(study, groups, scores) < 0.9).any(), "chains join rows that are farther from each other"


def test_thresholds_out_of_range_are_refused(study):
    for wrong in (FLOOR - 0.01, 1.01, float("nan")):
        with pytest.raises(UserError, match=r"cosine from 0\.8 to 1"):
            near_copies(study).at(wrong)


def test_rows_without_a_near_copy_and_single_rows_have_no_groups(tmp_path):
    for n in (1, 3):
        (tmp_path / f"{n}.jsonl").write_text("".join(f'{{"text": "t{i}"}}\n' for i in range(n)))
        np.save(tmp_path / f"{n}.npy", np.eye(3, dtype=np.float32)[:n])
        store = Store(tmp_path / "home")
        study = dataset_with_vectors(open_dataset([tmp_path / f"{n}.jsonl"], store), str(tmp_path / f"{n}.npy"), store)
        found = near_copies(study)
        assert len(found.at(0.8).sizes) == 0
        assert found.border(0.8) == ([], [])
        assert len(found.at(0.8).surplus()) == 0


def test_the_command_writes_groups_and_the_rows_that_stay(files, study, monkeypatch, capsys):
    monkeypatch.setenv("GAMUT_HOME", str(files / "home"))
    pool, vectors = str(files / "pool.jsonl"), str(files / "v.npy")
    kept, table = files / "kept.jsonl", files / "groups.csv"
    words = ["near-copies", pool, "--embeddings", vectors, "--threshold", "0.9", "--keep-best", "score"]
    assert main([*words, "--out", str(kept), "--groups", str(table)]) == 0
    groups = near_copies(study).at(0.9)
    scores = np.array([np.nan if i % 7 == 0 else i % 5 for i in range(400)])
    gone = set(groups.surplus(scores).tolist())
    lines = (files / "pool.jsonl").read_bytes().splitlines()
    assert kept.read_bytes().splitlines() == [line for row, line in enumerate(lines) if row not in gone]
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["position"]) for row in rows if row["stays"] == "yes"] == sorted(
        groups.staying(scores).tolist(), key=lambda row: groups.labels[row]
    )
    assert len(rows) == len(groups.grouped)
    said = capsys.readouterr().out
    assert f"{len(groups.grouped)} rows in {len(groups.sizes)} groups" in said
    assert main([*words, "--threshold", "0.5"]) == 2
    assert "cosine from 0.8 to 1" in capsys.readouterr().err
