"""Templates, and what every page carries with it: its style, its scripts, and a promise to load nothing."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

GENERATOR = "agentkit simulate"
"""By what a page is known as one of ours."""

_HERE = Path(__file__).parent


def render(template: str, **context: Any) -> str:
    """The page that ``template`` makes of ``context``; everything in it is escaped."""
    return _environment().get_template(template).render(generator=GENERATOR, **context)


def embedded(data: Any) -> Markup:
    """``data`` as JSON that can stand inside a script element, whatever is in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))


@functools.cache
def assets(names: Iterable[str]) -> Markup:
    """The files of the folder ``assets``, one after the other."""
    return Markup("\n".join((_HERE / "assets" / name).read_text(encoding="utf-8") for name in names))


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
