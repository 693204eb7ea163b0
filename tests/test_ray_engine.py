"""The engine on a Ray of this machine: results in order, sentences for what fails, and objects that are lost."""

import os
import subprocess
import sys
from pathlib import Path


def test_a_cluster_does_what_one_machine_does(tmp_path):
    """All in one process that starts Ray, since that costs seconds; see `cluster/one_machine.py`."""
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("of-this-test-alone")
    env = os.environ | {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_worker_niceness": "0",
    }
    script = Path(__file__).parent / "cluster" / "one_machine.py"
    done = subprocess.run([sys.executable, str(script)], env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
