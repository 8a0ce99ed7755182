"""What docs/scenarios.md shows is read by the reader, and nothing of the language is left out."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from simulator.scenario import load_scenario
from simulator.scenario.model.vocabulary import BESIDE, EVENTS, VERBS
from simulator.scenario.playing.runner import run_scenario
from simulator.scenario.reading.expect_reader import KINDS
from simulator.scenario.reading.reader import KEYS
from simulator.trace.metrics import metric_names

PAGE = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml *(\w*)\n(.*?)```", PAGE, re.DOTALL)
STEPS = [example for kind, example in EXAMPLES if kind == "steps"]
VIDEOS = Path(__file__).parents[3] / "scenarios" / "video" / "fixtures"
VIDEO_EXAMPLES = [example for _, example in EXAMPLES if ".mp4" in example and "script" in example]
PRELUDE = """\
people: {alice: {mic: true}, bob: {mic: true}}
script:
  - alice: joins
  - bob: joins
"""


def _whole(kind: str, example: str) -> str:
    body = textwrap.indent(example, "  ")
    if kind == "steps":
        return PRELUDE + body
    return f"{PRELUDE}expect:\n{body}" if kind == "expectations" else example


@pytest.mark.parametrize(
    ("kind", "example"), EXAMPLES, ids=[example.splitlines()[0] for _, example in EXAMPLES]
)
def test_an_example_in_the_docs_is_a_scenario(kind: str, example: str, tmp_path: Path) -> None:
    (tmp_path / "fixtures").symlink_to(VIDEOS)
    file = tmp_path / "example.yaml"
    file.write_text(_whole(kind, example))
    assert load_scenario(file).script


@pytest.mark.parametrize(
    "example", VIDEO_EXAMPLES, ids=[example.splitlines()[3] for example in VIDEO_EXAMPLES]
)
def test_the_examples_with_video_can_be_played(example: str, tmp_path: Path) -> None:
    (tmp_path / "fixtures").symlink_to(VIDEOS)
    file = tmp_path / "example.yaml"
    file.write_text(example)
    outcome = run_scenario(load_scenario(file), agent="examples.onlooker:create_agent")
    assert [failure.message for failure in outcome.failures] == []


@pytest.mark.parametrize("example", STEPS, ids=[example.splitlines()[0] for example in STEPS])
def test_the_steps_in_the_docs_can_be_played(example: str, tmp_path: Path) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(_whole("steps", example))
    outcome = run_scenario(load_scenario(file), agent="examples.booking:create_agent")
    assert [failure.message for failure in outcome.failures] == []


def test_the_first_scenario_in_the_docs_passes(tmp_path: Path) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(EXAMPLES[0][1])
    assert [failure.message for failure in run_scenario(load_scenario(file)).failures] == []


def _shown(kind: str) -> str:
    return "\n".join(example for found, example in EXAMPLES if found == kind)


SHOWN = "\n".join([_shown("steps"), *VIDEO_EXAMPLES])


@pytest.mark.parametrize("actor", ["person", "agent", "provider", "everyone", "call", "wait"])
def test_the_docs_show_every_verb(actor: str) -> None:
    who = {"person": "(?:alice|bob)", "provider": "(?:stt|llm|tts)", "wait": ""}.get(actor, actor)
    for verb in VERBS[actor]:  # type: ignore[index]
        said = rf"- {who}: (?:{{|'|)?{verb}\b" if who else rf"- {verb}:\s"
        assert re.search(said, SHOWN), f"{actor}: {verb}"


def test_the_docs_show_every_expectation_and_everything_beside_a_verb() -> None:
    for kind in KINDS:
        assert re.search(rf"- {kind}\b.*:", _shown("expectations")), kind
    for beside in BESIDE:
        assert f"  {beside}: " in _shown("steps"), beside


def test_the_docs_name_every_key_metric_and_event() -> None:
    for name in (*KEYS, *{metric.partition(".")[0] for metric in metric_names()}):
        assert f"`{name}`" in PAGE, name
    events = PAGE.partition("\n## Events\n")[2].partition("\n## ")[0]
    for event in EVENTS:
        assert f"`{event}`" in events, event
