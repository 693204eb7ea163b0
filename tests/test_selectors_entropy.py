"""Entropy selection beside posteriors that are known, scikit-learn, and calibration done by hand."""

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.errors import UserError
from core.geometry import Space
from core.progress import silent
from core.rank_correlation import rank_correlation
from core.selectors import select
from core.selectors._calibration import (
    accuracy,
    best_temperature,
    entropy,
    expected_calibration_error,
    softmax,
)
from core.selectors._domains import Domains, by_centroids, by_labels
from core.selectors._probes import closed_form, cross_fitted
from tests.golden.inputs import array


def mixture(n, d=12, k=4, seed=0):
    """Rows of k equal Gaussian groups that overlap, their groups, and the true entropy of every row's group."""
    rng = np.random.default_rng(seed)
    centres = 1.6 * rng.standard_normal((k, d)) / math.sqrt(d) * 1.5
    groups = rng.integers(0, k, n)
    rows = centres[groups] + 0.9 * rng.standard_normal((n, d))
    squared = ((rows[:, None] - centres) ** 2).sum(-1)
    odds = np.exp(-(squared - squared.min(axis=1, keepdims=True)) / (2 * 0.81))
    chance = odds / odds.sum(axis=1, keepdims=True)
    return rows.astype(np.float32), groups, chance


class Raw:
    """Rows as they are, where a probe would see them at unit length."""

    def __init__(self, rows):
        self.unit, self.dim = rows, rows.shape[1]

    def __len__(self):
        return len(self.unit)

    def unit64(self, rows=slice(None)):
        return self.unit[rows].astype(np.float64)


@pytest.mark.parametrize(("kind", "least", "nearest"), [("logistic", 0.95, 0.03), ("mlp", 0.8, 0.08)])
def test_a_trained_probe_finds_the_entropy_that_is_there(kind, least, nearest):
    rows, groups, chance = mixture(1200)
    fitted = cross_fitted(Raw(rows), by_labels(groups), kind, 3, 0, silent)
    assert np.allclose(fitted.probability.sum(axis=1), 1)
    assert spearmanr(entropy(fitted.probability), entropy(chance)).statistic > least
    assert accuracy(fitted.probability, groups) == pytest.approx(accuracy(chance, groups), abs=0.02)
    assert abs(fitted.probability - chance).mean() < nearest
    assert expected_calibration_error(fitted.probability, groups) < 0.05
    assert len(fitted.temperatures) == 3


@pytest.mark.parametrize("kind", ["logistic", "mlp"])
def test_no_row_is_judged_by_a_probe_that_has_seen_it(kind):
    rng = np.random.default_rng(0)
    rows, labels = rng.standard_normal((400, 60)).astype(np.float32), rng.integers(0, 2, 400)  # nothing to learn
    fitted = cross_fitted(Raw(rows), by_labels(labels), kind, 3, 0, silent)
    assert abs(accuracy(fitted.probability, labels) - 0.5) < 4.5 * math.sqrt(0.25 / 400), "by heart it would be 1"


def test_the_logistic_probe_without_temperature_is_that_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    rows, groups, _ = mixture(19)  # too few to hold any out
    fitted = cross_fitted(Raw(rows), by_labels(groups), "logistic", 19, 0, silent)
    for row in range(19):
        rest = np.arange(19) != row
        other = LogisticRegression(C=10.0, max_iter=2000, tol=1e-6).fit(rows[rest], groups[rest])
        expected = np.zeros(4)
        expected[other.classes_] = other.predict_proba(rows[row : row + 1])[0]
        assert np.allclose(fitted.probability[row], expected, atol=0.01)
    assert fitted.temperatures == (1.0,) * 19


def test_the_closed_form_is_the_formula():
    rows, labels = array("A[:60]").astype(float), np.arange(60) % 3
    centroids = np.array([rows[labels == k].mean(axis=0) for k in range(3)])
    squared = ((rows[:, None] - centroids) ** 2).sum(-1)
    spread = squared[np.arange(60), labels].mean()
    odds = np.exp(-squared / (2 * spread * 0.3))
    fitted = closed_form(Space(array("A[:60]")), by_labels(labels), 0.3)
    assert np.allclose(fitted.probability, odds / odds.sum(axis=1, keepdims=True), rtol=1e-6)


def test_a_domain_without_rows_has_no_chance():
    fitted = closed_form(Space(array("A[:60]")), Domains(np.arange(60) % 2, ("1", "2", "3")), 1.0)
    assert (fitted.probability[:, 2] == 0).all()
    assert (entropy(fitted.probability) <= math.log(2) + 1e-12).all()


def test_rows_come_by_falling_entropy_and_the_details_say_how_good_the_probe_is():
    rows, groups, chance = mixture(1500)
    lengths = entropy(chance) * 100 + 5
    found = select("entropy", Space(rows), 300, labels=groups, lengths=lengths)
    assert (np.diff(found.gains) <= 0).all()
    assert found.gains.max() <= math.log(4) + 1e-12
    fitted = cross_fitted(Space(rows), by_labels(groups), "logistic", 5, 0, silent)
    uncertain = entropy(fitted.probability)
    assert found.positions.tolist() == np.argsort(-uncertain, kind="stable")[:300].tolist()
    assert found.details["accuracy"] == pytest.approx(accuracy(fitted.probability, groups))
    assert found.details["expected_calibration_error"] == expected_calibration_error(fitted.probability, groups)
    assert found.details["entropy_with_length"] == pytest.approx(spearmanr(uncertain, lengths).statistic)
    assert found.details["domains"] == 4
    assert found.notes[0].startswith(
        f"The probe is right about {100 * found.details['accuracy']:.1f}% of the rows' domains (4 of them), with an "
        f"expected calibration error of {found.details['expected_calibration_error']:.3f}. Entropy goes with the length"
    )
    assert found.notes[0].endswith(": long texts are preferred.")
    short = select("entropy", Space(rows), 300, labels=groups, lengths=-lengths)
    assert short.notes[0].endswith(": short texts are preferred.")
    shuffled = np.random.default_rng(0).permutation(lengths)
    assert "preferred" not in select("entropy", Space(rows), 300, labels=groups, lengths=shuffled).notes[0]
    assert select("entropy", Space(rows), 300, labels=groups).details["entropy_with_length"] is None


def test_a_target_domain_gives_its_share_and_the_others_the_same_each():
    rows, groups, _ = mixture(1500, k=6)
    names = np.array(["maths", "code", "law", "poems", "news", "talk"])[groups]
    found = select("entropy", Space(rows), 200, labels=names, target="code")
    counts = dict(zip(*np.unique(names[found.positions], return_counts=True), strict=True))
    assert counts == {"code": 100, "maths": 20, "law": 20, "poems": 20, "news": 20, "talk": 20}
    assert (np.diff(found.gains) <= 0).all()
    everyone = select("entropy", Space(rows), 1500, labels=names)
    best = [row for row in everyone.positions if names[row] == "code"][:100]
    assert set(best) == set(found.positions[names[found.positions] == "code"])
    with pytest.raises(UserError, match="entropy: target is 'art', and must be a domain: code, law"):
        select("entropy", Space(rows), 200, labels=names, target="art")


def test_domains_come_from_centroids_or_clusters_where_there_are_no_labels():
    space = Space(array("A"))
    centroids = space.unit64([0, 100, 500, 900])
    truth = by_centroids(space, centroids, 10)
    found = select("entropy", space, 50, centroids=centroids)
    same = select("entropy", space, 50, labels=truth.of)
    assert found.positions.tolist() == same.positions.tolist()
    assert select("entropy", space, 50, clusters=7).details["domains"] == 7
    assert select("entropy", space, 50).details["domains"] == 12
    for source in ("labels", "centroids"):
        with pytest.raises(UserError, match=f"Domains by {source} need"):
            select("entropy", space, 50, domains=source)
    with pytest.raises(UserError, match="There are 1,001 domains, and at most 1,000 can be told apart"):
        select("entropy", Space(np.random.default_rng(0).random((1001, 3))), 50, labels=np.arange(1001))


def test_a_rare_domain_that_a_part_does_not_know_is_no_trouble():
    labels = np.repeat([0, 1, 2], [150, 149, 1])
    found = select("entropy", Space(array("A[:300]")), 300, labels=labels)
    assert len(found) == 300
    assert np.isfinite(found.gains).all()


def test_calibration_by_hand():
    chance = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.55, 0.45]])
    truth = np.array([0, 1, 1, 0])
    assert accuracy(chance, truth) == 0.75
    # each in a bin of its own: |1 - .9|, |0 - .8|, |1 - .7|, |1 - .55|, a quarter each
    assert expected_calibration_error(chance, truth) == pytest.approx((0.1 + 0.8 + 0.3 + 0.45) / 4)
    assert expected_calibration_error(np.array([[1.0, 0], [1.0, 0]]), np.array([0, 1])) == 0.5
    assert np.allclose(entropy(np.array([[0.5, 0.5], [1.0, 0.0]])), [math.log(2), 0])
    assert rank_correlation(np.array([1.0, 2, 3]), np.array([1.0, 4, 9])) == pytest.approx(1)
    assert rank_correlation(np.array([1.0, 2, 3]), np.ones(3)) is None


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_what_was_done_to_the_logits(temperature):
    rng = np.random.default_rng(1)
    logits = rng.standard_normal((20_000, 3)) * 2
    truth = (softmax(logits).cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    assert best_temperature(logits * temperature, truth) == pytest.approx(temperature, rel=0.04)
