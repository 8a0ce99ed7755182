"""Changing values in a YAML text and leaving all else in it as it is, comments and all.

The text has been read as a scenario before, so it is known to be one document with a mapping, and not too large.
"""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

import yaml

from simulator.scenario.model.problems import Place

WIDTH = 100
"""Columns of a text that is put in."""

_PLAIN = re.compile(r"[A-Za-z][\w .,()-]*[\w.)]")
_NUMBER = re.compile(r"[0-9]+")


class YamlEdit:
    """Changes to one text, made together at the end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._changes: list[tuple[int, int, str]] = []
        self._at: dict[tuple[int, int], yaml.NodeEvent] = {}
        self._keys: list[yaml.NodeEvent] = []
        self._values: dict[str, yaml.NodeEvent] = {}
        self._flow = False
        self._read()

    def _read(self) -> None:
        """Find every value by its place, and the keys of the outermost mapping."""
        depth, children = 0, 0
        for event in yaml.parse(self._text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.NodeEvent):
                mark = _start(event)
                self._at.setdefault((mark.line + 1, mark.column + 1), event)
                if depth == 0:
                    self._flow = bool(getattr(event, "flow_style", False))
                elif depth == 1:
                    self._outermost(event, is_key=children % 2 == 0)
                    children += 1
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1

    def _outermost(self, event: yaml.NodeEvent, *, is_key: bool) -> None:
        if is_key:
            self._keys.append(event)
        else:
            self._values[str(getattr(self._keys[-1], "value", ""))] = event

    def text(self) -> str:
        """The text with all changes made; what is put in the same place comes in the order in which it was put."""
        text = self._text
        order = sorted(range(len(self._changes)), key=lambda number: (self._changes[number][0], number))
        for start, end, new in (self._changes[number] for number in reversed(order)):
            text = text[:start] + new + text[end:]
        return text

    def replace_at(self, place: Place, value: str) -> bool:
        """Put ``value`` where a value stands. False if there is none at that place."""
        event = self._at.get((place.line, place.column))
        if not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            return False
        self._replace(event, value)
        return True

    def set(self, key: str, value: str) -> None:
        """Give a key of the outermost mapping a value, whether it has one or not."""
        written = value if self._is_plain(value) else json.dumps(value, ensure_ascii=False)
        if key in self._values:
            self._replace(self._values[key], written)
        else:
            self._insert(key, written)

    def put_first_in_text(self, key: str, paragraph: str) -> None:
        """Put a paragraph before what the text at ``key`` says already."""
        event = self._values.get(key)
        before = event.value.strip() if isinstance(event, yaml.ScalarEvent) else ""
        if self._flow:
            self.set(key, f"{paragraph} {' '.join(before.split())}".strip())
        elif event is None:
            self._insert(key, ">" + self._newline + self._wrapped(paragraph, self._indent + 2))
        elif isinstance(event, yaml.ScalarEvent) and event.style in (">", "|"):
            self._put_into_block(event, paragraph)
        else:
            self._make_block(event, [paragraph, before])

    @property
    def _indent(self) -> int:
        return int(_start(self._keys[0]).column)

    def _is_plain(self, value: str) -> bool:
        return bool(_NUMBER.fullmatch(value) or (_PLAIN.fullmatch(value) and not self._flow))

    def _replace(self, event: yaml.NodeEvent, written: str) -> None:
        """Put ``written`` in place of a value; an anchor stays, as others may refer to it."""
        start, end = _extent(event)
        anchor = f"&{event.anchor} " if event.anchor and not isinstance(event, yaml.AliasEvent) else ""
        ending = self._newline if self._text[start:end].endswith(("\n", "\r")) else ""
        self._changes.append((start, end, anchor + written + ending))

    def _insert(self, key: str, written: str) -> None:
        """Add a key behind the name, or else in front."""
        first = str(getattr(self._keys[0], "value", ""))
        follower = self._keys[1] if first == "name" and len(self._keys) > 1 else self._keys[0]
        apart = ", " if self._flow else self._newline + " " * self._indent
        at = _start(follower).index
        self._changes.append((at, at, f"{key}: {written}{apart}"))

    def _put_into_block(self, event: yaml.ScalarEvent, paragraph: str) -> None:
        start, end = _extent(event)
        header, newline, body = self._text[start:end].partition("\n")
        lines = [line for line in body.splitlines() if line.strip()]
        indent = len(lines[0]) - len(lines[0].lstrip(" ")) if lines else self._indent + 2
        at = start + len(header) + len(newline)
        new = self._wrapped(paragraph, indent) + self._newline * 2
        self._changes.append((at, at, new))

    def _make_block(self, event: yaml.NodeEvent, paragraphs: list[str]) -> None:
        """Replace a text by a folded block; a comment behind it moves behind the block's first line."""
        start, end = _extent(event)
        rest = re.compile(r"[^\r\n]*").match(self._text, end)
        comment = rest[0].rstrip() if rest else ""
        told = (self._newline * 2).join(self._wrapped(text, self._indent + 2) for text in paragraphs if text)
        anchor = f"&{event.anchor} " if event.anchor and not isinstance(event, yaml.AliasEvent) else ""
        self._changes.append(
            (start, end + len(rest[0] if rest else ""), f"{anchor}>{comment}{self._newline}{told}")
        )

    def _wrapped(self, text: str, indent: int) -> str:
        lines = textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
        return self._newline.join(" " * indent + line for line in lines)


def _start(event: yaml.NodeEvent) -> Any:
    """Where it begins. The parser marks every event, but is not typed to."""
    return event.start_mark


def _extent(event: yaml.NodeEvent) -> tuple[int, int]:
    end: Any = event.end_mark
    return _start(event).index, end.index
