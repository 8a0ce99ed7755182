"""What docs/recording.md shows can be played, and the options that it names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import examples
from simulator.cli import main
from simulator.scenario import load_scenario
from simulator.scenario.playing.runner import run_scenario

PAGE = (Path(examples.__file__).parents[1] / "docs" / "recording.md").read_text(encoding="utf-8")
SCENARIOS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("shown", SCENARIOS, ids=[shown.splitlines()[0] for shown in SCENARIOS])
def test_a_scenario_that_is_shown_passes(shown: str, tmp_path: Path) -> None:
    file = tmp_path / "shown.yaml"
    file.write_text(shown)
    outcome = run_scenario(load_scenario(file), agent="examples.concierge:create_agent")
    assert [failure.message for failure in outcome.failures] == []


def test_every_option_that_is_named_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    main(["record", "--help"])
    main(["scenario", "from-recording", "--help"])
    known = capsys.readouterr().out
    assert [option for option in re.findall(r"`(--[a-z-]+)", PAGE) if option not in known] == []
