"""JSON lines: split on \\n only, since U+2028 and its like are letters inside a string."""

import io
from collections.abc import Iterator

from ..records import Record, as_record
from .bad_lines import BadLines
from .decoder import Decoder, kind_name, too_long

Rows = Iterator[tuple[bytes, Record]]


def read_json_lines(stream: io.BufferedReader, name: str, decoder: Decoder, bad: BadLines, longest: int) -> Rows:
    """(line as it stands without its \\n, record) for every good line; bad ones go to `bad`, blank ones nowhere."""
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        if len(line) > longest:
            raise too_long(name, longest)
        if line.endswith(b"\n"):
            line = line[:-1]
        if not line or line.isspace():
            continue
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            bad.add(name, number, f"not UTF-8 at byte {error.start + 1}", line)
            continue
        try:
            value = decoder.decode(text)
        except ValueError as error:
            bad.add(name, number, str(error), line)
            continue
        record = as_record(value)
        if record is None:
            bad.add(name, number, f"{kind_name(value)}, not an object", line)
            continue
        yield line, record
