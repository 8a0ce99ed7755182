"""Writing a scenario file as somebody would by hand."""

from __future__ import annotations

from typing import Any

import yaml

from simulator.scenario.reading.yaml_source import UNPRINTABLE

WIDTH = 110


def as_yaml(told: dict[str, Any]) -> str:
    """The text of a scenario file that says this. What looks like a variable is plain text in it; control characters,
    which nobody says but programs send, become U+FFFD."""
    text: str = yaml.dump(_literal(told), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return text


def _literal(value: Any) -> Any:
    if isinstance(value, str):
        return UNPRINTABLE.sub("\ufffd", value).replace("${", "$${")
    if isinstance(value, dict):
        return {_literal(key): _literal(item) for key, item in value.items()}
    return [_literal(item) for item in value] if isinstance(value, list) else value


class _Dumper(yaml.SafeDumper):
    """Indents lists under their keys, as scenarios are written by hand; and never refers from one place to another."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True
