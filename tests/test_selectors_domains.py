"""Selectors that look at labels, tags or domains, beside what their rule says when it is done by hand."""

import math
from itertools import pairwise, permutations

import numpy as np
import pytest

from core.clustering import kmeans
from core.errors import UserError
from core.geometry import Space
from core.selectors import Limits, select
from core.selectors._domains import by_centroids
from core.selectors._weighted_draw import WeightedDraw
from tests.golden.inputs import array

LABELS = array("label_A")
SPACE = Space(array("A"))


@pytest.mark.parametrize("budget", [1, 20, 137, 1000])
@pytest.mark.parametrize("shares", ["proportional", "equal"])
def test_stratified_random_gives_every_label_its_rows(budget, shares):
    found = select("stratified", SPACE, budget, labels=LABELS, shares=shares, seed=3)
    sizes, given = np.bincount(LABELS), np.bincount(LABELS[found.positions], minlength=21)
    assert len(found) == given.sum() == budget
    if shares == "proportional":
        assert (abs(given - budget * sizes / 1000) < 1).all()
    else:
        assert ((given == sizes) | (given >= given.max() - 1)).all()


def test_stratified_random_draws_every_row_of_a_label_alike():
    space = Space(array("B[:40]"))
    labels = np.repeat(["b", "a"], 20)
    drawn = [select("stratified", space, 8, labels=labels, seed=seed).positions for seed in range(200)]
    counts = np.bincount(np.concatenate(drawn), minlength=40)
    assert abs(counts - 40).max() < 4.5 * math.sqrt(200 * 0.2 * 0.8), "200 draws of 4 of 20: about 40 each"


def test_instag_takes_many_tags_first_and_begins_again_when_a_pass_is_over():
    tags = [
        ("maths",),  # 0
        ("maths", "code", "proof"),  # 1: the most tags, first
        ("code", "poem"),  # 2: brings poem
        ("code", "proof"),  # 3: nothing new in the first pass
        (),  # 4: never
        ("poem",),  # 5: first of the second pass that is left, after 3
        ("maths", "code"),  # 6
    ]
    found = select("instag", Space(array("B[:7]")), 7, tags=tags)
    # second pass: 3 (code, proof), 6 (maths), 5 (poem); third: 0 (maths)
    assert found.positions.tolist() == [1, 2, 3, 6, 5, 0]
    assert found.gains.tolist() == [3, 1, 2, 1, 1, 1]
    assert found.notes == ("Tag coverage (InsTag) returned 6 of 7 rows: no further row met its rule.",)


def slow_instag(tags):
    left, found = sorted(range(len(tags)), key=lambda row: (-len(tags[row]), row)), []
    while True:
        covered, taken = set(), []
        for row in left:
            if not set(tags[row]) <= covered:
                covered |= set(tags[row])
                taken.append(row)
        if not taken:
            return found
        found += taken
        left = [row for row in left if row not in taken]


def test_instag_of_many_rows_is_the_rule_done_by_hand():
    draws = np.random.default_rng(0).random((400, 12)) < np.linspace(0.02, 0.4, 12)
    tags = [tuple(f"t{tag}" for tag in np.flatnonzero(row)) for row in draws]
    found = select("instag", Space(array("A[:400]")), 400, tags=tags)
    assert found.positions.tolist() == slow_instag(tags)


def by_hand(rows, labels):
    """phi_inter and phi_intra, row by row, as printed."""
    names = np.unique(labels)
    centroids = [rows[labels == name].mean(axis=0) for name in names]
    cosine = [[float(x @ c / np.linalg.norm(c)) for c in centroids] for x in rows]
    inter = [sum(cosine[i][j] for j in range(len(names)) if names[j] != labels[i]) for i in range(len(rows))]
    intra = [cosine[i][list(names).index(labels[i])] for i in range(len(rows))]
    return np.array(inter), np.array(intra)


SMALL = SPACE.subset(np.flatnonzero(LABELS < 4))
SMALL_LABELS = LABELS[LABELS < 4]
INTER, INTRA = by_hand(SMALL.unit64(), SMALL_LABELS)


@pytest.mark.parametrize(
    ("name", "phi", "bins"),
    [
        ("inter_diversity", INTER, ["most separated", "separated", "middle", "entangled", "most entangled"]),
        (
            "intra_diversity",
            INTRA,
            ["most scattered", "scattered", "middle", "close to own centroid", "closest to own centroid"],
        ),
    ],
)
def test_bins_hold_a_fifth_of_every_domain_in_order_of_phi(name, phi, bins):
    n, chosen = len(SMALL), []
    for bin_ in bins:
        found = select(name, SMALL, n, labels=SMALL_LABELS, bin=bin_)
        assert np.allclose(found.gains, phi[found.positions], atol=1e-12)
        assert found.details == {"domains": 4}
        chosen.append(found.positions)
    assert np.array_equal(np.sort(np.concatenate(chosen)), np.arange(n)), "every row is in one bin"
    for label in range(4):
        parts = [phi[rows[SMALL_LABELS[rows] == label]] for rows in chosen]
        size = np.bincount(SMALL_LABELS)[label]
        assert all(abs(len(part) - size / 5) < 1 for part in parts)
        assert all(low.max() <= high.min() for low, high in pairwise(parts))


@pytest.mark.parametrize("name", ["inter_diversity", "intra_diversity"])
def test_without_labels_clusters_stand_in_for_domains(name):
    groups = kmeans(SMALL, 5, seed=2)
    phi = by_hand(SMALL.unit64(), groups.labels)[name == "intra_diversity"]
    found = select(name, SMALL, 20, seed=2, clusters=5)
    assert np.allclose(found.gains, phi[found.positions], atol=1e-12)
    assert (
        found.positions.tolist()
        == select(name, SMALL, 20, seed=2, clusters=5, labels=SMALL_LABELS, domains="k-means").positions.tolist()
    )
    with pytest.raises(UserError, match="Cells by labels need a label column, and none was named"):
        select(name, SMALL, 20, domains="labels")


def test_one_domain_has_no_others_and_this_is_said():
    found = select("inter_diversity", SMALL, 10, labels=np.zeros(len(SMALL)))
    assert "There is one domain only" in found.notes[0]
    assert not found.gains.any()


def test_kmq_gives_every_cluster_its_share_and_exactly_the_budget():
    score = array("score_A")
    groups = kmeans(SPACE, 15, seed=1)
    for budget in (15, 100, 777, 990):
        found = select("kmq", SPACE, budget, quality=score, clusters=15, seed=1)
        given = np.bincount(groups.labels[found.positions], minlength=15)
        assert given.sum() == budget
        assert (abs(given - budget * groups.sizes / 1000) < 1).all()
    assert found.details == {"clusters": 15}


def chances_of_pairs(weights):
    """The chance of every set of two rows, drawn one after another by weight."""
    found = {}
    for a, b in permutations(range(len(weights)), 2):
        pair = frozenset((a, b))
        found[pair] = found.get(pair, 0) + weights[a] / weights.sum() * weights[b] / (weights.sum() - weights[a])
    return found


@pytest.mark.parametrize(
    ("score", "temperature", "logits"),
    [
        ("as given", 1.0, np.array([0.0, 0.5, 1.0, 2.0, 0.2])),
        ("as given", 0.5, np.array([0.0, 1.0, 2.0, 4.0, 0.4])),
        ("rank", 0.5, np.array([0.0, 2, 3, 4, 1]) / 4 / 0.5),
        ("z-score", 1.0, np.array([0.0, 0.5, 1.0, 2.0, 0.2]) / np.std([0.0, 0.5, 1.0, 2.0, 0.2])),
    ],
)
def test_kmq_draws_without_replacement_by_the_softmax_of_the_score(score, temperature, logits):
    space = Space(array("B[:5]"))
    options = {"clusters": 1, "score": score, "temperature": temperature}
    quality, draws, counts = np.array([0.0, 0.5, 1.0, 2.0, 0.2]), 3000, {}
    draw = WeightedDraw(quality, score, temperature)
    for seed in range(draws):
        rows = draw.rows(np.arange(5), 2, np.random.default_rng((seed, 1))).tolist()
        if seed < 30:  # as the selector does, whose clustering takes a hundred times as long
            assert select("kmq", space, 2, quality=quality, seed=seed, **options).positions.tolist() == rows
        counts[frozenset(rows)] = counts.get(frozenset(rows), 0) + 1
    for pair, chance in chances_of_pairs(np.exp(logits)).items():
        assert abs(counts.get(pair, 0) - draws * chance) < 4.5 * math.sqrt(draws * chance * (1 - chance)) + 1


def test_kmq_at_the_ends_of_the_temperature_takes_the_best_or_any():
    groups, score = kmeans(SPACE, 10, seed=1), array("score_A")
    found = select("kmq", SPACE, 200, quality=score, clusters=10, seed=1, temperature=1e-6)
    for group in range(10):
        rows = np.flatnonzero(groups.labels == group)
        taken = found.positions[groups.labels[found.positions] == group]
        assert set(taken) == set(rows[np.argsort(-score[rows])][: len(taken)])
    alike = select("kmq", SPACE, 200, quality=score, clusters=10, seed=1, temperature=1e6)
    without = select("kmq", SPACE, 200, clusters=10, seed=1)
    assert len(np.intersect1d(alike.positions, without.positions)) > 195, "the same draw but for the last digits"
    assert without.notes == ("No quality column was named, so that every row of a cluster has the same chance.",)


def test_rows_go_to_their_nearest_centroid_and_centroids_to_their_rows():
    unit = SPACE.unit64()
    start = points = unit[[0, 300, 700]]
    labels = ((unit[:, None] - points) ** 2).sum(-1).argmin(axis=1)
    assert np.array_equal(by_centroids(SPACE, points, 0).of, labels)
    for _ in range(2):
        points = np.array([unit[labels == k].mean(axis=0) for k in range(3)])
        labels = ((unit[:, None] - points) ** 2).sum(-1).argmin(axis=1)
    assert np.array_equal(by_centroids(SPACE, start, 2).of, labels)
    assert by_centroids(SPACE, start, 0).names == ("1", "2", "3")


@pytest.mark.parametrize("wrong", [np.zeros((2, 63)), np.zeros((0, 64)), np.zeros(64)])
def test_centroids_of_other_dimensions_are_refused(wrong):
    with pytest.raises(UserError, match="the embeddings have 64 dimensions"):
        by_centroids(SPACE, wrong, 0)
    with pytest.raises(UserError, match="NaN or infinity"):
        by_centroids(SPACE, np.full((2, 64), np.nan), 0)


@pytest.mark.parametrize("lengths", [(8, 9, 10), (1e-200, 1, 1e200)])
def test_of_centroids_the_direction_alone_counts(lengths):
    points = SPACE.unit64([0, 300, 700])
    given = points * np.array(lengths)[:, None]
    assert np.array_equal(by_centroids(SPACE, given, 0).of, by_centroids(SPACE, points, 0).of)
    found, expected = (select("entropy", SPACE, 60, centroids=each, rounds=0) for each in (given, points))
    assert found.positions.tolist() == expected.positions.tolist()


def test_a_centroid_of_zeros_is_refused_by_its_name():
    with pytest.raises(UserError, match="The centroid of domain 'law' is all zeros"):
        by_centroids(SPACE, {"maths": np.ones(64), "law": np.zeros(64)}, 0)


def test_domains_that_no_row_is_nearest_to_are_named_and_rows_without_entropy_are_told_of():
    space = Space(np.random.default_rng(0).random((40, 3)))  # all on one side
    given = {"near": np.ones(3), "far": -np.ones(3)}
    found = select("entropy", space, 5, centroids=given, probe="closed form", rounds=0)
    assert found.notes[0] == "No row is nearest to the centroid of 'far': no row is of such a domain."
    assert found.notes[1] == "The entropy of every row is 0, so that rows come by their numbers alone."
    assert found.positions.tolist() == [0, 1, 2, 3, 4]
    told = select("entropy", space, 5, centroids=given | {"far": np.array([9.0, 0, 0])}, rounds=0).notes
    assert not any("nearest" in note or "is 0" in note for note in told)


def test_the_probe_is_spoken_of_once_however_often_limits_have_it_run():
    groups = np.repeat(["a", "b"], [30, 10])
    limits = Limits(groups=groups, least={"b": 8})
    found = select("entropy", SPACE.subset(np.arange(40)), 20, labels=np.arange(40) % 3, limits=limits)
    told = [note for note in found.notes if "The probe is right" in note]
    assert len(told) == 1
    assert f"{found.details['accuracy']:.1%}" in told[0]


@pytest.mark.parametrize("name", ["inter_diversity", "intra_diversity"])
def test_a_bin_is_one_of_the_distinct_rows_unless_copies_are_kept(name):
    rows = SMALL.unit64()[:60]
    twice, labels = Space(np.concatenate([rows, rows])), np.tile(SMALL_LABELS[:60], 2)
    found = select(name, twice, 12, labels=labels)
    alone = select(name, Space(rows), 12, labels=labels[:60])
    assert found.positions.tolist() == alone.positions.tolist()
    everything = select(name, twice, 24, labels=labels, keep_copies=True)
    assert len(everything) == 24
    assert len(set((everything.positions % 60).tolist())) < 24
