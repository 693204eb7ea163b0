"""The app as Streamlit starts it, which writes down which controls of the pages somebody has used.

    GAMUT_USED=FILE python -m tests.browser.watched run app.py

A control is a call such as `st.selectbox(...)` in app.py or below pages/. It was used when the browser sent another
value of it than it had, or that it was pressed. What the app does stays the same. Links and what only folds or turns
over are no controls here: nothing of them reaches the server.
"""

import ast
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    *("button", "form_submit_button", "download_button", "checkbox", "toggle", "radio", "selectbox", "multiselect"),
    *("pills", "segmented_control", "slider", "text_input", "text_area", "number_input", "file_uploader"),
    *("data_editor", "dataframe", "plotly_chart"),
}
SHOWN = {"dataframe", "plotly_chart"}  # which are controls only where something can be selected in them


class Place(NamedTuple):
    """From where to where a call goes in its file, as Python says it of a running frame."""

    line: int | None
    end_line: int | None
    column: int | None
    end_column: int | None


def controls() -> set[str]:
    """All that the source has, each by its file and how it is called there: `ui/atlas.py: selectbox('Map')`."""
    return {name for path in sources() for name in calls(path).values()}


def sources() -> list[Path]:
    return [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]


@cache
def calls(path: Path) -> dict[Place, str]:
    """The controls of that file by where they stand; the second of the same words is told from the first."""
    file = path.relative_to(ROOT).as_posix().removeprefix("pages/")
    found: dict[Place, str] = {}
    seen: Counter[str] = Counter()
    for node in _calls(path.read_text(encoding="utf-8")):
        name = f"{file}: {_words(node)}"
        seen[name] += 1
        again = f" ({seen[name]})" if seen[name] > 1 else ""
        found[Place(node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)] = name + again
    return found


def _calls(source: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=kind), keywords=how) if kind in KINDS:
                said = {each.arg: ast.unparse(each.value) for each in how}
                if said.get("disabled") != "True" and (kind not in SHOWN or "on_select" in said):
                    yield node


def _words(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return f"{call.func.attr}({ast.unparse(call.args[0])[:60]})"


def _name_of(frame: FrameType | None, places: dict[str, Path]) -> str | None:
    """The control whose call in the pages is running in that frame, or in what called it."""
    while frame is not None:
        if path := places.get(frame.f_code.co_filename):
            running = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
            return calls(path).get(Place(*running))
        frame = frame.f_back
    return None


def watch(used: Path) -> None:
    """Let Streamlit tell which widget or file comes from which call, and note the call where a browser uses it."""
    from streamlit.runtime.media_file_manager import MediaFileManager
    from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
    from streamlit.runtime.state.session_state import SessionState

    places = {str(path): path for path in sources()}
    names: defaultdict[str, set[str]] = defaultdict(set)  # of controls, by the ids of their widgets or files
    noted: set[str] = set()

    def comes_from_here(id: str, *, alone: bool = False) -> None:
        if name := _name_of(sys._getframe(2), places):
            names[id] = {name} if alone else names[id] | {name}

    def note(id: str) -> None:
        if new := names[id] - noted:
            noted.update(new)
            with used.open("a", encoding="utf-8") as log:  # short lines at its end: several processes may do so
                log.write("".join(f"{name}\n" for name in sorted(new)))

    def register_widget(self: Any, metadata: Any, user_key: str | None) -> Any:
        comes_from_here(metadata.id, alone=True)  # two calls may have one key, in two runs
        return _register_widget(self, metadata, user_key)

    def _call_callbacks(self: Any, **how: Any) -> None:
        for widget in list(self._new_widget_state):
            if widget in self._old_state and self._widget_changed(widget):
                note(widget)
        _call_callbacks_(self, **how)

    def load_and_get_id(self: Any, *given: Any, **how: Any) -> str:
        found = _load_and_get_id(self, *given, **how)
        comes_from_here(found)
        return found

    def get_file(self: Any, filename: str) -> Any:
        request = sys._getframe(1).f_locals.get("request")  # of the route that answers a browser
        if request is not None and request.method == "GET":  # which asks by HEAD before anybody has clicked
            note(Path(filename).stem)
        return _get_file(self, filename)

    def add_deferred(self: Any, *given: Any, **how: Any) -> str:
        found = _add_deferred(self, *given, **how)
        comes_from_here(found)
        return found

    def execute_deferred(self: Any, file_id: str) -> Any:
        note(file_id)
        return _execute_deferred(self, file_id)

    _register_widget, _call_callbacks_ = SessionState.register_widget, SessionState._call_callbacks
    _load_and_get_id, _get_file = MemoryMediaFileStorage.load_and_get_id, MemoryMediaFileStorage.get_file
    _add_deferred, _execute_deferred = MediaFileManager.add_deferred, MediaFileManager.execute_deferred
    for owner, *ours in (
        (SessionState, register_widget, _call_callbacks),
        (MemoryMediaFileStorage, load_and_get_id, get_file),
        (MediaFileManager, add_deferred, execute_deferred),
    ):
        for method in ours:
            setattr(owner, method.__name__, method)


if __name__ == "__main__":
    from streamlit.web import cli

    watch(Path(os.environ["GAMUT_USED"]))
    sys.argv[0] = "streamlit"
    sys.exit(cli.main())
