"""The simulated study: its sets are what they are called, and a small one answers as the committed tables do."""

import re
from pathlib import Path

import numpy as np
import pytest

from core.metrics import METRICS
from docs.simulated_families import CLAIMS, FAMILIES, POOLS, embedded, holds, plane, study

PAGE = (Path(__file__).parents[1] / "docs" / "simulated_study.md").read_text(encoding="utf-8")
TITLES = {"plane": "2 dimensions", "embedded": "384 dimensions"}
# Their cells are counted by the rows (one in fifty) or fixed (one hundred): a small study asks them something else.
BY_CELLS = {"Cluster Inertia", "Partition Entropy"}


def answers(pool: str) -> dict[str, dict[str, str]]:
    """The committed table of a pool: by metric and claim, yes, no, or in how many of the pools."""
    section = PAGE.split(f"## In {TITLES[pool]}\n")[1].split("## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    assert rows[0][1:-1] == list(CLAIMS)
    return {row[0]: dict(zip(CLAIMS, row[1:-1], strict=True)) for row in rows[1:]}


@pytest.mark.parametrize("pool", POOLS)
def test_a_small_study_does_not_contradict_the_committed_table(pool):
    found = study(POOLS[pool], 1500, 150, 2)
    committed = answers(pool)
    assert set(found) == set(committed)
    for title in set(found) - BY_CELLS:
        for claim, answer in committed[title].items():
            right = sum(holds(found[title], claim))
            assert right >= 1 or answer != "yes", f"{title}: {claim}"
            assert right <= 1 or answer != "no", f"{title}: {claim}"
    if pool == "embedded":
        assert all(all(holds(found["NovelSum"], claim)) for claim in CLAIMS)
        assert set(committed["NovelSum"].values()) == {"yes"}
        assert not any(holds(found["NovelSum without density"], "spread beats outliers"))


@pytest.mark.parametrize("pool", POOLS)
def test_every_embedding_metric_is_in_the_committed_table(pool):
    titles = {metric.title for metric in METRICS.values() if "space" in metric.needs}
    assert titles <= set(answers(pool))


def test_that_novelsum_is_wrong_in_the_plane_is_said():
    fault = PAGE.split("## Where NovelSum itself is wrong")[1]
    wrong = {claim for claim, answer in answers("plane")["NovelSum"].items() if answer != "yes"}
    assert wrong
    assert set(re.findall(r'In 2 dimensions, "([^"]+)"', fault)) == wrong


@pytest.mark.parametrize("make", POOLS.values(), ids=POOLS)
def test_families_choose_n_rows_of_the_kind_that_they_are_called(make):
    pool, n = make(800, 0), 100
    chosen = {name: family.choose(pool, n, 0) for name, family in FAMILIES.items()}
    assert all(len(rows) == n for rows in chosen.values())
    different = {name: len(set(rows.tolist())) for name, rows in chosen.items()}
    copies = {"copies_50": 2, "copies_10": 10, "copies_2": 50}
    assert {name: different[name] for name in copies} == copies
    assert all(count == n for name, count in different.items() if name not in {*copies, "two_clumps"})
    assert set(pool.regions[chosen["one_region"]]) == {0}
    strewn = {name: (pool.regions[rows] == -1).sum() for name, rows in chosen.items()}
    assert strewn["k_center"] > strewn["random"]


def test_pools_lie_on_the_sphere_and_a_seed_makes_the_same_one_again():
    for make in (plane, embedded):
        pool = make(500, 3)
        assert np.linalg.norm(pool.space.raw, axis=1) == pytest.approx(np.ones(500), abs=1e-6)
        assert (pool.space.raw == make(500, 3).space.raw).all()
        assert (pool.space.raw != make(500, 4).space.raw).any()
    assert 0 < (pool.regions == -1).mean() < 0.1


def test_equal_areas_of_the_plane_are_equal_areas_of_the_sphere():
    pool = plane(4000, 0)
    inside = np.linalg.norm(pool.xy, axis=1)
    assert pool.space.raw[:, 2] == pytest.approx(1 - inside**2, abs=1e-5)  # a cap of height h has the area 2 pi h
