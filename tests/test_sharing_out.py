"""Work in pieces finds what one machine finds: checked without Ray, with shards of few rows and copies across them."""

import numpy as np
import pytest

from core import geometry
from core.engines import use_engine, working_on
from core.errors import UserError
from core.geometry import Space
from core.wishes import Crowding, MeanLength, Nearest, Ranked
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
    *(MeanLength(), Crowding(0.5), Ranked((1.0, 0.5), True), Ranked((1.0,), False)),
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
    assert engine.done["Comparing pairs"] > 2


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
