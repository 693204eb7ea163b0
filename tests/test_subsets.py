"""Saved subsets: what is done with sets is what Python's sets do, nothing is lost, and every change can be undone."""

import threading
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from core.errors import UserError
from core.store import Store
from core.subset_log import KEPT
from core.subset_making import OPERATIONS, combined, described
from core.subset_names import COLOURS, LONGEST
from core.subsets import Subsets

MADE = {"by": "map", "how": "a lasso"}
ROWS = "".join(f'{{"id": "r{i}", "text": "row {i}"}}\n' for i in range(40))


@pytest.fixture
def data(read):
    return read(ROWS, "rows.jsonl")


@pytest.fixture
def subsets(home):
    return Subsets(Store())


def names(subsets: Subsets, data) -> list[str]:
    return [subset.name for subset in subsets.all(data.key)]


@pytest.mark.parametrize("how", OPERATIONS)
def test_set_operations_are_those_of_pythons_sets_in_the_order_of_the_first(how):
    rng = np.random.default_rng(0)
    for count, size in product((2, 3, 4), (0, 1, 7, 20)):
        sets = [rng.permutation(25)[:size].astype(np.int64) for _ in range(count)]
        found = combined(how, sets).tolist()
        first, *others = map(set, map(list, (each.tolist() for each in sets)))
        assert set(found) == getattr(first, how)(*others)
        assert len(found) == len(set(found))
        wanted = list(dict.fromkeys(np.concatenate(sets).tolist()))
        assert found == [row for row in wanted if row in set(found)]


def test_a_subset_keeps_its_rows_in_their_order_each_once(subsets, data):
    made = subsets.add(data, [5, 3, 5, 9], "  a  name\n", made=MADE, note=" why ", colour="wine")
    (found,) = Subsets(Store()).all(data.key)
    assert (found, found.rows.tolist(), len(found)) == (made, [5, 3, 9], 3)
    assert (found.name, found.note, found.colour, found.version) == ("a name", "why", "wine", 1)
    assert described(found.made) == "On the map: a lasso"


def test_what_cannot_be_saved_is_refused_and_nothing_is_written(subsets, data):
    subsets.add(data, [1], "one", made=MADE)
    for rows, name, words in (
        ([], "none", "at least one row"),
        ([40], "beyond", "has rows 0 to 39"),
        ([-1], "before", "has rows 0 to 39"),
        ([1], "one", "called 'one' already"),
        ([1], "\u200b \u202e\n", "a name that can be seen"),
        ([1], "", "a name that can be seen"),
        ([1], "x" * (LONGEST + 1), "at most 100 characters"),
    ):
        with pytest.raises(UserError, match=words):
            subsets.add(data, rows, name, made=MADE)
    with pytest.raises(UserError, match="no colour 'pinkish'"):
        subsets.add(data, [1], "two", made=MADE, colour="pinkish")
    for key in ("..", "a/b", ""):
        with pytest.raises(UserError, match="no such dataset"):
            subsets.all(key)
    assert names(subsets, data) == ["one"]


@pytest.mark.parametrize(
    "name", ["<b>bold</b> **x** $x$", "👩‍👩‍👧 🧮", "שלום עולם", "x" * LONGEST, "a/b:c,d", "--name", "e\u0301"]
)
def test_odd_names_come_back_and_are_found_however_they_are_typed(subsets, data, name):
    subsets.add(data, [1, 2], name, made=MADE)
    assert subsets.named(data.key, f" {name} ").rows.tolist() == [1, 2]
    with pytest.raises(UserError, match="already"):
        subsets.add(data, [3], name, made=MADE)


def test_no_name_turns_round_what_stands_beside_it_or_breaks_a_file(subsets, data):
    assert subsets.add(data, [1], "a\u202eb\x00c\ud800", made=MADE).name == "abc\ufffd"


def test_every_subset_has_a_colour_of_its_own_as_long_as_there_are_any(subsets, data):
    for i in range(len(COLOURS) + 2):
        subsets.add(data, [i], f"s{i}", made=MADE)
    assert [each.colour for each in subsets.all(data.key)] == [*COLOURS, *COLOURS[:2]]


def test_every_change_is_undone_and_done_again_to_the_very_rows(subsets, data):
    key = data.key
    a = subsets.add(data, [1, 2, 3], "a", made=MADE)
    b = subsets.add(data, [3, 4], "b", made=MADE)
    steps = [
        lambda: subsets.change(key, a.id, name="A"),
        lambda: subsets.change(key, a.id, note="new", colour="brown"),
        lambda: subsets.combine(key, [a.id, b.id], "intersection", "both"),
        lambda: subsets.remove(key, a.id),
        lambda: subsets.remove(key, b.id),
    ]

    def now():
        return [(each, each.rows.tolist()) for each in Subsets(Store()).all(key)]

    seen = [now()]
    for step in steps:
        step()
        seen.append(now())
    for before in reversed(seen[:-1]):
        Subsets(Store()).undo(key)  # as after a reload of the page
        assert now() == before
    for after in seen[1:]:
        Subsets(Store()).redo(key)
        assert now() == after
    with pytest.raises(UserError, match="nothing to do again"):
        subsets.redo(key)


def test_what_was_undone_is_gone_once_something_else_is_changed_and_no_version_comes_twice(subsets, data):
    a = subsets.add(data, [1], "a", made=MADE)
    tags = {a.tag}
    for name in ("b", "c", "d"):
        found = subsets.change(data.key, a.id, name=name)
        assert found.tag not in tags
        tags.add(found.tag)
        assert subsets.undo(data.key) == "Renamed a"
    subsets.change(data.key, a.id, note="kept")
    assert subsets.last(data.key)[1] is None
    before = subsets.get(data.key, a.id)
    assert subsets.change(data.key, a.id, note="kept") == before, "no change is no new version"


def test_an_undo_is_of_the_change_that_was_seen(subsets, data):
    subsets.add(data, [1], "mine", made=MADE)
    seen, _ = subsets.last(data.key)
    subsets.add(data, [2], "theirs", made=MADE)
    with pytest.raises(UserError, match="changed elsewhere since"):
        subsets.undo(data.key, seen.id)
    assert names(subsets, data) == ["mine", "theirs"]


def test_the_last_hundred_changes_are_kept(subsets, data):
    a = subsets.add(data, [1], "a", made=MADE)
    for i in range(KEPT + 5):
        subsets.change(data.key, a.id, note=str(i))
    for _ in range(KEPT):
        subsets.undo(data.key)
    with pytest.raises(UserError, match="nothing to undo"):
        subsets.undo(data.key)
    assert subsets.get(data.key, a.id).note == "4"


def test_a_set_of_sets_tells_all_that_it_was_made_of_once_though_its_parts_are_changed_and_deleted(subsets, data):
    key = data.key
    a = subsets.add(data, [1, 2], "a", made=MADE)
    b = subsets.add(data, [2, 3], "b", made={"by": "ids", "file": "b.txt"})
    c = subsets.combine(key, [a.id, b.id], "union", "c")
    d = subsets.combine(key, [c.id, a.id], "difference", "d")
    for each in (a, b, c):
        subsets.remove(key, each.id)
    found = subsets.named(key, "d")
    assert found.rows.tolist() == [3] == d.rows.tolist()
    assert described(found.made) == "Rows of c without those of a"
    assert list(found.made["parts"]) == [a.tag, b.tag, c.tag]
    assert found.made["parts"][c.tag]["made"] == {"by": "union", "of": [a.tag, b.tag]}


def test_operations_that_cannot_be_done_say_why(subsets, data):
    a = subsets.add(data, [1], "a", made=MADE)
    b = subsets.add(data, [2], "b", made=MADE)
    for ids, how, words in (
        ([a.id], "union", "two subsets or more, and one is named"),
        ([a.id, a.id], "union", "two subsets or more"),
        ([a.id, "gone"], "union", "not there any more"),
        ([a.id, b.id], "intersection", "intersection of a, b holds no row"),
        ([a.id, b.id], "xor", "no operation 'xor'"),
    ):
        with pytest.raises(UserError, match=words):
            subsets.combine(data.key, ids, how, "c")
    subsets.remove(data.key, a.id)
    for refused in (lambda: subsets.remove(data.key, a.id), lambda: subsets.change(data.key, a.id, name="x")):
        with pytest.raises(UserError, match="deleted elsewhere"):
            refused()


def _add_some(home: str, folder: Path, who: str) -> None:
    from core.dataset import Dataset

    subsets = Subsets(Store(home))
    for i in range(15):
        subsets.add(Dataset.load(folder), [i], f"{who}{i}", made=MADE)


def test_two_processes_and_threads_lose_nothing_of_each_other(subsets, data, home):
    context = get_context("fork")
    writers = [context.Process(target=_add_some, args=(home, data.folder, who)) for who in "ab"]
    writers += [threading.Thread(target=_add_some, args=(home, data.folder, who)) for who in "cd"]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert sorted(names(subsets, data)) == sorted(f"{who}{i}" for who in "abcd" for i in range(15))
    for _ in range(60):
        subsets.undo(data.key)
    assert names(subsets, data) == []


def test_two_tabs_change_what_each_of_them_means(subsets, data):
    a = subsets.add(data, [1], "a", made=MADE)
    Subsets(Store()).change(data.key, a.id, name="renamed")
    subsets.change(data.key, a.id, note="noted")
    found = subsets.get(data.key, a.id)
    assert (found.name, found.note) == ("renamed", "noted")


def test_a_damaged_file_is_a_sentence_and_is_left_as_it_is(subsets, data):
    subsets.add(data, [1], "a", made=MADE)
    path = subsets.folder / data.key / "subsets.json"
    path.write_text('{"subsets": ')
    for use in (lambda: subsets.all(data.key), lambda: subsets.add(data, [1], "b", made=MADE)):
        with pytest.raises(UserError, match="is damaged"):
            use()
    assert path.read_text() == '{"subsets": '
