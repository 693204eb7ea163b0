"""Several sets on one map, and where one is denser than another."""

import csv
import json

import numpy as np
import pytest

from core.__main__ import main
from core.density_difference import density_difference, shared_density
from core.errors import UserError
from core.figures import Theme, density_shares
from core.joint_map import joint_map
from core.study import Study

RNG = np.random.default_rng(3)
LEFT, RIGHT = RNG.normal([-4, 0], 0.3, (200, 2)), RNG.normal([4, 0], 0.3, (100, 2))


def test_where_only_one_set_lies_it_has_all_of_the_density_whatever_its_size():
    found = density_difference(np.vstack([LEFT, RIGHT[:50]]), np.vstack([RIGHT, RIGHT]))
    x = found.x0 + found.step * np.arange(found.share.shape[1])
    left, right = found.share[:, x < -2], found.share[:, x > 2]
    assert np.nanmin(left) > 0.99
    assert np.nanmax(right) < 0.3  # a fifth of the one beside all of the other: a sixth of an equal mixture
    assert abs(np.nanmean(right) - 1 / 6) < 0.06
    assert np.isnan(found.share[:, abs(x) < 1]).all()


def test_the_density_in_common_is_one_of_a_set_with_itself_and_none_of_sets_far_apart():
    assert shared_density(LEFT, LEFT) == pytest.approx(1)
    assert shared_density(LEFT, RIGHT) < 1e-3
    half = np.vstack([LEFT, LEFT + np.array([8, 0])])
    assert shared_density(half, LEFT) == pytest.approx(0.5, abs=0.01)
    assert shared_density(LEFT[:1], LEFT[:1]) == pytest.approx(1)


def test_it_is_the_sum_over_points_done_by_hand():
    """Densities as kernels at the middle of each point's cell, cell by cell."""
    first, second = RNG.random((30, 2)), RNG.random((20, 2)) + 0.2
    found = density_difference(first, second)
    x = found.x0 + found.step * np.arange(found.share.shape[1])
    y = found.y0 + found.step * np.arange(found.share.shape[0])

    def by_hand(points):
        total = np.zeros(found.share.shape)
        for point in points:
            px, py = (x[abs(x - point[0]).argmin()], y[abs(y - point[1]).argmin()])
            kernel = np.exp(-((x - px) ** 2)[None] / (2 * (160 / 50 * found.step) ** 2)) * np.exp(
                -((y - py) ** 2)[:, None] / (2 * (160 / 50 * found.step) ** 2)
            )
            total += kernel
        return total / total.sum()

    mine, theirs = by_hand(first), by_hand(second)
    known = np.isfinite(found.share)
    np.testing.assert_allclose(found.share[known], (mine / (mine + theirs))[known], atol=0.01)
    assert shared_density(first, second) == pytest.approx(np.minimum(mine, theirs).sum(), abs=0.01)


def studies(*parts):
    return [Study.of_vectors(part, name="set") for part in parts]


def test_rows_of_every_set_have_the_places_of_one_projection():
    parts = [RNG.standard_normal((40, 6)), RNG.standard_normal((25, 6)) + 2]
    found = joint_map(studies(*parts), method="pca")
    together = Study.of_vectors(np.vstack(parts)).project("pca")
    np.testing.assert_allclose(found.xy, together.xy, atol=1e-6)
    np.testing.assert_array_equal(found.places(1), found.xy[40:])
    assert found.names == ("set (1)", "set (2)")
    shared, chance = found.overlap(0, 1)
    assert shared < 0.2 < chance


def test_of_many_rows_a_part_of_each_set_is_placed(monkeypatch):
    monkeypatch.setattr("core.joint_map.MOST", 100)
    found = joint_map(studies(RNG.standard_normal((300, 4)), RNG.standard_normal((30, 4))), method="pca")
    assert [len(rows) for rows in found.rows] == [90, 20]
    assert len(found.xy) == 110


def test_sets_that_cannot_lie_on_one_map_are_refused():
    with pytest.raises(UserError, match="two sets"):
        joint_map(studies(np.eye(30)))
    with pytest.raises(UserError, match="dimensions"):
        joint_map(studies(np.eye(30), np.eye(31)))


def test_names_are_shown_letter_by_letter():
    figure = density_shares(density_difference(LEFT, RIGHT), ("<b>a</b>", "%{z}$x$"), Theme.light())
    assert figure.data[0].colorbar.ticktext == (
        "only<br>&#37;{z}&#36;x&#36;",
        "as many",
        "only<br>&lt;b&gt;a&lt;/b&gt;",
    )


def test_the_command_writes_every_row_and_tells_what_sets_share(tmp_path, capsys):
    for name, part in (("a", LEFT[:60]), ("b", RIGHT[:40])):
        np.save(tmp_path / f"{name}.npy", np.hstack([part, np.ones((len(part), 1))]).astype(np.float32))
    out = tmp_path / "map.csv"
    words = ["compare", str(tmp_path / "a.npy"), str(tmp_path / "b.npy"), "--metrics", "vendi", "--size", "30"]
    words += ["--map", str(out), "--method", "pca", "--json", "--home", str(tmp_path / "home")]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)["map"]
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["set"] for row in rows] == ["a.npy"] * 60 + ["b.npy"] * 40
    assert told["overlap"][0]["share"] < 0.05 < told["overlap"][0]["chance"]
