"""Every metric meets the values that programs of others gave on the same inputs (tests/golden/metrics.json)."""

import hashlib
import math
import re

import faiss
import numpy as np
import pytest

from core.errors import UserError
from core.geometry import Space
from core.metrics import METRICS
from core.metrics.cluster_inertia import inertia
from core.metrics.distinct_n import distinct_share
from core.metrics.hdd import expected_ratio
from core.metrics.mtld import mean_stretch
from core.metrics.novelsum import novelsum_grid
from core.metrics.vocd_d import SIZES, _mean_of_draws, fit
from core.token_draws import of_tokens
from core.tokens import numbered
from tests.golden.inputs import array
from tests.golden.peers import cases, cloud, compression_tolerance, setting, texts_of, tokens, values


@pytest.mark.parametrize("own", ["in", "ex"])
@pytest.mark.parametrize(("entry", "key"), cases("novelsum.code"))
def test_novelsum_released_form_is_that_of_the_authors_code(entry, key, own):
    target, reference = map(cloud, key.split("|"))
    expected = values(entry)[key][own]
    grid = novelsum_grid(target, reference, [setting(k) for k in expected], include_self=own == "in")
    for k, value in expected.items():
        assert grid[setting(k)].value == pytest.approx(value, rel=1e-6), k


@pytest.mark.parametrize(("entry", "key"), cases("novelsum.formula"))
def test_novelsum_paper_form_is_the_printed_sum(entry, key):
    target, reference = map(cloud, key.split("|"))
    expected = values(entry)[key]
    grid = novelsum_grid(target, reference, [setting(k) for k in expected["sum"]], form="paper")
    for k in expected["sum"]:
        found = grid[setting(k)]
        assert found.value == pytest.approx(expected["sum"][k], rel=1e-9), k
        assert found.details["weighted_mean"] == pytest.approx(expected["wavg"][k], rel=1e-9), k


def test_novelsum_edge_cases_of_the_authors_code():
    edge, novelsum = values("novelsum.code_edge"), METRICS["novelsum"]
    copies = Space(np.tile(array("A")[:1], (50, 1)))
    assert novelsum(copies, reference=cloud("P")).value == pytest.approx(edge["50 x A[0]|P K10 b.5 a1 in"], abs=2e-7)
    plain = novelsum(cloud("A[:300]"), reference=cloud("P")).value
    assert plain == pytest.approx(edge["A[:300]|P K10 b.5 a1 in"], rel=1e-6)
    larger = (Space(5 * array("A[:300]"), normalize=False), Space(5 * array("P"), normalize=False))
    expected = edge["5*A[:300]|5*P K10 b.5 a1 in"]
    assert novelsum(larger[0], reference=larger[1]).value == pytest.approx(expected, rel=1e-6)


def test_novelsum_refuses_the_small_reference_for_which_the_authors_code_returns_zero():
    assert values("novelsum.code_edge")["B[:50]|B[:6] K10 b.5 a1 in"] == 0.0
    with pytest.raises(UserError, match="at least 11 distinct rows; B\\[:6\\] has 6"):
        METRICS["novelsum"](cloud("B[:50]"), reference=cloud("B[:6]"))


@pytest.mark.parametrize(("entry", "key"), cases("aps.oda", "embdiv.mean_pw_dist"))
def test_distsum(entry, key):
    name, metric = ("distsum_l2" if "euclidean" in key else "distsum_cosine"), values(entry)[key]
    if entry == "aps.oda" and "euclidean" in key:
        rows = array(key[0]).astype(np.float64)  # the peer's mean of 1 / (1 + distance): the distances it rests on
        gaps = np.sqrt(((rows[:, None] - rows) ** 2).sum(-1))[np.triu_indices(len(rows), 1)]
        assert np.mean(1 / (1 + gaps)) == pytest.approx(metric, rel=1e-9)
        assert METRICS[name](cloud(key[0])).value == pytest.approx(gaps.mean(), rel=1e-6)
        return
    expected = 1 - metric if entry == "aps.oda" else metric
    # the input is float32 and unit to its rounding, and a Euclidean Space scales such rows to unit length first
    rel = 1e-6 if name == "distsum_l2" else 1e-9
    assert METRICS[name](cloud(key[0])).value == pytest.approx(expected, rel=rel)


@pytest.mark.parametrize(("entry", "key"), cases("embdiv.knn", "knn.oda", "embdiv.chamfer_dist"))
def test_knn_distance(entry, key):
    name, k = key[0], int((re.search(r"k=(\d+)", key) or [0, "1"])[1])
    euclidean = "euclidean" in key
    squared, _ = (cloud(name) if euclidean else cloud(name).directions).neighbours(k)
    rows = np.sqrt(squared) if euclidean else squared / 2
    found = rows.mean() if entry == "knn.oda" else rows[:, k - 1].mean()
    assert found == pytest.approx(values(entry)[key], rel=1e-6 if euclidean else 1e-9, abs=1e-8)
    if not euclidean and entry != "knn.oda":
        assert METRICS["knn_distance"](cloud(name), k=k).value == pytest.approx(values(entry)[key], rel=1e-9)


@pytest.mark.parametrize(("entry", "key"), cases("vendi.pkg"))
def test_vendi_of_the_package_whose_score_x_ignores_the_order(entry, key):
    for name, value in values(entry)[key].items():
        q = float(name.split("q=")[1])
        assert METRICS["vendi"](cloud(key), q=q).value == pytest.approx(value, rel=1e-6 if q == 0.5 else 1e-9), name


@pytest.mark.parametrize("step", [1e-15, 1e-12, 1e-9, 1e-7, 2e-6])
def test_vendi_is_continuous_at_the_order_one(step):
    at_one = METRICS["vendi"](cloud("A")).value
    for q in (1 - step, 1 + step):
        assert METRICS["vendi"](cloud("A"), q=q).value == pytest.approx(at_one, rel=1e-9 + 2 * step)


def test_vendi_of_further_orders():
    for name, value in values("vendi.oda").items():
        assert METRICS["vendi"](cloud(name)).value == pytest.approx(value, rel=1e-8), name
    assert list(values("vendi.q_grid")) == ["A"]
    for name, value in values("vendi.q_grid")["A"].items():
        assert METRICS["vendi"](cloud("A"), q=float(name.split("=")[1])).value == pytest.approx(value, rel=1e-9), name


@pytest.mark.parametrize(("entry", "key"), cases("metric.facility_location"))
def test_facility_location_is_the_sum_of_highest_similarities(entry, key):
    target, pool = map(cloud, key.split("->"))
    found = METRICS["facility_location"](target, reference=pool)
    peer, own = values(entry)[key]
    assert found.details["total"] == pytest.approx(peer, rel=1e-6)
    assert found.details["total"] == pytest.approx(own, rel=1e-7)
    assert found.value == pytest.approx(own / len(pool), rel=1e-7)


@pytest.mark.parametrize(("entry", "key"), cases("facility_location.oda"))
def test_coverage_is_what_another_program_calls_facility_location(entry, key):
    pair, measure = key.split()
    target, pool = map(cloud, pair.split("->"))
    if measure == "cosine":
        expected = values(entry)[key]
        assert METRICS["mean_coverage"](target, reference=pool).value == pytest.approx(expected["mean"], rel=1e-9)
        assert METRICS["coverage_radius"](target, reference=pool).value == pytest.approx(expected["max"], rel=1e-9)
    else:
        nearest = np.sqrt(pool.neighbours(1, within=target)[0])
        assert nearest.sum() == pytest.approx(values(entry)[key]["sum"], rel=1e-6)


@pytest.mark.parametrize(("entry", "key"), cases("partition_entropy.faiss"))
def test_partition_entropy(entry, key):
    pair, k = key.split(" K=")
    target, pool = map(cloud, pair.split("|"))
    expected = values(entry)[key]
    shares = np.array([count for count in expected["counts"] if count]) / len(target)
    assert -(shares * np.log2(shares)).sum() == pytest.approx(expected["value"], abs=1e-9)
    found = METRICS["partition_entropy"](target, reference=pool, k=int(k)).value
    if faiss.__version__ == "1.15.1":
        assert found == pytest.approx(expected["value"], abs=1e-9)
    else:  # another release seeds its centroids in another way
        assert found == pytest.approx(expected["value"], abs=0.2)


@pytest.mark.parametrize(("entry", "key"), cases("radius.oda"))
def test_radius(entry, key):
    # the peer takes the float32 rows as they are, unit to 1e-7 only
    found = METRICS["radius"](Space(array(key), normalize=False))
    assert found.value == pytest.approx(values(entry)[key]["radius"], rel=1e-9)
    assert found.details["mean"] == pytest.approx(values(entry)[key]["arithmetic_mean_std"], rel=1e-9)
    n = len(array(key))
    assert found.value * math.sqrt(n / (n - 1)) == pytest.approx(values("embdiv.geo_mean_std")[key], rel=1e-9)


@pytest.mark.parametrize(("entry", "key"), cases("logdet.closed_form", "logdet.oda", "embdiv.log_determinant"))
def test_log_det(entry, key):
    ridge = float((re.search(r"(?:ridge|eps)=(\S+)", key) or [0, "1e-6"])[1])
    value = values(entry)[key]
    expected = value[0] if entry == "logdet.oda" else value
    space = cloud(key.split()[0])
    found = METRICS["log_det"](space, ridge=ridge)
    tolerance = {"abs": 1e-2} if ridge < 1e-6 and len(space) > space.dim else {"rel": 1e-8}
    if "float32" in key:  # kept where there are fewer rows than dimensions only: past that the peer loses its ridge
        assert len(space) < space.dim
        tolerance = {"rel": 2e-6}
    assert found.details["total"] == pytest.approx(expected, **tolerance)


@pytest.mark.parametrize(("entry", "key"), cases("embdiv.dcscore"))
def test_dcscore(entry, key):
    tau = 0.1 if "tau" in key else 1.0
    assert METRICS["dcscore"](cloud(key[0]), tau=tau).value == pytest.approx(values(entry)[key], rel=1e-9)


@pytest.mark.parametrize("name", "ABCD")
def test_inertia_of_given_groups(name):
    total, mean = values("inertia.oda")[f"{name} squared_euclidean"]
    found = inertia(Space(array(name), normalize=False), array(f"label_{name}"))
    assert found.sum() == pytest.approx(total, rel=1e-9)
    assert found.mean() == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize(("entry", "key"), cases("embdiv.cluster_inertia"))
def test_cluster_inertia_is_near_that_of_another_kmeans(entry, key):
    found = METRICS["cluster_inertia"](cloud(key[0]), k=int(key.split("=")[1]))
    assert found.details["total"] == pytest.approx(values(entry)[key], rel=0.02)


@pytest.mark.parametrize("name", values("lex.tokens"))
def test_lexical_metrics_on_the_recorded_tokens(name):
    stream = [word for text in tokens(name) for word in text]
    count, kinds, sha = values("lex.tokens")[name]
    assert (len(stream), len(set(stream))) == (count, kinds)
    assert hashlib.sha256("\x1f".join(stream).encode()).hexdigest() == sha
    found = numbered(tokens(name))
    assert found.kinds / len(found) == pytest.approx(values("lex.ttr")[name], abs=1e-12)
    assert mean_stretch(found, 0.72) == pytest.approx(values("lex.mtld")[name], rel=1e-10)
    assert expected_ratio(found, 42) == pytest.approx(values("lex.hdd")[name], rel=1e-10)


@pytest.mark.parametrize("name", values("lex.vocd"))
def test_vocd_d_without_noise_and_with(name):
    found = numbered(tokens(name))
    exact = fit(np.array([expected_ratio(found, size) for size in SIZES]))
    assert exact == pytest.approx(values("lex.vocd_expected")[name], rel=1e-6)
    peer = values("lex.vocd")[name]
    order = np.arange(len(found.ends), dtype=np.uint64)  # of the texts: any will do
    text = of_tokens(found, order)
    assert _mean_of_draws(text, repeats=3, seed=0).value == pytest.approx(peer["mean"], abs=4 * peer["sd"])


@pytest.mark.parametrize("name", values("distinct_n.own"))
@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("borders", ["doc", "cat"])
def test_distinct_n_inside_texts_and_over_one_long_text(name, n, borders):
    words = tokens("text_zh char") if name == "text_zh_char" else tokens(f"{name} ws")
    if borders == "cat":
        words = [[word for text in words for word in text]]
    if name == "text_zh" and borders == "doc" and n > 1:  # each Chinese text is one "word" between spaces
        with pytest.raises(UserError, match=f"No text has {n} tokens"):
            distinct_share(numbered(words), n)
        return
    expected = values("distinct_n.own")[name][borders][n - 1]
    assert distinct_share(numbered(words), n).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", values("compression.own"))
@pytest.mark.parametrize("join", ["newline", "space"])
def test_compression_ratio(name, join):
    before, after, inverse, *_ = values("compression.own")[name][join]
    rows = texts_of(name) if join == "newline" else [" ".join(texts_of(name))]
    found = METRICS["compression_ratio"](texts=rows)
    assert found.details["before"] == before
    assert found.details["inverse"] == pytest.approx(inverse, rel=compression_tolerance())
    assert found.value == pytest.approx(after / before, rel=compression_tolerance())
