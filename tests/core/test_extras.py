"""Installing an extra: a command that leads to this agentkit, and not to what has its name elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.extras import command, how_to_install

GIT = {"vcs": "git", "commit_id": "0123abc"}


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        (
            {"url": "file:///home/me/agentkit", "dir_info": {"editable": True}},
            "pip install -e '/home/me/agentkit[report]'",
        ),
        ({"url": "file:///a%20b/agentkit", "dir_info": {}}, "pip install '/a b/agentkit[report]'"),
        (
            {"url": "https://example.com/agentkit.git", "vcs_info": GIT},
            "pip install 'agentkit[report] @ git+https://example.com/agentkit.git'",
        ),
        (
            {
                "url": "https://example.com/all.git",
                "vcs_info": {**GIT, "requested_revision": "v1"},
                "subdirectory": "kit",
            },
            "pip install 'agentkit[report] @ git+https://example.com/all.git@v1#subdirectory=kit'",
        ),
        (
            {"url": "file:///tmp/agentkit-0.1.0-py3-none-any.whl", "archive_info": {}},
            "pip install 'agentkit[report] @ file:///tmp/agentkit-0.1.0-py3-none-any.whl'",
        ),
    ],
)
def test_an_extra_is_installed_from_where_agentkit_was(origin: dict[str, Any], told: str) -> None:
    assert command("report", json.dumps(origin)) == told


def test_where_nothing_is_known_the_extra_is_named_and_no_package_of_the_index() -> None:
    told = command("report", None)
    assert "extra 'report'" in told
    assert "pip install" not in told


@given(
    st.text() | st.recursive(st.none() | st.text(), lambda x: st.dictionaries(st.text(), x)).map(json.dumps)
)
def test_whatever_the_installer_left_there_is_advice(origin: str) -> None:
    assert command("report", origin)


def test_the_agentkit_that_is_tested_can_be_extended() -> None:
    told = how_to_install("report")
    assert "[report]" in told or "extra 'report'" in told
