"""The line above the map that finds rows: by words, a pattern, a meaning, a row like them, and filters."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from core import warming
from core.errors import UserError
from core.filters import Filter
from core.finding import find, id_of, no_meaning, row_named
from core.row_values import ROW_VALUES, check_offered, kept_values
from core.searching import NEAREST, Query
from core.study import Study
from core.workspace import Entry

from . import picked, saved, values
from .chosen import Chosen
from .filtering import one_filter
from .words import count, plain, sound

_KINDS = {"words": "Words", "regex": "Pattern", "meaning": "Meaning", "like": "A row like it"}
_HELP = {
    "words": 'All words occur in the text, also inside longer words; "words in quotes" stand beside each other. Letter '
    "case does not matter.",
    "regex": r"A regular expression of Python, such as \bsort(ed|ing)?\b. Letter case counts, unless (?i) begins it.",
    "meaning": "What you write is embedded as the rows were; rows are ranked by the cosine with it, from 1 (the same) "
    "to 0 (unrelated).",
    "like": "Rows are ranked by the cosine with this row, from 1 (the same) to 0 (unrelated).",
}
_PLACEHOLDERS = {
    "words": 'sort "a list"',
    "regex": r"(?i)\bsort(ed|ing)?\b",
    "meaning": "asks to put things in order",
    "like": "an id, or # and the number of a row: #12",
}


@dataclass
class Line:
    """What stands in the line, kept while other pages are looked at."""

    kind: str = "words"
    text: str = ""
    filters: list[tuple[Filter, bool]] = field(default_factory=list)  # and whether each is on a value of each row
    nearest: int = NEAREST
    cosine: float | None = None
    asked: dict[str, Any] | None = None  # the query, as JSON, that the selection was last changed by
    seen: int = -1  # changes of the selection that the line knows of
    version: int = 0  # in the keys of its widgets, so that what is filled in anew is shown
    made: str = ""  # the choice of a selector whose rank, gain and coverage were last filtered by

    def key(self, name: str) -> str:
        return f"find {name}:{self.version}"

    def fill(self, study: Study, query: Query | None) -> None:
        """Show a query that was asked elsewhere: in another session, or before it was undone."""
        query = query or Query()
        texts = {"words": query.words, "regex": query.regex, "meaning": query.meaning}
        # by its number, as an id may hold what cannot be sent to a browser
        like = np.flatnonzero([str(each) == str(query.like[0]) for each in study.ids]) if query.like else ()
        texts["like"] = f"#{study.positions[like[0]] + 1}" if len(like) else ""
        self.kind = next((kind for kind, text in texts.items() if text), self.kind)
        self.text = sound(texts[self.kind])
        self.filters = [*((each, False) for each in query.where), *((each, True) for each in query.values)]
        self.nearest, self.cosine = query.nearest or NEAREST, query.cosine
        self.asked = query.as_json()
        self.version += 1

    def query(self, study: Study) -> Query:
        """What is asked for.

        Raises:
            UserError: a row that there is not.
        """
        text = self.text.strip()
        how: dict[str, Any] = {"like": (row_named(study, text),)} if self.kind == "like" and text else {}
        how |= {self.kind: self.text} if self.kind != "like" and text else {}
        if text and self.kind in ("meaning", "like"):
            how |= {"nearest": self.nearest, "cosine": self.cosine}
        where = tuple(each for each, of_rows in self.filters if not of_rows)
        return Query(where=where, values=tuple(each for each, of_rows in self.filters if of_rows), **how)


def draw(entry: Entry, study: Study, made: Chosen | None = None) -> None:
    """The line, and the finding where what stands in it has changed, or the choice that its filters are about."""
    line = _line(study, made)
    if not no_meaning(study):
        warming.warm_encoder(study.embeddings.encoder_name)
    with st.expander("Search and filter", expanded=True, icon=":material/search:"):
        again = _controls(study, line, made)
        try:
            query = line.query(study)
            if query.as_json() != line.asked or again or (_of_choice(query) and line.made != _key(made)):
                _find(entry, study, line, query, made)
        except UserError as error:
            st.error(plain(error, 600), icon=":material/error:")


def more_like(study: Study, row: int) -> None:
    """The button that finds rows like the one that is read."""
    st.button(
        "More like this",
        icon=":material/join_inner:",
        key=f"more like:{row}",
        on_click=_like,
        args=(study, row),
        help=f"The {NEAREST} rows whose vectors lie nearest to this one's.",
    )


def _like(study: Study, row: int) -> None:
    query = Query(like=(id_of(study, row),), nearest=NEAREST)
    found = find(study, query)
    picked.keep(study, found.rows, query.describe(), cosines=found.cosines, query=query)


def _of_choice(query: Query) -> bool:
    """Whether a filter is on a value that rows have of a choice: their rank, gain, or how they are covered."""
    return any(ROW_VALUES[each.column].needs == "selection" for each in query.values if each.column in ROW_VALUES)


def _key(made: Chosen | None) -> str:
    return made.key if made else ""


def _line(study: Study, made: Chosen | None) -> Line:
    name = f"find:{study.key}"
    line: Line = st.session_state.setdefault(name, Line())
    changes, now = picked.changes(study), picked.current(study)
    if line.seen != changes:  # by a lasso, an undo, another page or a link that was opened
        wanted = (now.query or Query()).as_json()
        if wanted != (line.asked or {}):
            line.fill(study, now.query)
        line.seen, line.made = changes, _key(made)
        line.asked = wanted
    elif st.session_state["arrived"]:
        line.version += 1  # what widgets held was forgotten when the page was left
    return line


def _controls(study: Study, line: Line, made: Chosen | None) -> bool:
    """The widgets; returns whether the button was pressed."""
    kinds = [kind for kind in _KINDS if (kind != "meaning" or not no_meaning(study)) and _has_texts(study, kind)]
    if line.kind not in kinds:
        line.kind, line.text = kinds[0], ""
    ranked = line.kind in ("meaning", "like")
    widths = [1.45, 2.4 if ranked else 3.4, *([0.85, 1.0] if ranked else []), 1.1, 1.9, 0.8]
    places = iter(st.columns(widths, vertical_alignment="bottom"))
    kind = next(places).selectbox(
        "Find by", kinds, index=kinds.index(line.kind), format_func=_KINDS.__getitem__, key=line.key("kind")
    )
    if kind != line.kind:
        line.kind, line.text = kind, ""
        line.version += 1
        st.rerun()
    line.text = next(places).text_input(
        _KINDS[kind] if kind != "like" else "Row",
        line.text,
        key=line.key(f"text:{kind}"),
        placeholder=_PLACEHOLDERS[kind],
        help=_HELP[kind],
    )
    if ranked:
        line.nearest = int(
            next(places).number_input(
                "Nearest", 1, max(1, len(study)), min(line.nearest, max(1, len(study))), key=line.key("nearest")
            )
        )
        line.cosine = next(places).number_input(
            "Cosine",
            -1.0,
            1.0,
            line.cosine,
            0.05,
            key=line.key("cosine"),
            placeholder="any",
            help="The least cosine of a row.",
        )
    with next(places).popover(f"Filters ({len(line.filters)})" if line.filters else "Filter", width="stretch"):
        _add_filter(study, line, made)
    picked.choose_joining(next(places))
    pressed = next(places).button("Find", key=line.key("find"), width="stretch")
    if why := no_meaning(study):
        st.caption(plain(why, 400))
    _filters(line)
    return bool(pressed)


def _has_texts(study: Study, kind: str) -> bool:
    return study.texts is not None or kind == "like"


def _add_filter(study: Study, line: Line, choice: values.Made | None) -> None:
    names: dict[str, list[str]] = {name: [] for name in values.names(study, choice)}
    if "cluster" in names and (clusters := kept_values(study, "cluster")) is not None:
        names["cluster"] = list(dict.fromkeys(map(str, clusters)))
    try:
        made = one_filter(study, lambda name: line.key(f"{len(line.filters)} {name}"), values=names)
    except UserError as error:
        st.error(plain(error, 400))
        return
    if st.button("Add this filter", key=line.key("add filter"), disabled=made is None, width="stretch") and made:
        line.filters.append(made)
        line.version += 1
        st.rerun()


def _filters(line: Line) -> None:
    """The filters that are set, each with a button that takes it away."""
    if not line.filters:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for place, (each, of_rows) in enumerate(line.filters):
            head = ROW_VALUES[each.column].head if of_rows else each.column
            words = plain(f"{head}{each.describe().removeprefix(each.column)}", 80)
            st.button(
                words,
                icon=":material/close:",
                key=line.key(f"drop filter {place}"),
                help="Take this filter away",
                on_click=line.filters.pop,
                args=(place,),
            )


def _find(entry: Entry, study: Study, line: Line, query: Query, made: Chosen | None) -> None:
    """Find the rows and change the selection by them; where values of each row are missing, these are found first."""
    if not query:
        if line.asked:  # what was asked for was taken back
            line.asked = query.as_json()
            picked.clear(study)
            line.seen = picked.changes(study)
        return
    names = list(dict.fromkeys(each.column for each in query.values))
    check_offered(study, names, chosen=made is not None)
    if len(values.ready(entry, study, names, made, "find")) < len(names):
        st.caption("The selection follows when every row has its value.")
        return
    words = "Searching" if not query.ranks else "Ranking rows by cosine"
    if query.meaning and not warming.is_warm(study.embeddings.encoder_name):
        words = "Loading the encoder, once for this server: up to half a minute. Then rows are ranked by cosine"
    with st.spinner(words, show_time=True):
        found = find(study, query, selection=made.selection if made else None)
    choice = saved.chosen_by(made, study) if made and _of_choice(query) else None
    picked.keep(study, found.rows, query.describe(), cosines=found.cosines, query=query, choice=choice)
    line.asked, line.seen, line.made = query.as_json(), picked.changes(study), _key(made)
    if not len(found):
        st.caption(f"No row of {count(len(study), 'row')} meets this.")
