"""Texts without what two copies of one text may differ in: case, white space, punctuation."""

import unicodedata

# Scripts that write without spaces between words: of these every character counts as a word.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),  # Chinese characters
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


class _Letters(dict[int, str]):
    """What becomes of each character, worked out when it is first met: letters, digits and their marks stay."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if unicodedata.category(letter)[0] not in "LMN":
            found = " "
        elif any(first <= code <= last for first, last in _UNSPACED):
            found = f" {letter} "
        else:
            found = letter
        self[code] = found
        return found


_LETTERS = _Letters()


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation and symbols.

    >>> words_of("Don't  STOP: 2+3=5!"), words_of("東京 2024")
    (['don', 't', 'stop', '2', '3', '5'], ['東', '京', '2024'])
    """
    return unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS).split()


def normal(text: str) -> str:
    """The words of a text with single spaces between them; two texts are the same where this is."""
    return " ".join(words_of(text))
