"""What kind of training data this is, and which column plays which role, told from names, kinds and nesting."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

SHAPES = {
    "alpaca": "Alpaca: instruction, input, output",
    "prompt_completion": "prompt and completion",
    "question_answer": "question and answer",
    "sharegpt": "ShareGPT: conversations of from and value",
    "messages": "messages of role and content",
    "turns": "conversations as lists of texts",
    "preference": "preference pairs: chosen and rejected",
    "prompts": "prompts without responses",
    "text": "plain text",
    "other": "a table of no known shape",
}
_PROMPTS = (
    *("instruction", "prompt", "question", "query", "problem", "user", "human", "request", "task_description"),
    *("instructions", "inputs", "指令", "问题"),
)
_RESPONSES = (
    *("output", "response", "completion", "answer", "solution", "assistant", "reply", "target", "targets", "gpt"),
    *("outputs", "generation", "answers", "输出", "回答", "答案"),
)
_INPUTS = ("input", "context", "输入")
_SYSTEMS = ("system", "system_prompt")
_CONVERSATIONS = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat", "turns", "history")
PAIRS = (("chosen", "rejected"), ("pos", "neg"), ("positive", "negative"), ("preferred", "dispreferred"))
_TEXTS = ("text", "content", "sentence", "document", "utterance", "body", "passage", "article")
_LABELS = (
    *(
        "category",
        "domain",
        "topic",
        "label",
        "intent",
        "task_family",
        "task",
        "class",
        "cluster",
        "cluster_id",
        "skill",
    ),
    *("subject", "type", "source", "dataset", "origin", "src", "lang", "language"),
)
ID_NAMES = ("id", "_id", "idx", "uid", "uuid", "guid", "qid", "row_id", "question_id", "sample_id", "example_id")
_QUALITY = re.compile(
    r"(^|[._])(\w*score|scores?|quality|rating|reward|helpfulness|stars)\b"
    r"|(^|[._])(qa?_)?(clarity|coherence|completeness|correctness|complexity|meaningfulness|relevance)$"
    r"|(^|[._])(perplexity|ppl|loss|toxicity)$",
    re.IGNORECASE,
)
_LOWER_IS_BETTER = re.compile(r"(perplexity|ppl|loss|toxicity)$", re.IGNORECASE)
_WORDS = ("text", "category", "number", "mixed")


@dataclass(frozen=True)
class Quality:
    """A column of scores and its direction."""

    column: str
    higher_is_better: bool = True


@dataclass(frozen=True)
class Roles:
    """Which column (by path) is what; None where no column is."""

    prompt: str | None = None
    response: str | None = None
    system: str | None = None
    input: str | None = None  # what an instruction is applied to (Alpaca's input, Dolly's context)
    conversation: str | None = None
    text: str | None = None
    quality: tuple[Quality, ...] = ()
    label: str | None = None
    id: str | None = None

    def columns(self) -> list[str]:
        """Every column that has a role."""
        single = [
            self.prompt,
            self.response,
            self.system,
            self.input,
            self.conversation,
            self.text,
            self.label,
            self.id,
        ]
        return [path for path in single if path is not None] + [quality.column for quality in self.quality]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Roles":
        quality = tuple(Quality(**entry) for entry in found.get("quality", ()))
        return cls(**{**found, "quality": quality})


@dataclass(frozen=True)
class ColumnInfo:
    """One top-level column, or one nested leaf, as it was met in all rows."""

    path: str  # dotted, [0] for the first item of a list: `instances[0].input`
    kind: str  # text, number, boolean, category, list, object, mixed or empty
    missing: int = 0  # rows that have no value there: null, or no such key
    empty: int = 0  # rows with a blank text or an empty list there
    distinct: int = 0  # different values, counted up to DISTINCT_CAP + 1
    examples: tuple[str, ...] = ()
    longest: int = 0  # characters of the longest text
    top: bool = True


DISTINCT_CAP = 1000


def guess_shape(columns: Sequence[ColumnInfo], rows: int) -> tuple[str, Roles]:
    """The shape (a key of SHAPES) and the roles that a person would most likely give these columns."""
    by_path = {column.path: column for column in columns}
    tops = {column.path.lower(): column.path for column in reversed(columns) if column.top}

    def named(names: Iterable[str], kinds: tuple[str, ...]) -> str | None:
        found = (tops[name] for name in names if name in tops and by_path[tops[name]].kind in kinds)
        return next(found, None)

    def nested(names: Iterable[str]) -> str | None:
        """A leaf of that name below a list or an object, where no top-level column has it."""
        leaves = {column.path.rpartition(".")[2].lower(): column.path for column in reversed(columns) if not column.top}
        found = (leaves[name] for name in names if name in leaves and by_path[leaves[name]].kind in _WORDS)
        return next(found, None)

    conversation = next(
        (tops[name] for name in _CONVERSATIONS if name in tops and _turns_of(tops[name], by_path) is not None), None
    )
    pair = next(((tops[good], tops[bad]) for good, bad in PAIRS if good in tops and bad in tops), None)
    prompt = named(_PROMPTS, _WORDS)
    text = named(_TEXTS, (*_WORDS, "empty"))
    if prompt is None and conversation is None and text is None:
        prompt = named(("input", "src", "source_text"), _WORDS) or nested(_PROMPTS)
    response = pair[0] if pair else None
    if response is None and conversation is None:
        response = named(_RESPONSES, _WORDS) or (nested(_RESPONSES) if prompt else None)
    if response is not None and conversation is None and prompt is None:
        prompt, text = text, None
    given = (named(_INPUTS, _WORDS) or nested(_INPUTS)) if prompt else None
    given = None if given == prompt else given
    if prompt is not None or conversation is not None:
        text = None
    elif text is None and response is None:
        text = _first_text(columns)
    roles = Roles(
        prompt=prompt,
        response=response,
        system=named(_SYSTEMS, _WORDS),
        input=given,
        conversation=conversation,
        text=text,
        quality=_qualities(columns),
        id=_id(columns, rows),
    )
    taken = set(roles.columns())
    label = next((path for path in _label_candidates(columns, tops) if path not in taken), None)
    roles = Roles(**{**vars(roles), "label": label})
    return _shape(roles, pair is not None, by_path), roles


def _turns_of(path: str, by_path: Mapping[str, ColumnInfo]) -> str | None:
    """How the turns in a list column are written: "sharegpt", "messages", "turns", or None where it has none."""
    if by_path[path].kind != "list":
        return None
    if f"{path}[0].from" in by_path and f"{path}[0].value" in by_path:
        return "sharegpt"
    if f"{path}[0].role" in by_path and f"{path}[0].content" in by_path:
        return "messages"
    first = by_path.get(f"{path}[0]")
    return "turns" if first is not None and first.kind in ("text", "category") else None


def _shape(roles: Roles, pair: bool, by_path: Mapping[str, ColumnInfo]) -> str:
    if pair:
        return "preference"
    if roles.conversation is not None:
        return _turns_of(roles.conversation, by_path) or "other"
    if roles.prompt is not None and roles.response is not None:
        name = roles.prompt.lower()
        if name.startswith("instruction"):
            return "alpaca"
        return "question_answer" if name in ("question", "query", "problem") else "prompt_completion"
    if roles.prompt is not None:
        return "prompts"
    if roles.text is None:
        return "other"
    return "text" if by_path[roles.text].path.lower() in _TEXTS else "other"


def _first_text(columns: Sequence[ColumnInfo]) -> str | None:
    """The first column whose texts are about as long as any column's."""
    for wanted in ((True, ("text",)), (True, ("category", "mixed")), (False, ("text",))):
        found = [column for column in columns if (column.top, column.kind) in [(wanted[0], kind) for kind in wanted[1]]]
        longest = max((column.longest for column in found), default=0)
        if found:
            return next(column.path for column in found if 2 * column.longest >= longest)
    return None


def _qualities(columns: Sequence[ColumnInfo]) -> tuple[Quality, ...]:
    return tuple(
        Quality(column.path, higher_is_better=not _LOWER_IS_BETTER.search(column.path))
        for column in columns
        if column.kind == "number" and "[" not in column.path and _QUALITY.search(column.path)
    )


def _label_candidates(columns: Sequence[ColumnInfo], tops: Mapping[str, str]) -> Iterable[str]:
    by_path = {column.path: column for column in columns}
    for name in _LABELS:
        if name in tops and by_path[tops[name]].kind in ("category", "boolean", "number", "text"):
            column = by_path[tops[name]]
            if 1 < column.distinct <= DISTINCT_CAP and column.kind != "text":
                yield column.path
    for column in columns:
        if column.top and column.kind == "category" and 1 < column.distinct <= 200 and column.path.lower() != "split":
            yield column.path


def _id(columns: Sequence[ColumnInfo], rows: int) -> str | None:
    tops = {column.path.lower(): column for column in reversed(columns) if column.top}
    for name in ID_NAMES:
        column = tops.get(name)
        # Two or three doubled ids are told to the user; a column of a few values is a label, not an id.
        if column and _always_there(column) and column.distinct >= 0.9 * min(rows, DISTINCT_CAP + 1):
            return column.path
    return None


def _always_there(column: ColumnInfo) -> bool:
    return column.kind in ("text", "category", "number") and not column.missing and not column.empty
