"""Names of clusters: terms that a person recognises, in any script, and the row in the middle."""

import numpy as np
import pytest

from core.cluster_names import name_clusters, tokens
from core.geometry import Space

BAKING = ["Bake the sourdough bread for forty minutes", "How do I knead bread dough?", "Bread needs flour and yeast"]
TRAVEL = ["Which train goes to Vienna?", "The night train to Rome", "I missed my train and want a refund"]
CODE = ["def read_file(path): return open(path)", "Why does read_file fail?", "read_file raises an OSError"]


def space_of(texts: list[str]) -> Space:
    return Space(np.random.default_rng(0).standard_normal((len(texts), 4)))


def named(*groups: list[str]) -> tuple[str, ...]:
    texts = [text for group in groups for text in group]
    labels = np.repeat(np.arange(len(groups)), [len(group) for group in groups]).astype(np.int32)
    return name_clusters(texts, space_of(texts), labels).names


def test_a_cluster_is_named_after_what_only_its_texts_share():
    baking, travel, code = named(BAKING, TRAVEL, CODE)
    assert baking.startswith("bread")
    assert travel.startswith("train")
    assert code.startswith("read_file")


def test_german_and_spanish_are_named_by_their_subjects_and_not_by_their_small_words():
    german = ["Wie backe ich das Brot mit der Hefe?", "Das Brot ist nicht aufgegangen", "Welches Mehl für das Brot?"]
    spanish = ["¿Cómo se hace la paella?", "La paella con el arroz", "Una paella para los amigos"]
    first, second = named(german, spanish)
    assert first.startswith("brot")
    assert second.startswith("paella")
    small = {"das", "der", "ist", "nicht", "la", "el", "se", "una", "los"}
    assert not small & {word for name in (first, second) for word in name.split(", ")}


def test_chinese_is_named_by_whole_words():
    learning = ["请解释机器学习", "机器学习是什么", "我想学机器学习的基础"]
    cooking = ["怎样做红烧肉", "红烧肉的做法", "我喜欢红烧肉"]
    first, second = named(learning, cooking)
    assert first.startswith("机器学习")
    assert second.startswith("红烧肉")


def test_what_all_clusters_share_names_none_of_them():
    names = named([f"instruction {text}" for text in BAKING], [f"instruction {text}" for text in TRAVEL])
    assert not any("instruction" in name for name in names)


def test_one_cluster_alone_is_named_by_its_commonest_terms():
    assert named(BAKING)[0].startswith("bread")


def test_a_plural_does_not_name_a_cluster_twice():
    name = named(["recipe recipes salt", "recipes recipe salt", "recipe recipes salt"], TRAVEL)[0]
    assert sorted(name.split(", ")) in (["recipe", "salt"], ["recipes", "salt"])


def test_two_clusters_never_have_one_name():
    names = named(["apple"] * 3, ["apple"] * 3, TRAVEL)
    assert len(set(names)) == 3


def test_clusters_without_words_are_numbered_from_one():
    assert named(["1 + 1 = 2", "3 + 4", "5"], ["", "!!!", "?"]) == ("Cluster 1", "Cluster 2")


def test_clusters_of_bare_vectors_are_numbered():
    labels = np.array([0, 1, 0], dtype=np.int32)
    assert name_clusters(None, Space(np.eye(3)), labels).names == ("Cluster 1", "Cluster 2")


def test_rows_in_no_cluster_name_nothing():
    texts = [*BAKING, *["zeppelin"] * 3]
    names = name_clusters(texts, space_of(texts), np.array([0, 0, 0, -1, -1, -1], dtype=np.int32))
    assert len(names.names) == len(names.medoids) == 1
    assert "zeppelin" not in names.names[0]


def test_a_name_holds_no_markup():
    texts = ["<b>bold</b> <script>alert</script> %{text}"] * 4
    assert not set("<>%{}&") & set("".join(named(texts, TRAVEL)))


def test_the_medoid_is_the_row_nearest_to_the_mean_direction():
    rng = np.random.default_rng(3)
    space = Space(rng.standard_normal((200, 8)))
    labels = rng.integers(-1, 4, 200).astype(np.int32)
    found = name_clusters(None, space, labels)
    unit = space.raw.astype(float) / np.linalg.norm(space.raw.astype(float), axis=1, keepdims=True)
    for label, medoid in enumerate(found.medoids):
        rows = np.flatnonzero(labels == label)
        middle = unit[rows].mean(axis=0)
        cosines = unit[rows] @ middle / np.linalg.norm(middle)
        assert medoid == rows[cosines.argmax()]


def test_of_equal_rows_the_first_is_the_medoid():
    assert name_clusters(None, Space(np.ones((7, 3))), np.zeros(7, dtype=np.int32)).medoids == (0,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Cats", ["cats"]),
        ("x = my_list[0]", ["my_list"]),
        ("北京大学", ["北京", "京大", "大学"]),
        ("我的书包", ["书包"]),
        ("東京へ行きます", ["東京"]),
        ("안녕하세요 세계", ["안녕하세요", "세계"]),
        ("C3PO 42 a1", ["c3po", "a1"]),
    ],
)
def test_a_text_is_cut_into_terms(text, expected):
    assert list(tokens(text)) == expected
