"""Measure: how diverse a dataset is, in the field's own numbers."""

import streamlit as st

from core.metrics import METRICS
from pages.ui import explaining, frame, measures, saved, state
from pages.ui.jobs import show_job
from pages.ui.words import count, plain

_AT_ONCE = 5000  # rows up to which measuring starts by itself


def page() -> None:
    entry, study = frame.need_study(frame.open_page("Measure", "How diverse is this dataset, and by which measure?"))
    against = study.reference_word
    subset = saved.choose(
        study,
        "Rows",
        "measure",
        f"the whole dataset ({len(study):,})",
        "A saved subset is measured against the reference in the sidebar, or else against the whole dataset.",
    )
    if subset is not None:
        study = saved.part(study, subset)
    names, params = measures.choose(study)
    found = {name: study.measured(name, params.get(name)) for name in names}
    missing = [name for name, score in found.items() if score is None or not score.interval_kind]
    args = {
        "dataset": entry.dataset,
        "setup": entry.key,
        "reference": against,
        "metrics": names,  # not only the missing ones, which grow fewer while the job runs: a reload has to find it
        "params": params,
    } | ({"subset": saved.asked(subset)} if subset else {})
    if missing:
        job = state.job("measure", args)
        if job is None and len(study) <= _AT_ONCE:
            job = measures.start(entry, args)
        if job is not None:
            show_job(job.id)
            if job.state == "done" and job.result:
                for reason in job.result["refused"].values():
                    st.warning(plain(reason, 400), icon=":material/rule:")
        if (job is None or not job.running) and st.button(
            f"Measure {count(len(study), 'row')} by {count(len(missing), 'metric')}", type="primary", key="measure"
        ):
            measures.start(entry, args)
            st.rerun()
    scores = [score for score in found.values() if score is not None]
    if scores:
        st.caption(
            f"{plain(study.name)}: {count(len(study), 'row')}, {plain(study.embeddings.encoder)}; reference: "
            f"{plain(study.reference.name) if study.reference else 'the dataset itself'}. Higher is more diverse, "
            "except where the table says lower."
        )
        measures.cards(scores)
        measures.table(scores)
    st.subheader("What each metric says", anchor=False)
    shown = [METRICS[name] for name in names]
    with st.expander("What each metric promises"):
        explaining.promises(shown)
    explaining.metrics(shown)


frame.guarded(page)
