"""Plain text: a row a line."""

import io
from collections.abc import Iterator

from .bad_lines import BadLines
from .decoder import too_long


def read_text_lines(stream: io.BufferedReader, name: str, bad: BadLines, longest: int) -> Iterator[str]:
    """Every line that is not blank, without its line break; a line that is not UTF-8 goes to `bad`."""
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        if len(line) > longest:
            raise too_long(name, longest)
        if line.isspace():
            continue
        try:
            yield line.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError as error:
            bad.add(name, number, f"not UTF-8 at byte {error.start + 1}", line)
