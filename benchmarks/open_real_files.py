"""Open every data file in a folder and print what became of it: one line per file.

    .venv/bin/python benchmarks/open_real_files.py FOLDER [--out TABLE.md]

For each file that is read, all rows are also exported as JSON lines and compared with what was read: byte for byte
with the lines of the file where it holds JSON lines, otherwise by value (order of keys and types of numbers included)
with what Python's own readers and pyarrow make of the file.
"""

import argparse
import base64
import csv
import gzip
import io
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # started as a file: the checkout is the package

from core.dataset import Dataset
from core.errors import UserError
from core.export import export_rows
from core.reading import read_dataset
from core.template import default_template, texts

_HEADER = ("file", "rows", "format", "shape", "bad", "empty texts", "round trip", "s", "notices, or why it was refused")


def main() -> int:
    """0 where every file was read and came back unchanged, or was refused in a sentence; 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="write the table here, too")
    options = parser.parse_args()
    files = sorted(path for path in options.folder.rglob("*") if path.is_file() and path.name != "README.md")
    with tempfile.TemporaryDirectory() as home:
        lines = [_HEADER, tuple("---" for _ in _HEADER), *(_line(path, options.folder, Path(home)) for path in files)]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    print(table)
    if options.out:
        options.out.write_text(table + "\n", encoding="utf-8")
    return int(any("CHANGED" in line[6] for line in lines))


def _line(path: Path, root: Path, home: Path) -> tuple[str, ...]:
    start = time.perf_counter()
    name = str(path.relative_to(root))
    try:
        dataset = read_dataset([path], home)
    except UserError as error:
        return (name, *[""] * 6, f"{time.perf_counter() - start:.1f}", f"refused: {error}")
    seconds = time.perf_counter() - start
    empty = sum(not text.strip() for text in texts(dataset, default_template(dataset)))
    return (
        name,
        f"{len(dataset):,}",
        dataset.format + (f" in {dataset.sources[0].compression}" if dataset.sources[0].compression else ""),
        dataset.shape,
        str(dataset.bad_count),
        str(empty),
        _round_trip(dataset, path, home),
        f"{seconds:.1f}",
        "; ".join(dataset.notices),
    )


def _round_trip(dataset: Dataset, path: Path, home: Path) -> str:
    exported = export_rows(dataset, range(len(dataset)), home / "out.jsonl", format="jsonl").read_bytes()
    data = path.read_bytes()
    data = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    kind = dataset.sources[0].format
    if kind == "jsonl":
        bad = {line.line for line in dataset.bad_lines()}
        lines = [line for number, line in enumerate(data.split(b"\n"), 1) if line.strip() and number not in bad]
        return "same bytes" if exported == b"".join(line + b"\n" for line in lines) else "CHANGED"
    found = [json.loads(line) for line in exported.splitlines()]
    return "same values" if list(map(_canon, found)) == list(map(_canon, _expected(kind, data, path))) else "CHANGED"


def _expected(kind: str, data: bytes, path: Path) -> list[Any]:
    """The rows as Python's own readers and pyarrow find them."""
    if kind == "json":
        found = json.loads(data)
        if not isinstance(found, dict):
            return list(found)
        if not all(isinstance(value, list) for value in found.values()):
            return [found]
        return [
            {"split": split, **{f"column_{number}": cell for number, cell in enumerate(row, 1)}}
            for split, rows in found.items()
            for row in rows
        ]
    if kind == "csv":
        text = data.decode("utf-8-sig")
        delimiter = "\t" if path.suffix == ".tsv" else ","
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
        with_header = rows[0][0] in ("text", "src")
        names = rows[0] if with_header else [f"column_{number}" for number in range(1, len(rows[0]) + 1)]
        return [dict(zip(names, row, strict=True)) for row in rows[with_header:]]
    if kind == "parquet":
        return json.loads(json.dumps(pq.read_table(path).to_pylist(), default=_as_text))
    return [{"text": line.removesuffix("\r")} for line in data.decode().split("\n") if line.strip()]


def _as_text(value: Any) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.isoformat()


def _canon(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
