"""What docs/interruptions.md says of the numbers is so."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from agentkit.core import TurnPolicy
from simulator.scenario.load import scenario_files

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "interruptions.md").read_text(encoding="utf-8")


def test_every_setting_is_there_with_its_default() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", PAGE, re.MULTILINE))
    policy = TurnPolicy()
    assert told.keys() == {field.name for field in fields(policy)}
    assert told.pop("backchannels") == "English"
    assert {name: float(default) for name, default in told.items()} == {
        name: getattr(policy, name) for name in told
    }


def test_every_promise_has_a_scenario() -> None:
    promises = set(re.findall(r"^(\d)\. \*\*", PAGE, re.MULTILINE))
    assert len(promises) == 9
    assert promises == {file.stem[0] for file in scenario_files(ROOT / "scenarios" / "barge_in")}
