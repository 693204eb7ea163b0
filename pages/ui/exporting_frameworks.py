"""What a training framework asks for to read the exported file."""

import streamlit as st

from core.errors import UserError
from core.frameworks import FRAMEWORKS, entry
from core.study import Study

from .exporting_rows import Form
from .words import plain

_MIMES = {"json": "application/json", "yaml": "application/yaml", "python": "text/x-python"}


def draw(study: Study, asked: Form) -> None:
    """The text to copy, and the file to download."""
    if study.dataset is None:
        return
    with st.expander("For a training framework", icon=":material/model_training:"):
        name = st.segmented_control(
            "Framework", list(FRAMEWORKS), default=next(iter(FRAMEWORKS)), format_func=FRAMEWORKS.get, key="framework"
        )
        if name is None:
            return
        try:
            found = entry(name, study.dataset, asked.file_name)
        except UserError as error:
            st.info(plain(error, 400), icon=":material/info:")
            return
        st.code(found.code, language=found.language, wrap_lines=True)
        for note in found.notes:
            st.caption(plain(note, 300))
        st.download_button(
            f"Download {found.file_name}",
            data=found.code.encode("utf-8", "backslashreplace"),
            file_name=found.file_name,
            mime=_MIMES[found.language],
            on_click="ignore",
            key="download entry",
        )
