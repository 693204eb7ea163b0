"""Every metric against a second, slow implementation, written from the definition with no thought of speed."""

import gzip
import itertools
import math
from functools import cache

import numpy as np
import pytest

import core.blocks
import core.geometry
from core.geometry import Space
from core.metrics import METRICS
from core.metrics.novelsum import novelsum_grid
from tests.golden.inputs import array, texts
from tests.slow_tokens import words_by_expression

CLOUDS = {
    "even": (array("B[:60]"), array("B[60:200]")),
    "clumped": (array("A[:80]"), array("P[:200]")),
    "with copies": (np.concatenate([array("A[:40]"), array("A[:15]")]), array("A[20:120]")),
    "not normalised": (array("D[:50]"), array("D[50:150]")),
}
TEXTS = {name: list(texts(name)[:40]) for name in ("text_en", "text_code", "text_zh")}


def unit(rows):
    rows = np.asarray(rows, dtype=np.float64)
    return rows / np.sqrt((rows**2).sum(axis=1, keepdims=True))


def cosine(x, y):
    return max(0.0, 1 - float(x @ y))


def off_diagonal(n):
    return itertools.permutations(range(n), 2)


def slow_distsum_cosine(rows, pool, euclidean):
    x = unit(rows)
    return np.mean([cosine(x[i], x[j]) for i, j in off_diagonal(len(x))])


def slow_distsum_l2(rows, pool, euclidean):
    return np.mean([math.dist(euclidean(rows)[i], euclidean(rows)[j]) for i, j in off_diagonal(len(rows))])


def slow_knn_distance(rows, pool, euclidean):
    x = unit(rows)
    return np.mean([min(cosine(x[i], x[j]) for j in range(len(x)) if j != i) for i in range(len(x))])


def slow_vendi(rows, pool, euclidean):
    x = unit(rows)
    shares = [share for share in np.linalg.eigvalsh(x @ x.T / len(x)) if share > 1e-12]
    return math.exp(-sum(share * math.log(share) for share in shares))


def slow_log_det(rows, pool, euclidean):
    x = unit(rows)
    sign, value = np.linalg.slogdet(x @ x.T + 1e-6 * np.eye(len(x)))
    assert sign == 1
    return value / len(x)


def slow_dcscore(rows, pool, euclidean):
    x = unit(rows)
    return sum(math.e / sum(math.exp(1 - cosine(y, z)) for z in x) for y in x)


def slow_radius(rows, pool, euclidean):
    spreads = [math.sqrt(np.mean((column - np.mean(column)) ** 2)) for column in euclidean(rows).T]
    return math.prod(spreads) ** (1 / len(spreads))


def slow_facility_location(rows, pool, euclidean):
    x, p = unit(rows), unit(pool)
    return np.mean([max(float(y @ z) for z in x) for y in p])


def slow_mean_coverage(rows, pool, euclidean):
    return 1 - slow_facility_location(rows, pool, euclidean)


def slow_coverage_radius(rows, pool, euclidean):
    return max(min(cosine(y, z) for z in unit(rows)) for y in unit(pool))


def slow_partition_entropy(rows, pool, euclidean):
    """With as many cells as distinct reference rows each of them is a cell of its own."""
    centres = np.unique(euclidean(pool), axis=0)
    assert len(centres) <= 100, "then it would take a k-means to compare with"
    labels = [int(((centres - row) ** 2).sum(axis=1).argmin()) for row in euclidean(rows)]
    shares = [labels.count(label) / len(labels) for label in set(labels)]
    return -sum(share * math.log2(share) for share in shares)


def slow_cluster_inertia(rows, pool, euclidean):
    """Up to 74 rows are one group."""
    x = euclidean(rows)[:74]
    return np.mean([((row - x.mean(axis=0)) ** 2).sum() for row in x])


def slow_novelsum(rows, pool, euclidean, alpha=1.0, beta=0.5, neighbors=10, include_self=True):
    x, p, total = euclidean(rows), np.unique(euclidean(pool), axis=0), 0.0
    for i, row in enumerate(x):
        near = sorted(((p - row) ** 2).sum(axis=1))[1 : neighbors + 1]
        distances = [cosine(unit(rows)[i], unit(rows)[j]) if i != j else 0.0 for j in range(len(x))]
        if not include_self:
            del distances[i]
        weights = [rank**-alpha for rank in range(1, len(distances) + 1)]
        weighted = sum(w * d for w, d in zip(weights, sorted(distances), strict=True)) / sum(weights)
        total += (np.mean(near) + 1e-9) ** -beta * weighted
    return total / len(x)


def slow_paper(rows, pool, alpha, beta, neighbors):
    x, p = unit(rows), np.unique(unit(pool), axis=0)

    def density(row):
        others = sorted(cosine(row, other) for other in p if not np.array_equal(row, other))
        return 1 / sum(others[:neighbors])

    total = 0.0
    for i, row in enumerate(x):
        near = sorted((cosine(row, x[j]), density(x[j])) for j in range(len(x)) if j != i)
        total += sum(rank**-alpha * sigma**beta * d for rank, (d, sigma) in enumerate(near, 1))
    return total


SLOW = {name.removeprefix("slow_"): function for name, function in globals().items() if name.startswith("slow_")}


def slow_words(rows):
    return [word for text in rows for word in words_by_expression(text)]


def slow_ttr(rows):
    return slow_hdd(rows, min(1000, len(slow_words(rows))))


def slow_hdd(rows, draws=42):
    words = slow_words(rows)
    missed = [math.comb(len(words) - words.count(kind), draws) / math.comb(len(words), draws) for kind in set(words)]
    return sum(1 - chance for chance in missed) / draws


def slow_vocd_d(rows):
    ratios = {size: slow_hdd(rows, size) for size in range(35, 51)}

    def misfit(d):
        return sum((d / n * (math.sqrt(1 + 2 * n / d) - 1) - ratio) ** 2 for n, ratio in ratios.items())

    return min((step / 20 for step in range(20, 20_000)), key=misfit)


def slow_mtld(rows):
    def stretches(words):
        full, start = 0, 0
        for stop in range(1, len(words) + 1):
            if len(set(words[start:stop])) / (stop - start) <= 0.72:
                full, start = full + 1, stop
        rest = words[start:]
        return full + ((1 - len(set(rest)) / len(rest)) / 0.28 if rest else 0)

    words = slow_words(rows)
    return (len(words) / stretches(words) + len(words) / stretches(words[::-1])) / 2


def slow_distinct_n(rows):
    pairs = [pair for text in rows for pair in itertools.pairwise(words_by_expression(text))]
    return len(set(pairs)) / len(pairs)


def slow_compression_ratio(rows):
    content = "\n".join(rows).encode()
    return len(gzip.compress(content, 9)) / len(content)


SLOW_TEXT = {
    "ttr": slow_ttr,
    "hdd": slow_hdd,
    "vocd_d": slow_vocd_d,
    "mtld": slow_mtld,
    "distinct_n": slow_distinct_n,
    "compression_ratio": slow_compression_ratio,
}
LOOSE = {"ttr": 5e-3, "vocd_d": 0.05}  # means of random samples


def test_every_metric_has_a_second_implementation():
    assert (set(SLOW) - {"paper"}) | set(SLOW_TEXT) == set(METRICS)


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("name", sorted(set(SLOW) - {"paper"}))
@pytest.mark.parametrize("precision", ["float64", "float32 in small blocks"])
def test_metric_of_embeddings(name, cloud, precision, monkeypatch):
    rows, pool = CLOUDS[cloud]
    if name == "partition_entropy":
        pool = pool[:90]
    if name == "cluster_inertia":
        rows = rows[:74]
    tolerance = 1e-9 if precision == "float64" else 3e-6
    if precision != "float64":
        monkeypatch.setattr(core.geometry, "EXACT_UP_TO", 0)
        monkeypatch.setattr(core.blocks, "BLOCK_BYTES", 10_000)
    normalize = cloud != "not normalised"
    found = METRICS[name](Space(rows, normalize=normalize), reference=Space(pool, normalize=normalize)).value
    expected = SLOW[name](rows, pool, unit if normalize else lambda some: some.astype(np.float64))
    assert found == pytest.approx(expected, rel=tolerance, abs=1e-9)


@pytest.mark.parametrize("alpha", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("beta", [0.0, 0.7])
@pytest.mark.parametrize("include_self", [True, False])
def test_novelsum_with_other_parameters(alpha, beta, include_self):
    rows, pool = CLOUDS["with copies"]
    setting = {"alpha": alpha, "beta": beta, "neighbors": 3, "include_self": include_self}
    found = METRICS["novelsum"](Space(rows), reference=Space(pool), **setting)
    assert found.value == pytest.approx(slow_novelsum(rows, pool, unit, **setting), rel=1e-9)
    assert found.value == pytest.approx(found.rows.mean(), rel=1e-12)


@cache
def paper_by_hand():
    return slow_paper(*CLOUDS["with copies"], 1.5, 0.7, 4)


@pytest.mark.parametrize("precision", ["float64", "float32 in small blocks"])
def test_novelsum_in_the_form_of_the_paper(precision, monkeypatch):
    if precision != "float64":
        monkeypatch.setattr(core.geometry, "EXACT_UP_TO", 0)
        monkeypatch.setattr(core.blocks, "BLOCK_BYTES", 10_000)
    rows, pool = CLOUDS["with copies"]
    found = METRICS["novelsum"](Space(rows), reference=Space(pool), form="paper", alpha=1.5, beta=0.7, neighbors=4)
    assert found.value == pytest.approx(paper_by_hand(), rel=1e-9 if precision == "float64" else 1e-5)


def test_one_pass_gives_what_single_calls_give():
    rows, pool = (Space(part) for part in CLOUDS["clumped"])
    settings = list(itertools.product([0.0, 1.0, 2.0], [0.0, 0.25, 0.5], [5, 10]))
    for form in ("released", "paper"):
        grid = novelsum_grid(rows, pool, settings, form=form)
        assert list(grid) == settings
        for alpha, beta, k in settings:
            one = METRICS["novelsum"](rows, reference=pool, form=form, alpha=alpha, beta=beta, neighbors=k)
            assert grid[alpha, beta, k].value == pytest.approx(one.value, rel=1e-12)


@pytest.mark.parametrize("rows", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("name", SLOW_TEXT)
def test_metric_of_texts(name, rows):
    loose = {"rel": LOOSE[name]} if name in LOOSE else {"rel": 1e-9}
    assert METRICS[name](texts=rows).value == pytest.approx(SLOW_TEXT[name](rows), **loose)
