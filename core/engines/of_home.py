"""Which engine does the jobs of a home folder: one setting for all who share it, kept on disk.

    choose(Store(), "ray")  # jobs that are asked for from now on

The cluster is the one that the environment of the server names, never one from a page: whoever opens a page may be a
stranger, and points the server at nothing in its network.
"""

import os
from importlib.util import find_spec
from pathlib import Path

from ..errors import UserError
from ..store import Store, read_json, write_json
from . import ENGINES

ADDRESS = "RAY_ADDRESS"
HOW = (
    'For work on many machines install Ray, pip install "gamut[ray]", and start the app with '
    "gamut app --ray-address HOST:PORT."
)


def cluster() -> str | None:
    """The address of the Ray cluster that jobs can be done on: `$RAY_ADDRESS`, where Ray is installed."""
    address = os.environ.get(ADDRESS)
    return address if address and find_spec("ray") else None  # looked for where it is named alone: pages ask


def chosen(store: Store) -> str:
    """The engine of jobs that are asked for now: "ray" where it was chosen and there is a cluster, else "local".

    Raises:
        UserError: the file that holds the choice is damaged.
    """
    path = _path(store)
    try:
        name = read_json(path)["engine"]
    except FileNotFoundError:
        return "local"
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _damaged(path) from error
    if name not in ENGINES:
        raise _damaged(path)
    return "local" if cluster() is None else str(name)


def choose(store: Store, name: str) -> None:
    """Let that engine do what is asked for from now on; what waits or runs stays where it is.

    Raises:
        UserError: an unknown engine, or "ray" where there is no cluster.
    """
    if name not in ENGINES:
        raise UserError(f"There is no engine {name!r}. The engines: {', '.join(ENGINES)}.")
    if name == "ray" and cluster() is None:
        raise UserError(f"No Ray cluster is known here. {HOW}")
    write_json(_path(store), {"engine": name})


def _path(store: Store) -> Path:
    return store.home / "engine.json"


def _damaged(path: Path) -> UserError:
    return UserError(f"{path} says in no known way where work is done. Remove it: then it is done on this machine.")
