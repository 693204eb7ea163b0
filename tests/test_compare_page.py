"""The Compare page: what it offers, what it says of sets that are compared, and what it says where it cannot."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import work
from core.choice import Choice
from core.equal_curves import curves_at_equal_size
from core.figures import plus_minus
from core.jobs import Jobs
from core.progress import silent
from core.recipe import Recipe
from core.robustness import robustness
from core.store import Store
from core.template import Template
from core.variants import Variant
from core.workspace import Entry, Workspace
from tests.app_script import button, do, empty_store, finish, open_page, open_rows, said
from tests.tiny_model import WORDS, make_tiny_model

PAGE = "4_Compare"
METRICS = ["knn_distance", "vendi", "ttr"]
MARKUP = "**bold** <b>"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    return empty_store(tmp_path / "home", monkeypatch)


@pytest.fixture
def opened(store: Store, tmp_path: Path) -> Callable[..., Entry]:
    """Open a dataset with vectors of its own: rows about a number of axes, each with a text."""

    def open_one(name: str, rows: int, axes: int, dim: int = 8) -> Entry:
        lines = [{"text": f"{MARKUP} {name} word{i % axes} number{i}"} for i in range(rows)]
        vectors = np.eye(dim)[np.arange(rows) % axes] + 0.05 * np.random.default_rng(rows).standard_normal((rows, dim))
        return open_rows(store, tmp_path / f"{name}.jsonl", lines, vectors)

    return open_one


@pytest.fixture
def embedded(store: Store, tmp_path: Path) -> Callable[..., Entry]:
    """Open a dataset of prompts and responses and embed its prompts by a tiny model."""
    encoder = str(make_tiny_model(tmp_path / "tiny", max_tokens=60))

    def open_one(name: str, words: list[str], length: int, seed: int, n: int = 60, empty: int = 0) -> Entry:
        file = tmp_path / f"{name}.jsonl"
        rng = np.random.default_rng(seed)
        rows = [
            {"prompt": " ".join(rng.choice(words, length)), "response": " ".join(rng.choice(words[:2], 2))}
            for _ in range(n)
        ]
        rows = [row | ({"response": " "} if i < empty else {}) for i, row in enumerate(rows)]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        key = work.read(store, {"paths": [str(file)]}, silent)["dataset"]
        workspace = Workspace(store)
        workspace.change(key, encoder=encoder, template={"kind": "prompt"})
        entry = workspace.get(key)
        assert entry is not None
        set_up = {field: getattr(entry, field) for field in ("roles", "template", "encoder", "leave_out_empty")}
        work.embed(store, {"dataset": key} | set_up, silent)
        found = workspace.get(key)
        assert found is not None
        return found

    return open_one


def test_one_set_alone_is_told_where_to_find_another(opened):
    opened("broad", 40, 8)
    opened("other", 40, 4, dim=6)
    page = open_page(PAGE)
    assert "needs two sets" in said(page)
    assert "Cannot be compared with this dataset" in said(page)
    assert "has embeddings of 6 dimensions" in said(page)
    assert button(page, "Open the narrow sample")


def test_two_sets_are_compared_at_the_size_of_the_smaller_one(store, opened):
    opened("narrow", 40, 2)
    broad = opened("broad", 60, 8)
    page = open_page(PAGE, d=broad.dataset)
    metrics = next(each for each in page.multiselect if each.key == "compare metrics")
    metrics.set_value(METRICS).run()
    button(page, "Compare 2 sets at 40 rows each by 3 metrics").click().run()
    assert "Waiting for the work before it" in " ".join(each.text for each in page.main.get("progress"))

    job = do(store, "compare")
    page = open_page(PAGE, d=broad.dataset, c=job)
    words = said(page)
    assert "broad.jsonl is broader than narrow.jsonl on 2 of 3 metrics" in words
    assert "n = 40 rows" in words
    assert "Reference: the compared rows together" not in words, "none of these metrics needs one"
    assert "three sets or more" in words
    assert "Adding narrow.jsonl to broad.jsonl brings" in words
    (ranks, *_) = [json.loads(each.proto.spec) for each in page.get("plotly_chart")]
    assert "broad.jsonl is first on 3 of 3 metrics, alone on 2." in words
    assert any("±" in text for trace in ranks["data"] for text in trace.get("text") or [])
    assert "narrow.jsonl has more of" in words

    first = next(each for each in page.selectbox if each.label == "Set that you have")
    first.set_value(1).run()
    button(page, "Find what broad.jsonl has that narrow.jsonl lacks").click().run()
    do(store, "compare")
    page.run()
    assert "Adding broad.jsonl to narrow.jsonl brings something new" in said(page)


def test_a_comparison_is_also_a_table_of_numbers_and_a_file(store, opened):
    opened("=1+1", 40, 2)
    broad = opened("broad", 60, 8)
    page = open_page(PAGE, d=broad.dataset)
    next(each for each in page.multiselect if each.key == "compare metrics").set_value(METRICS).run()
    button(page, "Compare 2 sets").click().run()
    page = open_page(PAGE, d=broad.dataset, c=do(store, "compare"))
    assert "Values as a table" in [each.label for each in page.main.expander]
    shown = next(each.value for each in page.dataframe if "Rank" in each.value)
    assert shown["Metric"].tolist() == [title for title in ("KNN distance", "Vendi Score", "TTR") for _ in range(2)]
    assert set(shown["Set"]) == {"=1+1.jsonl", "broad.jsonl"}, "text is shown as it is"
    vendi = shown[shown["Metric"] == "Vendi Score"].set_index("Set")
    assert vendi.loc["=1+1.jsonl", "Value"] == pytest.approx(2, abs=0.5)
    assert vendi.loc["broad.jsonl", "Value"] == pytest.approx(8, abs=0.8)
    assert vendi["Rank"].to_dict() == {"=1+1.jsonl": 2, "broad.jsonl": 1}
    assert (shown["Standard error"] >= 0).all()
    pairs = next(each.value for each in page.dataframe if "More diverse" in each.value).set_index("Metric")
    verdicts = pairs.loc[["TTR", "Vendi Score"], "More diverse"]
    assert set(verdicts) == {"broad.jsonl"}
    assert pairs.loc["KNN distance", "More diverse"] == "cannot be told apart"
    assert pairs.loc["Vendi Score", "Difference"] * (1 if "less broad.jsonl" in said(page) else -1) < -5
    assert "for all 3 tests of this comparison (Holm 1979)" in said(page)
    (ranks, *_) = [json.loads(each.proto.spec) for each in page.get("plotly_chart")]
    hover = " ".join(words for trace in ranks["data"] for words in trace.get("hovertext") or [])
    assert "less diverse than broad.jsonl" in hover
    assert "cannot be told apart from =1+1.jsonl" in hover
    labels = [each.proto.label for each in page.get("download_button")]
    assert labels == ["Download all pairs as CSV", "Download as CSV"]


def test_texts_of_other_lengths_are_warned_of_above_the_table_in_it_and_in_the_pairs(store, tmp_path):
    for name, words in (("short", 4), ("long", 12)):
        lines = [{"text": " ".join(f"w{i * words + at}" for at in range(words))} for i in range(20)]
        open_rows(store, tmp_path / f"{name}.jsonl", lines, np.eye(20))
    page = open_page(PAGE)
    chosen(page, "Metrics").set_value(["vendi", "distinct_n"]).run()
    button(page, "Compare 2 sets").click().run()
    page = open_page(PAGE, c=do(store, "compare"))
    (warning,) = [each.value for each in page.warning if "length of texts" in each.value]
    assert "Distinct-n moves with" in warning.replace("\\", "")
    assert "4 in short.jsonl, 12 in long.jsonl" in warning.replace("\\", "")
    (ranks, *_) = [json.loads(each.proto.spec) for each in page.get("plotly_chart")]
    heads = [text for trace in ranks["data"] for text in trace.get("text") or [] if "more diverse" in text]
    assert ["texts differ in length" in head for head in heads] == [False, True]
    pairs = next(each.value for each in page.dataframe if "Mind" in each.value).set_index("Metric")
    assert pairs["Mind"].to_dict() == {"Vendi Score": "", "Distinct-n": "texts 3 times as long in long.jsonl"}
    assert set(pairs["p"]) == {"1"}, "none repeats a word, and both have the same vectors"


def test_a_comparison_whose_sets_were_set_up_otherwise_since_is_not_shown(store, opened):
    narrow = opened("narrow", 40, 2)
    opened("broad", 60, 8)
    page = open_page(PAGE)
    next(each for each in page.multiselect if each.key == "compare metrics").set_value(["vendi"]).run()
    button(page, "Compare 2 sets").click().run()
    job = do(store, "compare")
    Workspace(store).change(narrow.dataset, name="renamed")
    page = open_page(PAGE, c=job)
    assert "Compare them again" in said(page)
    Workspace(store).close(narrow.dataset)
    assert "was closed meanwhile" in said(open_page(PAGE, c=job))


def test_three_sets_show_whether_metrics_agree(store, opened):
    for name, rows, axes in (("one", 30, 2), ("two", 31, 4), ("three", 32, 8)):
        opened(name, rows, axes)
    page = open_page(PAGE)
    next(each for each in page.multiselect if each.label == "Sets").set_value(
        [entry.dataset for entry in Workspace(store).entries()]
    ).run()
    next(each for each in page.multiselect if each.key == "compare metrics").set_value(["vendi", "knn_distance"]).run()
    button(page, "Compare 3 sets at 30 rows each by 2 metrics").click().run()
    page = open_page(PAGE, c=do(store, "compare"))
    assert "Kendall's tau-b" in said(page)
    first = next(each for each in page.selectbox if each.label == "Set")
    first.set_value(1).run()
    second = next(each for each in page.selectbox if each.label == "Beside").set_value(2)
    second.run()
    words = [first.options[1], second.options[second.value - (second.value > 1)]]
    assert f"Difference: {words[0]} less {words[1]}" in said(page)
    assert said(page).count("is broader than") + said(page).count("is narrower than") == 3
    assert button(page, "Find what")


def test_all_compared_sets_are_measured_at_smaller_sizes_and_drawn_in_one_figure(store, opened):
    opened("narrow", 40, 2)
    broad = opened("broad", 60, 8)
    page = open_page(PAGE, d=broad.dataset)
    chosen(page, "Metrics").set_value(["vendi", "radius"]).run()
    button(page, "Compare 2 sets at 40 rows each").click().run()
    compared = do(store, "compare")
    page = open_page(PAGE, d=broad.dataset, c=compared)
    assert "again at 20 rows of each set" in said(page)
    button(page, "Measure 2 sets at 1 smaller size").click().run()
    assert "Waiting for the work before it" in " ".join(each.text for each in page.main.get("progress"))
    do(store, "set_curves")
    page.run()
    next(each for each in page.selectbox if each.label == "Metric of all sets by size").set_value("radius").run()
    figures = [json.loads(each.proto.spec) for each in page.get("plotly_chart")]
    drawn = next(each for each in figures if each["layout"]["xaxis"]["title"].get("text") == "Rows of each set")
    studies, _ = work.compared(store, Jobs(store).find(compared).args)
    curves = curves_at_equal_size(studies, ["vendi", "radius"], size=40)
    assert drawn["layout"]["title"]["text"].replace("<br>", " ") == curves.finding("radius")
    lines = {trace["name"]: trace for trace in drawn["data"] if trace.get("name")}
    for number, name in enumerate(curves.names):
        assert lines[name]["x"] == [20, 40]
        assert lines[name]["y"] == [each.mean for each in curves.of("radius", number)]
    assert "Download all curves as CSV" in [each.proto.label for each in page.get("download_button")]


def test_too_few_rows_for_a_comparison_or_a_trust_card_is_a_sentence(opened):
    opened("tiny", 12, 2)
    opened("broad", 40, 8)
    words = said(open_page(PAGE))
    assert "**tiny.jsonl** has 12 rows, and a comparison needs at least 20 of each set" in words
    tiny = said(open_page(PAGE, d=opened("tiny", 12, 2).dataset))
    assert "a curve needs at least 40" in tiny
    assert "A trust card needs at least 20 rows" in tiny


def test_size_curves_and_a_trust_card_are_made_and_shown(store, opened, monkeypatch):
    broad = opened("broad", 60, 8)
    page = open_page(PAGE, d=broad.dataset)
    names = next(each for each in page.multiselect if each.key == "curve metrics")
    names.set_value(["vendi"]).run()
    button(page, "Measure 1 metric at 2 sizes, 30 to 60 rows").click().run()
    do(store, "curves")
    page.run()
    (curve,) = [json.loads(each.proto.spec) for each in page.get("plotly_chart")]
    assert "Vendi Score" in curve["layout"]["title"]["text"]

    button(page, "Check 19 metrics by 6 planted changes").click().run()
    do(store, "trust")
    page.run()
    assert not page.exception
    table = next(each.value for each in page.dataframe if "Shuffled" in each.value.columns)
    assert len(table) + len(page.main.warning) >= 19
    assert set(table["Shuffled"]) <= {"✓ pass", "✗ fail", "? cannot tell"}
    assert "pairs of sets of n = 30" in said(page)


def chosen(page: AppTest, label: str) -> Any:
    return next(each for each in page.multiselect if each.label == label)


def test_parameters_of_metrics_go_into_the_comparison(store, opened):
    opened("narrow", 40, 2)
    broad = opened("broad", 60, 8)
    page = open_page(PAGE, d=broad.dataset)
    chosen(page, "Metrics").set_value(["vendi"]).run()
    order = next(each for each in page.main if each.key == "compare:vendi:q")
    order.set_value("2").run()
    button(page, "Compare 2 sets").click().run()
    (job,) = [job for job in Jobs(store).all() if job.what == "compare"]
    assert job.args["params"] == {"vendi": {"q": 2.0}}
    page = open_page(PAGE, d=broad.dataset, c=do(store, "compare"))
    studies, _ = work.compared(store, job.args)
    by_hand = float(1 / (np.linalg.eigvalsh(studies[1].space.unit64() @ studies[1].space.unit64().T / 40) ** 2).sum())
    (ranks, *_) = [json.loads(each.proto.spec) for each in page.get("plotly_chart")]
    cells = [text for trace in ranks["data"] for text in trace.get("text") or []]
    assert any(f"{by_hand:.2f} ±" in cell for cell in cells), cells


def test_sets_with_vectors_of_their_own_cannot_be_embedded_otherwise(store, opened):
    opened("narrow", 40, 2)
    opened("broad", 60, 8)
    page = open_page(PAGE)
    chosen(page, "Metrics").set_value(["vendi"]).run()
    button(page, "Compare 2 sets").click().run()
    page = open_page(PAGE, c=do(store, "compare"))
    assert "vectors of its own, which cannot be made in another way" in said(page)
    assert not [each for each in page.multiselect if each.label == "Templates"]


def test_verdicts_under_variants_are_asked_for_shown_and_found_again(store, embedded):
    wide = embedded("wide", list(WORDS), 3, seed=0)
    embedded("narrow", list(WORDS[:2]), 9, seed=1)
    page = open_page(PAGE, d=wide.dataset)
    chosen(page, "Metrics").set_value(["distsum_cosine", "radius"]).run()
    button(page, "Compare 2 sets").click().run()
    compared = do(store, "compare")
    page = open_page(PAGE, d=wide.dataset, c=compared)
    assert chosen(page, "Templates").value == ["response only", "prompt and response"]
    assert chosen(page, "Tokens of a text that are read").value == ["30"]
    chosen(page, "Templates").set_value(["response only"]).run()
    chosen(page, "Tokens of a text that are read").set_value(["6", "many"]).run()
    assert "'many' is no number of tokens" in said(page)
    assert "A trust card" in said(page) or "A measure of diversity" in said(page), "the other tabs are still there"
    chosen(page, "Tokens of a text that are read").set_value(["6"]).run()
    chosen(page, "Encoders").set_value(["/no/such"]).run()
    next(each for each in page.number_input if each.label == "Rows embedded anew").set_value(40).run()
    button(page, "Embed 40 rows of each in 3 other ways and compare").click().run()
    assert "Waiting for the work before it" in " ".join(each.text for each in page.main.get("progress"))
    assert page.query_params["v"] == next(job.id for job in Jobs(store).all() if job.what == "robust")

    do(store, "robust")
    for again in (page.run(), open_page(PAGE, d=wide.dataset, c=compared)):  # where one waited, and after a restart
        assert not again.exception
        assert chosen(again, "Encoders").value == ["/no/such"]
        words = said(again)
        assert "Encoder such was left out: There is no folder /no/such" in words.replace("**", "")
        assert "Of every set the same 40 seeded rows (the comparison above: 60)" in words
        table = next(each.value for each in again.dataframe if "Response only" in each.value.columns)
        assert list(table["Metric"]) == ["DistSum (cosine)", "Radius"]
        assert set(table["As it is"]) == {"broader"}
        assert set(table["Encoder such"]) == {""}

    studies, _ = work.compared(store, Jobs(store).find(compared).args)
    variants = [Variant(template=Template("response")), Variant(max_tokens=6), Variant(encoder="/no/such")]
    expected = robustness(studies, variants, metrics=["distsum_cosine", "radius"], rows=40, params={})
    assert f"- **{expected.sentence(0, 1)}**" in words
    for number, column in enumerate(("Response only", "The first 6 tokens")):
        standings = [cell.partition(" ")[2] for cell in table[column]]
        assert standings == [expected.standing(name, 0, 1, number) for name in ("distsum_cosine", "radius")]
    values = next(each.value for each in again.dataframe if {"Set", "Response only"} <= set(each.value.columns))
    estimate = expected.comparisons[0].estimate("radius", 1)
    assert values["Response only"].iloc[3] == plus_minus(estimate.mean, estimate.error)


def test_a_variant_of_fewer_rows_says_how_many_and_shows_the_same_rows_as_they_are(store, embedded):
    wide = embedded("wide", list(WORDS), 3, seed=0, empty=30)
    embedded("narrow", list(WORDS[:2]), 9, seed=1)
    page = open_page(PAGE, d=wide.dataset)
    chosen(page, "Metrics").set_value(["radius"]).run()
    button(page, "Compare 2 sets").click().run()
    compared = do(store, "compare")
    page = open_page(PAGE, d=wide.dataset, c=compared)
    chosen(page, "Templates").set_value(["response only"]).run()
    chosen(page, "Tokens of a text that are read").set_value([]).run()
    next(each for each in page.number_input if each.label == "Rows embedded anew").set_value(60).run()
    button(page, "Embed 60 rows of each in 1 other way and compare").click().run()
    do(store, "robust")
    page.run()
    assert not page.exception
    assert "Rows of each, where others have no text then: Response only: 30." in said(page)
    studies, _ = work.compared(store, Jobs(store).find(compared).args)
    variants = [Variant(template=Template("response"))]
    alone = robustness(studies, variants, metrics=["radius"], rows=60, params={}).bases[0].estimate("radius", 0)
    values = next(each.value for each in page.dataframe if {"Set", "Response only"} <= set(each.value.columns))
    assert values["As it is, rows of: Response only"].iloc[0] == plus_minus(alone.mean, alone.error)


def test_a_saved_selection_is_embedded_otherwise_too(store, embedded):
    wide = embedded("wide", list(WORDS), 3, seed=0)
    args = {
        "dataset": wide.dataset, "setup": wide.key, "reference": None, "metrics": ["radius"], "random_seeds": [],
        "recipe": Recipe((Choice("random", "30"),)).as_json(),
    }  # fmt: skip
    Jobs(store).submit("select", "Choose", **args)
    do(store, "select")
    page = open_page(PAGE, d=wide.dataset)
    chosen(page, "Metrics").set_value(["radius"]).run()
    button(page, "Compare 2 sets at 30 rows each by 1 metric").click().run()
    compared = do(store, "compare")
    page = open_page(PAGE, d=wide.dataset, c=compared)
    chosen(page, "Templates").set_value(["response only"]).run()
    chosen(page, "Tokens of a text that are read").set_value([]).run()
    button(page, "Embed 30 rows of each in 1 other way and compare").click().run()
    page = open_page(PAGE, d=wide.dataset, c=compared, v=do(store, "robust"))
    assert "30 of wide.jsonl by Random" in said(page)
    table = next(each.value for each in page.dataframe if "Response only" in each.value.columns)
    assert list(table["Metric"]) == ["Radius"]


def test_of_three_sets_two_are_picked_and_the_time_is_told_from_earlier_work(store, embedded):
    for seed, (name, length) in enumerate((("one", 3), ("two", 6), ("three", 9))):
        entry = embedded(name, list(WORDS[: 12 - 5 * seed]), length, seed=seed, n=40)
    page = open_page(PAGE, d=entry.dataset)
    chosen(page, "Sets").set_value([each.dataset for each in Workspace(store).entries()]).run()
    chosen(page, "Metrics").set_value(["distsum_cosine"]).run()
    button(page, "Compare 3 sets").click().run()
    compared = do(store, "compare")
    page = open_page(PAGE, d=entry.dataset, c=compared)
    assert "How long it takes cannot be told" in said(page)
    for number, each in enumerate(Workspace(store).entries()):
        Jobs(store).submit("foresee", str(number), dataset=each.dataset)
        (job,) = [job for job in Jobs(store).all() if job.what == "foresee" and job.state == "queued"]
        finish(store, job, {"rows": 40, "seconds": 800.0})
    page.run()
    chosen(page, "Templates").set_value(["response only"]).run()
    chosen(page, "Tokens of a text that are read").set_value([]).run()
    # 3 sets of 40 rows at 20 s a row are 40 minutes; comparing takes a second or so
    assert "Up to about 40 min by the pace of earlier work: 40 min to embed" in said(page)
    button(page, "Embed 40 rows of each in 1 other way and compare").click().run()
    page = open_page(PAGE, d=entry.dataset, c=compared, v=do(store, "robust"))
    pair = next(each for each in page.selectbox if each.label == "Two sets")
    assert len(pair.options) == 3
    for number, words in enumerate(pair.options):
        pair = next(each for each in page.selectbox if each.label == "Two sets").set_value(number)
        pair.run()
        assert f"As it is: {words.partition(' and ')[0]}, as it is embedded now" in said(page)
    assert not page.exception


def test_selections_from_every_dataset_of_one_encoder_are_offered_the_latest_of_each(store, opened):
    broad, narrow, other = opened("broad", 60, 8), opened("narrow", 40, 2), opened("other", 40, 4, dim=6)
    for entry, sizes in ((broad, (21,)), (narrow, range(20, 30)), (other, (20,))):
        for size in sizes:
            recipe = Recipe((Choice("random", f"{size}", seed=1),)).as_json()
            args = {"dataset": entry.dataset, "setup": entry.key, "reference": None, "recipe": recipe}
            Jobs(store).submit("select", "Choose", **args, metrics=[], random_seeds=[])
            do(store, "select")
    page = open_page(PAGE, d=broad.dataset)
    offered = chosen(page, "Sets").options
    names = ["broad.jsonl (60)", "narrow.jsonl (40)", "21 of broad.jsonl by Random, seed 1 (21)"]
    names += [f"{size} of narrow.jsonl by Random, seed 1 ({size})" for size in range(29, 21, -1)]
    assert offered == names, "at most eight of each, and none by another encoder"

    chosen(page, "Sets").set_value([broad.dataset, selection_of(store, "29")]).run()
    chosen(page, "Metrics").set_value(["vendi"]).run()
    button(page, "Compare 2 sets at 29 rows each by 1 metric").click().run()
    page = open_page(PAGE, d=broad.dataset, c=do(store, "compare"))
    assert "broad.jsonl is broader than 29 of narrow.jsonl by Random, seed 1 on 1 of 1 metric" in said(page)


def selection_of(store: Store, budget: str) -> str:
    """The id of the work that chose so many rows."""
    jobs = [job for job in Jobs(store).all() if job.what == "select"]
    return next(job.id for job in jobs if Recipe.from_json(job.args["recipe"]).choice.budget == budget)
