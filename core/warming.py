"""What is loaded and compiled beforehand, so that the first job of a worker and the first search do not wait for it."""

import gc
from collections.abc import Callable
from importlib import import_module
from threading import Lock, Timer

from .errors import UserError

_LIBRARIES = ("torch", "faiss", "sentence_transformers", "sklearn.cluster", "numba")
_timers: dict[str, Timer] = {}
_lock = Lock()  # sessions are threads


def import_libraries() -> None:
    """Import what nearly every job needs, and load the default encoder."""
    for name in _LIBRARIES:
        import_module(name)
    from .encoders import load_encoder

    load_encoder("default").encode(["warm"])


def warm_up(compiled: Callable[[], object] = lambda: None) -> None:
    """Compile what metrics of texts, the first map and NovelSelect need; a map that is asked for meanwhile waits.

    `compiled` returns when another process has compiled what a map needs, or has failed to.
    """
    from .projections.umap import warm_up as warm_umap
    from .selectors._novelty_rule import warm_up as warm_novelselect
    from .tokens import warm_up as warm_tokens

    warm_tokens()
    warm_umap(compiled)
    warm_novelselect()


def warm_encoder(name: str, *, after: float = 2.0) -> None:
    """Load that encoder in the background, `after` so many seconds: first comes what is being drawn now.

    Asked for again, nothing happens. One that cannot be loaded is not told of here, but where it is needed.
    """
    with _lock:
        if name in _timers:
            return
        _timers[name] = Timer(after, _load, (name,))
    _timers[name].daemon = True
    _timers[name].start()


def is_warm(name: str) -> bool:
    """Whether that encoder was loaded in the background, or found not to load."""
    timer = _timers.get(name)
    return timer is not None and timer.ident is not None and not timer.is_alive()


def _load(name: str) -> None:
    from .encoders import load_encoder

    try:
        load_encoder(name).encode(["warm"])
    except UserError:
        return
    gc.freeze()  # the libraries behind it: else each search for garbage looks through them, for a third of a second
