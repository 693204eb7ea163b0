"""The bench on the Select page: which selectors at which budgets, the work, and where to find what came of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core import work
from core.bench import USUAL, bench, choices_of
from core.budget import Budget
from core.choice import Choice
from core.jobs import Job
from core.kept import kept
from core.metrics import METRICS
from core.selectors import SELECTORS
from core.study import Study
from core.workspace import Entry

from . import benched, state, tab_jobs
from .words import count, duration, sound

_FIRST = ("k_center", "kmeans_closest", "facility_location", "novelselect", "quality")
_BUDGETS = ("1%", "5%", "10%", "20%", "50%")
_LABELS = 1000  # values of a column above which it is no set of labels


def draw(entry: Entry, study: Study) -> None:
    """Several selectors side by side, and beside chance."""
    st.markdown(
        "Which selector is worth its time on these rows? Each is run at every budget, with several seeds where it "
        "draws at random, and its subsets are measured beside random ones of the same size."
    )
    job = tab_jobs.latest("bench", "b", entry, study)
    found = tab_jobs.answer(
        job,
        lambda: _controls(entry, study, job),
        lambda args: kept(bench, study, **work.bench_args(args)),
        "The data was set up otherwise since that was run. Run it again.",
    )
    if job is not None and found is not None:
        benched.draw(found, key=job.id)


def _controls(entry: Entry, study: Study, shown: Job | None) -> None:
    before: Mapping[str, Any] = shown.args if shown else {}
    key = shown.id if shown else ""
    with st.expander("Selectors, budgets and metrics", expanded=shown is None, icon=":material/tune:"):
        every = [name for name in SELECTORS if name != "random"]
        asked = [each["selector"] for each in before.get("choices", ())]
        scored = bool(study.dataset and study.dataset.roles.quality)
        names = st.multiselect(
            "Selectors",
            every,
            default=asked or [name for name in _FIRST if scored or "quality" not in SELECTORS[name].needs],
            format_func=lambda name: SELECTORS[name].title,
            key=f"bench selectors:{key}",
            help="Random is always among them. Each is run with its usual parameters.",
        )
        left, right = st.columns(2)
        with left:
            budgets = st.multiselect(
                "Budgets",
                list(dict.fromkeys([*before.get("budgets", ()), *_BUDGETS])),
                default=before.get("budgets", ["5%", "10%"]),
                accept_new_options=True,
                key=f"bench budgets:{key}",
                help="Rows (500), a share of them (10%), or tokens (200k tokens): choose, or type one.",
            )
        with right:
            offered = study.measurable()
            metrics = st.multiselect(
                "Metrics",
                offered,
                default=before.get("metrics", [name for name in USUAL if name in offered]),
                format_func=lambda name: METRICS[name].title,
                key=f"bench metrics:{key}",
            )
        seeds, random_seeds, label = _numbers_and_label(study, before, key)
        columns = _columns(study, names, before, key)
        if not (names and budgets and metrics):
            st.info("Choose a selector, a budget and a metric or more.", icon=":material/arrow_upward:")
            return
        for budget in budgets:
            Budget.parse(budget)
        choices = choices_of(names, **columns)
        runs = sum(seeds if SELECTORS[name].seeded else 1 for name in names) * len(budgets)
        words = f"{count(runs, 'choice')} and {count(random_seeds * len(budgets), 'random one')}, each measured. "
        st.caption(words + _last_time())
        label_words = f"Run {count(len(names), 'selector')} at {count(len(budgets), 'budget')}"
        if st.button(label_words, type="primary", key="bench"):
            args = {
                "dataset": entry.dataset,
                "setup": entry.key,
                "reference": study.reference_word,
                "choices": [choice.as_json() for choice in choices],
                "budgets": list(budgets),
                "metrics": list(metrics),
                "seeds": seeds,
                "random_seeds": random_seeds,
                "label": label,
            }
            tab_jobs.submit("bench", "b", f"Bench of {count(len(names), 'selector')} on {entry.name}", args)


def _numbers_and_label(study: Study, before: Mapping[str, Any], key: str) -> tuple[int, int, str | None]:
    left, middle, right = st.columns([1, 1, 2])
    seeds = left.number_input(
        "Seeds",
        1,
        20,
        before.get("seeds", 3),
        1,
        key=f"bench seeds:{key}",
        help="Runs of a selector that draws at random; of others there is one.",
    )
    random_seeds = middle.number_input(
        "Random subsets", 2, 100, before.get("random_seeds", 10), 1, key=f"bench random:{key}", help="Make the band."
    )
    columns = _label_columns(study)
    known = study.dataset.roles.label if study.dataset else None
    usual = before.get("label") if before else known
    label = right.selectbox(
        "Count the values of",
        ["", *columns],
        index=1 + columns.index(usual) if usual in columns else 0,
        format_func=lambda path: sound(path) if path else "no column",
        key=f"bench label:{key}",
        help="How many values of this column are among the chosen rows. Selectors are not shown it.",
    )
    return int(seeds), int(random_seeds), label or None


def _columns(study: Study, names: Sequence[str], before: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The columns that the chosen selectors are given."""
    uses = frozenset().union(*(SELECTORS[name].needs | SELECTORS[name].uses for name in names))
    earlier = [Choice.from_json(each) for each in before.get("choices", ())]
    found: dict[str, Any] = {}
    asked = [data for data in ("quality", "labels") if data in uses]
    for place, data in zip(st.columns(max(1, len(asked))), asked, strict=False):
        if data == "quality":
            scores = (
                {each.column: each.higher_is_better for each in study.dataset.roles.quality} if study.dataset else {}
            )
            usual = next((each.quality[0] for each in earlier if each.quality), "")
            column = _column(place, "Quality for selectors that use it", list(scores), usual, key)
            if column:
                policy = next((each.missing for each in earlier if each.quality), None)
                found["quality"] = column, scores[column]
                found["missing"] = tab_jobs.missing_policy(study, column, policy, f"bench missing:{key}")
        else:
            usual = next((each.label for each in earlier if each.label), "") or ""
            column = _column(place, "Labels for selectors that use them", _label_columns(study), usual, key)
            found["label"] = column or None
    return found


def _column(place: Any, words: str, columns: Sequence[str], usual: str, key: str) -> str:
    index = columns.index(usual) + 1 if usual in columns else (1 if columns and "Quality" in words else 0)
    chosen = place.selectbox(
        words,
        ["", *columns],
        index=index,
        format_func=lambda path: sound(path) if path else "none",
        key=f"bench {words}:{key}",
        help="Selectors that need one and have none are listed with the reason.",
    )
    return str(chosen or "")


def _label_columns(study: Study) -> list[str]:
    if study.dataset is None:
        return []
    return [info.path for info in study.dataset.columns if 1 < info.distinct <= _LABELS]


def _last_time() -> str:
    """What the last bench took: how the time grows differs by selector, so that nothing is foretold."""
    done = (job for job in state.jobs().all() if job.what == "bench" and job.state == "done" and job.seconds >= 1)
    job = next(done, None)
    if job is None:
        return "What was done before is not done again, and a bench that was cancelled goes on where it stopped."
    selectors = count(len(job.args["choices"]), "selector")
    return f"The last bench ({selectors} at {', '.join(job.args['budgets'])}) took {duration(job.seconds)}."
