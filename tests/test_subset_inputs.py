"""Saved subsets as steps of a recipe, as a reference and as what is measured: the same as their rows by hand."""

import json
import zlib

import numpy as np
import pytest

from core import Study, UserError
from core.__main__ import main
from core.choice import Choice
from core.encoders import encoder_key
from core.foreseeing import foresee
from core.listed_rows import Listed
from core.opening import open_dataset
from core.recipe import Recipe, dump_recipe, read_recipe, with_subsets
from core.store import Store
from core.subset import part_of
from core.subsets import Subsets

CHOICE = Choice("k_center", "5", seed=3)
EVEN = list(range(0, 40, 2))


class Drawn:
    """Draws the vector of each text, by its CRC: loading a real encoder takes longer than all that is here."""

    name, dim, max_tokens, device, batch_tokens = "drawn", 8, None, "cpu", 1024

    def __init__(self, key):
        self.key, self.source = key, "default"

    def token_counts(self, texts, progress=None):
        return np.array([len(text.split()) for text in texts], dtype=np.int64)

    def encode(self, texts, progress=None):
        drawn = [np.random.default_rng(zlib.crc32(text.encode())).normal(size=self.dim) for text in texts]
        return np.array(drawn, dtype=np.float32)


@pytest.fixture
def data(tmp_path, home, monkeypatch):
    monkeypatch.setattr("core.opening.load_encoder", lambda name: Drawn(encoder_key(name)))
    path = tmp_path / "rows.jsonl"
    words = ["bread", "chess", "rivers", "stars", "maths"]
    rows = [{"id": f"r{i}", "text": f"{words[i % 5]} {i * 7919 % 101} {words[i % 3]}"} for i in range(40)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    Subsets(Store()).add(open_dataset([path], Store()), EVEN, "even", made={"by": "ids"})
    return path


def test_a_subset_as_a_step_chooses_what_is_chosen_among_its_rows_or_the_others(data):
    study = Study.open(data)
    ids = tuple(f"r{i}" for i in EVEN)
    for keep, rows in ((True, np.array(EVEN)), (False, np.arange(1, 40, 2))):
        recipe = Recipe((Listed("even", ids, keep), CHOICE))
        assert Recipe.from_json(recipe.as_json()) == recipe
        assert foresee(study, recipe).left == (20,)
        by_hand = rows[study.subset(rows, "part").choose(CHOICE).positions]
        found = study.follow(recipe)
        assert found.selection.positions.tolist() == by_hand.tolist()
        assert set(np.flatnonzero(found.gone == 1)) == set(range(40)) - set(rows.tolist())


def test_a_recipe_holds_the_ids_and_outlives_the_subset(data, tmp_path):
    (tmp_path / "r.yaml").write_text(dump_recipe(Recipe((Listed("even"), CHOICE))))
    common = [str(data), "--quiet"]
    steps = ["--recipe", str(tmp_path / "r.yaml")]
    whole = ["--save-recipe", str(tmp_path / "whole.yaml"), "--bundle", str(tmp_path / "p.zip")]
    assert main(["select", *common, *steps, *whole, "--out", str(tmp_path / "a.json")]) == 0
    same = ["--among", "subset:even", "--selector", "k_center", "--budget", "5", "--seed", "3"]
    assert main(["select", *common, *same, "--out", str(tmp_path / "b.json")]) == 0
    assert main(["subset", "delete", str(data), "--subset", "even"]) == 0
    again = ["--recipe", str(tmp_path / "whole.yaml"), "--out", str(tmp_path / "c.json")]
    assert main(["select", *common, *again]) == 0
    found = [json.loads((tmp_path / f"{name}.json").read_text())["ids"] for name in "abc"]
    assert found[0] == found[1] == found[2]
    assert main(["replay", str(tmp_path / "p.zip"), "--data", str(data)]) == 0
    assert main(["select", *common, *steps, "--out", str(tmp_path / "d.json")]) == 2  # it is not there any more


def test_a_subset_as_the_reference_and_as_what_curves_are_of(data, capsys):
    study = Study.open(data)
    even = part_of(study, np.array(EVEN), "even")
    score = study.against(even).measure(["novelsum"], intervals=False)[0].value
    assert score != study.measure(["novelsum"], intervals=False)[0].value
    asked = ["--metrics", "novelsum", "--no-intervals", "--json", "--quiet"]
    for word in ("subset:even", f"{data}:subset:even"):
        capsys.readouterr()
        assert main(["measure", str(data), "--reference", word, *asked]) == 0
        (found,) = json.loads(capsys.readouterr().out)["scores"]
        assert (found["value"], found["reference"]) == (pytest.approx(score, rel=1e-12), "even")
    assert main(["curve", str(data), "--subset", "even", "--metrics", "vendi", "--sizes", "5,20", "--json"]) == 0
    (curve,) = json.loads(capsys.readouterr().out)["curves"]
    assert json.dumps(curve).count("20")


def test_a_choice_against_a_subset_is_made_again_when_the_subset_is_gone(data, tmp_path):
    by_hand = Study.open(data).against(part_of(Study.open(data), np.array(EVEN), "even"))
    proof = tmp_path / "p.zip"
    choose = ["--selector", "novelselect", "--budget", "4", "--out", str(tmp_path / "x.json"), "--bundle", str(proof)]
    assert main(["select", str(data), "--reference", "subset:even", *choose, "--quiet"]) == 0
    found = json.loads((tmp_path / "x.json").read_text())
    assert found["positions"] == by_hand.choose(Choice("novelselect", "4")).positions.tolist()
    assert found["manifest"]["reference"]["subset"] == {"name": "even", "positions": EVEN}
    assert main(["subset", "delete", str(data), "--subset", "even"]) == 0
    assert main(["replay", str(proof), "--data", str(data), "--quiet"]) == 0
    found["manifest"]["reference"]["subset"]["positions"][0] = 1
    (tmp_path / "x.json").write_text(json.dumps(found))
    assert main(["replay", str(tmp_path / "x.json"), "--data", str(data), "--quiet"]) == 2


def test_a_subset_as_shards_is_its_rows_in_order_and_is_verified(data, tmp_path):
    asked = ["--subset", "even", "--shards", "8 rows", "--add", "density", "--out", str(tmp_path / "even.jsonl")]
    assert main(["subset", "export", str(data), *asked, "--quiet"]) == 0
    shards = sorted(tmp_path.glob("even-*.jsonl"))
    rows = [json.loads(line) for shard in shards for line in shard.read_text().splitlines()]
    assert [row["id"] for row in rows] == [f"r{i}" for i in EVEN] and len(shards) == 3
    check = ["verify", str(tmp_path / "even.jsonl.manifest.json"), "--data", str(data), "--subset", str(tmp_path)]
    assert main(check) == 0
    shards[1].write_text(shards[1].read_text().replace("r16", "r17"))
    assert main(check) == 2


@pytest.mark.parametrize("fields", [{}, {"name": 3}, {"name": "a", "ids": [True]}, {"name": "a", "keep": 1}, {"a": 1}])
def test_a_step_that_is_none_is_refused(fields):
    with pytest.raises(UserError, match="Step 1"):
        Recipe.from_json({"steps": [{"subset": fields}, {"select": CHOICE.as_json()}]})


def test_ids_that_the_data_has_not_and_ids_not_filled_in_are_told(data, tmp_path):
    study = Study.open(data)
    with pytest.raises(UserError, match="'zz'"):
        study.follow(Recipe((Listed("even", ("r2", "zz")), CHOICE)))
    with pytest.raises(UserError, match="without its ids"):
        study.follow(Recipe((Listed("even"), CHOICE)))
    filled = with_subsets(Recipe((Listed("even"), CHOICE)), lambda name: (name, "r2"))
    (tmp_path / "r.json").write_text(dump_recipe(filled, as_yaml=False))
    assert read_recipe(tmp_path / "r.json").steps[0] == Listed("even", ("even", "r2"))
