"""A recipe from a file fills the Select page, and the page's recipe is saved as one."""

from pathlib import Path

import streamlit as st

from core.choice import Choice
from core.errors import UserError
from core.recipe import Recipe, dump_recipe, read_recipe, with_subsets
from core.study import Study

from . import domains, saved, state
from .draft import Draft
from .words import count, plain


def open_one(draft: Draft, study: Study) -> None:
    """The uploader; what it reads replaces everything that is set."""
    with st.expander("Open a recipe"):
        st.caption("A file that this page or `gamut select --save-recipe` wrote: it replaces everything above.")
        file = st.file_uploader("Recipe (YAML or JSON)", ["yaml", "yml", "json"], key=draft.key("recipe"))
        if file is not None:
            try:
                opened(draft, study, state.save_upload(file.name, file.getvalue()))
            except UserError as error:
                st.error(plain(error, 600), icon=":material/error:")
            else:
                st.rerun()
    if draft.said:
        st.caption(draft.said)


def opened(draft: Draft, study: Study, path: Path) -> None:
    """Begin anew with the recipe in that file; subsets that it names alone are those of the study's dataset.

    Raises:
        UserError: what is no recipe, a subset that is not there, or a file that this server does not open by its path.
    """
    try:
        recipe = read_recipe(path)
        recipe = Recipe(tuple(domains.whole(step) if isinstance(step, Choice) else step for step in recipe.steps))
        recipe = with_subsets(recipe, lambda name: saved.ids_named(study, name))
        for step in recipe.steps:
            if isinstance(step, Choice) and step.tokenizer:
                state.check_encoder(step.tokenizer)
    finally:
        path.unlink(missing_ok=True)
    draft.fill(recipe, f"Opened {plain(path.name, 60)}: {count(len(recipe.steps), 'step')}.")


def save(draft: Draft, recipe: Recipe) -> None:
    """The button that downloads what is set now."""
    st.download_button(
        "Save the recipe",
        data=dump_recipe(recipe),
        file_name=f"{recipe.choice.selector}.recipe.yaml",
        mime="application/yaml",
        on_click="ignore",
        icon=":material/save:",
        type="tertiary",
        key=draft.key("save recipe"),
        help="For `gamut select --recipe`, for another dataset, or to open here again.",
    )
