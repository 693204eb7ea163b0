"""Embedding: every text once, on disk, resumed after a cancel or a kill with the very same result."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.embeddings import Embeddings, embed, embedding_key, memory_needed, truncation
from core.encoders import load_encoder
from core.errors import Cancelled, UserError
from core.progress import silent

from .tiny_model import WORDS, make_tiny_model

ROOT = Path(__file__).resolve().parents[1]


class Letters:
    """An encoder that counts letters, and notes what it was asked to encode."""

    name = "letters"
    source = "letters"
    key = "letters-1"
    dim = 26
    max_tokens: int | None = 50
    device = "cpu"
    batch_tokens = 64

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def token_counts(self, texts, progress=silent):
        return np.array([len(text) for text in texts], dtype=np.int64)

    def encode(self, texts, progress=silent):
        vectors = np.array([[text[:50].count(chr(97 + i)) for i in range(26)] for text in texts], dtype=np.float32)
        self.encoded += texts
        progress(1.0, "")
        return vectors


def many_texts(count: int = 300, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(chr(97 + i) for i in rng.integers(0, 26, size=rng.integers(1, 80))) for _ in range(count)]


class Stop:
    """Progress that cancels after so many reports."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, share: float, message: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


def test_every_text_gets_its_vector_in_its_row(tmp_path):
    texts = many_texts()
    found = embed(texts, Letters(), tmp_path)
    np.testing.assert_array_equal(found.vectors, Letters().encode(texts))
    assert isinstance(found.vectors, np.memmap)
    assert (found.n, found.dim, found.vectors.dtype) == (300, 26, np.float32)
    assert (found.encoder, found.encoder_name, found.encoder_key) == ("letters", "letters", "letters-1")


def test_identical_texts_are_embedded_once(tmp_path):
    encoder = Letters()
    texts = ["same", "other", "same", "same", "another"] * 20
    found = embed(texts, encoder, tmp_path)
    assert sorted(encoder.encoded) == ["another", "other", "same"]
    np.testing.assert_array_equal(found.vectors, Letters().encode(texts))


def test_the_same_work_is_done_once(tmp_path):
    first, second = Letters(), Letters()
    made = embed(many_texts(), first, tmp_path)
    again = embed(many_texts(), second, tmp_path)
    assert first.encoded and not second.encoded
    assert made.key == again.key == embedding_key(many_texts(), "letters-1")
    np.testing.assert_array_equal(made.vectors, again.vectors)


def test_other_texts_another_order_or_another_encoder_have_another_key():
    keys = [embedding_key(texts, key) for texts in (["ab", "c"], ["a", "bc"], ["c", "ab"]) for key in ("1", "2")]
    assert len(set(keys)) == 6


@pytest.mark.parametrize("after", [1, 2, 10, 100])
def test_what_was_embedded_before_a_cancel_is_not_embedded_again(tmp_path, monkeypatch, after):
    monkeypatch.setattr("core.unfinished._STRETCH", 0.0)  # a batch between two entries in the record
    texts = many_texts()
    before, later = Letters(), Letters()
    with pytest.raises(Cancelled):
        embed(texts, before, tmp_path, progress=Stop(after))
    key = embedding_key(texts, "letters-1")
    assert not (tmp_path / key).exists()
    found = embed(texts, later, tmp_path)
    np.testing.assert_array_equal(found.vectors, Letters().encode(texts))
    once = set(before.encoded) & set(later.encoded)
    assert len(before.encoded) + len(later.encoded) - len(once) == len(set(texts))
    assert len(once) <= 64  # no more than what was under way, one batch or the first eight
    assert sorted(path.name for path in tmp_path.iterdir()) == [key]
    assert sorted(path.name for path in (tmp_path / key).iterdir()) == ["meta.json", "vectors.npy"]


def test_a_kill_loses_no_more_than_the_work_under_way(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from tests.test_embeddings import *\n"
        "class Slow(Letters):\n"
        "    def encode(self, texts, progress=silent):\n"
        "        time.sleep(0.05); print(len(texts), flush=True); return super().encode(texts, progress)\n"
        "embed(many_texts(2000), Slow(), Path(sys.argv[1]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    started = [int(process.stdout.readline()) for _ in range(3)]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    encoder = Letters()
    found = embed(many_texts(2000), encoder, tmp_path)
    np.testing.assert_array_equal(found.vectors, Letters().encode(many_texts(2000)))
    assert len(encoder.encoded) <= len(set(many_texts(2000))) - sum(started[:2])


def test_an_interrupted_embedding_has_the_same_bits_as_one_that_was_not(tmp_path):
    encoder = load_encoder(str(make_tiny_model(tmp_path / "tiny", max_tokens=60)), device="cpu")
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, size=rng.integers(1, 50))) for _ in range(1000)]
    with pytest.raises(Cancelled):
        embed(texts, encoder, tmp_path / "a", progress=Stop(14))
    resumed = embed(texts, encoder, tmp_path / "a")
    whole = embed(texts, encoder, tmp_path / "b")
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)


def test_two_processes_that_embed_the_same_do_it_once(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from tests.test_embeddings import *\n"
        "class Slow(Letters):\n"
        "    def encode(self, texts, progress=silent):\n"
        "        time.sleep(0.02); return super().encode(texts, progress)\n"
        "encoder = Slow(); embed(many_texts(500), encoder, Path(sys.argv[1])); print(len(encoder.encoded))"
    )
    run = [sys.executable, "-c", script, str(tmp_path)]
    processes = [subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    done = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sorted(done) == [0, len(set(many_texts(500)))]


def test_progress_rises_and_says_texts_speed_and_time_left(tmp_path):
    said: list[tuple[float, str]] = []
    embed(many_texts(), Letters(), tmp_path, progress=lambda share, message: said.append((share, message)))
    shares = [share for share, _ in said]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert said[-1][1].startswith("Embedded 300 of 300 texts, ")
    assert any("/s, about " in message and message.endswith(" left") for _, message in said)


def test_the_time_left_is_reckoned_by_tokens(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    class Steady(Letters):
        """Takes a second for a token."""

        max_tokens = None

        def encode(self, texts, progress=silent):
            clock[0] += sum(len(text) for text in texts)
            return super().encode(texts, progress)

    texts = ["x" * 60 + str(i % 10) + "y" * (i // 10) for i in range(100)] + [
        "z" * (i % 7) + str(i) for i in range(900)
    ]
    total = sum(map(len, texts))
    said: list[str] = []
    embed(texts, Steady(), tmp_path, progress=lambda share, message: said.append(message))
    first = next(message for message in said if message.startswith("Embedded"))
    left = total - clock_after_first(texts)
    minutes = round(left / 60)
    assert first.endswith(f"about {minutes // 60} h {minutes % 60} min left")


def clock_after_first(texts: list[str]) -> int:
    """Tokens of the first eight batches, each of one text since each is longer than half the batch."""
    return sum(sorted(map(len, texts), reverse=True)[:8])


def test_empty_texts_are_refused_with_their_rows(tmp_path):
    with pytest.raises(UserError, match=r"3 of 5 texts are empty \(rows 2, 3, 5\)\. Leave these rows out"):
        embed(["a", "", " \n", "b", "\t"], Letters(), tmp_path)
    with pytest.raises(UserError, match=r"There are no texts"):
        embed([], Letters(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_vector_that_is_not_finite_is_refused_with_its_row(tmp_path):
    class Broken(Letters):
        def encode(self, texts, progress=silent):
            vectors = super().encode(texts, progress)
            vectors[[text == "bad" for text in texts]] = np.nan
            return vectors

    with pytest.raises(UserError, match=r"not finite for row 3"):
        embed(["good", "fine", "bad", "well"], Broken(), tmp_path)


def test_the_truncated_share_counts_rows_and_not_different_texts(tmp_path):
    found = embed(["a" * 51, "a" * 51, "a" * 50, "b"], Letters(), tmp_path)
    assert (found.truncated, found.truncated_share) == (2, 0.5)
    assert truncation(["a" * 51, "a" * 51, "a" * 50, "b"], Letters()) == (0.5, 50)


def test_truncation_is_estimated_on_a_sample_and_none_without_a_limit():
    share, limit = truncation(["a" * 51] * 500 + ["b"] * 500, Letters(), sample=200)
    assert limit == 50
    assert 0.35 < share < 0.65
    endless = Letters()
    endless.max_tokens = None
    assert truncation(["a" * 999], endless) == (0.0, None)


def test_the_template_is_kept_and_does_not_change_the_key(tmp_path):
    first = embed(["a", "b"], Letters(), tmp_path, template="prompt only")
    second = embed(["a", "b"], Letters(), tmp_path, template="response only")
    assert (first.template, second.template) == ("prompt only", "response only")
    assert first.key == second.key


def test_embeddings_can_be_saved_cut_and_loaded(tmp_path):
    whole = embed(many_texts(20), Letters(), tmp_path)
    some = whole.subset([5, 0, 7], "some")
    (tmp_path / "some").mkdir()
    some.save(tmp_path / "some")
    again = Embeddings.load(tmp_path / "some")
    np.testing.assert_array_equal(again.vectors, whole.vectors[[5, 0, 7]])
    assert (again.key, again.name, again.n) == (some.key, "some", 3)
    assert len({whole.key, some.key, whole.subset([0, 5, 7], "some").key}) == 3


def test_the_memory_that_embedding_needs_grows_with_rows_and_dimensions():
    assert memory_needed(10, 4) < memory_needed(1000, 4) < memory_needed(1000, 400)
