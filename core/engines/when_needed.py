"""An engine that is connected to when a first step is shared out: most jobs of the app are too small for that."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from ..progress import Progress
from . import Engine, Group, Handle
from .reaching import rows_a_shard, share_from


class WhenNeeded:
    """What it is asked, it asks the engine that `connect` gives; nobody is connected to before that."""

    words = "Ray"

    def __init__(self, connect: Callable[[], AbstractContextManager[Engine]], until: ExitStack) -> None:
        self.smallest, self.rows_a_shard = share_from(), rows_a_shard()
        self.done: Counter[str] = Counter()
        self._connect, self._until = connect, until
        self._engine: Engine | None = None

    @property
    def workers(self) -> int:
        return self._connected().workers

    def share(self, value: Any) -> Handle:
        return self._connected().share(value)

    def map(
        self, work: Callable[..., Any], items: Sequence[tuple[Any, ...]], what: str, progress: Progress
    ) -> Iterator[Any]:
        return self._connected().map(work, items, what, progress)

    def group(
        self, make: Callable[..., Any], items: Sequence[tuple[Any, ...]], state: Callable[[], Any], what: str
    ) -> Group:
        return self._connected().group(make, items, state, what)

    def _connected(self) -> Engine:
        if self._engine is None:
            self._engine = self._until.enter_context(self._connect())
            self.words, self.done = self._engine.words, self._engine.done
        return self._engine


@contextmanager
def when_needed(connect: Callable[[], AbstractContextManager[Engine]]) -> Iterator[WhenNeeded]:
    """The engine of `connect`, which is entered when it is first needed, and left at the end.

    Raises:
        UserError: what `connect` raises, where the engine is first needed.
    """
    with ExitStack() as until:
        yield WhenNeeded(connect, until)
