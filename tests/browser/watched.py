"""The app as Streamlit starts it, which writes down which controls of the pages somebody has used.

    GAMUT_USED=FILE python -m tests.browser.watched run app.py

A control is a call such as `st.selectbox(...)` in app.py or below pages/. It was used when its value became another one
than at first, or when it was pressed. What the app does stays the same. Links and what only folds or turns over are no
controls here: nothing of them reaches the server.
"""

import ast
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache, wraps
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PRESSED = {"button", "form_submit_button"}
KINDS = PRESSED | {
    *("checkbox", "toggle", "radio", "selectbox", "multiselect", "pills", "segmented_control", "slider"),
    *("text_input", "text_area", "number_input", "file_uploader", "data_editor"),
}


def controls() -> set[str]:
    """All that the source has, each by its file and how it is called there: `ui/atlas.py: selectbox('Map')`."""
    return {name for path in _sources() for _, name in _calls(path)}


def _sources() -> list[Path]:
    return [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]


@cache
def _calls(path: Path) -> list[tuple[ast.Call, str]]:
    return list(_found(path))


def _found(path: Path) -> Iterator[tuple[ast.Call, str]]:
    file = path.relative_to(ROOT).as_posix().removeprefix("pages/")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in KINDS:
            yield node, f"{file}: {node.func.attr}({ast.unparse(node.args[0])[:60]})"


def _watch(streamlit: Any, used: Path) -> None:
    """Let every widget call of Streamlit note its place in the pages, once it was used."""
    from streamlit.delta_generator import DeltaGenerator
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    sources = {str(path): path for path in _sources()}
    noted: set[str] = set()
    first: dict[tuple[str, str, str], str] = {}

    def note(name: str) -> None:
        if name not in noted:
            noted.add(name)
            with used.open("a", encoding="utf-8") as log:
                log.write(f"{name}\n")

    def name_of(frame: FrameType | None, kind: str) -> str | None:
        while frame is not None and frame.f_code.co_filename not in sources:
            frame = frame.f_back
        if frame is None:
            return None
        line = frame.f_lineno
        inside = [
            (call.lineno, name)
            for call, name in _calls(sources[frame.f_code.co_filename])
            if f": {kind}(" in name and call.lineno <= line <= (call.end_lineno or call.lineno)
        ]
        return max(inside)[1] if inside else None

    def watched(kind: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def again(*given: Any, **how: Any) -> Any:
            name = name_of(sys._getframe(1), kind)
            if name is None:
                return call(*given, **how)
            if callable(press := how.get("on_click")):
                how["on_click"] = lambda *some, **more: (note(name), press(*some, **more))
            value = call(*given, **how)
            session = getattr(get_script_run_ctx(), "session_id", "")
            key = (session, name, str(how.get("key")))
            if value if kind in PRESSED else first.setdefault(key, repr(value)) != repr(value):
                note(name)
            return value

        return again

    for kind in KINDS:
        setattr(DeltaGenerator, kind, watched(kind, getattr(DeltaGenerator, kind)))
        setattr(streamlit, kind, watched(kind, getattr(streamlit, kind)))


if __name__ == "__main__":
    import streamlit
    from streamlit.web import cli

    _watch(streamlit, Path(os.environ["GAMUT_USED"]))
    sys.argv[0] = "streamlit"
    sys.exit(cli.main())
