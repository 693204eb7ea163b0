"""Maps: what every projection promises, and what PCA and UMAP promise beyond that."""

import threading
import warnings

import numpy as np
import pytest

from core.errors import Cancelled, UserError
from core.geometry import Space
from core.progress import silent
from core.projections import PROJECTIONS, oriented, project
from core.projections import umap as umap_module
from core.projections._landmarks import place_beside
from core.results import Projection, pack_projection, unpack_projection
from core.trustworthiness import trustworthiness

every_projection = pytest.mark.parametrize("name", sorted(PROJECTIONS))


def islands(groups: int = 4, each: int = 60, dim: int = 24, seed: int = 0) -> tuple[Space, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(groups), each)
    return Space(np.eye(dim)[labels] + 0.05 * rng.standard_normal((groups * each, dim))), labels


def test_the_two_maps_of_the_first_release_are_there():
    assert set(PROJECTIONS) >= {"pca", "umap"}


@every_projection
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 17])
def test_any_number_of_rows_is_placed(name, n):
    rows = np.random.default_rng(n).standard_normal((n, 6))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        xy = project(name, Space(rows))
    assert xy.shape == (n, 2)
    assert xy.dtype == np.float32
    assert np.isfinite(xy).all()


@every_projection
def test_one_dimension_is_enough(name):
    assert np.isfinite(project(name, Space(np.array([[1.0], [-1.0], [2.0], [3.0], [-4.0]])))).all()


@every_projection
def test_the_same_rows_give_the_same_map_twice(name):
    space, _ = islands()
    np.testing.assert_array_equal(project(name, space), project(name, Space(space.raw)))


@every_projection
def test_exact_copies_lie_on_one_place(name):
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((9, 7))
    copies = rng.permutation(np.repeat(np.arange(9), 40))
    xy = project(name, Space(rows[copies]))
    for row in range(9):
        assert np.ptp(xy[copies == row], axis=0).max() < 1e-5
    places = np.array([xy[copies == row][0] for row in range(9)])
    assert min(np.linalg.norm(places[i] - places[j]) for i in range(9) for j in range(i)) > 1e-3


@every_projection
def test_all_rows_alike_are_one_point_in_the_middle(name):
    np.testing.assert_allclose(project(name, Space(np.ones((30, 5)))), 0, atol=1e-6)


@every_projection
def test_separate_groups_stay_separate(name):
    space, labels = islands(groups=3)  # three groups span a plane, so that even PCA can keep them apart
    xy = project(name, space)
    centres = np.array([xy[labels == group].mean(axis=0) for group in range(3)])
    nearest = np.linalg.norm(xy[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == labels).all()


@every_projection
def test_a_cancel_comes_through(name):
    space, _ = islands()

    def stop(share, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        project(name, space, progress=stop)


@every_projection
def test_progress_rises_from_nothing_to_done(name):
    space, _ = islands()
    shares = []
    project(name, space, progress=lambda share, message: shares.append(share))
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0


@every_projection
def test_an_unknown_parameter_is_refused_by_name(name):
    with pytest.raises(UserError, match="has no parameter 'colour'"):
        project(name, Space(np.eye(3)), colour="red")


def test_an_unknown_projection_is_refused_with_the_known_ones():
    with pytest.raises(UserError, match="pca, umap"):
        project("tsne", Space(np.eye(3)))


@pytest.mark.parametrize("shape", [(40, 9), (9, 40), (700, 600), (600, 700)])
def test_pca_agrees_with_a_singular_value_decomposition(shape):
    rows = np.random.default_rng(2).standard_normal(shape) * np.linspace(3, 1, shape[1])
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    left, values, _ = np.linalg.svd(unit - unit.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(project("pca", Space(rows))), np.abs(left[:, :2] * values[:2]), atol=2e-6)


def test_pca_keeps_its_picture_when_the_space_is_turned():
    rng = np.random.default_rng(3)
    rows = rng.exponential(size=(200, 5)) * [4, 3, 1, 1, 1]
    turn, _ = np.linalg.qr(rng.standard_normal((5, 5)))
    np.testing.assert_allclose(project("pca", Space(rows)), project("pca", Space(rows @ turn)), atol=1e-5)


@pytest.mark.parametrize("mirror", [(1, -1), (-1, 1), (-1, -1)])
def test_a_turned_or_mirrored_map_is_the_same_map(mirror):
    rng = np.random.default_rng(4)
    xy = rng.exponential(size=(300, 2)) * [3, 1]
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    np.testing.assert_allclose(oriented(xy), oriented((xy * mirror) @ turn + [5, -2]), atol=1e-5)


def test_a_map_on_a_line_lies_across():
    xy = oriented(np.outer(np.array([0.0, 1.0, 2.0, 7.0]), [1.0, 1.0]))
    np.testing.assert_array_equal(xy[:, 1], 0)
    np.testing.assert_allclose(xy[:, 0], np.array([-2.5, -1.5, -0.5, 4.5]) * np.sqrt(2), rtol=1e-6)


def test_umap_obeys_its_seed():
    space, _ = islands()
    assert not np.array_equal(project("umap", space, seed=0), project("umap", space, seed=1))


def test_umap_of_very_many_rows_arranges_some_and_puts_the_others_beside_them(monkeypatch):
    monkeypatch.setattr("core.projections._landmarks.ALL_UP_TO", 200)
    monkeypatch.setattr("core.projections._landmarks.LANDMARKS", 80)
    space, labels = islands()
    details = {}
    xy = project("umap", space, details=details)
    np.testing.assert_array_equal(xy, project("umap", Space(space.raw)))
    assert details == {
        "landmarks": 80,
        "rows": 240,
        "recall": 1.0,
        "trustworthiness": pytest.approx(trustworthiness(space, xy), abs=1e-3),
    }
    centres = np.array([xy[labels == group].mean(axis=0) for group in range(4)])
    assert (np.linalg.norm(xy[:, None] - centres, axis=2).argmin(axis=1) == labels).all()
    little = {}
    project("umap", space.subset(np.arange(200)), details=little)
    assert little == {}, "all rows were arranged"


def test_a_map_of_landmarks_says_how_it_was_made_and_any_other_nothing():
    xy = np.zeros((3, 2), dtype=np.float32)
    details = {"landmarks": 50_000, "rows": 1_000_000, "recall": 0.9871, "trustworthiness": 0.9312}
    found = Projection("umap", {"seed": 0}, xy, 312.4, details)
    assert unpack_projection(*pack_projection(found)).note == found.note
    assert found.note == (
        "50,000 of 1,000,000 rows were arranged, in 312 s with all that follows; each other row lies beside those of "
        "them that are nearest to it (98.7% of these were found, by a sample). Trustworthiness 0.931, on 1,000 sampled "
        "rows and 15 neighbours: 1 is best, 0.5 is chance."
    )
    assert Projection("umap", {}, xy).note == ""
    assert "details" not in pack_projection(Projection("pca", {}, xy))[0]


def test_a_row_lies_between_its_nearest_landmarks():
    rng = np.random.default_rng(6)
    space, landmarks = Space(rng.standard_normal((60, 5))), np.arange(0, 60, 4)
    arranged = rng.standard_normal((15, 2))
    placed, found = place_beside(space, landmarks, arranged, silent)
    assert found == 1.0
    for row in range(60):
        distance = 1 - space.unit64()[landmarks] @ space.unit64()[row]
        near = np.argsort(distance)[:3]
        extra = distance[near] - distance[near].min()
        weight = np.exp(-extra / (0.3 * extra.mean()))
        own = arranged[row // 4] if row % 4 == 0 else weight @ arranged[near] / weight.sum()
        np.testing.assert_allclose(placed[row], own, atol=1e-5)


def test_trustworthiness_of_all_rows_is_that_of_scikit_learn():
    from sklearn.manifold import trustworthiness as theirs

    rng = np.random.default_rng(7)
    space, xy = Space(rng.standard_normal((150, 6))), rng.standard_normal((150, 2))
    for places in (xy, project("pca", space)):
        assert trustworthiness(space, places) == pytest.approx(
            theirs(space.unit64(), places, n_neighbors=15, metric="cosine"), abs=1e-9
        )
    some = trustworthiness(space, xy, neighbors=5, sample=40)
    assert some == pytest.approx(theirs(space.unit64(), xy, n_neighbors=5, metric="cosine"), abs=0.1)
    assert trustworthiness(space, space.unit) == 1.0, "the rows themselves as a map"


def test_umap_does_not_care_for_the_length_of_rows():
    space, _ = islands(groups=2)
    longer = Space(space.raw * 8, normalize=False)  # a power of two, so that unit rows keep every digit
    np.testing.assert_allclose(project("umap", longer), project("umap", Space(space.raw)), atol=1e-4)


def test_umap_keeps_neighbours_together():
    rng = np.random.default_rng(5)
    angles = np.sort(rng.uniform(0, 1.5 * np.pi, 400))  # an open arc in 12 dimensions
    plane, _ = np.linalg.qr(rng.standard_normal((12, 2)))
    xy = project("umap", Space(np.column_stack([np.cos(angles), np.sin(angles)]) @ plane.T))
    steps = np.linalg.norm(np.diff(xy, axis=0), axis=1)
    pairs = np.linalg.norm(xy[:, None] - xy, axis=2)
    assert np.median(steps) < 0.1 * np.median(pairs)


def test_umap_can_be_cancelled_between_epochs_and_runs_again_afterwards():
    space, _ = islands()
    seen = []

    def stop(share, message):
        seen.append(message)
        if "epoch" in message:
            raise Cancelled

    with pytest.raises(Cancelled):
        project("umap", space, progress=stop)
    assert sum("epoch" in message for message in seen) == 1
    assert project("umap", space).shape == (len(space), 2)


def test_a_map_waits_for_a_warm_up_and_can_be_cancelled_while_it_waits():
    space, _ = islands(groups=2)
    waits = []

    def stop(share, message):
        if "waiting" in message:
            waits.append(message)
            raise Cancelled

    with umap_module._ONE_AT_A_TIME, pytest.raises(Cancelled):
        project("umap", space, progress=stop)
    assert len(waits) == 1


def test_two_maps_in_two_threads_come_out_whole():
    space, _ = islands()
    expected = project("umap", space)
    found = []
    threads = [threading.Thread(target=lambda: found.append(project("umap", space))) for _ in range(2)]
    threads.append(threading.Thread(target=umap_module.warm_up))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    for xy in found:
        np.testing.assert_array_equal(xy, expected)
