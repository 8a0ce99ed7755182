"""The language as a JSON schema, for editors to complete and to explain it.

It is made from the models: what a verb takes and what may stand beside it is read off its step, and what it means is
the first sentence of its docstring. It accepts every file that the reader accepts. The reader refuses more, and says
why: who is in the call, which clips there are, what goes with which verb.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from simulator.scenario.model.expectations import EventExpectation
from simulator.scenario.model.parts import PROVIDERS
from simulator.scenario.model.scenario import Person, Scenario, ToolMock
from simulator.scenario.model.vocabulary import BESIDE, EVENTS, VERBS, Actor, Verb
from simulator.scenario.reading.expect_reader import COUNTS, KINDS, ROLES
from simulator.trace.metrics import metric_names

FILE = Path(__file__).with_name("schema.json")
"""The schema as it is shipped."""

Schema = dict[str, Any]

TEXT: Schema = {"type": ["string", "number", "boolean"]}
"""A text, which YAML may take for something else."""
_KEPT = ("type", "pattern", "enum", "items", "minimum", "maximum")
"""What editors are told of a field."""
FIELDS: Schema = {"type": "object", "additionalProperties": TEXT, "minProperties": 1}


def scenario_schema() -> Schema:
    """The schema of a scenario file: JSON schema, draft 7, which editors know."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "agentkit scenario",
        "description": "One call: who is in it, what they do, and what has to be true of it.",
        "type": "object",
        "additionalProperties": False,
        "anyOf": [{"required": ["script"]}, {"required": ["extends"]}],
        "properties": {
            "name": TEXT,
            "extends": {
                "type": "string",
                "description": "A file from which it takes what it does not say itself.",
            },
            "vars": {**FIELDS, "description": "Texts that are put in for ${name}."},
            "agent": {"type": "string", "description": "Where the agent is made: module:factory."},
            "description": TEXT,
            "seed": TEXT,
            "limit": _field(Scenario, "limit"),
            "people": {
                "type": "object",
                "additionalProperties": {"anyOf": [_model(Person), {"type": "null"}]},
            },
            "tools": {"type": "object", "additionalProperties": _model(ToolMock)},
            "script": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/step"}},
            "expect": {"type": "array", "items": {"$ref": "#/definitions/expectation"}},
        },
        "definitions": {"step": _step(), "expectation": _expectation(), "event": _event()},
    }


def schema_text() -> str:
    """The schema as it is written to `FILE`."""
    return json.dumps(scenario_schema(), indent=1) + "\n"


def _step() -> Schema:
    properties: Schema = {name: _beside(name) for name in BESIDE}
    properties["agent"] = _verbs("agent")
    properties |= dict.fromkeys(PROVIDERS, _verbs("provider"))
    properties |= {"everyone": _verbs("everyone"), "call": _verbs("call")}
    properties |= {verb.words: _what(verb) for verb in VERBS["wait"].values()}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": properties,
        "additionalProperties": _verbs("person"),
    }


def _verbs(actor: Actor) -> Schema:
    verbs = VERBS[actor].values()
    alone: list[Schema] = [
        {"const": verb.words, "description": _meaning(verb.step)}
        for verb in verbs
        if not verb.takes_something
    ]
    followed = "|".join(re.escape(verb.words).replace("\\ ", " ") for verb in verbs if verb.takes)
    forms: list[Schema] = [*alone, {"type": "string", "pattern": "\\$\\{"}]
    if followed:
        forms.append({"type": "string", "pattern": f"^({followed}) +\\S"})
        forms.append(
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": False,
                "properties": {
                    verb.words: {**_what(verb), "description": _meaning(verb.step)}
                    for verb in verbs
                    if verb.takes
                },
            }
        )
    return {"anyOf": forms}


def _what(verb: Verb) -> Schema:
    """What follows a verb."""
    if verb.takes == "steps":
        return {"type": "array", "minItems": 2, "items": {"$ref": "#/definitions/step"}}
    if verb.takes == "data":
        return {"type": "object"}
    if verb.takes == "event":
        return {"$ref": "#/definitions/event"}
    return _field(verb.step, verb.takes) if verb.takes == "duration" else TEXT


def _beside(name: str) -> Schema:
    """What stands beside a verb, as any step has it that has it at all."""
    if name == "where":
        return FIELDS
    steps = (verb.step for verbs in VERBS.values() for verb in verbs.values() if name in verb.beside)
    return TEXT if name in ("of", "as", "times") else _field(next(steps), name)


def _expectation() -> Schema:
    count, text = _field(EventExpectation, "count"), TEXT
    properties: Schema = dict.fromkeys(COUNTS, count) | {"count": count, "where": FIELDS}
    properties |= {"agent said": text, "agent never said": text, "tool called": text, "agent saw": text}
    properties["event"] = {"$ref": "#/definitions/event"}
    properties["conversation"] = {
        "type": "array",
        "items": {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(ROLES, text)},
    }
    metrics = "|".join(map(re.escape, metric_names()))
    properties["metric"] = {"type": "string", "pattern": f"^ *({metrics}) *[<>=!≤≥]|\\$\\{{"}
    properties["any of"] = {"type": "array", "minItems": 2, "items": {"$ref": "#/definitions/expectation"}}
    missing = set(KINDS) - set(properties) - {"heard from"}
    assert not missing, f"the schema says nothing of {missing}"
    return {
        "type": "object",
        "minProperties": 1,
        "properties": properties,
        "patternProperties": {"^heard from ": text},
        "additionalProperties": False,
    }


def _event() -> Schema:
    """Any event; those that are known are offered."""
    return {"anyOf": [{"enum": list(EVENTS)}, {"type": "string"}]}


def _model(model: type[BaseModel]) -> Schema:
    """The keys of a part of a scenario."""
    names = [name for name in model.model_fields if name != "place"]
    return {
        "type": "object",
        "additionalProperties": False,
        "description": _meaning(model),
        "properties": {name.rstrip("_"): _part(model, name) or _field(model, name) for name in names},
    }


def _part(model: type[BaseModel], name: str) -> Schema | None:
    """The field of a model that is a model in turn, or a list of them."""
    kinds = [model.model_fields[name].annotation]
    while kinds:
        kind = kinds.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            is_list = "tuple[" in str(model.model_fields[name].annotation)
            return {"type": "array", "items": _model(kind)} if is_list else _model(kind)
        kinds += get_args(kind)
    return None


def _field(model: type[BaseModel], name: str) -> Schema:
    """One field of a model, without what only pydantic wants to know, and with room for a variable."""
    schema: Schema = model.model_json_schema(by_alias=True)["properties"][name.rstrip("_")]
    forms = [form for form in schema.get("anyOf", [schema]) if form.get("type") != "null"]
    kept = [{key: form[key] for key in form if key in _KEPT} for form in forms]
    return kept[0] if len(kept) == 1 else {"anyOf": kept}


def _meaning(model: type[BaseModel]) -> str:
    """The first sentence of what a model says of itself."""
    text = " ".join((model.__doc__ or "").split()).replace("``", "")
    return re.split(r"(?<=[.:]) (?=[A-Z])", text)[0]
