"""The schema for editors: made from the models, and it accepts what the reader accepts."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from simulator.scenario.load import scenario_files
from simulator.scenario.model.vocabulary import VERBS
from simulator.scenario.schema import FILE, scenario_schema, schema_text
from tests.simulator.scenario import test_scenario_docs as docs
from tests.simulator.scenario import test_scenario_loading as loading

ROOT = Path(__file__).parents[3]
SHIPPED = scenario_files(ROOT / "scenarios")
VALIDATOR = Draft7Validator(scenario_schema())


def complaints(text: str) -> list[str]:
    return [f"{list(error.path)}: {error.message}" for error in VALIDATOR.iter_errors(yaml.safe_load(text))]


def test_the_shipped_schema_is_that_of_the_models() -> None:
    """If it is not: ``agentkit scenario schema > simulator/scenario/schema.json``."""
    assert FILE.read_text() == schema_text()


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(json.loads(FILE.read_text()))


@pytest.mark.parametrize("file", SHIPPED, ids=[file.stem for file in SHIPPED])
def test_it_accepts_the_shipped_scenarios(file: Path) -> None:
    assert complaints(file.read_text()) == []


@pytest.mark.parametrize(
    ("kind", "example"), docs.EXAMPLES, ids=[e.splitlines()[0] for _, e in docs.EXAMPLES]
)
def test_it_accepts_what_the_docs_show(kind: str, example: str) -> None:
    assert complaints(docs._whole(kind, example)) == []


def test_it_accepts_a_whole_scenario() -> None:
    assert complaints(loading.WHOLE) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "scrip: [wait: 1s]",
        "name: a",
        "script: []",
        "script: [agent: speeks]",
        "script: [agent: says]",
        "script: [alice: dances]",
        "script: [{alice: {sais: hello}}]",
        "script: [{agent: speaks, within: soon}]",
        "script: [{agent: speaks, within: 3}]",
        "script: [{agent: speaks, within: true}]",
        "script: [{wait: 800}]",
        "script: [{agent: stays silent, for: 1.5}]",
        "script: [{tts: hurts}]",
        "script: [{any of: [{agent: speaks}]}]",
        "script: [wait: 1s]\nexpect: [{interuptions: 1}]",
        "script: [wait: 1s]\nexpect: [{metric: 'yeild_latency.p95 <= 1s'}]",
        "script: [wait: 1s]\nexpect: [{interruptions: some}]",
        "script: [wait: 1s]\npeople: {alice: {mik: true}}",
        "script: [wait: 1s]\ntools: {a: {return: 1}}",
    ],
)
def test_it_refuses_a_slip_of_the_pen(wrong: str) -> None:
    assert complaints(textwrap.dedent(wrong))


@pytest.mark.parametrize(
    "time", ["0", "0.0", "'0'", "3s", "1.5 s", "800ms", "500ms..2s", "0..2s", "${patience}"]
)
def test_it_accepts_the_times_that_the_reader_accepts(time: str) -> None:
    assert complaints(f"script: [{{wait: '{time}'}}]".replace("''", "'")) == []
    assert complaints(f"script:\n  - wait: {time}") == []


def test_an_editor_can_complete_every_verb_and_say_what_it_means() -> None:
    def offered(schema: Any) -> set[str]:
        names = {form["const"] for form in schema["anyOf"] if "const" in form and form["description"]}
        return names.union(*(form.get("properties", ()) for form in schema["anyOf"]))

    step = scenario_schema()["definitions"]["step"]
    assert offered(step["additionalProperties"]) == set(VERBS["person"])
    assert offered(step["properties"]["agent"]) == set(VERBS["agent"])
    assert offered(step["properties"]["tts"]) == set(VERBS["provider"])
    assert set(VERBS["wait"]) <= set(step["properties"])
