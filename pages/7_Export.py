"""Export: take the rows away, with the proof of how they were chosen."""

from pages.ui import exporting, frame


def page() -> None:
    entry, study = frame.need_study(
        frame.open_page("Export", "Take the chosen rows with you, and the proof of how they were chosen.")
    )
    exporting.draw(entry, study)


frame.guarded(page)
