"""The code of the page about running agents does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "running.md").read_text(encoding="utf-8")


@pytest.mark.virtual
async def test_the_code_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("redis")
    page: dict[str, Any] = {"__name__": "page"}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(block, page)
    await page["call_somebody"]()
    assert capsys.readouterr().out.startswith("active ")
    await page["test_the_agent_leaves_when_nobody_comes"]()
