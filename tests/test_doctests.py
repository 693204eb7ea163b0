"""The examples in docstrings give what they say; those of metrics are tested with the metrics."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import core

MODULES = [
    found.name
    for found in pkgutil.walk_packages(core.__path__, "core.")
    if not found.name.startswith(("core.metrics.", "core.__main__"))
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_say(name):
    module = import_module(name)
    found = doctest.testmod(module, extraglobs={"Study": core.Study}, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.failed == 0


def test_there_are_examples_outside_the_metrics():
    finder = doctest.DocTestFinder()
    assert sum(len(each.examples) for name in MODULES for each in finder.find(import_module(name))) > 10
