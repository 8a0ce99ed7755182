"""Comparing what was said: capitals and line breaks are the model's business."""

from __future__ import annotations

import difflib
import fnmatch
import functools
import re
from collections.abc import Iterable


def contains(text: str, part: str) -> bool:
    """Whether ``part`` is somewhere in ``text``."""
    return _normal(part) in _normal(text)


def matches(text: str, glob: str) -> bool:
    """Whether all of ``text`` fits ``glob``: ``*`` stands for anything and ``?`` for one character."""
    return _compiled(glob).match(_normal(text)) is not None


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean ...?`` if ``name`` is much like one that is known, else nothing."""
    near = difflib.get_close_matches(name, dict.fromkeys(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _normal(text: str) -> str:
    return " ".join(text.split()).casefold()


@functools.lru_cache(maxsize=256)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(_normal(glob).replace("[", "[[]")))
