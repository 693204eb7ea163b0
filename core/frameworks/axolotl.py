"""Axolotl: the part of a configuration that names a dataset."""

from typing import Any

from ..errors import UserError
from .entry import Entry
from .layout import Layout


def axolotl(layout: Layout, file_name: str, kind: str) -> Entry:
    """The `datasets` of a configuration in YAML, with the type that reads such rows."""
    import yaml

    found: dict[str, Any] = {"path": file_name, "ds_type": kind}
    more: dict[str, Any] = {}
    notes = [f"Put it into your configuration; {file_name} is looked for where you start the training."]
    match layout.form:
        case "chat":
            found |= {"type": "chat_template", "field_messages": layout.messages}
            found["message_property_mappings"] = {"role": layout.role_key, "content": layout.content_key}
            known = {role: name for role, name in (layout.speakers or {}).items() if role != name}
            if known:
                found["roles"] = {role: [name] for role, name in (layout.speakers or {}).items()}
            if layout.system:
                found["field_system"] = layout.system
        case "preference":
            more["rl"] = "dpo"
            found["type"] = {"field_prompt": layout.prompt, "field_chosen": layout.response}
            found["type"] |= {"field_rejected": layout.rejected, "prompt_format": "{prompt}"}
            found["type"] |= {"chosen_format": "{chosen}", "rejected_format": "{rejected}"}
            found["split"] = "train"
            if layout.prompt is None or layout.input or layout.system:
                raise UserError(
                    "Axolotl asks for the prompt of each pair in one column. Put prompt, input and system into one."
                )
            notes.append("The formats are bare: write your model's chat template around them.")
        case "pairs":
            if layout.prompt == "instruction" and layout.input in (None, "input") and layout.response == "output":
                found["type"] = "alpaca"
            else:
                how = {"field_instruction": layout.prompt, "field_output": layout.response}
                how |= {"field_input": layout.input} if layout.input else {}
                how |= {"field_system": layout.system} if layout.system else {}
                both = "{instruction}\n{input}" if layout.input else "{instruction}"
                found["type"] = how | {"format": both, "no_input_format": "{instruction}"}
                notes.append("The format is bare: write your model's chat template around it.")
        case "text":
            found |= {"type": "completion", "field": layout.text}
        case _:
            raise UserError("Rows without responses are nothing that Axolotl trains on.")
    code = yaml.safe_dump(more | {"datasets": [found]}, sort_keys=False, allow_unicode=True)
    return Entry(code, "yaml", "axolotl_datasets.yaml", tuple(notes))
