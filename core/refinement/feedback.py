"""Feedback for a round: reading the form that came back, checked line by line.

A feedback file is CSV (commas, semicolons or tabs) or JSONL in UTF-8, with the columns `round` and `row_id`, and either
`gap`, or `gold_score` and `generated_score`, of which the gap is the difference, or, where a language model is at hand
to score them, `generated` answers. Other columns are not read, nor is one of these that no line fills.
"""

import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from .state import Refinement, Scored
from .weights import LARGEST_GAP

_NO_LOSS = "the model cannot score the row: an answer is empty, or the prompt fills its context. Take the line out."
_SHOWN = 3  # problems that the message names; all are in `problems`
_SCORES = ("gold_score", "generated_score")
_WAYS = ("gap", *_SCORES, "generated")
Values = Mapping[str, Any]  # of a line, by column


@dataclass(frozen=True)
class Scorer:
    """What makes gaps of generated answers, by row of the dataset, with notes of what was cut; and its name."""

    name: str
    gaps: Callable[[Mapping[int, str]], tuple[Mapping[int, float], Sequence[str]]]


@dataclass(frozen=True)
class FeedbackLine:
    """A line that is refused, and why."""

    number: int  # in the file, from 1
    reason: str


class FeedbackError(UserError):
    """A feedback file of which nothing was taken, with all of its refused lines."""

    def __init__(self, name: str, problems: list[FeedbackLine]) -> None:
        self.problems = tuple(problems)
        shown = " ".join(f"Line {each.number}: {each.reason}" for each in problems[:_SHOWN])
        more = f" And {len(problems) - _SHOWN:,} more lines." if len(problems) > _SHOWN else ""
        lines = "line" if len(problems) == 1 else "lines"
        super().__init__(
            f"{name} was not taken, and nothing changed: {len(problems):,} {lines} cannot be used. {shown}{more}"
        )


def read_feedback(path: Path, refinement: Refinement, *, scorer: Scorer | None = None) -> Scored:
    """The gaps of a file for the last round, for rows of that round or of those before.

    Args:
        scorer: what makes gaps of generated answers (`by_model`), which are refused without one.

    Raises:
        UserError: no such file, or what is no feedback for the last round; `FeedbackError` names every line.
    """
    try:
        return parse_feedback(path.read_bytes(), path.name, refinement, scorer=scorer)
    except OSError as error:
        raise UserError(f"The feedback {path} cannot be read ({error.strerror}).") from error


def parse_feedback(content: bytes, name: str, refinement: Refinement, *, scorer: Scorer | None = None) -> Scored:
    """The same of the content of a file of that name."""
    text = _decoded(content, name)
    if not text.strip():
        raise UserError(f"{name} is empty. Fill in the form that the round gives.")
    problems: list[FeedbackLine] = []
    as_json = text.lstrip()[0] in "{["
    scored = scorer is not None
    lines = [*(_json_lines(text, problems) if as_json else _csv_lines(text, name, scored, problems))]
    known, number = refinement.ids, refinement.last.number
    gaps: dict[int, float] = {}
    answers: dict[int, str] = {}
    seen: dict[int, int] = {}
    kinds: set[str] = set()
    notes: Sequence[str] = ()
    for line, values in _without_unused(lines):
        try:
            kind = _kind(values, scored)
            _check_round(values, number)
            row = _row(values, known)
            if row in seen:
                raise UserError(f"the row_id {str(values['row_id'])[:80]!r} stands in line {seen[row]} already.")
            seen[row] = line
            if kind == "generated":
                answers[row] = _answer(values)
            else:
                gaps[row] = _gap(values, kind)
            kinds.add(kind)
        except UserError as error:
            problems.append(FeedbackLine(line, str(error)))
    if problems:
        raise FeedbackError(name, sorted(problems, key=lambda each: each.number))
    if not seen:
        raise UserError(f"{name} names its columns and scores no row.")
    if len(kinds) > 1:
        raise UserError(f"{name} scores some lines by {' and others by '.join(sorted(kinds))}. Give one of them.")
    if answers and scorer is not None:
        made, notes = scorer.gaps(answers)
        gaps.update(made)
        if lost := [FeedbackLine(seen[row], _NO_LOSS) for row, gap in gaps.items() if not math.isfinite(gap)]:
            raise FeedbackError(name, lost)
    by = scorer.name if answers and scorer is not None else ""
    how = {"notes": list(notes)} if notes else {}
    return Scored(name, hashlib.sha256(content).hexdigest(), kinds.pop(), gaps, by, how)


def _decoded(content: bytes, name: str) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UserError(f"{name} is in UTF-16. Save it as UTF-8.")
    if content[:2] in (b"PK", b"\x1f\x8b") or b"\0" in content[:4096]:
        raise UserError(f"{name} is not text: a spreadsheet or an archive, perhaps. Save it as CSV in UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FeedbackError(name, [FeedbackLine(line, "not in UTF-8. Save the file as UTF-8.")]) from error


def _without_unused(lines: list[tuple[int, Values]]) -> list[tuple[int, Values]]:
    """The lines without the columns of scores that none of them fills, such as the form's own `gap`."""
    used = {way for way in _WAYS if any(not _blank(values.get(way)) for _, values in lines)}
    unused = set(_WAYS) - used if used else set()
    return [(line, {name: each for name, each in values.items() if name not in unused}) for line, values in lines]


def _blank(found: Any) -> bool:
    return found is None or (isinstance(found, str) and not found.strip())


def _json_lines(text: str, problems: list[FeedbackLine]) -> Iterator[tuple[int, Values]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line, object_pairs_hook=_once)
        except UserError as error:
            problems.append(FeedbackLine(number, str(error)))
            continue
        except (ValueError, RecursionError):
            problems.append(FeedbackLine(number, "not JSON. A line holds one object."))
            continue
        if not isinstance(found, dict):
            problems.append(FeedbackLine(number, "no object. A line holds one object with round, row_id and gap."))
            continue
        yield number, found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise UserError(f"the key {next(name for name in names if names.count(name) > 1)!r} stands there twice.")
    return found


def _csv_lines(text: str, name: str, scored: bool, problems: list[FeedbackLine]) -> Iterator[tuple[int, Values]]:
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # Python's own is 131,072; only ever raised
    head = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] | None = None
    last = 0
    try:
        for cells in reader:
            line, last = last + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = [cell.strip() for cell in cells]
                _check_columns(columns, name, scored)
            elif len(cells) != len(columns):
                reason = f"{len(cells):,} cells, and the head names {len(columns):,} columns."
                problems.append(FeedbackLine(line, reason))
            else:
                yield line, dict(zip(columns, cells, strict=True))
    except csv.Error as error:
        problems.append(FeedbackLine(last + 1, f"not CSV ({error})."))


def _check_columns(columns: list[str], name: str, scored: bool) -> None:
    if twice := [each for each in columns if each and columns.count(each) > 1]:
        raise UserError(f"{name} names the column {twice[0]!r} twice.")
    others = set(_WAYS) - {"gap"} if "gap" in columns else set()  # the lines say which of them is filled
    try:
        _kind({column: "" for column in columns if column not in others}, scored)
    except UserError as error:
        raise UserError(f"{name}: {error}") from error


def _kind(values: Values, scored: bool) -> str:
    """Which of the ways to score a row there is; generated answers only where something is there to score them."""
    for column in ("round", "row_id"):
        if column not in values:
            raise UserError(
                f"there is no {column}. Needed are round, row_id, and gap or gold_score and generated_score."
            )
    scores = [column for column in _SCORES if column in values]
    if "gap" in values and scores:
        raise UserError(f"there are both gap and {scores[0]}. Give one of them.")
    if "gap" in values:
        return "gap"
    if len(scores) == 2:
        return "gold_score and generated_score"
    if scores:
        raise UserError(f"there is {scores[0]} and no {_SCORES[1 - _SCORES.index(scores[0])]}.")
    if "generated" in values and scored:
        return "generated"
    if "generated" in values:
        raise UserError(
            "there are generated answers and nothing that scores them. Name a language model, or give gap, or "
            "gold_score and generated_score."
        )
    raise UserError("there is neither gap nor gold_score and generated_score.")


def _check_round(values: Values, number: int) -> None:
    found = values["round"]
    digits = found.strip() if isinstance(found, str) else str(found)
    if isinstance(found, bool) or not isinstance(found, str | int) or not re.fullmatch(r"[0-9]{1,9}", digits):
        raise UserError(f"the round is {str(found)[:80]!r}, and must be the number {number}.")
    if (given := int(digits)) != number:
        why = "there never is" if given == 0 else "is over" if given < number else "was not drawn yet"
        raise UserError(f"the round is {given}, which {why}; feedback is for round {number}.")


def _row(values: Values, known: Mapping[str, int]) -> int:
    found = values["row_id"]
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        raise UserError(f"the row_id is {str(found)[:80]!r}, and must be that of a row.")
    row = known.get(str(found))
    if row is None and isinstance(found, str):
        row = known.get(found.strip())
    if row is None:
        raise UserError(f"no row drawn so far has the row_id {str(found)[:80]!r}.")
    return row


def _gap(values: Values, kind: str) -> float:
    if kind == "gap":
        return _number(values["gap"], "gap")
    gold, generated = (_number(values[column], column) for column in _SCORES)
    return _number(gold - generated, "difference of the two scores")


def _answer(values: Values) -> str:
    found = values["generated"]
    if _blank(found):
        raise UserError("there is no generated answer. Fill it in, or take the line out.")
    if not isinstance(found, str):
        raise UserError(f"the generated answer is {str(found)[:80]!r}, and must be a text.")
    return found


def _number(found: Any, column: str) -> float:
    if _blank(found):
        raise UserError(f"there is no {column}. Fill it in, or take the line out.")
    try:
        if isinstance(found, bool) or not isinstance(found, str | int | float) or "_" in str(found):
            raise ValueError
        number = float(found)
    except (ValueError, OverflowError):
        raise UserError(f"the {column} is {str(found)[:80]!r}, and must be a number such as 0.25.") from None
    if not math.isfinite(number):
        raise UserError(f"the {column} is {str(found)[:80]!r}, and must be a finite number.")
    if abs(number) > LARGEST_GAP:
        raise UserError(f"the {column} is {str(found)[:80]!r}, which is too large: at most {LARGEST_GAP:g}.")
    return number
