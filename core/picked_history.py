"""What was selected before and after the selection that stands, kept in the store under a short key.

A page's address holds the key beside that of the selection, so that undo and redo outlive a reload. What is kept never
changes: a second tab, or somebody else who opens the link, goes on from the same place by keys of its own.
"""

import re
from dataclasses import dataclass

from .digest import digest
from .store import Store
from .study import Study

VERSION = 1
MOST = 50  # changes that can be undone
_KEY = re.compile("[0-9a-f]{32}")

Picks = tuple[str | None, ...]  # keys of core.picked; None: nothing was selected


@dataclass(frozen=True)
class History:
    """The selections that an undo goes back to, and those that a redo goes on to; the nearest last.

    >>> first = History().changed(None)  # from nothing to a
    >>> both = first.changed("a")  # and on to b
    >>> both.back("b")
    ('a', History(past=(None,), future=('b',)))
    >>> both.back("b")[1].forth("a")
    ('b', History(past=(None, 'a'), future=()))
    """

    past: Picks = ()
    future: Picks = ()

    def changed(self, left: str | None) -> "History":
        """The history once another selection has taken the place of `left`: what was undone cannot come again."""
        return History((*self.past, left)[-MOST:])

    def back(self, now: str | None) -> tuple[str | None, "History"]:
        """The selection before `now`, and the history there."""
        return self.past[-1], History(self.past[:-1], (*self.future, now))

    def forth(self, now: str | None) -> tuple[str | None, "History"]:
        """The selection that was undone last, and the history there."""
        return self.future[-1], History((*self.past, now), self.future[:-1])


def save_history(study: Study, store: Store, now: str | None, history: History) -> str:
    """Keep the history around a selection; the key of what was kept."""
    key = digest("picked history", VERSION, study.key, now, list(history.past), list(history.future))
    if not store.has("results", key):
        kept = {"picked_history": VERSION, "study": study.key, "now": now}
        store.save(key, kept | {"past": history.past, "future": history.future})
    return key


def load_history(study: Study, store: Store, now: str | None, key: str) -> History:
    """What was kept under that key, where it is there still and is about this selection; else an empty history."""
    kept = store.load(key) if _KEY.fullmatch(key) else None  # a key of an address may be anything
    if kept is None or kept[0].get("picked_history") != VERSION:
        return History()
    meta = kept[0]
    if (meta["study"], meta["now"]) != (study.key, now):
        return History()
    return History(tuple(meta["past"]), tuple(meta["future"]))
