"""What of a row is embedded: exactly what the template says, and never the word null."""

import json

import pytest

from core.errors import UserError
from core.reading import read_dataset
from core.shapes import Roles
from core.template import Template, default_template, texts, turns


@pytest.fixture
def dataset(tmp_path):
    def made(*rows, roles=None):
        path = tmp_path / "data.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        found = read_dataset([path], tmp_path / "home")
        return found.with_roles(roles) if roles else found

    return made


ALPACA = {"instruction": "Add.", "input": "1 + 2", "output": "3"}
CHAT = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": [{"name": "look"}]},
        {"role": "tool", "content": "found"},
        {"role": "assistant", "content": [{"type": "text", "text": "Ho"}, {"type": "image_url", "image_url": "u"}]},
    ]
}


@pytest.mark.parametrize(
    ("kind", "text"),
    [("prompt", "Add.\n1 + 2"), ("response", "3"), ("both", "Add.\n1 + 2\n3"), ("conversation", "Add.\n1 + 2\n3")],
)
def test_each_template_takes_its_part_of_an_instruction(dataset, kind, text):
    assert texts(dataset(ALPACA), Template(kind)) == [text]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("prompt", "Hi"),
        ("response", '[{"name": "look"}]\nHo'),
        ("both", 'Hi\n[{"name": "look"}]\nfound\nHo'),
        ("conversation", 'Be brief.\nHi\n[{"name": "look"}]\nfound\nHo'),
    ],
)
def test_each_template_takes_its_part_of_a_conversation(dataset, kind, text):
    assert texts(dataset(CHAT), Template(kind)) == [text]


def test_names_of_speakers_are_understood(dataset):
    found = dataset({"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]})
    assert turns(found, 0) == [("user", "a"), ("assistant", "b")]
    found = dataset({"conversations": ["a", "b", "c"]})
    assert turns(found, 0) == [("user", "a"), ("assistant", "b"), ("user", "c")]
    found = dataset({"turns": ["first question", "second question"], "x": 1})
    assert [role for role, _ in turns(found, 0)] == ["user", "user"]
    assert turns(dataset(CHAT), 0)[0] == ("system", "Be brief.")


def test_a_preference_pair_is_its_prompt_and_the_chosen_answer(dataset):
    plain = {"prompt": "Why?", "chosen": "So.", "rejected": "No."}
    assert texts(dataset(plain), Template()) == ["Why?\nSo."]
    said = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]
    whole = {"prompt": "Why?", "chosen": said, "rejected": said}
    assert texts(dataset(whole), Template()) == ["Why?\nSo."]
    talk = {"conversations": [{"from": "human", "value": "Why?"}], "chosen": {"from": "gpt", "value": "So."}}
    assert texts(dataset({**talk, "rejected": {"from": "gpt", "value": "No."}}), Template()) == ["Why?\nSo."]


def test_what_is_missing_is_empty_and_never_a_word(dataset):
    rows = [
        {"instruction": None, "input": "", "output": None},
        {"output": float("nan")},
        {"instruction": " \n"},
        ALPACA,
    ]
    found = dataset(*rows, roles=Roles("instruction", "output", input="input"))
    assert texts(found, Template()) == ["", "", "", "Add.\n1 + 2\n3"]
    assert texts(found, Template("custom", pattern="{instruction}|{output}"))[:2] == ["|", "|"]
    assert texts(found, Template("column", column="output")) == ["", "", "", "3"]


def test_a_custom_template_only_fills_in_columns(dataset):
    found = dataset({"a": "x{b}", "b": [1, "two"], "c": {"d": True, "e": 1.0}, "f": {"__class__": 1}})
    fill = lambda pattern: texts(found, Template("custom", pattern=pattern))[0]  # noqa: E731 - short and used here only
    assert fill("{{{a}}} {b} {c.d} {c.e}") == "{x{b}} 1\ntwo true 1.0"
    assert fill("{b[1]}!") == "two!"
    assert fill("{c}") == '{"d": true, "e": 1.0}'
    for pattern in ("{a.__class__}", "{a!r}", "{0}", "{}", "{a:>9}"):
        with pytest.raises(UserError, match="has no column"):
            fill(pattern)
    for pattern in ("{a", "a}", "{a{b}}"):
        with pytest.raises(UserError, match=r"single '[{}]' at character"):
            fill(pattern)


def test_a_template_that_finds_no_column_says_which_there_are(dataset):
    found = dataset({"text": "only a text"})
    with pytest.raises(UserError, match=r"no column in the role .*'response only'.*text"):
        texts(found, Template("response"))
    assert texts(found, Template()) == ["only a text"]
    with pytest.raises(UserError, match=r"no column 'y'"):
        texts(found, Template("column", column="y"))


def test_a_lone_surrogate_does_not_reach_the_encoder(dataset):
    assert texts(dataset({"text": "a\ud800b\U0001f600"}), Template()) == ["a\ufffdb\U0001f600"]


def test_templates_have_a_written_form(dataset):
    for template in (Template(), Template("column", column="a"), Template("custom", pattern="{a} {b}")):
        assert Template.from_json(json.loads(json.dumps(template.as_json()))) == template
    assert Template.parse("prompt") == Template("prompt")
    assert Template.parse("column:a") == Template("column", column="a")
    assert Template.parse("Q: {a}") == Template("custom", pattern="Q: {a}")
    for wrong in ("nothing", "column:", ""):
        with pytest.raises(UserError):
            Template.parse(wrong)
    assert len({Template(kind).describe() for kind in ("prompt", "response", "both", "conversation")}) == 4


def test_the_default_is_what_there_is(dataset):
    assert default_template(dataset(ALPACA)) == Template("both")
    assert default_template(dataset({"n": 1})) == Template("column", column="n")
