"""What every registered metric keeps to, without a line of its own here."""

import doctest
import json
import math
import re
import sys

import numpy as np
import pytest

from core.errors import Cancelled, UserError
from core.geometry import Space
from core.measuring import measure
from core.metrics import METRICS, Axiom, find_metric
from core.params import resolve
from tests.declared import outside
from tests.golden.inputs import array, texts

ROWS, REFERENCE = array("B[:40]"), array("B[40:100]")
TEXTS = [" ".join(texts("text_en")[i : i + 5]) for i in range(0, 200, 5)]

PEERS = ("emb-diversity", "lexicalrichness", "submodlib")  # whose names begin with a small letter

every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
every_embedded = pytest.mark.parametrize(
    "metric", [m for m in METRICS.values() if "space" in m.needs], ids=lambda metric: metric.name
)
every_parameter = pytest.mark.parametrize(
    ("metric", "param"),
    [pytest.param(m, p, id=f"{m.name}.{p.name}") for m in METRICS.values() for p in m.params.values()],
)


def found(metric, rows=None, first=None, **params):
    """What the metric finds for those rows, or the `first` of the usual ones, beside the usual reference."""
    rows = ROWS if rows is None else rows
    space, reference = Space(rows[:first]), Space(REFERENCE[:, : rows.shape[1]])
    return metric(space, reference=reference, texts=TEXTS[:first], **params)


@every_metric
def test_all_that_a_person_should_know_is_said(metric):
    for text in (metric.title, metric.formula, metric.source, metric.size, metric.cost, metric.range, metric.unit):
        assert text.strip() == text != ""
    for sentence in (metric.says, metric.rewards, metric.overlooks, metric.matches):
        assert sentence.strip() == sentence != ""
        assert sentence[0].isupper() or sentence.startswith(PEERS)
        assert sentence.endswith(".")
    assert metric.direction in ("higher is more diverse", "lower is more diverse")
    assert (metric.better == "lower") == ("lower is better" in metric.rewards)
    assert all(param.help.endswith(".") for param in metric.params.values())
    assert metric.needs <= {"space", "reference", "texts", "progress"}
    assert len(metric.needs & {"space", "texts"}) == 1
    assert bool(metric.length) == ("texts" in metric.needs)
    assert metric.obeys <= set(Axiom)


@pytest.mark.parametrize("metric", [m for m in METRICS.values() if "texts" in m.needs], ids=lambda metric: metric.name)
def test_metrics_move_with_the_length_of_texts_where_they_say_so_and_only_there(metric):
    """300 texts, each half of its own subject's words and half of everybody's, of 20 words and of 60."""
    rng = np.random.default_rng(5)
    common = 1 / np.arange(1, 501)
    own, all_words = rng.integers(500, 40_000, (300, 60)), rng.choice(500, (300, 60), p=common / common.sum())
    subject = rng.integers(8, size=(300, 60))  # of eight words that a text returns to
    words = np.where(rng.random((300, 60)) < 0.5, np.take_along_axis(own, subject, axis=1), all_words)
    long = [" ".join(f"w{word}" for word in row) for row in words]
    short = [" ".join(text.split()[:20]) for text in long]
    params = resolve(metric.params, {}, metric.name)
    moved = 1 - metric(texts=long).value / metric(texts=short).value
    assert (moved > 0.03) == metric.moves_with_length(6000, params), moved
    assert (metric.by_length is True) == metric.length.startswith("Falls")
    if callable(metric.by_length):
        moved = 1 - metric(texts=long, tokens=None).value / metric(texts=short, tokens=None).value
        assert moved > 0.05
        assert metric.moves_with_length(6000, params | {"tokens": None})
        assert metric.moves_with_length(999, params)


@every_metric
def test_the_worked_example_is_right(metric):
    names = vars(sys.modules[metric.function.__module__]) | {metric.name: metric, "Space": Space}
    example = doctest.DocTestParser().get_doctest(metric.doc, names, metric.name, None, 0)
    assert example.examples, "a worked value belongs in the docstring"
    result = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE).run(example)
    assert result.failed == 0


@every_parameter
def test_a_default_is_within_its_own_bounds(metric, param):
    assert param.check(param.default, metric.name) == param.default


@every_parameter
def test_a_value_outside_the_bounds_is_refused_with_the_bounds(metric, param):
    for value in outside(param):
        with pytest.raises(UserError, match=f"{metric.name}: {param.name} is .* must be"):
            found(metric, **{param.name: value})


@every_metric
def test_an_unknown_parameter_is_refused_with_the_known_ones(metric):
    with pytest.raises(UserError, match=f"{metric.name} has no parameter 'colour'. Its parameters: "):
        found(metric, colour="red")


@every_metric
@pytest.mark.parametrize("n", [1, 2, 3, 40])
def test_any_number_of_rows_has_a_finite_value(metric, n):
    result = found(metric, first=n)
    assert isinstance(result.value, float)
    assert math.isfinite(result.value)
    assert result.details == json.loads(json.dumps(result.details))


@every_embedded
@pytest.mark.parametrize("n", [1, 2, 9])
def test_one_point_however_often_is_the_floor(metric, n):
    copies = Space(np.tile(ROWS[:1], (n, 1)))
    try:
        value = metric(copies).value
    except UserError:  # it needs more of its reference than copies of one point
        value = metric(copies, reference=Space(REFERENCE)).value
    if math.isnan(metric.floor):
        assert math.isfinite(value)
    else:
        assert value == pytest.approx(metric.floor, abs=1e-7)


@every_embedded
def test_a_spread_set_is_never_less_diverse_than_the_floor(metric):
    sign = 1 if metric.better == "higher" else -1
    assert math.isnan(metric.floor) or "reference" in metric.needs or sign * (found(metric).value - metric.floor) > 0


def ends(metric, rows):
    """The two ends of its range for so many rows of 32 dimensions, at its defaults."""
    low, _, high = metric.range.partition(";")[0].partition(" to ")
    if not high:
        return float(re.fullmatch(r"any number (?:above|from) (\d+)", low)[1]), math.inf
    letters = {name: param.default for name, param in metric.params.items()} | {"n": rows, "d": 32}
    return tuple(eval(end, vars(math) | {"min": min} | letters) for end in (low, high))


EXTREMES = {
    "usual": ROWS,
    "two": ROWS[:2],
    "one point": np.tile(ROWS[:1], (30, 1)),
    "right angles": np.eye(32, dtype=np.float32),
    "opposite": np.concatenate([np.eye(32, dtype=np.float32), -np.eye(32, dtype=np.float32)]),
    "one pair of opposites": np.stack([ROWS[0], -ROWS[0]]),
    "corners": np.random.default_rng(0).choice([-1.0, 1.0], (200, 32)).astype(np.float32),
}


@every_embedded
@pytest.mark.parametrize("cloud", EXTREMES)
def test_no_set_leaves_the_range(metric, cloud):
    rows = EXTREMES[cloud]
    low, high = ends(metric, len(rows))
    assert low - 1e-7 <= found(metric, rows).value <= high + 1e-7


WORDINGS = {
    "usual": TEXTS,
    "one text": ["the cat saw the dog and the dog saw the cat " * 6] * 50,
    "one word": ["word " * 60] * 20,
    "no word twice": [" ".join(f"word{i}" for i in range(60 * j, 60 * j + 60)) for j in range(20)],
}


@pytest.mark.parametrize("metric", [m for m in METRICS.values() if "texts" in m.needs], ids=lambda metric: metric.name)
@pytest.mark.parametrize("wording", WORDINGS)
def test_no_text_leaves_the_range(metric, wording):
    low, high = ends(metric, len(WORDINGS[wording]))
    assert low - 1e-7 <= metric(texts=WORDINGS[wording]).value <= high + 1e-7


# Ends that some set has: a range that were wider than what can be would not be met.
REACHED = [
    ("cluster_inertia", "opposite", {"k": 1}, 1),
    ("coverage_radius", "one pair of opposites", {}, 0),
    ("dcscore", "one point", {}, 0),
    ("distsum_cosine", "one pair of opposites", {}, 1),
    ("distsum_l2", "one pair of opposites", {}, 1),
    ("knn_distance", "one pair of opposites", {}, 1),
    ("log_det", "right angles", {}, 1),
    ("radius", "opposite", {}, 1),
    ("vendi", "right angles", {}, 1),
    ("vendi", "opposite", {}, 1),
]


@pytest.mark.parametrize(("name", "cloud", "params", "end"), REACHED)
def test_the_ends_of_a_range_can_be_reached(name, cloud, params, end):
    space = Space(EXTREMES[cloud])
    assert METRICS[name](space, **params).value == pytest.approx(ends(METRICS[name], len(space))[end], abs=1e-6)


def test_a_reference_opposite_to_the_set_is_at_the_ends_of_the_ranges():
    here, there = Space(ROWS[:1]), Space(-ROWS[:1])
    assert METRICS["facility_location"](here, reference=there).value == pytest.approx(-1, abs=1e-6)
    assert METRICS["mean_coverage"](here, reference=there).value == pytest.approx(2, abs=1e-6)
    assert METRICS["coverage_radius"](here, reference=there).value == pytest.approx(2, abs=1e-6)


@every_metric
def test_values_per_row_are_one_a_row_and_named(metric):
    rows = found(metric).rows
    assert (rows is None) == (metric.row_title == "") == (metric.row_name == "")
    if rows is not None:
        assert rows.shape == (len(ROWS),)
        assert rows.dtype == np.float64
        assert np.isfinite(rows).all()


@every_embedded
def test_values_per_row_move_with_their_rows(metric):
    order = np.random.default_rng(0).permutation(len(ROWS))
    before, after = found(metric).rows, found(metric, ROWS[order]).rows
    if before is not None and Axiom.ORDER in metric.obeys:
        assert np.allclose(after, before[order], rtol=1e-9)


@every_embedded
def test_copies_have_the_same_value_per_row(metric):
    rows = found(metric, np.concatenate([ROWS, ROWS[:5]])).rows
    if rows is not None and metric.name != "facility_location":  # of equally near rows the first one represents
        assert np.allclose(rows[:5], rows[-5:], rtol=1e-9)


@every_embedded
@pytest.mark.parametrize("layout", ["float64", "float16 values", "Fortran", "read-only", "strided", "memory map"])
def test_how_the_numbers_are_stored_does_not_matter(metric, layout, tmp_path):
    given = ROWS
    if layout == "float16 values":
        given = ROWS.astype(np.float16)
    expected = found(metric, given.astype(np.float32))
    match layout:
        case "float64":
            given = given.astype(np.float64)
        case "Fortran":
            given = np.asfortranarray(given)
        case "read-only":
            given = given.copy()
            given.flags.writeable = False
        case "strided":
            given = np.repeat(given, 2, axis=0)[::2]
        case "memory map":
            np.save(tmp_path / "rows.npy", given)
            given = np.load(tmp_path / "rows.npy", mmap_mode="r")
    before = np.array(given)
    result = metric(Space(given), reference=Space(REFERENCE))
    assert result.value == pytest.approx(expected.value, rel=1e-6)
    assert np.array_equal(given, before), "what comes in is never written to"


@every_metric
def test_the_same_question_has_the_same_answer(metric):
    first, second = found(metric), found(metric)
    assert first.value == second.value
    assert first.details == second.details
    assert np.array_equal(first.rows, second.rows) if first.rows is not None else second.rows is None


@every_embedded
def test_two_metrics_of_one_space_do_not_disturb_each_other(metric):
    space, reference = Space(ROWS), Space(REFERENCE)
    for other in METRICS.values():
        if "space" in other.needs:
            other(space, reference=reference)
    assert metric(space, reference=reference).value == pytest.approx(found(metric).value, rel=1e-12)


@every_metric
def test_data_that_it_needs_and_has_not_is_asked_for(metric):
    with pytest.raises(UserError, match=f"{metric.title.split(' ')[0]}.* needs (embeddings|texts), and there are none"):
        metric()


@every_embedded
def test_a_reference_of_another_encoder_is_refused(metric):
    if "reference" in metric.needs:
        with pytest.raises(UserError, match="32 dimensions and its reference other of 7"):
            metric(Space(ROWS), reference=Space(ROWS[:, :7], name="other"))


@every_metric
def test_work_can_be_cancelled_and_reports_a_share_that_grows(metric):
    shares = []
    metric(Space(ROWS), reference=Space(REFERENCE), texts=TEXTS, progress=lambda share, message: shares.append(share))
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert bool(shares) == ("progress" in metric.needs)

    def cancel(share, message):
        raise Cancelled

    if "progress" in metric.needs:
        with pytest.raises(Cancelled):
            metric(Space(ROWS), reference=Space(REFERENCE), texts=TEXTS, progress=cancel)


@every_metric
def test_a_score_says_how_it_was_made_and_can_be_written_as_json(metric):
    score = measure(metric.name, Space(ROWS), reference=Space(REFERENCE, name="the pool"), texts=TEXTS)
    assert score.n == 40
    assert score.reference == ("the pool" if "reference" in metric.needs else None)
    assert dict(score.params) == {name: param.default for name, param in metric.params.items()}
    written = json.loads(json.dumps(score.as_json(), allow_nan=False))
    assert (written["metric"], written["value"]) == (metric.name, score.value)


def test_a_set_beside_itself_has_itself_as_reference():
    space = Space(ROWS)
    assert measure("novelsum", space).reference == "self"
    assert measure("novelsum", space, reference=space).value == measure("novelsum", space).value


def test_an_unknown_metric_is_refused_with_the_known_ones():
    with pytest.raises(UserError, match=r"There is no metric 'beauty'. The metrics: .*novelsum.*vendi"):
        find_metric("beauty")


def test_numbers_that_json_has_not_become_null():
    score = measure("vendi", Space(ROWS), q=math.inf)
    assert score.as_json()["params"] == {"q": None}
