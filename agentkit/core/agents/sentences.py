"""A model's text, token by token, cut into the sentences that are spoken one after another.

The sooner a sentence is known to be over, the sooner it is heard; so nothing is held back longer than it
takes to be sure, and how the text was cut into tokens makes no difference.
"""

from __future__ import annotations

import re

MAX_CHARS = 250
"""A sentence that grows beyond this is cut at a pause: some 15 s of speech, enough for one TTS request."""

MIN_CLAUSE = 60
"""A comma earlier than this is no place to cut an over-long sentence: so short a piece sounds chopped off."""

_CLOSERS = "\"'”’»›)]}*_`"

_END_BEFORE_SPACE = re.compile(rf"[.!?…؟۔]+[{re.escape(_CLOSERS)}]*")
"""The end of a sentence if whitespace follows: its marks, then whatever closes around it."""

_END_ANYWHERE = re.compile(r"[。！？｡।॥][。！？｡।॥.!?…]*[」』）】》〉”’)\]}]*")
"""The end of a sentence whatever follows: scripts that put no space after it, and the danda."""

_END = re.compile(rf"\n|(?P<anywhere>{_END_ANYWHERE.pattern})|{_END_BEFORE_SPACE.pattern}")

_ABBREVIATIONS = frozenset(
    "approx ave blvd bros ca capt cf co col corp dept dr esp etc fig figs gen gov inc incl jr lt ltd messrs "
    "mr mrs ms mt mx ph.d prof rep rev sen sgt sr st ste tel univ viz vs".split()
)
"""Words whose period does not end a sentence, whatever follows."""

_BEFORE_NUMBER = frozenset(
    "apr aug ch dec feb jan jul jun mar no nos nov nr oct p pp sec sep sept vol".split()
)
"""Words whose period does not end a sentence if a number follows: "No. 5", but "No. Never."."""

_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
"""Single letters with periods between them: e.g, U.S, a.m, J."""

_ENUMERATOR = re.compile(r"\W*\d{1,3}\W*")
"""The number of a list item: "1." or "(2.)"."""

_PAUSE = re.compile(r"[,;:—–]\s|[，、；：]")
_NOT_OF_A_WORD = re.compile(r"[^\w.'’]|_")
_NOT_SPACE = re.compile(r"\S")


class SentenceSplitter:
    """Takes text as it comes and gives sentences as they are complete.

    A sentence ends after its mark (and closing quotes or brackets) when whitespace follows, after a CJK
    mark or a danda at once, and at a line break; not within numbers, abbreviations, initials, or addresses.
    Sentences come without the whitespace around them; apart from that nothing is lost, changed or added.

    >>> splitter = SentenceSplitter()
    >>> splitter.feed("We open at 9 a.m. on weekd")
    []
    >>> splitter.feed("ays. Anything el")
    ['We open at 9 a.m. on weekdays.']
    >>> splitter.flush()
    'Anything el'
    """

    def __init__(self) -> None:
        self._text = ""

    def feed(self, delta: str) -> list[str]:
        """Add ``delta`` and return the sentences that are complete now, in order."""
        self._text += delta
        sentences = []
        start = 0
        while (end := _end_of_first(self._text, start)) is not None:
            sentences.append(self._text[start:end].strip())
            start = end
        self._text = self._text[start:].lstrip()
        return sentences

    def flush(self) -> str | None:
        """Return what is left, as the last sentence, or None; the splitter is then as new."""
        rest, self._text = self._text.strip(), ""
        return rest or None


def _end_of_first(text: str, start: int) -> int | None:
    """Where the first sentence of ``text[start:]`` ends; None while that takes more text to say.

    What it says of a text it says of every longer one, so it does not matter how often it was asked.
    """
    first = _NOT_SPACE.search(text, start)
    if first is None:
        return None
    start = first.start()
    limit = start + MAX_CHARS
    for mark in _END.finditer(text, start):
        if mark.start() >= limit:
            break
        ends = _is_end(text, start, mark)
        if ends is None:
            return None
        if ends:
            return mark.end()
    return _pause_before(text, start, limit) if len(text) > limit else None


def _is_end(text: str, start: int, mark: re.Match[str]) -> bool | None:
    """Whether the sentence from ``start`` ends with ``mark``; None while that takes more text to say."""
    end = mark.end()
    if not any(char.isalnum() for char in text[start : mark.start()]):
        return False  # marks alone are nothing to say: they go with the words after them
    if mark[0] == "\n":
        return True
    if end == len(text):
        return None  # there may be more marks to come, or a digit
    if mark["anywhere"]:
        return True
    if not text[end].isspace():
        return False
    return mark[0].rstrip(_CLOSERS) != "." or _period_ends(text, start, mark)


def _period_ends(text: str, start: int, mark: re.Match[str]) -> bool | None:
    """Whether the period of ``mark``, before whitespace, is more than part of an abbreviation or a number."""
    word = _NOT_OF_A_WORD.split(text[start : mark.start()])[-1].lstrip("'’.").casefold()
    if (
        word in _ABBREVIATIONS
        or _INITIALS.fullmatch(word)
        or _ENUMERATOR.fullmatch(text, start, mark.start())
    ):
        return False
    if word in _BEFORE_NUMBER:
        following = _NOT_SPACE.search(text, mark.end())
        return None if following is None else not following[0].isdigit()
    return True


def _pause_before(text: str, start: int, limit: int) -> int:
    """Where to cut a sentence that is too long: at its last pause, else its last space, else anywhere."""
    pauses = [pause.end() for pause in _PAUSE.finditer(text, start + MIN_CLAUSE, limit)]
    if pauses:
        return pauses[-1]
    spaces = [space.end() for space in re.finditer(r"\s", text[start:limit])]
    return start + spaces[-1] if spaces else limit
