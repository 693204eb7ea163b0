"""What a metric promises holds on every set here, and what it does not promise fails on one of them."""

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


def far_point(metric, rows, reference):
    similar = rows @ rows.T
    candidates = np.concatenate([-rows.mean(axis=0, keepdims=True), AXES, -AXES])
    candidates = on_sphere(candidates[np.linalg.norm(candidates, axis=1) > 0])
    far = candidates[(candidates @ rows.T).max(axis=1) < similar.min() - 1e-9]
    return all(
        gain(metric, np.concatenate([rows, new[None]]), reference) > gain(metric, rows, reference) + 1e-9 for new in far
    )


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
