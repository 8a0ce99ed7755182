"""What docs/report.md shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import examples
from simulator.cli import main

CHECKOUT = Path(examples.__file__).parents[1]
PAGE = (CHECKOUT / "docs" / "report.md").read_text("utf-8")


def test_the_comparison_is_told_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("bokeh", reason="reports are drawn with Bokeh: pip install 'agentkit[report]'")
    monkeypatch.chdir(tmp_path)
    Path("scenarios").symlink_to(CHECKOUT / "scenarios")
    (shown,) = [block for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) if "compare" in block]
    lines = shown.splitlines()
    for command in (line for line in lines if line.startswith("$ ")):
        assert main(shlex.split(command)[2:]) == 0
    told = capsys.readouterr().out.splitlines()
    assert all(line in told for line in lines if not line.startswith("$ "))
    assert Path("compared/index.html").is_file()


def test_every_option_that_is_shown_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    main(["simulate", "--help"])
    known = capsys.readouterr().out
    main(["compare", "--help"])
    known += capsys.readouterr().out
    shown = set(re.findall(r"`(--[a-z]+)", PAGE))
    assert shown >= {"--report", "--junit", "--summary", "--perfetto", "--otel"}
    assert [option for option in shown if option not in known] == []


def test_every_row_of_the_time_line_is_explained() -> None:
    legend = pytest.importorskip("simulator.report.html.legend", reason="reports are drawn with Bokeh")
    table = PAGE.partition("| lane | row |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\|.*?\|(.*?)\|", table, re.MULTILINE)
    explained = {name.strip() for cell in cells for name in cell.split(",")}
    assert explained >= legend.ROWS.keys()
