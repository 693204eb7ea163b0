"""The sweep over numbers of clusters: kept, and from the command line."""

import json

import numpy as np
import pytest

from core import Study
from core.__main__ import main
from core.kept import kept
from core.store import Store
from core.sweep import sweep, sweep_sentence


def groups(count=6, each=20):
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(count, 8)) * 3
    return np.concatenate([centre + 0.1 * rng.normal(size=(each, 8)) for centre in centres]).astype(np.float32)


def test_the_sweep_finds_the_number_of_groups_and_is_kept(tmp_path):
    study = Study.of_vectors(groups(), store=Store(tmp_path))
    found = sweep(study, [2, 4, 6, 12])
    assert found.best.k == 6
    assert sweep_sentence(found).startswith("The silhouette is highest at k = 6 (0.9")
    assert "every other number tried is behind it" in sweep_sentence(found)
    assert kept(sweep, study, [12, 6, 4, 2]) == found
    assert kept(sweep, study, [2, 4, 6]) is None


def test_the_command_says_the_same_and_counts_poor_clusters(tmp_path, capsys):
    vectors, data = tmp_path / "v.npy", tmp_path / "rows.jsonl"
    np.save(vectors, groups())
    data.write_text("".join(json.dumps({"text": f"row {n}", "score": n // 20}) + "\n" for n in range(120)))
    words = ["sweep", str(data), "--embeddings", str(vectors), "--counts", "2,6", "--home", str(tmp_path / "home")]
    assert main([*words, "--quality", "score", "--threshold", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["best"] == 6
    assert found["points"][1]["poor"] == pytest.approx(2 / 6), "the groups with the scores 0 and 1"
    assert main([*words, "--quality", "score:low", "--threshold", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["points"][1]["poor"] == pytest.approx(3 / 6), "those with 3, 4 and 5"
    assert main(words) == 0
    assert "A hint, not a rule" in capsys.readouterr().out
    assert main(["sweep", str(data), "--embeddings", str(vectors), "--counts", "many"]) == 2
    assert "such as 64,128" in capsys.readouterr().err
