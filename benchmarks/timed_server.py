"""The app as Streamlit starts it, with a clock: a line of JSON for what comes in and for each end of a run gone out.

    GAMUT_CLOCK=FILE python benchmarks/timed_server.py run app.py

It stands in for `streamlit` and changes nothing that the app does. `in` is a message of the browser that asks for a
run; `out` is the last message of a run, when it and all before it are packed and given to the connection; `seconds` is
a clock that only differences are taken of, `bytes` what was given to the connection so far.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from streamlit.runtime.app_session import AppSession
from streamlit.web import cli
from streamlit.web.server.starlette import starlette_websocket

_FRAGMENT = 3  # the status of a run of a fragment alone, such as the line of a job's progress


def main() -> None:
    sent = 0

    def note(what: str) -> None:
        with Path(os.environ["GAMUT_CLOCK"]).open("a") as log:
            log.write(json.dumps({"what": what, "seconds": time.monotonic(), "bytes": sent}) + "\n")

    hear, give = AppSession.handle_backmsg, starlette_websocket.StarletteSessionClient.write_forward_msg
    pack = starlette_websocket.serialize_forward_msg

    def heard(session: AppSession, message: Any) -> None:
        if message.WhichOneof("type") == "rerun_script" and not message.rerun_script.fragment_id:
            note("in")
        hear(session, message)

    def packed(message: Any) -> bytes:
        nonlocal sent
        payload: bytes = pack(message)
        sent += len(payload)
        return payload

    def given(client: Any, message: Any) -> None:
        give(client, message)
        if message.WhichOneof("type") == "script_finished" and message.script_finished != _FRAGMENT:
            note("out")

    AppSession.handle_backmsg = heard  # type: ignore[method-assign]  # Streamlit has no hook for it
    starlette_websocket.StarletteSessionClient.write_forward_msg = given  # type: ignore[method-assign]  # the same
    starlette_websocket.serialize_forward_msg = packed
    sys.exit(cli.main())


if __name__ == "__main__":
    main()
