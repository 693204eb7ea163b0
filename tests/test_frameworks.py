"""Entries for training frameworks: for each shape of rows what is read by it is what the rows say."""

import json

import pytest
import yaml

from core.__main__ import main
from core.errors import UserError
from core.frameworks import FRAMEWORKS, entry
from core.shapes import Roles

ALPACA = [
    {"instruction": "Add", "input": "1 2", "output": "3", "system": "Be brief"},
    {"instruction": "x", "output": "y"},
]
QUESTIONS = [{"question": "q?", "answer": "a", "note": "n"}, {"question": "r?", "answer": "b", "note": "m"}]
SHAREGPT = [{"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ho"}], "system": "s"}] * 2
MESSAGES = [{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]}] * 2
PAIRS = [{"prompt": "p", "chosen": "good one", "rejected": "bad one"}, {"prompt": "q", "chosen": "a", "rejected": "b"}]
TEXTS = [{"text": "a text of some words"}, {"text": "another one"}]
PROMPTS = [{"prompt": "do this"}, {"prompt": "do that"}]


@pytest.fixture
def rows(read):
    return lambda records: read("".join(json.dumps(each) + "\n" for each in records), "rows.jsonl")


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (ALPACA, {"columns": {"prompt": "instruction", "query": "input", "response": "output", "system": "system"}}),
        (QUESTIONS, {"columns": {"prompt": "question", "response": "answer"}}),
        (
            SHAREGPT,
            {
                "formatting": "sharegpt",
                "columns": {"messages": "conversations", "system": "system"},
                "tags": {"role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt"},
            },
        ),
        (
            MESSAGES,
            {
                "formatting": "sharegpt",
                "columns": {"messages": "messages"},
                "tags": {
                    "role_tag": "role",
                    "content_tag": "content",
                    "user_tag": "user",
                    "assistant_tag": "assistant",
                },
            },
        ),
        (PAIRS, {"ranking": True, "columns": {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"}}),
        (TEXTS, {"columns": {"prompt": "text"}}),
    ],
    ids=["alpaca", "questions", "sharegpt", "messages", "pairs", "text"],
)
def test_llama_factory_is_told_each_column_and_tag(rows, records, expected):
    found = json.loads(entry("llama-factory", rows(records), "my rows.jsonl").code)
    assert found == {"my_rows": {"file_name": "my rows.jsonl"} | expected}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([{"instruction": "a", "input": "", "output": "c"}, {"instruction": "d", "output": "e"}], {"type": "alpaca"}),
        (
            QUESTIONS,
            {
                "type": {
                    "field_instruction": "question",
                    "field_output": "answer",
                    "format": "{instruction}",
                    "no_input_format": "{instruction}",
                }
            },
        ),
        (
            SHAREGPT,
            {
                "type": "chat_template",
                "field_messages": "conversations",
                "message_property_mappings": {"role": "from", "content": "value"},
                "roles": {"user": ["human"], "assistant": ["gpt"]},
                "field_system": "system",
            },
        ),
        (
            MESSAGES,
            {
                "type": "chat_template",
                "field_messages": "messages",
                "message_property_mappings": {"role": "role", "content": "content"},
            },
        ),
        (TEXTS, {"type": "completion", "field": "text"}),
    ],
    ids=["alpaca", "questions", "sharegpt", "messages", "text"],
)
def test_axolotl_is_told_the_type_and_the_fields(rows, records, expected):
    found = yaml.safe_load(entry("axolotl", rows(records), "rows.parquet").code)
    assert found == {"datasets": [{"path": "rows.parquet", "ds_type": "parquet"} | expected]}


def mapped(code: str, records: list[dict]) -> list[dict]:
    """What TRL's trainer would be given: the function of the code over the rows; the rows where it has none."""
    if "def as_trl" not in code:
        return records
    space: dict = {}
    body = code[code.index("\n\n\n") : code.index("rows = rows.map")]
    exec(compile(body, "entry", "exec"), space)
    return [space["as_trl"](row) for row in records]


def said(role: str, content: str) -> dict:
    return {"role": role, "content": content}


@pytest.mark.parametrize(
    ("records", "trainer", "first"),
    [
        (
            [ALPACA[0]],
            "SFTTrainer",
            {
                "prompt": [said("system", "Be brief"), said("user", "Add\n1 2")],
                "completion": [said("assistant", "3")],
            },
        ),
        (QUESTIONS, "SFTTrainer", {"prompt": [said("user", "q?")], "completion": [said("assistant", "a")]}),
        (SHAREGPT, "SFTTrainer", {"messages": [said("system", "s"), said("user", "hi"), said("assistant", "ho")]}),
        (MESSAGES, "SFTTrainer", MESSAGES[0]),
        (
            PAIRS,
            "DPOTrainer",
            {
                "prompt": [said("user", "p")],
                "chosen": [said("assistant", "good one")],
                "rejected": [said("assistant", "bad one")],
            },
        ),
        (TEXTS, "SFTTrainer", TEXTS[0]),
        (PROMPTS, "GRPOTrainer", {"prompt": [said("user", "do this")]}),
    ],
    ids=["alpaca", "questions", "sharegpt", "messages", "pairs", "text", "prompts"],
)
def test_trl_is_given_the_columns_that_its_trainer_looks_for(rows, records, trainer, first):
    found = entry("trl", rows(records), "rows.jsonl")
    compile(found.code, "entry", "exec")
    assert f"from trl import {trainer}" in found.code
    assert 'load_dataset("json", data_files=\'rows.jsonl\', split="train")' in found.code
    assert mapped(found.code, records)[0] == first


def test_names_from_the_data_stay_text_in_every_entry(rows):
    odd = "pro'mpt\"]); import os #\n: {x}"
    dataset = rows([{odd: "p", "output": "o"}] * 2).with_roles(Roles(prompt=odd, response="output"))
    assert json.loads(entry("llama-factory", dataset, "r.jsonl").code)["r"]["columns"]["prompt"] == odd
    assert yaml.safe_load(entry("axolotl", dataset, "r.jsonl").code)["datasets"][0]["type"]["field_instruction"] == odd
    code = entry("trl", dataset, "r.jsonl").code
    assert mapped(code, [{odd: "p", "output": "o"}])[0]["prompt"] == [said("user", "p")]


@pytest.mark.parametrize(
    ("records", "file_name", "framework", "says"),
    [
        (MESSAGES, "r.csv", "trl", "Conversations in a CSV"),
        (MESSAGES, "r.npy", "trl", "as .jsonl, .csv or .parquet"),
        (PROMPTS, "r.jsonl", "llama-factory", "nothing that LLaMA-Factory trains on"),
        (PROMPTS, "r.jsonl", "axolotl", "nothing that Axolotl trains on"),
        ([{"chat": ["hi", "ho"]}] * 2, "r.jsonl", "trl", "no objects of from and value"),
        (TEXTS, "r.jsonl", "other", "There is no framework 'other'"),
    ],
)
def test_what_cannot_be_said_is_refused(rows, records, file_name, framework, says):
    with pytest.raises(UserError, match=says):
        entry(framework, rows(records), file_name)


def test_the_command_prints_an_entry_or_saves_it(tmp_path, home, capsys):
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in SHAREGPT))
    for framework in FRAMEWORKS:
        assert main(["entry", str(file), "--framework", framework]) == 0
        assert "conversations" in capsys.readouterr().out
    out = tmp_path / "dataset_info.json"
    assert main(["entry", str(file), "--framework", "llama-factory", "--out", str(out)]) == 0
    assert json.loads(out.read_text())["rows"]["tags"]["user_tag"] == "human"
    assert main(["entry", str(file), "--framework", "llama-factory", "--out", str(file)]) == 2
