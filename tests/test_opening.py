"""From files and vectors to a study: what fits together, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import UserError
from core.opening import dataset_with_vectors, embed_dataset, open_dataset, rows_with_text, study_of
from core.store import Store
from core.template import Template

VECTORS = np.random.default_rng(3).normal(size=(4, 6)).astype(np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture
def dataset(store, tmp_path):
    rows = [{"id": f"r{i}", "text": text, "vector": VECTORS[i].tolist()} for i, text in enumerate(["a", "", "c", "d"])]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return open_dataset([path], store)


def test_vectors_are_matched_by_position(dataset, store, tmp_path):
    np.save(tmp_path / "v.npy", VECTORS)
    study = dataset_with_vectors(dataset, str(tmp_path / "v.npy"), store)
    np.testing.assert_array_equal(study.embeddings.vectors, VECTORS)
    assert study.positions.tolist() == [0, 1, 2, 3]  # a row without text has a vector too


def test_vectors_with_ids_are_matched_by_them(dataset, store, tmp_path):
    order = [2, 0, 3, 1]
    np.savez(tmp_path / "v.npz", vectors=VECTORS[order], ids=np.array([f"r{i}" for i in order]))
    study = dataset_with_vectors(dataset, str(tmp_path / "v.npz"), store)
    np.testing.assert_array_equal(study.embeddings.vectors, VECTORS)


def test_a_list_column_holds_vectors(dataset, store):
    study = dataset_with_vectors(dataset, "column:vector", store)
    np.testing.assert_allclose(study.embeddings.vectors, VECTORS, rtol=1e-6)


def test_vectors_of_another_number_of_rows_are_refused(dataset, store, tmp_path):
    np.save(tmp_path / "v.npy", VECTORS[:3])
    with pytest.raises(UserError, match=r"3 vectors and .* has 4 rows"):
        dataset_with_vectors(dataset, str(tmp_path / "v.npy"), store)


def test_vectors_for_the_rows_with_text_are_taken_where_the_others_are_left_out(dataset, store, tmp_path):
    np.save(tmp_path / "v.npy", VECTORS[[0, 2, 3]])
    study = dataset_with_vectors(dataset, str(tmp_path / "v.npy"), store, leave_out_empty=True)
    assert study.positions.tolist() == [0, 2, 3]
    assert study.texts == ["a", "c", "d"]
    assert study.leave_out_empty


def test_a_dataset_without_a_column_of_text_can_have_vectors(store, tmp_path):
    path = tmp_path / "numbers.jsonl"
    path.write_text("".join(f'{{"score": {i}}}\n' for i in range(4)))
    np.save(tmp_path / "v.npy", VECTORS)
    study = dataset_with_vectors(open_dataset([path], store), str(tmp_path / "v.npy"), store)
    assert study.texts is None
    assert study.measure(["vendi"])[0].n == 4
    with pytest.raises(UserError, match="needs texts"):
        study.measure(["ttr"])


def test_embeddings_of_other_texts_are_refused(dataset, store):
    key = embed_dataset(dataset, store, template=Template("column", column="text"), leave_out_empty=True).embeddings.key
    assert len(study_of(dataset, key, Template(), store, leave_out_empty=True)) == 3
    with pytest.raises(UserError, match=r"those of other texts\. Embed it again"):
        study_of(dataset, key, Template("column", column="id"), store)


def test_a_file_that_was_read_before_goes_by_the_name_it_has_now(store, tmp_path):
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    for path in (first, second):
        path.write_text('{"text": "one"}\n')
    assert open_dataset([first], store).sources[0].name == "first.jsonl"
    again = open_dataset([second], store)
    assert (again.name, again.sources[0].name) == ("second.jsonl", "second.jsonl")


def test_an_unknown_id_is_refused(dataset, store, tmp_path):
    np.savez(tmp_path / "v.npz", vectors=VECTORS, ids=np.array(["r0", "r1", "r2", "r9"]))
    with pytest.raises(UserError, match=r"r9|r3"):
        dataset_with_vectors(dataset, str(tmp_path / "v.npz"), store)


def test_embeddings_that_were_cleaned_away_are_asked_for_again(dataset, store, tmp_path):
    np.save(tmp_path / "v.npy", VECTORS)
    key = dataset_with_vectors(dataset, str(tmp_path / "v.npy"), store).embeddings.key
    assert len(study_of(dataset, key, Template(), store)) == 4
    store.clean()
    with pytest.raises(UserError, match="no longer in the store"):
        study_of(dataset, key, Template(), store)


def test_a_dataset_of_empty_texts_is_refused(store, tmp_path):
    path = tmp_path / "empty.jsonl"
    path.write_text('{"text": ""}\n{"text": "  "}\n')
    with pytest.raises(UserError, match="All 2 rows"):
        rows_with_text(open_dataset([path], store), Template())
