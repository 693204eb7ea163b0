"""Where an answer ends: the tokens that any of tokenizer and folder name as ends, and the one that ends a turn."""

from typing import Any

_ASKED = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]


def end_tokens(tokenizer: Any, named: Any, vocabulary: int) -> tuple[int, ...]:
    """The tokens that end an answer, the tokenizer's own first; none, where nobody names one.

    Args:
        named: what the folder's way of generating names: a token, a list of them, or None.
    """
    own = tokenizer.eos_token_id
    found = [*([] if own is None else [own]), *(named if isinstance(named, list | tuple) else [named])]
    return tuple(dict.fromkeys(each for each in found if type(each) is int and 0 <= each < vocabulary))


def turn_end(tokenizer: Any, ends: tuple[int, ...]) -> int | None:
    """The token behind an answer: with which the chat template ends it, if that is an end token; else the tokenizer's.

    Whitespace that a template writes behind the token does not count.
    """
    own: int | None = tokenizer.eos_token_id
    if getattr(tokenizer, "chat_template", None):
        try:
            words = tokenizer.apply_chat_template(_ASKED, tokenize=False).rstrip()
        except Exception:  # noqa: BLE001 - jinja's own errors; what it refuses is told where a row is asked about
            return own
        last = tokenizer(words, add_special_tokens=False)["input_ids"][-1:]
        if last and last[0] in ends:
            return int(last[0])
    return own
