"""Which texts a regular expression finds, within a time limit that holds for any pattern.

Python's `re` cannot be stopped, and keeps every other thread waiting while it looks: `(a+)+$` may look for years. So
the looking is done by a process of its own, which is killed when its time is over.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .words_in_texts import LONGEST

SECONDS = 10.0  # that a pattern may take over all texts
_SCRIPT = Path(__file__).with_name("pattern_process.py")


def matches(texts: Sequence[str], pattern: str, *, seconds: float = SECONDS) -> NDArray[np.bool_]:
    """Whether Python's `re.search` finds the pattern in each text, (n,). Letter case counts, unless `(?i)` begins it.

    Raises:
        UserError: what is no pattern, one of more than 10,000 characters, or one that takes longer than `seconds`.
    """
    if len(pattern) > LONGEST:
        raise UserError(f"The pattern has {len(pattern):,} characters, and may have {LONGEST:,}. Shorten it.")
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    head = json.dumps({"pattern": pattern, "sizes": list(map(len, encoded))}).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(_SCRIPT)],
            input=b"".join([head, b"\n", *encoded]),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UserError(
            f"The pattern was stopped: it had not looked through {len(texts):,} texts after {seconds:g} seconds. "
            "Repeats within repeats, such as (a+)+, take that long; write it without them. In very many texts so may a "
            "pattern whose matches have no word in common; search by words first, and within what they find."
        ) from None
    if done.returncode:
        raise UserError("The pattern was stopped: it takes more memory than a search may have. Write a simpler one.")
    answer = json.loads(done.stdout)
    if "wrong" in answer:
        raise UserError(f"The pattern is no regular expression: {answer['wrong']}. Mend it, or search by words.")
    found: NDArray[np.bool_] = np.frombuffer(answer["found"].encode(), dtype=np.uint8) == ord("1")
    return found
