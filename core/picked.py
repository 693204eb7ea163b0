"""The rows that a person has picked, by search, filter, lasso or click, kept in the store under a short key.

A page's address holds the key; whoever opens it sees the same rows, and how they were found.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .digest import digest
from .finding import Found
from .searching import Query
from .store import Store
from .study import Study

VERSION = 1
_KEY = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Picked:
    """Picked rows of a study, in words how they were found, and the query that stands in the search line."""

    found: Found
    how: tuple[str, ...] = ()  # one after the other
    query: Query | None = None
    choices: tuple[Mapping[str, Any], ...] = ()  # how those choices were made of whose values filters are


def save(study: Study, store: Store, picked: Picked) -> str:
    """Keep them; the key of what was kept."""
    query = None if picked.query is None else picked.query.as_json()
    rows = picked.found.rows.astype(np.int32 if len(study) < 2**31 else np.int64)
    arrays = {"rows": rows}
    if picked.found.cosines is not None:
        arrays["cosines"] = picked.found.cosines.astype(np.float64)
    choices = [dict(each) for each in picked.choices]
    key = digest("picked", VERSION, study.key, list(picked.how), _tagged(query), arrays, *choices)
    if not store.has("results", key):
        meta = {"picked": VERSION, "study": study.key, "how": list(picked.how), "query": query, "choices": choices}
        store.save(key, meta, **arrays)
    return key


def load(study: Study, store: Store, key: str) -> Picked | None:
    """What was kept under that key, where it is there still and is of the same rows; else None."""
    kept = store.load(key) if _KEY.fullmatch(key) else None  # a key of an address may be anything
    if kept is None or kept[0].get("picked") != VERSION or kept[0]["study"] != study.key:
        return None
    meta, arrays = kept
    query = None if meta["query"] is None else Query.from_json(meta["query"])
    found = Found(arrays["rows"].astype(np.int64), arrays.get("cosines"))
    return Picked(found, tuple(meta["how"]), query, tuple(meta.get("choices", ())))


def _tagged(query: Mapping[str, Any] | None) -> Any:
    return None if query is None else dict(query)
