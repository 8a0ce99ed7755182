"""What an agent is made of, as a recording tells it: enough to know what a simulated call has to replace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from agentkit.core.llm import Realtime, VideoLLM

if TYPE_CHECKING:
    from agentkit.core.agents import Agent

PARTS = ("llm", "stt", "tts", "vad", "turn_detection")
"""As `Agent` and the functions that make one call them."""

TEXT, VIDEO, REALTIME = "text", "video", "realtime"
"""Kinds of models."""


class RecordedPart(BaseModel):
    """One part of the agent. A ``scripted`` one is of the simulator, and needs neither key nor network."""

    model_config = ConfigDict(populate_by_name=True)

    made_of: str = Field(validation_alias="class", serialization_alias="class")
    kind: str = TEXT
    scripted: bool = False

    @property
    def name(self) -> str:
        """Its class, without the module."""
        return self.made_of.rpartition(".")[2]


def parts_of(agent: Agent) -> dict[str, dict[str, Any]]:
    """The class of each part of ``agent``, for the manifest of a recording."""
    found = {name: getattr(agent, name, None) for name in PARTS}
    return {name: _about(part).model_dump(by_alias=True) for name, part in found.items() if part is not None}


def _about(part: object) -> RecordedPart:
    kind = REALTIME if isinstance(part, Realtime) else VIDEO if isinstance(part, VideoLLM) else TEXT
    scripted = any(each.__module__.startswith("simulator.") for each in type(part).__mro__)
    return RecordedPart(
        made_of=f"{type(part).__module__}.{type(part).__qualname__}", kind=kind, scripted=scripted
    )
