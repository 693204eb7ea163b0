"""Functions that numba compiles when they are first called, and keeps on disk; other threads run meanwhile.

Importing this costs what numba costs: it is imported where such a function is used.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Work = TypeVar("Work", bound=Callable[..., Any])


def compiled(work: Work) -> Work:
    """That function, compiled."""
    found: Any = numba.njit(cache=True, nogil=True)(work)
    return cast(Work, found)


def compiled_sums(work: Work) -> Work:
    """That function, compiled; its sums may be added up in another order, several numbers at a time."""
    found: Any = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"})(work)
    return cast(Work, found)
