"""The rows of a study that a query finds: the same ones on the page, from Python and from the command line.

found = find(study, Query(words='sort "a list"', where=(Filter("score", at_least=3),)))
found.rows       # numbers of rows in the study, by falling cosine where the query ranks them
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from .choice import Id
from .digest import digest
from .encoders import load_encoder
from .errors import UserError
from .kept_columns import KeptTexts
from .pattern_letters import may_match
from .patterns import matches
from .progress import Progress, part, silent
from .row_values import check_offered, row_values
from .searching import NEAREST, Query
from .selectors import Selection
from .study import Study
from .words_in_texts import fold, hold_all, wanted

VERSION = 1  # of the vectors of meanings
_COLUMNS = 6  # that are kept as they were read
Join = Literal["new", "add", "within", "without"]


@dataclass(frozen=True)
class Found:
    """Rows of a study in their order, and where they were ranked the cosine of each."""

    rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    cosines: NDArray[np.float64] | None = None  # one for each of `rows`

    def __len__(self) -> int:
        return len(self.rows)

    def joined(self, other: "Found", how: Join) -> "Found":
        """These rows after others were found.

        new: the others alone. add: the others come after these. within: those of both, ranked as the others are, or
        where those are not, as these. without: these but for the others.
        """
        match how:
            case "new":
                return other
            case "add":
                return Found(np.concatenate([self.rows, other.rows[~np.isin(other.rows, self.rows)]]))
            case "within":
                if other.cosines is not None:
                    return other._at(np.isin(other.rows, self.rows))
                return self._at(np.isin(self.rows, other.rows))
            case "without":
                return self._at(~np.isin(self.rows, other.rows))
        raise UserError(f"There is no way {how!r} to join rows. The ways: {', '.join(get_args(Join))}.")

    def _at(self, places: NDArray[np.bool_]) -> "Found":
        return Found(self.rows[places], None if self.cosines is None else self.cosines[places])


def find(study: Study, query: Query, *, selection: Selection | None = None, progress: Progress = silent) -> Found:
    """The rows that meet the query: in the order of the study, or by falling cosine where it ranks them.

    Values per row that a filter needs are worked out first where they are not known yet.

    Args:
        selection: whose rank, gain and coverage are meant by filters on these.

    Raises:
        UserError: what is no pattern, a column, value or id that there is not, texts, an encoder or a selection asked
            for where there are none.
    """
    meets = np.ones(len(study), dtype=bool)
    for each in query.where:
        meets &= each.keeps(column_of(study, each.column), study.positions)
    names = list(dict.fromkeys(each.column for each in query.values))
    check_offered(study, names, chosen=selection is not None)
    share = part(progress, 0, 0.8)
    known = row_values(study, names, selection=selection, progress=share) if names else {}
    for each in query.values:
        meets &= each.keeps(_without_nan(known[each.column]), study.positions)
    if parts := wanted(query.words):
        meets &= hold_all(folded(study), parts)
    if query.regex.strip():
        texts = _texts(study)
        meets &= may_match(texts, lambda: folded(study), query.regex)
        rows = np.flatnonzero(meets)  # what takes longest looks at what is left
        meets[rows] = matches([texts[row] for row in rows.tolist()], query.regex)
    if not query.ranks:
        return Found(np.flatnonzero(meets))
    return _ranked(study, query, meets, progress=part(progress, 0.8, 1))


def _ranked(study: Study, query: Query, meets: NDArray[np.bool_], progress: Progress) -> Found:
    if query.like:
        examples = study.rows_of(query.like, "example")
        direction = study.space.unit[examples].astype(np.float64).mean(axis=0)
        meets[examples] = False
    else:
        direction = np.asarray(meaning_of(study, query.meaning.strip(), progress=progress), dtype=np.float64)
    length = float(np.linalg.norm(direction))
    if not length:
        raise UserError("The example rows have no direction in common: their vectors cancel out. Name fewer of them.")
    rows = np.flatnonzero(meets)
    cosines = (study.space.unit @ (direction / length).astype(np.float32))[rows].astype(np.float64)
    if query.cosine is not None:
        near = cosines >= query.cosine
        rows, cosines = rows[near], cosines[near]
    most = query.nearest or (NEAREST if query.cosine is None else None)
    order = np.lexsort((rows, -cosines))[:most]
    return Found(rows[order], cosines[order])


def meaning_of(study: Study, text: str, *, progress: Progress = silent) -> NDArray[np.float32]:
    """The vector of a text by the encoder of the study's own embeddings, (d,).

    Raises:
        UserError: the vectors are the user's own, or the encoder is not to be had any more.
    """
    if why := no_meaning(study):
        raise UserError(why)
    mine = study.embeddings

    def run() -> NDArray[np.float32]:
        progress(0.0, "Loading the encoder")
        encoder = load_encoder(mine.encoder_name)
        if encoder.key != mine.encoder_key:
            raise UserError(
                f"{study.name} was embedded by {mine.encoder}, and the encoder of that name here is another one now. "
                "Embed the dataset again to search by meaning."
            )
        vector: NDArray[np.float32] = encoder.encode([text])[0]
        return vector

    key = digest("meaning", VERSION, mine.encoder_key, text)
    return study._once(key, run, lambda vector: ({}, {"vector": vector}), lambda meta, arrays: arrays["vector"])  # noqa: ARG005 - all is in the array


def no_meaning(study: Study) -> str:
    """Why rows of that study cannot be searched by meaning, as a sentence; "" where they can."""
    if study.embeddings.encoder_name:
        return ""
    return (
        f"{study.name} has vectors of your own. A search by meaning embeds what you write with the encoder that made "
        "them, which Gamut does not have; search by words, by filters or by rows like one."
    )


def row_named(study: Study, words: str) -> Id:
    """The id of a row that is named by its id, or by `#` and its number in the file from 1.

    Raises:
        UserError: there is no such row.
    """
    name = words.strip()
    row = next((row for row, each in enumerate(study.ids) if str(each) == name), None)
    number = name[1:].replace(",", "")
    if row is None and name.startswith("#") and number.isascii() and number.isdecimal() and len(number) < 16:
        row = next(iter(np.flatnonzero(study.positions == int(number) - 1).tolist()), None)
    if row is not None:
        return id_of(study, row)
    raise UserError(f"No row of {study.name} has the id {name[:80]!r}. Write an id, or # and a row's number: #12.")


def id_of(study: Study, row: int) -> Id:
    """The id of a row as a query holds it: a whole number or text."""
    found = study.ids[row]
    return found if isinstance(found, int) and not isinstance(found, bool) else str(found)


def folded(study: Study) -> list[str]:
    """The texts of the study with letter case set aside; made once."""
    if "folded" not in study.__dict__:
        texts = _texts(study)
        study.__dict__["folded"] = (
            texts.each("folded", fold) if isinstance(texts, KeptTexts) else list(map(fold, texts))
        )
    found: list[str] = study.__dict__["folded"]
    return found


def _texts(study: Study) -> Sequence[str]:
    if study.texts is None:
        raise UserError(f"{study.name} has no texts to search. Use filters, or rows like one.")
    return study.texts


def column_of(study: Study, path: str) -> list[Any]:
    """The values of that column in the rows of the study; the columns that were read last are kept."""
    kept: dict[str, list[Any]] = study.__dict__.setdefault("columns_read", {})
    found = kept.get(path)
    if found is None:
        found = study.column(path)
        if len(kept) >= _COLUMNS:
            kept.clear()
        kept[path] = found
    return found


def _without_nan(values: NDArray[Any]) -> list[Any]:
    """Values per row with None where there is none."""
    if values.dtype == object or values.dtype.kind not in "f":
        return [value if value != "" else None for value in values.tolist()]
    return [None if value != value else value for value in values.tolist()]
