"""The rows of one file, by its form, added to the rows on disk."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from .bad_lines import BadLines
from .decoder import Decoder
from .delimited import read_delimited
from .documents import Document, document_rows
from .encoding import utf8
from .json_lines import read_json_lines
from .options import Options
from .plain import read_text_lines
from .plan import Plan
from .rows import RowFile, Told, rows_of, string_batches


def add_file(
    plan: Plan,
    rows: RowFile,
    schema: Any | None,
    bad: BadLines,
    draft: Path,
    options: Options,
    notices: list[str],
    told: Told,
) -> int:
    """Write the rows of one file; returns how many."""
    name, decoder = plan.member.name, Decoder()
    if plan.form.format in ("jsonl", "json"):
        with ExitStack() as stack:
            if plan.form.format == "jsonl":
                stream = stack.enter_context(_text(plan))
                found = read_json_lines(stream, name, decoder, bad, options.longest_row)
            else:
                document = Document(name, partial(_text, plan), decoder, options.longest_row, draft, stack)
                found = document_rows(document, bad, notices)
            count = rows.add_rows(found, told)
        notices += decoder.notices(name)
        return count
    with ExitStack() as stack:
        batches = _batches(plan, bad, options, stack)
        return rows.add_batches(batches, told) if schema is not None else rows.add_rows(rows_of(batches), told)


def _batches(plan: Plan, bad: BadLines, options: Options, stack: ExitStack) -> Iterator[Any]:
    if plan.columnar is not None:
        return plan.columnar.batches()
    stream = stack.enter_context(_text(plan))
    if plan.form.dialect is not None:
        cells = read_delimited(stream, plan.member.name, plan.form.dialect, bad, options.longest_row)
        return string_batches(cells, plan.form.dialect.columns)
    lines = read_text_lines(stream, plan.member.name, bad, options.longest_row)
    return string_batches(([line] for line in lines), ("text",))


def _text(plan: Plan) -> Any:
    assert plan.encoding is not None  # only columnar files have none
    return utf8(plan.member, plan.encoding, lone_returns=plan.form.lone_returns)
