"""The trust card on the Compare page: with the encoder that the dataset has, and with further ones beside it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import work
from core.jobs import Jobs
from core.metrics import METRICS
from core.progress import silent
from core.store import Store
from core.trust import trust
from core.trust_card import CHECKS
from core.trust_encoders import trust_by_encoder
from core.workspace import Entry, Workspace
from tests.app_script import button, do, empty_store, open_page, open_rows, said
from tests.tiny_model import WORDS, make_tiny_model

PAGE = "4_Compare"
SIGNS = {"pass": "✓ pass", "fail": "✗ fail", "cannot be told": "? cannot tell"}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    return empty_store(tmp_path / "home", monkeypatch)


@pytest.fixture
def entry(store: Store, tmp_path: Path) -> Entry:
    """A dataset of texts, embedded by a tiny model."""
    rng = np.random.default_rng(0)
    file = tmp_path / "rows.jsonl"
    rows = [{"text": " ".join(rng.choice(WORDS, 6).tolist()) + f" {number}"} for number in range(60)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    key = work.read(store, {"paths": [str(file)]}, silent)["dataset"]
    Workspace(store).change(key, encoder=str(make_tiny_model(tmp_path / "one", max_tokens=60)))
    entry = Workspace(store).get(key)
    assert entry is not None
    set_up = {field: getattr(entry, field) for field in ("roles", "template", "encoder", "leave_out_empty")}
    work.embed(store, {"dataset": key} | set_up, silent)
    found = Workspace(store).get(key)
    assert found is not None
    return found


def encoders(page: AppTest) -> Any:
    return next(each for each in page.multiselect if each.label == "Further encoders")


def table(page: AppTest, column: str) -> Any:
    return next(each.value for each in page.dataframe if column in each.value.columns)


def test_further_encoders_stand_beside_the_own_one_with_verdicts_and_reasons(store, entry, tmp_path):
    other = str(make_tiny_model(tmp_path / "two", max_tokens=60, seed=1))
    page = open_page(PAGE, d=entry.dataset)
    button(page, "Check 19 metrics by 6 planted changes").click().run()
    do(store, "trust")
    page.run()
    assert "one: 10 pairs of sets of n = 30" in said(page)
    assert not [each for each in page.dataframe if "two" in each.value.columns]

    encoders(page).set_value([other, "/no/such"]).run()
    assert "one: 10 pairs of sets of n = 30" in said(page), "the card of the own encoder stays meanwhile"
    button(page, "Check 19 metrics by 6 planted changes with 3 encoders").click().run()
    assert "Waiting for the work before it" in " ".join(each.text for each in page.main.get("progress"))
    do(store, "trust")
    for again in (page.run(), open_page(PAGE, d=entry.dataset)):  # where one waited, and after a reload
        assert not again.exception
        assert encoders(again).value == [other, "/no/such"]
        words = said(again)
        assert "/no/such was left out: There is no folder /no/such" in words
        assert "Metrics of texts do not read embeddings: they are checked once" in words
        found = table(again, "two")
        assert list(found.columns) == ["Metric", "one", "two"]

    study = Workspace(store).study(entry)
    expected = trust_by_encoder(study, [other, "/no/such"])
    assert list(found["Metric"]) == [METRICS[name].title for name in expected.metrics]
    for number, column in enumerate(("one", "two")):
        for metric, cell in zip(expected.metrics, found[column], strict=True):
            standing = expected.standing(metric, number)
            checks = ", ".join(CHECKS[check].title.lower() for check in standing.checks) if standing else ""
            sign = SIGNS[standing.verdict] if standing else ""
            assert cell == (f"{sign}: {checks}" if checks else sign)
    assert found.set_index("Metric").loc["TTR", "two"] == ""

    picked = next(each for each in again.selectbox if each.label == "Every check with")
    assert picked.options == ["one", "two"]
    picked.set_value(1).run()
    assert not again.exception
    assert "two: 10 pairs of sets of n = 30" in said(again)
    assert list(table(again, "Shuffled")["Metric"]) == [METRICS[name].title for name in expected.cards[1].metrics]


def test_a_run_that_was_cancelled_is_offered_again_and_keeps_what_it_had(store, entry, tmp_path):
    other = str(make_tiny_model(tmp_path / "two", max_tokens=60, seed=1))
    page = open_page(PAGE, d=entry.dataset)
    encoders(page).set_value([other]).run()
    button(page, "Check 19 metrics by 6 planted changes with 2 encoders").click().run()
    (job,) = [job for job in Jobs(store).all() if job.what == "trust"]
    assert job.args["encoders"] == [other]
    Jobs(store).cancel(job.id)
    page = open_page(PAGE, d=entry.dataset)
    assert not page.exception
    assert encoders(page).value == [other]
    trust(Workspace(store).study(entry))  # as far as it came
    page = open_page(PAGE, d=entry.dataset)
    assert "one: 10 pairs of sets of n = 30" in said(page)
    button(page, "Resume").click().run()
    do(store, "trust")
    assert list(table(page.run(), "two").columns) == ["Metric", "one", "two"]


def test_vectors_of_one_s_own_with_texts_are_an_encoder_beside_others(store, tmp_path):
    rows = [{"text": f"{WORDS[i % 12]} {WORDS[i // 12]} {i}"} for i in range(40)]
    vectors = np.random.default_rng(0).normal(size=(40, 8))
    own = open_rows(store, tmp_path / "own.jsonl", rows, vectors)
    other = str(make_tiny_model(tmp_path / "two", max_tokens=60, seed=1))
    page = open_page(PAGE, d=own.dataset)
    assert "default" in encoders(page).options
    encoders(page).set_value([other]).run()
    button(page, "Check 19 metrics by 6 planted changes with 2 encoders").click().run()
    do(store, "trust")
    found = table(page.run(), "two")
    assert list(found.columns) == ["Metric", Workspace(store).study(own).embeddings.encoder, "two"]
