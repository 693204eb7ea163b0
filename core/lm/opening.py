"""A model by the name that a user gives it: the proxy of the rows, or one of their own."""

from collections.abc import Sequence

from ..progress import Progress, silent
from ..store import Store
from .examples import Example
from .language_model import LanguageModel, load_language_model
from .proxy import PROXY, proxy_base


def open_model(
    name: str,
    examples: Sequence[Example],
    store: Store,
    *,
    seed: int = 0,
    device: str | None = None,
    progress: Progress = silent,
) -> LanguageModel:
    """The model to be trained: "proxy" is one that has read no answer of those rows, any other name is loaded.

    Raises:
        UserError: as `proxy_base` and `load_language_model`.
    """
    if name == PROXY:
        return proxy_base(examples, store, seed=seed, device=device, progress=progress)
    progress(0, f"Loading {name}")
    return load_language_model(name, device=device)
