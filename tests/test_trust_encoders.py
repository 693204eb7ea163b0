"""The trust card by encoder: each is the card of the same rows embedded so, and texts are checked once."""

import json
from dataclasses import replace

import numpy as np
import pytest

import core.trust_encoders as module
from core import Study
from core.__main__ import main
from core.encoders import load_encoder
from core.errors import Cancelled, UserError
from core.kept import kept
from core.opening import dataset_with_vectors
from core.store import Store
from core.trust import trust
from core.trust_encoders import trust_by_encoder
from tests.tiny_model import WORDS, make_tiny_model

FAST = ["distsum_cosine", "ttr", "knn_distance"]
HOW = {"pairs": 3, "size": 20}


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("models")
    return tuple(
        str(make_tiny_model(folder / name, max_tokens=60, seed=seed)) for seed, name in enumerate(("one", "two"))
    )


def written(path, n=60, seed=0):
    rng = np.random.default_rng(seed)
    rows = [" ".join(rng.choice(WORDS, 6).tolist()) + f" {number}" for number in range(n)]
    path.write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    return path


@pytest.fixture
def study(tmp_path, models) -> Study:
    return Study.open(written(tmp_path / "set.jsonl"), encoder=models[0], store=Store(tmp_path / "home"))


def vectors_of(texts, encoder) -> Study:
    """The texts as that encoder embeds them, by hand."""
    return replace(Study.of_vectors(load_encoder(encoder).encode(texts)), texts=texts)


def test_one_encoder_alone_is_the_card_as_it_was(study, models):
    assert trust_by_encoder(study, [], FAST, **HOW).cards == (trust(study, FAST, **HOW),)
    again = trust_by_encoder(study, [models[0]], FAST, **HOW)
    assert again.encoders == ["one"], "the study's own encoder is no further one"


def test_every_card_is_that_of_the_same_rows_embedded_by_that_encoder(study, models):
    found = trust_by_encoder(study, [models[1], models[1]], FAST, **HOW)
    assert found.encoders == ["one", "two"]
    assert not found.refused
    other = vectors_of(study.texts, models[1])
    expected = trust(other, ["distsum_cosine", "knn_distance"], **HOW)
    assert found.cards[0] == trust(study, FAST, **HOW)
    assert found.cards[1].findings == expected.findings
    assert found.cards[1].findings != found.cards[0].findings
    assert (found.cards[1].dataset, found.cards[1].encoder, found.cards[1].n) == ("set.jsonl", "two", 20)


def test_metrics_of_texts_are_checked_once(study, models):
    found = trust_by_encoder(study, [models[1]], FAST, **HOW)
    assert found.without_encoder == ["ttr"]
    assert found.standing("ttr", 0)
    assert found.standing("ttr", 1) is None
    assert found.metrics == FAST
    alone = trust_by_encoder(study, [models[1]], ["ttr"], **HOW)
    assert alone.encoders == ["one"], "there is nothing for the other to embed"


def test_a_standing_is_the_worst_of_the_checks_and_names_them(study, models):
    found = trust_by_encoder(study, [models[1]], None, **HOW)
    seen = set()
    for number, card in enumerate(found.cards):
        for metric in card.metrics:
            verdicts = {check: one.verdict for check, one in card.of(metric).items()}
            worst = next(word for word in ("fail", "cannot be told", "pass") if word in verdicts.values())
            standing = found.standing(metric, number)
            assert standing.verdict == worst
            assert standing.checks == (() if worst == "pass" else tuple(c for c, v in verdicts.items() if v == worst))
            seen.add(worst)
    assert len(seen) > 1


def test_of_more_rows_than_sets_are_drawn_from_only_those_are_embedded_anew(study, models, monkeypatch):
    monkeypatch.setattr("core.planted.MOST", 45)
    monkeypatch.setattr(module, "MOST", 45)
    found = trust_by_encoder(study, [models[1]], FAST[:1], **HOW)
    assert [card.rows for card in found.cards] == [45, 45]
    rows = module.sample(60, 0)
    other = vectors_of([study.texts[row] for row in rows], models[1])
    assert found.cards[1].findings == trust(other, FAST[:1], **HOW).findings


def test_a_reference_is_embedded_by_the_same_encoder(study, models, tmp_path):
    reference = Study.open(written(tmp_path / "pool.jsonl", 50, 1), encoder=models[0], store=study.store)
    found = trust_by_encoder(study.against(reference), [models[1]], ["mean_coverage"], **HOW)
    other = vectors_of(study.texts, models[1]).against(vectors_of(reference.texts, models[1]))
    assert found.cards[1].findings == trust(other, ["mean_coverage"], **HOW).findings
    assert found.cards[1].reference == "pool.jsonl"
    itself = trust_by_encoder(study.against(study), [models[1]], ["mean_coverage"], **HOW)
    assert [card.reference for card in itself.cards] == ["self", "self"]

    bare = Study.of_vectors(np.random.default_rng(0).normal(size=(40, 16)), name="bare")
    left_out = trust_by_encoder(study.against(bare), [models[1]], ["mean_coverage"], **HOW)
    assert left_out.refused == {models[1]: "The reference bare has no texts that another encoder could embed."}


def test_vectors_of_the_user_s_own_count_as_an_encoder(study, models, tmp_path):
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(60, 8)))
    own = dataset_with_vectors(study.dataset, str(tmp_path / "v.npy"), study.store, study.template)
    found = trust_by_encoder(own, [models[1]], FAST[:1], **HOW)
    assert found.encoders == [own.embeddings.encoder, "two"]
    assert found.cards[1].findings == trust_by_encoder(study, [models[1]], FAST[:1], **HOW).cards[1].findings


def test_vectors_without_texts_are_refused_for_further_encoders_only(models):
    bare = Study.of_vectors(np.random.default_rng(0).normal(size=(60, 8)), name="bare")
    assert trust_by_encoder(bare, [], FAST[:1], **HOW).cards
    with pytest.raises(UserError, match="bare has no texts that another encoder could embed"):
        trust_by_encoder(bare, [models[1]], FAST[:1], **HOW)


def test_an_encoder_that_is_not_to_be_had_is_left_out_and_the_others_go_on(study, models):
    found = trust_by_encoder(study, ["/no/such", models[1]], FAST, **HOW)
    assert found.encoders == ["one", "two"]
    assert "There is no folder /no/such" in found.refused["/no/such"]
    assert kept(trust_by_encoder, study, ["/no/such", models[1]], FAST, **HOW) == found


def test_encoders_of_one_name_are_told_apart(study, models, tmp_path):
    other = str(make_tiny_model(tmp_path / "elsewhere" / "one", max_tokens=60, seed=7))
    assert trust_by_encoder(study, [other], FAST[:1], **HOW).encoders == ["one (1)", "one (2)"]


def test_cards_are_kept_and_a_further_encoder_costs_its_own_card_alone(study, models, monkeypatch, tmp_path):
    third = str(make_tiny_model(tmp_path / "third", max_tokens=60, seed=3))
    assert kept(trust_by_encoder, study, [models[1]], FAST, **HOW) is None
    made = trust_by_encoder(study, [models[1]], FAST, **HOW)
    assert kept(trust_by_encoder, study, [models[1]], FAST, **HOW) == made
    assert kept(trust_by_encoder, study, [models[1], third], FAST, **HOW) is None
    embedded, real = [], module.embedded_otherwise
    monkeypatch.setattr(module, "embedded_otherwise", lambda *args: embedded.append(args[1].encoder) or real(*args))
    more = trust_by_encoder(study, [models[1], third], FAST, **HOW)
    assert embedded == [third]
    assert more.cards[:2] == made.cards


def test_a_cancelled_run_goes_on_from_the_cards_that_were_made(study, models, monkeypatch):
    shares, messages = [], []

    def watch(share, message):
        shares.append(share)
        messages.append(message)
        if share > 0.8:
            raise Cancelled

    with pytest.raises(Cancelled):
        trust_by_encoder(study, [models[1]], FAST, **HOW, progress=watch)
    assert shares == sorted(shares)
    assert any(message.startswith("Encoder two: ") for message in messages)
    rounds, real = [], module.trust
    monkeypatch.setattr(
        module,
        "trust",
        lambda *args, **how: (
            rounds.append(kept(real, *args, **{name: value for name, value in how.items() if name != "progress"}))
            or real(*args, **how)
        ),
    )
    trust_by_encoder(study, [models[1]], FAST, **HOW)
    assert rounds[0] is not None, "the first card was there already"
    assert rounds[1] is None


def test_the_command_and_the_worker_give_the_cards_of_the_function(study, models, tmp_path, capsys):
    words = ["trust", str(tmp_path / "set.jsonl"), "--home", str(tmp_path / "home"), "--quiet", "--size", "20"]
    words += ["--metrics", "distsum_cosine,ttr"]
    both = ["--encoder", models[0], "--encoder", models[1], "--encoder", "/no/such"]
    expected = trust_by_encoder(study, [models[1], "/no/such"], ["distsum_cosine", "ttr"], size=20)
    assert main([*words, *both, "--json"]) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert {name: found[name] for name in expected.as_json()} == json.loads(json.dumps(expected.as_json()))
    assert found["encoders"] == ["one", "two"]
    assert list(found["standings"]["ttr"]) == ["one"]
    assert "left out: encoder /no/such: There is no folder" in told.err

    assert main([*words, *both]) == 0
    head, first, *_ = capsys.readouterr().out.splitlines()
    assert head.split() == ["one", "two"]
    assert first.startswith("DistSum (cosine)")
    marks = {"pass": "pass", "fail": "FAIL", "cannot be told": "?"}
    assert first.split()[2] == marks[expected.standing("distsum_cosine", 0).verdict]

    assert main([*words, "--encoder", models[0], "--json"]) == 0
    alone = json.loads(capsys.readouterr().out)
    assert alone["encoder"] == "one", "a single encoder is one card, as it was"
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["encoder"] == "all-MiniLM-L6-v2"


def test_own_vectors_on_the_command_line_stand_beside_every_encoder_that_is_named(study, models, tmp_path, capsys):
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(60, 8)))
    words = ["trust", str(tmp_path / "set.jsonl"), "--home", str(tmp_path / "home"), "--quiet", "--metrics", "radius"]
    assert main([*words, "--embeddings", str(tmp_path / "v.npy"), "--encoder", models[1], "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["encoders"]) == 2
    assert found["encoders"][1] == "two"
