"""The Help page: everything that metrics, selectors and values per row say of themselves stands there."""

import pytest
from streamlit.testing.v1 import AppTest

from core.metrics import METRICS
from core.promises import PROMISES, conditions, promised
from core.row_values import ROW_VALUES
from core.selectors import SELECTORS
from pages.ui.glossary import GLOSSARY
from pages.ui.words import number
from tests.app_script import empty_store, open_page


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> AppTest:
    with pytest.MonkeyPatch.context() as patch:
        empty_store(tmp_path_factory.mktemp("home"), patch)
        return open_page("8_Help")


def test_every_metric_is_explained_with_its_formula_and_whose_value_it_is(page):
    said = "\n".join(words.value for words in page.main.markdown)
    formulas = [formula.value for formula in page.main.latex]
    titles = [box.label for box in page.main.expander]
    for metric in METRICS.values():
        assert metric.title in titles
        assert any(metric.formula in formula for formula in formulas)
        for words in (
            metric.says,
            metric.rewards,
            metric.overlooks,
            metric.size,
            metric.length,
            metric.cost,
            metric.source,
        ):
            assert words in said
        assert metric.matches in said
        assert f"Range: {metric.range}" in said


def test_every_selector_is_explained(page):
    said = "\n".join(words.value for words in page.main.markdown)
    titles = [box.label for box in page.main.expander]
    for selector in SELECTORS.values():
        assert selector.title in titles
        for words in (selector.says, selector.rewards, selector.overlooks, selector.source, selector.guarantee):
            assert words in said


def test_the_table_of_promises_is_what_the_metrics_declare(page):
    table = next(table.value for table in page.main.dataframe if "Rotation" in table.value)
    (said,) = [words.value for words in page.main.markdown if "At some parameters only" in words.value]
    assert table["Metric"].tolist() == [metric.title for metric in METRICS.values()]
    for axiom, promise in PROMISES.items():
        for shown, metric in zip(table[promise.title], METRICS.values(), strict=True):
            mark, star = shown.removesuffix(" *"), shown.endswith(" *")
            assert mark == {True: "✓ yes", False: "✗ no", None: "does not apply"}[promised(metric, axiom)]
            assert star == (axiom in metric.only)
            assert not star or f"- {metric.title}: {conditions(metric)}." in said
            assert (mark == "✓ yes") == (axiom in metric.obeys)


def test_values_per_row_and_words_are_listed(page):
    said = "\n".join(words.value for words in page.main.markdown)
    for value in ROW_VALUES.values():
        assert f"`{value.name}`: {value.title}" in said
    for word, meaning in GLOSSARY.items():
        assert f"**{word}**: {meaning}" in said
    assert list(GLOSSARY) == sorted(GLOSSARY, key=str.casefold)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.69, "0.690"),
        (0.9999, "1.00"),
        (99.96, "100"),
        (999.96, "1,000"),
        (12345.6, "12,346"),
        (0.0012345, "0.00123"),
        (0.0000123, "1.23e-05"),
        (-0.5, "-0.500"),
        (7.0, "7"),
        (float("nan"), "no value"),
        (float("-inf"), "infinite"),
    ],
)
def test_a_number_has_three_significant_figures_and_keeps_its_zeros(value, shown):
    assert number(value) == shown
