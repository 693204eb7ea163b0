"""Data: from a file to embedded rows."""

from pages.ui import bring_in, frame, set_up


def page() -> None:
    entry = frame.open_page("Data", "Bring a dataset in, check how it was read, and embed it.")
    bring_in.draw(first=entry is None)
    if entry is not None:
        with frame.errors():
            set_up.draw(entry)


frame.guarded(page)
