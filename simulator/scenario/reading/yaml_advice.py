"""What a syntax error of YAML means to someone who writes a scenario."""

from __future__ import annotations

import re

import yaml

from simulator.scenario.model.problems import Place, Refusal, lines_of, shown

_ADVICE: tuple[tuple[str, str, str], ...] = (
    (r"found character '\\t'", "a tab cannot indent a line", "indent with spaces"),
    (r"found character (.*) that cannot", r"a text cannot start with \1", "put the text in quotes"),
    (
        r"mapping values are not allowed",
        "a ': ' does not belong here",
        "put a text that contains ': ' in quotes, or check the indentation",
    ),
    (
        r"expected chomping or indentation",
        "'>' and '|' begin a block of text",
        'put a comparison in quotes: ">= 2"',
    ),
    (
        r"expected alphabetic or numeric",
        "'*' and '&' have a meaning of their own at the start of a text",
        'put the text in quotes: "*open*"',
    ),
    (r"unexpected end of stream", "the quote that opens here is never closed", "close it"),
    (r"could not find expected ':'", "a key without ': ' after it", "write it like key: value"),
    (r"sequence entries are not allowed", "a list cannot begin here", "begin it on a line of its own"),
    (r"expected ',' or '(.)'", r"a '\1' is missing", "close what was opened, and put commas between"),
    (r"expected the node content", "a value is missing here", "write one, or close what was opened"),
    (r"expected <block end>", "this does not fit the lines above", "check the indentation and the '- '"),
)

_BEGINS_EARLIER = re.compile("unexpected end of stream|could not find expected ':'")
"""Problems that are noticed long after where they begin."""
_WITHOUT_COLON = re.compile(r"( *- +)([^\W\d][\w-]*) +([^:#]*[^:# ]) *(?:#.*)?")
"""``- alice says hello.wav``: one text, which goes on in the lines below."""
_UNQUOTED_GLOB = re.compile(r"[:-] +[*&][^ ]+ +[^ #]")


def explain(error: yaml.MarkedYAMLError, text: str) -> Refusal:
    """The error in the words of a scenario: where, what, and what to do about it."""
    problem = str(error.problem or error.context or "something is wrong")
    mark = error.problem_mark or error.context_mark
    if _BEGINS_EARLIER.search(problem) and error.context_mark is not None:
        mark = error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark is not None else Place()
    lines = lines_of(text)
    if 0 < place.line <= len(lines) and _UNQUOTED_GLOB.search(lines[place.line - 1]):
        return Refusal(
            place, "'*' and '&' have a meaning of their own at the start of a text", "put it in quotes"
        )
    if (
        "mapping values are not allowed" in problem
        and (step := _without_colon(lines, place.line)) is not None
    ):
        return step
    for pattern, message, hint in _ADVICE:
        if match := re.search(pattern, problem):
            return Refusal(place, match.expand(message), hint)
    return Refusal(place, f"this is not YAML: {problem}")


def _without_colon(lines: list[str], line: int) -> Refusal | None:
    """The step above ``line`` that has no colon: what stands beside it is where YAML stumbles."""
    above = next((number for number in range(line - 1, 0, -1) if lines[number - 1].strip()), 0)
    if not above or (match := _WITHOUT_COLON.fullmatch(lines[above - 1])) is None:
        return None
    place = Place(above, len(match[1]) + 1)
    return Refusal(place, "this has no ': ' in it", f"did you mean {shown(f'{match[2]}: {match[3]}')}?")
