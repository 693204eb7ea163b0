"""Robustness: the comparison that is shown, with its sets embedded in other ways; what is tried, and its start."""

from collections.abc import Sequence

import streamlit as st

from core.comparison import FEWEST
from core.errors import UserError
from core.jobs import Job
from core.kept import kept
from core.robustness import MOST, robustness
from core.study import Study
from core.variants import Variant, other_templates, token_limit, usual_variants
from core.workspace import Entry

from . import standing, state
from .compared import Found, studies_of
from .jobs import show_job
from .words import count, duration, plain

_ROWS = 300  # of each set that are embedded anew, where nothing else is asked for
_SAME = ("sets", "reference", "metrics", "params")  # what a run has in common with the comparison it is about


def draw(entry: Entry, found: Found) -> None:
    """Which verdicts of the comparison stand under other templates, truncations and encoders."""
    studies, reference = studies_of(found.job)
    for study in [*studies, *([reference] if reference else [])]:
        if study.texts is None or not study.embeddings.encoder_name:
            st.info(
                f"**{plain(study.name)}** has no texts, or vectors of its own, which cannot be made in another way. "
                "Embed its texts with an encoder to see whether verdicts stand.",
                icon=":material/info:",
            )
            return
    st.markdown(
        "Some differences are due to how texts were embedded. Here the same rows of every set are embedded anew in "
        "other ways, and compared again: a verdict worth trusting stands."
    )
    before = state.jobs().all()
    job = _job(found, before)
    try:
        _controls(entry, found, studies, reference, job, before)
    except UserError as error:  # what is typed wrong shall not keep the result away
        st.error(plain(error, 600), icon=":material/error:")
    if job is None:
        return
    if job.state != "done":
        show_job(job.id)
        return
    how = {name: job.args[name] for name in ("metrics", "params", "rows")}
    variants = [Variant.from_json(each) for each in job.args["variants"]]
    result = kept(robustness, studies, variants, reference=reference, **how)
    if result is None:
        st.info("The sets were set up otherwise since that was tried. Try it again.", icon=":material/sync:")
        return
    standing.draw(result, found.comparison, key=job.id)


def _job(found: Found, before: Sequence[Job]) -> Job | None:
    """The run in the URL where it is about this comparison, else the latest that is."""
    wanted = state.recall("v")
    about = [
        job
        for job in before
        if job.what == "robust" and all(job.args.get(name) == found.job.args.get(name) for name in _SAME)
    ]
    return next((job for job in about if job.id == wanted), about[0] if about else None)


def _controls(
    entry: Entry,
    found: Found,
    studies: Sequence[Study],
    reference: Study | None,
    shown: Job | None,
    before: Sequence[Job],
) -> None:
    usual = [Variant.from_json(each) for each in shown.args["variants"]] if shown else usual_variants(studies[0])
    smallest = min(map(len, studies))
    with st.expander("What is done differently, and on how many rows", expanded=shown is None, icon=":material/tune:"):
        above, below = st.columns(2), st.columns(2)  # on a phone one below the other, in this order
        with above[0]:
            variants = _templates(found, studies[0], usual)
        with above[1]:
            variants += _truncations(found, studies[0], usual)
        with below[0]:
            variants += _encoders(entry, found, usual)
        most = max(FEWEST, min(smallest, MOST))
        rows = below[1].number_input(
            "Rows embedded anew",
            FEWEST,
            most,
            min(most, shown.args["rows"] if shown else _ROWS),
            1,
            key=f"robust rows:{found.job.id}:{most}",
            help="Seeded rows of every set, and of the reference. The comparison is made of them as it is, too.",
        )
        if not variants:
            st.info("Choose a template, a number of tokens or an encoder.", icon=":material/arrow_upward:")
            return
        st.caption(_foreseen(found, [*studies, *([reference] if reference else [])], int(rows), len(variants), before))
        words = f"Embed {count(int(rows), 'row')} of each in {count(len(variants), 'other way')} and compare"
        if st.button(words, type="primary", key="robust"):
            for variant in variants:
                if variant.encoder:
                    state.check_encoder(variant.encoder)
            args = {name: found.job.args.get(name) for name in _SAME}
            args |= {"rows": int(rows), "variants": [variant.as_json() for variant in variants]}
            names = ", ".join(found.comparison.names)
            job = state.jobs().submit("robust", f"Robustness of {names}"[:120], **args)
            state.jobs().ensure_worker()
            state.remember("v", job.id)
            st.rerun()


def _templates(found: Found, study: Study, usual: Sequence[Variant]) -> list[Variant]:
    offered = {template.describe(): template for template in other_templates(study)}
    chosen = st.multiselect(
        "Templates",
        list(offered),
        default=[name for each in usual if each.template and (name := each.template.describe()) in offered],
        placeholder="None",
        key=f"robust templates:{found.job.id}",
        help="Which text of a row is embedded, in the place of the template that the sets have now. A set that has "
        "not the columns for it leaves that variant out, and says so.",
    )
    return [Variant(template=offered[name]) for name in chosen]


def _truncations(found: Found, study: Study, variants: Sequence[Variant]) -> list[Variant]:
    limit = token_limit(study.embeddings.encoder_name) or 512
    usual = [str(each.max_tokens) for each in variants if each.max_tokens]
    offered = sorted({*usual, *(str(limit >> halved) for halved in (1, 2, 3) if limit >> halved > 8)}, key=int)
    chosen = st.multiselect(
        "Tokens of a text that are read",
        offered,
        default=usual,
        accept_new_options=True,
        placeholder="All that the encoder reads",
        key=f"robust tokens:{found.job.id}",
        help=f"The encoder reads {limit:,} tokens at most. Choose fewer, or type a number.",
    )
    for words in chosen:
        if not words.strip().isdecimal():
            raise UserError(f"{words!r} is no number of tokens. Write one such as 64.")
    return [Variant(max_tokens=int(words)) for words in chosen]


def _encoders(entry: Entry, found: Found, variants: Sequence[Variant]) -> list[Variant]:
    usual = [each.encoder for each in variants if each.encoder]
    known = [each.encoder for each in state.workspace().entries()] + ["default"]
    offered = [name for name in dict.fromkeys([*usual, *known]) if name != entry.encoder]
    chosen = st.multiselect(
        "Encoders",
        offered,
        default=usual,
        accept_new_options=True,
        placeholder="A model by name or folder",
        key=f"robust encoders:{found.job.id}",
        help="'default' is all-MiniLM-L6-v2, the model in Gamut. Or type the name or folder of a "
        "sentence-transformers model.",
    )
    return [Variant(encoder=name.strip()) for name in chosen if name.strip()]


def _foreseen(found: Found, studies: Sequence[Study], rows: int, variants: int, before: Sequence[Job]) -> str:
    """The time it takes by the pace of what was embedded and compared before, or why none can be named."""
    embedding = 0.0
    for study in studies:
        pace = _pace(study, before)
        if pace is None:
            return "How long it takes cannot be told: there is no record any more of how long embedding the sets took."
        embedding += variants * min(rows, len(study)) * pace
    ratio = min(rows, *found.comparison.rows) / found.comparison.size
    comparing = (variants + 1) * found.comparison.seconds * max(ratio, ratio**2)
    return (
        f"Up to about {duration(embedding + comparing)} by the pace of earlier work: {duration(embedding)} to embed as "
        f"fast as the sets themselves were, {duration(comparing)} for {variants + 1} comparisons like the one above. "
        "Another encoder has a pace of its own; what was done before is not done again."
    )


def _pace(study: Study, before: Sequence[Job]) -> float | None:
    """Seconds to embed a row of that set, as they were measured before it was embedded, or else while it was."""
    key = study.dataset.key if study.dataset else None
    done = [job for job in before if job.state == "done" and job.args.get("dataset") == key]
    for job in done:
        if job.what == "foresee" and job.result and job.result["rows"]:
            return float(job.result["seconds"]) / int(job.result["rows"])
    whole = next((job for job in done if job.what == "embed"), None)
    return whole.seconds / len(study.dataset) if whole and study.dataset else None
