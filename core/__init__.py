"""Gamut's library: datasets, embeddings, diversity metrics, selectors and proofs of how a subset was made.

    from gamut.core import Study
    study = Study.open("alpaca.jsonl")

Importing it loads none of streamlit, torch, umap, faiss and transformers: each is loaded by the work that needs it.
"""

import os
from importlib import import_module
from typing import Any

# After a product OpenBLAS's threads else keep a core busy for 25 ms, waiting for the next: read when numpy is imported.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

__version__ = "0.1.0"

_HOMES = {
    "Dataset": ".dataset",
    "Embeddings": ".embeddings",
    "METRICS": ".metrics",
    "SELECTORS": ".selectors",
    "Score": ".metrics",
    "Selection": ".selectors",
    "Space": ".geometry",
    "Study": ".study",
    "UserError": ".errors",
}
__all__ = ["METRICS", "SELECTORS", "Dataset", "Embeddings", "Score", "Selection", "Space", "Study", "UserError"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)
