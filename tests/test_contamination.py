"""Rows held against evaluation rows: what was planted is found, and every number is that of a slow implementation."""

import json
from pathlib import Path

import numpy as np
import pytest

from core import Study
from core.__main__ import main
from core.contamination import How, check, check_texts, described, kept, left_out, normal, words_of
from core.contamination import windows as hashing
from core.contamination.grams import GramIndex
from core.errors import UserError

pytestmark = pytest.mark.usefixtures("shared_home")
WORDS = [f"w{i}" for i in range(5)]  # few, so that runs of them meet by chance


def slow(rows, evaluations, n):
    """Of each row the evaluation row with the greatest share, by comparing every window with every window."""

    def windows(words):
        return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)] or ([tuple(words)] if words else [])

    found = []
    for row in rows:
        mine, best = windows(row), (-1, 0.0, 0.0)
        for number, evaluation in enumerate(evaluations):
            others = windows(evaluation)
            share = sum(each in others for each in mine) / max(1, len(mine))
            share_of = sum(each in mine for each in others) / max(1, len(others))
            if max(share, share_of) > max(best[1:]):
                best = (number, share, share_of)
        found.append(best)
    return found


def texts(rng, rows):
    found = [list(rng.choice(WORDS, rng.integers(0, 16))) for _ in range(rows)]
    return [[*words, f"only{number}"] if number % 4 == 0 else words for number, words in enumerate(found)]


@pytest.mark.parametrize("bits", [64, 3, 0], ids=["hashes", "hashes that collide", "one hash for all"])
@pytest.mark.parametrize("n", [2, 3, 5])
def test_shared_ngrams_are_those_of_the_slow_way_whatever_the_hashes(monkeypatch, n, bits):
    real, kept_bits = hashing.hashes_of, np.uint64((1 << bits) - 1)
    monkeypatch.setattr("core.contamination.grams.hashes_of", lambda ids, n: real(ids, n) & kept_bits)
    monkeypatch.setattr("core.contamination.grams._PAIRS", 50)  # many blocks
    rng = np.random.default_rng(n)
    rows, evaluations = texts(rng, 60), texts(rng, 30)
    found = GramIndex(evaluations, n).find(rows)
    expected = slow(rows, evaluations, n)
    assert found.place.tolist() == [each[0] for each in expected]
    assert found.share.tolist() == [each[1] for each in expected]
    assert found.share_of_evaluation.tolist() == [each[2] for each in expected]
    assert 0 < sum(each[0] >= 0 for each in expected) < 60


def test_texts_are_compared_without_case_space_and_punctuation():
    assert normal("  It's\tTHE “End”…\n") == normal("it s the end") == "it s the end"
    assert words_of("Cafe\u0301 ＡＢＣ") == ["café", "abc"]
    assert words_of("我在 Paris 吃饭。") == ["我", "在", "paris", "吃", "饭"]


LONG = " ".join(f"word{i}" for i in range(20))


@pytest.fixture
def planted(tmp_path: Path) -> tuple[Path, list[Path]]:
    """Rows of which each meets the evaluation rows in one way that is known, or in none."""
    rows = [
        ("What is the CAPITAL of France", "Paris."),  # 0: the whole text
        ("what is the capital of france?", "It is Paris, of course"),  # 1: the prompt alone
        ("Explain photosynthesis", f"Well: {LONG}, and so on"),  # 2: the evaluation row's 13-grams, all of its words
        ("Name a river", "The Loire"),  # 3: nothing
        ("Why is the sky blue", ""),  # 4: a whole evaluation row that is a prompt alone
        (" ".join(f"word{i}" for i in range(12)), ""),  # 5: 12 words of the long row: too few for a 13-gram
    ]
    pool = tmp_path / "pool.jsonl"
    pool.write_text(
        "".join(json.dumps({"id": f"r{i}", "instruction": q, "output": a}) + "\n" for i, (q, a) in enumerate(rows))
    )
    first, second = tmp_path / "first.jsonl", tmp_path / "second.csv"
    first.write_text(json.dumps({"question": "What is the capital of France?", "answer": "Paris"}) + "\n")
    second.write_text(f"text\nWhy is the sky blue?\n{LONG}\n")
    return pool, [first, second]


def test_what_was_planted_is_found_with_its_row_its_file_and_how(planted, read):
    pool, files = planted
    dataset = read(pool.read_bytes(), pool.name)
    evaluations = [read(file.read_bytes(), file.name) for file in files]
    found = check_texts(dataset, evaluations, How(similarity=None))
    assert found.exact.tolist() == [0, 0, -1, -1, 1, -1]
    assert found.whole.tolist() == [True, False, False, False, True, False]
    assert found.gram.tolist() == [0, -1, 2, -1, 1, -1]
    # 26 words make 14 windows, of which 8 lie inside the 20 shared words; all 8 of the evaluation row are there
    assert (found.gram_share[2], found.gram_share_of[2]) == (pytest.approx(8 / 14), 1.0)
    assert found.counts() == {"exact": 3, "ngram": 3, "near": None, "any": 4}
    told = described(found.of([2, 1]), ["r2", "r1"], [2, 1])
    assert told["n"] == 2
    assert told["rows"] == [
        {
            "row": 3,
            "id": "r2",
            "kind": "ngram",
            "evaluation": "second.csv",
            "evaluation_row": 2,
            "measure": round(8 / 14, 6),
            "share_of_evaluation": 1.0,
        },
        {"row": 2, "id": "r1", "kind": "exact", "evaluation": "first.jsonl", "evaluation_row": 1, "measure": "prompt"},
    ]
    assert check_texts(dataset, evaluations, How(8, similarity=None)).gram[5] == 2, "8 words see the part"
    assert check_texts(dataset, evaluations, How(13, 0.9, None)).met("ngram").tolist()[2], "all of the evaluation row"


def test_near_rows_are_those_of_all_pairs_by_the_same_encoder(planted):
    pool, files = planted
    study = Study.open(pool)
    evaluations = [Study.open(file) for file in files]
    datasets = [each.dataset for each in evaluations]
    found = check(study, datasets, How(similarity=0.8))
    mine = study.embeddings.vectors.astype(np.float64)
    others = np.concatenate([each.embeddings.vectors for each in evaluations]).astype(np.float64)
    cosines = (mine / np.linalg.norm(mine, axis=1)[:, None]) @ (others / np.linalg.norm(others, axis=1)[:, None]).T
    assert found.near.tolist() == cosines.argmax(axis=1).tolist()
    assert found.cosine == pytest.approx(cosines.max(axis=1), abs=1e-6)
    assert found.met("near").tolist() == (cosines.max(axis=1) >= 0.8).tolist()
    assert found.met("near")[0]
    assert not found.met("near")[3]
    stricter = kept(study, datasets, How(similarity=0.999))
    assert stricter is not None, "another limit is no more work"
    assert stricter.met("near").sum() < found.met("near").sum()
    assert left_out(study, found, ["exact"]) == ["r0", "r1", "r4"]
    assert set(left_out(study, found)) >= {"r0", "r1", "r2", "r4"}


def test_the_command_lists_what_it_met_and_its_ids_leave_rows_out(planted, tmp_path, capsys):
    pool, files = planted
    against = [word for file in files for word in ("--against", str(file))]
    assert main(["contamination", str(pool), *against, "--no-near"]) == 0
    said = capsys.readouterr().out
    assert "4 of 6 rows meet a row of first.jsonl and second.csv" in said
    assert "row 2 (id r1): same text (prompt), first.jsonl row 1" in said
    out = tmp_path / "met.txt"
    assert main(["contamination", str(pool), *against, "--no-near", "--kinds", "exact", "--out", str(out)]) == 0
    assert out.read_text().split() == ["r0", "r1", "r4"]
    words = ["select", str(pool), "--selector", "k_center", "--budget", "3", "--must-not", str(out)]
    assert main([*words, "--out", str(tmp_path / "b.json")]) == 0
    assert sorted(json.loads((tmp_path / "b.json").read_text())["ids"]) == ["r2", "r3", "r5"]
    table, ids = tmp_path / "met.csv", tmp_path / "some.txt"
    ids.write_text("r3\nr0\n")
    assert main(["contamination", str(pool), *against, "--no-near", "--only", str(ids), "--out", str(table)]) == 0
    assert "1 of 2 rows" in capsys.readouterr().out
    assert table.read_text().splitlines()[1] == "1,r0,exact,first.jsonl,1,text,"


@pytest.mark.parametrize(
    ("how", "says"),
    [({"words": 1}, "2 to 100"), ({"share": 1.5}, "from 0 to 1"), ({"similarity": 0.0}, "above 0")],
)
def test_what_cannot_be_asked_is_refused(how, says):
    with pytest.raises(UserError, match=says):
        How(**how)
