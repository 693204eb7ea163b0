"""The tokens of a text by the one regular expression that defines them: what the fast tokenizer is held to."""

import re
import unicodedata
from functools import cache

_IDEOGRAPHS = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"


def words_by_expression(text: str) -> list[str]:
    return _pattern().findall(text.lower().replace("\u2019", "'"))


@cache
def _pattern() -> re.Pattern[str]:
    letter = rf"[^\W{_IDEOGRAPHS}]"
    inside = rf"[{_marks()}]+|'(?=[^\W\d_])|(?<=\d)[.,](?=\d)"
    word = rf"{letter}+(?:(?:{inside}){letter}*)*"
    hyphen = r"(?<=[^\W\d])-(?=[^\W\d])"
    operator = rf"(?=[!:]*[-+*/%=<>&|^~])(?!{hyphen})[-+*/%=<>&|^~!:]+"
    return re.compile(f"{word}|[{_IDEOGRAPHS}]|{operator}")


def _marks() -> str:
    """All combining marks below U+1F000, as the inside of a character class."""
    marks = [code for code in range(0x300, 0x1F000) if unicodedata.category(chr(code)).startswith("M")]
    starts = [code for code in marks if unicodedata.category(chr(code - 1))[0] != "M"]
    ends = [code for code in marks if unicodedata.category(chr(code + 1))[0] != "M"]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))
