"""Projects: what they hold, odd names, undo, several at once, and the command line."""

import json
import threading

import pytest

from core import work
from core.__main__ import main
from core.errors import UserError
from core.progress import silent
from core.projects import Projects
from core.store import Store
from core.workspace import Workspace

ODD = [
    "../../etc/passwd",
    "مشروع رقم 1",
    "👩\u200d🔬🧪",
    "<script>alert(1)</script>",
    "a/b\\c: *?|",
    "x" * 100,
    "lone \ud800 half",
]


@pytest.fixture
def projects(home):
    return Projects(Store())


def test_a_project_keeps_its_datasets_in_order_each_once_and_outlives_the_process(projects):
    made = projects.new(" maths\tand  more ", ["b", "a", "b"])
    assert (made.name, made.datasets) == ("maths and more", ("b", "a"))
    assert projects.change(made.id, name="maths", add=["c", "a"], remove=["b"]).datasets == ("a", "c")
    other = projects.new("other", ["a"])
    assert [each.id for each in projects.of("a")] == [made.id, other.id], "a dataset may lie in several"
    projects.beside("c", "scored c")
    again = Projects(Store())
    assert again.named("maths").datasets == ("a", "c", "scored c")
    assert again.named("other").datasets == ("a",)


def test_every_change_is_undone_and_done_again_and_a_deleted_project_comes_back_whole(projects):
    made = projects.new("one", ["a"])
    projects.change(made.id, add=["b"])
    projects.remove(made.id)
    assert projects.all() == []
    assert projects.undo() == "Deleted one"
    assert projects.get(made.id).datasets == ("a", "b")
    assert projects.undo() == "Changed the datasets of one"
    assert projects.get(made.id).datasets == ("a",)
    meant = projects.last()[0].id
    assert projects.redo() == "Changed the datasets of one"
    with pytest.raises(UserError, match="changed elsewhere"):
        projects.undo(meant)
    with pytest.raises(UserError, match="not there any more"):
        projects.change("unknown", name="x")


@pytest.mark.parametrize("name", ODD)
def test_a_name_may_be_anything_that_can_be_seen(projects, name):
    made = projects.new(name)
    assert projects.named(made.name) == made
    assert sorted(path.name for path in (Store().home / "projects").iterdir()) == [".lock", "projects.json"]
    with pytest.raises(UserError, match="already"):
        projects.new(name)


def test_a_taken_name_is_said_before_files_are_read(projects, monkeypatch, capsys):
    projects.new("maths")
    monkeypatch.setattr("core.cli.project.read_data", lambda *given: pytest.fail("a file is read"))
    assert main(["project", "new", "maths", "no such file.jsonl"]) == 2
    assert "'maths' already" in capsys.readouterr().err


def test_names_that_cannot_be_seen_or_are_too_long_are_refused(projects):
    for wrong in ("", " \n ", "\u202e", "x" * 101):
        with pytest.raises(UserError):
            projects.new(wrong)
    assert projects.all() == []


def test_who_changes_projects_at_once_loses_nothing(projects):
    made = projects.new("shared")

    def change(person: int) -> None:
        own = Projects(Store())  # as another process has it
        for turn in range(10):
            own.change(made.id, add=[f"{person}:{turn}"])
        own.new(f"of {person}")

    people = [threading.Thread(target=change, args=(person,)) for person in range(6)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    wanted = {f"{person}:{turn}" for person in range(6) for turn in range(10)}
    assert set(projects.get(made.id).datasets) == wanted
    assert len(projects.all()) == 7


def test_what_is_read_lands_in_the_project_and_is_kept_where_that_is_gone(projects, tmp_path):
    store, made = Store(), projects.new("mine")
    for name, project in (("a.jsonl", made.id), ("b.jsonl", "deleted"), ("c.jsonl", None)):
        (tmp_path / name).write_text(json.dumps({"text": name}))
        work.read(store, {"paths": [str(tmp_path / name)]} | ({"project": project} if project else {}), silent)
    names = {entry.dataset: entry.name for entry in Workspace(store).entries()}
    assert sorted(names.values()) == ["a.jsonl", "b.jsonl", "c.jsonl"]
    assert [names[key] for key in projects.get(made.id).datasets] == ["a.jsonl"]


def test_the_command_line_does_all_of_it(projects, tmp_path, capsys):
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for file in files:
        file.write_text(json.dumps({"text": file.name}))

    def gamut(*words: str, code: int = 0) -> str:
        assert main(["project", *words]) == code
        out, err = capsys.readouterr()
        return out + err

    assert gamut("new", "maths", str(files[0])) == "Made maths: 1 dataset.\n"
    assert gamut("add", "maths", str(files[1])) == "Changed maths: 2 datasets.\n"
    assert gamut("remove", "maths", "--dataset", "a.jsonl") == "Changed maths: 1 dataset.\n"
    assert "of these not in maths" in gamut("remove", "maths", str(files[0]), code=2)
    assert "no open dataset called 'a.jsonl'. There are: b.jsonl." in gamut(
        "remove", "maths", "--dataset", "a.jsonl", code=2
    )
    assert gamut("rename", "maths", "arithmetic") == "maths is now arithmetic.\n"
    shown = gamut("list")
    assert shown.startswith("arithmetic: 1 dataset\n  b.jsonl, 1 row, ")
    assert "In no project: 1 dataset\n  a.jsonl" in shown
    assert "gamut project undo: Renamed maths" in shown
    Workspace(Store()).close(projects.named("arithmetic").datasets[0])
    assert ", closed" in gamut("list")
    key = projects.named("arithmetic").datasets[0]
    assert gamut("remove", "arithmetic", "--dataset", key[:12]) == "Changed arithmetic: 0 datasets.\n"
    assert "Deleted arithmetic" in gamut("delete", "arithmetic")
    assert gamut("undo") == "Undone: Deleted arithmetic.\n"
    found = json.loads(gamut("list", "--json"))
    assert [each["name"] for each in found["projects"]] == ["arithmetic"]
    assert list(found["names"].values()) == ["a.jsonl"]
    assert "There is no project 'maths'" in gamut("delete", "maths", code=2)


@pytest.mark.parametrize(
    "content", ['{"subsets": []}', '{"subsets": {"a": {}}}', '{"subsets": {"a": 1}}', "[]", '{"done": [1]}']
)
def test_a_damaged_file_is_a_sentence(projects, home, content):
    projects.new("maths")
    (home / "projects" / "projects.json").write_text(content)
    with pytest.raises(UserError, match=r"projects\.json is damaged"):
        projects.all()


def test_a_dataset_that_was_closed_is_changed_with_a_sentence(home):
    with pytest.raises(UserError, match="closed meanwhile"):
        Workspace(Store()).change("0123", encoder="default")
