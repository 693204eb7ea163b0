"""Which verdicts stand when the same sets are embedded in another way."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import Study, UserError
from core.__main__ import main
from core.comparison import compare
from core.encoders import load_encoder
from core.kept import kept
from core.robustness import robustness
from core.standing import Robustness
from core.store import Store
from core.template import Template
from core.variants import Variant, token_limit, usual_variants

from .tiny_model import WORDS, make_tiny_model

FAST = ["distsum_cosine", "radius"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> str:
    return str(make_tiny_model(tmp_path_factory.mktemp("model") / "tiny", max_tokens=60))


def written(path: Path, words: list[str], seed: int, length: int, n: int = 60) -> Path:
    """Prompts of so many of the words, responses of two of the first two."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "prompt": " ".join(rng.choice(words, length).tolist()),
            "response": " ".join(rng.choice(words[:2], 2).tolist()),
        }
        for _ in range(n)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def studies(tmp_path, encoder) -> list[Study]:
    store = Store(tmp_path / "home")
    wide = written(tmp_path / "wide.jsonl", WORDS, 0, length=3)
    narrow = written(tmp_path / "narrow.jsonl", WORDS[:2], 1, length=9)
    return [Study.open(path, encoder=encoder, template=Template("prompt"), store=store) for path in (wide, narrow)]


def test_the_same_again_is_no_variant_and_all_stands(studies):
    found = robustness(studies, [Variant()], metrics=FAST, repeats=2)
    assert found.variants == ("as it is",)
    assert found.base.verdict("distsum_cosine", 0, 1).word == "broader"
    assert found.standing("distsum_cosine", 0, 1, 0) == "stands"
    assert found.sentence(0, 1) == "wide.jsonl and narrow.jsonl: 2 of 2 differences stand under the one variant."


def test_a_variant_is_the_comparison_of_sets_that_were_embedded_so(studies, encoder):
    variants = [Variant(template=Template("response")), Variant(template=Template("both"), max_tokens=6)]
    found = robustness(studies, variants, metrics=FAST, repeats=2)
    assert found.variants == ("response only", "prompt and response, the first 6 tokens")
    again = [Study.open(study.store.home.parent / study.name, encoder=encoder, template=Template("response"),
                        store=study.store) for study in studies]  # fmt: skip
    for metric in FAST:
        mean = found.comparisons[0].estimate(metric, 0).mean
        assert mean == pytest.approx(compare(again, FAST, repeats=2).estimate(metric, 0).mean, rel=1e-6)
    assert found.comparisons[0].estimate("radius", 0).mean < found.base.estimate("radius", 0).mean
    assert json.loads(json.dumps(found.as_json()))["variants"][1]["refused"] == ""


def test_another_encoder_s_variant_is_the_comparison_of_its_vectors(studies, tmp_path):
    other = str(make_tiny_model(tmp_path / "other", seed=7, max_tokens=60))
    found = robustness(studies, [Variant(encoder=other)], metrics=["distsum_cosine"], repeats=2)
    assert found.variants == ("encoder other",)
    vectors = load_encoder(other).encode(studies[0].texts).astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    apart = 1 - (vectors @ vectors.T)[~np.eye(60, dtype=bool)].mean()
    assert found.comparisons[0].estimate("distsum_cosine", 0).mean == pytest.approx(apart, rel=1e-5)
    assert found.base.estimate("distsum_cosine", 0).mean != pytest.approx(apart, rel=1e-2)


def test_fewer_tokens_make_another_encoder_that_reads_no_more(encoder):
    whole, short = load_encoder(encoder), load_encoder(encoder, max_tokens=5)
    assert short.max_tokens == 5
    assert short.key != whole.key
    text = " ".join(WORDS[:12])
    beginning = " ".join(WORDS[:3])  # two of the five tokens begin and end the text
    assert np.allclose(short.encode([text]), whole.encode([beginning]), atol=1e-6)
    assert load_encoder(encoder, max_tokens=500).key == whole.key
    with pytest.raises(UserError, match="reads 2 tokens of a text reads none of its words"):
        load_encoder(encoder, max_tokens=2)


def test_only_some_rows_are_embedded_anew(studies):
    found = robustness(studies, [Variant(template=Template("response"))], metrics=FAST, rows=25, repeats=2)
    assert found.base.rows == found.comparisons[0].rows == (25, 25)


def test_a_variant_that_cannot_be_had_says_why_and_the_others_go_on(studies):
    variants = [Variant(template=Template("column", column="nothing")), Variant(max_tokens=8)]
    found = robustness(studies, variants, metrics=FAST, repeats=2)
    assert found.comparisons[0] is None
    assert "nothing" in found.refused[0]
    assert found.comparisons[1] is not None
    assert found.standing("radius", 0, 1, 0) == "missing"


def test_vectors_alone_cannot_be_embedded_anew():
    sets = [Study.of_vectors(np.random.default_rng(seed).normal(size=(30, 4))) for seed in (0, 1)]
    with pytest.raises(UserError, match="cannot be embedded in another way"):
        robustness(sets, [Variant(max_tokens=8)])


def test_the_usual_variants_are_the_other_templates_and_half_of_the_tokens(studies):
    assert [variant.title for variant in usual_variants(studies[0])] == [
        "response only",
        "prompt and response",
        "the first 30 tokens",
    ]


def test_what_fades_and_what_turns_round_is_named(studies):
    base = compare(studies, FAST, repeats=2)
    assert {verdict.word for verdict in base.verdicts} == {"broader"}
    words = {"distsum_cosine": "narrower", "radius": "cannot be told apart"}
    other = replace(base, verdicts=tuple(replace(each, word=words[each.metric]) for each in base.verdicts))
    found = Robustness(base, ("as it is", "another"), (base, other), ("", ""), (None, None))
    assert [found.standing(metric, 0, 1, 1) for metric in FAST] == ["turns round", "fades"]
    assert [found.standing(metric, 1, 0, 1) for metric in FAST] == ["turns round", "fades"]
    assert found.sentence(0, 1) == (
        "wide.jsonl and narrow.jsonl: 0 of 2 differences stand under all 2 variants; 1 can no longer be told under "
        "some (Radius); 1 turn round under some (DistSum (cosine))."
    )
    alike = replace(base, verdicts=tuple(replace(each, word="cannot be told apart") for each in base.verdicts))
    assert found.standing("radius", 0, 1, 0) == "stands"
    assert replace(found, base=alike).standing("radius", 0, 1, 0) is None
    assert "told apart on no metric" in replace(found, base=alike).sentence(0, 1)


def test_a_difference_that_a_variant_has_no_verdict_on_does_not_stand_under_all(studies):
    base = compare(studies, FAST, repeats=2)
    without = replace(base, verdicts=tuple(each for each in base.verdicts if each.metric != "radius"))
    found = Robustness(base, ("as it is", "another"), (base, without), ("", ""), (None, None))
    assert [found.standing("radius", 0, 1, number) for number in (0, 1)] == ["stands", "missing"]
    assert found.sentence(0, 1) == (
        "wide.jsonl and narrow.jsonl: 1 of 2 differences stand under all 2 variants; 1 missing under some (Radius)."
    )
    nothing = replace(found, comparisons=(without, replace(base, verdicts=())))
    assert nothing.sentence(0, 1) == (
        "wide.jsonl and narrow.jsonl: 0 of 2 differences stand under all 2 variants; 2 missing under some "
        "(DistSum (cosine), Radius)."
    )


def test_a_template_that_leaves_rows_empty_is_held_against_the_rows_that_it_has(studies, encoder, capsys, monkeypatch):
    home = studies[0].store.home.parent
    files = [home / "wide.jsonl", home / "narrow.jsonl"]
    texts = []
    for path in files:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for row in rows[:35]:
            row["response"] = " "
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        texts.append([row["prompt"] for row in rows[35:]])
    sets = [Study.open(path, encoder=encoder, template=Template("prompt"), store=studies[0].store) for path in files]
    found = robustness(sets, [Variant(template=Template("response")), Variant(max_tokens=8)], metrics=FAST, repeats=2)
    assert (found.base.size, found.comparisons[0].size, found.comparisons[1].size) == (60, 25, 60)
    assert (found.bases[0].size, found.bases[1]) == (25, None)
    vectors = load_encoder(encoder).encode(texts[0]).astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    apart = 1 - (vectors @ vectors.T)[~np.eye(25, dtype=bool)].mean()
    assert found.bases[0].estimate("distsum_cosine", 0).mean == pytest.approx(apart, rel=1e-5)
    assert found.as_json()["variants"][0]["base"]["size"] == found.as_json()["variants"][0]["size"] == 25

    monkeypatch.setenv("GAMUT_HOME", str(home / "home"))
    how = ["--encoder", encoder, "--template", "prompt", "--metrics", ",".join(FAST), "--repeats", "2", "--quiet"]
    assert main(["robust", *map(str, files), *how, "--under", "template=response"]) == 0
    assert "response only: 25 rows each, those with a text then, beside the same as they are" in capsys.readouterr().out


def test_a_difference_that_the_rows_of_a_variant_do_not_show_as_they_are_cannot_be_checked(studies):
    base = compare(studies, FAST, repeats=2)
    alike = replace(base, verdicts=tuple(replace(each, word="cannot be told apart") for each in base.verdicts))
    found = Robustness(base, ("fewer",), (alike,), ("",), (alike,))
    assert found.standing("radius", 0, 1, 0) == "other rows"
    assert found.sentence(0, 1) == (
        "wide.jsonl and narrow.jsonl: 0 of 2 differences stand under the one variant; 2 cannot be checked under some, "
        "whose rows do not show it as they are (DistSum (cosine), Radius)."
    )
    assert replace(found, bases=(base,)).standing("radius", 0, 1, 0) == "fades"
    assert replace(found, base=alike, bases=(base,)).standing("radius", 0, 1, 0) is None


def test_what_was_found_is_kept_and_read_again_to_the_last_digit(studies, monkeypatch):
    how = {"metrics": ["facility_location", "ttr"], "repeats": 2, "rows": 40, "params": {"ttr": {"tokens": 20}}}
    variants = [Variant(template=Template("response")), Variant(template=Template("column", column="nothing"))]
    assert kept(robustness, studies, variants, **how) is None
    made = robustness(studies, variants, **how)
    assert made.base.params["ttr"]["tokens"] == 20
    monkeypatch.setattr("core.robustness.compare", lambda *_, **__: pytest.fail("computed again"))
    assert kept(robustness, studies, variants, **how) == made
    assert robustness(studies, variants, **how) == made
    for other in ({"rows": 30}, {"params": {}}, {"reference": studies[0]}, {"seed": 1}):
        assert kept(robustness, studies, variants, **(how | other)) is None
    assert kept(robustness, studies, variants[:1], **how) is None


def test_a_cancelled_run_goes_on_from_the_variants_that_were_done(studies):
    class StoppedError(Exception):
        pass

    def until_the_second(share: float, message: str) -> None:
        if message.startswith("The first 6 tokens"):
            raise StoppedError

    variants = [Variant(template=Template("response")), Variant(max_tokens=6)]
    how = {"metrics": FAST, "repeats": 2}
    with pytest.raises(StoppedError):
        robustness(studies, variants, progress=until_the_second, **how)
    heard = []
    robustness(studies, variants, progress=lambda _, message: heard.append(message), **how)
    assert {message.partition(":")[0] for message in heard} == {"The first 6 tokens"}


def test_a_reference_is_embedded_anew_as_the_sets_are(studies, encoder, tmp_path):
    pool = Study.open(
        written(tmp_path / "pool.jsonl", WORDS, 5, length=4, n=50),
        encoder=encoder, template=Template("prompt"), store=studies[0].store,
    )  # fmt: skip
    found = robustness(
        studies, [Variant(template=Template("response"))], metrics=["facility_location"], repeats=2, reference=pool
    )
    assert found.base.reference == found.comparisons[0].reference == "pool.jsonl"
    rows, against = (
        load_encoder(encoder).encode([json.loads(line)["response"] for line in path.read_text().splitlines()])
        for path in (tmp_path / "wide.jsonl", tmp_path / "pool.jsonl")
    )
    nearest = (against @ rows.T).max(axis=1).mean()  # the tiny model's vectors have length 1
    assert found.comparisons[0].estimate("facility_location", 0).mean == pytest.approx(nearest, abs=1e-5)
    few = robustness(studies, [], metrics=["facility_location"], repeats=2, reference=pool, rows=30)
    assert few.base.reference == "30 rows of pool.jsonl"
    with pytest.raises(UserError, match="vectors has no texts"):
        robustness(studies, [], reference=Study.of_vectors(np.eye(16)))


def test_saved_subsets_are_embedded_anew_by_their_own_rows(studies):
    subsets = [study.subset(range(5, 35), f"thirty of {study.name}") for study in studies]
    found = robustness(subsets, [Variant(template=Template("response"))], metrics=["ttr"], repeats=2)
    assert found.variants == ("response only",)
    assert found.comparisons[0].names == ("thirty of wide.jsonl", "thirty of narrow.jsonl")
    assert found.comparisons[0].rows == (30, 30)
    whole = robustness(studies, [Variant(template=Template("response"))], metrics=["ttr"], repeats=2)
    assert found.base.estimate("ttr", 0).mean != whole.base.estimate("ttr", 0).mean


def test_the_limit_that_an_encoder_s_files_name_is_the_one_it_has(encoder):
    assert token_limit(encoder) == load_encoder(encoder).max_tokens == 60
    assert token_limit("default") == load_encoder("default").max_tokens == 256
    assert token_limit("/no/such/folder") is None
    assert token_limit("") is None


def test_more_tokens_than_the_encoder_reads_are_no_variant(studies):
    found = robustness(studies, [Variant(max_tokens=500)], metrics=FAST, repeats=2)
    assert found.comparisons == (None,)
    assert "reads no more than 60 tokens of a text in any case" in found.refused[0]


def test_a_variant_comes_back_from_json_and_an_encoder_is_known_by_its_weights(encoder):
    for variant in (Variant(), Variant(Template("column", column="a"), encoder, 8)):
        assert Variant.from_json(json.loads(json.dumps(variant.as_json()))) == variant
    assert Variant(encoder=encoder).title == "encoder tiny"
    assert Variant(encoder=encoder).key() == Variant(encoder=f"{encoder}/../tiny").key()
    assert Variant(encoder=encoder).key() != Variant(encoder="default").key()


def test_what_is_kept_is_looked_for_without_the_network(studies, monkeypatch):
    asked = []

    def refuse(repo: str, name: str, kind: object, wanted: object) -> None:
        asked.append(name)
        raise UserError(f"{name} cannot be had.")

    monkeypatch.setattr("core.models._download", refuse)
    variants, how = [Variant(encoder="nobody/nothing")], {"metrics": FAST, "repeats": 2}
    assert kept(robustness, studies, variants, **how) is None
    assert asked == []
    made = robustness(studies, variants, **how)
    assert set(asked) == {"nobody/nothing"}
    assert made.refused == ("nobody/nothing cannot be had.",)
    asked.clear()
    assert kept(robustness, studies, variants, **how) == made
    assert asked == []


def test_the_command_line_has_it(studies, encoder, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("GAMUT_HOME", str(tmp_path / "home"))
    files = [str(tmp_path / name) for name in ("wide.jsonl", "narrow.jsonl")]
    how = ["--encoder", encoder, "--template", "prompt", "--metrics", ",".join(FAST), "--repeats", "2", "--quiet"]
    assert main(["robust", *files, *how, "--under", "template=response", "--under", "tokens=6", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    variants = [Variant(template=Template("response")), Variant(max_tokens=6)]
    expected = robustness(studies, variants, metrics=FAST, repeats=2).as_json()
    assert found["sentences"] == expected["sentences"]
    assert found["variants"][1]["standing"] == expected["variants"][1]["standing"]
    assert main(["robust", *files, *how, "--under", "template=response"]) == 0
    assert "response only" in capsys.readouterr().out
    pool = ["--reference", files[0], "--metrics", "facility_location"]
    assert main(["robust", *files, *how, *pool, "--under", "tokens=6"]) == 0
    assert "Reference: wide.jsonl" in capsys.readouterr().out
    assert main(["robust", *files, *how, "--under", "moon=full"]) == 2
    assert "--under moon=full" in capsys.readouterr().err
