"""Whether what an agent is given is what it is made of."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from typing import Any

from agentkit.core.edge import EdgeTransport, User
from agentkit.core.llm import LLM
from agentkit.core.processors import Processor
from agentkit.core.stt import STT
from agentkit.core.tts import TTS
from agentkit.core.turn_detection.emitter import TurnEmitter
from agentkit.core.vad import VAD

_NEEDED: dict[str, tuple[type, str]] = {
    "edge": (EdgeTransport, "an EdgeTransport, such as the one that the factory is given"),
    "agent_user": (User, "a User, like User(id='desk', name='Desk')"),
}
_WANTED: dict[str, tuple[type, str]] = {
    "llm": (LLM, "an LLM or None"),
    "stt": (STT, "an STT or None"),
    "tts": (TTS, "a TTS or None"),
    "vad": (VAD, "a VAD or None"),
    # An STT that finds the ends of turns itself will do.
    "turn_detection": (TurnEmitter, "a TurnDetector or None"),
}


def check_parts(given: Mapping[str, Any], processors: Collection[Any]) -> None:
    """Raises `TypeError` for the first part that is something else than the agent can use."""
    for name, (kind, expected) in (_NEEDED | _WANTED).items():
        part = given[name]
        if not isinstance(part, kind) and (part is not None or name in _NEEDED):
            raise TypeError(f"{name}: expected {expected}, found {_found(part, kind)}")
    if isinstance(processors, Processor | str) or not isinstance(processors, Collection):
        raise TypeError(f"processors: expected a list of processors, found {_found(processors, Processor)}")
    for number, processor in enumerate(processors):
        if not isinstance(processor, Processor):
            expected = "a Processor or one derived from it"
            raise TypeError(
                f"processors[{number}]: expected {expected}, found {_found(processor, Processor)}"
            )


def _found(part: object, kind: type) -> str:
    """What it is, and what to write in its place where that is plain."""
    if inspect.iscoroutine(part):
        return f"a coroutine; write `await {part.__name__}(...)`"
    if isinstance(part, type):
        hint = f"; make one: {part.__name__}(...)" if issubclass(part, kind) else ""
        return f"the class {part.__name__}{hint}"
    if isinstance(part, Processor):
        return f"{type(part).__name__} alone; put it in a list: [{type(part).__name__}(...)]"
    if part is None:
        return "None"
    shown = repr(part)
    return f"{type(part).__name__} {shown}" if len(shown) <= 60 else type(part).__name__
