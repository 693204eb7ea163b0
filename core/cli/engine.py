"""`--engine`: where a command works, and what it says of that in the end."""

import argparse
import sys
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

from ..engines import ENGINES, summary, use_engine

Run = Callable[[argparse.Namespace], int]


def add_engine(parser: argparse.ArgumentParser) -> None:
    """The arguments that say where the command works."""
    group = parser.add_argument_group("where it works (docs/scale.md)")
    group.add_argument(
        "--engine", choices=ENGINES, default="local", help="local: this machine (default); ray: a Ray cluster"
    )
    group.add_argument(
        "--address", metavar="HOST:PORT", help="of the cluster's head; auto: the one that this machine is part of"
    )


def on_engine(run: Run) -> Run:
    """The command, run where its options say."""

    def there(options: argparse.Namespace) -> int:
        if options.engine == "local" and options.address is None:
            return run(options)
        out: Any = _FromHere(sys.stdout)
        with redirect_stdout(out), use_engine(options.engine, options.address) as engine:
            code = run(options)
            if engine is not None:
                print(f"gamut: {summary(engine)}", file=sys.stderr)
        return code

    return there


class _FromHere:
    """stdout for this thread; what Ray's threads print there, that a machine was lost say, goes to stderr."""

    def __init__(self, stdout: Any) -> None:
        self._stdout, self._mine = stdout, threading.get_ident()

    def __getattr__(self, name: str) -> Any:
        stream = self._stdout if threading.get_ident() == self._mine else sys.stderr
        return getattr(stream, name)
