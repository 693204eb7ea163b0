"""TRL: a few lines of Python that read the rows and give the columns the names that its trainers look for."""

from .entry import Entry
from .layout import Layout


def trl(layout: Layout, file_name: str, kind: str) -> Entry:
    """Reading the file with `datasets`, and the columns as messages, prompt and completion, pairs, or text."""
    trainer, body = _body(layout)
    lines = [
        "from datasets import load_dataset",
        f"from trl import {trainer}",
        "",
        f'rows = load_dataset("{kind}", data_files={file_name!r}, split="train")',
    ]
    if body:
        lines += ["", "", *body, "", "", "rows = rows.map(as_trl, remove_columns=rows.column_names)"]
    more = ", reward_funcs=YOUR_REWARD" if trainer == "GRPOTrainer" else ""
    lines += [f"trainer = {trainer}(model=YOUR_MODEL, train_dataset=rows{more})", "trainer.train()"]
    return Entry("\n".join(lines) + "\n", "python", "train_trl.py", ("Put your model in the place of YOUR_MODEL.",))


def _body(layout: Layout) -> tuple[str, list[str]]:
    """The trainer, and the function that gives a row the columns it looks for; none where it has them."""
    match layout.form:
        case "chat":
            return "SFTTrainer", _turns(layout)
        case "text":
            if layout.text == "text":
                return "SFTTrainer", []
            return "SFTTrainer", ["def as_trl(row):", f'    return {{"text": row[{layout.text!r}]}}']
        case "preference" if layout.prompt is None:
            return "DPOTrainer", [
                "def as_trl(row):",
                f'    return {{"chosen": row[{layout.response!r}], "rejected": row[{layout.rejected!r}]}}',
            ]
        case "preference":
            sides = {"chosen": layout.response, "rejected": layout.rejected}
            return "DPOTrainer", _spoken(layout, sides)
        case "pairs":
            return "SFTTrainer", _spoken(layout, {"completion": layout.response})
        case _:
            return "GRPOTrainer", _spoken(layout, {})


def _turns(layout: Layout) -> list[str]:
    """Conversations under the names that TRL looks for; nothing where they have them."""
    role, content = layout.role_key, layout.content_key
    names = {name: speaker for speaker, name in (layout.speakers or {}).items() if name != speaker}
    if (layout.messages, role, content) == ("messages", "role", "content") and not (layout.system or names):
        return []
    lines = [f"names = {names!r}", "", "", "def as_trl(row):", "    messages = []"]
    if layout.system:
        lines.append(f"    if row[{layout.system!r}]:")
        lines.append(f'        messages.append({{"role": "system", "content": row[{layout.system!r}]}})')
    return [
        *lines,
        f"    for turn in row[{layout.messages!r}]:",
        f"        speaker = names.get(turn[{role!r}], turn[{role!r}])",
        f'        messages.append({{"role": speaker, "content": turn[{content!r}]}})',
        '    return {"messages": messages}',
    ]


def _spoken(layout: Layout, sides: dict[str, str | None]) -> list[str]:
    """Prompt and answers as turns, so that the model's own chat template is put around them."""
    said = f"row[{layout.prompt!r}]"
    if layout.input:
        said = f'"\\n".join(part for part in (row[{layout.prompt!r}], row[{layout.input!r}]) if part)'
    lines = ["def as_trl(row):", f'    prompt = [{{"role": "user", "content": {said}}}]']
    if layout.system:
        lines.append(f"    if row[{layout.system!r}]:")
        lines.append(f'        prompt.insert(0, {{"role": "system", "content": row[{layout.system!r}]}})')
    lines += ["    return {", '        "prompt": prompt,']
    for side, column in sides.items():
        lines.append(f'        "{side}": [{{"role": "assistant", "content": row[{column!r}]}}],')
    return [*lines, "    }"]
