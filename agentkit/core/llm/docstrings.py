"""What a docstring says of a function, and of each of its arguments."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

_SECTION = re.compile(
    r"(Args|Arguments|Parameters|Returns?|Yields?|Raises|Examples?|Notes?|Warnings?|See Also):\s*"
)
_ARGUMENTS = ("Args", "Arguments", "Parameters")
_ARGUMENT = re.compile(r"(?P<name>\w+)\s*(?:\([^)]*\))?:\s*(?P<text>.*)")


def describe(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """The description of ``function``, and those of its arguments by name.

    Arguments are described in an ``Args:`` section, each as ``name: text`` or ``name (type): text``, with lines that
    are indented further going on with it. What is said of results, errors and so on is for people, and left out.
    """
    return parse(inspect.getdoc(function) or "")


def parse(docstring: str) -> tuple[str, dict[str, str]]:
    """The same for a docstring without its indentation."""
    sections: dict[str, list[str]] = {"": []}
    section = ""
    for line in docstring.splitlines():
        header = _SECTION.fullmatch(line)
        if header is not None:
            section = header[1]
            continue
        if line[:1].strip():
            section = ""
        sections.setdefault(section, []).append(line)
    arguments: dict[str, str] = {}
    for name in _ARGUMENTS:
        arguments |= _arguments(textwrap.dedent("\n".join(sections.get(name, ()))))
    return "\n".join(sections[""]).strip(), arguments


def _arguments(text: str) -> dict[str, str]:
    arguments: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line[:1].strip():
            found = _ARGUMENT.fullmatch(line)
            name = found["name"] if found else ""
            if found:
                arguments[name] = found["text"].strip()
        elif name:
            arguments[name] = f"{arguments[name]} {line.strip()}".strip()
    return arguments
