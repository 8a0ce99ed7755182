"""The fixture `call` where pytest-asyncio is missing: it says so."""

from __future__ import annotations

import pytest

from simulator.pytest_plugin.virtual import what_is_missing


@pytest.fixture
def call() -> None:
    """A simulated call; needs pytest-asyncio."""
    pytest.fail(what_is_missing(), pytrace=False)
