"""From files to a Dataset, streaming: look at every file, agree on how to keep rows, write them, say what was met."""

import json
import shutil
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ..dataset import BAD, META, ROWS, SCHEMA, Dataset
from ..digest import digest, digest_file
from ..errors import UserError
from ..progress import Progress, part, silent
from ..shapes import guess_shape
from .adding import add_file
from .bad_lines import BadLines
from .options import FORMATS, Options
from .packing import members
from .plan import Plan, common_schema, plan_of
from .rows import RowFile

_VERSION = 1  # of what reading makes; part of every key
_TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".psv")


def read_dataset(
    paths: Sequence[Path],
    home: Path,
    *,
    name: str | None = None,
    names: Sequence[str] | None = None,
    origins: Sequence[tuple[str, str]] | None = None,
    options: Options | None = None,
    progress: Progress = silent,
) -> Dataset:
    """Read files, each possibly packed, into the folder `home/<key>`; the same content again is there at once.

    Args:
        name: what to call the dataset; by default the first file's name.
        names: what to call each file, where `paths` are temporary ones.
        origins: the address and the revision that each was fetched from, empty where it was not.

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
    origins = origins or [("", "")] * len(paths)
    if folder.is_dir():
        progress(1.0, f"Read {name}")
        return _called(Dataset.load(folder), name, paths, shown, origins, options)
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
    return _called(Dataset.load(folder), name, paths, shown, origins, options)


def _called(
    dataset: Dataset,
    name: str,
    paths: Sequence[Path],
    shown: Sequence[str],
    origins: Sequence[tuple[str, str]],
    options: Options,
) -> Dataset:
    """The dataset under the names of today: the same content may have been read under others."""
    each = [
        (member.name, origin)
        for path, file, origin in zip(paths, shown, origins, strict=True)
        for member in members(path, file, options, [])
    ]
    return dataset.called(name, [file for file, _ in each], [origin for _, origin in each])


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
    plans: list[Plan] = []
    for number, (path, file, sha, hinted) in enumerate(zip(paths, shown, shas, hints, strict=True)):
        for member in members(path, file, options, notices):
            progress(0.25 * number / len(paths), f"Looking at {member.name}")
            plans.append(plan_of(member, sha, hinted, draft, options, notices))
    schema = common_schema(plans, notices)
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

            count = add_file(plan, rows, schema, bad, draft, options, notices, told)
            done += plan.size
            sources.append(plan.source(count))
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


def _nothing(plans: Sequence[Plan], bad: BadLines) -> str:
    names = ", ".join(plan.member.name for plan in plans)
    if bad.first is not None:
        return (
            f"{names}: none of {bad.count:,} lines could be read as a row; "
            f"the first, line {bad.first.line}: {bad.first.reason}. Check the format of the file."
        )
    return f"{names} holds no rows, only a header or an empty list. Check that it was written whole."
