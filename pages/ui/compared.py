"""The comparison that is shown: who is broader than whom, and whether metrics agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import work
from core.compared import Comparison
from core.comparison import compare
from core.errors import UserError
from core.figures import Against, Ranked, agreement_finding, agreement_map, rank_table
from core.jobs import Job
from core.kept import kept
from core.metrics import METRICS
from core.references import reference_named
from core.study import Study

from . import compared_pairs, compared_values, state
from .jobs import show_job
from .theme import plot, theme
from .words import count, plain

_SENTENCES = 6  # that are shown at once
_HOW = ("metrics", "size", "params")  # what of a job's arguments decides its results beside the sets


@dataclass(frozen=True)
class Found:
    """A comparison that is done, and the studies that it was made from."""

    job: Job
    studies: list[Study]
    comparison: Comparison


def current_job() -> Job | None:
    """The comparison in the URL."""
    job_id = state.recall("c")
    job = state.jobs().find(job_id) if job_id else None
    return job if job is not None and job.what == "compare" else None


def current() -> Found | None:
    """The comparison in the URL where it is done; otherwise how far it is, or why there is none."""
    job = current_job()
    if job is None:
        return None
    if job.state != "done":
        show_job(job.id)
        return None
    try:
        studies, reference = studies_of(job)
        found = kept(compare, studies, reference=reference, **{name: job.args[name] for name in _HOW})
    except UserError as error:
        st.error(plain(error, 600), icon=":material/error:")
        return None
    if found is None:
        st.info(
            "The sets, or Gamut itself, changed since they were compared. Compare them again.", icon=":material/sync:"
        )
        return None
    return Found(job, studies, found)


def studies_of(job: Job) -> tuple[list[Study], Study | None]:
    """The studies and the reference of that job, kept by the server under their set-ups of now."""
    keys = [job.id]
    for each in job.args["sets"]:
        entry = state.workspace().get(each["dataset"])
        keys.append(entry.key if entry else "")
    word = job.args.get("reference")
    reference = reference_named(word, state.workspace()) if word else None
    keys.append(reference.key if reference else "")
    return _studies(tuple(keys), job.args)


@st.cache_resource(max_entries=6, show_spinner=False)
def _studies(
    keys: tuple[str, ...],  # noqa: ARG001 - names the rest, which Streamlit does not hash
    _args: dict[str, Any],
) -> tuple[list[Study], Study | None]:
    return work.compared(state.store(), _args)


def answer(found: Found) -> None:
    """Who is broader than whom, in sentences and as a table of ranks and values."""
    comparison = found.comparison
    for warning in comparison.warnings:
        st.warning(plain(warning, 600), icon=":material/rule:")
    by_pair(comparison.sentences)
    against = f"Reference: {plain(comparison.reference, 120)}. " if comparison.reference else ""
    st.caption(
        f"Every set at n = {comparison.size:,} rows: the mean of {count(comparison.repeats, 'draw')} ± its standard "
        f"error. {against}A rank is 1 + the number of sets that are told apart as more diverse.",
        help=plain(comparison.how, 500),
    )
    st.markdown(f"{plain(_first(comparison), 300)}.")  # as words of the page, which wrap at any width
    plot(rank_table(comparison.names, _ranked(comparison), theme()), key="ranks")
    compared_pairs.draw(comparison, found.job.id)
    compared_values.draw(comparison, found.job.id)
    reasons = dict.fromkeys(each.reason for name in comparison.metrics for each in comparison.estimates[name])
    lines = [f"- {plain(reason, 300)}" for reason in reasons if reason]
    if lines:
        st.caption("Without a value:\n" + "\n".join(lines))


def by_pair(sentences: Sequence[str]) -> None:
    """A sentence for every two sets; of many the first few, and the others folded away."""
    lines = [f"- **{plain(sentence, 700)}**" for sentence in sentences]
    st.markdown("\n".join(lines[:_SENTENCES]))
    if len(lines) > _SENTENCES:
        with st.expander(f"{count(len(lines) - _SENTENCES, 'more pair')} of sets"):
            st.markdown("\n".join(lines[_SENTENCES:]))


def _ranked(comparison: Comparison) -> list[Ranked]:
    found = []
    for name in comparison.metrics:
        estimates = comparison.estimates[name]
        found.append(
            Ranked(
                METRICS[name].title,
                METRICS[name].better,
                [each.mean for each in estimates],
                [each.error for each in estimates],
                comparison.ranks[name],
                [each.reason for each in estimates],
                against := [_against(comparison, name, number) for number in range(len(comparison.names))],
                "texts differ in length" if any(each.caution for others in against for each in others) else "",
            )
        )
    return found


def _against(comparison: Comparison, metric: str, number: int) -> list[Against]:
    """How that set stands to each of the others on that metric."""
    found = []
    for other, name in enumerate(comparison.names):
        verdict = comparison.verdict(metric, number, other) if other != number else None
        if verdict is not None:
            mine = verdict if verdict.first == number else verdict.turned()
            caution = comparison.caution(verdict)
            found.append(Against(name, mine.word, mine.difference, mine.error, mine.p, caution))
    return found


def _first(comparison: Comparison) -> str:
    """Which set is first most often."""
    numbers = range(len(comparison.names))
    often = [sum(ranks[i] == 1 for ranks in comparison.ranks.values()) for i in numbers]
    best = max(numbers, key=often.__getitem__)
    if often.count(often[best]) > 1:
        return "No set is the most diverse on more metrics than the others"
    alone = sum(ranks[best] == 1 and ranks.count(1) == 1 for ranks in comparison.ranks.values())
    total = f"{len(comparison.metrics)} {'metric' if len(comparison.metrics) == 1 else 'metrics'}"
    words = f"{comparison.names[best][:50]} is first on {often[best]} of {total}"
    return words if alone == often[best] else f"{words}, alone on {alone}"


def agreement(found: Found) -> None:
    """Whether the metrics rank the sets alike."""
    comparison = found.comparison
    if len(comparison.names) < 3:
        st.info("Whether metrics rank sets alike shows with three sets or more.", icon=":material/info:")
        return
    titles = [METRICS[name].title for name in comparison.metrics]
    st.markdown(f"{agreement_finding(comparison.agreement)}.")
    plot(agreement_map(titles, comparison.agreement, theme(), ""), key="agreement")
    st.caption(
        "Kendall's tau-b of every two metrics over these sets: 1 where both rank the sets alike, −1 where one turns "
        "the ranking of the other round, 0 where they have nothing to do with each other; empty where a metric tells "
        f"no two sets apart. With {len(comparison.names)} sets there are few rankings, so that some agree by chance."
    )
