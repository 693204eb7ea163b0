"""Shapes and roles are told from columns, as the data in the world is written."""

import json

import pytest

from core.errors import UserError
from core.reading import read_dataset
from core.shapes import SHAPES, Quality, Roles

LONG = "a text of a certain length "


@pytest.fixture
def dataset(tmp_path):
    """A dataset of twelve rows that are copies of the one given, each with texts of its own."""

    def made(row, copies=12):
        def own(value, i):
            if isinstance(value, str) and value.startswith("~"):
                return f"{LONG * 3}{i} {value}"
            if isinstance(value, list):
                return [own(item, i) for item in value]
            return {key: own(item, i) for key, item in value.items()} if isinstance(value, dict) else value

        rows = [own({key: i if item == "#" else item for key, item in row.items()}, i) for i in range(copies)]
        path = tmp_path / "data.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return read_dataset([path], tmp_path / "home")

    return made


TURNS = {
    "sharegpt": [{"from": "human", "value": "~"}, {"from": "gpt", "value": "~"}],
    "messages": [{"role": "user", "content": "~"}, {"role": "assistant", "content": "~"}],
    "typed": [{"role": "user", "content": [{"type": "text", "text": "~"}]}],
}
KNOWN = [
    ("alpaca", {"instruction": "~", "input": "~", "output": "~"}, Roles("instruction", "output", input="input")),
    ("alpaca", {"Instruction": "~", "Response": "~"}, Roles("Instruction", "Response")),
    (
        "alpaca",
        {"instruction": "~", "context": "~", "response": "~"},
        Roles("instruction", "response", input="context"),
    ),
    ("prompt_completion", {"prompt": "~", "completion": "~"}, Roles("prompt", "completion")),
    ("prompt_completion", {"input": "~", "output": "~"}, Roles("input", "output")),
    ("question_answer", {"question": "~", "answer": "~"}, Roles("question", "answer")),
    ("sharegpt", {"id": "#", "conversations": TURNS["sharegpt"]}, Roles(conversation="conversations", id="id")),
    ("messages", {"messages": TURNS["messages"], "system": "~"}, Roles(conversation="messages", system="system")),
    ("messages", {"messages": TURNS["typed"]}, Roles(conversation="messages")),
    ("turns", {"conversations": ["~", "~"]}, Roles(conversation="conversations")),
    ("preference", {"prompt": "~", "chosen": "~", "rejected": "~"}, Roles("prompt", "chosen")),
    (
        "preference",
        {"conversations": TURNS["sharegpt"], "chosen": TURNS["sharegpt"][1], "rejected": TURNS["sharegpt"][1]},
        Roles(conversation="conversations", response="chosen"),
    ),
    ("prompts", {"instruction": "~", "output": None}, Roles("instruction")),
    ("text", {"text": "~", "meta": {"src": "x"}}, Roles(text="text")),
    ("other", {"n": 1, "remark": "~"}, Roles(text="remark")),
    (
        "alpaca",
        {"id": "#", "instruction": "~", "instances": [{"input": "~", "output": "~"}]},
        Roles("instruction", "instances[0].output", input="instances[0].input", id="id"),
    ),
]


@pytest.mark.parametrize(("shape", "row", "roles"), KNOWN)
def test_known_shapes_are_recognised(dataset, shape, row, roles):
    found = dataset(row)
    assert found.shape == shape
    assert found.shape in SHAPES
    assert found.roles == roles


def test_scores_are_quality_with_their_direction(dataset):
    found = dataset({"text": "~", "reward_score": 1.5, "perplexity": 3.0, "stats": {"lang_score": 0.5}, "text_len": 9})
    assert found.roles.quality == (
        Quality("reward_score"),
        Quality("perplexity", higher_is_better=False),
        Quality("stats.lang_score"),
    )


def test_a_column_of_numerals_is_no_id_when_its_values_repeat(dataset):
    assert dataset({"text": "~", "id": 5}).roles.id is None
    assert dataset({"text": "~", "id": "#"}).roles.id == "id"


def test_a_label_has_a_few_values(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,domain,note\n" + "".join(f"{LONG}{i},{'xyz'[i % 3]},{LONG}{-i}\n" for i in range(60)))
    assert read_dataset([path], tmp_path / "home").roles == Roles(text="text", label="domain")


def test_roles_can_be_changed_to_columns_that_are_there(dataset):
    found = dataset({"a": "~", "b": {"c": "~"}, "n": 3})
    changed = found.with_roles(Roles(prompt="a", response="b.c", quality=(Quality("n"),)))
    assert changed.key == found.key
    assert changed.roles.prompt == "a"
    for roles in (Roles(prompt="x"), Roles(quality=(Quality("x"),)), Roles(response="b.x")):
        with pytest.raises(UserError, match=r"has no column '(b\.)?x'\. Its columns: a, b, b\.c, n"):
            found.with_roles(roles)


def test_roles_survive_json(dataset):
    roles = Roles("a", quality=(Quality("n", higher_is_better=False),))
    assert Roles.from_json(json.loads(json.dumps(roles.as_json()))) == roles
