"""What was worked out before: ask a function for its result, and have None where it would have to work for it."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_ONLY_KEPT = ContextVar("only_kept", default=False)


class NotKeptError(Exception):
    """The store has no such result, and nobody wants it worked out."""


def kept(ask: Callable[P, T], *args: P.args, **how: P.kwargs) -> T | None:
    """What `ask` returns, where the store has all of it; None where it has not. Nothing is worked out.

    For functions whose work goes through `Study._once`: `kept(compare, studies, ["vendi"], size=200)`.

    Raises:
        UserError: as `ask`.
    """
    token = _ONLY_KEPT.set(True)
    try:
        return ask(*args, **how)
    except NotKeptError:
        return None
    finally:
        _ONLY_KEPT.reset(token)


def working() -> bool:
    """Whether what is not kept may be worked out, and what is not here fetched."""
    return not _ONLY_KEPT.get()


def may_work() -> None:
    """Go on where work is wanted; where only what is kept is, end the asking here."""
    if not working():
        raise NotKeptError
