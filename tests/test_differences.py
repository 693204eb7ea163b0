"""What one set has and another lacks: on groups laid out by hand, and by a second implementation."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core import Study, UserError, work
from core.__main__ import main
from core.choice import Choice
from core.comparison import compare
from core.differences import differences
from core.planted import NEAR_COPY
from core.progress import silent
from core.resampling import subsample
from core.store import Store
from core.template import Template
from core.told_apart import USUAL
from core.workspace import Workspace

TOPICS = ("bread dough oven", "river lake water", "engine wheel brake", "violin flute chord", "goal match referee")


def topics(numbers: list[int], each: int, seed: int, name: str) -> Study:
    """`each` rows about each of those topics, close together and far from the other topics."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(numbers, each)
    rows = np.eye(6)[labels] + rng.normal(size=(len(labels), 6)) * 0.08
    return replace(Study.of_vectors(rows, name=name), texts=[TOPICS[label] for label in labels])


@pytest.fixture(scope="module")
def two() -> tuple[Study, Study]:
    return topics([0, 1, 2], 20, 1, "mine"), topics([1, 2, 3, 4], 15, 2, "theirs")


@pytest.fixture(scope="module")
def found(two):
    return differences(*two, k=5, metrics=["vendi"], repeats=2)


def test_topics_that_only_one_set_has_are_gained_or_lost_with_their_counts(found):
    def by_name(clusters):
        return {cluster.name.split(", ")[0]: (cluster.first, cluster.second) for cluster in clusters}

    assert by_name(found.lost) == {"bread": (20, 0)}
    assert by_name(found.gained) == {"chord": (0, 15), "goal": (0, 15)}
    assert by_name(found.clusters) == {
        **by_name(found.lost),
        **by_name(found.gained),
        "lake": (20, 15),
        "brake": (20, 15),
    }
    assert found.size == 60


def test_new_rows_are_those_farther_than_usual_from_every_row_of_the_first(found, two):
    mine, theirs = (study.space.unit64(subsample(study, 60, 0)) for study in two)
    among = 1 - mine @ mine.T
    np.fill_diagonal(among, np.inf)
    own = among.min(axis=1)
    usual = max(np.quantile(own[own > NEAR_COPY], USUAL), NEAR_COPY)
    nearest = (1 - theirs @ mine.T).min(axis=1)
    assert found.usual == pytest.approx(usual, abs=1e-6)
    assert found.new == (nearest > usual).sum()
    assert sum(cluster.new for cluster in found.clusters) == found.new
    assert {cluster.name.split(", ")[0] for cluster in found.clusters if cluster.brings} == {"chord", "goal"}
    assert (found.second_by_first.mean, found.second_by_first.radius) == pytest.approx(
        (nearest.mean(), nearest.max()), abs=1e-6
    )
    back = (1 - mine @ theirs.T).min(axis=1)
    assert (found.first_by_second.mean, found.first_by_second.radius) == pytest.approx(
        (back.mean(), back.max()), abs=1e-6
    )


def test_the_farthest_rows_are_those_of_all_rows_of_the_second(two):
    mine, theirs = two
    theirs = theirs.subset(np.arange(5, 60), "theirs but five")
    result = differences(mine, theirs, size=20, far=4, metrics=[])
    distances = 1 - theirs.space.unit64() @ mine.space.unit64().T
    order = np.argsort(-distances.min(axis=1))[:4]
    assert [far.row for far in result.farthest] == order.tolist()
    assert [far.position for far in result.farthest] == (order + 5).tolist()
    assert [far.nearest for far in result.farthest] == distances.argmin(axis=1)[order].tolist()
    assert [far.distance for far in result.farthest] == pytest.approx(np.sort(distances.min(axis=1))[:-5:-1], abs=1e-6)
    assert result.merged is None


def test_medoids_are_rows_of_the_set_that_they_are_said_to_be_of(found, two):
    for cluster in found.clusters:
        study = two[0] if cluster.medoid_of == "first" else two[1]
        assert cluster.name.split(", ")[0] in study.texts[cluster.medoid]


def test_the_advice_says_what_is_new_and_what_both_together_are(found):
    assert found.merged.names == ("mine", "mine + theirs")
    assert found.merged.rows == (60, 120)
    assert found.merged.verdict("vendi", 0, 1).seen_from(1) == "broader"
    assert found.advice == (
        f"Adding theirs to mine brings something new in 2 of 5 clusters ({found.gained[0].name}; "
        f"{found.gained[1].name}): {found.new / 60:.0%} of its rows are farther from every row of mine than 90% of the "
        "rows there are from their nearest; 10% would be by chance. At equal size, mine + theirs is broader than mine "
        "on 1 of 1 metric."
    )
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["advice"] == found.advice


def test_both_together_warn_of_other_templates_and_not_of_the_rows_they_share(two):
    mine, theirs = (
        replace(study, template=Template(kind)) for study, kind in zip(two, ("prompt", "both"), strict=True)
    )
    result = differences(mine, theirs, k=5, metrics=["vendi"], repeats=2)
    assert result.merged.warnings == (
        "The texts of mine are made by the template prompt only, those of theirs by prompt and response: part of any "
        "difference may be due to that.",
    )
    assert differences(*two, k=5, metrics=["vendi"], repeats=2).merged.warnings == ()


def test_more_of_the_same_brings_nothing_new():
    source = topics([0, 1, 2], 100, 3, "source")
    order = np.random.default_rng(0).permutation(300)
    result = differences(source.subset(order[:150], "one"), source.subset(order[150:], "other"), k=3, metrics=[])
    assert not result.gained
    assert not result.lost
    assert result.advice.startswith("Adding other to one brings nothing new in any of 3 clusters")
    assert result.new / 150 < 0.25


def test_differences_are_kept(tmp_path, two, monkeypatch):
    first, second = (replace(study, store=Store(tmp_path)) for study in two)
    result = differences(first, second, k=5, metrics=["radius"], repeats=2)
    monkeypatch.setattr("core.differences._found", lambda *_: pytest.fail("computed again"))
    again = differences(first, second, k=5, metrics=["radius"], repeats=2)
    assert (again, again.merged) == (result, result.merged)


def test_what_cannot_be_laid_side_by_side_is_refused(two):
    with pytest.raises(UserError, match=r"at least 20 are needed, and the smaller set has 60"):
        differences(*two, size=61)
    with pytest.raises(UserError, match="of 6 dimensions and five of 5"):
        differences(two[0], Study.of_vectors(np.eye(5).repeat(5, 0), name="five"))


def test_the_job_leaves_in_the_store_what_the_same_studies_then_find(tmp_path, monkeypatch):
    store = Store(tmp_path / "home")
    sets = []
    for name, numbers in (("mine", [0, 1]), ("theirs", [1, 3])):
        path = tmp_path / f"{name}.csv"
        path.write_text("text\n" + "\n".join(TOPICS[number] for number in numbers for _ in range(15)))
        np.save(tmp_path / f"{name}.npy", topics(numbers, 15, len(sets), name).embeddings.vectors)
        key = work.read(store, {"paths": [str(path)]}, silent)["dataset"]
        work.vectors(store, {"dataset": key, "source": str(tmp_path / f"{name}.npy")}, silent)
        sets.append({"dataset": key})
    entry = Workspace(store).get(sets[0]["dataset"])
    study = Workspace(store).study(entry)
    chosen = study.select("random", 25, seed=1)
    selection = study.choice_key(Choice("random", "25", seed=1))
    sets[0] |= {"selection": selection, "name": "my choice"}
    args = {"sets": sets, "metrics": ["vendi", "facility_location"], "repeats": 2, "differences": True, "k": 3}
    assert work.WORK["compare"](store, args, silent) == {}

    monkeypatch.setattr("core.comparison.EqualSize", lambda *_: pytest.fail("computed again"))
    monkeypatch.setattr("core.differences._found", lambda *_: pytest.fail("computed again"))
    studies, reference = work.compared(store, args)
    assert (reference, [study.name for study in studies]) == (None, ["my choice", "theirs.csv"])
    assert studies[0].positions.tolist() == chosen.positions.tolist()
    result = compare(studies, args["metrics"], repeats=2)
    assert result.size == 25
    assert len(differences(*studies, k=3, metrics=args["metrics"], repeats=2).clusters) == 3
    sets[0]["selection"] = "0" * 32
    with pytest.raises(UserError, match=r"no longer in the store\. Choose it again"):
        work.compared(store, args)


def test_a_job_for_curves_leaves_them_in_the_store(tmp_path, monkeypatch):
    from core.size_curve import size_curves

    store = Store(tmp_path / "home")
    path = tmp_path / "v.csv"
    path.write_text("text\n" + "\n".join(["some words"] * 40))
    np.save(tmp_path / "v.npy", topics([0, 1], 20, 1, "v").embeddings.vectors)
    key = work.read(store, {"paths": [str(path)]}, silent)["dataset"]
    work.vectors(store, {"dataset": key, "source": str(tmp_path / "v.npy")}, silent)
    work.WORK["curves"](store, {"dataset": key, "metrics": ["vendi"], "repeats": 2}, silent)
    monkeypatch.setattr("core.size_curve._worked_out", lambda *_: pytest.fail("computed again"))
    study = Workspace(store).study(Workspace(store).get(key))
    assert size_curves(study, ["vendi"], repeats=2)[0].sizes == (20, 40)


def test_the_command_line_prints_what_is_gained_and_lost(capsys, tmp_path, two):
    paths = [tmp_path / f"{study.name}.npy" for study in two]
    for path, study in zip(paths, two, strict=True):
        np.save(path, study.embeddings.vectors)
    words = ["compare", *map(str, paths), "--metrics", "vendi", "--repeats", "2", "--differences", "--quiet"]
    words += ["--home", str(tmp_path / "home")]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "Clusters of 60 rows of each: rows of mine.npy, of theirs.npy (new ones)" in out
    assert main([*words, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)["differences"]
    assert printed["advice"] in out
    assert {"name", "first", "second", "change", "new", "brings", "medoid_of", "medoid"} == set(printed["clusters"][0])


def test_a_set_with_copies_does_not_make_their_near_copies_new():
    rows = np.random.default_rng(0).normal(size=(100, 16)).astype(np.float32)
    mine = Study.of_vectors(np.concatenate([rows, rows]), name="mine")
    theirs = Study.of_vectors(np.concatenate([rows, rows]) + np.float32(1e-4), name="theirs")
    found = differences(mine, theirs, k=5)
    assert found.new == 0
    assert found.usual > 0.02
