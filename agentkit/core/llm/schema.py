"""A function's parameters: as JSON schema for a model, and as a check of what the model passes."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

Schema = dict[str, Any]

SHOWN_CHARS = 60
"""How much of a wrong argument is quoted."""


class InvalidArguments(ValueError):
    """What a model passed to a function does not fit its parameters. Says so in words the model can act upon."""


class Parameters:
    """The parameters of a function, from its type hints.

    ``schema`` is the JSON schema of an object with a property for each. Raises `TypeError` for a function that
    cannot be called by name with JSON.
    """

    def __init__(self, function: Callable[..., Any], descriptions: Mapping[str, str]) -> None:
        self._names: dict[str, str] = {}
        name = getattr(function, "__qualname__", repr(function))
        fields: dict[str, Any] = {}
        hints = _hints(function, name)
        for number, parameter in enumerate(inspect.signature(function).parameters.values()):
            _check(parameter, name)
            hint = hints.get(parameter.name, Any)
            field = f"p{number}"  # for a model has names of its own, such as "copy", which no field may take
            self._names[field] = parameter.name
            fields[field] = (hint, _field(parameter, hint, descriptions.get(parameter.name)))
        try:
            self._model: type[BaseModel] = create_model(
                "Arguments", __config__=ConfigDict(extra="forbid"), **fields
            )
            self.schema = _untitled(self._model.model_json_schema(schema_generator=_Generator))
        except PydanticUserError as error:
            raise TypeError(
                f"{name}: expected type hints that JSON schema can express (str, int, list[...], enums, dataclasses, "
                f"pydantic models), found one that it cannot: {error.message}"
            ) from error
        self.schema.setdefault("properties", {})

    def parse(self, arguments: str) -> dict[str, Any]:
        """The values to call the function with, from a JSON object; what it does not name is left to the defaults.

        Raises `InvalidArguments`.
        """
        try:
            model = self._model.model_validate_json(arguments)
        except ValidationError as error:
            raise InvalidArguments("; ".join(_complaint(one) for one in error.errors())) from None
        return {self._names[field]: getattr(model, field) for field in model.model_fields_set}


class _Generator(GenerateJsonSchema):
    def emit_warning(self, *args: Any) -> None:
        """A default that JSON cannot express is left out: the function knows it."""


def _hints(function: Callable[..., Any], name: str) -> dict[str, Any]:
    annotated = (
        function if inspect.isroutine(function) else getattr(function, "func", type(function).__call__)
    )
    try:
        return typing.get_type_hints(annotated, include_extras=True)
    except NameError as error:
        raise TypeError(
            f"{name}: a type hint names {error.name!r}, which cannot be found from its module; "
            "define or import it at the top of the module"
        ) from error


def _check(parameter: inspect.Parameter, name: str) -> None:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
        raise TypeError(
            f"{name}: expected parameters that a model can pass by name, found the {parameter.kind.description} "
            f"{parameter.name!r}"
        )
    if isinstance(parameter.default, FieldInfo):
        raise TypeError(
            f"{name}: the default of {parameter.name!r} is a pydantic Field; write "
            f"{parameter.name}: Annotated[..., Field(...)], with a plain default if it has one"
        )


def _field(parameter: inspect.Parameter, hint: Any, description: str | None) -> Any:
    details: dict[str, Any] = {"alias": parameter.name}
    extras = typing.get_args(hint)[1:] if typing.get_origin(hint) is Annotated else ()
    if description and not any(isinstance(extra, FieldInfo) and extra.description for extra in extras):
        details["description"] = description
    if parameter.default is not parameter.empty:
        details["default"] = parameter.default
    return Field(**details)


def _untitled(schema: Any) -> Any:
    """``schema`` without the titles that pydantic makes of names: they tell a model nothing and cost tokens."""
    if isinstance(schema, list):
        return [_untitled(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept: Schema = {}
    for key, value in schema.items():
        if key == "title":
            continue
        if key in ("properties", "patternProperties", "$defs"):
            kept[key] = {name: _untitled(one) for name, one in value.items()}
        elif key in ("default", "const", "enum", "examples", "discriminator"):
            kept[key] = value
        else:
            kept[key] = _untitled(value)
    return kept


def _complaint(error: Any) -> str:
    """One thing that is wrong: where, what was expected, what was found."""
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "missing":
        return f"{where}: required, but missing"
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such parameter"
    found = repr(error["input"])
    if len(found) > SHOWN_CHARS:
        found = found[:SHOWN_CHARS] + "..."
    return f"{where}: {error['msg']}, found {found}" if where else error["msg"]
