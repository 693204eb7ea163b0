"""`gamut app`: start the app in the browser."""

import argparse
import contextlib
import importlib.util
import ipaddress
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from ..engines import ENGINES
from ..engines.of_home import ADDRESS, choose, chosen, cluster
from ..engines.reaching import NOT_INSTALLED, check_address
from ..errors import UserError
from ..jobs import Jobs
from ..members import members
from ..store import Store

_ROOT = Path(__file__).resolve().parents[2]
_LOOK = 1.0  # seconds between two looks at whether the worker lives


def add(commands: Any) -> None:
    parser = commands.add_parser("app", help="start the app (on localhost, port 8501, unless told otherwise)")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--address", default="localhost", help="address to listen on (default: localhost)")
    parser.add_argument("--home", type=Path, help="folder for results (default: GAMUT_HOME or the platform's)")
    parser.add_argument(
        "--data-root",
        type=Path,
        help="folder below which files may be opened by path; on localhost the home directory, elsewhere none",
    )
    parser.add_argument(
        "--secrets",
        type=Path,
        metavar="FILE",
        help="TOML file whose [auth] names the provider that people log in by; see docs/login.md",
    )
    parser.add_argument(
        "--ray-address",
        metavar="HOST:PORT",
        help="Ray cluster that the pages offer for long work; auto: the one that this machine is part of "
        "(default: RAY_ADDRESS; docs/scale.md)",
    )
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        help="where long work is done from now on: local, this machine, or ray (default: as chosen last, in the "
        "sidebar too; at first local)",
    )
    parser.add_argument("--max-upload", type=int, default=2048, metavar="MB", help="largest upload (default: 2048)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    store = Store(options.home)
    local = is_local(options.address)
    secrets = None if options.secrets is None else _checked_secrets(options.secrets)
    members()
    _where_work_is_done(store, options)
    root = options.data_root or (Path.home() if local else None)
    if root is not None and not root.is_dir():
        raise UserError(f"--data-root {root} is not a folder.")
    environment = os.environ | {"GAMUT_HOME": str(store.home), "GAMUT_DATA_ROOT": str(root.resolve()) if root else ""}
    if local:  # whoever opens the pages has the keys to buckets anyhow
        environment.setdefault("GAMUT_S3_BUCKETS", "*")
    else:
        print(
            f"gamut: listening on {options.address}: everybody who {'logs in' if secrets else 'reaches it'} sees and "
            "changes the same datasets.",
            file=sys.stderr,
        )
    command = [sys.executable, "-m", "streamlit", "run", str(_ROOT / "app.py")]
    settings: dict[str, Any] = {
        "server.port": options.port,
        "server.address": options.address,
        "server.maxUploadSize": options.max_upload,
    }
    if secrets is not None:
        settings["secrets.files"] = secrets
    command += [f"--{name}={value}" for name, value in settings.items()]
    return serve(command, environment, Jobs(store))


def _where_work_is_done(store: Store, options: argparse.Namespace) -> None:
    """Name the cluster to the server and its worker, choose the engine where one is given, and say what holds."""
    if options.ray_address is not None:
        os.environ[ADDRESS] = check_address(options.ray_address)
        if cluster() is None:
            raise UserError(NOT_INSTALLED)
    if options.engine is not None:
        choose(store, options.engine)
    if (address := cluster()) is not None:
        now = "on Ray" if chosen(store) == "ray" else "on this machine"
        print(f"gamut: long work is done {now}; the sidebar says so, and offers Ray at {address}.", file=sys.stderr)


def _checked_secrets(path: Path) -> Path:
    """The file in full, where a login can be asked for with it.

    Raises:
        UserError: it cannot be read, names no login, or what a login needs is not installed.
    """
    if path.suffix != ".toml":
        raise UserError(f"--secrets {path}: the name of a secrets file ends with .toml.")
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"--secrets {path} cannot be read ({error}).") from error
    if not found.get("auth"):
        raise UserError(f"--secrets {path} has no [auth], which names the provider to log in by. See docs/login.md.")
    if not all(importlib.util.find_spec(name) for name in ("authlib", "httpx")):
        raise UserError("A login needs Authlib. Install it: pip install 'gamut[login]'")
    return path.resolve()


def serve(command: list[str], environment: dict[str, str], jobs: Jobs) -> int:
    """Run the server until it ends, with a worker beside it from the first second; returns the server's exit code.

    A worker that dies is started anew even while nobody has a page open. Being asked to end ends the server too.
    """
    os.environ.update(environment)  # the worker may fetch, and reach, what the server may
    with subprocess.Popen(command, cwd=_ROOT) as server:
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        try:
            while True:
                jobs.ensure_worker()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    code = server.wait(_LOOK)
                    return code if code >= 0 else 128 - code  # ended by a signal: as a shell says it
        except KeyboardInterrupt:  # the terminal sends it to the server as well
            server.wait()
            return 0
        finally:
            jobs.stop_worker()


def is_local(address: str) -> bool:
    """Whether only this machine can reach that address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
