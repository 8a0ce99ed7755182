"""What a model is told of a function, and what it may pass."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import enum
import functools
import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter

from agentkit.core.llm.functions import Function, python_function
from agentkit.core.llm.schema import InvalidArguments, Parameters
from simulator.clock import run


class Seat(enum.Enum):
    WINDOW = "window"
    AISLE = "aisle"


class Guest(BaseModel):
    title: str
    age: int | None = None


@dataclasses.dataclass
class Room:
    floor: int
    quiet: bool = True


def book(
    guests: list[Guest],
    when: datetime.datetime,
    seat: Seat = Seat.WINDOW,
    meal: Literal["none", "half", "full"] = "none",
    budget: Annotated[float, Field(gt=0, description="In euros.")] = 100.0,
    note: Optional[str] = None,  # noqa: UP045 - people write it like this too
    title: str = "",
    json: bool = False,
) -> str:
    """Book a room.

    Args:
        when: When they arrive.
        note: Anything else.
        budget: Not this.
    """
    return f"{len(guests)} {when:%H:%M} {seat.name} {meal} {budget} {note} {title} {json}"


def call(function: Callable[..., Any] | Function, arguments: dict[str, Any] | str) -> Any:
    made = function if isinstance(function, Function) else python_function(function)
    passed = arguments if isinstance(arguments, str) else json.dumps(arguments)

    async def main() -> Any:
        return await made.run(passed)

    return run(main())


def test_the_model_is_told_names_types_defaults_choices_and_descriptions() -> None:
    function = python_function(book)
    assert (function.name, function.description) == ("book", "Book a room.")
    assert function.parameters_schema == {
        "type": "object",
        "additionalProperties": False,
        "required": ["guests", "when"],
        "properties": {
            "guests": {"type": "array", "items": {"$ref": "#/$defs/Guest"}},
            "when": {"type": "string", "format": "date-time", "description": "When they arrive."},
            "seat": {"$ref": "#/$defs/Seat", "default": "window"},
            "meal": {"type": "string", "enum": ["none", "half", "full"], "default": "none"},
            "budget": {
                "type": "number",
                "exclusiveMinimum": 0,
                "default": 100.0,
                "description": "In euros.",
            },
            "note": {
                "anyOf": [{"type": "string"}, {"type": "null"}],
                "default": None,
                "description": "Anything else.",
            },
            "title": {"type": "string", "default": ""},
            "json": {"type": "boolean", "default": False},
        },
        "$defs": {
            "Guest": {
                "type": "object",
                "required": ["title"],
                "properties": {
                    "title": {"type": "string"},
                    "age": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
                },
            },
            "Seat": {"type": "string", "enum": ["window", "aisle"]},
        },
    }


def test_what_is_passed_arrives_as_the_types_that_were_asked_for() -> None:
    passed = {"guests": [{"title": "Ms"}], "when": "2026-01-01T20:00", "seat": "aisle", "budget": "80"}
    assert call(book, passed) == "1 20:00 AISLE none 80.0 None  False"


def test_a_function_without_parameters_takes_an_empty_object() -> None:
    assert python_function(lambda: 1, name="one").parameters_schema == {
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }
    assert call(python_function(lambda: 1, name="one"), {}) == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"when": "2026-01-01T20:00"}, "guests: required, but missing"),
        ({"guests": [], "when": "soon"}, "when: .*found 'soon'"),
        ({"guests": [], "when": "2026-01-01T20:00", "dog": True}, "dog: there is no such parameter"),
        ({"guests": [{"title": "Ms", "age": "x"}], "when": "2026-01-01T20:00"}, r"guests\.0\.age: "),
        ({"guests": [], "when": "2026-01-01T20:00", "budget": -1}, "budget: .* greater than 0, found -1"),
        ({"guests": "x" * 200, "when": "2026-01-01T20:00"}, r"found 'x{59}\.\.\."),
        ('{"guests": [', "Invalid JSON"),
    ],
)
def test_what_does_not_fit_is_refused_in_words_a_model_can_act_upon(
    arguments: dict[str, Any] | str, complaint: str
) -> None:
    with pytest.raises(InvalidArguments, match=complaint):
        call(book, arguments)


def test_a_default_that_json_cannot_express_is_kept_for_the_function() -> None:
    nowhere = object()

    def find(where: Any = nowhere) -> bool:
        return where is nowhere

    assert python_function(find).parameters_schema["properties"] == {"where": {}}
    assert call(find, {}) is True


def test_methods_partials_and_callable_objects_are_functions_too() -> None:
    class Desk:
        def rooms(self, floor: int) -> int:
            return floor * 10

        async def __call__(self, floor: int) -> int:
            return floor * 100

    assert call(Desk().rooms, {"floor": "2"}) == 20
    assert call(python_function(Desk(), name="desk"), {"floor": "2"}) == 200
    assert call(python_function(functools.partial(Desk().rooms, 3), name="third"), {}) == 30


def test_a_plain_function_may_return_something_to_await() -> None:
    async def later() -> str:
        return "later"

    def soon() -> Awaitable[str]:
        return later()

    assert call(soon, {}) == "later"


def star(*args: int) -> None: ...
def stars(**kwargs: int) -> None: ...
def positional(a: int, /) -> None: ...
def fielded(a: int = Field(default=1)) -> None: ...
def opaque(a: inspect.Signature) -> None: ...


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        (
            star,
            "star: expected parameters that a model can pass by name, found the variadic positional 'args'",
        ),
        (stars, "found the variadic keyword 'kwargs'"),
        (positional, "found the positional-only 'a'"),
        (fielded, r"the default of 'a' is a pydantic Field; write a: Annotated\[\.\.\., Field"),
        (opaque, "opaque: expected type hints that JSON schema can express"),
    ],
)
def test_a_function_that_no_model_can_call_is_refused_when_it_is_registered(
    function: Callable[..., Any], complaint: str
) -> None:
    with pytest.raises(TypeError, match=complaint):
        python_function(function)


def test_a_type_that_cannot_be_found_is_refused_by_name() -> None:
    class Hidden(BaseModel): ...

    def find(where: Hidden) -> None: ...

    with pytest.raises(TypeError, match="names 'Hidden', which cannot be found from its module"):
        python_function(find)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"name": "book a room"}, "expected 1 to 64 letters, digits, '_' or '-'.*found 'book a room'"),
        ({"name": ""}, "function name"),
        ({"name": "x" * 65}, "function name"),
        ({"on_interrupt": "stop"}, "on_interrupt: expected one of cancel, finish, wait, found 'stop'"),
        ({"timeout_s": 0}, "timeout_s: expected more than 0 seconds, found 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        python_function(book, **options)


# -- any signature: what fits the schema arrives unchanged ---------------------------------------------------------

SAFE_INTEGERS = st.integers(-(2**53), 2**53)
KINDS: dict[Any, st.SearchStrategy[Any]] = {
    int: SAFE_INTEGERS,
    str: st.text(st.characters(codec="utf-8"), max_size=10),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    list[int]: st.lists(SAFE_INTEGERS, max_size=3),
    dict[str, bool]: st.dictionaries(
        st.text(st.characters(codec="utf-8"), max_size=5), st.booleans(), max_size=3
    ),
    Seat: st.sampled_from(Seat),
    int | None: st.none() | SAFE_INTEGERS,
    Literal["a", "b"]: st.sampled_from(["a", "b"]),
    Guest: st.builds(
        Guest, title=st.text(st.characters(codec="utf-8"), max_size=5), age=st.none() | SAFE_INTEGERS
    ),
    Room: st.builds(Room, floor=SAFE_INTEGERS, quiet=st.booleans()),
    datetime.date: st.dates(),
    tuple[int, str]: st.tuples(SAFE_INTEGERS, st.sampled_from("xyz")),
    frozenset[int]: st.frozensets(SAFE_INTEGERS, max_size=3),
}


@st.composite
def signatures(draw: st.DrawFn) -> tuple[inspect.Signature, dict[str, Any]]:
    """A signature and values for it, of which those with defaults may be missing."""
    names = draw(st.lists(st.from_regex(r"_?[a-z]{1,6}", fullmatch=True), unique=True, max_size=5))
    names += draw(st.lists(st.sampled_from(["title", "schema", "copy", "model_config", "self"]), unique=True))
    parameters, passed = [], {}
    for name in dict.fromkeys(
        name for name in names if name.isidentifier() and name not in ("as", "if", "in", "is", "or")
    ):
        kind = draw(st.sampled_from(list(KINDS)))
        default = draw(st.just(inspect.Parameter.empty) | KINDS[kind])
        if default is inspect.Parameter.empty or draw(st.booleans()):
            passed[name] = draw(KINDS[kind])
        parameters.append(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        )
    return inspect.Signature(parameters), passed


@settings(deadline=None, max_examples=50)
@given(signatures())
def test_any_values_that_fit_a_signature_survive_the_way_through_json(
    case: tuple[inspect.Signature, dict[str, Any]],
) -> None:
    signature, passed = case

    def function(**values: Any) -> dict[str, Any]:
        return values

    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    parameters = Parameters(function, {})

    as_json = {
        name: TypeAdapter(signature.parameters[name].annotation).dump_python(value, mode="json")
        for name, value in passed.items()
    }
    assert parameters.parse(json.dumps(as_json)) == passed
    assert set(parameters.schema["properties"]) == set(signature.parameters)
    required = {p.name for p in signature.parameters.values() if p.default is inspect.Parameter.empty}
    assert set(parameters.schema.get("required", ())) == required
    json.dumps(parameters.schema)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_whatever_a_model_passes_is_taken_or_refused(passed: Any) -> None:
    with contextlib.suppress(InvalidArguments):
        Parameters(book, {}).parse(json.dumps(passed))
