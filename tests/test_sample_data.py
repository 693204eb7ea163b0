"""The sample data is what its README says, tables and planted rows included."""

import json
import re
from collections import Counter
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[1] / "sample_data"
README = (SAMPLES / "README.md").read_text(encoding="utf-8")
FILES = sorted(path.name for path in SAMPLES.iterdir() if path.suffix in {".json", ".jsonl"})

every_file = pytest.mark.parametrize("name", FILES)


def rows_of(name: str) -> list[dict]:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    # not splitlines(), which would also cut at U+2028 and U+0085
    return json.loads(text) if name.endswith(".json") else [json.loads(line) for line in text.rstrip("\n").split("\n")]


def table(heading: str) -> list[dict[str, str]]:
    """The rows of the first table below a heading of the README, by column."""
    section = README.split(f"# {heading}\n", 1)[1].split("\n#", 1)[0]
    head, _rule, *body = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.split("\n") if line.startswith("|")
    ]
    return [dict(zip(head, cells, strict=True)) for cells in body]


MIXED = rows_of("gamut_sample.jsonl")
BY_ID = {row["id"]: row for row in MIXED}
PAIRS = table("Planted near-duplicates")
OUTLIERS = table("Planted outliers")
DUPLICATES = {pair["near-duplicate"] for pair in PAIRS}


def text_of(row: dict) -> str:
    return f"{row['instruction']}\n{row['response']}"


def test_the_readme_names_every_file():
    assert sorted(entry["file"] for entry in table("Sample data")) == FILES


@pytest.mark.parametrize("entry", table("Sample data"), ids=lambda entry: entry["file"])
def test_rows_and_fields_in_their_order_are_as_documented(entry):
    rows = rows_of(entry["file"])
    assert len(rows) == int(entry["rows"])
    assert {tuple(row) for row in rows} == {tuple(entry["fields"].split(", "))}


@every_file
def test_ids_are_unique(name):
    rows = rows_of(name)
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_files_are_plain_utf8_with_line_feeds(path):
    data = path.read_bytes()
    text = data.decode("utf-8")
    assert not text.startswith("\ufeff")
    assert b"\r" not in data
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\ufffd" not in text


@pytest.mark.parametrize("name", ["gamut_sample.jsonl", "narrow_bread.jsonl"])
def test_texts_are_filled_and_quality_is_within_its_scale(name):
    for row in rows_of(name):
        assert row["instruction"].strip(), row["id"]
        assert row["response"].strip(), row["id"]
        assert 1.0 <= row["quality"] <= 5.0, row["id"]
        assert row["quality"] == round(row["quality"], 1), row["id"]


def test_domains_and_languages_are_counted_as_documented():
    documented = {
        (entry["domain"], column): int(number)
        for entry in table("What is in gamut_sample.jsonl")
        for column, number in entry.items()
        if column != "domain"
    }
    counted = Counter[tuple[str, str]]()
    for row in MIXED:
        for domain in (row["domain"], "all"):
            counted.update([(domain, row["language"]), (domain, "all")])
    assert counted == {cell: number for cell, number in documented.items() if number}


def test_there_are_twelve_domains_and_mostly_four_languages():
    assert len({row["domain"] for row in MIXED}) >= 12
    planted = {entry["row"] for entry in OUTLIERS}
    assert {row["language"] for row in MIXED if row["id"] not in planted} == {"en", "de", "es", "zh"}


def test_ids_carry_their_domain_and_are_numbered_without_gaps():
    numbers: dict[str, list[int]] = {}
    for row in MIXED:
        stem, number = re.fullmatch(r"([a-z_]+)-(\d{3})", row["id"]).groups()
        assert stem.replace("_", " ") == row["domain"]
        numbers.setdefault(stem, []).append(int(number))
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values())


def test_domains_are_mixed_in_the_file():
    neighbours = sum(one["domain"] == two["domain"] for one, two in pairwise(MIXED))
    assert neighbours < len(MIXED) / 6  # sorted by domain it would be all but eleven; by chance about a twelfth


def test_thirty_near_duplicates_and_ten_outliers_are_documented():
    assert (len(PAIRS), len(DUPLICATES)) == (30, 30)
    assert Counter(pair["exact"] for pair in PAIRS) == {"no": 26, "yes": 4}
    assert len({entry["row"] for entry in OUTLIERS}) == 10
    assert not DUPLICATES & {entry["row"] for entry in OUTLIERS}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["near-duplicate"])
def test_a_near_duplicate_restates_its_row(pair):
    one, two = BY_ID[pair["row"]], BY_ID[pair["near-duplicate"]]
    assert (one["domain"], one["language"]) == (two["domain"], two["language"])
    assert (text_of(one) == text_of(two)) == (pair["exact"] == "yes")
    assert SequenceMatcher(None, one["response"], two["response"], autojunk=False).ratio() > 0.8


@pytest.mark.parametrize("entry", OUTLIERS, ids=lambda entry: entry["row"])
def test_an_outlier_is_there_and_is_described(entry):
    assert entry["row"] in BY_ID
    assert entry["what it is"]


def test_no_text_repeats_but_the_documented_ones():
    rest = [text_of(row) for row in MIXED if row["id"] not in DUPLICATES]
    assert len(set(rest)) == len(rest)
    bread = [row["instruction"].lower() for row in rows_of("narrow_bread.jsonl")]
    assert len(set(bread)) == len(bread)


def roles(name: str, turns: str, role: str) -> list[list[str]]:
    return [[turn[role] for turn in row[turns]] for row in rows_of(name)]


@pytest.mark.parametrize(
    ("chats", "asks", "answers"),
    [
        (roles("chats_sharegpt.json", "conversations", "from"), "human", "gpt"),
        (roles("chats_messages.jsonl", "messages", "role"), "user", "assistant"),
    ],
    ids=["sharegpt", "messages"],
)
def test_chats_alternate_and_some_begin_with_a_system_message(chats, asks, answers):
    assert sum(chat[0] == "system" for chat in chats) == 8
    for chat in chats:
        turns = chat[chat[0] == "system" :]
        assert turns
        assert turns == [asks, answers] * (len(turns) // 2)
    assert len({len(chat) for chat in chats}) > 2
