"""k-means: what is promised of any cloud, and how good the groups are beside another program's."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from core.clustering import kmeans
from core.errors import Cancelled
from core.geometry import Space
from tests.golden.inputs import array


def blobs(groups, each, d, spread, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((groups, d)).repeat(each, axis=0) + spread * rng.standard_normal((groups * each, d))
    return rows[rng.permutation(len(rows))].astype(np.float32)


CLOUDS = {
    "A": Space(array("A")),
    "D": Space(array("D"), normalize=False),
    "copies": Space(array("C")),
    "blobs": Space(blobs(12, 60, 10, 0.3), normalize=False),
}
every_cloud = pytest.mark.parametrize("cloud", CLOUDS)


@every_cloud
@pytest.mark.parametrize("k", [1, 2, 20, 150])
def test_every_row_is_with_its_nearest_centroid_and_groups_fall_in_size(cloud, k):
    space = CLOUDS[cloud]
    found = kmeans(space, k, seed=3)
    assert found.k == k
    assert found.centroids.shape == (k, space.dim)
    squared = ((space.rows64()[:, None, :] - found.centroids) ** 2).sum(-1)
    assert np.allclose(found.distances, squared[np.arange(len(space)), found.labels], rtol=1e-9, atol=1e-12)
    assert np.allclose(found.distances, squared.min(axis=1), rtol=1e-5, atol=1e-6)
    assert found.objective == pytest.approx(found.distances.sum())
    assert (np.diff(found.sizes) <= 0).all()
    assert found.sizes.min() >= 1
    assert found.sizes.sum() == len(space)


@every_cloud
def test_members_are_all_rows_of_a_group_the_nearest_first(cloud):
    found = kmeans(CLOUDS[cloud], 13)
    members = found.members()
    for group, rows in enumerate(members):
        assert np.array_equal(np.sort(rows), np.flatnonzero(found.labels == group))
        assert (np.diff(found.distances[rows]) >= 0).all()
    assert found.nearest_rows().tolist() == [rows[0] for rows in members]


def test_equally_near_rows_are_listed_by_their_number():
    found = kmeans(Space(np.array([[0.0, 1], [2, 1], [0, 1], [2, 1]]), normalize=False), 1)
    assert found.members()[0].tolist() == [0, 1, 2, 3]


@every_cloud
def test_the_same_seed_makes_the_same_groups_and_another_seed_others(cloud):
    first, second, third = (kmeans(CLOUDS[cloud], 30, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.labels, second.labels)
    assert np.array_equal(first.centroids, second.centroids)
    assert not np.array_equal(first.labels, third.labels)


@pytest.mark.parametrize("k", [3, 4, 50])
def test_there_are_no_more_groups_than_distinct_rows(k):
    found = kmeans(Space(np.repeat(np.eye(3), [5, 4, 3], axis=0)), k)
    assert found.k == 3
    assert found.objective == pytest.approx(0, abs=1e-12)
    assert found.labels.tolist() == [0] * 5 + [1] * 4 + [2] * 3


@pytest.mark.parametrize("n", [1, 7])
@pytest.mark.parametrize("k", [1, 5])
def test_one_point_however_often_is_one_group(n, k):
    point = np.array([[0.6, 0.8]])
    found = kmeans(Space(np.tile(point, (n, 1))), k)
    assert found.k == 1
    assert np.allclose(found.centroids, point)
    assert found.labels.tolist() == [0] * n


def test_copies_are_in_one_group():
    space = CLOUDS["copies"]
    found = kmeans(space, 40)
    assert np.array_equal(found.labels, found.labels[space.first_copies])


def test_rows_so_close_that_float32_cannot_tell_them_apart_still_make_groups():
    rows = np.ones((60, 4), np.float32)
    rows[:, 0] += np.arange(60, dtype=np.float32) * np.float32(1.2e-7)
    found = kmeans(Space(rows, normalize=False), 10)
    assert 1 <= found.k <= 10
    assert found.sizes.sum() == 60


def test_groups_that_lie_far_apart_are_found():
    rows = blobs(15, 40, 8, 0.02, seed=5)
    found = kmeans(Space(rows, normalize=False), 15)
    assert found.sizes.tolist() == [40] * 15
    assert found.objective < 15 * 40 * 8 * 0.02**2 * 1.1


@pytest.mark.parametrize(("cloud", "k"), [("A", 20), ("A", 100), ("blobs", 12), ("blobs", 40), ("D", 15)])
def test_groups_are_on_average_as_tight_as_those_of_scikit_learn(cloud, k):
    space, seeds = CLOUDS[cloud], range(8)  # one start alone may miss a group, in both programs
    others = [KMeans(k, n_init=1, random_state=seed).fit(space.rows64()).inertia_ for seed in seeds]
    own = [kmeans(space, k, seed=seed).objective for seed in seeds]
    assert np.mean(own) <= 1.02 * np.mean(others) + 2 * np.std(others) / np.sqrt(len(seeds))


def test_very_many_rows_are_settled_by_a_sample_first_and_end_nearly_as_tight(monkeypatch):
    space, said = Space(blobs(40, 300, 12, 0.8, seed=4)), []
    calm = kmeans(space, 30, seed=2)
    monkeypatch.setattr("core.clustering._MANY", 5_000)
    monkeypatch.setattr("core.clustering._LEAST_SAMPLE", 0)
    found = kmeans(space, 30, seed=2, progress=lambda share, message: said.append((share, message)))
    assert found.objective < 1.005 * calm.objective
    assert np.array_equal(found.labels, kmeans(space, 30, seed=2).labels)
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    sizes = [message.split()[1] for _, message in said if "round" in message]
    assert set(sizes) == {"3,000", "12,000"}
    assert sizes == sorted(sizes, key=["3,000", "12,000"].index)


def test_rows_are_not_written_to():
    rows = blobs(4, 30, 6, 0.4)
    before = rows.copy()
    kmeans(Space(rows, normalize=False), 6)
    assert np.array_equal(rows, before)
    rows.flags.writeable = False
    assert kmeans(Space(rows, normalize=False), 6).k == 6


def test_work_reports_a_share_that_grows_and_can_be_cancelled():
    shares = []
    kmeans(CLOUDS["A"], 64, progress=lambda share, message: shares.append(share))
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1

    def cancel(share, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        kmeans(CLOUDS["A"], 64, progress=cancel)
