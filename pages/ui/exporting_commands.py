"""The commands that make again what the Export page gives, for the user to copy."""

import shlex

import streamlit as st

from core.cli.choices import choice_words
from core.study import Study
from core.value_table import KINDS
from core.workspace import Entry

from . import chosen, commands, state
from .exporting_rows import Form


def of_selection(entry: Entry, study: Study, found: chosen.Chosen, asked: Form, more: list[str]) -> None:
    """The command that chooses the same subset, `more` options of the bundle included, and those that check it."""
    st.markdown("**The same subset from the command line**")
    words = shlex.split(commands.command(entry, study, found.recipe, asked.file_name, asked.options))
    _code(entry, study, shlex.join([*words[:-2], *more, *words[-2:]]))  # the last two are --out and its file
    if choice_words(found.recipe) is None:
        st.caption("It needs the recipe's file: no option says all of it.")
    if study.reference is not None and not commands.reference_is_said(entry, study, study.reference):
        st.caption("The reference has a set-up of its own, which no option says: use `gamut replay` instead.")
    if study.reference is not None and study.reference.rows_key:
        st.caption("The reference is a saved subset: run this on the machine of this app, with the same `GAMUT_HOME`.")
    if not study.embeddings.encoder_name:
        st.caption("It needs the file of your own vectors beside the data.")
    st.markdown("**And its check**")
    data = ["--data", *commands.file_words(study)]
    how = commands.reading_words(entry)
    how += [] if study.embeddings.encoder_name else commands.vector_words(entry)
    words = ["gamut", "verify", f"{asked.file_name}.manifest.json", *data, "--subset", asked.file_name, *how]
    st.code(shlex.join(words), language="bash", wrap_lines=True)
    st.markdown("**And that of the proof**")
    against = [word for place, word in enumerate(more) if "--against" in more[max(0, place - 1) : place + 1]]
    verify = ["gamut", "verify", f"{asked.name}.zip", *data, *how]
    reference = commands.reference_words(study, again=True)
    replay = ["gamut", "replay", f"{asked.name}.zip", *data, *reference, *against, *how]
    st.code(f"{shlex.join(verify)}\n{shlex.join(replay)}", language="bash", wrap_lines=True)


def of_all_rows(entry: Entry, study: Study, asked: Form) -> None:
    """The command that writes the file of all rows, where there is one."""
    if asked.options.get("add") and asked.kind in KINDS:
        st.markdown("**The same file from the command line**")
        _code(entry, study, commands.command_for_all(entry, study, asked.file_name, asked.options))
    elif entry.scored and asked.kind == "jsonl" and study.dataset is not None and len(study) == len(study.dataset):
        st.markdown("**The same file from the command line**")
        _code(entry, study)


def _code(entry: Entry, study: Study, *command: str) -> None:
    """Commands for the user to copy: those that make files of scored rows stand before what is made of these."""
    other = state.workspace().get(study.reference.dataset.key) if study.reference and study.reference.dataset else None
    before = commands.scoring_commands(entry, other)
    st.code("\n".join([*before, *command]), language="bash", wrap_lines=True)
    if before and command:
        st.caption("`gamut score` writes the file of scored rows, from which the rest is made.")
