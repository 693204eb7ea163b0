"""Which text of a row is embedded: a template, applied to every row; and a row as turns, for reading."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

from .dataset import Dataset
from .digest import digest
from .errors import UserError
from .kept_columns import FROM, kept_texts
from .records import fetch
from .shapes import Roles

VERSION = 1  # of what templates make of rows; raise it when any text changes
Kind = Literal["prompt", "response", "both", "conversation", "column", "custom"]
Turn = tuple[str, str]  # (role, text); roles: system, user, assistant, tool, text, and any that the data names

ROLES = {
    **dict.fromkeys(("human", "user", "prompter", "customer"), "user"),
    **dict.fromkeys(("gpt", "assistant", "model", "bot", "chatgpt", "bing", "bard", "function_call"), "assistant"),
    **dict.fromkeys(("observation", "tool", "function", "ipython", "tool_response"), "tool"),
    "system": "system",
}
_SURROGATE = re.compile("[\ud800-\udfff]")
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")


@dataclass(frozen=True)
class Template:
    """What is embedded.

    prompt: the instruction with its input, or what the user says. response: what the assistant says. both: the two,
    one below the other (the text itself where there is only text; of a preference pair, the chosen one).
    conversation: every turn, the system's too. column: one column. custom: `pattern` with `{column}` filled in.
    """

    kind: Kind = "both"
    column: str | None = None
    pattern: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise UserError(f"There is no template {self.kind!r}. The templates: {', '.join(get_args(Kind))}.")
        if self.kind == "column" and not self.column:
            raise UserError("The template 'column' needs the name of a column.")
        if self.kind == "custom" and not self.pattern:
            raise UserError("The custom template is empty. Write text with column names in it, such as {instruction}.")

    def describe(self) -> str:
        """In a few words, the same for the same template."""
        match self.kind:
            case "column":
                return f"column {self.column}"
            case "custom":
                return f"custom: {self.pattern}"
            case "both":
                return "prompt and response"
            case "conversation":
                return "whole conversation"
            case _:
                return f"{self.kind} only"

    def as_json(self) -> dict[str, Any]:
        """What of it makes a difference; equal templates give equal JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def parse(cls, words: str) -> "Template":
        """A template as it is written on a command line: its kind, `column:NAME`, or a pattern with {column} in it."""
        if words.startswith("column:"):
            return cls("column", column=words.removeprefix("column:"))
        return cls("custom", pattern=words) if "{" in words else cls(cast(Kind, words))

    def as_words(self) -> str:
        """As it is written on a command line: what `parse` reads."""
        if self.kind == "column":
            return f"column:{self.column}"
        return self.pattern or "" if self.kind == "custom" else self.kind

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Template":
        return cls(**found)

    def needs(self, dataset: Dataset) -> list[str]:
        """The columns that it reads; a UserError where the dataset has not what it asks for."""
        roles = dataset.roles
        match self.kind:
            case "column":
                return [dataset.check_column(self.column or "")]
            case "custom":
                return [dataset.check_column(path) for path in _columns_of(self.pattern or "")]
            case "prompt":
                paths = [roles.prompt, roles.input] if roles.prompt else [roles.conversation]
                return self._some(paths, dataset)
            case "response":
                return self._some([roles.response or roles.conversation], dataset)
            case _:
                chat = [roles.conversation, roles.prompt, roles.input, roles.response, roles.text]
                return self._some([roles.system, *chat] if self.kind == "conversation" else chat, dataset)

    def _some(self, paths: Sequence[str | None], dataset: Dataset) -> list[str]:
        found = [path for path in paths if path is not None]
        if not found:
            raise UserError(
                f"{dataset.name} has no column in the role that the template '{self.describe()}' needs. "
                f"Give a column that role, or choose the template of one column: {', '.join(dataset.column_names)}."
            )
        return found


def default_template(dataset: Dataset) -> Template:
    """What is embedded where nobody chose: prompt and response, or the longest there is; one column without roles."""
    roles = dataset.roles
    if not any((roles.prompt, roles.response, roles.conversation, roles.text)):
        return Template("column", column=dataset.column_names[0])
    return Template()


def texts(dataset: Dataset, template: Template, *, keep: bool = True) -> list[str]:
    """What `template` makes of every row: "" where there is nothing, never the word null or nan.

    Those of many rows are kept on disk, but not where `keep` says that they are only looked at.
    """
    paths = template.needs(dataset)

    def make() -> list[str]:
        columns = dataset.values_of(paths)
        compose = _composer(template, dataset.roles, paths)
        return [_sound(compose(values)) for values in zip(*columns, strict=True)]

    if len(dataset) < FROM or not keep:
        return make()
    name = digest("texts", VERSION, template.as_json(), dataset.roles.as_json())
    return kept_texts(dataset.folder / "texts" / f"{name}.arrow", make)


def turns(dataset: Dataset, index: int) -> list[Turn]:
    """Row `index` as (role, text) in the order of speaking."""
    record, roles = dataset.record(index), dataset.roles

    def at(path: str | None) -> Any:
        return None if path is None else fetch(record, path)

    return [(role, _sound(text)) for role, text in _spoken(at, roles, system=True) if text.strip()]


def _composer(template: Template, roles: Roles, paths: Sequence[str]) -> Callable[[Sequence[Any]], str]:
    if template.kind == "column":
        return lambda values: as_text(values[0])
    if template.kind == "custom":
        pieces = _parsed(template.pattern or "")
        places = {path: number for number, path in enumerate(paths)}
        return lambda values: "".join(text if path is None else as_text(values[places[path]]) for text, path in pieces)
    whole = template.kind == "conversation"
    side = {"prompt": "user", "response": "assistant"}.get(template.kind)

    talk = roles.conversation in paths

    def compose(values: Sequence[Any]) -> str:
        if not talk and all(type(value) is str for value in values):  # nearly every row: nothing to take apart
            return "\n".join(text for text in values if text and not text.isspace())
        row = dict(zip(paths, values, strict=True))
        spoken = _spoken(lambda path: None if path is None else row.get(path), roles, system=whole)
        if side is not None:
            spoken = [(role, text) for role, text in spoken if role == side]
        elif not whole:
            spoken = [(role, text) for role, text in spoken if role != "system"]
        return "\n".join(text for _, text in spoken if text.strip())

    return compose


def _spoken(at: Callable[[str | None], Any], roles: Roles, *, system: bool) -> list[Turn]:
    found: list[Turn] = []
    if system and (text := as_text(at(roles.system))):
        found.append(("system", text))
    conversation = at(roles.conversation)
    if conversation is not None:
        found += as_turns(conversation, alternate=not (roles.conversation or "").endswith("turns"))
    prompt = "\n".join(text for text in (_side(at(roles.prompt), "user"), as_text(at(roles.input))) if text.strip())
    if prompt:
        found.append(("user", prompt))
    if text := _side(at(roles.response), "assistant"):
        found.append(("assistant", text))
    if text := as_text(at(roles.text)):
        found.append(("text", text))
    return found


def _side(value: Any, role: str) -> str:
    """A prompt or a response as text; of one that is written as turns, only what that side says."""
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        spoken = as_turns(value)
        mine = [text for speaker, text in spoken if speaker == role]
        return "\n".join(mine or [text for _, text in spoken])
    return as_text(value)


def as_turns(value: Any, *, alternate: bool = True) -> list[Turn]:
    """A conversation as turns: objects with role and content or from and value, or bare texts.

    Bare texts are spoken by user and assistant in turn, or all by the user where `alternate` is off.
    """
    items = value if isinstance(value, list) else [value]
    found: list[Turn] = []
    for number, item in enumerate(items):
        if isinstance(item, Mapping):
            role = str(item.get("role") or item.get("from") or item.get("speaker") or "user")
            found.append((ROLES.get(role.lower(), role), _said(item)))
        else:
            found.append(("assistant" if alternate and number % 2 else "user", as_text(item)))
    return found


def as_text(value: Any) -> str:
    """A value as the text that it is: "" for null and NaN, the turns or parts of a list one below the other."""
    if isinstance(value, str):
        return value
    if value is None or value != value:  # NaN alone differs from itself
        return ""
    if isinstance(value, bytes):
        return ""
    if isinstance(value, list):
        return "\n".join(text for text in map(as_text, value) if text)
    if isinstance(value, Mapping):
        return _said(value) if _is_spoken(value) else json.dumps(value, ensure_ascii=False, default=str)
    return json.dumps(value) if isinstance(value, (bool, int, float)) else str(value)


def _is_spoken(item: Mapping[str, Any]) -> bool:
    return not {"role", "from"}.isdisjoint(item) and not {"content", "value", "text"}.isdisjoint(item)


def _said(item: Mapping[str, Any]) -> str:
    """The text of one turn; calls of tools are JSON."""
    content = next((item[name] for name in ("content", "value", "text") if item.get(name) is not None), None)
    if content is None and item.get("tool_calls"):
        return json.dumps(item["tool_calls"], ensure_ascii=False, default=str)
    if isinstance(content, list):
        return "\n".join(text for text in map(_part, content) if text)
    return as_text(content)


def _part(part: Any) -> str:
    """The text of one typed part of a turn; pictures and sounds have none."""
    if not isinstance(part, Mapping) or not isinstance(part.get("type"), str):
        return as_text(part)
    known = part["type"].endswith("text") or part["type"] in ("thinking", "reasoning", "tool_call", "tool_calls")
    return as_text(next((part[name] for name in ("text", "value", "content") if name in part), None)) if known else ""


def _sound(text: str) -> str:
    """Without lone surrogates, which no tokenizer and no UTF-8 file takes."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _parsed(pattern: str) -> list[tuple[str, str | None]]:
    """(text, None) or ("", column) piece by piece; `{{` and `}}` stand for braces."""
    pieces: list[tuple[str, str | None]] = []
    for match in _PIECE.finditer(pattern):
        piece = match[0]
        if piece in ("{{", "}}"):
            pieces.append((piece[0], None))
        elif piece in ("{", "}"):
            raise UserError(
                f"The custom template has a single {piece!r} at character {match.start() + 1}. "
                f"Write {{column}} for a column, or {piece * 2} for the brace itself."
            )
        elif match[1] is not None:
            pieces.append(("", match[1]))
        else:
            pieces.append((piece, None))
    return pieces


def _columns_of(pattern: str) -> list[str]:
    return list(dict.fromkeys(path for _, path in _parsed(pattern) if path is not None))
