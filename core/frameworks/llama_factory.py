"""LLaMA-Factory: the description of a dataset that `data/dataset_info.json` asks for."""

import json
from typing import Any

from ..errors import UserError
from .entry import Entry, named
from .layout import Layout

_TAGS = {"user": "user_tag", "assistant": "assistant_tag", "system": "system_tag", "tool": "observation_tag"}


def llama_factory(layout: Layout, file_name: str, kind: str) -> Entry:  # noqa: ARG001 - it tells formats by their ending
    """The entry of `dataset_info.json`: columns of the alpaca form, columns and tags of the sharegpt form."""
    name = named(file_name)
    described: dict[str, Any] = {"file_name": file_name}
    match layout.form:
        case "chat":
            speakers = layout.speakers or {}
            described["formatting"] = "sharegpt"
            described["columns"] = _columns(messages=layout.messages, system=layout.system)
            described["tags"] = {"role_tag": layout.role_key, "content_tag": layout.content_key}
            described["tags"] |= {tag: speakers[role] for role, tag in _TAGS.items() if role in speakers}
        case "preference":
            if layout.prompt is None:
                raise UserError("LLaMA-Factory asks for the prompt of each pair. Give its column the role Prompt.")
            described["ranking"] = True
            described["columns"] = _columns(
                prompt=layout.prompt,
                query=layout.input,
                chosen=layout.response,
                rejected=layout.rejected,
                system=layout.system,
            )
        case "pairs":
            described["columns"] = _columns(
                prompt=layout.prompt, query=layout.input, response=layout.response, system=layout.system
            )
        case "text":
            described["columns"] = _columns(prompt=layout.text)
        case _:
            raise UserError("Rows without responses are nothing that LLaMA-Factory trains on.")
    notes = [
        f"Put the entry into data/dataset_info.json, {file_name} beside it, and name the dataset: dataset: {name}."
    ]
    notes += ["Plain texts are for stage: pt."] if layout.form == "text" else []
    notes += ["Pairs are for stage: dpo or rm."] if layout.form == "preference" else []
    return Entry(json.dumps({name: described}, ensure_ascii=False, indent=2), "json", "dataset_info.json", tuple(notes))


def _columns(**names: str | None) -> dict[str, str]:
    return {name: column for name, column in names.items() if column is not None}
