"""From files to a Dataset, streaming: look at every file, agree on how to keep rows, write them, say what was met."""

import json
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..dataset import BAD, META, ROWS, SCHEMA, Dataset, Source
from ..digest import digest, digest_file
from ..errors import UserError
from ..progress import Progress, part, silent
from ..shapes import guess_shape
from .arrow_files import ArrowFile, stored_schema
from .bad_lines import BadLines
from .decoder import Decoder
from .delimited import read_delimited
from .documents import Document, document_rows
from .encoding import Encoding, examine, utf8
from .json_lines import read_json_lines
from .options import COLUMNAR, FORMATS, Options
from .packing import Member, members
from .plain import read_text_lines
from .rows import RowFile, rows_of, string_batches
from .sniff import Form, sniff_binary, sniff_text

_VERSION = 1  # of what reading makes; part of every key
_TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".psv")
_WORDS = {
    "jsonl": "JSON lines",
    "json": "JSON",
    "csv": "CSV",
    "parquet": "Parquet",
    "arrow": "Arrow",
    "text": "text",
}


@dataclass(frozen=True)
class _Plan:
    """One plain file, what it is, and what it is read from."""

    member: Member
    sha256: str
    form: Form
    encoding: Encoding | None
    columnar: ArrowFile | None

    def schema(self) -> Any:
        import pyarrow as pa

        if self.columnar is not None:
            return stored_schema(self.columnar.schema)
        names = self.form.dialect.columns if self.form.dialect else ("text",)
        return pa.schema([(name, pa.string()) for name in names])

    @property
    def words(self) -> str:
        """The format as it is shown."""
        tabbed = self.form.dialect is not None and self.form.dialect.delimiter == "\t"
        return "TSV" if tabbed else _WORDS[self.form.format]

    @property
    def size(self) -> int:
        return self.encoding.size if self.encoding else self.member.path.stat().st_size


def read_dataset(
    paths: Sequence[Path],
    home: Path,
    *,
    name: str | None = None,
    names: Sequence[str] | None = None,
    options: Options | None = None,
    progress: Progress = silent,
) -> Dataset:
    """Read files, each possibly packed, into the folder `home/<key>`; the same content again is there at once.

    Args:
        name: what to call the dataset; by default the first file's name.
        names: what to call each file, where `paths` are temporary ones.

    Raises:
        UserError: in one sentence what a file is, or what is wrong with it, and the remedy.
    """
    options = options or Options()
    shown = list(names) if names is not None else [path.name for path in paths]
    if options.format is not None and options.format not in FORMATS:
        raise UserError(f"There is no format {options.format!r}. The formats: {', '.join(FORMATS)}.")
    if not paths:
        raise UserError("There is no file to read. Choose at least one.")
    for path, file in zip(paths, shown, strict=True):
        if not path.is_file():
            raise UserError(f"{file} is not a file that can be read. Check its name.")
    shas = []
    for number, path in enumerate(paths):
        progress(0.1 * number / len(paths), f"Looking at {shown[number]}")
        shas.append(digest_file(path))
    hints = [file.lower().endswith(_TABLE_SUFFIXES) or ".csv." in file.lower() for file in shown]
    key = digest("dataset", _VERSION, shas, hints, options.key())
    name = name or (shown[0] if len(shown) == 1 else f"{shown[0]} and {len(shown) - 1} more")
    folder = home / key
    if folder.is_dir():  # perhaps under other names
        given = zip(paths, shown, strict=True)
        called = [member.name for path, file in given for member in members(path, file, options, [])]
        progress(1.0, f"Read {name}")
        return Dataset.load(folder).called(name, called)
    home.mkdir(parents=True, exist_ok=True)
    draft = home / f".draft-{uuid.uuid4().hex}"
    draft.mkdir()
    try:
        _read(paths, shown, shas, hints, draft, key, name, options, part(progress, 0.1, 1.0))
        try:
            draft.rename(folder)
        except OSError:
            if not folder.is_dir():  # else somebody else read the same first: theirs is as good
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    progress(1.0, f"Read {name}")
    return replace(Dataset.load(folder), name=name)


def _read(
    paths: Sequence[Path],
    shown: Sequence[str],
    shas: Sequence[str],
    hints: Sequence[bool],
    draft: Path,
    key: str,
    name: str,
    options: Options,
    progress: Progress,
) -> None:
    notices: list[str] = []
    plans: list[_Plan] = []
    for number, (path, file, sha, hinted) in enumerate(zip(paths, shown, shas, hints, strict=True)):
        for member in members(path, file, options, notices):
            progress(0.25 * number / len(paths), f"Looking at {member.name}")
            plans.append(_plan(member, sha, hinted, draft, options, notices))
    schema = _common_schema(plans, notices)
    bad = BadLines(draft / BAD)
    total, done = max(1, sum(plan.size for plan in plans)), 0
    sources = []
    with ExitStack() as stack:
        stack.callback(bad.close)
        rows = RowFile(draft / ROWS, schema)
        stack.callback(rows.close)
        for plan in plans:
            went_by = [done]

            def told(size: int, went_by: list[int] = went_by, file: str = plan.member.name) -> None:
                went_by[0] += size
                progress(0.25 + 0.75 * min(1.0, went_by[0] / total), f"Reading {file}: {rows.count:,} rows")

            count = _add(plan, rows, schema, bad, draft, options, notices, told)
            done += plan.size
            sources.append(_source(plan, count))
    if not rows.count or (schema is None and not rows.profile.described):
        raise UserError(_nothing(plans, bad))
    if bad.count:
        notices.append(f"{bad.count:,} bad lines became no row; they are listed with line numbers and reasons.")
    if rows.profile.overflow:
        notices.append("There are more nested fields than are listed; all of them are kept, and reached by their path.")
    typeless = all(plan.form.format in ("csv", "text") for plan in plans)
    columns = rows.profile.columns(rows.count, cells_are_text=typeless)
    shape, roles = guess_shape(columns, rows.count)
    dataset = Dataset(
        key=key,
        name=name,
        n=rows.count,
        sources=tuple(sources),
        format=", ".join(dict.fromkeys(plan.words for plan in plans)),
        shape=shape,
        columns=columns,
        notices=(),
        bad_count=bad.count,
        roles=roles,
        folder=draft,
        storage="json" if schema is None else "table",
    )
    if roles.id is not None and (found := rows.profile.repeats(roles.id))[0]:
        notices.append(
            f"{found[0]:,} rows repeat a value of the id column {roles.id!r}, {found[1]!r} for one; "
            "a list of ids does not name those rows for sure."
        )
    if schema is not None and len(plans) == 1 and plans[0].columnar is not None:
        (draft / SCHEMA).write_bytes(plans[0].columnar.schema.serialize().to_pybytes())
    # ASCII, since a column's name or an example may hold a lone surrogate, which has no UTF-8.
    (draft / META).write_text(json.dumps({**dataset.meta(), "notices": notices}), encoding="ascii")
    for left in draft.glob("unpacked-*"):
        left.unlink()


def _plan(member: Member, sha: str, hinted: bool, draft: Path, options: Options, notices: list[str]) -> _Plan:
    form = sniff_binary(member)
    if options.format is not None and (options.format in COLUMNAR) != (form is not None):
        raise UserError(f"{member.name} is not {_WORDS[options.format]}. Let the format be found from the content.")
    if form is not None:
        path = member.path
        if not member.plain:  # a columnar file is read from its end: it needs a place on disk
            path = draft / f"unpacked-{uuid.uuid4().hex}"
            with member.open() as packed, path.open("wb") as file:
                shutil.copyfileobj(packed, file, 1 << 20)
        return _Plan(member, sha, form, None, ArrowFile(path, member.name, form.format))
    encoding = examine(member, options)
    form = sniff_text(member, encoding, options, hinted)
    if encoding.notice:
        notices.append(encoding.notice)
    if form.dialect is not None and not form.dialect.header:
        notices.append(
            f"{member.name}: no header was found, so the columns are numbered: {', '.join(form.dialect.columns)}."
        )
    if form.dialect is not None and not form.dialect.quoting:
        notices.append(f"{member.name}: quotation marks are letters here, since they do not enclose cells.")
    if form.dialect is not None and form.dialect.delimiter not in ",\t":
        notices.append(f"{member.name}: cells are separated by {form.dialect.delimiter!r}.")
    return _Plan(member, sha, form, encoding, None)


def _common_schema(plans: Sequence[_Plan], notices: list[str]) -> Any | None:
    """The Arrow schema that holds all files, or None where rows are kept as JSON."""
    import pyarrow as pa

    if any(plan.form.format in ("jsonl", "json") for plan in plans):
        if any(plan.columnar is not None for plan in plans):
            notices.append("Tables and JSON were uploaded together, so the rows of the tables are kept as JSON.")
        return None
    schemas = [plan.schema() for plan in plans]
    if len(schemas) == 1:
        return schemas[0]
    try:
        common = pa.unify_schemas(schemas)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        notices.append("The files give one column different types, so their rows are kept as JSON.")
        return None
    if any(set(schema.names) != set(common.names) for schema in schemas):
        notices.append("The files have different columns; where a file lacks one, its rows have no value.")
    return common


def _add(
    plan: _Plan,
    rows: RowFile,
    schema: Any | None,
    bad: BadLines,
    draft: Path,
    options: Options,
    notices: list[str],
    told: Any,
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


def _batches(plan: _Plan, bad: BadLines, options: Options, stack: ExitStack) -> Iterator[Any]:
    if plan.columnar is not None:
        return plan.columnar.batches()
    stream = stack.enter_context(_text(plan))
    if plan.form.dialect is not None:
        cells = read_delimited(stream, plan.member.name, plan.form.dialect, bad, options.longest_row)
        return string_batches(cells, plan.form.dialect.columns)
    lines = read_text_lines(stream, plan.member.name, bad, options.longest_row)
    return string_batches(([line] for line in lines), ("text",))


def _text(plan: _Plan) -> Any:
    assert plan.encoding is not None  # only columnar files have none
    return utf8(plan.member, plan.encoding, lone_returns=plan.form.lone_returns)


def _source(plan: _Plan, rows: int) -> Source:
    return Source(
        name=plan.member.name,
        sha256=plan.sha256,
        bytes=plan.member.path.stat().st_size,
        format=plan.form.format,
        encoding=plan.encoding.name if plan.encoding else "",
        compression=plan.member.packing,
        rows=rows,
    )


def _nothing(plans: Sequence[_Plan], bad: BadLines) -> str:
    names = ", ".join(plan.member.name for plan in plans)
    if bad.first is not None:
        return (
            f"{names}: none of {bad.count:,} lines could be read as a row; "
            f"the first, line {bad.first.line}: {bad.first.reason}. Check the format of the file."
        )
    return f"{names} holds no rows, only a header or an empty list. Check that it was written whole."
