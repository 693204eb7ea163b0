"""Journeys over what can be set on the pages, on few rows: `make controls-test`.

With the other browser tests they use every control but those of tests/browser/unreached.txt, or the session fails.
"""

import pytest

from tests.browser.conftest import Server


@pytest.fixture
def server(prepared_server: Server) -> Server:
    return prepared_server


@pytest.fixture
def begins_at() -> str:
    return ""  # each goes to its own page at once
