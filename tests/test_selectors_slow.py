"""The selectors beside second implementations: every step over all rows in float64, as the formula is written."""

import math
import re

import numpy as np
import pytest

from core.clustering import kmeans
from core.errors import UserError
from core.geometry import Space
from core.near_cells import nearest_in_cells, recall
from core.progress import silent
from core.selectors import select
from core.selectors._by_cluster import clustered
from core.selectors._novelty_rule import NoveltyRule
from core.selectors._shares import share_out
from tests.golden.inputs import array

TIE = 1e-12  # relative: values that differ by less are equal but for the order of their sums


def lowest_of_the_best(value, chosen, least=0.0):
    """The first of the best values of those not chosen; values closer than TIE, of `least` at least, are equal."""
    value = value.copy()
    value[chosen] = -np.inf
    best = value.max()
    return int(np.flatnonzero(value >= best - TIE * (least + abs(best)))[0])


def slow_k_center(rows, budget, first):
    chosen, gains, distance = [first], [math.nan], np.full(len(rows), np.inf)
    while len(chosen) < budget:
        distance = np.minimum(distance, np.sqrt(((rows - rows[chosen[-1]]) ** 2).sum(axis=1)))
        chosen.append(lowest_of_the_best(distance, chosen))
        gains.append(distance[chosen[-1]])
    return chosen, gains


def slow_novelselect(
    rows, budget, first, *, form, alpha, beta, neighbors=10, include_self=False, reference=None, factors=1.0
):
    """METHODS 1.3 to the letter. `reference` has the rows whose density counts; the pool itself by default."""
    rows = rows / np.sqrt((rows**2).sum(axis=1))[:, None]
    pool = np.unique(rows if reference is None else reference, axis=0)
    pool = pool / np.sqrt((pool**2).sum(axis=1))[:, None]
    squared = np.sort(((rows[:, None] - pool) ** 2).sum(-1), axis=1)
    if beta == 0:
        dense = np.ones(len(rows))
    elif form == "released":
        dense = (squared[:, 1 : neighbors + 1].mean(axis=1) + 1e-9) ** -beta
    else:  # the row itself is not its own neighbour, and there may be no such row in the reference
        itself = (squared[:, 0] < 1e-20).astype(int)
        nearest = [row[skip : skip + neighbors] / 2 for row, skip in zip(squared, itself, strict=True)]
        dense = np.maximum(np.sum(nearest, axis=1), 1e-9) ** -beta
    chosen, gains = [first], [math.nan]
    while len(chosen) < budget:
        distance = np.maximum(1 - rows @ rows[chosen].T, 0)
        if form == "released":
            delta = np.sort(distance * (dense[:, None] + dense[chosen]), axis=1)
        else:
            order = np.argsort(distance, axis=1, kind="stable")
            delta = np.take_along_axis(distance * dense[chosen], order, axis=1)
        weight = (np.arange(1, len(chosen) + 1) + include_self) ** -alpha
        value = factors * (delta * weight).sum(axis=1) / len(chosen)
        chosen.append(lowest_of_the_best(value, chosen))
        gains.append(value[chosen[-1]])
    return chosen, gains


def blobs(n, d, *, copies=0, near=0, seed=0):
    """Clumps of different width, some rows of which are exact copies, and some very nearly."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((6, d))[rng.integers(0, 6, n)] + rng.random((n, 1)) * rng.standard_normal((n, d))
    places = rng.permutation(n)
    rows[places[:copies]] = rows[places[copies : 2 * copies]]
    rows[places[n - near :]] = rows[places[n - 2 * near : n - near]] + 1e-5
    return rows.astype(np.float32)


def crosses(d):
    """The 2 d ends of the axes, twice: nothing but exact ties, in float32 too."""
    return np.tile(np.concatenate([np.eye(d), -np.eye(d)]), (2, 1)).astype(np.float32)


CLOUDS = {
    "blobs": blobs(300, 12),
    "two dimensions": blobs(250, 2, seed=1),
    "copies": blobs(240, 8, copies=60, seed=2),
    "near copies": blobs(200, 8, near=60, seed=3),
    "crosses": crosses(9),
}
every_cloud = pytest.mark.parametrize("cloud", CLOUDS)


@every_cloud
@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("keep_copies", [True, False])
def test_k_center(cloud, normalize, keep_copies):
    space = Space(CLOUDS[cloud], normalize=normalize)
    pool = np.arange(len(space)) if keep_copies else space.distinct
    chosen, gains = slow_k_center(space.rows64()[pool], len(pool), 3)
    found = select("k_center", space, len(pool), first=int(pool[3]), keep_copies=keep_copies)
    assert np.array_equal(found.positions, pool[chosen])
    assert np.allclose(found.gains[1:], gains[1:], rtol=1e-9, atol=1e-9)


def test_k_center_of_points_on_a_grid_takes_the_lowest_of_equals():
    grid = np.stack(np.meshgrid(np.arange(9.0), np.arange(9.0)), axis=-1).reshape(-1, 2)
    found = select("k_center", Space(grid + 1, normalize=False), 81, first=0)
    assert found.positions.tolist() == slow_k_center(grid, 81, 0)[0]
    assert found.positions[:4].tolist() == [0, 80, 8, 72]


def test_k_center_of_more_rows_than_are_kept_up_to_date_at_once():
    rows = np.concatenate([blobs(2600, 3, seed=4), np.tile(blobs(40, 3, seed=5), (10, 1))])
    space = Space(rows)
    found = select("k_center", space, 400, first=7, keep_copies=True)
    assert found.positions.tolist() == slow_k_center(space.unit64(), 400, 7)[0]


SETTINGS = [
    {"form": form, "alpha": alpha, "beta": beta, "include_self": include_self}
    for form in ("released", "paper")
    for alpha, beta, include_self in [
        (1.0, 0.5, False),
        (1.0, 0.5, True),
        (0.0, 0.5, False),
        (2.5, 0.0, False),
        (0.5, 2.0, True),
        (8.0, 1.0, False),
    ]
]
every_setting = pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: "-".join(map(str, s.values())))


@every_setting
@every_cloud
@pytest.mark.parametrize("keep_copies", [True, False])
def test_novelselect(cloud, setting, keep_copies):
    space = Space(CLOUDS[cloud])
    pool = np.arange(len(space)) if keep_copies else space.distinct
    budget = min(len(pool), 70)
    chosen, gains = slow_novelselect(space.unit64()[pool], budget, 3, **setting)
    found = select("novelselect", space, budget, first=int(pool[3]), keep_copies=keep_copies, **setting)
    assert np.array_equal(found.positions, pool[chosen])
    assert np.allclose(found.gains[1:], gains[1:], rtol=1e-8, atol=1e-12)


@every_setting
def test_novelselect_beside_the_density_of_another_pool(setting):
    space, pool = Space(array("B[:150]")), Space(array("B[100:400]"))
    chosen, gains = slow_novelselect(space.unit64(), 60, 0, neighbors=4, reference=pool.unit64(), **setting)
    found = select("novelselect", space, 60, first=0, neighbors=4, reference=pool, **setting)
    assert found.positions.tolist() == chosen
    assert np.allclose(found.gains[1:], gains[1:], rtol=1e-8)


@every_setting
@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0, 3.0])
def test_novelselect_multiplied_by_a_score(setting, strength):
    rows, score = blobs(150, 4, near=10, seed=9), np.random.default_rng(4).integers(0, 6, 150).astype(float)
    space = Space(rows)
    chosen, gains = slow_novelselect(space.unit64(), 90, 5, factors=score**strength, **setting)
    found = select("novelselect", space, 90, first=5, quality=score, strength=strength, **setting)
    assert found.positions.tolist() == chosen
    assert np.allclose(found.gains[1:], gains[1:], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("form", ["released", "paper"])
def test_novelselect_stretches_a_score_to_0_and_1_where_it_is_asked_to(form):
    rows, score = blobs(80, 4, seed=9), np.random.default_rng(4).normal(size=80)
    chosen, _ = slow_novelselect(
        Space(rows).unit64(),
        30,
        5,
        form=form,
        alpha=1.0,
        beta=0.5,
        factors=(score - score.min()) / (score.max() - score.min()),
    )
    found = select("novelselect", Space(rows), 30, first=5, quality=score, scale="unit", form=form)
    assert found.positions.tolist() == chosen
    itself = select("novelselect", Space(rows), 30, first=5, quality=score, form=form)
    assert itself.positions.tolist() == chosen, "a score below 0 is stretched unasked"
    assert "were stretched to lie between 0 and 1" in itself.notes[0]
    with pytest.raises(UserError, match=rf"{(score < 0).sum()} of 80 scores are below 0 .* Use scale=unit"):
        select("novelselect", Space(rows), 30, quality=score, scale="as given")


@pytest.mark.parametrize("name", ["novelselect", "novelselect_parts"])
def test_a_score_that_is_the_same_everywhere_changes_no_choice(name):
    space = Space(blobs(80, 4, seed=9))
    plain = select(name, space, 30).positions.tolist()
    for same in (0.25, -3.0):
        for scale in ("auto", "unit"):
            assert select(name, space, 30, quality=np.full(80, same), scale=scale).positions.tolist() == plain


def test_a_power_of_a_score_that_no_number_holds_is_refused():
    with pytest.raises(UserError, match=r"Scores up to 1e\+40 to the power of 10 are too large"):
        select("novelselect", Space(blobs(80, 4)), 9, quality=np.full(80, 1e40), strength=10.0)


@pytest.mark.parametrize("form", ["released", "paper"])
def test_novelselect_of_a_whole_pool(form):
    space = Space(blobs(160, 5, seed=6))
    chosen, _ = slow_novelselect(space.unit64(), 160, 1, form=form, alpha=1.0, beta=0.5)
    assert select("novelselect", space, 160, first=1, form=form).positions.tolist() == chosen


def test_novelselect_needs_more_distinct_rows_than_neighbours_unless_density_does_not_count():
    space = Space(np.tile(CLOUDS["blobs"][:10], (3, 1)))
    with pytest.raises(UserError, match=r"at least 11 distinct rows; .* has 10"):
        select("novelselect", space, 5)
    assert len(select("novelselect", space, 5, beta=0.0)) == 5
    assert len(select("novelselect", space, 5, neighbors=9)) == 5


@pytest.mark.parametrize("name", ["kmeans_closest", "kmeans_random"])
@pytest.mark.parametrize("shares", ["even", "proportional"])
@pytest.mark.parametrize(("budget", "clusters"), [(10, 10), (50, 7), (200, 20), (290, 12)])
def test_every_cluster_gives_its_share(name, shares, budget, clusters):
    space = Space(CLOUDS["blobs"])
    found = select(name, space, budget, seed=4, clusters=clusters, shares=shares)
    groups = kmeans(space, clusters, seed=4)
    given = np.bincount(groups.labels[found.positions], minlength=groups.k)
    assert given.sum() == budget
    if shares == "even":  # one level for all that are large enough, and whole smaller ones
        level = given.max()
        assert ((given >= np.minimum(groups.sizes, level - 1)) & (given <= level)).all()
    else:  # its share of the budget up or down to whole rows, up where the remainder is larger
        share = budget * groups.sizes / len(space)
        up = given > share
        assert (abs(given - share) < 1).all()
        remainder = share % 1
        assert remainder[up].min(initial=1) >= remainder[~up & (remainder > 0)].max(initial=0)
    assert len(set(groups.labels[found.positions[: groups.k]])) == min(groups.k, np.count_nonzero(given))


def test_the_closest_rows_of_every_cluster_are_chosen():
    space = Space(CLOUDS["blobs"])
    found = select("kmeans_closest", space, 60, seed=1, clusters=8)
    groups = kmeans(space, 8, seed=1)
    distance = np.sqrt(((space.unit64() - groups.centroids[groups.labels]) ** 2).sum(axis=1))
    assert np.allclose(found.gains, -distance[found.positions])
    for group in range(groups.k):
        rows = np.flatnonzero(groups.labels == group)
        inside = found.positions[groups.labels[found.positions] == group]
        assert inside.tolist() == rows[np.argsort(distance[rows], kind="stable")][: len(inside)].tolist()


def test_random_rows_of_a_cluster_all_have_their_turn():
    space = Space(CLOUDS["blobs"][:40])
    groups = kmeans(space, 1)
    assert groups.k == 1
    drawn = [select("kmeans_random", space, 4, seed=seed, clusters=1).positions for seed in range(100)]
    counts = np.bincount(np.concatenate(drawn), minlength=40)
    assert abs(counts - 10).max() < 4.5 * math.sqrt(100 * 0.1 * 0.9), "100 draws of 4 from 40: about 10 each"


@pytest.mark.parametrize(
    ("wished", "rows", "budget", "count"),
    [
        *((None, n, n, k) for n, k in ((5, 5), (100, 10), (2500, 50), (10**7, 1000))),
        (None, 10_000, 30, 30),
        (500, 10_000, 300, 300),
        (500, 10_000, 3000, 500),
    ],
)
def test_without_a_number_there_are_the_root_of_the_rows_many_clusters(wished, rows, budget, count, monkeypatch):
    asked = []

    class Rows:
        def __len__(self):
            return rows

    def kmeans_of(space, k, **_):
        asked.append(k)
        return kmeans(Space(CLOUDS["blobs"]), 3)

    monkeypatch.setattr("core.selectors._by_cluster.kmeans", kmeans_of)
    monkeypatch.setattr("core.selectors._by_cluster.share_out", lambda *_: None)
    clustered(Rows(), budget, 0, silent, wished, "even")
    assert asked[-1] == count


@pytest.mark.parametrize(
    ("budget", "weights", "caps", "expected"),
    [
        (10, [1, 1, 1], [9, 9, 9], [4, 3, 3]),  # 3 1/3 each: the one that is left goes to the lower group
        (10, [5, 3, 2], [9, 9, 9], [5, 3, 2]),
        (7, [0.5, 0.3, 0.2], [9, 9, 9], [4, 2, 1]),  # 3.5, 2.1, 1.4: the largest remainder is the first
        (10, [8, 1, 1], [4, 9, 9], [4, 3, 3]),  # the cap of 4 leaves 6 to the two others
        (12, [8, 1, 1], [4, 3, 9], [4, 3, 5]),  # and what the second refuses goes to the third
        (3, [0, 0, 0], [2, 2, 2], [1, 1, 1]),  # no weight at all: equal ones
        (5, [1, 0, 0], [2, 9, 9], [2, 2, 1]),
        (3, [1, 1], [0, 5], [0, 3]),
        (0, [1, 1], [4, 5], [0, 0]),
    ],
)
def test_a_budget_is_shared_out_to_the_last_row(budget, weights, caps, expected):
    assert share_out(budget, np.array(weights, float), np.array(caps)).tolist() == expected


def test_shares_are_whole_and_within_their_caps_for_any_weights():
    rng = np.random.default_rng(0)
    for _ in range(300):
        groups = int(rng.integers(1, 12))
        caps = rng.integers(0, 9, groups)
        weights = rng.random(groups) * rng.integers(0, 2, groups)
        budget = int(rng.integers(0, caps.sum() + 1))
        given = share_out(budget, weights, caps)
        assert given.sum() == budget
        assert ((given >= 0) & (given <= caps)).all()


def test_more_rows_than_the_groups_have_cannot_be_shared_out():
    with pytest.raises(ValueError, match="Cannot share out 6 rows over caps of 5"):
        share_out(6, np.ones(2), np.array([2, 3]))
    assert clustered(Space(CLOUDS["crosses"]), 36, 0, silent, 4, "even")[1].sum() == 36


@every_cloud
@pytest.mark.parametrize("normalize", [True, False])
def test_herding(cloud, normalize):
    space = Space(CLOUDS[cloud], normalize=normalize)
    rows = space.rows64()
    mean = rows.mean(axis=0)
    total = np.zeros(space.dim)
    found = select("herding", space, 80 if len(space) > 80 else 20)
    for count, (position, gain) in enumerate(zip(found.positions, found.gains, strict=True), start=1):
        distance = np.sqrt(((mean - (total + rows) / count) ** 2).sum(axis=1))
        distance[found.positions[: count - 1]] = np.inf
        assert distance[position] == pytest.approx(distance.min(), rel=1e-9, abs=1e-12)
        assert -gain == pytest.approx(distance[position], rel=1e-9, abs=1e-12)
        total += rows[position]


@every_cloud
@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("negative", ["kept", "zero"])
def test_mmr(cloud, weight, negative):
    space = Space(CLOUDS[cloud])
    score = np.round(np.random.default_rng(8).random(len(space)) * 4) + 1  # many equal scores, from 1 to 5
    unit, pool = space.unit64(), space.distinct
    cosine = unit[pool] @ unit[pool].T
    cosine = np.maximum(cosine, 0) if negative == "zero" else cosine
    given = (score[pool] - score[pool].min()) / np.ptp(score[pool])
    budget = min(len(pool), 60)
    found = select("mmr", space, budget, quality=score, spread_weight=weight, negative=negative)
    chosen = [int(given.argmax()) if weight < 1 else 0]
    while len(chosen) < budget:
        chosen.append(lowest_of_the_best((1 - weight) * given - weight * cosine[:, chosen].max(axis=1), chosen))
    assert np.array_equal(found.positions, pool[chosen])


@every_cloud
@pytest.mark.parametrize("tau", [0.2, 0.9, 1.0])
def test_repr_filter(cloud, tau):
    space = Space(CLOUDS[cloud])
    score = np.round(np.random.default_rng(9).random(len(space)), 1)
    unit, kept = space.unit64(), []
    for row in space.distinct[np.argsort(-score[space.distinct], kind="stable")]:
        if not kept or np.einsum("ij,j->i", unit[kept], unit[row]).max() < tau:
            kept.append(int(row))
    found = select("repr_filter", space, len(space.distinct), quality=score, tau=tau)
    assert found.positions.tolist() == kept
    assert np.array_equal(found.gains, score[kept])


def test_repr_filter_of_more_rows_than_are_compared_at_once():
    space = Space(blobs(1500, 6, seed=11))
    score = np.random.default_rng(9).random(1500)
    found = select("repr_filter", space, 1500, quality=score, tau=0.95)
    cosine = space.unit64() @ space.unit64().T
    kept = []
    for row in np.argsort(-score):
        if not kept or cosine[row, kept].max() < 0.95:
            kept.append(int(row))
    assert 256 < len(kept) < 1500
    assert found.positions.tolist() == kept


@every_cloud
def test_farthest(cloud):
    space = Space(CLOUDS[cloud])
    unit = space.unit64()[space.distinct]
    distance = (1 - unit @ unit.T).sum(axis=1) / (len(unit) - 1)
    found = select("farthest", space, len(unit))
    assert np.allclose(found.gains, np.sort(distance)[::-1], rtol=1e-9)
    assert np.allclose(distance[np.searchsorted(space.distinct, found.positions)], found.gains, rtol=1e-9)
    assert (np.diff(found.gains) <= 0).all()


def test_quality_takes_the_best_scores_and_of_equals_the_lowest_row():
    found = select("quality", Space(array("B[:6]")), 5, quality=np.array([1.0, 3.0, 2.0, 3.0, -1.0, 2.0]))
    assert found.positions.tolist() == [1, 3, 2, 5, 0]
    assert found.gains.tolist() == [3, 3, 2, 2, 1]


@pytest.mark.parametrize("above", [1e-11, -1e-11])
def test_repr_filter_decides_in_float64_beside_its_threshold(above):
    space = Space(CLOUDS["blobs"][:40])
    cosine = space.unit64() @ space.unit64().T
    for row in range(1, 40):  # of these two rows alone the later is kept if their cosine is below tau
        pair = space.subset([0, row])
        found = select("repr_filter", pair, 2, quality=np.array([1.0, 0.0]), tau=float(cosine[0, row]) + above)
        assert len(found) == (2 if above > 0 else 1)


def test_mmr_decides_in_float64_between_rows_that_float32_cannot_tell_apart():
    rng = np.random.default_rng(12)
    rows = rng.standard_normal((4, 16)).repeat(15, axis=0)
    space = Space((rows + 2e-7 * rng.standard_normal(rows.shape)).astype(np.float32))
    assert len(space.distinct) == 60
    cosine = space.unit64() @ space.unit64().T
    chosen = [0]
    while len(chosen) < 12:
        chosen.append(lowest_of_the_best(-cosine[:, chosen].max(axis=1), chosen))
    found = select("mmr", space, 12, quality=np.ones(60), spread_weight=1.0)
    assert found.positions.tolist() == chosen


@pytest.mark.parametrize("cloud", ["copies", "near copies"])
@pytest.mark.parametrize("weight", [0.5, 1.0])
def test_mmr_to_the_letter_until_no_row_is_left(cloud, weight):
    """With copies several chosen rows are as near as each other; near-copies are so in float32 alone."""
    space = Space(CLOUDS[cloud])
    score = np.random.default_rng(8).random(len(space))
    given = (score - score.min()) / np.ptp(score)
    cosine = space.unit64() @ space.unit64().T
    chosen = [int(given.argmax()) if weight < 1 else 0]
    highest = cosine[:, chosen[0]]
    while len(chosen) < len(space):
        value = (1 - weight) * given - weight * highest
        value[chosen] = -np.inf
        chosen.append(int(np.flatnonzero(value >= value.max() - 1e-12)[0]))
        highest = np.maximum(highest, cosine[:, chosen[-1]])
    found = select("mmr", space, len(space), quality=score, spread_weight=weight, keep_copies=True)
    assert found.positions.tolist() == chosen


def slow_cover(rows, pool, budget, *, scale=1.0, extra=0.0):
    """Greedily the row of the greatest scale * (growth of the highest cosines, none below 0) + extra."""
    cosine, best, chosen, gains = rows @ pool.T, np.zeros(len(pool)), [], []
    while len(chosen) < budget:
        growth = np.maximum(cosine - best, 0)
        value = scale * np.where(growth > 1e-12, growth, 0).sum(axis=1) + extra
        chosen.append(lowest_of_the_best(value, chosen, scale))
        gains.append(value[chosen[-1]])
        best = np.maximum(best, cosine[chosen[-1]])
    return chosen, gains


@every_cloud
@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("keep_copies", [True, False])
def test_facility_location(cloud, normalize, keep_copies):
    space = Space(CLOUDS[cloud], normalize=normalize)
    pool = np.arange(len(space)) if keep_copies else space.distinct
    unit = space.unit64()[pool]
    chosen, gains = slow_cover(unit, unit, len(pool))
    found = select("facility_location", space, len(pool), keep_copies=keep_copies)
    assert np.array_equal(found.positions, pool[chosen])
    assert np.allclose(found.gains, gains, rtol=1e-9, atol=1e-11)


def test_facility_location_covers_another_pool():
    space, pool = Space(CLOUDS["blobs"][:120]), Space(CLOUDS["blobs"][90:])
    chosen, gains = slow_cover(space.unit64(), pool.unit64(), 120)
    found = select("facility_location", space, 120, reference=pool)
    assert found.positions.tolist() == chosen
    assert np.allclose(found.gains, gains, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("remembered", [0, 30_000, 10**9])
def test_facility_location_is_the_same_however_much_is_remembered(remembered, monkeypatch):
    monkeypatch.setattr("core.selectors._cover._REMEMBERED", remembered)
    space = Space(blobs(1500, 24, seed=21))
    chosen, _ = slow_cover(space.unit64(), space.unit64(), 300)
    assert select("facility_location", space, 300).positions.tolist() == chosen


@every_cloud
def test_facility_location_by_all_the_nearest_rows_is_the_exact_one(cloud):
    space = Space(CLOUDS[cloud])
    budget = min(60, len(space.distinct))
    exact = select("facility_location", space, budget)
    sparse = select("facility_location", space, budget, pairs="nearest", neighbors=1000)
    assert np.allclose(sparse.gains, exact.gains, rtol=1e-4, atol=1e-5)
    assert "Approximate: each row is covered by its" in sparse.notes[0]
    assert not any("Approximate" in note for note in exact.notes)


def coverage(space, positions):
    return np.maximum(space.unit64() @ space.unit64(positions).T, 0).max(axis=1).sum()


def test_facility_location_by_the_nearest_rows_covers_nearly_as_well():
    space = Space(blobs(3000, 16, seed=22))
    exact = select("facility_location", space, 300)
    assert exact.gains.sum() == pytest.approx(coverage(space, exact.positions), rel=1e-9)
    sparse = select("facility_location", space, 300, pairs="nearest")
    assert not np.array_equal(sparse.positions, exact.positions)
    assert coverage(space, sparse.positions) > 0.99 * coverage(space, exact.positions)


def test_facility_location_of_many_rows_searches_the_cells_around_each(monkeypatch):
    monkeypatch.setattr("core.selectors._sparse_cover._SEARCHED_UP_TO", 1)
    monkeypatch.setattr("core.selectors.facility_location.EXACT_UP_TO", 1)
    space = Space(blobs(3000, 16, seed=22))
    found = select("facility_location", space, 300)
    (note,) = found.notes
    assert note.startswith("Approximate: each row is covered by its 64 nearest rows alone, searched for in the cells ")
    assert re.search(r"Of the 64 nearest rows (9\d\.\d|100\.0)% were found, measured on 256 sampled rows\.$", note)
    exact = select("facility_location", space, 300, pairs="all")
    assert coverage(space, found.positions) > 0.985 * coverage(space, exact.positions)


@pytest.mark.parametrize("itself", [True, False])
def test_most_of_the_nearest_rows_are_in_the_cells_around(itself):
    rows = blobs(3500, 16, seed=22)
    space = Space(rows[:3000])
    pool = space if itself else Space(rows[3000:])
    cosines, indices = nearest_in_cells(space, pool, 30, silent)
    every = pool.unit64() @ space.unit64().T
    assert np.allclose(cosines, np.take_along_axis(every, indices, axis=1), atol=1e-5)
    assert all(len(set(row)) == 30 for row in indices.tolist())
    nearest = np.argsort(-every, axis=1)[:, :30]
    hits = [len(np.intersect1d(a, b)) for a, b in zip(indices, nearest, strict=True)]
    assert sum(hits) > 0.9 * nearest.size
    share, checked = recall(space, pool, cosines)
    some = np.sort(np.random.default_rng(0).choice(len(pool), 256, replace=False))
    assert (share, checked) == (pytest.approx(np.mean(hits, where=np.isin(np.arange(len(pool)), some)) / 30), 256)
    few = Space(CLOUDS["crosses"][:18])
    assert np.array_equal(np.sort(nearest_in_cells(few, few, 18, silent)[1], axis=1), np.tile(np.arange(18), (18, 1)))


def test_stochastic_facility_location_takes_the_best_of_those_drawn():
    space = Space(CLOUDS["blobs"])
    unit = space.unit64()
    everyone = select("facility_location_stochastic", space, 40, epsilon=1e-6)  # 300 / 40 * 13.8 rows: a third
    rng, free, best = np.random.default_rng(0), np.arange(300), np.zeros(300)
    for index, gain in zip(everyone.positions, everyone.gains, strict=True):
        drawn = np.sort(rng.choice(len(free), 104, replace=False))
        growth = np.maximum(unit[free[drawn]] @ unit.T - best, 0).sum(axis=1)
        assert index == free[drawn][growth.argmax()]
        assert gain == pytest.approx(growth.max(), rel=1e-9)
        best, free = np.maximum(best, unit @ unit[index]), free[free != index]
    assert everyone.gains.sum() > 0.9 * select("facility_location", space, 40).gains.sum()


@every_cloud
@pytest.mark.parametrize("weight", [0.0, 0.3, 0.9, 1.0])
def test_qdit(cloud, weight):
    space = Space(CLOUDS[cloud])
    score = np.round(np.random.default_rng(8).random(len(space)) * 4) + 1
    pool = space.distinct
    unit = space.unit64()[pool]
    given = (score[pool] - score[pool].min()) / np.ptp(score[pool])
    scale = (1 - weight) / len(pool)
    chosen, gains = slow_cover(unit, unit, len(pool), scale=scale, extra=weight * given)
    found = select("qdit", space, len(pool), quality=score, quality_weight=weight)
    assert np.array_equal(found.positions, pool[chosen])
    assert np.allclose(found.gains, gains, rtol=1e-9, atol=1e-12)


def test_qdit_of_covering_alone_is_facility_location_and_of_the_score_alone_quality():
    space, score = Space(CLOUDS["blobs"]), np.random.default_rng(2).random(300)
    cover = select("qdit", space, 50, quality=score, quality_weight=0.0)
    assert np.array_equal(cover.positions, select("facility_location", space, 50).positions)
    alone = select("qdit", space, 50, quality=score, quality_weight=1.0)
    assert np.array_equal(alone.positions, select("quality", space, 50, quality=score).positions)


def slow_dpp(kernel, budget):
    """Greedily the row that enlarges the determinant the most, each determinant from the beginning."""
    chosen, gains, whole = [], [], 1.0
    while len(chosen) < budget:
        determinants = [
            0.0 if row in chosen else np.linalg.det(kernel[np.ix_([*chosen, row], [*chosen, row])])
            for row in range(len(kernel))
        ]
        best = max(determinants)
        if best <= 1e-10 * whole:
            break
        index = int(np.flatnonzero(np.array(determinants) >= best * (1 - TIE))[0])
        chosen.append(index)
        gains.append(best / whole)
        whole = best
    return chosen, gains


@every_cloud
@pytest.mark.parametrize(
    ("normalize", "kernel", "params"),
    [
        (True, "rbf", {"width": 0.5}),
        (False, "rbf", {"width": 2.0}),
        (True, "cosine", {"ridge": 0.1}),
        (False, "cosine", {"ridge": 0.0}),
        (False, "linear", {}),
    ],
)
@pytest.mark.parametrize("strength", [None, 0.7])
def test_dpp(cloud, normalize, kernel, params, strength):
    space = Space(CLOUDS[cloud], normalize=normalize)
    score = None if strength is None else np.random.default_rng(3).random(len(space))
    pool = space.distinct
    unit, rows = space.unit64(pool), space.rows64(pool)
    match kernel:
        case "rbf":
            similar = np.exp(-((rows[:, None] - rows) ** 2).sum(-1) / (2 * params["width"] ** 2))
        case "cosine":
            similar = unit @ unit.T + params["ridge"] * np.eye(len(unit))
        case "linear":
            similar = rows @ rows.T
    if score is not None:
        weight = np.exp(strength * (score[pool] - score[pool].mean()) / score[pool].std())
        similar = weight[:, None] * similar * weight
        params = {**params, "strength": strength}
    chosen, gains = slow_dpp(similar, 14)
    found = select("dpp", space, 14, quality=score, kernel=kernel, **params)
    assert np.allclose(found.gains, gains, rtol=1e-6)
    assert np.array_equal(found.positions, pool[chosen])


@pytest.mark.parametrize(("kernel", "budget"), [("rbf", 150), ("cosine", 150), ("linear", 20)])
def test_dpp_of_more_rows_than_are_kept_up_to_date_at_once(kernel, budget):
    space = Space(blobs(2500, 20, near=300, seed=13))
    unit = space.unit64()
    similar = unit @ unit.T
    if kernel == "rbf":
        similar = np.exp(-np.maximum(2 - 2 * similar, 0) / (2 * 0.5**2))
    np.fill_diagonal(similar, 1.1 if kernel == "cosine" else 1.0)
    chosen, gains, left = [], [], similar.copy()
    while len(chosen) < budget:  # what is left of the kernel when the chosen rows are known
        chosen.append(lowest_of_the_best(left.diagonal(), chosen))
        gains.append(left[chosen[-1], chosen[-1]])
        line = left[chosen[-1]].copy()
        left -= np.outer(line, line / gains[-1])
    found = select("dpp", space, budget, kernel=kernel)
    assert found.positions.tolist() == chosen
    assert np.allclose(found.gains, gains, rtol=1e-9)


def test_dpp_refuses_scores_as_given_that_are_not_above_0():
    score = np.array([1.0, 2.0, 0.0, -1.0])
    with pytest.raises(UserError, match="2 of 4 are not above 0; the first is row 3\\. Use scores=standardised"):
        select("dpp", Space(array("B[:4]")), 2, quality=score, scores="as given")


def slow_closest_earlier(unit, cells, begin):
    """For each row its highest cosine to those of its cell that come before it, by cosine to the cell's mean."""
    found = np.full(len(unit), -1.0)
    for cell in np.unique(cells):
        rows = np.flatnonzero(cells == cell)
        mean = unit[rows].mean(axis=0)
        central = np.einsum("ij,j->i", unit[rows], mean / np.linalg.norm(mean))
        ordered = rows[np.argsort(central if begin == "far" else -central, kind="stable")]
        for place, row in enumerate(ordered):
            found[row] = max((float(unit[row] @ unit[other]) for other in ordered[:place]), default=-1.0)
    return found


@pytest.mark.parametrize("cloud", ["blobs", "two dimensions", "copies", "near copies"])
@pytest.mark.parametrize("begin", ["far", "near"])
@pytest.mark.parametrize("eps", [0.0, 0.05, 0.3])
def test_semdedup(cloud, begin, eps):
    space = Space(CLOUDS[cloud])
    cells = np.random.default_rng(1).integers(0, 5, len(space))
    pool = space.distinct
    highest = slow_closest_earlier(space.unit64()[pool], cells[pool], begin)
    found = select("semdedup", space, len(pool), labels=cells, cells="labels", begin=begin, eps=eps)
    kept = np.sort(highest)[: len(found)]
    assert np.allclose(1 - found.gains, kept, atol=1e-12)
    assert np.allclose(highest[np.searchsorted(pool, found.positions)], kept, atol=1e-12)
    assert len(found) == (np.count_nonzero(highest <= 1 - eps) if eps else len(pool))


def test_semdedup_compares_within_cells_of_any_size(monkeypatch):
    space = Space(blobs(700, 6, seed=30))
    cells = np.zeros(700, int)
    expected = slow_closest_earlier(space.unit64(), cells, "far")
    monkeypatch.setattr("core.blocks.BLOCK_BYTES", 100_000)
    found = select("semdedup", space, 700, labels=cells, cells="labels")
    assert np.allclose(1 - found.gains, np.sort(expected), atol=1e-12)


def test_semdedup_clusters_by_itself():
    space = Space(blobs(400, 6, near=100, seed=31))
    groups = kmeans(space, 9, seed=5)
    expected = slow_closest_earlier(space.unit64(), groups.labels, "far")
    found = select("semdedup", space, 250, clusters=9, seed=5)
    assert np.allclose(1 - found.gains, np.sort(expected)[:250], atol=1e-12)


def test_prototypes_are_dropped_after_near_copies():
    space = Space(blobs(400, 6, near=100, seed=31))
    first = kmeans(space, 9, seed=5)
    order = np.argsort(slow_closest_earlier(space.unit64(), first.labels, "far"), kind="stable")
    kept = np.sort(order[:300])
    second = kmeans(space.subset(kept), 9, seed=6)
    distance = np.linalg.norm(space.unit64(kept) - second.centroids[second.labels], axis=1)
    found = select("prototypes", space, 400, clusters=9, seed=5)
    assert set(found.positions[:300]) == set(kept)
    assert np.allclose(found.gains[:300], np.sort(distance)[::-1], rtol=1e-6)
    assert np.allclose(distance[np.searchsorted(kept, found.positions[:300])], found.gains[:300], rtol=1e-6)
    assert found.positions[300:].tolist() == order[300:].tolist()
    assert not found.gains[300:].any()


def slow_parts(rows, budget, seed, parts, factor, *, dense=None, score=None):
    """NovelSelect in two stages, alpha 1 and beta 0 or `dense`: the same draws, every value as it is written."""
    rng = np.random.default_rng(seed)
    dense = np.ones(len(rows)) if dense is None else dense
    score = np.ones(len(rows)) if score is None else score

    def greedy(some, count):
        chosen = [int(rng.integers(len(some)))]
        while len(chosen) < min(count, len(some)):
            distance = np.maximum(1 - rows[some] @ rows[some][chosen].T, 0)
            delta = np.sort(distance * (dense[some][:, None] + dense[some][chosen]), axis=1)
            value = score[some] * (delta / np.arange(1, len(chosen) + 1)).sum(axis=1)
            chosen.append(lowest_of_the_best(value, chosen))
        return some[chosen]

    split = np.array_split(rng.permutation(len(rows)), parts)
    found = np.concatenate([greedy(np.sort(some), math.ceil(factor * budget / parts)) for some in split])
    return greedy(np.sort(found), budget).tolist()


@pytest.mark.parametrize(("parts", "candidates"), [(1, 1.0), (2, 2.0), (7, 1.0), (5, 3.0)])
def test_novelselect_in_two_stages(parts, candidates):
    space = Space(blobs(200, 4, near=10, seed=11))
    score = np.random.default_rng(2).random(200)
    found = select("novelselect_parts", space, 40, seed=8, parts=parts, candidates=candidates, beta=0.0)
    assert found.positions.tolist() == slow_parts(space.unit64(), 40, 8, parts, candidates)
    assert found.details == {"parts": parts, "candidates": parts * math.ceil(candidates * 40 / parts)}
    given = {"parts": parts, "candidates": candidates, "beta": 0.0, "quality": score}
    found = select("novelselect_parts", space, 40, seed=8, **given)
    assert found.positions.tolist() == slow_parts(space.unit64(), 40, 8, parts, candidates, score=score)


def test_novelselect_in_two_stages_has_the_densities_of_the_whole_pool():
    space = Space(blobs(200, 4, seed=11))
    squared = np.sort(2 - 2 * space.unit64() @ space.unit64().T, axis=1)
    dense = (squared[:, 1:6].mean(axis=1) + 1e-9) ** -0.5
    found = select("novelselect_parts", space, 30, seed=1, neighbors=5)
    assert found.positions.tolist() == slow_parts(space.unit64(), 30, 1, 2, 2.0, dense=dense)


@pytest.mark.parametrize("form", ["released", "paper"])
@pytest.mark.parametrize("other", [False, True])
def test_densities_from_the_cells_around_a_row_are_nearly_those_of_all(form, other):
    space = Space(array("P")[:1500])
    pool = Space(array("P")[1000:]) if other else space
    rule = NoveltyRule(form, 1.0, 0.5, 10, False)
    exact, near = rule.dense(space, pool, silent), rule.nearly_dense(space, pool, silent)
    assert np.quantile(abs(near / exact - 1), 0.9) < 0.02
    assert (near <= exact * (1 + 1e-4)).all(), "neighbours that are not found make a place look emptier"
    plain = NoveltyRule(form, 1.0, 0.0, 10, False)
    assert (plain.nearly_dense(space, pool, silent) == 1).all()


def test_novelselect_in_two_stages_says_that_its_densities_are_approximate(monkeypatch):
    space = Space(array("P")[:600])
    assert select("novelselect_parts", space, 20).notes == ()
    monkeypatch.setattr("core.selectors.novelselect_parts.SEARCHED_UP_TO", 1)
    (note,) = select("novelselect_parts", space, 20).notes
    assert note.startswith("Approximate: the neighbours that make the densities were searched for in the cells")
    assert note.endswith("% were found, measured on 256 sampled rows.")
    assert select("novelselect_parts", space, 20, beta=0.0).notes == ()
