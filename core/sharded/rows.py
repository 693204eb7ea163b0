"""A space in shards: stretches of rows that lie together, as workers get them, and a call for each of them."""

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines import Engine, Handle, engine_for
from ..progress import Progress, silent

_SHARD_BYTES = 128 << 20  # of a shard at most
_EACH = 4  # shards for each worker, where there are rows enough


@dataclass(frozen=True)
class Shard:
    """The rows from `start` up to `stop` of a space."""

    start: int
    stop: int
    rows: Handle
    kind: type[Any]  # of the space: named by the space itself, which stands above this module
    name: str
    normalize: bool
    scaled: bool  # whether `unit` of the whole is its raw rows

    def space(self) -> Any:
        """The rows as a space, whose `rows` are to the last bit those of the whole."""
        found = self.kind(self.rows.get(), normalize=self.normalize, name=self.name)
        if self.scaled:
            found.__dict__["unit"] = found.raw
        else:
            found.__dict__["unit"] = found.unit64().astype(np.float32)
        return found


def shards(engine: Engine, space: Any) -> list[Shard]:
    """The space in shards, which stay with the engine for as long as its rows live."""
    known = _known.setdefault(engine, {})
    key = (id(space.raw), space.normalize, type(space))
    if key not in known:
        scaled = space.unit is space.raw
        found = []
        size = _rows_a_shard(engine, space)
        for start in range(0, len(space), size):
            stop = min(len(space), start + size)
            rows = engine.share(np.ascontiguousarray(space.raw[start:stop]))
            found.append(Shard(start, stop, rows, type(space), space.name, space.normalize, scaled))
        known[key] = found
        weakref.finalize(space.raw, known.pop, key, None)
    return known[key]


_known: weakref.WeakKeyDictionary[Engine, dict[tuple[int, bool, type], list[Shard]]] = weakref.WeakKeyDictionary()


def joined(some: Sequence[Shard]) -> Any:
    """The space of shards that lie one after the other."""
    found = some[0].space()
    if len(some) == 1:
        return found
    parts = [found, *(shard.space() for shard in some[1:])]
    whole = type(found)(np.concatenate([part.raw for part in parts]), normalize=found.normalize, name=found.name)
    whole.__dict__["unit"] = whole.raw if some[0].scaled else np.concatenate([part.unit for part in parts])
    return whole


def _rows_a_shard(engine: Engine, space: Any) -> int:
    """A multiple of the engine's: blocks of products and of sums then begin where they do on one machine."""
    unit = engine.rows_a_shard
    wanted = -(-len(space) // (_EACH * engine.workers))
    most: int = max(unit, _SHARD_BYTES // (space.dim * 4))
    return max(unit, min(wanted, most) // unit * unit)


def for_each_shard(
    space: Any,
    work: Callable[..., Any],
    *args: Any,
    cost: float,
    what: str,
    progress: Progress = silent,
) -> list[Any]:
    """`work(shard, *args)` for each shard in order, or for the whole space where it is not shared out.

    Args:
        work: of this module's packages, since it is looked up by name where it runs.
        cost: multiply-adds over all rows.
    """
    engine = engine_for(cost)
    if engine is None:
        return [work(space, *args)]
    given = engine.share(args)
    return list(engine.map(_on_shard, [(work, shard, given) for shard in shards(engine, space)], what, progress))


def _on_shard(work: Callable[..., Any], shard: Shard, args: Handle) -> Any:
    return work(shard.space(), *args.get())


def sum_of(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The sum of what shards found, in their order."""
    total = parts[0].copy()
    for part in parts[1:]:
        total += part
    return total
