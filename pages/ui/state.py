"""The server's side of a session: the store, what is open, and the study that the page is about.

Session state and the URL hold keys only; data stays on disk and studies are kept once per server.
"""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.cli.app import is_local
from core.dataset import Dataset
from core.digest import digest
from core.errors import UserError
from core.fetching import Address
from core.jobs import Job, Jobs, id_of
from core.lm import PROXY
from core.references import Reference, reference_named
from core.store import Store, read_json
from core.study import Study
from core.workspace import Entry, Workspace

# project, dataset, reference, selection, comparison, variants, bench, frontier, sweep over k, refinement, entropy
# selection, rows picked on the map, what of that can be undone
_PARAMS = ("pr", "d", "ref", "s", "c", "v", "b", "f", "k", "r", "a", "p", "h")


@st.cache_resource
def store() -> Store:
    return Store()


@st.cache_resource
def jobs() -> Jobs:
    return Jobs(store())


def workspace() -> Workspace:
    return Workspace(store())


def data_root() -> Path | None:
    """The folder below which files may be opened by path, or None where that is off."""
    root = os.environ.get("GAMUT_DATA_ROOT")
    return Path(root) if root else None


def remember(name: str, value: str | None) -> None:
    """Keep a key in the session and in the URL, so that a reload and a shared link find it."""
    if value is None:
        st.session_state.pop(f"keep:{name}", None)
        st.query_params.pop(name, None)
    else:
        st.session_state[f"keep:{name}"] = value
        st.query_params[name] = value


def recall(name: str) -> str | None:
    """The kept key: the URL's, else the session's."""
    value = st.query_params.get(name) or st.session_state.get(f"keep:{name}")
    if value is not None:
        remember(name, value)
    return value


def restore() -> None:
    """Put what the session knows back into the URL, which a page change clears."""
    for name in _PARAMS:
        recall(name)


def open_dataset(key: str | None) -> None:
    """Make an open dataset the current one; None: the latest of the project."""
    remember("d", key)
    for name in ("ref", "s", "r", "p", "h"):
        remember(name, None)


def current(entries: Sequence[Entry]) -> Entry | None:
    """The current dataset: the one in the URL, else the latest."""
    wanted = recall("d")
    found = next((entry for entry in entries if entry.dataset == wanted), None)
    return found or (entries[0] if entries else None)


def reference_of(entry: Entry) -> Reference | None:
    """The reference set that was chosen, where it is open; None is the dataset itself.

    Raises:
        UserError: no subset has, or had, the rows that the URL names.
    """
    wanted = recall("ref")
    return reference_named(wanted, workspace()) if wanted and wanted != entry.dataset else None


# Of the arguments of a cached function Streamlit hashes those without an underscore: our own keys, and nothing else.


@st.cache_resource(max_entries=6, show_spinner=False)
def _study(keys: tuple[str, str | None], _entry: Entry, _reference: Reference | None) -> Study:  # noqa: ARG001 - see above
    found = workspace().study(_entry)
    return found.against(_reference.study(workspace())) if _reference else found


def study(entry: Entry, reference: Reference | None = None) -> Study:
    """The study of an embedded dataset, kept by the server under our own digest of its set-up."""
    return _study((entry.key, reference.key if reference else None), entry, reference)


@st.cache_resource(max_entries=12, show_spinner=False)
def _dataset(keys: tuple[str, ...], _entry: Entry) -> Dataset:  # noqa: ARG001 - see above
    return workspace().dataset(_entry)


def dataset(entry: Entry) -> Dataset:
    """The dataset of an entry, kept by the server."""
    return _dataset((entry.dataset, digest(entry.roles, entry.origins), entry.name, *entry.files), entry)


def encoder_of(entry: Entry) -> str:
    """The encoder that an entry's embeddings were made by; "" for vectors of the user's own."""
    assert entry.embeddings is not None
    return str(read_json(store().folder("embeddings", entry.embeddings) / "meta.json")["encoder_name"])


def check_encoder(name: str) -> None:
    """Refuse a folder as encoder where others reach the server and it does not lie below the data root."""
    _check_name(name, "an encoder", "default")


def check_model(name: str) -> None:
    """Refuse a folder as language model where others reach the server and it does not lie below the data root."""
    _check_name(name, "a language model", PROXY)


def _check_name(name: str, what: str, own: str) -> None:
    if not name or is_local(st.get_option("server.address") or ""):
        return
    try:
        folder = Path(name).expanduser().resolve()
        is_path = name.startswith(("/", ".", "~", "\\")) or ".." in name or folder.exists()
    except (RuntimeError, OSError, ValueError) as error:
        raise UserError(f"{name!r} is no name of {what}. Check it.") from error
    roots = [root.resolve() for root in (data_root(), store().home / "models") if root is not None]  # made here, too
    if is_path and name != own and not any(folder.is_relative_to(root) for root in roots):
        raise UserError(f"On this server {what} is named by its hub name, or lies below the server's data folder.")


def save_upload(name: str, content: memoryview | bytes) -> Path:
    """Put an uploaded file on disk, in a folder of its own, under a name that is safe on any system."""
    folder = store().home / "uploads" / f"{time.time_ns():x}"
    folder.mkdir(parents=True)
    safe = Path(name.replace("\\", "/")).name.replace("\x00", "").lstrip(".")[-150:] or "upload"
    path = folder / safe
    path.write_bytes(content)
    return path


def job(what: str, args: Mapping[str, Any]) -> Job | None:
    """The job of that work as it stands, where it was asked for before."""
    return jobs().find(id_of(what, args))


def embedding_job(entry: Entry) -> Job | None:
    """The last job that made, or makes, embeddings for this dataset; found on disk, so that a reload finds it too."""
    return next(
        (job for job in jobs().all() if job.what in ("embed", "vectors") and job.args.get("dataset") == entry.dataset),
        None,
    )


def submit_reading(paths: Sequence[Path], title: str, options: Mapping[str, Any] | None = None) -> Job:
    """Queue the reading of files; what was read is put into the project that is open now."""
    queued = jobs().submit("read", title, paths=[str(path) for path in paths], options=dict(options or {}), **_here())
    jobs().ensure_worker()
    return queued


def start_reading(paths: Sequence[Path], title: str, options: Mapping[str, Any] | None = None) -> None:
    """Queue the reading of files; the Data page shows how far it is and opens what was read."""
    st.session_state["reading"] = submit_reading(paths, title, options).id


def start_fetching(address: Address, title: str, options: Mapping[str, Any] | None = None) -> None:
    """Queue the fetching and reading of what lies at an address; shown and opened as files are."""
    queued = jobs().submit("fetch", title[:120], address=str(address), options=dict(options or {}), **_here())
    jobs().ensure_worker()
    st.session_state["reading"] = queued.id


def _here() -> dict[str, str]:
    """What a job that brings a dataset in is told of the project in which that was asked for."""
    project = recall("pr")
    return {"project": project} if project else {}


def start_sample(name: str = "gamut_sample.jsonl") -> None:
    """Queue the reading of a sample dataset that comes with Gamut."""
    path = Path(__file__).resolve().parents[2] / "sample_data" / name
    start_reading([path], f"Read {name}")
