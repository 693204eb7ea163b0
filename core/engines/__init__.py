"""Where work that can be shared out is done: in this process, or by the machines of a cluster.

Every piece of work that is shared out is a plain function of rows, and what its pieces find is merged by whoever asked:
an engine only brings the function to the rows. Without an engine nothing is shared out, and nothing here costs time.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from ..errors import UserError
from ..progress import Progress

ENGINES = ("local", "ray")


class Handle(Protocol):
    """Something that all workers can have, and that is brought to each machine once."""

    def get(self) -> Any: ...


class Group(Protocol):
    """Objects in processes of their own that keep what they know from one question to the next."""

    def ask(self, method: str, *args: Any) -> list[Any]:
        """What that method of each of them returns, in their order."""
        ...


class Engine(Protocol):
    """What sharing out needs of the machines that do it."""

    smallest: float  # multiply-adds of a step below which sharing it out costs more than it spares
    rows_a_shard: int  # rows that lie together; shards are of this many, or a multiple
    done: Counter[str]  # pieces of work by what they were

    @property
    def words(self) -> str:
        """What does the work, for a person."""
        ...

    @property
    def workers(self) -> int:
        """How many pieces of work are done at once."""
        ...

    def share(self, value: Any) -> Handle:
        """Make it known to all workers."""
        ...

    def map(
        self, work: Callable[..., Any], items: Sequence[tuple[Any, ...]], what: str, progress: Progress
    ) -> Iterator[Any]:
        """What `work` returns for each item, in their order; a piece whose machine is lost is done again.

        Raises:
            UserError: what `work` raises as such, or a piece that was lost again and again.
        """
        ...

    def group(
        self, make: Callable[..., Any], items: Sequence[tuple[Any, ...]], state: Callable[[], Any], what: str
    ) -> Group:
        """An object for each item, made by `make(*item)`.

        One that is lost is made again, and its method `catch_up` is given what `state()` returns then.
        """
        ...


_current: ContextVar[Engine | None] = ContextVar("engine", default=None)


def engine_for(multiply_adds: float) -> Engine | None:
    """The engine that a step of so much work is shared out by; None where it is done here."""
    engine = _current.get()
    return engine if engine is not None and multiply_adds >= engine.smallest else None


@contextmanager
def working_on(engine: Engine) -> Iterator[None]:
    """Within it, work is shared out by that engine."""
    token = _current.set(engine)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def use_engine(
    name: str = "local", address: str | None = None, *, when_needed: bool = False
) -> Iterator[Engine | None]:
    """Within it, all that can be shared out is done by that engine: "local", or "ray" on the cluster at `address`.

        with use_engine("ray", "10.0.0.1:6379"):
            study.measure(["novelsum"])

    The results are those of one machine. Yields the engine, None for "local".

    Args:
        when_needed: connect when a first step is shared out, and not at all where none is large enough for that.

    Raises:
        UserError: an unknown engine, Ray is not installed, or no cluster can be reached there.
    """
    if name not in ENGINES:
        raise UserError(f"There is no engine {name!r}. The engines: {', '.join(ENGINES)}.")
    if name == "local":
        if address is not None:
            raise UserError("An address is that of a Ray cluster: name the engine ray, or leave the address out.")
        yield None
        return
    from .ray_engine import connected
    from .when_needed import when_needed as later

    with later(lambda: connected(address)) if when_needed else connected(address) as engine, working_on(engine):
        yield engine


def summary(engine: Engine) -> str:
    """What was shared out, and that the rest was not: never silently."""
    if not engine.done:
        return f"{engine.words}: nothing was shared out: it was too little, known already, or of a kind done here."
    parts = ", ".join(f"{what} ({count:,} pieces)" for what, count in engine.done.items())
    return f"{engine.words}: {parts}. Everything else was done on this machine (docs/scale.md says what)."
