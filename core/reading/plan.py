"""What a file is, told from its content: its form, its encoding, and the columns that it has."""

import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..dataset import Source
from ..errors import UserError
from .arrow_files import ArrowFile, stored_schema
from .encoding import Encoding, examine
from .options import COLUMNAR, Options
from .packing import Member
from .sniff import Form, sniff_binary, sniff_text

_WORDS = {
    "jsonl": "JSON lines",
    "json": "JSON",
    "csv": "CSV",
    "parquet": "Parquet",
    "arrow": "Arrow",
    "text": "text",
}


@dataclass(frozen=True)
class Plan:
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

    def source(self, rows: int) -> Source:
        """What the dataset says of this file, of which it has so many rows."""
        return Source(
            name=self.member.name,
            sha256=self.sha256,
            bytes=self.member.path.stat().st_size,
            format=self.form.format,
            encoding=self.encoding.name if self.encoding else "",
            compression=self.member.packing,
            rows=rows,
        )


def plan_of(member: Member, sha: str, hinted: bool, draft: Path, options: Options, notices: list[str]) -> Plan:
    """What `member` is, told from its content; what was guessed is added to `notices`.

    Args:
        sha: of the file that it lies in.
        hinted: whether that file's name is one of a table.
        draft: a folder for what has to be unpacked.

    Raises:
        UserError: it is no data, or not of the format that the options say.
    """
    form = sniff_binary(member)
    if options.format is not None and (options.format in COLUMNAR) != (form is not None):
        raise UserError(f"{member.name} is not {_WORDS[options.format]}. Let the format be found from the content.")
    if form is not None:
        path = member.path
        if not member.plain:  # a columnar file is read from its end: it needs a place on disk
            path = draft / f"unpacked-{uuid.uuid4().hex}"
            with member.open() as packed, path.open("wb") as file:
                shutil.copyfileobj(packed, file, 1 << 20)
        return Plan(member, sha, form, None, ArrowFile(path, member.name, form.format))
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
    return Plan(member, sha, form, encoding, None)


def common_schema(plans: Sequence[Plan], notices: list[str]) -> Any | None:
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
