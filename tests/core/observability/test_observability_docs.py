"""docs/observability.md names every figure, by the name that it is recorded under."""

from __future__ import annotations

import re
from pathlib import Path

from agentkit.core.observability.figures import COUNTS, LATENCIES

PAGE = (Path(__file__).parents[3] / "docs" / "observability.md").read_text(encoding="utf-8")


def test_the_page_names_the_figures_that_there_are() -> None:
    named = set(re.findall(r"`agentkit\.([a-z_]+)`", PAGE))
    assert named == {name.removesuffix("_ms") for name in (*LATENCIES, *COUNTS)}
