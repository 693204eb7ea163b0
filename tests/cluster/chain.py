"""`make cluster-test`: the whole chain on a cluster of two machines finds what one machine finds, killed or not.

Embedding, metrics and choices go through the command line. Then one machine is killed in the middle of each step
(or of those alone that are named as arguments).
"""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

# as the command is installed, so that what is compiled serves both
from gamut.core.__main__ import main as gamut

from tests.cluster.two_machines import TwoMachines

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "gamut_sample.jsonl"
_ROWS = 256
GAMUT = str(Path(sys.executable).parent / "gamut")
METRICS = (
    "knn_distance,novelsum,distsum_l2,distsum_cosine,dcscore,facility_location,mean_coverage,coverage_radius,vendi,"
    "log_det,radius,cluster_inertia,partition_entropy"
)
CHOICES = {
    "novelselect": [],
    "k_center": [],
    "kmq": ["--quality", "quality"],
    "semdedup": [],
    "facility_location_parts": [],
}
Say = Callable[[str], None]
KILLED = ("embed", "measure", "kmq", "novelselect")
_TOLERANCE = 1e-6
_LIMIT = 600.0  # seconds that a command may take


class Chain:
    """The steps of the chain on one engine, in a home folder of its own."""

    def __init__(self, cluster: TwoMachines, name: str, *, ray: bool) -> None:
        self.cluster, self.home = cluster, cluster.folder / name
        self.pool = cluster.folder / "pool.jsonl"
        self.engine = ["--engine", "ray", "--address", cluster.address] if ray else []
        self.env = cluster.env | {"GAMUT_HOME": str(self.home)}

    def begin(self, *words: str) -> subprocess.Popen[str]:
        command = [GAMUT, *words, "--quiet", *self.engine]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def do(self, words: Sequence[str]) -> str:
        """One command after the other in this process, which loads its libraries once."""
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            code = gamut([*words, "--quiet", "--home", str(self.home), *self.engine])
        return self._said(code, words, out.getvalue(), err.getvalue())

    def end(self, process: subprocess.Popen[str]) -> str:
        out, err = process.communicate(timeout=_LIMIT)
        return self._said(process.returncode, process.args, out, err)

    def _said(self, code: int, words: Any, out: str, err: str) -> str:
        assert code == 0, f"{words}\n{out}\n{err}"
        if self.engine:
            assert "pieces" in err, f"nothing was shared out: {err}"
            print("       ", err.strip().splitlines()[-1].removeprefix("gamut: ").partition(". Everything")[0])
        return out

    def embed(self) -> list[str]:
        return ["embed", str(self.pool), "--out", str(self.home / "vectors.npy")]

    def measure(self) -> list[str]:
        return ["measure", str(self.pool), "--metrics", METRICS, "--no-intervals", "--json"]

    def select(self, name: str) -> list[str]:
        out = str(self.home / f"{name}.json")
        return ["select", str(self.pool), "--selector", name, "--budget", "60", *CHOICES[name], "--out", out]

    def vectors(self) -> np.ndarray:
        return np.load(self.home / "vectors.npy")

    def chosen(self, name: str) -> tuple[Any, Any]:
        found = json.loads((self.home / f"{name}.json").read_text())
        return found["ids"], found["gains"]


def values(out: str) -> dict[str, float]:
    return {score["metric"]: score["value"] for score in json.loads(out)["scores"]}


def main(only: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the cluster is ended all the same
    start = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - start:5.0f} s  {words}", flush=True)

    with TwoMachines() as cluster:
        say("two machines are up")
        cluster.env |= {"GAMUT_SHARE_FROM": "1e4", "GAMUT_SHARD_ROWS": "64"}  # so little is not shared out otherwise
        os.environ |= cluster.env
        lines = SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
        (cluster.folder / "pool.jsonl").write_text("".join(lines[:_ROWS]), encoding="utf-8")
        one, two = Chain(cluster, "one", ray=False), Chain(cluster, "two", ray=True)
        for each in (one, two):
            each.home.mkdir()
        one.do(one.embed())
        expected = values(one.do(one.measure()))
        for name in CHOICES:
            one.do(one.select(name))
        say("the chain on one machine")
        if not only:
            step(two, one, expected, "embed", two.embed(), say)
            step(two, one, expected, "measure", two.measure(), say)
            for name in CHOICES:
                step(two, one, expected, name, two.select(name), say)

        for name in only or KILLED:
            killed = Chain(cluster, f"killed_{name}", ray=True)
            killed.home.mkdir()
            if name != "embed":  # the vectors are there
                for kind in ("embeddings", "datasets"):
                    (killed.home / kind).symlink_to(one.home / kind)
            words = getattr(killed, name)() if name in ("embed", "measure") else killed.select(name)
            step(killed, one, expected, name, words, say, kill=True)
            cluster.start_other()
    say("all the same")
    return 0


def step(
    chain: Chain,
    one: Chain,
    expected: dict[str, float],
    name: str,
    words: Sequence[str],
    say: Any,
    *,
    kill: bool = False,
) -> None:
    if not kill:
        out = chain.do(words)
    else:
        process = chain.begin(*words)
        while not chain.cluster.other_works():
            assert process.poll() is None, f"{name} ended before a machine could be killed"
            time.sleep(0.02)
        chain.cluster.kill_other()
        assert process.poll() is None, f"{name} had ended when the machine was killed"
        out = chain.end(process)
    if name == "embed":
        assert np.array_equal(chain.vectors(), one.vectors()), "other vectors"
    elif name == "measure":
        found = values(out)
        assert found.keys() == expected.keys()
        for metric, value in expected.items():
            assert abs(found[metric] - value) <= _TOLERANCE * abs(value), (metric, value, found[metric])
    else:
        assert chain.chosen(name)[0] == one.chosen(name)[0], f"{name}: other rows"
        for mine, theirs in zip(chain.chosen(name)[1], one.chosen(name)[1], strict=True):
            assert mine == theirs or abs(mine - theirs) <= _TOLERANCE * abs(theirs), (name, mine, theirs)
    say(f"{name}: the same{', with a machine killed in the middle' if kill else ''}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
