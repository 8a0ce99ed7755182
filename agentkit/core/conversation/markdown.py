"""Cutting a long message into pieces that a chat can show."""

from __future__ import annotations

import re

PIECE_LENGTH = 1000
"""Characters in a piece: what a chat shows comfortably as one bubble, and well below any platform's limit."""

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)

_FENCE_TO_BE = re.compile(r"^ {0,3}(`{1,2}|~{1,2})\Z", re.MULTILINE)

_BREAKS = ("\n\n", "\n", ". ", " ")
"""Where to cut, best first: between paragraphs, lines, sentences, words."""


def pieces(text: str, length: int = PIECE_LENGTH) -> list[str]:
    """``text`` in pieces of at most ``length`` characters, whose concatenation is ``text``.

    A fenced code block is never cut, so a piece that holds a longer one is as long as that block. Cuts are made from
    the front and depend on nothing behind them: while a text grows, only its last piece changes. A block whose end has
    not come yet counts as going on.
    """
    if length < 1:
        raise ValueError(f"a piece has at least one character, got length={length}")
    found: list[str] = []
    fences = _fences(text)
    start = 0
    while len(text) - start > length:
        cut = _cut(text, start, length, fences)
        if cut >= len(text):
            break
        found.append(text[start:cut])
        start = cut
    if start < len(text) or not found:
        found.append(text[start:])
    return found


def _cut(text: str, start: int, length: int, fences: list[tuple[int, int]]) -> int:
    """Where the piece that begins at ``start`` ends."""
    limit = start + length
    for begin, end in fences:
        if begin < limit < end:
            if begin > start:
                return begin
            return end
        if start <= begin and end == limit:
            return end
    blocked = max((end for begin, end in fences if start <= begin and end <= limit), default=start)
    window = text[start:limit]
    for mark in _BREAKS:
        at = window.rfind(mark)
        cut = start + at + len(mark)
        if at >= 0 and cut > start and cut >= blocked:
            return cut
    return blocked if blocked > start else limit


def _fences(text: str) -> list[tuple[int, int]]:
    """The fenced code blocks: from the opening fence to the end of the closing one's line.

    While a text grows, what may become an opening fence counts as one; a closing one counts when its line has ended.
    """
    blocks: list[tuple[int, int]] = []
    opening: re.Match[str] | None = None
    for match in _FENCE.finditer(text):
        if opening is None:
            opening = match
        elif _closes(match, opening, text):
            blocks.append((opening.start(1), _line_end(text, match.end())))
            opening = None
    opening = opening or _FENCE_TO_BE.search(text)
    if opening is not None:
        blocks.append((opening.start(1), len(text) + 1))
    return blocks


def _closes(fence: re.Match[str], opening: re.Match[str], text: str) -> bool:
    mark = fence[1]
    line_end = text.find("\n", fence.end())
    return (
        mark[0] == opening[1][0]
        and len(mark) >= len(opening[1])
        and line_end >= 0
        and not text[fence.end() : line_end].strip()
    )


def _line_end(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1
