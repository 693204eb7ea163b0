"""What programs of others measure in another unit, direction or count than Gamut: the conversion, and then the value.

The last test says that no value was copied into tests/golden/metrics.json that no test reads.
"""

import ast
import math
import re
import string
from pathlib import Path

import numpy as np
import pytest

from core.geometry import Space
from core.metrics import METRICS
from core.metrics.cluster_inertia import inertia
from core.metrics.distinct_n import distinct_share
from core.metrics.hdd import expected_ratio
from core.metrics.mtld import mean_stretch
from core.metrics.novelsum import novelsum_grid
from core.tokens import numbered
from tests.golden.inputs import array
from tests.golden.peers import GOLDEN, cases, cloud, compression_tolerance, setting, texts_of, tokens, values


@pytest.mark.parametrize(("entry", "name"), cases("novelsum.code_cos_distance", "cshaib.remote_clique"))
def test_a_mean_that_counts_each_row_with_itself_is_ours_less_an_nth(entry, name):
    n = len(array(name))
    found = (n - 1) / n * METRICS["distsum_cosine"](cloud(name)).value
    assert found == pytest.approx(values(entry)[name], rel=1e-6 if entry.startswith("novelsum") else 1e-9)


@pytest.mark.parametrize(("entry", "key"), cases("embdiv.sum_pw_dist"))
def test_a_sum_over_unordered_pairs_is_ours_times_half_of_the_ordered_ones(entry, key):
    n, euclidean = len(array(key[0])), "euclidean" in key
    found = METRICS["distsum_l2" if euclidean else "distsum_cosine"](cloud(key[0])).value * n * (n - 1) / 2
    assert found == pytest.approx(values(entry)[key], rel=1e-6 if euclidean else 1e-9)


@pytest.mark.parametrize("name", "ABCD")
def test_least_distances_are_those_of_knn_distance_at_k_1(name):
    found = METRICS["knn_distance"](cloud(name), k=1)
    assert found.value == pytest.approx(values("cshaib.chamfer")[name], rel=1e-9)
    assert found.rows.sum() == pytest.approx(values("embdiv.sum_bottleneck")[name], rel=1e-9)
    assert found.rows.min() == pytest.approx(values("embdiv.bottleneck")[name], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", "ABCD")
def test_the_score_of_a_row_that_is_a_mean_over_k_neighbours_is_the_mean_of_ours_of_one_to_k(name):
    each = [METRICS["knn_distance"](cloud(name), k=k).rows for k in range(1, 6)]
    assert np.mean(each, axis=0)[:5] == pytest.approx(values("knn.oda_rows")[name], rel=1e-9)


@pytest.mark.parametrize("name", "ABCD")
def test_largest_distances_and_the_medoid_s_mean_are_coverage_by_a_single_row(name):
    distance = 1 - cloud(name).unit64() @ cloud(name).unit64().T
    assert distance.max(axis=1).sum() == pytest.approx(values("embdiv.sum_diameter")[name], rel=1e-9)
    end, medoid = (cloud(name).subset(np.array([row])) for row in (distance.max(1).argmax(), distance.mean(1).argmin()))
    diameter = METRICS["coverage_radius"](end, reference=cloud(name)).value
    assert diameter == pytest.approx(values("embdiv.diameter")[name], rel=1e-9)
    span = METRICS["mean_coverage"](medoid, reference=cloud(name)).value
    assert span == pytest.approx(values("embdiv.span_medoid")[name], rel=1e-9)


@pytest.mark.parametrize(("entry", "key"), cases("novelsum.oda"))
def test_novelsum_of_another_program_that_counts_the_row_itself(entry, key):
    target, reference = map(cloud, key.split("|"))
    expected = values(entry)[key]
    grid = novelsum_grid(target, reference, [setting(k) for k in expected])
    assert [grid[setting(k)].value for k in expected] == pytest.approx(list(expected.values()), rel=1e-6)


@pytest.mark.parametrize(("entry", "name"), cases("partition_entropy.labels"))
def test_entropy_of_given_clusters_is_that_of_cells_each_of_which_is_one_point(entry, name):
    expected = values(entry)[name]
    points = np.eye(expected["K"], 64)
    found = METRICS["partition_entropy"](
        Space(points[array(f"label_{name}")]), reference=Space(points), k=expected["K"]
    ).value
    assert found == pytest.approx(expected["bits"], rel=1e-9)
    assert found * math.log(2) == pytest.approx(expected["entropy_nats"], rel=1e-9)  # the peer's are natural logarithms
    assert found / math.log2(expected["K"]) == pytest.approx(expected["normalized"], rel=1e-9)


@pytest.mark.parametrize("name", "ABCD")
def test_inertia_in_distances_and_in_cosines(name):
    """Rows have length 1: a cell of n rows with the mean m has n (1 - |m|^2) in squares and n (1 - |m|) in cosines."""
    labels, expected = array(f"label_{name}"), values("inertia.oda")
    assert np.sqrt(inertia(Space(array(name), normalize=False), labels)).sum() == pytest.approx(
        expected[f"{name} euclidean"][0], rel=1e-9
    )
    if name != "D":  # the peer takes means of rows that are not of length 1 there
        counts = np.bincount(labels)
        squares = np.bincount(labels, inertia(cloud(name), labels))
        cosines = counts * (1 - np.sqrt(1 - squares / counts))
        assert cosines.sum() == pytest.approx(expected[f"{name} cosine"][0], rel=1e-6)


@pytest.mark.parametrize(("entry", "key"), cases("embdiv.vendi_score"))
def test_vendi_of_a_second_program(entry, key):
    q = float((re.search(r"q=(\S+)", key) or [0, "1"])[1])
    assert METRICS["vendi"](cloud(key[0]), q=q).value == pytest.approx(values(entry)[key], rel=1e-9)


@pytest.mark.parametrize("name", values("vendi.pkg_score_X_q2_bug"))
def test_a_vendi_that_ignores_its_order_is_that_of_order_one(name):
    found = METRICS["vendi"](cloud(name)).value
    assert found == pytest.approx(values("vendi.pkg_score_X_q2_bug")[name], rel=1e-9)


@pytest.mark.parametrize(("entry", "key"), cases("embdiv.renyi_entropy"))
def test_renyi_entropy_is_the_logarithm_of_vendi_and_of_what_the_peer_adds(entry, key):
    """Past d rows there are n - d eigenvalues of zero, each of which the peer counts as 1e-12."""
    q = float((re.search(r"alpha=(\S+)", key) or [0, "2"])[1])
    added = max(0, len(cloud(key[0])) - cloud(key[0]).dim)
    ours = math.log(METRICS["vendi"](cloud(key[0]), q=q).value)
    if q == 1:
        expected = ours + added * 1e-12 * math.log(1e12)
    else:
        expected = math.log(math.exp((1 - q) * ours) + added * 1e-12**q) / (1 - q)
    assert expected == pytest.approx(values(entry)[key], rel=1e-9)


@pytest.mark.parametrize(("entry", "name"), cases("lex.oda"))
def test_mtld_and_hdd_of_a_program_that_strips_punctuation(entry, name):
    """A token of punctuation only becomes an empty one: MTLD counts it, HD-D has it among the tokens, not the kinds."""
    bare = str.maketrans("", "", string.punctuation)
    words = [[word.lower().translate(bare) for word in text] for text in tokens(name)]
    stretch, ratio = values(entry)[name]
    found = numbered(words)
    assert mean_stretch(found, 0.72) == pytest.approx(stretch, rel=1e-10)
    total, empty = len(found), sum(text.count("") for text in words)
    never = math.prod((total - empty - drawn) / (total - drawn) for drawn in range(42))
    assert expected_ratio(found, 42) - (1 - never) / 42 == pytest.approx(ratio, rel=1e-10)


@pytest.mark.parametrize(("entry", "name"), cases("lex.per_text_ttr_mean"))
def test_the_mean_over_texts_of_their_own_ratios(entry, name):
    each = [found.kinds / len(found) for found in (numbered([words]) for words in tokens(name))]
    assert np.mean(each) == pytest.approx(values(entry)[name], abs=1e-12)


@pytest.mark.parametrize(("entry", "name"), cases("cshaib.ngram_diversity"))
def test_n_gram_diversity_is_the_sum_of_distinct_1_to_n_of_one_long_text(entry, name):
    words = numbered([" ".join(texts_of(name)).split(" ")])  # two spaces have an empty word between them
    for key, expected in values(entry)[name].items():
        found = sum(distinct_share(words, n).value for n in range(1, int(key.removeprefix("n=")) + 1))
        assert found == pytest.approx(expected, abs=1e-11), key


@pytest.mark.parametrize(("entry", "name"), cases("cshaib.compression_ratio"))
def test_a_ratio_of_texts_that_are_packed_twice_is_the_inverse_of_ours_with_a_second_frame(entry, name):
    """What is packed cannot be packed again: the second gzip adds its head, its end and a file name, 34 bytes."""
    found = METRICS["compression_ratio"](texts=[" ".join(texts_of(name))])
    before = found.details["before"]
    assert before / (before / found.details["inverse"] + 34) == pytest.approx(
        values(entry)[name], rel=compression_tolerance()
    )


@pytest.mark.parametrize(("entry", "name"), cases("oda.compress_ratio"))
def test_the_mean_over_texts_of_what_zlib_leaves_of_each_is_ours_without_the_frame_of_gzip(entry, name):
    """The frame of gzip is 18 bytes, that of zlib 6."""
    each = [METRICS["compression_ratio"](texts=[text]) for text in texts_of(name)]
    left = [found.value - 12 / found.details["before"] for found in each]
    assert np.mean(left) == pytest.approx(values(entry)[name], abs=max(1e-4, compression_tolerance() - 1e-3))


def test_every_value_that_was_copied_is_read_by_a_test_and_what_was_not_is_named():
    read = set()
    for name in ("test_metrics_golden.py", "test_metrics_golden_conversions.py"):
        for node in ast.walk(ast.parse((Path(__file__).parent / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("values", "cases"):
                read |= {each.value for each in node.args if isinstance(each, ast.Constant)}
    assert read == set(GOLDEN["entries"])
    assert not read & set(GOLDEN["left_out"])
    assert all(GOLDEN["left_out"].values())
