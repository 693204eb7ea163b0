"""What `test_ray_engine` does on a Ray of this machine, in a process of its own that ends with it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import pytest
import ray

from core.engines import working_on
from core.engines.ray_engine import RayEngine
from core.errors import Cancelled, UserError
from core.geometry import Space
from core.progress import silent
from core.selectors import select
from core.wishes import Nearest


def doubled(number):
    if number == 3:
        raise UserError("Row 3 is wrong.")
    return number * 2


class Keeps:
    def __init__(self, number):
        self.known = number

    def catch_up(self, known):
        self.known = known

    def add(self, number):
        self.known += number
        return self.known


def check(engine):
    assert list(engine.map(doubled, [(0,), (1,), (2,)], "doubling", silent)) == [0, 2, 4]
    with pytest.raises(UserError, match=r"^Row 3 is wrong\.$"):
        list(engine.map(doubled, [(2,), (3,)], "doubling", silent))

    def cancel(share, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        list(engine.map(doubled, [(0,), (1,)], "doubling", cancel))

    group = engine.group(Keeps, [(1,), (2,)], lambda: 40, "adding")
    assert group.ask("add", 1) == [2, 3]
    ray.kill(group._actors[1], no_restart=True)
    with pytest.raises(ray.exceptions.RayActorError):
        while True:  # it takes a moment
            ray.get(group._actors[1].ask.remote("add", 0))
    assert group.ask("add", 2) == [4, 42], "the one that was lost was told what it has to know"

    rows = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
    mine, theirs = Space(rows), Space(rows)
    with working_on(engine):
        theirs.look([Nearest(5)])
        chosen = select("novelselect", Space(rows), 8, form="paper")
    for one, other in zip(mine.neighbours(5, mine), theirs.neighbours(5, theirs), strict=True):
        assert np.array_equal(one, other)
    assert chosen.positions.tolist() == select("novelselect", Space(rows), 8, form="paper").positions.tolist()
    assert engine.done["comparing pairs"] and engine.done["NovelSelect"]


if __name__ == "__main__":
    ray.init(
        num_cpus=1,
        object_store_memory=100_000_000,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        runtime_env={"env_vars": {"PYTHONPATH": sys.path[0], "GAMUT_CORES": "1"}},
    )
    check(RayEngine(smallest=0.0, rows_a_shard=64))
    ray.shutdown()
