"""The trust card: whether metrics do on the present dataset what they must, with one encoder or with several."""

from typing import Any

import pandas as pd
import streamlit as st

from core.errors import UserError
from core.kept import kept
from core.metrics import METRICS
from core.study import Study
from core.trust import PAIRS, trust
from core.trust_card import CHECKS, TrustCard
from core.trust_encoders import Standing, TrustCards, trust_by_encoder, words_of
from core.workspace import Entry

from . import state
from .checking import args_of, offer
from .words import count, plain

_SIGNS = {"pass": "✓ pass", "fail": "✗ fail", "cannot be told": "? cannot tell"}
_MUST = {
    "not rise": "must not rise",
    "fall": "must fall",
    "hardly move": "may move by 5 % at most",
    "not move": "must not move at all",
}


def card(entry: Entry, study: Study) -> None:
    """Whether each metric does on this data what a measure of diversity must."""
    try:
        alone = kept(trust, study)
    except UserError as error:
        st.info(plain(error, 400), icon=":material/info:")
        return
    st.markdown(
        "A measure of diversity must fall when a part of the data goes missing, and must not rise when copies take "
        "its place. Such changes are planted in samples of this dataset, and each metric is read before and after."
    )
    args = args_of(entry, study)
    encoders = _encoders(entry, study, args)
    try:
        for name in encoders:
            state.check_encoder(name)
        found = kept(trust_by_encoder, study, encoders)
    except UserError as error:
        st.error(plain(error, 600), icon=":material/error:")
        return
    if found is None:
        words = f"Check {count(len(study.measurable()), 'metric')} by {len(CHECKS)} planted changes"
        words += f" with {count(len(encoders) + 1, 'encoder')}" if encoders else ""
        offer("trust", words, f"Trust card of {entry.name}", args | ({"encoders": encoders} if encoders else {}))
        found = TrustCards((alone,)) if alone else None
    if found is not None:
        _cards(found)
    with st.expander("What each check does"):
        st.markdown(
            "\n".join(f"- **{check.title}.** {check.done} the value {_MUST[check.must]}." for check in CHECKS.values())
            + f"\n\nVerdicts rest on the mean change over {PAIRS} pairs of sets and its 99 % interval; *cannot tell* "
            "is where the interval allows both. A change below half a percent counts as none."
        )


def _encoders(entry: Entry, study: Study, args: dict[str, Any]) -> list[str]:
    """The encoders that are wanted beside the study's own; at first those of the last time."""
    own = plain(study.embeddings.encoder, 80)
    if study.dataset is None or study.texts is None:
        st.caption(f"With {own} alone: there are no texts that another encoder could embed.")
        return []
    last = next((job for job in state.jobs().all() if job.what == "trust" and args.items() <= job.args.items()), None)
    usual = list(last.args.get("encoders", ())) if last else []
    known = [each.encoder for each in state.workspace().entries()] + ["default"]
    mine = {entry.encoder} if study.embeddings.encoder_name else set()
    chosen = st.multiselect(
        "Further encoders",
        [name for name in dict.fromkeys([*usual, *known]) if name not in mine],
        default=usual,
        accept_new_options=True,
        placeholder="A model by name or folder",
        key=f"trust encoders:{entry.key}",
        help="'default' is all-MiniLM-L6-v2, the model in Gamut. Or type the name or folder of a "
        "sentence-transformers model.",
    )
    st.caption(
        f"Beside {own}, by which the texts are embedded now. For each further encoder the rows that sets are drawn "
        "from, 5,000 at most, are embedded anew; what was done before is not done again."
    )
    return [name.strip() for name in chosen if name.strip()]


def _cards(found: TrustCards) -> None:
    """By metric and encoder where there are several, then the card of one of them."""
    for name, reason in found.refused.items():
        st.warning(f"{plain(name, 120)} was left out: {plain(reason, 400)}", icon=":material/rule:")
    number = 0
    if len(found.cards) > 1:
        _by_encoder(found)
        number = st.selectbox(
            "Every check with",
            range(len(found.cards)),
            format_func=lambda each: found.encoders[each][:120],  # options are no markup
            key="trust encoder",
        )
    _table(found.cards[number])


def _by_encoder(found: TrustCards) -> None:
    rows = []
    for metric in found.metrics:
        cells = {name: _cell(found.standing(metric, number)) for number, name in enumerate(found.encoders)}
        rows.append({"Metric": METRICS[metric].title, **cells})
    columns = {"Metric": st.column_config.TextColumn(width=170, pinned=True)}
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", column_config=columns)
    if found.without_encoder:
        st.caption(
            "Metrics of texts do not read embeddings: they are checked once, and the clusters that are dropped are "
            f"those of {plain(found.encoders[0], 80)}."
        )


def _cell(standing: Standing | None) -> str:
    """The verdict, and the checks that it is due to."""
    if standing is None:
        return ""
    sign = _SIGNS[standing.verdict]
    return f"{sign}: {words_of(standing)}" if standing.checks else sign


def _table(found: TrustCard) -> None:
    rows = []
    for name in found.metrics:
        findings = found.of(name)
        verdicts = {
            check.title: _SIGNS[findings[key].verdict] if key in findings else "" for key, check in CHECKS.items()
        }
        failed = sum(each.verdict == "fail" for each in findings.values())
        rows.append({"Metric": METRICS[name].title, "Fails": failed, **verdicts})
    columns: dict[str, Any] = {
        check.title: st.column_config.TextColumn(help=f"{check.done} the value {_MUST[check.must]}.")
        for check in CHECKS.values()
    }
    columns["Metric"] = st.column_config.TextColumn(width=170, pinned=True)
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", column_config=columns)
    reference = "the sampled rows themselves" if found.reference == "self" else plain(found.reference, 80)
    st.caption(
        f"{plain(found.dataset)}, {plain(found.encoder)}: {found.pairs} pairs of sets of n = {found.n:,} out of "
        f"{count(found.rows, 'row')}, reference: {reference}."
    )
    for reason in found.refused.values():
        st.warning(plain(reason, 400), icon=":material/rule:")
    metric = st.selectbox(
        "What was seen", found.metrics, format_func=lambda name: METRICS[name].title, key="trust metric"
    )
    if metric:
        findings = found.of(metric)
        lines = [f"- {_SIGNS[each.verdict]}: {plain(each.sentence, 400)}" for each in findings.values()]
        st.markdown("\n".join(lines))
