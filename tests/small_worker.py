"""A real worker process with small kinds of work: `python small_worker.py HOME NAME`.

Everything but the work itself is the worker's own code: how it starts, claims, reports, is stopped and ends.
"""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core import worker
from core.errors import UserError
from core.progress import Progress
from core.store import Store


def count(store: Store, args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Count to `to`, a line in a file for each step; goes on where it stopped."""
    path = store.home / f"count-{args['name']}"
    done = len(path.read_text().splitlines()) if path.exists() else 0
    for i in range(done, args["to"]):
        with path.open("a") as file:
            file.write(f"{i} {os.getpid()}\n")
        progress(i / args["to"], f"Counted {i + 1} of {args['to']}")
        time.sleep(0.02)
    return {"counted": args["to"]}


def deaf(store: Store, args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Work that reports nothing, but can be interrupted between two steps."""
    progress(0.0, "Working")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        sum(range(1000))
    return {}


def fail(store: Store, args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    errors = {"user": UserError("Row 3 has no text."), "memory": MemoryError(), "bug": ZeroDivisionError("by zero")}
    raise errors[args["how"]]


def die(store: Store, args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    os._exit(args["code"])


def broken_libraries() -> None:
    raise ImportError("no module named torch")


def broken_warm_up(compiled: object) -> None:
    raise RuntimeError("nothing to warm")


worker.WORK.clear()
worker.WORK.update({"count": count, "deaf": deaf, "fail": fail, "die": die})
if os.environ.get("SMALL_WORKER") == "cannot start":
    sys.exit(3)
if os.environ.get("SMALL_WORKER") == "broken libraries":
    worker.import_libraries = broken_libraries
else:
    worker.import_libraries = lambda: None
worker.begin = lambda: None
worker.warm_up = broken_warm_up

worker.main(*sys.argv[1:])
os._exit(0)
