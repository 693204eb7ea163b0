"""A pool with three planted kinds of cluster, and where each scorer takes the weights (METHODS 4.2).

Easy: one answer to all prompts. Hard but learnable: the answer hangs on a word of the prompt. Noise: prompts like
those of the others, and random letters for an answer. The base has read all of it but the easy answer, each text by
itself, so that it knows the words, and not which answer belongs to which prompt.
"""

import json

import numpy as np
import pytest

from core.lm import Example, Training, train_proxy
from core.lm.proxy import ProxySize
from core.opening import dataset_with_vectors, open_dataset
from core.refinement import NOISE, Loop, Plan, begin, go_on, score_round
from core.store import Store

KEYS = ("red", "blue", "green", "black", "white", "brown", "gold", "grey")
VALUES = ("one", "two", "three", "four", "five", "six", "seven", "nine")
EASY, HARD, NOISY = 0, 1, 2
PATTERN = (EASY, HARD, NOISY, EASY, HARD)
ROWS, DRAWN = 500, 80
SEEDS = (0,)
SIZE = ProxySize(
    words=300, layers=2, heads=2, width=64, context=32, least_steps=300, most_steps=300, batch=8, rate=2e-3
)


def letters(rng, count):
    return "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), count))


def planted_row(kind, rng):
    key, like = int(rng.integers(8)), kind if kind != NOISY else int(rng.integers(2))
    prompt = f"{letters(rng, 5)} say it" if like == EASY else f"{letters(rng, 5)} {KEYS[key]} then"
    hard = f"{VALUES[key]} {VALUES[(3 * key + 1) % 8]}"
    return {"instruction": prompt, "output": ("yes yes yes", hard, letters(rng, 2))[kind]}


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    """The study, the kind of each row, the folder of the base and that of the judge."""
    folder = tmp_path_factory.mktemp("planted")
    rng = np.random.default_rng(0)
    kinds = np.array([PATTERN[row % len(PATTERN)] for row in range(ROWS)])
    rows = [planted_row(kind, rng) for kind in kinds]
    (folder / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    np.save(folder / "v.npy", np.eye(3, 8)[kinds] * 9 + rng.standard_normal((ROWS, 8)))
    store = Store(folder / "home")
    study = dataset_with_vectors(open_dataset([folder / "pool.jsonl"], store), str(folder / "v.npy"), store)
    alone = [row["instruction"] for row in rows]
    alone += [row["output"] for row, kind in zip(rows, kinds, strict=True) if kind != EASY]
    base = train_proxy([Example((), text) for text in alone], store, size=SIZE, device="cpu")
    return study, kinds, str(base.folder), make_judge(folder / "judge", base.tokenizer)


def make_judge(folder, tokenizer):
    """A reward model that gives 1 where the last token is one that ends a word of the real answers, else -1."""
    import torch
    from transformers import GPT2Config, GPT2ForSequenceClassification

    tokenizer.save_pretrained(folder)
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=64,
        n_embd=4,
        n_layer=1,
        n_head=1,
        num_labels=1,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    judge = GPT2ForSequenceClassification(config)
    good = [tokenizer(f"yes {word}", add_special_tokens=False)["input_ids"][-1] for word in (*VALUES, "yes")]
    side = torch.tensor([1.0, -1.0, 1.0, -1.0])  # of mean 0 and variance 1, so that norms leave it as it is
    with torch.no_grad():
        for each in judge.parameters():
            each.zero_()  # the block adds nothing to what comes in
        body = judge.transformer
        body.wte.weight[:] = -side
        body.wte.weight[good] = side
        body.ln_f.weight[:] = 1
        judge.score.weight[0] = side / 4
    judge.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def moved(pool):
    """scorer -> (seeds, rounds, kinds): the weights of each round."""
    study, kinds, base, judge = pool
    found = {}
    for scorer in ("perplexity", "ifd", "learnability", "reward"):
        lines = []
        for seed in SEEDS:
            how = Training(epochs=10, batch=8, rate=5e-4, seed=seed)
            reward = judge if scorer == "reward" else None
            loop = Loop(base, scorer, reward, training=how, most_tokens=16, device="cpu")
            state = begin(study, Plan(budget=str(3 * DRAWN), clusters=3, held_out=0.1, seed=seed))
            order = np.argsort([kinds[state.pool[state.labels == cluster]][0] for cluster in range(3)])
            while not state.done:
                state = go_on(study, state, score_round(study, state, loop))
            lines.append([np.array(each.weights)[order] for each in state.rounds])
        found[scorer] = np.array(lines)
    return found


def test_clusters_are_the_planted_kinds(pool):
    study, kinds, _, _ = pool
    state = begin(study, Plan(budget="240", clusters=3))
    for cluster in range(3):
        assert len(set(kinds[state.pool[state.labels == cluster]])) == 1


def test_by_perplexity_noise_gains_most_and_what_is_easy_loses(moved):
    last = moved["perplexity"][:, -1]
    assert (last[:, NOISY] > 0.6).all()
    assert (last[:, EASY] < 0.25).all()
    assert "Noise keeps a high gap by perplexity" in NOISE
    assert NOISE in Loop(scorer="perplexity").notes


def test_by_ifd_noise_is_damped_and_what_is_hard_gains_over_what_is_easy(moved):
    last = moved["ifd"][:, -1]
    assert (last[:, HARD] > 0.4).all()
    assert (last[:, HARD] > last[:, NOISY]).all()
    assert (last[:, EASY] < 0.25).all()
    assert (last[:, NOISY] < moved["perplexity"][:, -1, NOISY] - 0.2).all()


def test_by_learnability_noise_loses_to_what_can_be_learnt(moved):
    last = moved["learnability"][:, -1]
    assert (last[:, NOISY] < last[:, HARD]).all()
    assert (last[:, NOISY] < last[:, EASY]).all()
    assert (last[:, NOISY] < 0.2).all()


def test_by_a_reward_model_that_knows_noise_noise_loses(moved):
    last = moved["reward"][:, -1]
    assert (last[:, NOISY] < last[:, HARD]).all()
    assert (last[:, NOISY] < last[:, EASY]).all()
    assert (last[:, NOISY] < 0.2).all()
