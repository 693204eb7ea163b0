"""What a model is told when it is to write a pair of a domain: a question first, then the answer to it."""

from collections.abc import Sequence

from .domains import Domain

_SHOWN = 160  # letters of a counter-example
_MARKS = ("Question:", "Answer:", "Domain:", "Instruction:")


def question_prompt(domain: Domain, others: Sequence[str], *, chats: bool) -> str:
    """The words that ask for a question of that domain, unlike the others that are given.

    A model without a chat template goes on from where a question would stand.
    """
    about = f" ({domain.sentence})" if domain.sentence else ""
    lines = [f"Write one question or task that belongs to the domain {domain.name}{about}."]
    if others:
        lines.append("It must differ from these in topic and in form:")
        lines += [f"- {_short(each)}" for each in others]
    lines.append("Write the question alone, without an answer." if chats else "Question:")
    return "\n".join(lines)


def cleaned(text: str) -> str:
    """A question or an answer as the model wrote it: without the marks before it, and without what follows a mark.

    >>> cleaned("Question: two and two?\\nAnswer: four")
    'two and two?'
    """
    words = text.strip()
    for mark in _MARKS:
        words = words.removeprefix(mark).strip()
    for mark in _MARKS:
        words = words.partition(f"\n{mark}")[0]
    return words.strip().strip('"').strip()


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
