"""What a metric promises holds on every set here, and what it does not promise fails on one of them."""

from dataclasses import replace

import numpy as np
import pytest

from core.geometry import Space
from core.metrics import METRICS, Axiom
from tests.golden.inputs import texts

DIM = 8
TEXT_AXIOMS = (Axiom.ORDER, Axiom.COPY, Axiom.REPLICATION)
EMBEDDED = [metric for metric in METRICS.values() if "space" in metric.needs]
LEXICAL = [metric for metric in METRICS.values() if "texts" in metric.needs]


def on_sphere(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def around(centre, spread, n, seed):
    return on_sphere(np.asarray(centre) + spread * np.random.default_rng(seed).normal(size=(n, DIM)))


def opened(rows, width):
    """The rows in a cone about the first axis, wider the larger `width`."""
    return on_sphere(AXES[0] + width * (rows - rows[:, :1] * AXES[0]))


AXES = np.eye(DIM)
THREE = around(np.zeros(DIM), 1, 3, 8)
SPOTS = opened(THREE, 0.3)
FLAT = np.ones(DIM) - AXES[-1]  # nothing along the last dimension

CLOUDS = {
    "anywhere": around(np.zeros(DIM), 1, 40, 1),
    "many, anywhere": around(np.zeros(DIM), 1, 300, 2),
    "one clump": around(AXES[0], 0.2, 30, 3),
    "two clumps of unequal size": np.concatenate([around(AXES[0], 0.1, 25, 4), around(AXES[1], 0.1, 5, 5)]),
    "a clump and an outlier": np.concatenate([around(AXES[0], 0.02, 20, 6), -AXES[2:3]]),
    "sixty copies and an outlier": np.concatenate([np.tile(AXES[0], (60, 1)), AXES[3:4]]),
    "flat": on_sphere(around(AXES[0], 0.5, 20, 7) * FLAT),
    "seventy-four rows in a clump": around(AXES[0], 0.05, 74, 12),
    "three rows": THREE,
    "three rows, each in a dense spot": SPOTS,
    "the axes": AXES,
}
REFERENCES = {
    "even": around(np.zeros(DIM), 1, 60, 9),
    "mostly in one place": np.concatenate([around(AXES[0], 0.05, 40, 10), around(np.zeros(DIM), 1, 20, 11)]),
    "in one place only": around(AXES[0], 0.2, 40, 13),
    "three dense spots": np.concatenate([around(spot, 0.01, 15, 14 + i) for i, spot in enumerate(SPOTS)]),
    "dense along the axes": np.concatenate([around(axis, 0.01, 12, 20 + i) for i, axis in enumerate(AXES)]),
}
TEXTS = {
    "instructions": list(texts("text_en")[:80]),
    "code": list(texts("text_code")[:60]),
    "one word over and over, and one rich text": ["so so so so so so so so"] * 300 + [texts("text_en")[0]],
    "one noise, then the same for long": [bytes(np.random.default_rng(1).integers(33, 127, 3000)).decode()]
    + ["the same again and again"] * 3000,
}


def gain(metric, rows, reference):
    """The value with its sign turned so that more is more diverse."""
    value = metric(Space(rows), reference=Space(reference)).value
    return value if metric.better == "higher" else -value


def same(left, right):
    return left == pytest.approx(right, rel=1e-6, abs=1e-7)


def order(metric, rows, reference):
    shuffled = rows[np.random.default_rng(0).permutation(len(rows))]
    return same(gain(metric, rows, reference), gain(metric, shuffled, reference))


def rotation(metric, rows, reference):
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(DIM, DIM)))
    return same(gain(metric, rows, reference), gain(metric, rows @ turn, reference @ turn))


def copy(metric, rows, reference):
    before = gain(metric, rows, reference)
    picks = range(len(rows) - 1, -1, -max(1, len(rows) // 8))  # the last row, an outlier in some, is among them
    with_copy = [gain(metric, np.concatenate([rows, rows[i : i + 1]]), reference) for i in picks]
    return max(with_copy) <= before + 1e-6 * abs(before)


def replication(metric, rows, reference):
    return same(gain(metric, rows, reference), gain(metric, np.concatenate([rows, rows]), reference))


def far_from(rows):
    """Points that are farther from all rows than any two rows are from each other, four at most."""
    candidates = np.concatenate([-rows.mean(axis=0, keepdims=True), AXES, -AXES])
    candidates = on_sphere(candidates[np.linalg.norm(candidates, axis=1) > 0])
    found = candidates[(candidates @ rows.T).max(axis=1) < (rows @ rows.T).min() - 1e-9]
    return found[:: max(1, len(found) // 4)]


def far_point(metric, rows, reference):
    far = far_from(rows)
    if not len(far):  # rows on all sides leave no room for a point that is far from all: in a cone they do
        rows = opened(rows, 0.3)
        far = far_from(rows)
    assert len(far), "without a far point nothing is tried"
    before = gain(metric, rows, reference)
    return all(gain(metric, np.concatenate([rows, new[None]]), reference) > before + 1e-9 for new in far)


def apart(metric, rows, reference):
    narrow, wide = opened(rows, 0.3), opened(rows, 0.6)
    closer = (narrow @ narrow.T) - (wide @ wide.T)
    assert (closer > -1e-12).all(), "all rows have to move away from each other"
    return gain(metric, wide, reference) > gain(metric, narrow, reference) + 1e-9


LAWS = {
    Axiom.ORDER: order,
    Axiom.ROTATION: rotation,
    Axiom.COPY: copy,
    Axiom.REPLICATION: replication,
    Axiom.FAR_POINT: far_point,
    Axiom.APART: apart,
}


def test_every_axiom_has_a_law():
    assert set(LAWS) == set(Axiom)


@pytest.mark.parametrize("axiom", Axiom)
@pytest.mark.parametrize("metric", EMBEDDED, ids=lambda metric: metric.name)
def test_an_axiom_holds_on_all_clouds_exactly_where_it_is_claimed(metric, axiom):
    broken = [
        (cloud, reference)
        for cloud in CLOUDS
        for reference in (REFERENCES if "reference" in metric.needs else ["even"])
        if not LAWS[axiom](metric, CLOUDS[cloud], REFERENCES[reference])
    ]
    if axiom in metric.obeys:
        assert not broken
    else:
        assert broken, f"{metric.name} may well obey {axiom}: claim it, or find a cloud on which it fails"


def at(metric, setting):
    """The metric with those values for its defaults."""
    values = {name: replace(metric.params[name], default=value) for name, value in setting.items()}
    return replace(metric, params={**metric.params, **values})


OTHER_VALUES = {
    "cluster_inertia": [{"k": 2}],
    "dcscore": [{"tau": 0.1}, {"tau": 10.0}],
    "distinct_n": [{"n": 1}, {"n": 5}],
    "hdd": [{"draws": 5}],
    "knn_distance": [{"k": 2}],
    "log_det": [{"ridge": 1e-3}, {"ridge": 1.0}],
    "mtld": [{"threshold": 0.5}],
    "novelsum": [
        {"form": "paper"},
        {"alpha": 0.0, "beta": 1.0},
        {"alpha": 2.0, "include_self": False, "neighbors": 3},
        {"beta": 0.0},
    ],
    "partition_entropy": [{"k": 5}],
    "ttr": [{"tokens": None}, {"tokens": 50, "samples": 5}],
    "vendi": [{"q": 0.0}, {"q": 0.5}, {"q": 2.0}, {"q": np.inf}],
    "vocd_d": [{"repeats": 1}],
}


def test_every_parameter_that_may_matter_to_a_promise_is_tried_at_another_value():
    for metric in METRICS.values():
        tried = {name for setting in OTHER_VALUES.get(metric.name, []) for name in setting}
        assert tried == set(metric.params) - {"seed", "exact"}, metric.name


@pytest.mark.parametrize(
    ("metric", "setting"),
    [pytest.param(m, s, id=f"{m.name} {s}") for m in METRICS.values() for s in OTHER_VALUES.get(m.name, [])],
)
def test_an_axiom_holds_at_other_values_too_or_the_facts_say_where(metric, setting):
    other = at(metric, setting)
    values = {name: param.default for name, param in other.params.items()}
    for axiom in sorted(metric.obeys):
        if "texts" in metric.needs:
            assert all(TEXT_LAWS[axiom](other, rows) for rows in TEXTS.values()), axiom
            continue
        outside = []
        for name, rows in CLOUDS.items():
            holds = LAWS[axiom](other, rows, REFERENCES["even"])
            if axiom in metric.only and not metric.only[axiom].holds(Space(rows), **values):
                outside.append(holds)
            else:
                assert holds, (axiom, name)
        assert not outside or not all(outside), f"{axiom} holds where the facts say that it need not: claim it"


@pytest.mark.parametrize("metric", EMBEDDED, ids=lambda metric: metric.name)
def test_what_holds_at_some_values_only_is_claimed_and_holds_at_the_defaults(metric):
    values = {name: param.default for name, param in metric.params.items()}
    assert set(metric.only) <= metric.obeys
    assert all(only.words and only.holds(Space(CLOUDS["anywhere"]), **values) for only in metric.only.values())


def text_gain(metric, rows):
    value = metric(texts=rows).value
    return value if metric.better == "higher" else -value


TEXT_LAWS = {
    Axiom.ORDER: lambda metric, rows: same(text_gain(metric, rows), text_gain(metric, rows[::-1])),
    Axiom.COPY: lambda metric, rows: (
        max(text_gain(metric, [*rows, rows[i]]) for i in (0, -1)) <= text_gain(metric, rows) * (1 + 1e-9)
    ),
    Axiom.REPLICATION: lambda metric, rows: same(text_gain(metric, rows), text_gain(metric, rows * 2)),
}


@pytest.mark.parametrize("axiom", TEXT_AXIOMS)
@pytest.mark.parametrize("metric", LEXICAL, ids=lambda metric: metric.name)
def test_an_axiom_holds_on_all_texts_exactly_where_it_is_claimed(metric, axiom):
    broken = [name for name, rows in TEXTS.items() if not TEXT_LAWS[axiom](metric, rows)]
    assert not broken if axiom in metric.obeys else broken


@pytest.mark.parametrize("metric", LEXICAL, ids=lambda metric: metric.name)
def test_metrics_of_texts_promise_nothing_of_embeddings(metric):
    assert metric.obeys <= set(TEXT_AXIOMS)
