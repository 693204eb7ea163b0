"""Seconds that the metrics of texts take, cutting into words included, beside lexicalrichness where it is to be had.

    .venv/bin/python benchmarks/text_metrics.py DATA [--rounds 2] [--rows 1000000]

Texts are what the default template makes of the rows. Gamut cuts texts on all cores and does the rest on one, as
lexicalrichness does all: the ratio of seconds on the clock is what a user sees on a machine that does nothing else, and
that of processor seconds says much the same on one that does. Gamut is timed warm, as the app's worker and every
process that has cut much text are; what a cold process takes is said first. lexicalrichness is no part of Gamut and not
among what it needs: `pip install --target FOLDER lexicalrichness`, and start with PYTHONPATH=FOLDER. Its metrics are
timed on the very words that Gamut found, so that the values can be compared; its own cutting is timed on the same
texts.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # started as a file: the checkout is the package

import core.tokens
from core.measuring import measure
from core.metrics import METRICS
from core.reading import read_dataset
from core.template import default_template, texts
from core.tokens import tokens_of

REPEATS = 100  # of vocd-D, in the line that asks for more than the usual three
LEXICAL = [name for name, metric in METRICS.items() if "texts" in metric.needs]


@dataclass(frozen=True)
class Timed:
    """What came out, and the fewest seconds that it took: on the clock, and of the processor."""

    found: Any
    clock: float
    processor: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=2, help="times that everything is done; the fastest counts")
    parser.add_argument("--rows", type=int, default=0, help="time so many rows as well, made of those of the data")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        dataset = read_dataset([options.data], Path(home))
        rows = texts(dataset, default_template(dataset))

    first = timed(lambda: measure("vocd_d", texts=rows[:100]), 1)
    print(f"The first value of a process, of 100 rows: {seconds(first)} (libraries, and the table of all characters)\n")
    cold = timed(lambda: core.tokens._cut_as_arrays(rows), options.rounds)
    warm = timed(core.tokens.warm_up, 1)
    print(f"Cutting all texts in a cold process, without numba: {seconds(cold)}")
    print(f"Loading what numba compiled, or compiling it where that was never done here: {seconds(warm)}\n")
    gamut = of_gamut(rows, options.rounds)
    table(rows, gamut, of_the_peer(rows, options.rounds))
    if options.rows:
        more = varied(rows, options.rows)
        table(more, of_gamut(more, 1), {})


def of_gamut(rows: Sequence[str], rounds: int) -> dict[str, Timed]:
    """Cutting alone, then every metric on words that are cut already."""

    def cut() -> int:
        core.tokens._kept.clear()
        return len(tokens_of(rows))

    found = {"cutting": timed(cut, rounds)}
    for name in LEXICAL:
        found[name] = timed(lambda name=name: measure(name, texts=rows), rounds)

    def from_texts() -> Any:
        core.tokens._kept.clear()
        return measure("vocd_d", texts=rows)

    found["vocd_d, from texts"] = timed(from_texts, rounds)  # it looks up those words only that it draws
    core.tokens.tokens_of(rows)
    found["vocd_d, more"] = timed(lambda: measure("vocd_d", texts=rows, repeats=REPEATS), rounds)
    return found


def of_the_peer(rows: Sequence[str], rounds: int) -> dict[str, Timed]:
    """The same of lexicalrichness; empty where it is not installed."""
    try:
        from lexicalrichness import LexicalRichness
    except ModuleNotFoundError as error:
        print(f"{error}: without lexicalrichness there are only the seconds of Gamut.\n")
        return {}
    words = tokens_of(rows).ids.tolist()
    peer = LexicalRichness(words, preprocessor=None, tokenizer=None)
    return {
        "cutting": timed(lambda: LexicalRichness("\n".join(rows)).words, rounds),
        "vocd_d": timed(lambda: peer.vocd(), rounds),
        "vocd_d, more": timed(lambda: peer.vocd(iterations=REPEATS), 1),
        "mtld": timed(lambda: peer.mtld(), rounds),
        "hdd": timed(lambda: peer.hdd(), 1),
    }


def table(rows: Sequence[str], gamut: dict[str, Timed], peer: dict[str, Timed]) -> None:
    """Print a line for each: with the cutting alone and in all, and the ratios of processor and clock seconds."""
    print(f"{len(rows):,} texts, {sum(map(len, rows)):,} characters, {gamut['cutting'].found:,} words")
    print(f"{'':34}{'Gamut':>26}{'value':>10}{'lexicalrichness':>28}{'value':>10}{'processor':>11}{'clock':>8}")
    line("cutting into words", [gamut["cutting"]], [peer["cutting"]] if peer else [])
    for name in [*LEXICAL, "vocd_d, more"]:
        title = METRICS[name.split(",")[0]].title + (f", {REPEATS} repeats" if "more" in name else "")
        line(title, [gamut[name]], [peer[name]] if name in peer else [])
        if name == "compression_ratio":  # it reads characters
            continue
        ours = [gamut["vocd_d, from texts"]] if name == "vocd_d" else [gamut["cutting"], gamut[name]]
        line(
            f"{title}, with cutting",
            ours,
            [peer["cutting"], peer[name]] if name in peer else [],
        )
    shared = [name for name in LEXICAL if name in peer]
    together = [gamut[name] for name in ["cutting", *LEXICAL]]
    line("all six, cut once", together, [])
    if shared:
        both = ["cutting", *shared]
        titles = ", ".join(METRICS[name].title for name in shared)
        line(f"{titles}, cut once", [gamut[name] for name in both], [peer[name] for name in both])
    print()


def line(title: str, ours: Sequence[Timed], theirs: Sequence[Timed]) -> None:
    mine = added(ours)
    text = f"{title:34}{seconds(mine):>26}{value(ours):>10}"
    if theirs:
        their = added(theirs)
        text += f"{seconds(their):>28}{value(theirs):>10}{their.processor / mine.processor:10.1f}x"
        text += f"{their.clock / mine.clock:7.1f}x"
    print(text)


def added(parts: Sequence[Timed]) -> Timed:
    return Timed(None, sum(part.clock for part in parts), sum(part.processor for part in parts))


def value(parts: Sequence[Timed]) -> str:
    if len(parts) != 1:
        return ""
    found = parts[0].found
    mark = "~" if getattr(found, "estimated", False) else ""
    number = getattr(found, "value", found)
    return f"{number:,}" if isinstance(number, int) else f"{mark}{number:.4g}"


def seconds(found: Timed) -> str:
    return f"{found.clock:.2f} s ({found.processor:.2f} s cpu)"


def timed(work: Callable[[], Any], rounds: int) -> Timed:
    """What `work` gives and the least time of some rounds."""
    clock, processor = [], []
    for _ in range(rounds):
        start = time.perf_counter(), time.process_time()
        found = work()
        clock.append(time.perf_counter() - start[0])
        processor.append(time.process_time() - start[1])
    return Timed(found, min(clock), min(processor))


def varied(rows: Sequence[str], count: int) -> list[str]:
    """So many rows, drawn from these, each with a number of its own in its middle, so that no two are equal."""
    drawn = np.random.default_rng(0).integers(len(rows), size=count).tolist()
    halves = ((rows[row], len(rows[row]) // 2) for row in drawn)
    return [f"{text[:half]} {number} {text[half:]}" for number, (text, half) in enumerate(halves)]


if __name__ == "__main__":
    main()
