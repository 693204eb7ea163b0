"""Functions that numba compiles when they are first called, and keeps on disk; other threads run meanwhile.

Importing this costs what numba costs: it is imported where such a function is used.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Work = TypeVar("Work", bound=Callable[..., Any])


def compiled(work: Work) -> Work:
    """That function, compiled."""
    found: Any = numba.njit(cache=True, nogil=True)(_kept_apart(work))
    return cast(Work, found)


def compiled_sums(work: Work) -> Work:
    """That function, compiled; its sums may be added up in another order, several numbers at a time."""
    found: Any = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"})(_kept_apart(work))
    return cast(Work, found)


def _kept_apart(work: Work) -> Work:
    """The function under a name that says its package: a checkout is `core` to some and `gamut.core` to others.

    numba keeps what it compiled by the last part of the module's name, and looks the module up by all of it.
    """
    work.__qualname__ = f"{work.__module__.partition('.')[0]}.{work.__qualname__}"
    return work
