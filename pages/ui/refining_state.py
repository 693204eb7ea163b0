"""A refinement as it stands on disk, and what takes long to work out of it: kept by the server until it changes."""

from dataclasses import dataclass

import streamlit as st

from core.digest import digest
from core.refinement import Account, Kept, Refinement, Shelf, account
from core.study import Study

Key = tuple[str, int, int, int]  # the refinement's id, and what its file is told from an earlier one by


@dataclass(frozen=True)
class Current:
    """A refinement, and what names it in caches."""

    key: Key
    found: Refinement

    @property
    def state(self) -> str:
        """Digest of all of it."""
        return _state(self.key, self.found)

    def told(self, study: Study | None) -> Account:
        """Its account, with the scores of the study's rows where there is a study."""
        return _told(self.key, study.dataset.key if study and study.dataset else None, self.found, study)


def current(shelf: Shelf, kept: Kept) -> Current:
    """The state of a refinement as it stands on disk now."""
    file = shelf.state(kept.id).stat()
    key = (kept.id, file.st_ino, file.st_mtime_ns, file.st_size)
    return Current(key, _read(key, shelf))


@st.cache_resource(max_entries=6, show_spinner=False)
def _read(key: Key, _shelf: Shelf) -> Refinement:
    return _shelf.get(key[0])


@st.cache_resource(max_entries=6, show_spinner=False)
def _state(key: Key, _found: Refinement) -> str:  # noqa: ARG001 - names the rest, which Streamlit does not hash
    return digest(_found.as_json())


@st.cache_resource(max_entries=6, show_spinner=False)
def _told(key: Key, data: str | None, _found: Refinement, _study: Study | None) -> Account:  # noqa: ARG001 - see above
    return account(_found, _study)
