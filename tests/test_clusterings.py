"""Groups of rows: what every clustering promises, and what k-means and HDBSCAN promise beyond that."""

import warnings

import numpy as np
import pytest

from core.clusterings import CLUSTERINGS, by_size, cluster
from core.clusterings import hdbscan as hdbscan_module
from core.errors import Cancelled, UserError
from core.geometry import Space

every_clustering = pytest.mark.parametrize("name", sorted(CLUSTERINGS))


def islands(sizes=(90, 60, 30), dim: int = 16, seed: int = 0) -> tuple[Space, np.ndarray, np.ndarray]:
    """Tight groups of those sizes in mixed order, their map, and the group of each row."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    rows = np.eye(dim)[labels] + 0.02 * rng.standard_normal((len(labels), dim))
    angles = labels * (2 * np.pi / len(sizes))
    xy = 10 * np.column_stack([np.cos(angles), np.sin(angles)]) + 0.3 * rng.standard_normal((len(labels), 2))
    return Space(rows), xy, labels


def test_the_two_clusterings_of_the_first_release_are_there():
    assert set(CLUSTERINGS) >= {"kmeans", "hdbscan"}


@every_clustering
def test_labels_count_from_the_largest_group(name):
    space, xy, truth = islands()
    params = {"k": 3} if name == "kmeans" else {}
    found = cluster(name, space, xy, **params)
    assert found.labels.dtype == np.int32
    np.testing.assert_array_equal(found.labels, truth)
    np.testing.assert_array_equal(found.sizes, [90, 60, 30])


@every_clustering
@pytest.mark.parametrize("n", [1, 2, 3, 6, 40])
def test_any_number_of_rows_is_grouped_without_a_warning(name, n):
    rng = np.random.default_rng(n)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = cluster(name, Space(rng.standard_normal((n, 5))), rng.standard_normal((n, 2)))
    assert found.labels.shape == (n,)
    assert found.labels.min() >= -1
    assert (np.diff(found.sizes) <= 0).all()
    assert (found.sizes > 0).all()


@every_clustering
def test_rows_that_are_all_alike_are_at_most_one_group(name):
    found = cluster(name, Space(np.ones((60, 4))), np.zeros((60, 2)))
    assert found.labels.max() <= 0


@every_clustering
def test_the_same_rows_give_the_same_groups_twice(name):
    space, xy, _ = islands()
    first = cluster(name, space, xy)
    np.testing.assert_array_equal(first.labels, cluster(name, Space(space.raw), xy.copy()).labels)


@every_clustering
def test_a_cancel_comes_through(name):
    space, xy, _ = islands()

    def stop(share, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        cluster(name, space, xy, progress=stop)


@every_clustering
def test_a_cancel_is_heard_at_every_report_and_once_the_long_call_has_ended(name):
    space, xy, _ = islands()
    reports: list[tuple[float, str]] = []
    cluster(name, space, xy, progress=lambda *report: reports.append(report))
    assert len(reports) >= 3  # before, after and at the end
    for last in range(1, len(reports) + 1):
        heard: list[float] = []

        def stop(share, message, last=last, heard=heard):
            heard.append(share)
            if len(heard) == last:
                raise Cancelled

        with pytest.raises(Cancelled):
            cluster(name, Space(space.raw), xy, progress=stop)
        assert len(heard) == last


@every_clustering
def test_an_unknown_parameter_is_refused_by_name(name):
    with pytest.raises(UserError, match="has no parameter 'linkage'"):
        cluster(name, *islands()[:2], linkage="ward")


def test_an_unknown_clustering_is_refused_with_the_known_ones():
    with pytest.raises(UserError, match="hdbscan, kmeans"):
        cluster("optics", Space(np.eye(3)))


def test_groups_are_numbered_by_size_and_of_equals_by_the_earliest_row():
    labels = np.array([7, -3, 4, 4, 9, 9, 9, 7, 5])
    np.testing.assert_array_equal(by_size(labels), [1, -1, 2, 2, 0, 0, 0, 1, 3])


def test_nothing_but_unclustered_rows_stays_unclustered():
    np.testing.assert_array_equal(by_size(np.array([-1, -1])), [-1, -1])


@pytest.mark.parametrize(("n", "k"), [(9, 2), (100, 5), (576, 12), (10_000, 40)])
def test_kmeans_makes_half_the_root_of_the_rows_many_groups(n, k):
    found = cluster("kmeans", Space(np.random.default_rng(0).standard_normal((n, 3))))
    assert found.details["k"] == len(found.sizes) == k


def test_kmeans_never_asks_for_more_groups_than_there_are_distinct_rows():
    found = cluster("kmeans", Space(np.repeat(np.eye(3), 50, axis=0)), k=20)
    np.testing.assert_array_equal(found.sizes, [50, 50, 50])


def test_hdbscan_says_that_it_needs_a_map():
    with pytest.raises(UserError, match="Make one first"):
        cluster("hdbscan", Space(np.eye(9)))


def test_hdbscan_leaves_what_lies_alone_in_no_group():
    space, xy, truth = islands()
    far = np.array([[100.0, 100.0], [-100.0, 80.0], [90.0, -120.0]])
    everything = Space(np.vstack([space.raw, np.eye(16)[13:]]))
    found = cluster("hdbscan", everything, np.vstack([xy, far]))
    np.testing.assert_array_equal(found.labels, [*truth, -1, -1, -1])


def test_hdbscan_counts_copies_on_one_place_as_many_rows():
    xy = np.repeat(np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]]), [400, 300, 200], axis=0)
    found = cluster("hdbscan", Space(np.ones((900, 2))), xy)
    np.testing.assert_array_equal(found.sizes, [400, 300, 200])


def test_a_large_map_is_read_by_sample_and_every_row_gets_a_label(monkeypatch):
    monkeypatch.setattr(hdbscan_module, "_MOST", 200)
    monkeypatch.setattr(hdbscan_module, "_SAMPLE", 150)
    space, xy, truth = islands(sizes=(300, 200, 100))
    found = cluster("hdbscan", space, xy)
    np.testing.assert_array_equal(found.labels, truth)
    assert found.details["rows_read"] == 150
