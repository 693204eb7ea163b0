"""Map: what is in the dataset, and where."""

from pages.ui import atlas, frame


def page() -> None:
    entry, study = frame.need_study(frame.open_page("Map", "What is in this dataset, and where?"))
    atlas.draw(entry, study)


frame.guarded(page)
