"""Refine: choose in rounds, each by what a model that was trained on the earlier ones still finds hard."""

from pages.ui import frame, refining


def page() -> None:
    entry, study = frame.need_study(
        frame.open_page("Refine", "Which rows come next, now that a model has learnt from the last ones?")
    )
    refining.draw(entry, study)


frame.guarded(page)
