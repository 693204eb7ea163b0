"""Rounds whose model is trained here: what scorers score, what is refused, what a cancel keeps, and the outcome."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.__main__ import main
from core.errors import Cancelled, UserError
from core.lm import (
    Example,
    HeldOut,
    Training,
    examples_of,
    fine_tune,
    generate,
    load_language_model,
    load_reward_model,
    proxy_base,
    rewards,
    score_answers,
)
from core.lm.proxy import ProxySize
from core.opening import dataset_with_vectors, open_dataset
from core.refinement import (
    Loop,
    Plan,
    Scored,
    begin,
    branch,
    dump_refinement,
    go_on,
    outcome,
    outcome_sentences,
    outcome_table,
    read_refinement,
    run_rounds,
    score_round,
    trains_otherwise,
)
from core.refinement.outcome import Outcome
from core.store import Store
from core.study import Study
from tests.golden.inputs import array
from tests.tiny_language_model import make_tiny_language_model

HOW = Training(epochs=2, batch=4, rate=3e-3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loop")
    make_tiny_language_model(folder / "m", scale=4.0)
    rows = [{"instruction": f"ask {i}", "output": f"say {i % 7}"} for i in range(60)]
    (folder / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "bare.jsonl").write_text("".join(json.dumps({"text": row["output"]}) + "\n" for row in rows))
    np.save(folder / "v.npy", array("P")[:60])
    return folder


@pytest.fixture(scope="module")
def study(folder):
    return opened(folder, "pool.jsonl")


@pytest.fixture(scope="module")
def first(study):
    return begin(study, Plan(budget="18", rounds=3, clusters=3, held_out=0.2))


def opened(folder, name):
    store = Store(folder / "home")
    return dataset_with_vectors(open_dataset([folder / name], store), str(folder / "v.npy"), store)


def loop_of(folder, scorer="perplexity", **more):
    return Loop(str(folder / "m"), scorer, training=HOW, most_tokens=6, device="cpu", **more)


def trained_on(folder, study, rows):
    base = load_language_model(str(folder / "m"), device="cpu")
    return base, fine_tune(examples_of(study.dataset, rows), base, study.store, how=HOW)


# What a round's gaps are


def test_by_perplexity_a_gap_is_the_answer_s_loss_less_that_of_the_trained_model_s_own(folder, study, first):
    found = score_round(study, first, loop_of(folder))
    _, model = trained_on(folder, study, first.chosen)
    own = []
    for each in examples_of(study.dataset, first.chosen):
        before = model.prompt_tokens(each)
        said = model.continued([before], 6)[0]
        losses = model.losses([(before, model.answer_tokens(each)), (before, said)]) if said else [[np.nan], [np.nan]]
        own.append(losses[0].mean() - losses[1].mean())
    assert list(found.gaps) == list(first.chosen)
    assert list(found.gaps.values()) == pytest.approx(own, abs=1e-4)
    assert found.kind == "perplexity"
    assert found.by == f"m, trained on 6 rows ({model.key[:12]})"
    assert found.how["trained"] == model.key
    assert Loop.from_json(found.how["loop"]) == loop_of(folder)
    assert any("Noise keeps a high gap by perplexity" in note for note in found.how["notes"])


def test_by_perplexity_of_a_model_that_ends_at_once_the_end_is_its_answer(folder, study, first, tmp_path):
    import torch
    from transformers import AutoModelForCausalLM

    loop = replace(loop_of(folder), model=str(tmp_path / "mute"), training=Training(epochs=0.01, rate=1e-8))
    mute = AutoModelForCausalLM.from_pretrained(folder / "m")
    with torch.no_grad():
        mute.transformer.ln_f.weight.zero_()
        mute.transformer.ln_f.bias.copy_(mute.transformer.wte.weight[0] * 200)  # the end token, whatever comes in
    mute.save_pretrained(tmp_path / "mute")
    load_language_model(str(folder / "m"), device="cpu").tokenizer.save_pretrained(tmp_path / "mute")
    found = score_round(study, first, loop)
    base = load_language_model(str(tmp_path / "mute"), device="cpu")
    given = score_answers(examples_of(study.dataset, first.chosen), base).given
    end = base.losses([([0], [0])])[0][0]
    assert end < 0.7
    assert list(found.gaps.values()) == pytest.approx((given - end).tolist(), abs=1e-2)
    assert "6 of 6 rows: the model answers nothing; its end token is scored." in found.how["notes"]


def test_by_ifd_rows_whose_prompt_does_harm_count_nothing(folder, study, first):
    little = Training(epochs=1, rate=1e-6)  # by random weights, a prompt helps and harms alike
    found = score_round(study, first, replace(loop_of(folder, "ifd"), training=little))
    base = load_language_model(str(folder / "m"), device="cpu")
    chosen = examples_of(study.dataset, first.chosen)
    ifd = score_answers(chosen, fine_tune(chosen, base, study.store, how=little), scores=["ifd"]).of("ifd")
    assert 0 < (ifd >= 1).sum() < 6
    assert list(found.gaps.values()) == pytest.approx([0.0 if each >= 1 else each for each in ifd], rel=1e-6)
    assert f"{(ifd >= 1).sum()} of 6 rows have an IFD of 1 or more and count 0." in found.how["notes"]


def test_by_learnability_a_gap_is_what_the_round_s_training_took_off_the_loss_of_a_held_out_row(folder, study, first):
    loop = loop_of(folder, "learnability")
    second = go_on(study, first, score_round(study, first, loop))
    base, one = trained_on(folder, study, first.chosen)
    _, two = trained_on(folder, study, second.chosen)
    held = examples_of(study.dataset, first.held_out)
    losses = [score_answers(held, model, scores=["log_perplexity"]).given for model in (base, one, two)]
    assert first.held_out == tuple(second.rounds[0].feedback.gaps)
    assert list(second.rounds[0].feedback.gaps.values()) == pytest.approx((losses[0] - losses[1]).tolist(), abs=1e-5)
    again = score_round(study, second, loop)
    assert list(again.gaps.values()) == pytest.approx((losses[1] - losses[2]).tolist(), abs=1e-5)
    assert again.how["means"] == pytest.approx({"before": losses[1].mean(), "after": losses[2].mean()}, abs=1e-5)


def test_by_reward_a_gap_is_the_answer_s_reward_less_that_of_the_trained_model_s_own(folder, study, first):
    judge = make_judge(folder / "judge", folder / "m")
    found = score_round(study, first, loop_of(folder, "reward", reward=str(judge)))
    _, model = trained_on(folder, study, first.chosen)
    led = examples_of(study.dataset, first.chosen)
    own = [model.tokenizer.decode(model.continued([model.prompt_tokens(each)], 6)[0]) for each in led]
    by = load_reward_model(str(judge), device="cpu")
    gold = rewards(led, [each.answer for each in led], by)
    assert list(found.gaps.values()) == pytest.approx((gold - rewards(led, own, by)).tolist(), abs=1e-5)
    assert found.how["models"] == {"reward": by.key}


def make_judge(folder, like):
    """A reward model of random weights."""
    import torch
    from transformers import AutoTokenizer, GPT2Config, GPT2ForSequenceClassification

    AutoTokenizer.from_pretrained(like).save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        config = GPT2Config(
            vocab_size=257, n_positions=64, n_embd=16, n_layer=1, n_head=2, num_labels=1, bos_token_id=0, pad_token_id=0
        )
        GPT2ForSequenceClassification(config).save_pretrained(folder)
    return folder


# Rounds


def test_rounds_run_to_the_end_of_the_budget_and_each_is_kept(folder, study, first):
    kept = []
    found = run_rounds(study, first, loop_of(folder), save=kept.append)
    assert [len(each.rounds) for each in kept] == [2, 3]
    assert kept[-1] == found
    assert found.done
    assert found.last.feedback is None
    slow = first
    for _ in range(2):
        slow = go_on(study, slow, score_round(study, slow, loop_of(folder)))
    assert slow.as_json() == found.as_json()
    assert run_rounds(study, found, loop_of(folder)) == found


def test_a_cancel_keeps_finished_rounds_and_going_on_comes_to_the_same(folder, study, first, tmp_path):
    state = tmp_path / "run.json"
    calls = []

    def stop_in_the_second(share, message):
        calls.append(share)
        if share > 0.6:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_rounds(
            study, first, loop_of(folder), save=lambda now: dump_refinement(now, state), progress=stop_in_the_second
        )
    half = read_refinement(state)
    assert len(half.rounds) == 2
    assert calls == sorted(calls)
    whole = run_rounds(study, half, loop_of(folder))
    assert whole.rounds == run_rounds(study, first, loop_of(folder)).rounds


def test_feedback_of_a_file_and_of_a_model_here_may_take_turns(folder, study, first):
    gaps = {row: float(n) for n, row in enumerate(first.chosen)}
    second = go_on(study, first, Scored("form.csv", "0" * 64, "gap", gaps))
    third = run_rounds(study, second, loop_of(folder, "learnability"))
    assert [each.feedback and each.feedback.kind for each in third.rounds] == ["gap", "learnability", None]


def test_one_round_alone_may_be_asked_for(folder, study, first):
    assert len(run_rounds(study, first, loop_of(folder), most=1).rounds) == 2


def test_training_again_finds_what_was_changed(folder, study, first):
    found = run_rounds(study, first, loop_of(folder), most=1)
    assert trains_otherwise(study, found) == []
    told = found.rounds[0].feedback
    row = next(iter(told.gaps))
    changed = replace(told, gaps={**told.gaps, row: told.gaps[row] + 0.5})
    other = replace(found, rounds=(replace(found.rounds[0], feedback=changed), *found.rounds[1:]))
    assert trains_otherwise(study, other) == ["Round 1, trained again, has gaps that differ by up to 0.5."]


# What is refused


def test_bare_texts_are_refused_before_anything_is_trained_but_can_be_learnt(folder):
    bare = opened(folder, "bare.jsonl")
    found = begin(bare, Plan(budget="18", rounds=3, clusters=3, held_out=0.2))
    for scorer in ("perplexity", "ifd"):
        with pytest.raises(UserError, match=r"needs prompts, and no row drawn so far has one"):
            score_round(bare, found, Loop("no such folder", scorer))
    assert len(score_round(bare, found, loop_of(folder, "learnability")).gaps) == len(found.held_out)


def test_what_cannot_be_scored_here_is_refused(folder, study, first):
    nothing_aside = begin(study, Plan(budget="18", rounds=3, clusters=3))
    with pytest.raises(UserError, match="tries models on rows that are held out, and none are"):
        score_round(study, nothing_aside, loop_of(folder, "learnability"))
    with pytest.raises(UserError, match="No rows are held out, so that a trained model has nothing"):
        outcome(study, nothing_aside, loop_of(folder), metrics=[])
    vectors = Study.of_vectors(array("P")[:60])
    with pytest.raises(UserError, match="Vectors alone have no answers to train a model on"):
        score_round(vectors, begin(vectors, Plan(budget="18", clusters=3)), loop_of(folder))
    told = first.with_feedback(Scored("f", "0" * 64, "gap", {first.chosen[0]: 1.0}))
    with pytest.raises(UserError, match="Round 1 has its feedback already"):
        score_round(study, told, loop_of(folder))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"scorer": "best"}, "There is no scorer 'best'. The scorers: perplexity, ifd, learnability, reward"),
        ({"model": ""}, "Name the model to train"),
        ({"scorer": "reward"}, "needs a reward model"),
        ({"reward": "x"}, "Choose the scorer 'reward'"),
        ({"most_tokens": 0}, "most tokens of an answer are 0"),
        ({"seed": -1}, "The seed is -1"),
    ],
)
def test_a_loop_that_cannot_run_is_refused(how, message):
    with pytest.raises(UserError, match=message):
        Loop(**how)


def test_a_loop_is_read_back_from_what_it_wrote():
    loop = Loop("m", "reward", "judge", Training(epochs=1, lora=4), 9, "cpu", 3)
    assert Loop.from_json(json.loads(json.dumps(loop.as_json()))) == loop
    with pytest.raises(UserError, match="A loop has no 'speed'"):
        Loop.from_json({"speed": 1})


def test_a_proxy_that_has_read_prompts_alone_answers_something(folder):
    asked = [Example((("user", f"tell me of number {n}"),), f"it is {n}") for n in range(40)]
    size = ProxySize(layers=1, heads=2, width=32, context=32, least_steps=200, most_steps=200, batch=8, rate=3e-3)
    base = proxy_base(asked, Store(folder / "home"), size=size, device="cpu")
    assert all(generate(asked[:8], base, most=4))


# The outcome


def test_arms_have_as_many_rows_and_none_that_is_held_out(folder, study, first):
    found = outcome(study, run_rounds(study, first, loop_of(folder)), metrics=["distsum_cosine"], intervals=False)
    assert [len(found.arms[arm]) for arm in ("static", "iterative", "random")] == [1, 1, 5]
    for choices in found.arms.values():
        for rows in choices:
            assert len(set(rows)) == 18
            assert not set(rows) & set(first.held_out)
    at_once = begin(study, Plan(budget="18", rounds=1, clusters=3, held_out=0.2))
    assert found.arms["static"] == (at_once.chosen,)
    assert len(set(found.arms["random"])) == 5
    value = study.subset(list(at_once.chosen), "x").measure(["distsum_cosine"], intervals=False)[0].value
    assert found.values("static", "distsum_cosine") == pytest.approx([value])
    band = found.values("random", "distsum_cosine")
    assert found.verdict("static", "distsum_cosine") == (
        "above" if value > max(band) else "below" if value < min(band) else "within"
    )


def test_arms_of_rounds_that_are_not_done_have_as_many_rows_as_were_drawn(study, first):
    found = outcome(study, first, metrics=["distsum_cosine"], intervals=False)
    assert found.rows == 6
    assert "1 of 3 rounds were drawn: all arms have 6 rows, and the budget is 18." in found.notes


def test_held_out_losses_are_those_of_models_trained_on_each_arm(folder, study, first):
    found = outcome(
        study, first, loop_of(folder), metrics=["distsum_cosine"], intervals=False, training_seeds=2, random_seeds=2
    )
    base, model = trained_on(folder, study, first.chosen)
    held = examples_of(study.dataset, first.held_out)
    assert found.held_out.losses["iterative"][0] == pytest.approx(score_answers(held, model).given, abs=1e-5)
    assert found.held_out.losses["base"][0] == pytest.approx(score_answers(held, base).given, abs=1e-5)
    other = fine_tune(examples_of(study.dataset, found.arms["random"][1]), base, study.store, how=replace(HOW, seed=1))
    assert found.held_out.losses["random"][1] == pytest.approx(score_answers(held, other).given, abs=1e-5)
    clusters = found.losses_by_cluster("iterative")
    for cluster, mean in clusters.items():
        inside = first.cluster_of(first.held_out) == cluster
        assert mean.value == pytest.approx(found.held_out.losses["iterative"][:, inside].mean())
    assert sum(mean.rows for mean in clusters.values()) == len(first.held_out)
    json.dumps(found.as_json())
    assert "Held-out loss, nats" in outcome_table(found)


def losses(**arms):
    rows = {arm: np.array(lines)[:, None] for arm, lines in arms.items()}
    return HeldOut((0,), (0, 1, 2), {"base": np.array([[9.0]]), **rows})


def said(held_out):
    found = Outcome(18, {"static": ((),), "iterative": ((),), "random": ((),)}, (), {}, {}, (0,), ("a",), held_out)
    return outcome_sentences(found)


def test_who_is_better_is_said_with_its_interval():
    words = said(losses(iterative=[1.0, 1.1, 1.2], static=[1.0, 1.3, 1.1], random=[1.5, 1.6, 1.7 + 0.03]))
    # iterative less random: -.5, -.5, -.53: mean -.51, sd .01732, t of 2 degrees 4.303, so +- .043
    assert words[0] == (
        "Iterative kMQ is better than random in held-out loss: −0.510 ± 0.043 nats a token over 3 seeds."
    )
    assert words[2].startswith("Iterative kMQ and static kMQ cannot be told apart in held-out loss: −0.033 ± ")
    words = said(losses(iterative=[2.0, 2.1, 2.21], static=[1.0, 1.3, 1.1], random=[1.5, 1.6, 1.7]))
    assert words[0].startswith("Iterative kMQ is worse than random in held-out loss: +0.503 ± 0.014")


def test_of_one_training_nothing_is_said_but_the_difference():
    one = HeldOut((0,), (0,), {arm: np.array([[float(n)]]) for n, arm in enumerate(("iterative", "static", "random"))})
    assert said(one)[0] == (
        "Iterative kMQ minus random in held-out loss: −2.000 nats a token. One training says nothing of chance: train "
        "with more seeds."
    )


# The command line


def test_rounds_and_outcome_on_the_command_line(folder, tmp_path, capsys):
    state = tmp_path / "run.json"
    data = [str(folder / "pool.jsonl"), "--embeddings", str(folder / "v.npy"), "--home", str(folder / "home")]
    given = [*data, "--quiet", "--state", str(state)]
    how = ["--model", str(folder / "m"), "--device", "cpu", "--epochs", "2", "--batch", "4", "--rate", "0.003"]
    begins = ["refine", "begin", *given, "--budget", "18", "--clusters", "3", "--held-out"]
    assert main([*begins, "much"]) == 2
    assert "--held-out much: give a share such as 10%" in capsys.readouterr().err
    assert main([*begins, "20%"]) == 0
    assert main(["refine", "run", *given, *how, "--rounds-only", "1", "--most-tokens", "6"]) == 0
    out, err = capsys.readouterr()
    assert "scored 6 rows, mean gap" in out
    assert "Round 2 of 3: 6 drawn." in out
    assert "Noise keeps a high gap by perplexity" in err
    assert main(["refine", "run", *given, *how, "--scorer", "learnability"]) == 0
    assert "The budget of 18 rows is spent." in capsys.readouterr().out
    assert main(["refine", "run", *given, *how]) == 0
    assert "The budget of 18 rows is spent." in capsys.readouterr().out
    found = read_refinement(state)
    study = opened(folder, "pool.jsonl")
    mine = run_rounds(study, begin(study, found.plan), loop_of(folder), most=1)
    assert mine.rounds[1] == replace(found.rounds[1], feedback=None)
    assert mine.rounds[0].feedback == found.rounds[0].feedback
    assert main(["refine", "show", "--state", str(state)]) == 0
    assert "Round 1: feedback for 6 rows by a model trained here (perplexity, scored by m" in capsys.readouterr().out
    assert main(["refine", "replay", *given, "--train"]) == 0
    assert "All 3 rounds have the same rows." in capsys.readouterr().out
    words = [
        "refine",
        "outcome",
        *given,
        *how,
        "--training-seeds",
        "2",
        "--metrics",
        "distsum_cosine",
        "--no-intervals",
    ]
    assert main(words) == 0
    assert "in held-out loss: " in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 18
    assert set(told["held_out"]["losses"]) == {"base", "static", "iterative", "random"}
    assert branch(found, 1).rounds[0].rows == mine.rounds[0].rows


def test_an_example_without_answer_is_left_out_and_told(folder, tmp_path):
    rows = [{"instruction": f"ask {i}", "output": "" if i % 5 == 0 else f"say {i % 7}"} for i in range(60)]
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    store = Store(folder / "home")
    study = dataset_with_vectors(open_dataset([tmp_path / "pool.jsonl"], store), str(folder / "v.npy"), store)
    found = begin(study, Plan(budget="40", rounds=2, clusters=3))
    told = score_round(study, found, loop_of(folder, "ifd"))
    empty = {row for row in found.chosen if row % 5 == 0}
    assert set(told.gaps) == set(found.chosen) - empty
    assert told.how["unscored"] == len(empty) > 0
    assert f"{len(empty)} of 20 rows have no score: there is no answer." in told.how["notes"]
    assert Example.of_turns([("user", "ask 0")]).answer == ""
