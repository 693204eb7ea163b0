"""Static models: made from an encoder, fitted on texts, and held against it on others."""

import json

import numpy as np
import pytest
from sklearn.linear_model import Ridge

import core.distilling
from core.__main__ import main
from core.distilling import distill
from core.encoders import load_encoder
from core.errors import UserError
from core.geometry import Space
from core.models import locate
from core.static_agreement import _metrics, agreement
from core.static_encoder import StaticEncoder
from core.store import Store
from tests.test_encoders import cosine, plain, words
from tests.tiny_model import WORDS, make_tiny_model

TEXTS = list(dict.fromkeys(words(1500, seed=3)))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return str(make_tiny_model(tmp_path_factory.mktemp("tiny") / "model", max_tokens=32))


@pytest.fixture(scope="module")
def made(tiny, tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("home"))
    return distill(TEXTS, store, tiny, sample=800, held_out=250), store


def test_a_token_has_the_vector_that_the_encoder_makes_of_it_alone(tmp_path):
    folder = make_tiny_model(tmp_path / "model", normalize=False)
    tokenizer, vectors = core.distilling._token_vectors(locate(str(folder)), lambda *_: None)
    found = vectors[[tokenizer.token_to_id(word) for word in WORDS]]
    assert np.allclose(found, plain(folder).encode(list(WORDS)), atol=1e-5)


def test_the_map_is_that_of_ridge_regression():
    rng = np.random.default_rng(0)
    tokens, means, theirs = (rng.normal(size=(rows, 8)).astype(np.float32) for rows in (30, 200, 200))
    penalty = 1e-3 * np.trace(np.cov(means.T, bias=True) * 200) / 8
    expected = Ridge(alpha=penalty).fit(means.astype(np.float64), theirs).predict(tokens.astype(np.float64))
    assert np.allclose(core.distilling._moved(tokens, means, theirs), expected, atol=1e-5)


def test_texts_that_are_all_the_same_to_the_tokens_are_refused():
    tokens = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    means = np.repeat(tokens[:1], 200, axis=0) * (1 + 1e-7 * np.arange(200)[:, None]).astype(np.float32)
    with pytest.raises(UserError, match="knows none of their words"):
        core.distilling._moved(tokens, means, np.ones((200, 8), dtype=np.float32))


def test_the_model_is_read_by_sentence_transformers_too_and_is_nearer_than_by_chance(made, tiny):
    found, _ = made
    encoder = load_encoder(str(found.folder))
    assert isinstance(encoder, StaticEncoder)
    texts = [*TEXTS[:5], "unheard-of cat", "red " * 500]
    mine = encoder.encode(texts)
    assert np.allclose(mine, plain(found.folder).encode(texts), atol=1e-5)
    assert encoder.token_counts(texts)[-1] == 500  # nothing is cut
    theirs = load_encoder(tiny).encode(TEXTS)
    every = encoder.encode(TEXTS)
    assert cosine(every, theirs).mean() > cosine(every, theirs[::-1]).mean() + 0.01
    assert found.agreement.neighbours > 3 * found.agreement.neighbours_by_chance
    assert found.learnt_from == 800
    assert found.agreement.rows == 250


def test_it_reads_as_many_tokens_as_it_is_told(made):
    found, _ = made
    short, whole = load_encoder(str(found.folder), max_tokens=3), load_encoder(str(found.folder))
    assert np.allclose(short.encode(["red green blue cat dog"]), whole.encode(["red green blue"]), atol=1e-6)
    assert short.key != whole.key
    assert short.max_tokens == 3


def test_what_was_made_is_found_again(made, tiny, monkeypatch):
    found, store = made
    monkeypatch.setattr("core.distilling.load_encoder", None)
    assert distill(TEXTS, store, tiny, sample=800, held_out=250) == found


def test_an_encoder_agrees_with_itself_wholly_and_with_noise_by_chance(tiny):
    encoder = load_encoder(tiny)
    texts = TEXTS[:400]
    vectors = encoder.encode(texts)
    same = agreement(texts, encoder, encoder, vectors)
    assert same.neighbours > 0.99
    assert same.novelty == pytest.approx(1, abs=1e-3)
    assert min(same.metrics.values()) == pytest.approx(1)
    assert min(same.picks.values()) > 0.95
    noise = np.random.default_rng(0).normal(size=vectors.shape).astype(np.float32)
    chance = agreement(texts, encoder, encoder, noise)
    assert chance.neighbours == pytest.approx(chance.neighbours_by_chance, abs=0.01)
    assert abs(chance.novelty or 0) < 0.2
    assert max(chance.picks.values()) < 0.35
    assert chance.neighbours == pytest.approx(slow_overlap(vectors, noise), abs=1e-9)


def test_outliers_that_are_groups_of_one_do_not_make_the_sets_that_metrics_are_compared_on_tiny():
    rng = np.random.default_rng(0)
    rows = np.eye(32)[0] + rng.normal(size=(2000, 32)) * 0.03
    rows[:11] = np.eye(32)[1:12]
    rows = rng.permutation(rows)
    both = [Space((rows + rng.normal(size=rows.shape) * noise).astype(np.float32)) for noise in (0.02, 0)]
    found = _metrics(both, lambda *_: None)
    assert len(found) > 5 and min(found.values()) > 0.6  # of single rows: two metrics of rounding, below 0


def slow_overlap(left, right):
    nearest = []
    for rows in (left, right):
        rows = rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
        far = ((rows[:, None] - rows[None]) ** 2).sum(-1)
        np.fill_diagonal(far, np.inf)
        nearest.append(np.argsort(far, axis=1, kind="stable")[:, :10])
    return np.mean([len(set(a) & set(b)) / 10 for a, b in zip(*nearest, strict=True)])


@pytest.mark.parametrize(
    ("texts", "how", "told"),
    [
        (TEXTS[:900], {}, "900 different texts"),
        (TEXTS[:500] * 4, {}, "500 different texts"),
        (TEXTS, {"sample": 50}, "200 texts or more"),
    ],
)
def test_too_little_is_refused(texts, how, told, tiny, tmp_path):
    with pytest.raises(UserError, match=told):
        distill(texts, Store(tmp_path), tiny, **how)


def test_a_static_model_is_not_made_of_a_static_one(made):
    found, store = made
    with pytest.raises(UserError, match="static model already"):
        distill(TEXTS, store, str(found.folder))


def test_the_command_makes_a_folder_that_other_commands_take(tiny, tmp_path, capsys):
    data, out = tmp_path / "pool.jsonl", tmp_path / "fast"
    data.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    home = ["--home", str(tmp_path / "home"), "--quiet"]
    small = ["--sample", "700", "--held-out", "200"]
    assert main(["distill", str(data), "--encoder", tiny, "--out", str(out), "--json", *small, *home]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["folder"] == str(out)
    assert told["learnt_from"] == 700
    assert main(["distill", str(data), "--encoder", tiny, "--out", str(out), *small, *home]) == 2
    assert "is there already" in capsys.readouterr().err
    vectors = tmp_path / "v.npy"
    assert main(["embed", str(data), "--encoder", str(out), "--out", str(vectors), *home]) == 0
    assert np.allclose(np.load(vectors), load_encoder(str(out)).encode(TEXTS), atol=1e-6)
    assert len(Space(np.load(vectors))) == len(TEXTS)
