"""Saved subsets on the pages: those of a dataset, their colours, and the form that saves rows as one."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike

from core.choice import Id
from core.errors import UserError
from core.figures import Categories, Theme
from core.picked import Picked
from core.selectors import SELECTORS
from core.study import Study
from core.subset import Subset, part_of
from core.subset_names import COLOURS, LONGEST, LONGEST_NOTE
from core.subsets import Subsets

from . import state
from .chosen import Chosen
from .words import count, plain, sound


def shelf() -> Subsets:
    """The saved subsets of all datasets."""
    return Subsets(state.store())


def of(study: Study) -> list[Subset]:
    """Those of the study's dataset, the oldest first; none where they cannot be read, which the Map page says."""
    return [] if study.dataset is None else of_dataset(study.dataset.key)


def of_dataset(key: str) -> list[Subset]:
    """Those of the dataset of that key, as `of`."""
    try:
        return shelf().all(key)
    except UserError:
        return []


def ids_named(study: Study, name: str) -> list[Id]:
    """The ids of the rows of the saved subset of that name, as a recipe holds them.

    Raises:
        UserError: the study's dataset has none of that name.
    """
    if study.dataset is None:
        raise UserError(f"{study.name} has vectors alone, and no saved subset {name!r}.")
    ids = study.dataset.ids(shelf().named(study.dataset.key, name).rows)
    return [each if isinstance(each, int) and not isinstance(each, bool) else str(each) for each in ids]


def colour_of(subset: Subset, theme: Theme) -> str:
    """The colour of a subset, the same on every page."""
    return theme.category(COLOURS.index(subset.colour))


def title(subset: Subset) -> str:
    """Its name with its rows, as an option of a list."""
    return f"{alone(subset.name)} ({len(subset):,})"


def alone(name: str) -> str:
    """A name that keeps its direction to itself: one from right to left would turn the number beside it round."""
    return f"\u2068{sound(name)}\u2069"


def categories(study: Study) -> Categories:
    """The rows by the subset that they are in, in its colour; rows in several say so."""
    every = of(study)
    values = np.full(len(study), len(every) + 1)  # numbers of names: those of the subsets, of several, of none
    for place, subset in enumerate(every):
        rows = subset.within(study)
        values[rows] = np.where(values[rows] > len(every), place, len(every))
    names = [sound(each.name) for each in every]
    for own in (f"in several of {count(len(every), 'subset')}", "in no subset"):
        while own in names:  # a subset may be called so
            own += " "
        names.append(own)
    places = {name: COLOURS.index(each.colour) for name, each in zip(names, every, strict=False)}
    neutral = frozenset(names[-1:])
    return Categories([names[i] for i in values], "Subset", neutral, {**places, names[-2]: None})


def tell(study: Study, row: int) -> None:
    """Say which subsets a row of the study is in, where it is in any."""
    names = [plain(alone(each.name), 62) for each in of(study) if study.positions[row] in each.rows]
    if names:
        st.caption(f"In the {'subset' if len(names) == 1 else 'subsets'} {', '.join(names)}.")


def found_by(picked: Picked) -> dict[str, Any]:
    """How rows on the map were found, for the proof of a subset that is made of them."""
    query = {} if picked.query is None else {"query": picked.query.as_json()}
    choices = {"choices": [dict(each) for each in picked.choices]} if picked.choices else {}
    return {"by": "map", "how": ", ".join(picked.how)} | query | choices


def choose(study: Study, label: str, key: str, whole: str, help: str) -> Subset | None:
    """The saved subset that a page is to be about; None for what it is about otherwise, which `whole` says.

    Nothing is drawn where there are no subsets.
    """
    every = {each.id: each for each in of(study)}
    kept = f"keep:part:{key}"
    if not every:
        return None
    now = st.session_state.get(kept)
    options = ["", *every]
    id = st.selectbox(
        label,
        options,
        index=options.index(now) if now in every else 0,
        format_func=lambda id: title(every[id]) if id in every else whole,
        key=f"part:{key}:{','.join(every)}",
        help=help,
    )
    st.session_state[kept] = id
    return every.get(id)


def part(study: Study, subset: Subset) -> Study:
    """The study of a subset's rows, kept by the server; measured against the reference, or else the whole dataset.

    Raises:
        UserError: all its rows are left out of the study.
    """
    against = study.reference.key if study.reference else ""
    return _part((study.key, study.texts_key, against, study.name, subset.rows_key, subset.name), study, subset)


@st.cache_resource(max_entries=6, show_spinner=False)
def _part(keys: tuple[str, ...], _study: Study, _subset: Subset) -> Study:  # noqa: ARG001 - see pages/ui/state.py
    return part_of(_study, _subset.rows, _subset.name)


def asked(subset: Subset) -> dict[str, str]:
    """A subset as the worker is told of it: its rows as they are now."""
    return {"name": subset.name, "rows": subset.rows_key}


def chosen_by(found: Chosen, study: Study) -> dict[str, Any]:
    """How the rows of a selection were found, for the proof of a subset that is made of them."""
    return {
        "by": "selection",
        "title": SELECTORS[found.selection.selector].title,
        "recipe": found.recipe.as_json(),
        "embedding": {"encoder": study.embeddings.encoder, "key": study.embeddings.key},
        "reference": study.reference.name if study.reference else None,
    }


def save_form(study: Study, rows: ArrayLike, made: Mapping[str, Any], key: str, suggested: str = "") -> None:
    """The button that opens a form which saves rows of the study as a subset.

    Args:
        made: how the rows were found; see core/subset_making.py.
        suggested: a name to begin with.
    """
    taken = np.asarray(rows, dtype=np.int64)
    with st.popover("Save as subset", icon=":material/bookmark_add:"):
        st.caption(f"{count(len(taken), 'row')} under a name of their own. All subsets stand below the map.")
        said(key)

        def save(fields: dict[str, Any]) -> str:
            assert study.dataset is not None
            return shelf().add(study.dataset, study.positions[taken], made=made, **fields).name

        describing(key, "Save", save, suggested)


def said(key: str) -> None:
    """That the rows of the form of that key were saved, once."""
    name = st.session_state.pop(f"saved:{key}", None)
    if name:
        st.success(f"Saved as {plain(alone(name))}.", icon=":material/bookmark_added:")


def describing(
    key: str, label: str, save: Callable[[dict[str, Any]], str], suggested: str = "", *, disabled: bool = False
) -> None:
    """A form for the name, note and colour of a new subset; where these are wrong, what was typed stays."""
    turn = int(st.session_state.get(f"turn:{key}", 0))
    with st.form(f"form:{key}:{turn}", border=False):
        name = st.text_input("Name", suggested, max_chars=LONGEST, key=f"name:{key}:{turn}")
        note = st.text_area(
            "Note", max_chars=LONGEST_NOTE, height=68, key=f"note:{key}:{turn}", placeholder="What it is for"
        )
        colour = st.selectbox("Colour", ["", *COLOURS], format_func=_colour, key=f"colour:{key}:{turn}")
        if st.form_submit_button(label, type="primary", disabled=disabled):
            try:
                made = save({"name": name, "note": note, "colour": colour or None})
            except UserError as error:
                st.error(plain(error, 600), icon=":material/error:")
                return
            st.session_state[f"saved:{key}"] = made
            st.session_state[f"turn:{key}"] = turn + 1
            st.rerun()


def _colour(name: str) -> str:
    return name or "the next free one"
