"""The one door: a study measures, chooses, maps and keeps what it found."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import Study, UserError, memory
from core.choice import Choice
from core.measuring import measure
from core.metrics import METRICS
from core.selectors import select
from core.store import Store

SAMPLE = Path(__file__).parents[1] / "sample_data" / "chats_messages.jsonl"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def study(store: Store) -> Study:
    return Study.open(SAMPLE, store=store)


def test_a_study_has_a_row_for_every_row_with_text(study):
    assert len(study) == 40
    assert study.space.dim == 384
    assert study.ids[0] == "msg-01"


def test_a_study_measures_what_the_metrics_measure(study):
    for score in study.measure(["distsum_cosine", "vendi", "ttr"]):
        again = measure(score.metric, study.space, texts=study.texts)
        assert score.value == again.value
        assert score.n == 40


def test_all_metrics_that_the_data_allows_are_measured_by_default(study):
    assert {score.metric for score in study.measure()} == set(METRICS)


def test_what_was_measured_is_kept_and_not_computed_again(study, monkeypatch):
    first = study.measure(["knn_distance"])[0]
    monkeypatch.setattr("core.study.measure", lambda *_, **__: pytest.fail("computed again"))
    second = study.measure(["knn_distance"])[0]
    assert second.value == first.value
    np.testing.assert_array_equal(second.rows, first.rows)


def test_another_parameter_is_another_result(study):
    plain = study.measure(["novelsum"])[0]
    steep = study.measure(["novelsum"], params={"novelsum": {"alpha": 2.0}})[0]
    assert plain.value != steep.value
    assert study.measured("novelsum", {"alpha": 2}).value == steep.value
    assert study.measured("novelsum", {"alpha": 3}) is None


def test_another_reference_is_another_result(study):
    reference = study.subset(np.arange(20), "the first half")
    alone, against = study.measure(["novelsum"])[0], study.against(reference).measure(["novelsum"])[0]
    assert (alone.reference, against.reference) == ("self", "the first half")
    assert alone.value != against.value


def test_a_selection_is_what_the_selector_chooses(study):
    chosen = study.select("k_center", 7, seed=3)
    expected = select("k_center", study.space, 7, seed=3)
    np.testing.assert_array_equal(chosen.positions, expected.positions)
    again = study.select("k_center", 7, seed=3)
    np.testing.assert_array_equal(again.positions, expected.positions)
    assert again.notes == chosen.notes


def test_a_subset_is_measured_against_its_pool(study):
    subset = study.subset(study.select("random", 10).positions, "ten rows")
    score = subset.measure(["facility_location"])[0]
    assert score.n == 10
    assert score.reference == study.name
    similarity = subset.space.unit64() @ study.space.unit64().T
    assert score.value == pytest.approx(similarity.max(axis=0).mean(), rel=1e-9)


def test_a_random_subset_is_the_same_for_the_same_seed(study):
    one, two, other = (study.random_subset(8, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.positions, two.positions)
    assert set(one.positions) != set(other.positions)


def test_neighbours_are_the_nearest_rows_nearest_first(study):
    found = study.neighbours_of(4, 5)
    distances = 1 - study.space.unit64() @ study.space.unit64(4)
    distances[4] = np.inf
    assert [row for row, _ in found] == np.argsort(distances)[:5].tolist()
    assert [d for _, d in found] == pytest.approx(np.sort(distances)[:5], abs=1e-6)


def test_maps_and_clusters_are_kept(study):
    places = study.project("pca")
    np.testing.assert_array_equal(study.projected("pca").xy, places.xy)
    groups = study.cluster("kmeans", xy=places)
    kept = study.clustered("kmeans", xy=places)
    np.testing.assert_array_equal(kept.labels, groups.labels)
    assert kept.names == groups.names
    assert groups.sizes.sum() == (groups.labels >= 0).sum()


def test_vectors_alone_make_a_study(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(30, 5))
    study = Study.of_vectors(vectors)
    assert study.measure(["distsum_cosine"])[0].n == 30
    assert len(study.select("k_center", 4)) == 4
    with pytest.raises(UserError, match="needs texts"):
        study.measure(["ttr"])


def test_a_reference_of_other_dimensions_is_refused(study):
    other = Study.of_vectors(np.eye(5), name="five")
    with pytest.raises(UserError, match=r"384 dimensions .* five of 5"):
        study.against(other)


def test_a_quality_column_with_gaps_is_refused_with_the_row(tmp_path, store):
    path = tmp_path / "scored.jsonl"
    path.write_text('{"text": "one", "score": 1}\n{"text": "two", "score": null}\n{"text": "three", "score": 3}\n')
    study = Study.open(path, store=store)
    with pytest.raises(UserError, match=r"'score' has no number in 1 of 3 rows; the first is row 2"):
        study.quality("score", True)


def test_rows_without_text_are_left_out_or_refused(tmp_path, store):
    path = tmp_path / "gaps.jsonl"
    path.write_text('{"text": "one"}\n{"text": ""}\n{"text": null}\n{"text": "four"}\n')
    study = Study.open(path, store=store, leave_out_empty=True)
    assert study.positions.tolist() == [0, 3]
    assert study.ids == [0, 3]
    with pytest.raises(UserError, match=r"2 of 4 rows have an empty text; the first is row 2\. .*leave_out_empty=True"):
        Study.open(path, store=store)


def test_first_names_a_row_of_the_dataset_though_rows_were_left_out(tmp_path, store):
    path = tmp_path / "gaps.jsonl"
    path.write_text('{"text": ""}\n{"text": "two"}\n{"text": "three"}\n{"text": "four"}\n')
    study = Study.open(path, store=store, leave_out_empty=True)
    chosen = study.select("k_center", 2, first=2)
    assert study.positions[chosen.positions[0]] == 2
    assert chosen.params["first"] == 2
    with pytest.raises(UserError, match="first is 0, a row that was left out"):
        study.select("k_center", 2, first=0)
    with pytest.raises(UserError, match="first is 4, and the rows are numbered from 0 to 3"):
        study.select("k_center", 2, first=4)


def test_a_reference_by_another_encoder_is_refused_though_the_dimensions_agree(study):
    other = replace(study, embeddings=replace(study.embeddings, encoder="another model", encoder_key="other"))
    with pytest.raises(UserError, match=r"the reference .* by another model"):
        study.against(other)
    assert study.against(Study.of_vectors(study.embeddings.vectors)).reference is not None


def test_a_kept_score_names_the_reference_as_it_is_called_now(study):
    half = study.subset(np.arange(20), "old name")
    study.against(half).measure(["facility_location"])
    renamed = study.against(replace(half, name="new name"))
    assert renamed.measure(["facility_location"])[0].reference == "new name"
    assert renamed.measured("facility_location").reference == "new name"


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda study: study.measure(["vendi"]), "Measuring 30 rows needs"),
        (lambda study: study.select("k_center", 3), "Choosing among 30 rows needs"),
        (lambda study: study.project("pca"), "A map of 30 rows needs"),
    ],
)
def test_work_that_the_memory_does_not_suffice_for_is_refused_before_it_begins(monkeypatch, work, said):
    study = Study.of_vectors(np.random.default_rng(0).normal(size=(30, 5)))
    monkeypatch.setattr(memory, "available", lambda: 300 << 20)
    with pytest.raises(UserError, match=said):
        work(study)


def test_a_selection_has_another_key_for_each_argument(study, store):
    plain: dict[str, Any] = {
        "selector": "k_center",
        "budget": "5",
        "seed": 0,
        "quality": None,
        "label": None,
        "keep_copies": False,
        "params": {},
    }
    others: list[dict[str, Any]] = [
        {"selector": "random"},
        {"budget": "6"},
        {"budget": "5 tokens"},
        {"must": (1,)},
        {"never": (1,)},
        {"owned": (1,)},
        {"group": "id", "most_each": 1},
        {"group": "id", "least_each": 1},
        {"missing": "mean"},
        {"tags": "id"},
        {"seed": 1},
        {"quality": ("id", True)},
        {"quality": ("id", False)},
        {"label": "id"},
        {"keep_copies": True},
        {"params": {"first": 3}},
    ]
    keys = [study.choice_key(Choice(**(plain | other))) for other in [{}, *others]]
    keys.append(study.subset(np.arange(20), "half").choice_key(Choice(**plain)))
    assert len(set(keys)) == len(keys)
    assert study.choice_key(Choice(**plain)) == keys[0]


def test_a_row_without_an_id_is_named_by_its_number_from_one(tmp_path, store):
    path = tmp_path / "gap.jsonl"
    path.write_text('{"id": "a", "text": "one"}\n{"id": null, "text": "two"}\n')
    study = Study.open(path, store=store)
    dataset = study.dataset.with_roles(replace(study.dataset.roles, id="id"))
    with pytest.raises(UserError, match="row 2 has no value in the id column"):
        dataset.ids()


def test_an_exact_value_can_be_asked_of_metrics_that_estimate_texts_and_of_those_that_do_not(study):
    plain = {score.metric: score.value for score in study.measure(["ttr", "vendi"], intervals=False)}
    for how in ({"exact": True}, {"params": {"ttr": {"exact": True}}}):
        scores = study.measure(["ttr", "vendi"], intervals=False, **how)
        assert {score.metric: score.value for score in scores} == plain  # forty texts are read whole in any case
        assert scores[0].params["exact"]
