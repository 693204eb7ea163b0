"""Rows whose text, or whose prompt alone, is that of an evaluation row."""

from collections.abc import Iterable

Both = tuple[str, str]  # of a row, after `normal`: its text and its prompt, "" where it has none


class ExactIndex:
    """The texts and prompts of evaluation rows."""

    def __init__(self, rows: Iterable[Both]) -> None:
        self._texts: dict[str, int] = {}
        self._prompts: dict[str, int] = {}
        for number, (text, prompt) in enumerate(rows):
            self._texts.setdefault(text, number)
            self._prompts.setdefault(prompt, number)

    def find(self, row: Both) -> tuple[int, bool]:
        """The first evaluation row with the same text, and True; else the first with the same prompt; else -1.

        A prompt is also held against whole texts, since an evaluation file may hold questions alone.
        """
        text, prompt = row
        if not text:
            return -1, False
        if (same := self._texts.get(text)) is not None:
            return same, True
        found = [self._prompts.get(text)]
        found += [self._prompts.get(prompt), self._texts.get(prompt)] if prompt else []
        return min((number for number in found if number is not None), default=-1), False
