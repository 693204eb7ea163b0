"""Sets side by side at equal size: what is compared, by a second implementation, and that verdicts can be trusted."""

import json
import math
from dataclasses import replace
from io import BytesIO
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau
from scipy.stats import t as student

from core import Study, UserError
from core.__main__ import main
from core.cli.compared_words import curves_in_words, in_words, pairs_in_words
from core.compared import Estimate
from core.comparison import compare
from core.comparison_tables import PAIR_COLUMNS, as_csv, curve_rows, pair_rows, value_rows
from core.embeddings import Embeddings
from core.equal_curves import EqualCurves, curves_at_equal_size
from core.equal_size import HALVES
from core.lengths_apart import length_warnings
from core.measuring import measure
from core.metrics import METRICS
from core.params import resolve
from core.pooling import pool
from core.resampling import subsample
from core.store import Store
from core.template import Template
from core.verdicts import Sample, Verdict, agreement, holm, judge, ranks, share_left
from tests.test_resampling import cloud, with_texts

FAST = ["distsum_cosine", "vendi", "radius", "knn_distance", "facility_location"]


def of(n: int, seed: int, name: str, spread: float = 1.0) -> Study:
    """Rows of one source; a spread below 1 draws them towards the mean direction."""
    rows = cloud(n, seed)
    return Study.of_vectors(rows * spread + (1 - spread) * np.array([3, 0, 0, 0, 0, 0]), name=name)


@pytest.fixture(scope="module")
def sets() -> list[Study]:
    return [of(40, 1, "small"), of(90, 2, "large"), of(60, 3, "narrow", 0.2)]


@pytest.fixture(scope="module")
def found(sets):
    return compare(sets, FAST, repeats=3)


def test_sets_are_compared_at_the_size_of_the_smallest(found, sets):
    assert (found.size, found.rows, found.names) == (40, (40, 90, 60), ("small", "large", "narrow"))
    assert compare(sets, ["radius"], size=25, repeats=2).size == 25


def test_values_are_those_of_the_subsamples_against_all_of_them_together(found, sets):
    """Facility location with nothing of Gamut in it but the rows that were drawn."""
    for repeat in range(3):
        rows = [study.space.unit64(subsample(study, 40, repeat)) for study in sets]
        together = np.concatenate(rows)
        for number, mine in enumerate(rows):
            expected = (together @ mine.T).max(axis=1).mean()
            assert found.estimate("facility_location", number).values[repeat] == pytest.approx(expected, abs=1e-6)
    assert found.reference == "the compared rows together (3 x 40)"


def test_a_set_that_is_used_whole_has_its_own_value_and_the_mean_is_over_the_repeats(found, sets):
    whole = found.estimate("vendi", 0)
    assert set(whole.values) == {measure("vendi", sets[0].space).value}
    part = found.estimate("vendi", 1)
    assert len(set(part.values)) == 3
    assert part.mean == pytest.approx(np.mean(part.values))


def test_the_standard_error_is_that_of_halves_of_the_samples(found, sets):
    """Radius of 20 halves of the drawn rows, less what the mean over 3 repeats of more rows than 40 takes away."""
    for number, study in enumerate(sets):
        halves = []
        for draw in range(HALVES):
            rng = np.random.default_rng([0, draw, 20, int(study.key, 16)])
            rows = np.sort(rng.choice(subsample(study, 40, draw % 3), 20, replace=False))
            halves.append(measure("radius", study.space.subset(rows)).value)
        n = len(study)
        left = 40 / n + (1 - 40 / n) / 3
        pairs = [(one, other) for one in range(HALVES) for other in range(HALVES) if one != other]
        left /= 1 + (1 - 40 / n) * np.mean([one % 3 != other % 3 for one, other in pairs])
        growth = max(1, found.estimate("radius", number).mean / np.mean(halves))
        assert found.estimate("radius", number).error == pytest.approx(
            np.std(halves, ddof=1) * growth * math.sqrt(left), rel=1e-9
        )


def test_what_of_the_variance_is_left_is_what_a_simulation_shows():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(4000, 1, 60))
    drawn = rng.random((4000, 4, 60)).argsort(axis=2)[:, :, :20]
    means = np.take_along_axis(np.broadcast_to(rows, (4000, 4, 60)), drawn, axis=2).mean(axis=(1, 2))
    assert np.var(means) / (1 / 20) == pytest.approx(share_left(20, 60, 4), rel=0.08)


@pytest.mark.parametrize(("rows", "repeats"), [(200, 10), (1200, 10), (1200, 1)])
def test_the_standard_error_is_the_spread_over_sets_of_one_source(rows, repeats):
    """160 sets of one source, each compared at 200 rows; DistSum of rows about a direction is nearly a mean."""
    rng = np.random.default_rng(rows + repeats)
    means, errors = [], []
    for _ in range(40):  # few at once, since every two of them are judged
        sets = [Study.of_vectors(rng.normal([3, 0, 0], 1, (rows, 3))) for _ in range(4)]
        compared = compare(sets, ["distsum_cosine"], size=200, repeats=repeats)
        means += [each.mean for each in compared.estimates["distsum_cosine"]]
        errors += [each.error for each in compared.estimates["distsum_cosine"]]
    assert 0.85 < np.sqrt(np.mean(np.square(errors))) / np.std(means, ddof=1) < 1.2


def test_narrow_and_broad_differ_and_two_of_one_source_do_not(found):
    assert found.sentence(0, 1) == "small and large cannot be told apart on any of 5 metrics."
    assert found.sentence(0, 2) == "small is broader than narrow on 5 of 5 metrics."
    assert found.sentence(2, 1) == "narrow is narrower than large on 5 of 5 metrics."
    assert found.ranks["vendi"] == [1, 1, 3]
    assert found.sentences == [found.sentence(0, 1), found.sentence(0, 2), found.sentence(1, 2)]


def test_lower_is_broader_where_a_metric_says_so(sets):
    result = compare([sets[0], sets[2]], ["mean_coverage"], repeats=2)
    better, worse = result.estimate("mean_coverage", 0), result.estimate("mean_coverage", 1)
    assert better.mean < worse.mean
    assert result.verdict("mean_coverage", 1, 0).seen_from(0) == "broader"
    assert result.verdict("mean_coverage", 0, 1).seen_from(1) == "narrower"


def test_sentences_count_and_name_what_is_few(found):
    def said(words: dict[str, str]) -> str:
        verdicts = [
            replace(found.verdict(metric, 0, 2), word=words.get(metric, "cannot be told apart")) for metric in FAST
        ]
        return replace(found, verdicts=tuple(verdicts)).sentence(0, 2)

    four = dict.fromkeys(FAST[:4], "broader")
    assert said(four) == (
        "small is broader than narrow on 4 of 5 metrics, cannot be told apart on 1 (Facility Location)."
    )
    assert said(four | {FAST[4]: "narrower"}) == (
        "small is broader than narrow on 4 of 5 metrics, narrower on 1 (Facility Location)."
    )
    assert said({"vendi": "narrower"}) == (
        "small is narrower than narrow on 1 of 5 metrics (Vendi Score), cannot be told apart on 4."
    )


def test_a_given_reference_is_the_one_that_is_used(sets):
    reference = of(70, 8, "pool")
    result = compare(sets[:2], ["facility_location"], repeats=2, reference=reference)
    assert result.reference == "pool"
    expected = measure("facility_location", sets[0].space, reference=reference.space).value
    assert result.estimate("facility_location", 0).values == (expected, expected)


def test_parameters_count_and_seeds_of_monte_carlo_metrics_vary(sets):
    texts = [with_texts(study, 5) for study in sets[:2]]
    few = {"ttr": {"tokens": 40, "samples": 3}, "vendi": {"q": 2}}
    result = compare(texts, ["ttr", "vendi"], repeats=3, params=few)
    assert len(set(result.estimate("ttr", 0).values)) == 3  # a set used whole, drawn anew
    assert result.estimate("vendi", 0).values[0] == measure("vendi", sets[0].space, q=2).value
    assert result.params["ttr"] == resolve(METRICS["ttr"].params, few["ttr"], "ttr")
    with pytest.raises(UserError, match="parameters for radius, which is not among"):
        compare(texts, ["vendi"], params={"radius": {}})


def test_what_a_set_cannot_have_is_missing_with_the_reason(sets):
    result = compare([with_texts(sets[0]), sets[1]], ["distinct_n", "vendi"], repeats=2)
    assert result.estimate("distinct_n", 1).reason == "Distinct-n needs texts, and large has none."
    assert math.isnan(result.estimate("distinct_n", 1).mean)
    assert result.verdict("distinct_n", 0, 1) is None
    assert result.ranks["distinct_n"] == [None, None]
    assert result.sentence(0, 1).endswith("cannot be told apart on the one metric.")
    few = [replace(study, texts=["two words"] * len(study)) for study in sets[:2]]
    assert "50" in compare(few, ["vocd_d", "vendi"], repeats=2).estimate("vocd_d", 0).reason


def test_sets_of_different_encoders_are_compared_by_their_texts_alone(sets):
    def by(study: Study, key: str) -> Study:
        found = study.embeddings
        named = Embeddings(found.vectors, found.key, f"encoder {key}", key, key, name=found.name)
        return with_texts(replace(study, embeddings=named))

    both = [by(sets[0], "a"), by(sets[1], "b")]
    result = compare(both, ["vendi", "distinct_n"], repeats=2)
    assert result.verdict("vendi", 0, 1) is None
    assert "small was embedded by encoder a and large by encoder b" in result.estimate("vendi", 0).reason
    assert result.warnings[0].startswith("Nothing that needs embeddings is compared: small was embedded by encoder a")
    assert result.verdict("distinct_n", 0, 1) is not None
    with pytest.raises(UserError, match="Embed both with the same encoder"):
        compare(both, ["vendi"])
    with pytest.raises(UserError, match="small has embeddings of 6 dimensions and five of 5"):
        compare([sets[0], Study.of_vectors(np.eye(5).repeat(5, 0), name="five")], ["vendi"])
    with pytest.raises(UserError, match="small was embedded by encoder a and large by encoder b"):
        compare([both[0], both[0]], ["vendi"], reference=both[1])
    mixed = compare([both[0], sets[1]], ["vendi"], repeats=2)
    assert "large has vectors of your own" in mixed.warnings[0]


def test_other_templates_and_shared_rows_are_said(sets):
    first = replace(with_texts(sets[0]), template=Template("prompt"))
    second = replace(with_texts(sets[1]), template=Template("response"))
    warnings = compare([first, second], ["radius"], repeats=2).warnings
    assert any("part of any difference may be due to that" in words for words in warnings)
    half = sets[1].subset(np.arange(30), "half")
    words = compare([half, sets[1]], ["radius"], repeats=2).warnings
    assert words == (
        "30 of the 30 rows of half are in large too: standard errors take the two for independent samples.",
    )


def test_texts_of_other_lengths_are_warned_of_where_a_metric_moves_with_them_and_nowhere_else(sets):
    def of_length(study: Study, *words: int) -> Study:
        rng = np.random.default_rng(words[0])
        texts = [" ".join(f"w{word}" for word in rng.integers(0, 300, n)) for n in np.resize(words, len(study))]
        return replace(study, texts=texts)

    metrics = ["vendi", "distinct_n", "hdd", "ttr"]
    few = {"ttr": {"tokens": 150}}
    base = of_length(sets[0], 10, 12, 40)  # median 12
    apart = compare([base, of_length(sets[1], 16)], metrics, size=20, repeats=1, params=few)
    assert apart.words == (12, 16)
    (warning,) = apart.warnings
    assert warning.startswith("Distinct-n moves with the length of texts")
    assert "12 in small, 16 in large" in warning
    assert warning.endswith("HD-D, TTR and vocd-D hardly move with it.")
    assert {each.metric: apart.caution(each) for each in apart.verdicts} == {
        "vendi": "", "distinct_n": "texts 1.33 times as long in large", "hdd": "", "ttr": "",
    }  # fmt: skip
    written = apart.as_json()
    assert [each["median_words"] for each in written["sets"]] == [12, 16]
    assert {each["metric"] for each in written["verdicts"] if each["caution"]} == {"distinct_n"}
    assert value_rows(apart)[1]["median_words"] == 16
    assert [row["caution"] is None for row in pair_rows(apart)] == [True, False, True, True]

    all_words = compare([base, of_length(sets[1], 16)], ["ttr"], size=20, repeats=1, params={"ttr": {"tokens": None}})
    assert all_words.warnings[0].startswith("TTR moves with")
    assert "HD-D and vocd-D hardly" in all_words.warnings[0]
    halves = replace(apart, words=(3.5, 4.5))
    assert "3.5 in small, 4.5 in large" in length_warnings(halves)[0], "not rounded, to even at that"
    near = compare([base, of_length(sets[1], 15)], metrics, size=20, repeats=1, params=few)
    assert near.words == (12, 15)
    assert near.warnings == ()


def test_a_set_beside_itself_cannot_be_told_apart(sets):
    result = compare([sets[1], sets[1]], FAST, size=30, repeats=2)
    assert result.names == ("large", "large (2)")
    assert {verdict.difference for verdict in result.verdicts} == {0.0}
    assert {verdict.word for verdict in result.verdicts} == {"cannot be told apart"}


@pytest.mark.parametrize(
    ("rows", "how", "message"),
    [
        ((30,), {}, "at least two sets, and there is one"),
        ((30, 19), {}, "set 1 has 19 rows, and a comparison needs at least 20"),
        ((30, 40), {"size": 31}, r"at 20 to 30 rows each \(the rows of set 0\), and not at 31"),
        ((30, 40), {"size": 5}, "at 20 to 30 rows each"),
        ((30, 40), {"repeats": 0}, "at least one repeat"),
        ((30, 40), {"metrics": []}, "at least one metric"),
        ((30, 40), {"metrics": ["nothing"]}, "no metric 'nothing'"),
        ((30, 40), {"metrics": ["ttr"]}, "needs texts, and set 0 has none"),
    ],
)
def test_what_cannot_be_compared_is_refused(rows, how, message):
    studies = [of(n, number, f"set {number}") for number, n in enumerate(rows)]
    with pytest.raises(UserError, match=message):
        compare(studies, **how)


def test_a_comparison_is_kept_and_comes_back_the_same(tmp_path, sets, monkeypatch):
    store = Store(tmp_path)
    studies = [replace(study, store=store) for study in sets[:2]]
    first = compare(studies, FAST, repeats=2)
    monkeypatch.setattr("core.comparison.EqualSize", lambda *_: pytest.fail("computed again"))
    assert compare(studies, FAST, repeats=2) == first
    assert len(list((tmp_path / "results").iterdir())) == 1  # and nothing of the subsamples
    with pytest.raises(pytest.fail.Exception):
        compare(studies, FAST, repeats=2, seed=1)


def test_curves_of_sets_are_the_comparison_at_each_size(tmp_path, sets, monkeypatch):
    studies = [replace(study, store=Store(tmp_path)) for study in sets]
    last = compare(studies, ["vendi", "facility_location"], repeats=2)
    curves = curves_at_equal_size(studies, ["vendi", "facility_location"], repeats=2)
    assert curves.sizes == (20, 40)
    assert curves.comparisons[1] == last
    assert curves.of("vendi", 1) == [each.estimate("vendi", 1) for each in curves.comparisons]
    alone = compare(sets, ["vendi", "facility_location"], size=20, repeats=2)
    assert curves.comparisons[0].estimates == alone.estimates
    monkeypatch.setattr("core.comparison.EqualSize", lambda *_: pytest.fail("computed again"))
    assert curves_at_equal_size(studies, ["vendi", "facility_location"], repeats=2, sizes=[40, 20]) == curves
    written = json.loads(json.dumps(curves.as_json(), allow_nan=False))
    assert (written["sizes"], written["findings"]["vendi"]) == ([20, 40], curves.finding("vendi"))
    table = pd.read_csv(BytesIO(as_csv(curve_rows(curves))))
    assert table.groupby(["metric", "set"])["n"].agg(list).tolist() == [[20, 40]] * 6
    for sizes, message in (([20], "two sizes or more"), ([20, 41], "20 to 40 rows each"), ([1, 40], "20 to 40 rows")):
        with pytest.raises(UserError, match=message):
            curves_at_equal_size(studies, ["vendi"], sizes=sizes)
    with pytest.raises(UserError, match="at least 40 rows each, and here are 30"):
        curves_at_equal_size(studies, ["vendi"], size=30)


WORDS = {"b": "broader", "n": "narrower", "-": "cannot be told apart"}
SAID = [  # the words of each pair at 50, 100 and 400 rows, from where on these stay, and what is said
    (["bbb"], 50, "the sets are told apart in the same order at every size from 50 to 400 rows"),
    (["-nn"], 100, "the sets are told apart in the same order from 100 rows on, up to 400"),
    (["--b"], 400, "the sets are told apart at 400 rows, but not at 100"),
    (["b-b"], 400, "the sets are told apart at 400 rows, but not at 100"),
    (["---"], None, "the sets cannot be told apart at any size from 50 to 400 rows"),
    (["b--"], None, "sets that are told apart at 50 rows are not at 400"),
    (["b-n"], 400, "small is broader than large at 50 rows, and narrower at 400"),
    (["nbb"], 100, "large is broader than small at 50 rows, and narrower at 100"),
    (["---", "-bb", "---"], 100, "1 of 3 pairs of sets is told apart in the same order from 100 rows on, up to 400"),
    (["-bb", "nnn", "bbb"], 100, "all 3 pairs of sets are told apart in the same order from 100 rows on, up to 400"),
    (["bbb", "--b", "---"], 400, "2 of 3 pairs of sets are told apart at 400 rows, but not all at 100"),
    (["---", "---", "bnn"], 100, "large is broader than narrow at 50 rows, and narrower at 100"),
    ([], None, "fewer than two sets have a value"),
]  # fmt: skip


@pytest.mark.parametrize(("pairs", "settled", "words"), SAID)
def test_curves_say_from_where_sets_are_told_apart_and_take_want_of_rows_for_no_other_order(
    found, pairs, settled, words
):
    both = [(0, 1), (0, 2), (1, 2)]
    curves = EqualCurves(
        tuple(
            replace(
                found,
                size=size,
                verdicts=tuple(
                    Verdict("vendi", *both[pair], 0.0, 1.0, 0.5, WORDS[line[at]]) for pair, line in enumerate(pairs)
                ),
            )
            for at, size in enumerate((50, 100, 400))
        )
    )
    assert curves.settled_from("vendi") == settled
    assert curves.finding("vendi") == f"Vendi Score: {words}"
    assert f"Vendi Score: {words}\n" in curves_in_words(curves)


def test_the_only_set_with_a_value_has_it_and_no_rank(found):
    lone = (found.estimate("vendi", 0), Estimate(math.nan, math.nan, (), "It has no texts."))
    alone = replace(found, names=("a", "b"), metrics=("vendi",), estimates={"vendi": lone}, verdicts=())
    (cells,) = [line.split() for line in in_words(alone).splitlines() if line.startswith("Vendi")]
    assert cells[3:] == [f"{lone[0].mean:,.4g}", "±", f"{float(f'{lone[0].error:.1g}'):,g}", "none"]
    assert "no metric in common" in pairs_in_words(alone)
    header = as_csv(pair_rows(found)).splitlines()[0]
    assert as_csv(pair_rows(alone), PAIR_COLUMNS) == header + b"\n"


def test_an_infinite_parameter_is_written_as_it_is_given(sets):
    found = compare(sets[:2], ["vendi"], size=20, repeats=1, params={"vendi": {"q": math.inf}})
    (row, _) = pd.read_csv(BytesIO(as_csv(value_rows(found)))).itertuples()
    for written in (json.loads(row.params, parse_constant=pytest.fail), found.as_json()["params"]["vendi"]):
        assert METRICS["vendi"].params["q"].parse(written["q"], "vendi") == math.inf


def test_pooled_sets_have_all_rows_and_the_texts_of_all(sets):
    both = pool([with_texts(sets[0]), with_texts(sets[1])], "both")
    assert (len(both), len(both.texts), both.name) == (130, 130, "both")
    np.testing.assert_array_equal(both.embeddings.vectors[40:], sets[1].embeddings.vectors)
    assert pool([with_texts(sets[0]), sets[1]], "both").texts is None


def test_holm_is_what_its_definition_says():
    """Slowly: the adjusted value of the i-th smallest of m is the largest of (m - j + 1) p_j for j up to i."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        chances = rng.random(7) ** 3
        order = np.argsort(chances)
        for place, i in enumerate(order):
            expected = min(1, max((7 - j) * chances[order[j]] for j in range(place + 1)))
            assert holm(chances)[i] == pytest.approx(expected)


def test_agreement_is_kendalls_tau_b():
    rng = np.random.default_rng(4)
    table = [rng.integers(1, 4, 6).tolist() for _ in range(5)]
    found = agreement(table)
    for i, one in enumerate(table):
        for j, other in enumerate(table):
            assert found[i, j] == pytest.approx(kendalltau(one, other).statistic)
    assert agreement([[1, None, 2], [2, 1, None]])[0, 0] == 1
    assert math.isnan(agreement([[1, 1], [1, 2]])[0, 1])


def test_ranks_count_who_is_told_apart_as_broader():
    """Three sets of which only the outer two are told apart: 1, 1, 2."""
    halves = np.random.default_rng(5).normal(size=(3, 1, 20))  # of spread 1: a difference has a standard error of 1.4
    samples = {("vendi", number): Sample(3.5 * number, halves[number], 1.0) for number in range(3)}
    verdicts = judge(samples)
    words = [verdict.word for verdict in verdicts]
    assert words == ["cannot be told apart", "narrower", "cannot be told apart"]
    assert ranks(verdicts, "vendi", range(3)) == [2, 1, 1]
    lower = judge(samples, lower=["vendi"])
    assert ranks(lower, "vendi", range(3)) == [1, 1, 2]
    assert ranks(lower, "vendi", range(4)) == [1, 1, 2, None]


def test_two_halves_of_one_set_are_told_apart_in_fewer_than_one_case_in_twenty():
    source = of(400, 77, "source")
    told = total = 0
    for seed in range(8):
        order = np.random.default_rng(seed).permutation(400)
        halves = [source.subset(order[:60], "one"), source.subset(order[60:120], "other")]
        verdicts = compare(halves, FAST, repeats=1, seed=seed).verdicts
        told += sum(verdict.word != "cannot be told apart" for verdict in verdicts)
        total += len(verdicts)
    assert total == 8 * len(FAST)
    assert told <= 0.05 * total


def test_the_table_of_pairs_says_how_far_and_whether_that_is_more_than_chance(sets):
    """Read back by pandas without options, and held against t-tests and Holm's method done here."""
    named = [replace(study, name=name) for study, name in zip(sets, ("=1+1", "two, words", "narrow"), strict=True)]
    found = compare(named, ["vendi", "mean_coverage"], size=40, repeats=2)
    table = pd.read_csv(BytesIO(as_csv(pair_rows(found))))
    assert len(table) == 2 * 3
    chances = 2 * student.sf(np.abs(table["difference"]) / table["standard_error"], HALVES - 1)
    order, worst = np.argsort(chances), 0.0
    for place, i in enumerate(order):
        worst = max(worst, min(1.0, (len(order) - place) * chances[i]))
        assert table["p"][i] == pytest.approx(worst)
    assert table["told_apart"].dtype == bool
    assert (table["told_apart"] == (table["p"] <= table["level"])).all()
    for row in table.itertuples():
        first, second = found.names.index(row.first.removeprefix("'")), found.names.index(row.second)
        apart = found.estimate(row.metric, first).mean - found.estimate(row.metric, second).mean
        assert row.difference == pytest.approx(apart)
        better = found.names[first if (apart > 0) != (METRICS[row.metric].better == "lower") else second]
        said = row.verdict.removeprefix("'")
        assert said == (f"{better} is more diverse" if row.told_apart else "cannot be told apart")
    assert set(table["told_apart"]) == {True, False}
    assert set(table["first_encoder"]) == set(table["second_encoder"]) == {"uploaded vectors"}
    turned = found.on_two(2, 0)[0]
    assert (turned.first, turned.second, turned.word) == (2, 0, "narrower")
    assert turned.difference == -found.on_two(0, 2)[0].difference
    assert found.says(turned) == found.says(found.on_two(0, 2)[0]) == "=1+1 is more diverse"


def test_the_table_of_values_says_what_each_was_taken_under_and_pandas_reads_it_back(sets):
    named = [replace(with_texts(sets[0]), name='=1+1, "a"', template=Template("prompt")), sets[1]]
    params = {"vendi": {"q": 2}, "ttr": {"tokens": None}}
    found = compare(named, ["vendi", "ttr", "facility_location"], size=30, repeats=2, seed=7, params=params)
    table = pd.read_csv(BytesIO(as_csv(value_rows(found))))
    assert list(table.groupby("metric", sort=False).size()) == [2, 2, 2]
    assert list(table["set"]) == ['\'=1+1, "a"', "large"] * 3
    for row in table.itertuples():
        estimate = found.estimate(row.metric, row.Index % 2)
        assert (row.value, row.standard_error) == pytest.approx((estimate.mean, estimate.error), rel=0, nan_ok=True)
        assert json.loads(row.params) == dict(found.params[row.metric])
        assert (row.n, row.draws, row.seed, row.encoder) == (30, 2, 7, "uploaded vectors")
        assert row.set_rows == (40, 90)[row.Index % 2]
    assert json.loads(table["params"][0])["q"] == 2
    assert table["rank"].isna().tolist() == [False] * 2 + [True] * 2 + [False] * 2
    assert table["reason"].dropna().tolist() == ["TTR needs texts, and large has none."]
    assert table["template"].fillna("none").tolist() == ["prompt only", "none"] * 3
    assert table["reference"].dropna().tolist() == ["the compared rows together (2 x 30)"] * 2
    assert found.as_json()["sets"][0]["encoder"] == "uploaded vectors"


def test_every_metric_there_is_can_be_compared_and_written_as_json(sets):
    studies = [with_texts(study, number) for number, study in enumerate(sets[:2])]
    result = compare(studies, repeats=1, size=30)
    assert result.metrics == tuple(METRICS)
    written = json.loads(json.dumps(result.as_json(), allow_nan=False))
    assert written["sets"][1] == {
        "name": "large",
        "rows": 90,
        "encoder": "uploaded vectors",
        "template": None,
        "median_words": 8,
    }
    assert set(written["metrics"]) == set(METRICS)
    assert len(written["verdicts"]) == len(METRICS)
    assert len(written["agreement"]) == len(METRICS)
    assert written["sentences"] == result.sentences


def test_the_command_line_says_the_same_as_python(capsys, tmp_path, sets):
    paths = [tmp_path / f"{study.name}.npy" for study in sets]
    for path, study in zip(paths, sets, strict=True):
        np.save(path, study.embeddings.vectors)
    words = ["compare", *map(str, paths), "--metrics", "vendi,radius", "--size", "30", "--repeats", "2"]
    words += ["--param", "vendi.q=2", "--home", str(tmp_path / "home"), "--quiet"]
    assert main([*words, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    studies = [Study.of_file(path) for path in paths]
    expected = compare(studies, ["vendi", "radius"], size=30, repeats=2, params={"vendi": {"q": 2}})
    assert printed["metrics"] == json.loads(json.dumps(expected.as_json()["metrics"]))
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "30 rows of each set, mean of 2 subsamples ± standard error"
    places = [lines.index(sentence) for sentence in expected.sentences]
    assert all(after == before + 1 for before, after in pairwise(places))
    files = ["--csv", str(tmp_path / "values.csv"), "--pairs-csv", str(tmp_path / "pairs.csv")]
    assert main([*words, "--pairs", *files]) == 0
    assert (tmp_path / "values.csv").read_bytes() == as_csv(value_rows(expected))
    assert (tmp_path / "pairs.csv").read_bytes() == as_csv(pair_rows(expected))
    lines = capsys.readouterr().out.splitlines()
    mine = lines[lines.index("large.npy and narrow.npy") + 1]
    verdict = expected.verdict("vendi", 1, 2)
    assert mine.split("  ")[-1].endswith("large.npy is more diverse")
    assert f"{verdict.difference:+,.4g} ± {verdict.error:.1g}" in mine
    assert printed["verdicts"][0]["says"] == "cannot be told apart"
    by_size = ["--curves", "--sizes", "20,30", "--curves-csv", str(tmp_path / "by_size.csv")]
    assert main([*words, *by_size]) == 0
    curves = curves_at_equal_size(studies, ["vendi", "radius"], sizes=[20, 30], repeats=2, params={"vendi": {"q": 2}})
    assert (tmp_path / "by_size.csv").read_bytes() == as_csv(curve_rows(curves))
    lines = capsys.readouterr().out.splitlines()
    assert lines[lines.index(curves.finding("radius")) + 2].split()[0] == "20"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.comparison.EqualSize", lambda *_: pytest.fail("compared before sizes are looked at"))
        assert main([*words, "--seed", "5", "--curves", "--sizes", "20,3000"]) == 2
    assert "and not at 3,000" in capsys.readouterr().err
    assert main([*words, "--sizes", "20,30"]) == 2
    assert "--sizes are the sizes of --curves" in capsys.readouterr().err
    assert main([*words, "--differences"]) == 2
    assert "tells two sets apart, and 3 are named" in capsys.readouterr().err
    assert main([*words, "--embeddings", str(paths[0])]) == 2
    assert "There are 3 sets and 1 --embeddings" in capsys.readouterr().err
