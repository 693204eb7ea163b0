"""Builds the wheel, looks into it, installs it in a clean environment and lets it work there.

    python tests/packaging/try_wheel.py

What this checks: that the wheel holds what it should and nothing beside `gamut/`, that it works from where it is
installed and without the checkout, under the names `gamut` and `gamut.core`, and that its worker process starts there.
What it does not check: that pip finds the dependencies. Their names are compared with what is installed, but the clean
environment sees the packages of this one instead of loading two gigabytes again; `make app` on a fresh machine is what
tries that.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from email.parser import Parser
from importlib.metadata import version
from pathlib import Path

import numpy as np
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
NEEDED = [
    "gamut/app.py",
    "gamut/.streamlit/config.toml",
    "gamut/core/py.typed",
    "gamut/core/__main__.py",
    "gamut/pages/ui/frame.py",
    "gamut/sample_data/gamut_sample.jsonl",
]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gamut-wheel-") as place:
        folder = Path(place)
        wheel = build(folder)
        look_into(wheel)
        python = install(wheel, folder / "environment")
        elsewhere = folder / "elsewhere"
        elsewhere.mkdir()
        work(python, elsewhere)
    print(f"{wheel.name}: built, installed in a clean environment, and worked there")


def build(folder: Path) -> Path:
    """The wheel, made from a copy of the checkout, since a build leaves a folder that the next one would pack."""
    copy = folder / "checkout"
    out_of_place = shutil.ignore_patterns(".git", ".venv", "__pycache__", "build", "dist", "*.egg-info", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=out_of_place)
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(copy)])
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def look_into(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        facts = Parser().parsestr(archive.read(metadata).decode("utf-8"))
    top = {name.split("/")[0] for name in names}
    assert top == {"gamut", metadata.split("/")[0]}, f"the wheel puts {sorted(top)} into site-packages"
    missing = [name for name in NEEDED if name not in names]
    pages = [path.relative_to(ROOT) for path in (ROOT / "pages").rglob("*.py")]
    samples = [path.relative_to(ROOT) for path in (ROOT / "sample_data").iterdir() if path.is_file()]
    code = [path.relative_to(ROOT) for path in (ROOT / "core").rglob("*.py")]
    missing += [f"gamut/{path}" for path in [*pages, *samples, *code] if f"gamut/{path}" not in names]
    assert not missing, f"the wheel lacks {missing}"
    odd = [name for name in names if "test" in name or "benchmark" in name or name.endswith(".pyc")]
    assert not odd, f"the wheel holds {odd}"
    for line in facts.get_all("Requires-Dist", []):
        requirement = Requirement(line)
        if requirement.marker is None:
            installed = version(requirement.name)
            assert requirement.specifier.contains(installed, prereleases=True), f"{line}, but {installed} is tested"


def install(wheel: Path, folder: Path) -> Path:
    """The Python of a fresh environment with the wheel, which sees the packages of this environment behind its own."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    (own,) = (folder / "lib").glob("python*/site-packages")
    run(
        [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    )
    # The wheel's gamut lies in the environment's own folder, which comes first in the path. A folder that a .pth file
    # adds has its own .pth files left alone, so the editable gamut of this environment is not among what is seen.
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def work(python: Path, elsewhere: Path) -> None:
    """The installed command and library, in a folder and a home of their own."""
    gamut = python.with_name("gamut")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GAMUT"))}
    environment |= {"GAMUT_HOME": str(elsewhere / "home"), "HF_HUB_OFFLINE": "1", "HOME": str(elsewhere)}

    def ask(*command: str | Path) -> str:
        return run(command, cwd=elsewhere, env=environment)

    where = Path(ask(python, "-c", "import gamut.core; print(gamut.core.__file__)").strip())
    assert where.is_relative_to(python.parents[1]), f"gamut comes from {where}"
    assert ask(gamut, "--version").strip() == f"gamut {version('gamut')}"

    X = np.random.default_rng(7).standard_normal((200, 16)).astype(np.float32)
    np.save(elsewhere / "X.npy", X)
    asked = ask(gamut, "measure", "--embeddings", "X.npy", "--metrics", "distsum_cosine,novelsum", "--json")
    scores = {score["metric"]: score for score in json.loads(asked)["scores"]}
    unit = X.astype(np.float64) / np.linalg.norm(X.astype(np.float64), axis=1, keepdims=True)
    off = ~np.eye(len(X), dtype=bool)
    expected = (1 - unit @ unit.T)[off].mean()
    assert abs(scores["distsum_cosine"]["value"] - expected) < 1e-6, f"{scores['distsum_cosine']} is not {expected}"
    assert scores["novelsum"]["n"] == 200
    assert scores["novelsum"]["value"] > 0

    ask(gamut, "select", "--embeddings", "X.npy", "--selector", "random", "--budget", "10%", "--out", "ids.json")
    assert len(json.loads((elsewhere / "ids.json").read_text())["ids"]) == 20

    # The sample, read by a worker process that the installed package starts: under its own name, and as the app does.
    for package, path in (("gamut.core", None), ("core", where.parents[1])):
        before = f"import sys; sys.path.insert(0, {str(path)!r})\n" if path else ""
        state = ask(python, "-c", before + WORKER.format(package=package, sample=where.parents[1] / "sample_data"))
        assert state.split() == ["done"], state


WORKER = """
import {package}.jobs, {package}.store
jobs = {package}.jobs.Jobs({package}.store.Store())
job = jobs.submit("read", "Read", paths=[r"{sample}/gamut_sample.jsonl"], name=None)
jobs.ensure_worker()
job = jobs.wait(job.id, 60)
jobs.stop_worker()
print(job.state, job.error)
"""


def run(command: "list[str] | tuple[str | Path, ...]", **options: object) -> str:
    """What the command prints; where it fails, everything that it said."""
    done = subprocess.run(  # type: ignore[call-overload]  # mypy does not look into **options
        command, capture_output=True, text=True, check=False, **options
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stdout}{done.stderr}")
    return str(done.stdout)


if __name__ == "__main__":
    main()
