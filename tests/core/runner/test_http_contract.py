"""The API does what its own OpenAPI document says, whatever it is sent."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

TOKEN = "correct-horse"


async def test_schemathesis_finds_nothing(serve: Any, tmp_path: Path) -> None:
    tool = shutil.which("st", path=str(Path(sys.executable).parent))
    if tool is None:
        pytest.skip("schemathesis is not installed: pip install schemathesis")
    async with serve(token=TOKEN, max_concurrent_sessions=5, max_sessions_per_call=2) as service:
        process = await asyncio.create_subprocess_exec(
            tool,
            "run",
            f"{service.url}/openapi.json",
            f"--header=Authorization: Bearer {TOKEN}",
            "--max-examples=3",
            "--seed=1",
            "--request-timeout=10",
            "--no-shrink",
            "--no-color",
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, output.decode(errors="replace")
        assert service.launcher.started > 0
