"""An engine that does every piece in this process, from copies of all that it is given, as workers would have them."""

import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from core.progress import Progress


class Copied:
    def __init__(self, value: Any) -> None:
        self._bytes = pickle.dumps(value)

    def get(self) -> Any:
        return pickle.loads(self._bytes)


class InPieces:
    """Shards of few rows, and everything shared out; with `lost`, objects are lost before each question, in turn."""

    words = "This process"

    def __init__(self, rows_a_shard: int = 64, workers: int = 3, *, smallest: float = 0.0, lost: bool = False) -> None:
        self.rows_a_shard, self.workers, self.smallest, self.lost = rows_a_shard, workers, smallest, lost
        self.done: Counter[str] = Counter()

    def share(self, value: Any) -> Copied:
        return Copied(value)

    def map(
        self, work: Callable[..., Any], items: Sequence[tuple[Any, ...]], what: str, progress: Progress
    ) -> Iterator[Any]:
        for number, item in enumerate(items):
            self.done[what] += 1
            yield pickle.loads(pickle.dumps(work(*pickle.loads(pickle.dumps(item)))))
            progress((number + 1) / len(items), what)

    def group(
        self, make: Callable[..., Any], items: Sequence[tuple[Any, ...]], state: Callable[[], Any], what: str
    ) -> "Objects":
        return Objects(self, make, items, state, what)


class Objects:
    def __init__(self, engine: InPieces, make: Callable[..., Any], items: Any, state: Any, what: str) -> None:
        self._engine, self._make, self._items, self._state, self._what = engine, make, items, state, what
        self._objects = [make(*pickle.loads(pickle.dumps(item))) for item in items]
        self._asked = 0

    def ask(self, method: str, *args: Any) -> list[Any]:
        if self._engine.lost:
            number = self._asked % len(self._objects)
            self._objects[number] = self._make(*pickle.loads(pickle.dumps(self._items[number])))
            self._objects[number].catch_up(pickle.loads(pickle.dumps(self._state())))
        self._asked += 1
        self._engine.done[self._what] += len(self._objects)
        return [getattr(each, method)(*pickle.loads(pickle.dumps(args))) for each in self._objects]
