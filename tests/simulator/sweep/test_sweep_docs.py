"""What docs/many.md shows is what happens."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

import examples
from simulator.cli import main

PAGE = (Path(examples.__file__).parents[1] / "docs" / "many.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return [block for of, block in re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL) if of == language]


def test_the_sweep_over_seeds_ends_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("prompt.yaml").write_text(blocks("yaml")[0])
    shown = next(block for block in blocks("") if "prompt.yaml" in block)
    command, *lines = shown.splitlines()
    status = main(shlex.split(command)[2:])
    told = iter([line.rstrip() for line in capfd.readouterr().out.splitlines()])
    for line in lines:
        if line.strip() not in ("", "...") and " x)" not in line:
            assert line in told, line
    [row] = json.loads(Path("sweep.json").read_text())
    fields = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))))
    assert status == 1
    assert fields - {"sweep", "j", "engine"} >= set(row["sweep"])
