"""Run as a script of its own by `patterns`: which of the texts on stdin a regular expression finds, on stdout.

It imports nothing of Gamut, so that it starts at once, and whoever started it may kill it at any moment. On stdin: a
line of JSON with the pattern and the number of bytes of each text, then these bytes. On stdout: JSON with `found`, a
text of a 0 or 1 for each, or with `wrong`, why the pattern is none.
"""

import json
import re
import resource
import sys

_MEMORY = 2 << 30  # bytes; a pattern that wants more is stopped like one that takes too long


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    asked = json.loads(sys.stdin.buffer.readline())
    try:
        search = re.compile(asked["pattern"]).search
    except (re.error, OverflowError, RecursionError, MemoryError) as error:
        print(json.dumps({"wrong": str(error) or type(error).__name__}))
        return
    texts = (sys.stdin.buffer.read(size).decode("utf-8", "surrogatepass") for size in asked["sizes"])
    print(json.dumps({"found": "".join("01"[search(text) is not None] for text in texts)}))


if __name__ == "__main__":
    main()
