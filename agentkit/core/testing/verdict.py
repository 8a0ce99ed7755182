"""What a judge says, read out of whatever a model wraps it in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agentkit.core.testing.story import shown

SHOWN_CHARS = 500
"""How much is shown of an answer that is no verdict."""

FORM = '{"reason": "...", "passed": true or false}'
"""What a verdict looks like. The reason comes first, so that the model thinks before it decides."""

_decoder = json.JSONDecoder(strict=False)  # models break lines within strings


class JudgeError(Exception):
    """There is no verdict: the model failed, or said something else."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the criterion is met, and why the judge thinks so."""

    passed: bool
    reason: str


def parse(answer: str) -> Verdict:
    """The verdict in ``answer``: a JSON object, with or without a fence or other text around it.

    Raises `JudgeError` when there is none, or when there are several that contradict each other.
    """
    verdicts: list[Verdict] = []
    problem = "no JSON object"
    for found in _objects(answer):
        if problem := _problem(found):
            continue
        verdicts.append(Verdict(found["passed"], found["reason"].strip()))
    if not verdicts:
        raise _no_verdict(problem, answer)
    if len({verdict.passed for verdict in verdicts}) > 1:
        raise _no_verdict("verdicts that contradict each other", answer)
    return verdicts[-1]


def _problem(found: dict[str, Any]) -> str:
    """Why an object is no verdict."""
    for name in ("passed", "reason"):
        if name not in found:
            return f"an object without {name!r}"
    if not isinstance(found["passed"], bool):
        return f"{shown(found['passed'])} for 'passed'"
    if not isinstance(found["reason"], str) or not found["reason"].strip():
        return f"{shown(found['reason'])} for 'reason'"
    return ""


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in ``text`` that are in no other one."""
    position = text.find("{")
    while position >= 0:
        try:
            found, end = _decoder.raw_decode(text, position)
        except ValueError:
            end = position + 1
        except RecursionError:
            return  # nobody nests a verdict this deep
        else:
            yield found
        position = text.find("{", end)


def _no_verdict(found: str, answer: str) -> JudgeError:
    said = answer if len(answer) <= SHOWN_CHARS else f"{answer[:SHOWN_CHARS]}..."
    return JudgeError(
        f"expected the judge to answer {FORM}, found {found}; try a model that keeps to a form. "
        f"It said: {said or '(nothing)'}"
    )
