"""Work that the memory does not suffice for is refused before any is taken, in words and with the estimate."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from core import memory
from core.errors import UserError

GB = 1 << 30


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with 8 GB free and no control groups; returns the folder for these."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=8 * GB))
    monkeypatch.setattr(memory, "_GROUPS", tmp_path)
    return tmp_path


def group(folder: Path, names: tuple[str, str, str], limit: str, used: int, cache: int) -> None:
    folder.mkdir(exist_ok=True)
    (folder / names[0]).write_text(f"{limit}\n")
    (folder / names[1]).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\n{names[2]} {cache}\n")


def test_without_control_groups_the_machine_decides(machine: Path):
    assert memory.available() == 8 * GB


@pytest.mark.parametrize(("place", "names"), [(".", memory._NEW), ("memory", memory._OLD)])
def test_a_containers_limit_counts_and_its_file_cache_does_not(machine: Path, place: str, names: tuple[str, str, str]):
    group(machine / place, names, str(4 * GB), used=3 * GB, cache=2 * GB)
    assert memory.available() == 3 * GB


def test_a_container_without_a_limit_leaves_it_to_the_machine(machine: Path):
    group(machine, memory._NEW, "max", used=3 * GB, cache=0)
    group(machine / "memory", memory._OLD, "9223372036854771712", used=3 * GB, cache=0)
    assert memory.available() == 8 * GB


def test_a_container_over_its_limit_has_nothing_left(machine: Path):
    group(machine, memory._NEW, str(GB), used=2 * GB, cache=0)
    assert memory.available() == 0
    with pytest.raises(UserError, match="0 bytes are free"):
        memory.require(1 << 20, "Reading")
    memory.require((1 << 20) - 1, "Reading")  # so little is not looked for


def test_what_fits_passes_and_what_does_not_is_refused_with_both_numbers(machine: Path):
    memory.require(7 * GB, "A map of 1,000,000 rows")
    with pytest.raises(UserError) as refusal:
        memory.require(9 * GB, "A map of 1,000,000 rows")
    assert str(refusal.value) == (
        "A map of 1,000,000 rows needs about 9.66 GB of memory, and 8.32 GB are free. "
        "Close other programs, use fewer rows, or a larger machine."
    )


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (12_345, "12.3 kB"),
        (999_600, "1,000 kB"),
        (5e6, "5 MB"),
        (3.25e9, "3.25 GB"),
        (123_456_000_000, "123 GB"),
        (2.5e13, "25,000 GB"),
    ],
)
def test_sizes_are_said_as_a_person_reads_them(size: float, words: str):
    assert memory.in_words(size) == words


def test_this_machine_has_some_memory_left():
    assert memory.available() > 0
