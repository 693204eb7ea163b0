"""Work in pieces finds what one machine finds: checked without Ray, with shards of few rows and copies across them."""

import argparse
import threading
from contextlib import nullcontext

import numpy as np
import pytest

from core import geometry
from core.cli.engine import on_engine
from core.clustering import kmeans
from core.encoders import load_encoder
from core.engines import use_engine, working_on
from core.engines.reaching import check_reachable, rows_a_shard
from core.errors import UserError
from core.geometry import Space
from core.measuring import measure
from core.metrics import METRICS
from core.selectors import Limits, _novelty_rule, select
from core.sharded.centroids import means_of, nearest_centroids
from core.sharded.encoding import shared_out
from core.wishes import Cosines, Crowding, Farthest, MeanLength, Nearest, Ranked
from tests.in_pieces import InPieces


def cloud(n: int, dim: int = 16, seed: int = 0) -> np.ndarray:
    """Groups with exact copies, and rows that are longer copies, in shards other than the first ones'."""
    rng = np.random.default_rng(seed)
    rows = (rng.normal(size=(8, dim))[rng.integers(8, size=n)] + rng.normal(size=(n, dim)) / 2).astype(np.float32)
    rows[n // 2 : n // 2 + n // 10] = rows[: n // 10]
    rows[-1] = rows[0] * 3
    return rows


WISHES = [
    *(Nearest(5), Nearest(70, distinct=True), Nearest(3, True, False)),
    *(MeanLength(), Crowding(0.5), Ranked((1.0, 0.5), True), Ranked((1.0,), False), Farthest(), Cosines()),
]


@pytest.mark.parametrize("anchors", [0, 40])
@pytest.mark.parametrize("exact_up_to", [4e9, 0])
def test_a_pass_in_pieces_finds_what_one_pass_finds(anchors, exact_up_to, monkeypatch):
    monkeypatch.setattr(geometry, "EXACT_UP_TO", exact_up_to)

    def looked(engine):
        space, other = Space(cloud(300)), Space(cloud(170))
        space = space.anchored(anchors, 0) if anchors else space
        with working_on(engine):
            space.look(WISHES)
            space.look(WISHES[:3], other)
        return [found for found, _ in space._seen.values()]

    engine = InPieces(32)
    for mine, theirs in zip(looked(InPieces(smallest=np.inf)), looked(engine), strict=True):
        if isinstance(mine, tuple):  # distances and indices of nearest rows: to the last bit
            assert all(np.array_equal(*each) for each in zip(mine, theirs, strict=True))
        else:
            assert theirs == pytest.approx(mine, rel=2e-6)
    assert engine.done["comparing pairs"] > 2


def test_kmeans_in_pieces_is_that_of_one_machine_to_the_last_bit():
    rows = cloud(900)
    rows[300:600] = rows[:300]  # so many copies that groups run empty, and are split
    for scale in (1.0, 3.0):
        mine = kmeans(Space(rows * scale), 40, seed=5)
        with working_on(engine := InPieces(64)):
            theirs = kmeans(Space(rows * scale), 40, seed=5)
        assert engine.done["k-means"] > 12
        for each in ("labels", "centroids", "distances"):
            assert np.array_equal(getattr(mine, each), getattr(theirs, each)), each


def test_an_empty_group_is_split_as_faiss_splits_it():
    import faiss

    rows = Space(cloud(600)).rows
    start = rows[:30].copy()
    start[7] = 50  # nearest to no row
    index, clustering = faiss.IndexFlatL2(16), faiss.Clustering(16, 30)
    clustering.niter = 1
    clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, 600
    faiss.copy_array_to_vector(start.ravel(), clustering.centroids)
    clustering.train(rows, index)
    assert clustering.iteration_stats.at(0).nsplit > 0
    labels, _ = nearest_centroids(Space(rows), start)
    assert np.array_equal(means_of(rows, labels, 30), index.reconstruct_n(0, 30))


@pytest.mark.parametrize("name", sorted(name for name, found in METRICS.items() if "space" in found.needs))
def test_every_metric_has_its_value_from_pieces(name):
    mine = measure(name, Space(cloud(400)), reference=Space(cloud(300, seed=1)))
    with working_on(InPieces(64)):
        theirs = measure(name, Space(cloud(400)), reference=Space(cloud(300, seed=1)))
    assert theirs.value == pytest.approx(mine.value, rel=1e-6)


def test_an_engine_is_named_and_reached_or_refused_in_a_sentence():
    for name, address, words in [
        ("spark", None, "There is no engine 'spark'"),
        ("local", "auto", "An address is that of a Ray cluster"),
        ("ray", "ray://there", "is no address of a Ray cluster"),
        ("ray", "127.0.0.1:1", "There is no Ray cluster at 127.0.0.1:1"),
    ]:
        with pytest.raises(UserError, match=words), use_engine(name, address):
            pass


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(UserError, match=r'pip install "gamut\[ray\]"'), use_engine("ray", "127.0.0.1:6379"):
        pass


SHARED_OUT = {
    "k_center": {},
    "semdedup": {},
    "kmq": {},
    "kmeans_closest": {},
    "novelselect": {},
    "novelselect paper": {"form": "paper"},
    "novelselect_parts": {},
    "facility_location_parts": {"parts": 3},
}


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("name", SHARED_OUT)
def test_choices_in_shards_are_those_of_one_machine(name, lost, monkeypatch):
    rows = cloud(500) * np.linspace(1, 2, 500)[:, None]
    how = {"seed": 3, "quality": np.linspace(1, 2, 500) if lost and "novel" in name else None}
    limits = Limits(never=np.arange(100, 120), must=np.array([5, 499]))

    def chosen():
        return select(name.split()[0], Space(rows), 60, limits=limits, **how, **SHARED_OUT[name])

    mine = chosen()
    monkeypatch.setattr(_novelty_rule, "COMPILED_FROM", 0 if lost else 1000)
    with working_on(engine := InPieces(64, lost=lost)):
        theirs = chosen()
    assert engine.done
    assert theirs.positions.tolist() == mine.positions.tolist()
    assert theirs.gains == pytest.approx(mine.gains, rel=1e-12, nan_ok=True)


def test_vectors_of_an_encoder_that_is_shared_out_are_its_own():
    texts = [" ".join(["word", "bread", "stone"][: 1 + i % 3] * (1 + i * 7 % 40)) for i in range(90)]
    encoder = load_encoder()
    with working_on(engine := InPieces()):
        theirs = shared_out(encoder, len(texts)).encode(texts)
    assert engine.done["embedding"] > 1
    assert np.array_equal(theirs, encoder.encode(texts))


def test_what_other_threads_print_does_not_mix_with_results(capsys, monkeypatch):
    """Ray says on stdout, in a thread of its own, that a machine was lost; stdout is for results alone."""

    def run(options):
        other = threading.Thread(target=print, args=("a machine was lost",))
        other.start()
        other.join()
        print("a result")
        return 0

    monkeypatch.setattr("core.cli.engine.use_engine", lambda *_: nullcontext())
    assert on_engine(run)(argparse.Namespace(engine="ray", address="there")) == 0
    found = capsys.readouterr()
    assert (found.out, found.err) == ("a result\n", "a machine was lost\n")


def test_nearest_distinct_rows_within_the_set_are_those_of_one_machine():
    """A shard may hold nothing but copies of rows of another."""
    rng = np.random.default_rng(1)
    for _ in range(5):
        rows = rng.normal(size=(6, 4)).astype(np.float32)[rng.integers(6, size=40)]
        alone = Space(rows).neighbours(3, distinct=True)
        with working_on(InPieces(10, 2)):
            found = Space(rows).neighbours(3, distinct=True)
        assert all(np.array_equal(mine, theirs) for mine, theirs in zip(alone, found, strict=True))


def test_shards_of_directions_are_not_those_of_the_rows_as_they_are():
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(300, 8)) * rng.uniform(0.5, 3, size=(300, 1))).astype(np.float32)
    expected = kmeans(Space(rows, normalize=False), 5, seed=1)
    space = Space(rows, normalize=False)
    with working_on(InPieces()):
        space.directions.neighbours(3)
        found = kmeans(space, 5, seed=1)
    assert found.objective == pytest.approx(expected.objective, rel=1e-6)


@pytest.mark.parametrize("address", ["127.0.0.1:\u00b2", f"{'a' * 70}:80", "..:80", "127.0.0.1:99999"])
def test_an_odd_address_is_refused_in_a_sentence(address):
    with pytest.raises(UserError, match=r"no address|no Ray cluster"):
        check_reachable(address)


@pytest.mark.parametrize("given", ["inf", "nan", "many"])
def test_an_odd_number_of_the_environment_is_refused_in_a_sentence(given, monkeypatch):
    monkeypatch.setenv("GAMUT_SHARD_ROWS", given)
    with pytest.raises(UserError, match="GAMUT_SHARD_ROWS"):
        rows_a_shard()
