"""Downloads of a saved subset: its rows, ids or vectors, the proof of how it was made, and the commands."""

import json
import shlex
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from core import __version__
from core.digest import digest
from core.pushing import card_of_subset, subset_folder
from core.study import Study
from core.subset import Subset
from core.subset_files import chosen_by_hand, saved_proof, write_saved
from core.subset_making import described
from core.workspace import Entry

from . import commands, exporting_hub, exporting_rows, exporting_shards, frame, saved, state
from .exporting_rows import FORMATS
from .listing import listing
from .theme import theme
from .words import count, json_bytes, plain, sound

_AT_ONCE = 100_000  # rows above which the file is written only when it is asked for


def draw(entry: Entry, study: Study, subset: Subset) -> None:
    """How to export the subset, and the buttons."""
    assert study.dataset is not None  # only datasets have subsets
    st.html(f'<span style="color: {saved.colour_of(subset, theme())}">●</span> {subset.colour}')
    st.markdown(f"**{plain(saved.alone(subset.name))}**: {count(len(subset), 'row')} of {plain(study.name)}.")
    st.caption(f"{plain(described(subset.made), 300)}." + (f" {plain(subset.note, 500)}" if subset.note else ""))
    asked = exporting_rows.form(study, None)
    if not exporting_rows.is_ready(entry, study, asked, None):
        return
    kind, options = asked.kind, asked.options
    file_name = f"{_file_name(subset)}.{ {'ids': 'txt'}.get(kind, kind) }"
    if len(subset) > _AT_ONCE and not st.toggle("Prepare the file", key=f"prepare:{subset.tag}"):
        return
    against = study.reference.key if study.reference else None
    with frame.errors():
        content, proof = _written(
            digest(study.key, entry.key, against, study.name, subset.tag, subset.rows_key, kind, file_name, options),
            study,
            subset,
            kind,
            file_name,
            options,
        )
    st.download_button(
        f"Download {count(len(subset), 'row')} as {FORMATS[kind][0]}",
        data=content,
        file_name=file_name,
        mime="application/octet-stream",
        type="primary",
        on_click="ignore",
        key="download subset",
    )
    manifest = file_name if kind == "json" else f"{file_name}.manifest.json"
    if kind != "json":
        st.download_button(
            "Download the manifest",
            data=json_bytes(proof, indent=1),
            file_name=manifest,
            mime="application/json",
            on_click="ignore",
            key="download subset manifest",
            help="From what the subset was made, when and by which operations, and the digest of its ids; "
            "`gamut verify` checks a file by it.",
        )
    st.markdown("**The same file from the command line**")
    st.code(commands.subset_command(entry, study, subset, file_name, kind, options), language="bash", wrap_lines=True)
    st.caption("Subsets lie in the home folder of this app: run it on this machine, with the same `GAMUT_HOME`.")
    st.markdown("**And its check**")
    words = ["gamut", "verify", manifest, "--data", *commands.file_words(study), "--subset", file_name]
    words += commands.reading_words(entry)
    words += commands.vector_words(entry) if kind == "npy" and not study.embeddings.encoder_name else []
    st.code(shlex.join(words), language="bash", wrap_lines=True)
    _shards(entry, study, subset, asked, file_name)
    _hub(entry, study, subset, asked, file_name)
    with st.expander("The rows"):
        listing(entry, study, subset.within(study), "subset rows", columns=options.get("add", []), pick=False)


def _shards(entry: Entry, study: Study, subset: Subset, asked: exporting_rows.Form, file_name: str) -> None:
    against = study.reference.key if study.reference else None
    add = asked.options.get("add", [])
    what = exporting_shards.Sharded(
        key=digest(study.key, entry.key, against, study.name, subset.tag, subset.rows_key),
        rows=lambda: chosen_by_hand(study, subset),
        proof=lambda: saved_proof(study, subset, add) | _scored(study),
        command=shlex.split(
            commands.subset_command(entry, study, subset, file_name, asked.kind, asked.options, sharded=True)
        ),
    )
    exporting_shards.section(study, what, replace(asked, file_name=file_name))


def _hub(entry: Entry, study: Study, subset: Subset, asked: exporting_rows.Form, file_name: str) -> None:
    """How the subset would be pushed to the hub."""
    data, kind, options = study.dataset, asked.kind, asked.options
    assert data is not None  # only datasets have subsets
    args: dict[str, Any] = {"dataset": entry.dataset, "setup": entry.key, "reference": study.reference_word}
    add = options.get("add", [])
    args |= {"saved": subset.id, "version": subset.version, "kind": kind, "options": options}
    what = exporting_hub.Pushable(
        key=digest("hub", __version__, entry.key, study.reference_word, study.name, subset.tag, kind, options),
        card=lambda name: card_of_subset(name, kind, data, subset, saved_proof(study, subset, add) if add else None),
        write=lambda name, folder: subset_folder(
            folder, name, kind, data, subset, study=study, more=_scored(study), **options
        ),
        command=lambda name: [*_push_words(entry, study, subset, asked, file_name), "--to", name, "--private"],
        job="push_subset",
        args=args,
    )
    exporting_hub.section(what, Path(file_name).stem)


def _push_words(entry: Entry, study: Study, subset: Subset, asked: exporting_rows.Form, file_name: str) -> list[str]:
    """The command that exports the subset, turned into the one that pushes it."""
    export = shlex.split(commands.subset_command(entry, study, subset, file_name, asked.kind, asked.options))
    kind = [] if asked.kind == "jsonl" else ["--as", asked.kind]
    return [*export[:2], "push", *export[3:-2], *kind]  # the last two are --out and its file


def _scored(study: Study) -> dict[str, Any]:
    """What a model scored of the rows, as the manifest tells it."""
    assert study.dataset is not None
    entry = state.workspace().get(study.dataset.key)
    return {"scored": entry.scored} if entry and entry.scored else {}


def _file_name(subset: Subset) -> str:
    """The name as a file's: letters and digits of any script, and what stands between them as one line."""
    words = "".join(letter if letter.isalnum() else " " for letter in sound(subset.name)).split()
    return "_".join(words)[:60] or "subset"


@st.cache_resource(max_entries=4, show_spinner="Writing the file")
def _written(
    key: str,  # noqa: ARG001 - names the rest, which Streamlit does not hash
    _study: Study,
    _subset: Subset,
    _kind: str,
    _file_name: str,
    _options: dict[str, Any],
) -> tuple[bytes, dict[str, Any]]:
    """The file as it is downloaded, and the proof of it."""
    assert _study.dataset is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        proof = write_saved(path, _kind, _study.dataset, _subset, study=_study, **_options)
        for file in proof["files"]:
            file["name"] = _file_name
        scored = _scored(_study)
        if _kind != "json":
            return path.read_bytes(), proof | scored
        ids = json.loads(path.read_bytes())
        return json_bytes(ids | {"manifest": proof | scored}), proof | scored
