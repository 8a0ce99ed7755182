"""What steps, expectations and the scenario itself are made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from agentkit.core.llm.functions import NAME as TOOL
from simulator.scenario.model.globs import Glob
from simulator.scenario.model.levels import Level, Rate, Share
from simulator.scenario.model.problems import Place, shown
from simulator.scenario.model.quantities import Comparison, Duration, Range

PROVIDERS = ("stt", "llm", "tts")
"""The parts of an agent that a scenario can give trouble to."""
RESERVED = (
    *("agent", "everyone", "call", "wait", "never", "scenario", *PROVIDERS),
    *("within", "of", "for", "by", "as", "where", "times"),
)
"""Words of the language: nobody in a call is called that."""

_NAME = re.compile(r"[^\W\d_][\w-]{0,39}")
_EVENT = re.compile(r"[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39}){0,4}")
_KEYS = re.compile(r"[0-9A-D*#]{1,32}")
_FACTORY = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def parse_name(text: str) -> str:
    """The name of a moment: a letter, then letters, digits, ``-`` and ``_``, at most 40 in all."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a name; a name is one word of letters, digits, '-' and '_'")
    return text


def parse_person(text: str) -> str:
    """The name of a person: as for a moment, but not a word of the language."""
    if text.lower() in RESERVED:
        raise ValueError(f"{shown(text)} is a word of the language; a person needs a name of their own")
    return parse_name(text)


def parse_event(text: str) -> str:
    """The dotted type of an event: ``turn.ended``."""
    if not _EVENT.fullmatch(text):
        raise ValueError(f"{shown(text)} is not an event type; write it like turn.ended or agent.yielded")
    return text


def parse_keys(text: str) -> str:
    """Keys of a telephone, in the order in which they are pressed."""
    keys = text.strip().upper()
    if not _KEYS.fullmatch(keys):
        raise ValueError(f"{shown(text)} are no keys of a telephone; write up to 32 of 0-9, *, # and A-D")
    return keys


def parse_message(text: str) -> str:
    """What somebody writes into a chat."""
    if not text.strip() or len(text) > 2000:
        raise ValueError("a message has 1 to 2000 characters")
    return text


def parse_tool(text: str) -> str:
    """The name of a function that a model may call."""
    if not TOOL.fullmatch(text):
        message = "is not the name of a function; write it like book_table, as the model knows it"
        raise ValueError(f"{shown(text)} {message}")
    return text


def parse_factory(text: str) -> str:
    """Where the agent is made: ``module:factory``."""
    if not _FACTORY.fullmatch(text):
        raise ValueError(f"{shown(text)} is not module:factory; write it like my_app.agent:create_agent")
    return text


def parse_title(text: str) -> str:
    """What a scenario is called: one line of at most 120 characters that can be printed."""
    title = text.strip()
    if not title or len(title) > 120 or not title.isprintable():
        raise ValueError(f"{shown(text)} is no name for a scenario; write one line of at most 120 characters")
    return title


def parse_clip(text: str) -> str:
    """The file name of a clip. Whether there is such a clip is asked later."""
    if not text or len(text.encode()) > 200 or not text.isprintable():
        raise ValueError(f"{shown(text)} is not the name of a clip; write it like queen-of-clubs.wav")
    return text


_VARIABLE = r"\$\{"
_A_TIME = r"[0-9.]+\s*(ms|s|m)|0+(\.0+)?"


def _written_as(
    parse: Callable[[str], Any], pattern: str = "", *, numbers: bool = False, zero: bool = False
) -> tuple[BeforeValidator, PlainSerializer, WithJsonSchema]:
    """A field that is text outside and something exact inside. For editors, the text looks like ``pattern``, has a
    variable in it, or is a number; with ``zero``, that number alone, as anything else needs a unit."""
    read = BeforeValidator(lambda value: parse(value) if isinstance(value, str) else value)
    schema: dict[str, Any] = {"type": ["string", "number", "boolean"] if numbers else "string"}
    if zero:
        schema = {"type": ["string", "number"], "minimum": 0, "maximum": 0}
    if pattern:
        schema["pattern"] = f"^({pattern})$|{_VARIABLE}"
    return read, PlainSerializer(str, return_type=str), WithJsonSchema(schema)


_DURATION = _written_as(Duration.parse, _A_TIME, zero=True)
_RANGE = _written_as(Range.parse, rf"({_A_TIME})(\s*\.\.\s*({_A_TIME}))?", zero=True)
_GLOB = _written_as(Glob, numbers=True)
_COUNT = _written_as(Comparison.parse_count, r"([<>]=?|[=!]=)? *[0-9]+", numbers=True)
_BOUND = _written_as(Comparison.parse_quantity)
_SHARE = _written_as(Share.parse, r"[0-9.]+ *%")
_LEVEL = _written_as(Level.parse, r"[-+]?[0-9.]+ *[dD][bB]([fF][sS])?")
_RATE = _written_as(Rate.parse, r"[0-9.]+ *[kKmM]([bB][iI][tT]/[sS]|[bB][pP][sS])")

Time = Annotated[Duration, *_DURATION]
TimeRange = Annotated[Range, *_RANGE]
Text = Annotated[Glob, *_GLOB]
Count = Annotated[Comparison, *_COUNT]
Bound = Annotated[Comparison, *_BOUND]
Percentage = Annotated[Share, *_SHARE]
Decibels = Annotated[Level, *_LEVEL]
Speed = Annotated[Rate, *_RATE]
Name = Annotated[str, AfterValidator(parse_name)]
PersonName = Annotated[str, AfterValidator(parse_person)]
EventType = Annotated[str, AfterValidator(parse_event)]
Keys = Annotated[str, AfterValidator(parse_keys)]
ToolName = Annotated[str, AfterValidator(parse_tool)]
Factory = Annotated[str, AfterValidator(parse_factory)]
Title = Annotated[str, AfterValidator(parse_title)]
ClipName = Annotated[str, AfterValidator(parse_clip)]


class Part(BaseModel):
    """A piece of a scenario: it cannot be changed, knows where it was written, and takes no unknown field.

    ``for_`` and ``as_`` are spelled ``for`` and ``as`` outside Python.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=lambda name: name.rstrip("_"),
        populate_by_name=True,
    )

    place: Place = Field(default=Place(), exclude=True, repr=False)
