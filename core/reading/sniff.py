"""What a file is, from its first megabyte: a format, or the sentence that refuses it."""

import json
from dataclasses import dataclass

from ..errors import UserError
from .decoder import too_long
from .delimited import Dialect, guess_dialect
from .encoding import Encoding, utf8
from .options import Options
from .packing import Member

_HEAD = 1 << 20
_BINARY = {
    b"\x93NUMPY": "an array of vectors (.npy). Give it as embeddings of a dataset",
    b"%PDF": "a PDF document. Save its text as plain text or CSV",
    b"\x89PNG": "a picture. Upload a table or JSON lines",
    b"\xff\xd8\xff": "a picture. Upload a table or JSON lines",
    b"GIF8": "a picture. Upload a table or JSON lines",
    b"SQLite format 3\x00": "a database. Export its table as CSV",
    b"\xd0\xcf\x11\xe0": "an old Office document. Save its sheet as CSV",
    b"\x80\x04\x95": "a Python pickle, which is never opened because it can run code. Save the data as JSON lines",
    b"FEA1": "a Feather file of the old version 1. Write it again as version 2",
    b"PARE": "an encrypted Parquet file. Write it without encryption",
}

_VALUE_STARTS = {bytes([code]) for code in b'{["-0123456789tfn]'} | {b""}


@dataclass(frozen=True)
class Form:
    """The format of one file, and what its reader must know."""

    format: str  # one of options.FORMATS
    lone_returns: bool = False  # \r alone ends a line, as on old Macs
    dialect: Dialect | None = None


def sniff_binary(member: Member) -> Form | None:
    """Parquet or Arrow by their first bytes, None for what may be text.

    Raises:
        UserError: something that is known and is not data of ours.
    """
    head = member.head(4096)
    if not head:
        raise UserError(f"{member.name} is empty (0 bytes). Check that it was written or downloaded whole.")
    if head.startswith(b"PAR1"):
        return Form("parquet")
    if head.startswith((b"ARROW1\x00\x00", b"\xff\xff\xff\xff")):
        return Form("arrow")
    for magic, what in _BINARY.items():
        if head.startswith(magic):
            raise UserError(f"{member.name} is {what}.")
    if head.startswith(b"version https://git-lfs.github.com/spec/"):
        raise UserError(
            f"{member.name} is a git-LFS pointer, not the data: it only says where the data lies. "
            "Run `git lfs pull` where it comes from, or download the file itself."
        )
    return None


def sniff_text(member: Member, encoding: Encoding, options: Options, hinted: bool) -> Form:
    """Which of the text formats `member` is.

    Args:
        hinted: the name ends as a table's does; it counts only where the content leaves it open.

    Raises:
        UserError: a web page, bytes that are no text, nothing but blank lines.
    """
    with utf8(member, encoding) as stream:
        head = stream.read(_HEAD)
    whole = len(head) < _HEAD
    start = head.lstrip()[:512].lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        what = "XML, which is not read" if start.startswith(b"<?xml") and b"<html" not in start else "a web page"
        raise UserError(
            f"{member.name} is {what}, not a data file: perhaps an error page or a preview was saved. "
            "Download the raw file."
        )
    if not _is_text(head):
        raise UserError(
            f"{member.name} is a binary file of a kind that is not known. "
            "What is read: JSON lines, JSON, CSV, TSV, Parquet, Arrow and plain text, also as .gz, .zst or .zip."
        )
    if not head.strip():
        with utf8(member, encoding) as stream:
            while block := stream.read(_HEAD):
                if block.strip():
                    raise too_long(member.name, 1 << 20)
        raise UserError(f"{member.name} holds only blank lines. Check that it was written or downloaded whole.")
    lone_returns = b"\n" not in head and b"\r" in head
    form = options.format or _json_form(head.replace(b"\r", b"\n") if lone_returns else head, whole)
    if form in ("jsonl", "text"):
        return Form(form, lone_returns)
    if form == "json":
        return Form("json")
    text = head.decode("utf-8", "replace")
    hinted = hinted or options.format == "csv"
    dialect = guess_dialect(text, whole, hinted, options.delimiter, options.header)
    return Form("csv", dialect=dialect) if dialect else Form("text", lone_returns)


def _json_form(head: bytes, whole: bool) -> str | None:
    """ "jsonl", "json", or None where the text is no JSON."""
    lines = head.split(b"\n")
    if not whole and len(lines) > 1:
        lines.pop()  # cut in its middle
    lines = [line for line in lines if line.strip()][:100]
    opening, after = head.lstrip()[:1], head.lstrip()[1:].lstrip()[:1]
    if (opening == b"[" and after not in _VALUE_STARTS) or (opening == b"{" and after not in (b'"', b"}", b"'", b"")):
        return None  # "[INST] ..." and "{user} said" are plain text
    if len(lines) == 1 and opening in (b"{", b"["):
        # One line: a minified document, or a single record, which the reader of documents finds out.
        return "json"
    values = [_parsed(line) for line in lines]
    if opening == b"[" and values[0] is None:  # an array that goes on in the next line
        return "json"
    rows = sum(isinstance(value, (dict, list)) for value in values)
    if rows >= 0.5 * len(lines) and (opening in (b"{", b"[") or rows >= 0.8 * len(lines)):
        return "jsonl"
    if opening in (b"{", b"["):
        looks_like_lines = opening == b"{" and rows > 0 and _closes_its_line(lines[0])
        return "jsonl" if looks_like_lines else "json"
    return "jsonl" if all(isinstance(value, str) for value in values) else None


def _closes_its_line(line: bytes) -> bool:
    return line.rstrip().endswith(b"}")


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _is_text(head: bytes) -> bool:
    """Whether there are hardly any control characters."""
    control = sum(head.count(bytes([code])) for code in range(32) if code not in (9, 10, 12, 13, 27))
    return control <= 8 + 0.02 * len(head)
