"""The sweep over numbers of clusters beside scikit-learn's silhouettes and sums done by hand."""

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from core.clustering import kmeans
from core.errors import Cancelled, UserError
from core.geometry import Space
from core.selectors._cluster_sweep import default_counts, poor_share, silhouettes, sweep_clusters
from tests.golden.inputs import array


def apart(groups=6, each=40, d=8):
    rng = np.random.default_rng(0)
    centres = 3 * rng.standard_normal((groups, d))
    return (centres.repeat(each, axis=0) + 0.2 * rng.standard_normal((groups * each, d))).astype(np.float32)


@pytest.mark.parametrize("name", ["A", "B", "C", "D"])
@pytest.mark.parametrize("exact", [True, False])
def test_silhouettes_are_those_of_scikit_learn(name, exact, monkeypatch):
    if not exact:
        monkeypatch.setattr("core.selectors._cluster_sweep.EXACT_UP_TO", 0)
    space = Space(array(name), normalize=name != "D")
    rows = np.arange(0, len(space), 7)
    labellings = [kmeans(space, k).labels for k in (2, 15, len(space) // 3)]  # the last with rows that are alone
    found = silhouettes(space, labellings, rows)
    for labels, values in zip(labellings, found, strict=True):
        expected = silhouette_samples(space.rows64(), labels)[rows]
        assert np.allclose(values, expected, atol=1e-6 if exact else 2e-3)


def test_the_sweep_finds_the_groups_that_are_there_and_says_what_cannot_be_told_apart():
    space = Space(apart())
    score = np.repeat([1.0, 2, 3, 4, 5, 6], 40)
    shares = []
    found = sweep_clusters(
        space, [12, 3, 6, 6], sample=120, quality=score, progress=lambda share, message: shares.append(share)
    )
    assert [point.k for point in found.points] == [3, 6, 12]
    assert found.best.k == found.best.clusters == 6
    assert found.best.silhouette > 0.8
    assert (found.sample, found.threshold) == (120, 3.5)
    assert [point.told_apart for point in found.points] == [True, False, True]
    assert found.best.poor == 0.5, "three of the six groups are below the mean of 3.5"
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_errors_are_those_of_means_over_the_sample():
    space = Space(array("A"))
    found = sweep_clusters(space, [5, 20], sample=300, seed=4)
    rows = np.sort(np.random.default_rng(4).choice(1000, 300, replace=False))
    values = [silhouette_samples(space.unit64(), kmeans(space, k, seed=4).labels)[rows] for k in (5, 20)]
    best = values[int(np.argmax([value.mean() for value in values]))]
    for point, value in zip(found.points, values, strict=True):
        assert point.silhouette == pytest.approx(value.mean(), abs=1e-7)
        assert point.standard_error == pytest.approx(value.std(ddof=1) / np.sqrt(300), rel=1e-5)
        assert point.behind == pytest.approx((best - value).mean(), abs=1e-7)
        assert point.behind_error == pytest.approx((best - value).std(ddof=1) / np.sqrt(300), rel=1e-5)
        assert point.inertia == pytest.approx(kmeans(space, point.k, seed=4).objective / 1000)
        assert point.poor is None


def test_the_share_of_poor_clusters_counts_clusters_not_rows():
    labels = np.array([0, 0, 0, 1, 1, 3], dtype=np.int32)  # no row has 2
    quality = np.array([1.0, 1, 1, 5, 6, 2])
    assert poor_share(labels, quality, 2.5) == pytest.approx(2 / 3)
    assert poor_share(labels, quality, 1.0) == 0
    assert poor_share(labels, quality, 99.0) == 1


def test_numbers_of_clusters_are_the_papers_as_far_as_the_rows_go():
    assert default_counts(200_000) == [64, 128, 256, 512, 1024, 2048, 4096, 8192]
    assert default_counts(5000) == [64, 128, 256, 512]
    assert default_counts(600) == [2, 4, 8, 16, 32, 64]
    assert default_counts(100) == [2, 4, 8, 16, 32]
    for wrong in ([1, 4], [4, 240], []):
        with pytest.raises(UserError, match="Numbers of clusters must be from 2 to 239"):
            sweep_clusters(Space(apart()), wrong)


def test_a_sweep_can_be_cancelled():
    def cancel(share, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        sweep_clusters(Space(apart()), [3], progress=cancel)
