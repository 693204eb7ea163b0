"""How rows are laid out, as frameworks tell it apart: text, prompt and response, preference pairs, conversations."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..dataset import Dataset
from ..errors import UserError
from ..shapes import PAIRS
from ..template import ROLES

Form = Literal["text", "prompts", "pairs", "preference", "chat"]
_LOOKED_AT = 2000  # rows whose turns are looked at for the names of the speakers


@dataclass(frozen=True)
class Layout:
    """The columns of rows by what they are; names of columns are those of the file."""

    form: Form
    text: str | None = None
    prompt: str | None = None
    input: str | None = None
    response: str | None = None
    system: str | None = None
    rejected: str | None = None
    messages: str | None = None
    role_key: str = "role"  # of a turn
    content_key: str = "content"
    speakers: Mapping[str, str] | None = None  # user, assistant, system, tool: how the rows call each


def layout_of(dataset: Dataset, kind: str) -> Layout:
    """The layout of a dataset's rows by its roles.

    Raises:
        UserError: columns inside others, which no framework names, or roles that make nothing to train on.
    """
    roles = dataset.roles
    named = [roles.prompt, roles.input, roles.response, roles.system, roles.conversation, roles.text]
    if inner := [path for path in named if path is not None and path not in dataset.column_names]:
        raise UserError(
            f"Column {inner[0]!r} lies inside another one, which training frameworks cannot name. Put it into a column "
            "of its own first."
        )
    if roles.conversation is not None:
        return _chat(dataset, roles.conversation, kind)
    rejected = _rejected(dataset)
    if rejected is not None:
        kinds = {column.path: column.kind for column in dataset.columns}
        if "list" in (kinds.get(roles.response or ""), kinds.get(rejected)):
            raise UserError(
                "The pairs are conversations, which each framework reads in its own way. Give the last answers columns "
                "of their own, as texts."
            )
        return Layout("preference", None, roles.prompt, roles.input, roles.response, roles.system, rejected)
    if roles.prompt is not None and roles.response is not None:
        return Layout("pairs", None, roles.prompt, roles.input, roles.response, roles.system)
    if roles.prompt is not None:
        return Layout("prompts", None, roles.prompt, roles.input, None, roles.system)
    if roles.text is not None:
        return Layout("text", roles.text)
    raise UserError(f"{dataset.name} has no column of prompts, conversations or texts. Set the roles of its columns.")


def _rejected(dataset: Dataset) -> str | None:
    """The column of the worse answers, where the response is that of the better ones."""
    response = (dataset.roles.response or "").lower()
    tops = {name.lower(): name for name in dataset.column_names}
    return next((tops[bad] for good, bad in PAIRS if good == response and bad in tops), None)


def _chat(dataset: Dataset, path: str, kind: str) -> Layout:
    if kind == "csv":
        raise UserError("Conversations in a CSV file are texts, which no framework reads. Export JSONL or Parquet.")
    inside = {column.path for column in dataset.columns}
    keys = next(
        (keys for keys in (("from", "value"), ("role", "content")) if {f"{path}[0].{key}" for key in keys} <= inside),
        None,
    )
    if keys is None:
        raise UserError(
            f"The turns in {path!r} are no objects of from and value or of role and content, which frameworks ask for."
        )
    met: Counter[str] = Counter()
    for record in dataset.records(range(min(len(dataset), _LOOKED_AT))):
        met.update(_said_by(record.get(path), keys[0]))
    speakers: dict[str, str] = {}
    for name, _ in met.most_common():
        speakers.setdefault(ROLES.get(name.lower(), name), name)
    if "user" not in speakers or "assistant" not in speakers:
        raise UserError(f"The turns in {path!r} name no user and assistant, but {', '.join(sorted(met)) or 'nobody'}.")
    return Layout(
        "chat", system=dataset.roles.system, messages=path, role_key=keys[0], content_key=keys[1], speakers=speakers
    )


def _said_by(turns: Any, key: str) -> list[str]:
    found = turns if isinstance(turns, list) else []
    return [str(turn[key]) for turn in found if isinstance(turn, Mapping) and turn.get(key)]
