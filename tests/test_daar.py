"""DaaR: which pairs are kept, which domain a row is of, how uncertain that is, which rows are chosen, and its names."""

import json
import math
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.cli.daar import _named
from core.daar import (
    BINS,
    DAAR_PARAMS,
    Domain,
    Plan,
    arms,
    best_arm,
    daar,
    differs,
    domains_in,
    outcome,
    outcome_sentences,
    parse_examples,
    read_examples,
    read_manifest,
    sentences,
    with_examples,
)
from core.daar.clusters import nearest, settled
from core.daar.picking import contrastive, jaccard, taken
from core.daar.probing import probed, standardised
from core.daar.prompts import cleaned, question_prompt
from core.daar.rows import divided, division_notes
from core.daar.synthesis import write_pairs
from core.errors import UserError
from core.geometry import Space
from core.lm import HeldOut, LanguageModel, Training, load_language_model, mean_states
from core.progress import silent
from core.rank_correlation import rank_correlation
from core.selectors import Domains
from core.store import Store
from core.study import Study
from tests.tiny_language_model import make_tiny_language_model

WORDS = {
    "maths": ["sum", "plus", "minus", "seven", "equals", "number"],
    "law": ["court", "judge", "claim", "appeal", "treaty", "clause"],
    "cooking": ["salt", "onion", "butter", "boil", "flour", "oven"],
}
PAIR = (Domain("law"), Domain("code"))


# What a person gives


def test_domains_are_written_with_commas_and_sentences():
    found = domains_in("maths: sums, proofs; law\n code : programs, scripts\nart, music, ")
    assert [(each.name, each.sentence) for each in found] == [
        ("maths", "sums, proofs"),
        ("law", ""),
        ("code", "programs, scripts"),
        ("art", ""),
        ("music", ""),
    ]
    with pytest.raises(UserError, match="whether 'code' is a domain or part of the sentence"):
        domains_in("maths: sums, code: programs")
    assert [each.threshold for each in found[:3]] == [0.9, 0.85, 0.85]
    assert Domain("law", tau=0.5).threshold == 0.5


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, "Name the domains, or a column"),
        ({"domains": PAIR, "label": "topic"}, "one of the two"),
        ({"domains": PAIR[:1]}, "at least two domains"),
        ({"domains": (Domain("a"), Domain("a"))}, "'a' is named twice"),
        ({"domains": (Domain("a"), Domain("b", examples=(("p", "r"),)))}, "'a' has no examples"),
        ({"domains": PAIR, "model": "embeddings"}, "Embeddings write no pairs"),
        ({"domains": PAIR, "share": "5k tokens"}, "not of tokens"),
        ({"domains": PAIR, "share": "much"}, "The budget 'much'"),
        ({"domains": PAIR, "layer": 0}, "layer is 0, and must be a whole number from 1"),
        ({"domains": PAIR, "target": "art"}, "must be a domain: law, code"),
        ({"domains": PAIR, "probes": ("tree",)}, "no probe 'tree'"),
        ({"domains": PAIR, "probes": ()}, "Name a probe"),
        ({"domains": PAIR, "probes": ("logistic",), "mode": "paper"}, "chooses by the probe mlp"),
        ({"domains": PAIR, "seed": -1}, "The seed is -1"),
        ({"domains": PAIR, "held_out": 0.9}, "held_out is 0.9"),
    ],
)
def test_a_bad_plan_is_refused_in_a_sentence(how, said):
    with pytest.raises(UserError, match=said):
        Plan(**how)


def test_a_plan_is_itself_again_from_its_json_and_nothing_else_is_a_plan():
    plan = Plan(domains=(Domain("law", "courts", 0.7, (("p", "r"),)), Domain("b", examples=(("q", ""),))), held_out=0.1)
    assert Plan.from_json(json.loads(json.dumps(plan.as_json()))) == plan
    assert set(DAAR_PARAMS) < set(plan.as_json())
    for wrong in (
        {"depth": 3},
        {"model": 3},
        {"seed": True},
        {"domains": "law"},
        {"domains": [{"tau": 1}]},
        {"label": 1},
    ):
        with pytest.raises(UserError):
            Plan.from_json(plan.as_json() | wrong)


def test_examples_are_read_line_by_line_and_a_wrong_line_is_named(tmp_path):
    line = json.dumps({"domain": "law", "prompt": "Who judges?", "response": "A court."})
    assert parse_examples([line, "", line], "x") == {"law": (("Who judges?", "A court."),) * 2}
    for wrong, said in (("{", "line 2: not JSON"), ('{"domain": "law"}', "line 2: an example has the texts")):
        with pytest.raises(UserError, match=said):
            parse_examples([line, wrong], "x")
    odd = json.dumps({"domain": "law", "prompt": "a\u2028b\x85c", "response": "d"}, ensure_ascii=False)
    file = tmp_path / "pairs.jsonl"
    file.write_text(f"{odd}\r\n{odd}\n", encoding="utf-8", newline="")
    assert read_examples(file) == {"law": (("a\u2028b\x85c", "d"),) * 2}
    with pytest.raises(UserError, match="'art', which is not among"):
        with_examples(PAIR, {"art": (("p", "r"),)})


@pytest.mark.parametrize(
    ("how", "title"),
    [
        ({"domains": PAIR, "model": "models/llm"}, "DaaR"),
        ({"domains": PAIR}, "DaaR with the proxy"),
        ({"label": "topic", "model": "models/llm"}, "Entropy selection with given labels"),
        ({"label": "topic", "model": "embeddings"}, "Entropy selection (DaaR on embeddings)"),
    ],
)
def test_only_what_is_daar_is_called_so(how, title):
    assert Plan(**how).title == title
    given = tuple(Domain(each.name, examples=(("p", "r"),)) for each in PAIR)
    assert Plan(domains=given, model="models/llm").title == "Entropy selection with given examples"


# Pairs


class Scripted:
    """Writes what the script says, and keeps what it was told."""

    def __init__(self, script):
        self.script, self.told = iter(script), []

    def questions(self, asked, seed):
        self.told += [list(others) for _, others in asked]
        return [next(self.script) for _ in asked]

    def answers(self, questions, seed):
        return ["" if each == "mute" else f"re {each}" for each in questions]


def angle(pairs):
    """A pair whose question is a number of degrees, as the vector in that direction."""
    degrees = np.radians([float(question) for question, _ in pairs])
    return np.stack([np.cos(degrees), np.sin(degrees)], axis=1).astype(np.float32)


TEN_DEGREES = Domain("law", tau=math.cos(math.radians(10)))


def write(script, domain=TEN_DEGREES, **how):
    writer = Scripted(script)
    settings = {"seeds": 2, "pairs": 5, "window": 2, "tries": 2, "seed": 0} | how
    return write_pairs([domain], writer, angle, **settings, progress=silent)[0], writer


def test_a_pair_is_kept_where_its_cosine_to_all_that_are_kept_is_below_tau():
    # 0 and 3 are seeds, which are not compared; 12 is 9 from 3; 20 is 17 from 3; 8 near 3; 33 and 60 are far
    found, _ = write(["0", "3", "12", "20", "8", "33", "60"])
    assert [question for question, _ in found.pairs] == ["0", "3", "20", "33", "60"]
    assert (found.tried, found.alike, found.blank) == (7, 2, 0)
    slow = ["0", "3"]
    for each in ["12", "20", "8", "33", "60"]:
        cosines = [math.cos(math.radians(float(each) - float(other))) for other in slow]
        if max(cosines) < math.cos(math.radians(10)):
            slow.append(each)
    assert [question for question, _ in found.pairs] == slow


def test_the_last_pairs_that_were_kept_are_the_counter_examples_and_seeds_have_none():
    _, writer = write(["0", "20", "21", "40", "60", "80"])
    assert writer.told == [[], [], ["0", "20"], ["0", "20"], ["20", "40"], ["40", "60"]]
    _, writer = write(["0", "20", "40", "60", "80"], window=0)
    assert writer.told == [[]] * 5
    _, writer = write(["0", "20", "40", "60", "80"], window=3)
    assert writer.told == [[], [], ["0", "20"], ["0", "20", "40"], ["20", "40", "60"]], "all, where there are fewer"


def test_what_is_empty_or_a_copy_is_never_kept_and_attempts_end():
    found, _ = write(["0", "0", "", "mute", "0", *["1"] * 10], seeds=3)
    assert [question for question, _ in found.pairs] == ["0", "1"]
    assert found.tried == 10, "two for each that was wanted"
    assert found.blank == 2
    assert found.tried == len(found.pairs) + found.blank + found.alike


def test_a_question_is_asked_for_with_its_counter_examples_and_read_without_marks():
    asked = question_prompt(Domain("law", "courts"), ["Who judges?", "x" * 400], chats=True)
    assert "the domain law (courts)" in asked
    assert "- Who judges?" in asked
    assert len(asked) < 500
    assert question_prompt(Domain("law"), [], chats=False).endswith("Question:")
    assert cleaned(" Question: Who?\nAnswer: I.") == "Who?"
    assert cleaned('Answer: "Yes"') == "Yes"


# Domains of rows


def naive_kmeans(rows, start):
    centroids = [point / np.linalg.norm(point) for point in start.astype(float)]
    before = None
    while True:
        of = [min(range(len(centroids)), key=lambda k: ((row - centroids[k]) ** 2).sum()) for row in rows]
        if of == before:
            return of
        before = of
        for k in range(len(centroids)):
            mine = [row for row, each in zip(rows, of, strict=True) if each == k]
            if mine:
                centroids[k] = np.mean(mine, axis=0)


def test_pseudo_domains_are_those_of_a_naive_k_means_from_the_same_centroids():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((90, 5)) + np.repeat(np.eye(5)[:3] * 2, 30, axis=0)
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    start = np.concatenate([np.eye(5)[:3] * 7 + 0.5, -np.ones((1, 5)) * 100])
    centroids = settled(rows, start)
    assert nearest(rows, centroids).tolist() == naive_kmeans(rows.astype(float), start)
    far = np.array([[9.0, 0, 0, 0, 0], [-0.1, 0, 0, 0, 0]])
    only = settled(rows[:1] * 0 + np.eye(5, dtype=np.float32)[:1], far)
    assert np.allclose(only[1], [-1, 0, 0, 0, 0]), "a domain that no row is nearest to keeps its centroid"


# Entropies


def two_groups(n=1200, between=120, seed=0):
    """Rows of two groups and, at the end, rows half-way between them; a third dimension says nothing."""
    rng = np.random.default_rng(seed)
    of = np.arange(n) % 2
    rows = np.zeros((n, 32))
    rows[:, 0] = np.where(of == 0, 1, -1)
    rows[n - between :, 0] = 0
    rows += 0.15 * rng.standard_normal(rows.shape)
    rows[:, 1] += 1
    return rows.astype(np.float32), of.astype(np.int64), np.arange(n) >= n - between


@pytest.mark.parametrize("mode", ["default", "paper"])
def test_planted_rows_between_two_domains_have_the_highest_entropy(mode):
    rows, of, planted = two_groups()
    rng = np.random.default_rng(1)
    learn = rng.random(len(rows)) < 0.5
    pool = ~learn if mode == "paper" else np.ones(len(rows), dtype=bool)
    plan = Plan(domains=PAIR, mode=mode, folds=2)
    found = probed(rows, Domains(of, ("a", "b")), learn, pool, plan, silent)
    values = found.entropies["mlp"] if found.guessed is None else found.guessed
    there = planted[pool]
    top = np.argsort(-values)[: there.sum()]
    assert there[top].mean() > 0.75
    for each in found.entropies.values():
        assert each[there].mean() > 1.5 * each[~there].mean()
        assert each.max() <= math.log(2) + 1e-9
    assert 0.9 < found.accuracy <= 1
    assert sum(count for _, _, count in found.curve) == pool.sum()
    assert sum(right * count for _, right, count in found.curve) / pool.sum() == pytest.approx(found.accuracy)
    slow = sum(abs(sure - right) * count for sure, right, count in found.curve) / pool.sum()
    assert found.calibration == pytest.approx(slow)
    if mode == "paper":
        truth = found.entropies["mlp"]
        assert found.r2 == pytest.approx(1 - ((truth - values) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())
        assert found.r2 > 0.3
        assert found.rank == pytest.approx(rank_correlation(truth, values))
    else:
        assert (found.guessed, found.r2, found.rank) == (None, None, None)


def test_where_every_held_out_row_is_right_nothing_is_hardened():
    rng = np.random.default_rng(0)
    of = np.arange(300) % 2
    rows = (np.where(of == 0, 1, -1)[:, None] * [1, 0, 0] + 0.05 * rng.standard_normal((300, 3))).astype(np.float32)
    every = np.ones(300, dtype=bool)
    plan = Plan(domains=PAIR, probes=("logistic",), folds=3)
    found = probed(rows, Domains(of, ("a", "b")), every, every, plan, silent)
    assert found.accuracy == 1
    assert found.temperatures == (1.0,) * 3
    assert len(np.unique(found.entropies["logistic"])) > 250, "else rows come by their numbers"


def test_states_are_centred_and_scaled_by_the_rows_that_are_learned_from_alone():
    rows = np.array([[1, 5, 100], [3, 5, 300], [9, 9, 900]], dtype=np.float32)
    found = standardised(rows, np.array([True, True, False]))
    assert np.allclose(found, [[-1, 0, -1], [1, 0, 1], [7, 0, 7]])


# Picks


def test_rows_come_by_falling_entropy_and_a_target_gives_half_of_its_rows():
    rng = np.random.default_rng(0)
    values, of = rng.random(200).round(1), rng.integers(0, 3, 200)
    domains = Domains(of, ("law", "code", "maths"))
    plan = Plan(domains=(*PAIR, Domain("maths")), share="15%")
    slow = sorted(range(200), key=lambda row: (-values[row], row))
    assert taken(values, domains, plan).tolist() == slow[:30]
    aimed = taken(values, domains, Plan(domains=plan.domains, target="code"))
    for number, share in enumerate((0.1, 0.5, 0.1)):
        mine = [row for row in slow if of[row] == number]
        assert [row for row in aimed if of[row] == number] == mine[: round(share * len(mine))]
    assert (np.diff(values[aimed]) <= 0).all()
    with pytest.raises(UserError, match="300 rows are asked for, and the pool has 200"):
        taken(values, domains, Plan(domains=plan.domains, share="300"))


def test_contrastive_bins_are_the_outer_fifths_of_every_domain():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((100, 6))
    of = np.arange(100) % 2
    found = contrastive(Space(rows), Domains(of, ("a", "b")), 20)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    centroids = [unit[of == k].mean(axis=0) for k in (0, 1)]
    cosine = np.array([[row @ c / np.linalg.norm(c) for c in centroids] for row in unit])
    for k in (0, 1):
        mine = np.flatnonzero(of == k)
        by_other, by_own = cosine[mine, 1 - k].argsort(), cosine[mine, k].argsort()
        expected = dict(zip(BINS, (by_other[-10:], by_other[:10], by_own[:10], by_own[-10:]), strict=True))
        for name, places in expected.items():
            assert set(mine[places]) == {row for row in found[name] if of[row] == k}, name
    assert jaccard(np.array([1, 2, 3]), np.array([3, 4])) == 1 / 4


# The whole


def lines(n=150, seed=0):
    """Rows of three domains, every fifth of which is half of another."""
    rng, found, names = np.random.default_rng(seed), [], list(WORDS)
    for row in range(n):
        own = names[row % 3]
        words = list(rng.choice(WORDS[own], 6))
        if row % 5 == 0:
            words[:3] = rng.choice(WORDS[names[(row + 1) % 3]], 3)
        found.append({"prompt": " ".join(words[:3]), "response": " ".join(words[3:]) + f" {row}", "topic": own})
    return found


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("daar")
    file = folder / "pool.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines()))
    from core.opening import dataset_with_vectors, open_dataset

    store = Store(folder / "home")
    np.save(folder / "v.npy", np.random.default_rng(0).standard_normal((150, 8)).astype(np.float32))
    return dataset_with_vectors(open_dataset([file], store), str(folder / "v.npy"), store)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = make_tiny_language_model(tmp_path_factory.mktemp("lm") / "tiny", context=256, scale=3.0)
    return str(folder)


def small(model, **how):
    domains = tuple(Domain(name, tau=1.0) for name in WORDS)
    given = {"domains": domains, "layer": 1, "pairs": 3, "seeds": 1, "most_tokens": 8, "folds": 2}
    return Plan(model=model, **given | {"probes": ("logistic", "closed form")} | how)


@pytest.fixture(scope="module")
def found(study, model):
    return daar(study, small(model, held_out=0.1))


def test_the_whole_method_runs_with_a_model_that_writes_the_domains(study, model, found):
    assert found.plan.title == "DaaR"
    assert len(found.held_out) == 15
    assert len(found.pool) == 135
    assert not np.isin(found.held_out, found.pool).any()
    assert len(found.chosen) == 27
    assert all(len(rows) == 27 for rows in (*found.bins.values(), *found.others.values(), *found.random))
    assert found.chosen.tolist() == found.pool[np.argsort(-found.entropy, kind="stable")[:27]].tolist()
    assert found.chosen[0] == found.certain(1, most=False)[0]
    assert found.certain(1, most=True)[0] == found.pool[found.entropy.argmin()]
    assert (found.domain >= 0).all()
    assert found.shares(found.pool).sum() == pytest.approx(1)
    assert all(1 <= len(pairs) <= 3 for pairs in found.pairs)
    assert all(question and answer for pairs in found.pairs for question, answer in pairs)
    loaded = load_language_model(model)
    texts = [study.texts[row] for row in range(150)]
    unit = Space(mean_states(texts, loaded, 0)).unit.astype(float)
    start = np.array(
        [mean_states([f"{a}\n{b}" for a, b in pairs], loaded, 0).astype(float).mean(axis=0) for pairs in found.pairs]
    )
    rest = np.setdiff1d(np.arange(150), found.held_out)
    assert found.domain[rest].tolist() == naive_kmeans(unit[rest], start)
    lengths = [len(loaded.text_tokens(texts[row])) for row in found.pool]
    assert found.lengths.tolist() == lengths
    assert found.quality.with_length == pytest.approx(rank_correlation(found.entropy, np.array(lengths, dtype=float)))
    assert any("of the rows' domains" in each for each in sentences(found))


def test_asked_twice_it_is_worked_out_once(study, model, found, monkeypatch):
    monkeypatch.setattr("core.daar.run._worked", None)
    again = daar(study, small(model, held_out=0.1))
    assert json.dumps(again.as_json(study)) == json.dumps(found.as_json(study))


def test_what_a_cancel_leaves_is_not_written_again(study, model, found, monkeypatch):
    monkeypatch.setattr("core.lm.LanguageModel.sampled", None)  # the pairs are those of the fixture
    other = daar(study, small(model, held_out=0.1, share="10%"))
    assert other.pairs == found.pairs
    assert other.chosen.tolist() == found.chosen[: len(other.chosen)].tolist()


def test_the_mode_paper_sets_rows_aside_and_says_so(study, model):
    found = daar(study, small(model, mode="paper", probes=("mlp",)))
    assert len(found.labelled) == 30
    assert not np.isin(found.labelled, found.pool).any()
    assert found.chosen.tolist() == found.pool[np.argsort(-found.guessed, kind="stable")[:24]].tolist()
    assert "30 rows were set aside for the probe and cannot be chosen, fewer than 5,000" in " ".join(found.notes)
    assert "The foretold entropy explains" in " ".join(found.notes)


def test_padding_does_not_make_entropy_follow_length(model, tmp_path):
    """Rows of one letter in any number say the same at every length, and must be about equally uncertain."""
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("ab"), size)) for size in rng.integers(20, 200, 90)]
    loaded = load_language_model(model)
    together = mean_states(texts, loaded, 1)
    alone = np.concatenate([mean_states([text], loaded, 1) for text in texts[:20]])
    assert np.allclose(together[:20], alone, atol=1e-5), "whatever stands beside it in a batch"


def test_labels_and_examples_stand_in_for_written_pairs(study, model):
    labelled = daar(study, small(model, domains=(), label="topic"))
    assert labelled.plan.title == "Entropy selection with given labels"
    topics = np.array([line["topic"] for line in lines()])
    assert np.array_equal(np.array(labelled.names)[labelled.domain], topics)
    assert labelled.pairs == ()
    examples = {
        name: tuple((" ".join(words[:3]), " ".join(words[3:])) for _ in range(2)) for name, words in WORDS.items()
    }
    given = daar(study, small(model, domains=with_examples((), examples)))
    assert given.plan.title == "Entropy selection with given examples"
    assert given.pairs == tuple(examples.values())
    assert given.tried == ()
    on_vectors = daar(study, small("embeddings", domains=(), label="topic"))
    assert on_vectors.quality.unit == "characters"
    with pytest.raises(UserError, match="vectors of its own, and examples would have to be embedded"):
        daar(study, small("embeddings", domains=with_examples((), examples)))
    with pytest.raises(UserError, match="has 1 different values, and domains are 2"):
        daar(study.subset(np.arange(0, 150, 3), "one"), small("embeddings", domains=(), label="topic"))


def test_what_cannot_be_done_is_said(study, model):
    alone = Study.of_vectors(np.random.default_rng(0).standard_normal((60, 4)), name="numbers")
    with pytest.raises(UserError, match="numbers has vectors alone"):
        daar(alone, small(model))
    with pytest.raises(UserError, match="has 24 distinct rows that can be read: 5 for the probe"):
        daar(study.subset(np.arange(24), "few"), small(model, mode="paper", probes=("mlp",)))
    with pytest.raises(UserError, match="layer"):
        daar(study, small(model, layer=9))
    with pytest.raises(UserError, match="No rows were held out"):
        outcome(study, daar(study, small("embeddings", domains=(), label="topic")), model=model)


@pytest.mark.parametrize("keep_copies", [False, True])
def test_no_copy_of_a_held_out_row_is_chosen_or_learned_from(tmp_path, keep_copies):
    vectors = np.tile(np.random.default_rng(0).standard_normal((100, 4)), (3, 1))
    tripled = Study.of_vectors(vectors, name="thrice")
    plan = Plan(model="embeddings", label="topic", keep_copies=keep_copies, held_out=0.2)
    rows = divided(tripled, plan)
    assert len(rows.held_out) == 20
    assert not set(rows.held_out % 100) & {*(rows.pool % 100), *(rows.labelled % 100)}
    assert len(rows.pool) == (240 if keep_copies else 80)
    assert rows.copies == 300 - 20 - len(rows.pool)
    said = "of rows that are held out" if keep_copies else "of earlier rows"
    assert f"{rows.copies} exact copies {said} are neither chosen" in " ".join(division_notes(rows, plan, tripled))


def test_rows_of_which_a_model_reads_nothing_are_left_out_and_counted(study, model, monkeypatch):
    whole = LanguageModel.text_tokens
    blank = [study.texts[7], study.texts[30]]
    monkeypatch.setattr(LanguageModel, "text_tokens", lambda own, text: [] if text in blank else whole(own, text))
    found = daar(study, small(model, domains=(), label="topic", seed=3))
    assert not np.isin([7, 30], found.pool).any()
    assert found.domain[[7, 30]].tolist() == [-1, -1]
    assert "2 rows have no text that the model reads, and are left out; the first is row 8." in found.notes


def test_a_model_that_writes_nothing_is_refused_and_nothing_is_invented(study, model, monkeypatch):
    monkeypatch.setattr("core.lm.LanguageModel.sampled", lambda self, prompts, *_, **__: [[] for _ in prompts])
    with pytest.raises(UserError, match="wrote no pair for 'maths' in 6 attempts"):
        daar(study, small(model, seed=5, pairs=2))


def test_every_arm_is_as_large_and_losses_come_by_domain(study, model, found):
    sets = arms(found, 2)
    assert set(sets) == {"chosen", "random", *BINS}
    assert {len(rows) for each in sets.values() for rows in each} == {27}
    assert len(sets["random"]) == 2
    losses = outcome(study, found, training=Training(epochs=1, batch=27), seeds=1)
    assert set(losses.arms) == {"base", *sets}
    assert losses.losses["chosen"].shape == (1, 15)
    said = outcome_sentences(found, losses)
    assert any(each.startswith("chosen: ") and "from random" in each for each in said)
    assert "Each was trained on 27 rows" in said[-1]
    again = outcome(study, found, training=Training(epochs=1, batch=27), seeds=1)
    assert np.array_equal(again.losses["random"], losses.losses["random"])


def test_nothing_is_declared_where_seeds_trained_alike(found):
    same = {"base": np.full((1, 2), 3.0), "chosen": np.full((3, 2), 1.0), "random": np.full((3, 2), 2.0)}
    losses = HeldOut((0, 1), (0, 1, 2), same)
    mean = losses.mean

    def alike(arm, *others):
        return replace(mean(arm), low=None, high=None)

    for name in ("mean", "difference"):
        object.__setattr__(losses, name, alike)
    said = outcome_sentences(found, losses)
    assert any(
        each.startswith("chosen") and "the seeds trained alike, and nothing can be told" in each for each in said
    )
    assert best_arm(losses) is None
    once = HeldOut((0, 1), (0,), {arm: each[:1] for arm, each in same.items()})
    assert "With one seed there are no intervals" in outcome_sentences(found, once)[-1]
    assert best_arm(once) is None
    apart = same | {
        "chosen": np.array([[1.0, 1], [1.01, 1], [0.99, 1]]),
        "random": np.array([[2.0, 2], [2.1, 2], [2, 2]]),
    }
    assert best_arm(HeldOut((0, 1), (0, 1, 2), apart)) == "chosen"


# The command line


def test_the_command_writes_rows_scores_and_a_manifest_that_can_be_done_again(tmp_path, model, capsys):
    data = tmp_path / "pool.jsonl"
    data.write_text("".join(json.dumps(line) + "\n" for line in lines()))
    np.save(tmp_path / "v.npy", np.random.default_rng(0).standard_normal((150, 8)).astype(np.float32))
    common = [str(data), "--embeddings", str(tmp_path / "v.npy"), "--home", str(tmp_path / "home"), "--quiet"]
    files = [str(tmp_path / name) for name in ("out.jsonl", "all.jsonl", "m.json")]
    how = ["--model", model, "--domains", "maths, law: courts; cooking", "--tau", "1.0", "--tau", "law=0.999"]
    how += ["--layer", "1", "--probes", "logistic", "--param", "pairs=2", "--param", "most_tokens=8"]
    assert main(["daar", *common, *how, "--out", files[0], "--scored", files[1], "--manifest", files[2]]) == 0
    printed = capsys.readouterr().out
    assert "DaaR: 30 of 150 rows (20.0%) by tiny, of 3 domains." in printed
    assert "most entangled" in printed
    chosen = [json.loads(line) for line in Path(files[0]).read_text().splitlines()]
    every = [json.loads(line) for line in Path(files[1]).read_text().splitlines()]
    assert len(chosen) == 30
    assert len(every) == 150
    assert {each["gamut_daar_domain"] for each in every} <= {"maths", "law", "cooking"}
    manifest = json.loads(Path(files[2]).read_text())
    best = sorted(range(150), key=lambda row: (-every[row]["gamut_daar_entropy"], row))[:30]
    assert manifest["chosen"] == best
    assert [each["prompt"] for each in chosen] == [lines()[row]["prompt"] for row in best]
    assert main(["daar", *common, "--again", files[2]]) == 0
    assert "The same 30 rows in the same order" in capsys.readouterr().out
    manifest["chosen"][0] = next(row for row in range(150) if row not in manifest["chosen"])
    Path(files[2]).write_text(json.dumps(manifest))
    assert main(["daar", *common, "--again", files[2]]) == 2
    assert "29 of 30 rows are chosen again." in capsys.readouterr().out


def test_the_command_refuses_in_a_sentence(tmp_path, capsys):
    data = tmp_path / "pool.jsonl"
    data.write_text("".join(json.dumps(line) + "\n" for line in lines(30)))
    for words, said in (
        (["--domains", "a, b", "--tau", "x"], "--tau x: give a cosine"),
        (["--domains", "a, b", "--tau", "c=0.5"], "there is no domain 'c'"),
        (["--domains", "a"], "at least two domains"),
        (["--domains", "a, b", "--held-out", "much"], "--held-out much"),
        (["--domains", "a, b", "--scored", str(tmp_path / "x.npy")], "rows are written as .jsonl"),
        (["--domains", "a, b", "--train"], "--train needs rows to try the models on"),
        (["--label", "topic", "--model", "embeddings", "--train", "--held-out", "10%"], "Embeddings cannot be trained"),
        (["--again", str(data)], "not JSON|not the manifest"),
        (["--again", str(data), "--domains", "a, b"], "--domains would be another plan"),
        (["--label", "topic", "--tau", "0.5"], "--tau is for pairs that a model writes"),
        (["--domains", "a, b", "--train", "--held-out", "10%", "--lora", "-1"], "lora is -1"),
    ):
        assert main(["daar", str(data), *words]) == 2
        assert re.search(said, capsys.readouterr().err), words


def test_what_cannot_be_trained_or_written_is_refused_before_anything_is_chosen(tmp_path, model, monkeypatch, capsys):
    monkeypatch.setattr("core.cli.daar.daar", None)
    data = tmp_path / "pool.jsonl"
    data.write_text("".join(json.dumps(line) + "\n" for line in lines(60)))
    np.save(tmp_path / "v.npy", np.random.default_rng(0).standard_normal((60, 8)).astype(np.float32))
    vectors = ["--embeddings", str(tmp_path / "v.npy"), "--home", str(tmp_path / "home")]
    train = ["--model", "embeddings", "--label", "topic", "--held-out", "10%", "--train", "--train-model"]
    assert main(["daar", str(data), *vectors, *train, str(tmp_path / "no-model")]) == 2
    assert "There is no folder" in capsys.readouterr().err

    monkeypatch.setitem(sys.modules, "peft", None)
    assert main(["daar", str(data), *vectors, *train, model, "--lora", "8"]) == 2
    assert "LoRA needs the package peft" in capsys.readouterr().err
    alone = ["daar", *vectors, "--model", "embeddings", "--label", "topic"]
    alone += ["--manifest", str(tmp_path / "m.json"), "--out", str(tmp_path / "o.jsonl")]
    assert main(alone) == 2
    assert "Vectors alone have no rows to write" in capsys.readouterr().err


def test_done_again_it_writes_and_trains_as_the_first_time_and_prints_one_object(tmp_path, model, capsys):
    data = tmp_path / "pool.jsonl"
    data.write_text("".join(json.dumps(line) + "\n" for line in lines(60)))
    np.save(tmp_path / "v.npy", np.random.default_rng(0).standard_normal((60, 8)).astype(np.float32))
    common = ["daar", str(data), "--embeddings", str(tmp_path / "v.npy"), "--home", str(tmp_path / "home"), "--quiet"]
    how = ["--model", "embeddings", "--label", "topic", "--probes", "logistic", "--held-out", "10%"]
    first = tmp_path / "m.json"
    assert main([*common, *how, "--manifest", str(first)]) == 0
    capsys.readouterr()
    train = ["--train", "--train-model", model, "--train-seeds", "2", "--epochs", "1"]
    files = [
        "--out",
        str(tmp_path / "o.csv"),
        "--scored",
        str(tmp_path / "s.csv"),
        "--manifest",
        str(tmp_path / "n.json"),
    ]
    assert main([*common, "--again", str(first), *files, *train, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["differs"] == []
    assert set(told["held_out_losses"]["losses"]) == {"base", "chosen", "random", *BINS}
    assert json.loads((tmp_path / "n.json").read_text())["chosen"] == told["chosen"]
    assert len((tmp_path / "o.csv").read_text().splitlines()) == len(told["chosen"]) + 1
    assert len((tmp_path / "s.csv").read_text().splitlines()) == 61
    assert main([*common, "--again", str(first), *train]) == 0
    printed = capsys.readouterr().out
    losses = HeldOut.from_json(told["held_out_losses"])
    mean = losses.mean("random")
    last = next(line for line in printed.splitlines() if line.startswith("all "))
    assert f"{mean.value:.4f} ± {mean.high - mean.value:.4f}" in last


def test_the_domains_are_printed_as_they_were_understood():
    assert _named(domains_in("law: courts, judges; code")) == "2 domains: law (courts, judges); code"


@pytest.mark.parametrize("probes", [("mlp",), ("closed form", "mlp")])
@pytest.mark.parametrize("mode", ["default", "paper"])
def test_probes_learn_on_the_device_that_was_asked_for(monkeypatch, mode, probes):
    if mode == "paper" and probes[0] != "mlp":
        return
    asked = []
    monkeypatch.setattr("core.devices.choose_device", lambda wanted: asked.append(wanted) or "cpu")
    monkeypatch.setenv("GAMUT_DEVICE", "mps")
    rows, of = np.random.default_rng(0).standard_normal((60, 4)).astype(np.float32), np.arange(60) % 2
    plan, every = Plan(label="x", probes=probes, mode=mode, folds=2), np.ones(60, dtype=bool)
    probed(rows, Domains(of, ("a", "b")), every, every, plan, silent, "cuda:1")
    assert asked == ["cuda:1"] * 2, "of two folds, or of the probe and the network that foretells"


def test_a_manifest_of_something_else_is_refused(tmp_path, study, found):
    file = tmp_path / "m.json"
    for content, said in (
        ({}, "not the manifest"),
        ({"gamut_daar": 9}, "format 9"),
        ({"gamut_daar": 1}, "has no 'chosen'"),
    ):
        file.write_text(json.dumps(content))
        with pytest.raises(UserError, match=said):
            read_manifest(file)
    whole = found.as_json(study)
    for wrong in (
        {"plan": 3},
        {"domains": [1]},
        {"model": "tiny"},
        {"chosen": ["a"]},
        {"held_out": 3},
        {"values": None},
        {"study": {}},
    ):
        file.write_text(json.dumps(whole | wrong))
        with pytest.raises(UserError, match=f"is damaged: its {next(iter(wrong))!r} is not"):
            read_manifest(file)
    file.write_text(json.dumps(whole | {"values": whole["values"][1:]}))
    with pytest.raises(UserError, match="not as many values"):
        read_manifest(file)
    file.write_text(json.dumps(whole))
    plan, manifest = read_manifest(file)
    assert plan == found.plan
    assert differs(study, found, manifest) == []
    manifest["domains"][0]["pairs"] = []
    assert differs(study, found, manifest) == ["The pairs of the domains are others."]
