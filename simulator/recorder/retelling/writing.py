"""Writing a scenario file as somebody would by hand."""

from __future__ import annotations

import re
from typing import Any

import yaml

WIDTH = 110
_NOT_IN_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""YAML 1.1, section 5.1: what is no printable character. People do not say such, but programs send it."""


def as_yaml(told: dict[str, Any]) -> str:
    """The text of a scenario file that says this. What looks like a variable is plain text in it; control characters
    become U+FFFD."""
    text: str = yaml.dump(_literal(told), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return text


def _literal(value: Any) -> Any:
    if isinstance(value, str):
        return _NOT_IN_YAML.sub("\ufffd", value).replace("${", "$${")
    if isinstance(value, dict):
        return {_literal(key): _literal(item) for key, item in value.items()}
    return [_literal(item) for item in value] if isinstance(value, list) else value


class _Dumper(yaml.SafeDumper):
    """Indents lists under their keys, as scenarios are written by hand; and never refers from one place to another."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True
