"""Metrics of texts: intervals that hold the truth, estimates that say so, and values that no shortcut changes."""

import gzip
import itertools
from functools import partial

import numpy as np
import pytest

from core.errors import UserError
from core.measuring import measure
from core.metrics import METRICS, mtld
from core.metrics.compression_ratio import PACKED_UP_TO
from core.metrics.distinct_n import distinct_share
from core.metrics.hdd import expected_ratio
from core.metrics.vocd_d import SIZES, fit
from core.text_sample import EXACT_UP_TO, Sample, random_rows, random_runs
from core.tokens import numbered, tokens_of
from tests.golden.inputs import texts
from tests.slow_tokens import words_by_expression

ROWS = list(texts("text_en"))
WORDS = " ".join(ROWS).split()
# The same everywhere, and long enough for runs of rows that are longer than the 32 KB that gzip looks back.
PROSE = [" ".join(row) for row in np.random.default_rng(0).choice(WORDS, size=(4000, 20))]
LIMITS = {"ttr": "EXACT_UP_TO", "vocd_d": "EXACT_UP_TO", "hdd": "EXACT_UP_TO", "mtld": "EXACT_UP_TO"}
LIMITS["compression_ratio"] = "PACKED_UP_TO"

every_estimate = pytest.mark.parametrize(("name", "limit"), LIMITS.items(), ids=LIMITS)


def test_intervals_of_repeated_draws_hold_what_all_draws_would_give():
    tokens = tokens_of(ROWS)
    truth = {
        "ttr": expected_ratio(tokens, 1000),
        "vocd_d": fit(np.array([expected_ratio(tokens, size) for size in SIZES])),
    }
    for name, params in (("ttr", {"samples": 20}), ("vocd_d", {})):
        scores = [measure(name, texts=ROWS, seed=seed, **params) for seed in range(100)]
        held = sum(score.interval[0] <= truth[name] <= score.interval[1] for score in scores)
        assert 88 <= held < 100, name
        assert all(score.interval[0] <= score.value <= score.interval[1] for score in scores)
        assert all("95 %" in score.interval_kind and "draws" in score.interval_kind for score in scores)
        assert not any(score.estimated for score in scores)


def test_what_is_drawn_once_or_not_at_all_has_no_interval_of_draws():
    assert measure("ttr", texts=ROWS, tokens=None).interval is None
    assert measure("ttr", texts=ROWS, samples=1).interval is None
    assert measure("vocd_d", texts=ROWS, repeats=1).interval is None


def test_every_token_is_equally_likely_to_be_drawn():
    rows = ["a"] * 600 + ["b b b"] * 100 + ["c " * 100]  # 600, 300 and 100 tokens
    places = np.random.default_rng(0).integers(1000, size=30_000)
    shares = np.bincount(tokens_of(rows).sorted_by_count(places)) / len(places)
    assert shares == pytest.approx([0.6, 0.3, 0.1], abs=0.01)


@every_estimate
def test_above_the_limit_a_metric_estimates_and_says_so(name, limit, monkeypatch):
    whole = measure(name, texts=PROSE)
    assert not whole.estimated
    assert "rows_read" not in whole.details
    monkeypatch.setattr(f"core.metrics.{name}.{limit}", sum(map(len, PROSE)) // 2)
    monkeypatch.setattr("core.text_sample.RUNS", 3)
    part = measure(name, texts=PROSE)
    assert part.estimated
    assert part.details["rows"] == len(PROSE)
    assert part.details["rows_read"] == pytest.approx(len(PROSE) / 2, rel=0.05)
    assert part.value == pytest.approx(whole.value, rel=0.02)
    assert part.value != whole.value
    assert measure(name, texts=PROSE).value == part.value
    exact = measure(name, texts=PROSE, exact=True)
    assert (exact.value, exact.estimated) == (whole.value, False)
    assert measure(name, texts=PROSE[: len(PROSE) // 4]).estimated is False


@every_estimate
def test_the_limit_is_where_the_metric_says_it_is(name, limit):
    characters = {"EXACT_UP_TO": EXACT_UP_TO, "PACKED_UP_TO": PACKED_UP_TO}[limit]
    assert f"over {characters // 10**6} million characters" in " ".join(METRICS[name].doc.split())


@pytest.mark.parametrize("name", ["ttr", "distinct_n"])
def test_shares_that_fall_with_every_row_are_never_estimated(name, monkeypatch):
    monkeypatch.setattr("core.metrics.ttr.EXACT_UP_TO", 100)
    params = {"tokens": None} if name == "ttr" else {}
    assert not measure(name, texts=ROWS, **params).estimated


def test_rows_of_a_sample_are_drawn_alike_and_stay_in_their_order():
    rows = [str(number) for number in range(1000, 2000)]
    read = random_rows(rows, 1000, exact=False)
    assert len(read.texts) == 250
    assert list(read.texts) == sorted(set(read.texts))
    taken = [int(text) for seed in range(200) for text in random_rows(rows, 1000, exact=False, seed=seed).texts]
    times = np.bincount(taken, minlength=2000)[1000:]
    assert times.sum() == 200 * 250
    assert times.std() == pytest.approx(np.sqrt(200 * 0.25 * 0.75), rel=0.15)  # as the binomial law has it


def test_runs_of_a_sample_are_neighbours_and_stay_in_their_order():
    rows = [str(number) for number in range(10_000, 20_000)]
    read = random_runs(rows, 10_000, exact=False)
    numbers = [int(text) for text in read.texts]
    assert len(numbers) == 2000
    assert numbers == sorted(numbers)
    assert sum(after == before + 1 for before, after in itertools.pairwise(numbers)) >= 2000 - 100


def test_one_row_that_is_over_the_limit_is_read_all_the_same():
    assert list(random_rows(["long"], 1, exact=False).texts) == ["long"]
    assert list(random_runs(["long"], 1, exact=False).texts) == ["long"]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 12, 20])
def test_n_grams_of_any_length_are_counted_as_tuples_are(n):
    words = [words_by_expression(text) for text in [*ROWS[:400], "", "one", *ROWS[:50]]]
    grams = [gram for text in words for gram in zip(*(text[start:] for start in range(n)), strict=False)]
    found = distinct_share(numbered(words), n)
    assert found.details == {"different": len(set(grams)), "all": len(grams)}


def test_n_grams_of_many_kinds_are_counted_as_tuples_are(monkeypatch):
    monkeypatch.setattr("core.metrics.distinct_n._LARGEST", 2**20)  # as with millions of words
    test_n_grams_of_any_length_are_counted_as_tuples_are(4)


def test_the_shortest_text_with_an_n_gram_counts():
    assert distinct_share(numbered([["a"], ["b", "c", "d"], []]), 3).value == 1.0
    with pytest.raises(UserError, match="No text has 4 tokens"):
        distinct_share(numbered([["a"], ["b", "c", "d"], ["e", "f"]]), 4)


@pytest.mark.parametrize("rows", [1, 7, 5000])
def test_texts_packed_in_pieces_are_packed_as_one(rows, monkeypatch):
    monkeypatch.setattr("core.metrics.compression_ratio._ROWS", rows)
    content = "\n".join(ROWS).encode()
    found = measure("compression_ratio", texts=ROWS)
    assert found.details["before"] == len(content)
    assert round(found.value * len(content)) == len(gzip.compress(content, 9))


VOCABULARY = np.array([f"w{number}" for number in range(1000)])


def sources(seed, count, rows):
    """Rows of 40 words of many sources one after the other, each with a vocabulary of its own size."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        words = rng.choice(VOCABULARY, int(rng.integers(20, 400)))
        found += [" ".join(row) for row in rng.choice(words, (rows, 40)).tolist()]
    return found


def covered(monkeypatch, name, limit, trials, **params):
    """In how many (rows, exact value, seed) the interval of an estimate from half of the rows holds the exact value."""
    inside = 0
    for rows, exact, seed in trials:
        monkeypatch.setattr(f"core.metrics.{name}.{limit}", sum(map(len, rows)) // 2)
        found = measure(name, texts=rows, **params | ({"seed": seed} if "seed" in METRICS[name].params else {}))
        assert found.estimated
        inside += found.interval[0] <= exact <= found.interval[1]
    return inside


@pytest.mark.parametrize("name", ["hdd", "mtld", "ttr", "vocd_d"])
def test_the_interval_of_an_estimate_covers_the_value_of_all_rows(name, monkeypatch):
    monkeypatch.setattr("core.text_sample.RUNS", 30)
    monkeypatch.setattr("core.metrics.vocd_d._DRAWS", 10)  # a tenth, for the time that it takes

    def exact(rows):  # of metrics that draw, what all draws would give
        match name:
            case "ttr":
                return expected_ratio(tokens_of(rows), 300)
            case "vocd_d":
                return fit(np.array([expected_ratio(tokens_of(rows), size) for size in SIZES]))
        return measure(name, texts=rows, exact=True).value

    trials = [(rows, exact(rows), seed) for seed in range(100) for rows in [sources(seed, 60, 10)]]
    params = {"samples": 10, "tokens": 300} if name == "ttr" else {}
    assert covered(monkeypatch, name, "EXACT_UP_TO", trials, **params) >= 93


def test_the_interval_of_an_estimated_compression_ratio_covers_that_of_all_rows(monkeypatch):
    """Runs here are of 9 KB, less than gzip looks back: each has to be packed after what stands before it."""
    monkeypatch.setattr("core.text_sample.RUNS", 20)
    inside = 0
    for seed in range(100):
        if seed % 10 == 0:
            rows = sources(seed, 30, 50)
            exact = measure("compression_ratio", texts=rows, exact=True).value
        monkeypatch.setattr("core.metrics.compression_ratio.random_runs", partial(random_runs, seed=seed))
        inside += covered(monkeypatch, "compression_ratio", "PACKED_UP_TO", [(rows, exact, seed)])
    assert inside >= 93


def test_a_run_of_texts_is_packed_with_the_whole_before_it_in_view(monkeypatch):
    """All runs read, in their places: the sum is what gzip makes of the whole, but for its frame and the cuts."""
    rows = sources(0, 10, 120)
    whole = measure("compression_ratio", texts=rows).value
    everything = Sample(rows, True, {}, (), 1.0, np.arange(len(rows)), 40)
    monkeypatch.setattr("core.metrics.compression_ratio.random_runs", lambda *_, **__: everything)
    assert measure("compression_ratio", texts=rows).value == pytest.approx(whole, rel=0.01)
    monkeypatch.setattr("core.metrics.compression_ratio._bytes_before", lambda *_: b"")
    assert measure("compression_ratio", texts=rows).value > 1.05 * whole


def test_the_tokens_of_some_rows_are_those_of_these_rows_alone():
    rows = ["a b a", "", "c a", "d d b"]
    some = tokens_of(rows).of_rows(np.array([0, 3]))
    alone = tokens_of([rows[0], rows[3]])
    assert some.ends.tolist() == alone.ends.tolist()
    assert some.kinds == alone.kinds
    assert sorted(some.counts.tolist()) == sorted(alone.counts.tolist())


@pytest.mark.parametrize("chunk", [1, 7, 1000])
@pytest.mark.parametrize("read", [mtld._read, mtld._read_compiled])
def test_mtld_is_what_the_slow_reading_finds_however_it_is_read(read, chunk, monkeypatch):
    monkeypatch.setattr(mtld, "_read", read)
    monkeypatch.setattr(mtld, "numba_at_hand", lambda: False)
    monkeypatch.setattr(mtld, "CHUNK", chunk)
    rng = np.random.default_rng(chunk)
    for kinds, threshold in ((2, 0.72), (30, 0.72), (30, 0.5), (500, 0.9)):
        words = [f"w{number}" for number in rng.integers(kinds, size=600)]
        expected = np.mean([len(words) / slow_stretches(each, threshold) for each in (words, words[::-1])])
        assert mtld.mean_stretch(numbered([words]), threshold) == pytest.approx(expected, rel=1e-12)


def slow_stretches(words, threshold):
    begin, full = 0, 0
    for end in range(1, len(words) + 1):
        if len(set(words[begin:end])) / (end - begin) <= threshold:
            begin, full = end, full + 1
    rest = words[begin:]
    return full + ((1 - len(set(rest)) / len(rest)) / (1 - threshold) if rest else 0)
