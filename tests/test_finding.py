"""Rows that are found: against slow and simple ways to find them, and the same ones by the command."""

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core import Study, UserError, picked, warming
from core.__main__ import main
from core.choice import Choice
from core.dates import as_time, bound
from core.filters import Filter
from core.finding import Found, find, meaning_of, row_named
from core.patterns import matches
from core.row_values import row_values
from core.searching import Query
from core.store import Store
from core.where import read_filter
from core.words_in_texts import fold, hold_all, wanted

TOPICS = ("bread", "chess", "rivers")
ODD = ("Straße nach ROM", "STRASSE\nnach  Rom", "a\ud800b", "<b>bold</b> $x$", "cafe\u0301", "CAFÉ")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        {
            "id": f"r{i}",
            "text": ODD[i] if i < len(ODD) else f"Number {i} of {TOPICS[i % 3]}",
            "topic": None if i % 10 == 9 else TOPICS[i % 3],
            "score": None if i == 11 else i / 10,
            "day": "" if i == 7 else f"2024-{1 + i % 12:02}-15T10:00:00Z",
        }
        for i in range(60)
    ]
    path = tmp_path_factory.mktemp("data") / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def study(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study.open(data, store=Store(tmp_path_factory.mktemp("home")))


def test_words_and_phrases_are_found_letter_case_and_runs_of_spaces_aside():
    folded = [fold(text) for text in ODD]
    found = {words: np.flatnonzero(hold_all(folded, wanted(words))).tolist() for words in (
        "strasse", "nach rom", '"Nach ROM"', '"rom nach"', "café", "\ud800", "<B>", '"unclosed', "", '""'
    )}  # fmt: skip
    assert found == {
        "strasse": [0, 1],
        "nach rom": [0, 1],
        '"Nach ROM"': [0, 1],
        '"rom nach"': [],
        "café": [4, 5],
        "\ud800": [2],
        "<B>": [3],
        '"unclosed': [],
        "": list(range(6)),
        '""': list(range(6)),
    }


def test_every_filter_keeps_what_a_plain_loop_keeps(study):
    dataset = study.dataset
    assert dataset is not None
    records = [dataset.record(row) for row in range(len(dataset))]
    march = datetime(2024, 3, 15, 10, tzinfo=UTC).timestamp()
    loops = {
        Filter("score", at_least=1, at_most=2.5): lambda r: r["score"] is not None and 1 <= r["score"] <= 2.5,
        Filter("score", at_least=1, empty=True): lambda r: r["score"] is None or r["score"] >= 1,
        Filter("topic", one_of=("bread", "chess")): lambda r: r["topic"] in ("bread", "chess"),
        Filter("topic", none_of=("bread",)): lambda r: r["topic"] not in ("bread", None),
        Filter("topic", one_of=(), empty=True): lambda r: r["topic"] is None,
        Filter("topic"): lambda r: r["topic"] is not None,
        Filter("text", contains="NUMBER", lacks="chess"): lambda r: "Number" in r["text"] and "chess" not in r["text"],
        Filter("day", since="2024-03-15", until="2024-05"): lambda r: r["day"][:7] in ("2024-03", "2024-04", "2024-05"),
        Filter("day", since="2024-03-15T10:00:00.5Z", empty=True): lambda r: not r["day"] or as_time(r["day"]) > march,
    }
    for each, keeps in loops.items():
        expected = [row for row, record in enumerate(records) if keeps(record)]
        assert np.flatnonzero(each.rows(dataset)).tolist() == expected, each.describe()
        assert find(study, Query(where=(each,))).rows.tolist() == expected
        assert Filter.from_json(json.loads(json.dumps(each.as_json()))) == each


def test_what_is_no_date_is_said_with_its_row(study):
    with pytest.raises(UserError, match="'bread' in row 1, which is no date"):
        find(study, Query(where=(Filter("topic", since="2024-01-01"),)))
    with pytest.raises(UserError, match="'soon' is no date"):
        Filter.from_json({"column": "day", "until": "soon"})
    assert bound("2024-02-29", end=True) == np.nextafter(as_time("2024-03-01"), 0)
    assert as_time("9999-12-31") < bound("9999-12-31", end=True) == np.inf


def test_rows_are_ranked_by_cosine_among_those_that_meet_the_rest(study):
    vectors = np.asarray(study.embeddings.vectors, dtype=np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    query = Query(words="number", meaning="a game of chess", nearest=7)
    asked = np.asarray(meaning_of(study, "a game of chess"), dtype=np.float64)
    cosines = vectors @ (asked / np.linalg.norm(asked))
    met = [row for row in range(60) if row >= len(ODD)]
    found = find(study, query)
    assert found.rows.tolist() == sorted(met, key=lambda row: -cosines[row])[:7]
    assert found.cosines == pytest.approx(cosines[found.rows], abs=1e-6)

    like = find(study, Query(like=("r20", "r23"), cosine=0.8))
    middle = vectors[20] + vectors[23]
    cosines = vectors @ (middle / np.linalg.norm(middle))
    cosines[[20, 23]] = -1
    assert like.rows.tolist() == sorted(np.flatnonzero(cosines >= 0.8).tolist(), key=lambda row: (-cosines[row], row))
    assert row_named(study, "#21") == row_named(study, "r20") == "r20"


def test_values_of_each_row_are_filtered_by_and_empty_ones_left_out(study):
    nearest = row_values(study, ["nearest"])["nearest"]
    half = float(np.median(nearest))
    found = find(study, Query(words="number", values=(Filter("nearest", at_least=half),)))
    assert found.rows.tolist() == [row for row in range(len(ODD), 60) if nearest[row] >= half]
    with pytest.raises(UserError, match="no value 'rarity'"):
        find(study, Query(values=(Filter("rarity"),)))


def test_rank_gain_and_coverage_of_a_choice_are_filtered_by(study):
    selection = study.choose(Choice("k_center", "6"))
    asked = Query(values=(Filter("rank", at_least=2, at_most=4),))
    assert find(study, asked, selection=selection).rows.tolist() == sorted(selection.positions[1:4].tolist())
    gain = float(selection.gains[3])
    asked = Query(values=(Filter("gain", at_least=gain),))
    brought = [row for row, own in zip(selection.positions, selection.gains, strict=True) if gain <= own < np.inf]
    assert find(study, asked, selection=selection).rows.tolist() == sorted(brought)
    best = (study.space.unit @ study.space.unit[selection.positions].T).max(axis=1)
    asked = Query(values=(Filter("covered", at_least=0.4, at_most=0.8),))
    near = np.flatnonzero((1 - best >= 0.4) & (1 - best <= 0.8)).tolist()
    assert near and find(study, asked, selection=selection).rows.tolist() == near
    with pytest.raises(UserError, match="rank is a value of a selection"):
        find(study, Query(values=(Filter("rank"),)))


@pytest.mark.parametrize("pattern", ["(a+)+$", "(x" * 3000, "[", "(?P<n", "a{99999999999}", "x" * 20_000])
def test_a_hostile_pattern_is_a_sentence_within_its_time(pattern):
    start = time.monotonic()
    with pytest.raises(UserError, match=r"pattern (was stopped|is no regular|has 20,000 characters)"):
        matches(["a" * 60 + "b", "\ud800"], pattern, seconds=1)
    assert time.monotonic() - start < 20


def test_a_pattern_finds_what_re_finds_also_beside_odd_letters():
    import re

    pattern = r"(?i)stra(ß|ss)e|\ud800|<b>.*</b>"
    assert matches(ODD, pattern).tolist() == [re.search(pattern, text) is not None for text in ODD]


def test_vectors_of_ones_own_have_no_meaning_and_say_why():
    study = Study.of_vectors(np.eye(4))
    with pytest.raises(UserError, match="vectors of your own"):
        find(study, Query(meaning="chess"))
    with pytest.raises(UserError, match="no texts to search"):
        find(study, Query(words="chess"))
    assert find(study, Query(like=(2,), nearest=2)).rows.tolist() == [0, 1]


def test_rows_are_joined_as_sets_that_keep_their_order():
    old, new = Found(np.array([5, 1, 3])), Found(np.array([3, 9, 5]), np.array([0.9, 0.8, 0.7]))
    joined = {how: old.joined(new, how).rows.tolist() for how in ("new", "add", "within", "without")}
    assert joined == {"new": [3, 9, 5], "add": [5, 1, 3, 9], "within": [3, 5], "without": [1]}
    assert old.joined(new, "within").cosines.tolist() == [0.9, 0.7]


def test_a_query_comes_back_from_its_json_and_what_is_wrong_with_one_is_said():
    query = Query("a", "b", like=("r1", 2), where=(Filter("s", at_least=1),), values=(Filter("novelty"),), cosine=0.5)
    assert Query.from_json(json.loads(json.dumps(query.as_json()))) == query
    for wrong in (
        {"meaning": "a", "like": ["r1"]},
        {"nearest": 0},
        {"cosine": 2},
        {"words": 3},
        {"sort": "a"},
        [],
        {"words": "x" * 10_001, "nearest": 1.5},
    ):
        with pytest.raises(UserError):
            Query.from_json(wrong)
    with pytest.raises(UserError, match="10,001 characters"):
        wanted("x" * 10_001)


def test_picked_rows_come_back_by_their_key_and_only_for_their_study(study):
    assert study.store is not None
    query = Query(like=("r3",), nearest=3)
    found = find(study, query)
    key = picked.save(study, study.store, picked.Picked(found, ("x",), query))
    again = picked.load(study, study.store, key)
    assert again is not None
    assert (again.found.rows.tolist(), again.query, again.how) == (found.rows.tolist(), query, ("x",))
    assert picked.load(study.subset([1, 2], "two"), study.store, key) is None
    assert picked.load(study, study.store, "../jobs") is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("score>=3", Filter("score", at_least=3.0)),
        ("day<=2024-03-01", Filter("day", until="2024-03-01")),
        ("topic=a, b", Filter("topic", one_of=("a", "b"))),
        ("topic!=a", Filter("topic", none_of=("a",))),
        ("topic=", Filter("topic", one_of=(), empty=True)),
        ("topic!=", Filter("topic")),
        ("text~a=b", Filter("text", contains="a=b")),
        ("a=b>=3", Filter("a=b", at_least=3.0)),
        ('{"column": "s", "at_most": 1}', Filter("s", at_most=1)),
    ],
)
def test_filters_are_read_from_words(words, expected):
    assert read_filter(words, {"a=b"}.__contains__) == expected


@pytest.mark.parametrize("words", ["score>3", "score", ">=3", "text~", "{", '{"column": 1}'])
def test_words_that_are_no_filter_are_refused(words):
    with pytest.raises(UserError):
        read_filter(words)


def test_the_command_finds_the_same_rows(study, data, tmp_path, capsys):
    assert study.store is not None
    home = ["--home", str(study.store.home), "--quiet"]
    query = Query(words="number", where=(Filter("score", at_least=2),), meaning="chess", nearest=5)
    found = find(study, query)
    out = tmp_path / "found.jsonl"
    how = ["--words", "number", "--where", "score>=2", "--meaning", "chess", "--nearest", "5"]
    assert main(["find", str(data), *how, "--out", str(out), *home]) == 0
    written = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["id"] for row in written] == [study.ids[row] for row in found.rows]
    assert [row["gamut_cosine"] for row in written] == found.cosines.tolist()
    asked = tmp_path / "query.json"
    asked.write_text(json.dumps(query.as_json()))
    assert main(["find", str(data), "--query", str(asked), *home]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["row"], line["cosine"]) for line in lines] == [
        (int(study.positions[row]), cosine) for row, cosine in zip(found.rows, found.cosines.tolist(), strict=True)
    ]
    assert main(["find", str(data), "--regex", "(", *home]) == 2
    assert "no regular expression" in capsys.readouterr().err


def test_an_encoder_is_loaded_once_beforehand_and_one_that_is_not_to_be_had_is_left_to_the_search(monkeypatch):
    loading, asked = threading.Event(), []

    class Encoder:
        def encode(self, texts):
            loading.wait(5)

    def load(name):
        asked.append(name)
        if name == "gone":
            raise UserError("There is no such encoder.")
        return Encoder()

    monkeypatch.setattr("core.encoders.load_encoder", load)
    monkeypatch.setattr(warming, "_timers", {})
    for name in ("here", "here", "gone"):
        warming.warm_encoder(name, after=0)
    assert not warming.is_warm("here") and not warming.is_warm("never asked for")
    loading.set()
    for timer in warming._timers.values():
        timer.join(5)
    assert warming.is_warm("here") and warming.is_warm("gone") and sorted(asked) == ["gone", "here"]
