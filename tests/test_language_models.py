"""Causal language models: what is loaded, which tokens are scored and how, and the proxy of one's own pool."""

import json

import numpy as np
import pytest
import torch

from core.__main__ import main
from core.errors import Cancelled, UserError
from core.lm import Example, generate, load_language_model, score_answers, train_proxy
from core.lm.proxy import ProxySize
from core.store import Store
from tests.tiny_language_model import make_tiny_language_model

ROWS = [
    Example((("user", "two and two?"),), "four"),
    Example((("system", "be brief"), ("user", "hello")), "Grüß dich, 世界"),
    Example((), "a bare text without a prompt"),
    Example((("user", "why"),), ""),
    Example((("user", "x" * 200),), "no room for this"),
    Example((("user", "y" * 50),), "an answer that is cut where the context ends"),
    Example((("user", "q"),), "z"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_tiny_language_model(tmp_path_factory.mktemp("lm") / "tiny", scale=4.0)


@pytest.fixture(scope="module")
def model(folder):
    return load_language_model(str(folder), device="cpu")


def slow_losses(model, before, answer):
    """One text at a time, all logits, and the log-probability of each answer token looked up."""
    tokens = torch.tensor([[*before, *answer]])
    with torch.inference_mode():
        logits = model._model(input_ids=tokens).logits[0].double()
    chances = torch.log_softmax(logits, dim=-1)
    places = range(max(1, len(before)), tokens.shape[1])
    return np.array([-float(chances[place - 1, tokens[0, place]]) for place in places])


@pytest.mark.parametrize(("chat", "ends"), [(False, True), (True, True), (False, False), (True, False)])
def test_scores_are_means_over_the_answers_tokens_alone(tmp_path, chat, ends):
    own = load_language_model(
        str(make_tiny_language_model(tmp_path / "m", chat=chat, ends=ends, scale=4.0)), device="cpu"
    )
    found = score_answers(ROWS, own)
    start = [0] if ends else []
    for row, each in enumerate(ROWS):
        before, answer = own.prompt_tokens(each), own.answer_tokens(each)
        answer = answer[: max(0, 64 - len(before))]
        if not answer or (not ends and len(answer) < 2):
            assert np.isnan(found.given[row])
            assert np.isnan(found.of("ifd")[row])
            continue
        given = slow_losses(own, before, answer)
        if not ends and before:
            given = given[1:]
        alone = slow_losses(own, start, answer)
        assert len(given) == len(alone) == found.counted[row]
        assert found.given[row] == pytest.approx(given.mean(), rel=1e-5)
        assert found.of("log_perplexity")[row] == found.given[row]
        if not each.before:
            assert np.isnan(found.of("ifd")[row]), "there is no prompt that could help"
            continue
        assert found.alone[row] == pytest.approx(alone.mean(), rel=1e-5)
        assert found.of("ifd")[row] == pytest.approx(np.exp(given.mean() - alone.mean()), rel=1e-5)


def test_what_is_cut_and_what_has_no_score_is_said(model):
    found = score_answers(ROWS, model)
    assert np.flatnonzero(found.truncated).tolist() == [5]
    assert np.flatnonzero(found.no_room).tolist() == [4]
    assert np.flatnonzero(found.empty).tolist() == [3]
    assert np.isnan(found.given).nonzero()[0].tolist() == [3, 4]
    assert found.notes() == [
        "1 of 7 answers were cut where the model's context ends, and are scored so far.",
        "1 of 7 rows have no score: what stands before the answer fills the model's context.",
        "1 of 7 rows have no score: there is no answer.",
        "1 of 7 rows have no IFD: nothing stands before the answer.",
    ]
    assert found.complete.tolist() == [True, True, False, False, False, True, True]
    assert score_answers(ROWS, model, scores=["log_perplexity"]).complete.sum() == 5


def test_a_row_without_a_generation_gap_is_said(model, monkeypatch):
    def silent_at_z(rows, *_, **__):
        return [None if not row.before else [] if row.answer == "z" else [9] for row in rows]

    monkeypatch.setattr("core.lm.scoring.generate", silent_at_z)
    found = score_answers(ROWS, model, scores=["generation_gap"])
    assert found.notes()[-2:] == [
        "1 of 7 rows have no generation gap: nothing stands before the answer.",
        "1 of 7 rows have no generation gap: the model answers nothing that can be scored.",
    ]
    assert np.flatnonzero(found.complete).tolist() == [0, 1, 5]


def test_an_answer_of_one_token_that_nothing_can_stand_before_is_said(tmp_path):
    own = load_language_model(str(make_tiny_language_model(tmp_path / "m", ends=False)), device="cpu")
    assert score_answers(ROWS[-1:], own).notes() == [
        "1 of 1 rows have no score: the answer is one token, and the tokenizer has none to stand before it."
    ]


def test_progress_goes_on_within_a_stretch_and_while_tokens_are_made(model, monkeypatch):
    monkeypatch.setattr("core.lm.language_model._TOKENS", {"cpu": 40})
    rows = [Example((("user", "a" * 20),), "b" * 15)] * 30
    said = []
    score_answers(
        rows,
        model,
        scores=["log_perplexity", "ifd", "generation_gap"],
        most=4,
        progress=lambda share, message: said.append((share, message)),
    )
    shares = [share for share, _ in said]
    assert said[0] == (0, "Split 0 of 30 rows into tokens")
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(set(shares)) > 60, "30 batches of a row each given what stands before, 15 of two alone, and 30 generated"


def test_a_batch_has_no_more_logits_than_there_is_memory_for(model, monkeypatch):
    assert model.tokens_at_once == 2048
    monkeypatch.setattr(model, "vocabulary", 151_936)  # 4 bytes each: 256 MiB are 441 tokens
    assert model.tokens_at_once == 441
    monkeypatch.setattr(model, "vocabulary", 10**9)
    assert model.tokens_at_once == 1
    batches, losses = [], model.losses
    monkeypatch.setattr(model, "losses", lambda batch: batches.append(len(batch)) or losses(batch))
    found = score_answers(ROWS[:2], model, scores=["log_perplexity"])
    assert batches == [1, 1], "never less than a row"
    assert np.isfinite(found.given).all()


def test_what_stands_beside_a_row_in_a_batch_does_not_matter(model):
    rng = np.random.default_rng(0)
    rows = [Example((("user", "a" * int(rng.integers(1, 20))),), "b c" * int(rng.integers(1, 12))) for _ in range(40)]
    together = score_answers(rows, model)
    one_by_one = [score_answers([each], model).given[0] for each in rows]
    assert together.given == pytest.approx(one_by_one, rel=1e-5)


def test_a_chat_template_makes_the_turns(tmp_path):
    own = load_language_model(str(make_tiny_language_model(tmp_path / "m", chat=True)), device="cpu")
    assert own.tokenizer.decode(own.prompt_tokens(ROWS[1])) == "<system>be brief<user>hello<assistant>"
    plain = load_language_model(str(make_tiny_language_model(tmp_path / "n")), device="cpu")
    assert plain.tokenizer.decode(plain.prompt_tokens(ROWS[1])) == "<e>be brief\n\nhello\n\n"


def test_a_template_that_refuses_a_turn_is_said(tmp_path):
    folder = make_tiny_language_model(tmp_path / "m", chat=True)
    own = load_language_model(str(folder), device="cpu")
    own.tokenizer.chat_template = "{{ raise_exception('only users here') }}"
    with pytest.raises(UserError, match=r"refuses the turns system, user \(only users here\)"):
        score_answers(ROWS[1:2], own)


def test_what_was_scored_before_a_cancel_is_not_scored_again(model, tmp_path, monkeypatch):
    monkeypatch.setattr("core.lm.scoring._STRETCH", 2)
    store, asked = Store(tmp_path), []
    whole = score_answers(ROWS, model)
    losses = model.losses
    monkeypatch.setattr(model, "losses", lambda batch: asked.append(len(batch)) or losses(batch))

    def stop(share, message):
        if share > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        score_answers(ROWS, model, store=store, progress=stop)
    before = sum(asked)
    found = score_answers(ROWS, model, store=store)
    assert 0 < before < 9
    assert sum(asked) == 9, "five rows, and the four with a prompt without it too"
    assert found.given == pytest.approx(whole.given, nan_ok=True)
    score_answers(ROWS, model, store=store)
    assert sum(asked) == 9


def test_a_row_is_its_last_answer_and_what_was_said_before():
    spoken = [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"), ("user", "e")]
    assert Example.of_turns(spoken) == Example((("user", "a"), ("assistant", "b"), ("user", "c")), "d")
    assert Example.of_turns([("user", "a")]) == Example((("user", "a"),), "")
    assert Example.of_turns([("text", "a")]) == Example((), "a")


@pytest.mark.parametrize("name", ["./nowhere", "~/nowhere", "a/b/c"])
def test_a_folder_that_there_is_not_is_said(name):
    with pytest.raises(UserError, match=r"There is no folder .* or use the small proxy"):
        load_language_model(name)


def test_a_folder_without_a_model_is_said(tmp_path):
    with pytest.raises(UserError, match=r"holds no language model \(no config\.json\)"):
        load_language_model(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match="cannot be loaded as a causal language model"):
        load_language_model(str(tmp_path))


def test_a_hub_model_that_cannot_be_had_is_said(monkeypatch):
    from huggingface_hub import errors

    def refuse(repo, **options):
        raise errors.LocalEntryNotFoundError("not here") if options.get("local_files_only") else OSError("no network")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(UserError, match=r"'org/model' is not on this machine .* or use the small proxy"):
        load_language_model("org/model")


def test_a_model_too_large_for_the_memory_is_refused(folder, monkeypatch):
    monkeypatch.setattr("core.lm.room.available", lambda: 1000)
    with pytest.raises(UserError, match=r"needs about .* of memory on cpu, and 1 kB are free"):
        load_language_model(str(folder), device="cpu")


def test_weights_that_lie_there_in_two_forms_are_counted_once(tmp_path, monkeypatch):
    folder = make_tiny_language_model(tmp_path / "m")
    size = (folder / "model.safetensors").stat().st_size
    monkeypatch.setattr("core.lm.room.available", lambda: int(1.3 * size))
    (folder / "pytorch_model.bin").write_bytes(b"0" * size)
    assert load_language_model(str(folder), device="cpu").name == "m"
    monkeypatch.setattr("core.lm.room.available", lambda: int(1.1 * size))
    with pytest.raises(UserError, match="of memory on cpu"):
        load_language_model(str(folder), device="cpu")


def test_a_closed_model_has_let_go_of_its_weights(folder):
    own = load_language_model(str(folder), device="cpu")
    own.close()
    assert own._model is None


# Generating


def slow_continued(model, prompt, most):
    """One token after the other, all logits anew each time."""
    tokens = list(prompt)
    while len(tokens) - len(prompt) < most and len(tokens) < model.context:
        with torch.inference_mode():
            token = int(model._model(input_ids=torch.tensor([tokens])).logits[0, -1].argmax())
        if token == model.tokenizer.eos_token_id:
            break
        tokens.append(token)
    return tokens[len(prompt) :]


@pytest.mark.parametrize("ends", [True, False])
def test_an_answer_is_the_likeliest_token_again_and_again(tmp_path, ends):
    own = load_language_model(str(make_tiny_language_model(tmp_path / "m", ends=ends, scale=9.0, seed=3)), device="cpu")
    rows = [Example((("user", "abcdefghij" * 3),), ""), *(Example((("user", "q" * n),), "") for n in range(1, 20))]
    for row, found in zip(rows, generate(rows, own, most=12), strict=True):
        assert found == slow_continued(own, own.prompt_tokens(row), 12)


def test_an_answer_is_the_same_alone_and_beside_others(model):
    rows = [Example((("user", "ab"[n % 2] * n),), "") for n in (1, 3, 40, 50, 55, 57, 60)]
    together = generate(rows, model, most=20)
    assert together == [generate([row], model, most=20)[0] for row in rows]
    assert [len(each) for each in together] == [20, 20, 20, 64 - 53, 64 - 58, 64 - 60, 64 - 63], "each its own room"


def test_what_a_folder_says_of_generating_does_not_make_it_less_greedy(tmp_path):
    folder = make_tiny_language_model(tmp_path / "m", scale=4.0)
    (tmp_path / "m" / "generation_config.json").write_text(
        json.dumps({"repetition_penalty": 9.0, "no_repeat_ngram_size": 2, "do_sample": True, "temperature": 3.0})
    )
    own = load_language_model(str(folder), device="cpu")
    for row in ROWS[:2]:
        assert generate([row], own, most=12) == [slow_continued(own, own.prompt_tokens(row), 12)]


@pytest.mark.parametrize("most", [0, -3])
def test_an_answer_of_no_tokens_is_refused(model, most):
    with pytest.raises(UserError, match=rf"The most tokens of an answer are {most}, and must be at least 1\."):
        generate(ROWS[:1], model, most=most)


def test_there_is_no_answer_without_a_prompt_or_without_room(model):
    assert generate([ROWS[2], ROWS[4]], model) == [None, None]
    (found,) = generate([Example((("user", "y" * 58),), "")], model)
    assert len(found) <= 64 - 61


def test_the_generation_gap_is_the_loss_of_the_answer_less_that_of_the_models_own(model, tmp_path):
    store = Store(tmp_path)
    found = score_answers(ROWS, model, scores=["generation_gap"], most=9, store=store)
    assert np.isnan(found.alone).all()
    for row in (0, 1, 5, 6):
        prompt = model.prompt_tokens(ROWS[row])
        own = slow_losses(model, prompt, slow_continued(model, prompt, 9)[: 64 - len(prompt)])
        assert found.generated[row] == pytest.approx(own.mean(), rel=1e-5)
        assert found.of("generation_gap")[row] == pytest.approx(found.given[row] - own.mean(), rel=1e-4)
    assert np.isnan(found.of("generation_gap")[[2, 3, 4]]).all()
    again = score_answers(ROWS, model, scores=["generation_gap"], most=9, store=store)
    assert again.generated == pytest.approx(found.generated, nan_ok=True)


# The proxy

SMALL = ProxySize(words=400, layers=2, heads=2, width=32, context=64, least_steps=120, batch=8, rate=3e-3)


def pool(n=160, seed=0):
    """Answers that follow from the prompt, but for every eighth, which is noise."""
    rng = np.random.default_rng(seed)
    names = ["red", "green", "blue", "white"]
    rows = []
    for number in range(n):
        name = names[rng.integers(4)]
        noise = "".join(rng.choice(list("qwxzvkjp"), 24))
        rows.append(
            Example((("user", f"say {name} three times"),), noise if number % 8 == 0 else f"{name} {name} {name}.")
        )
    return rows


def test_the_proxy_learns_what_can_be_learnt_and_finds_noise_hard(tmp_path):
    rows = pool()
    store = Store(tmp_path)
    proxy = train_proxy(rows, store, size=SMALL, device="cpu")
    assert proxy.name == "proxy (trained on 160 rows)"
    found = score_answers(rows, proxy)
    noise = np.arange(160) % 8 == 0
    assert found.given[noise].min() > found.given[~noise].max()
    assert np.median(found.of("ifd")[~noise]) < 0.9, "the prompt says what comes"
    told = json.loads(next(store.home.glob("models/*/training.json")).read_text())
    assert told["losses"][-1] < 0.5 * told["losses"][0]
    assert told["rows"] == 160


def test_the_proxy_is_trained_once_and_the_same_each_time(tmp_path):
    rows, size = pool(40), ProxySize(words=300, layers=1, heads=1, width=16, context=32, least_steps=4, most_steps=4)
    steps = []
    one = train_proxy(rows, Store(tmp_path / "a"), size=size, device="cpu", progress=lambda *said: steps.append(said))
    assert steps
    steps.clear()
    train_proxy(rows, Store(tmp_path / "a"), size=size, device="cpu", progress=lambda *said: steps.append(said))
    assert not steps
    two = train_proxy(rows, Store(tmp_path / "b"), size=size, device="cpu")
    assert score_answers(rows, one).given == pytest.approx(score_answers(rows, two).given, rel=1e-4)
    other = train_proxy(rows, Store(tmp_path / "b"), size=size, seed=1, device="cpu")
    assert other.key != two.key


def test_the_proxy_says_how_far_its_texts_are_tokens(tmp_path, monkeypatch):
    rows, size = pool(40), ProxySize(words=300, layers=1, heads=1, width=16, context=32, least_steps=2, most_steps=2)
    whole = train_proxy(rows, Store(tmp_path / "a"), size=size, device="cpu")
    monkeypatch.setattr("core.lm.proxy._TEXTS", 16)
    said = []
    parts = train_proxy(rows, Store(tmp_path / "b"), size=size, device="cpu", progress=lambda *each: said.append(each))
    assert [words for _, words in said if "tokens" in words] == [
        f"Split {n} of 40 rows into tokens" for n in (0, 16, 32)
    ]
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    assert score_answers(rows, parts).given == pytest.approx(score_answers(rows, whole).given, rel=1e-4)


def test_a_cancelled_proxy_leaves_nothing_behind(tmp_path):
    store = Store(tmp_path)

    def stop(share, message):
        if "step 2" in message:
            raise Cancelled

    with pytest.raises(Cancelled):
        train_proxy(pool(40), store, size=SMALL, device="cpu", progress=stop)
    assert list((tmp_path / "models").iterdir()) == []


def test_no_text_is_no_proxy(tmp_path):
    with pytest.raises(UserError, match="no text to train the proxy on"):
        train_proxy([Example((), "")], Store(tmp_path))


def test_the_proxy_has_no_seed_below_0(tmp_path):
    with pytest.raises(UserError, match=r"The seed is -1, and must be a whole number from 0"):
        train_proxy(pool(40), Store(tmp_path), seed=-1)


# The command line


def test_scores_are_written_as_columns_that_select_can_use(tmp_path, folder, capsys):
    data = tmp_path / "pool.jsonl"
    lines = [json.dumps({"instruction": f"say {n}", "output": "x" * (n % 7) + "y"}) for n in range(30)]
    lines[4] = json.dumps({"instruction": "say nothing", "output": ""})
    lines[5] = json.dumps({"instruction": "", "output": "said unasked"})
    data.write_text("\n".join(lines) + "\n")
    out = tmp_path / "scored.jsonl"
    command = ["score", str(data), "--model", str(folder), "--out", str(out), "--device", "cpu", "--quiet"]
    assert main([*command, "--home", str(tmp_path / "home")]) == 0
    said = capsys.readouterr()
    assert "28 of 30 rows scored by tiny on cpu." in said.out, "by both scores"
    assert "1 of 30 rows have no score: there is no answer." in said.err
    assert "1 of 30 rows have no IFD: nothing stands before the answer." in said.err
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [{k: v for k, v in row.items() if not k.startswith("gamut_")} for row in rows] == [*map(json.loads, lines)]
    examples = [Example((("user", f"say {n}"),), "" if n == 4 else "x" * (n % 7) + "y") for n in range(30)]
    examples[5] = Example((), "said unasked")
    found = score_answers(examples, load_language_model(str(folder), device="cpu"))
    for row, given, ifd in zip(rows, found.given, found.of("ifd"), strict=True):
        assert row["gamut_log_perplexity"] == (None if np.isnan(given) else pytest.approx(given))
        assert row["gamut_ifd"] == (None if np.isnan(ifd) else pytest.approx(ifd))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--scores", "beauty"], "There is no score 'beauty'. The scores: log_perplexity, ifd, generation_gap."),
        (["--scores", ","], "There is no score ''"),
        (["--out", "ids.txt"], "ids.txt holds no table of rows"),
        (["--model", "./nowhere"], "There is no folder ./nowhere"),
        (["--most-tokens", "0"], "--most-tokens 0: give a whole number from 1."),
        (["--most-tokens", "-4"], "--most-tokens -4: give a whole number from 1."),
        (["--seed", "-1"], "--seed is -1, and must be a whole number of at least 0."),
        (["--seed", str(1 << 64)], "The seed is 18446744073709551616, and must be a whole number from 0"),
    ],
)
def test_what_cannot_be_scored_is_said(tmp_path, capsys, words, message):
    data = tmp_path / "pool.jsonl"
    data.write_text('{"instruction": "a", "output": "b"}\n')
    command = ["score", str(data), "--home", str(tmp_path / "home"), "--quiet", "--out", str(tmp_path / "o.jsonl")]
    assert main([*command, *words]) == 2
    assert message in capsys.readouterr().err
