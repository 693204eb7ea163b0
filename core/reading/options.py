"""What a reader may be told instead of guessing, and how much a packed file may swell."""

from dataclasses import dataclass

FORMATS = ("jsonl", "json", "csv", "parquet", "arrow", "text")
COLUMNAR = ("parquet", "arrow")


@dataclass(frozen=True)
class Options:
    """How to read. None means: guess from the content, and say what was guessed.

    Raises of the reader name these fields as the remedy where a guess may be wrong.
    """

    format: str | None = None  # one of FORMATS; "csv" is every delimited table, TSV too
    encoding: str | None = None  # any name that Python knows: "cp1251", "gb18030", ...
    delimiter: str | None = None
    header: bool | None = None
    expanded_bytes: int = 64 << 30  # what one upload may unpack to
    ratio: float = 400.0  # unpacked : packed, checked above 128 MB
    longest_row: int = 256 << 20  # bytes of one record

    def key(self) -> list[str | bool | None]:
        """The part that changes what is read; the limits only say when to refuse."""
        return [self.format, self.encoding, self.delimiter, self.header]
