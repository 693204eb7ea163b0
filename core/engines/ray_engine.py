"""The engine that shares work out on a Ray cluster. Ray restarts what is lost with a machine; here is what it needs.

Each piece of work takes one CPU and one thread. Rows lie in Ray's object store, once on each machine that reads them.
"""

import gc
import logging
import os
import signal
import threading
import weakref
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ..errors import UserError
from ..progress import Progress
from .reaching import NOT_INSTALLED, check_reachable, first_words, rows_a_shard, share_from

_AHEAD = 3  # pieces that wait for each CPU, so that none is idle
_RETRIES = 5  # times that a piece is begun anew after its machine was lost
_ASK_FOR = 3600.0  # seconds after which a group that does not answer is given up


@dataclass(frozen=True)
class RayHandle:
    """Something in Ray's object store."""

    ref: Any

    def get(self) -> Any:
        import ray

        return ray.get(self.ref)


class RayEngine:
    """The engine of a connection to a cluster; see `connected`."""

    def __init__(self, *, smallest: float, rows_a_shard: int) -> None:
        import ray

        self.smallest, self.rows_a_shard = smallest, rows_a_shard
        self.done: Counter[str] = Counter()  # pieces of work by what they were
        self._ray = ray
        self._call = ray.remote(num_cpus=1, max_retries=_RETRIES)(_call)

    @property
    def workers(self) -> int:
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    @property
    def words(self) -> str:
        """How many machines the cluster has now, with how many CPUs."""
        machines = sum(1 for node in self._ray.nodes() if node["Alive"])
        return f"Ray, {machines:,} machine{'s' if machines != 1 else ''} with {self.workers:,} CPUs"

    def share(self, value: Any) -> RayHandle:
        return RayHandle(self._ray.put(value))

    def map(
        self, work: Callable[..., Any], items: Sequence[tuple[Any, ...]], what: str, progress: Progress
    ) -> Iterator[Any]:
        waiting: deque[Any] = deque()
        begun = 0
        # Where the progress callable cancels, the few pieces that are under way are not called back: that may end the
        # process (Ray 2.60, "Tried to complete task that was not pending"). They end with the command.
        for done in range(len(items)):
            while begun < len(items) and len(waiting) < _AHEAD * self.workers:
                waiting.append(self._call.remote(work, items[begun]))
                begun += 1
            found = self._get(waiting[0], what, progress, done / len(items))
            waiting.popleft()
            self.done[what] += 1
            yield found
            progress((done + 1) / len(items), f"{_begun(what)}: {done + 1:,} of {len(items):,} pieces on Ray")

    def group(
        self, make: Callable[..., Any], items: Sequence[tuple[Any, ...]], state: Callable[[], Any], what: str
    ) -> "RayGroup":
        return RayGroup(self, make, items, state, what)

    def _get(self, ref: Any, what: str, progress: Progress, share: float) -> Any:
        from ray.exceptions import GetTimeoutError

        while True:
            with suppress(GetTimeoutError), mended(what):
                return self._ray.get(ref, timeout=1.0)
            progress(share, f"{_begun(what)}: waiting for Ray")  # which may cancel


class RayGroup:
    """Actors that are made again, and told what happened, when they are lost."""

    def __init__(
        self,
        engine: RayEngine,
        make: Callable[..., Any],
        items: Sequence[tuple[Any, ...]],
        state: Callable[[], Any],
        what: str,
    ) -> None:
        import ray

        self._ray, self._engine, self._make, self._items, self._state, self._what = (
            ray,
            engine,
            make,
            items,
            state,
            what,
        )
        # They wait most of the time and hold no CPU: else one that is made again would wait for ever for a free one.
        self._actor = ray.remote(num_cpus=0, scheduling_strategy="SPREAD")(_Kept)
        self._actors = [self._actor.remote(make, item) for item in items]
        for actor in self._actors:
            weakref.finalize(self, _end, actor)

    def ask(self, method: str, *args: Any) -> list[Any]:
        refs = [actor.ask.remote(method, *args) for actor in self._actors]
        self._engine.done[self._what] += len(refs)
        return [self._answer(number, ref, method, args) for number, ref in enumerate(refs)]

    def _answer(self, number: int, ref: Any, method: str, args: Sequence[Any]) -> Any:
        from ray.exceptions import ActorDiedError, ActorUnavailableError, GetTimeoutError, RayActorError

        for left in reversed(range(_RETRIES)):
            try:
                with mended(self._what):
                    return self._ray.get(ref, timeout=_ASK_FOR)
            except GetTimeoutError as error:
                raise UserError(
                    f"{_begun(self._what)}: a worker of the Ray cluster has not answered for an hour. See whether its "
                    "machine still works, and run the command again."
                ) from error
            except (RayActorError, ActorDiedError, ActorUnavailableError) as error:
                if not left:
                    raise _lost(self._what, error) from error
                self._actors[number] = actor = self._actor.remote(self._make, self._items[number])
                weakref.finalize(self, _end, actor)
                actor.ask.remote("catch_up", self._state())
                ref = actor.ask.remote(method, *args)
        raise AssertionError("unreachable")


class _Kept:
    """What an actor holds: the object, and its methods by name."""

    def __init__(self, make: Callable[..., Any], item: tuple[Any, ...]) -> None:
        self._object = make(*item)

    def ask(self, method: str, *args: Any) -> Any:
        return getattr(self._object, method)(*args)


def _call(work: Callable[..., Any], item: tuple[Any, ...]) -> Any:
    return work(*item)


# A piece of work has one CPU; the libraries, and `parallel`, would take all of the machine's.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "GAMUT_CORES")
_ONE_THREAD = {"env_vars": dict.fromkeys(_THREADS, "1")}


def _end(actor: Any) -> None:
    import ray

    if ray.is_initialized():
        with suppress(Exception):
            ray.kill(actor)


@contextmanager
def mended(what: str) -> Iterator[None]:
    """What Ray raises, as what a person can read; actors that are lost, and time that is up, are left to the caller."""
    from ray.exceptions import (
        GetTimeoutError,
        NodeDiedError,
        ObjectLostError,
        OutOfMemoryError,
        RayActorError,
        RayError,
        RayTaskError,
        WorkerCrashedError,
    )

    try:
        yield
    except RayTaskError as error:
        if isinstance(error.cause, UserError):
            raise UserError(str(error.cause)) from error
        raise
    except (GetTimeoutError, RayActorError):
        raise
    except (NodeDiedError, ObjectLostError, OutOfMemoryError, WorkerCrashedError) as error:
        raise _lost(what, error) from error
    except RayError as error:
        raise UserError(f"{_begun(what)}: the Ray cluster refused the work ({first_words(error)}).") from error


def _begun(what: str) -> str:
    """The same at the beginning of a sentence."""
    return what[:1].upper() + what[1:]


def _lost(what: str, error: BaseException) -> UserError:
    return UserError(
        f"{_begun(what)}: a piece of work was lost with its machine {_RETRIES} times ({first_words(error)}). Finished "
        "steps are kept: start the cluster again, with more memory if that ran out, and give the same command."
    )


@contextmanager
def connected(address: str | None) -> Iterator[RayEngine]:
    """A connection to the cluster at that address, for as long as it is used.

    A step is shared out from 2e9 multiply-adds on, a second of work; `GAMUT_SHARE_FROM` has another number,
    and `GAMUT_SHARD_ROWS` the rows that lie together at least (4,096).

    Args:
        address: HOST:PORT of its head, or "auto" for the one that runs on this machine, which must be part of it.

    Raises:
        UserError: Ray is not installed, or there is no such cluster.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    try:
        import ray
    except ImportError as error:
        raise UserError(NOT_INSTALLED) from error
    address = check_reachable(address)
    try:
        with _own_sigterm():
            ray.init(
                address=address,
                log_to_driver=False,
                logging_level=logging.ERROR,
                configure_logging=False,
                runtime_env=_ONE_THREAD,
            )
    except (ConnectionError, RuntimeError, ValueError, PermissionError, ray.exceptions.RayError) as error:
        raise UserError(
            f"The Ray cluster at {address} cannot be used ({first_words(error)}). This machine must be part of it "
            "(`ray start --address HOST:PORT`), with the same version of Ray and, where the cluster asks "
            "for one, the same token of Ray."
        ) from error
    try:
        yield RayEngine(smallest=share_from(), rows_a_shard=rows_a_shard())
    finally:
        with _own_sigterm(), _nothing_collected():
            ray.shutdown()


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """No thread looks for garbage meanwhile: an object of Ray that one lets go of amid a shutdown ends the process."""
    gc.collect()
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _own_sigterm() -> Iterator[None]:
    """Ray's handler of SIGTERM, or none after a shutdown, would end a worker with its job on record as running."""
    before = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    try:
        yield
    except SystemExit:  # what Ray's handler raises: the signal came in between
        signal.signal(signal.SIGTERM, before)
        signal.raise_signal(signal.SIGTERM)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
