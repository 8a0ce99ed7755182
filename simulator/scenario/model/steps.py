"""The steps of a script, one small model for each verb.

People act: their steps are done at once, except `Says`, which lasts as long as its clip, and `StaysSilent`.
The agent is watched: its steps wait until what they name has happened, in a window that opens at ``of`` (a moment
named by ``as`` further up) or else at the end of the step before, and closes ``within`` a time. What already happened
inside the window counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.scenario.model.parts import (
    ClipName,
    EventType,
    Keys,
    Name,
    Part,
    PersonName,
    Text,
    Time,
    TimeRange,
    ToolName,
)


class BaseStep(Part):
    """``as_`` names the moment of the step: the first voiced sample of its clip, the instant at which what it
    waited for happened, or else its end."""

    as_: Name | None = None


class PersonStep(BaseStep):
    """Something that the person ``who`` does."""

    who: PersonName


class WatchingStep(BaseStep):
    """Something that has to happen, and by when."""

    within: Time | None = None
    of: Name | None = None


class Joins(PersonStep):
    """``alice: joins``: enters the call."""

    kind: Literal["person joins"] = "person joins"


class Leaves(PersonStep):
    """``alice: leaves``: hangs up. She may join again."""

    kind: Literal["person leaves"] = "person leaves"


class Drops(PersonStep):
    """``alice: drops``: loses the connection. Nothing of her arrives any more, and nobody is told, until the edge
    takes her for lost."""

    kind: Literal["person drops"] = "person drops"


class Reconnects(PersonStep):
    """``alice: reconnects``: is back after `Drops`. If she was taken for lost meanwhile, she joins anew."""

    kind: Literal["person reconnects"] = "person reconnects"


class Mutes(PersonStep):
    """``alice: mutes``: what she says from now on is not heard."""

    kind: Literal["person mutes"] = "person mutes"


class Unmutes(PersonStep):
    """``alice: unmutes``."""

    kind: Literal["person unmutes"] = "person unmutes"


class Says(PersonStep):
    """``alice: says hello.wav``: speaks, and the script goes on when the clip has ended."""

    kind: Literal["person says"] = "person says"
    clip: ClipName


class StartsSaying(PersonStep):
    """``alice: starts saying hello.wav``: speaks, and the script goes on at once."""

    kind: Literal["person starts saying"] = "person starts saying"
    clip: ClipName


class KeepsTalking(PersonStep):
    """``alice: keeps talking story.wav``, ``for: 10s``: says a clip over and over until then. The script goes on at
    once."""

    kind: Literal["person keeps talking"] = "person keeps talking"
    clip: ClipName
    for_: TimeRange


class Coughs(PersonStep):
    """``alice: coughs``: makes a short noise that is no word. The script goes on when it is over."""

    kind: Literal["person coughs"] = "person coughs"


class Presses(PersonStep):
    """``alice: presses 1234#``: presses keys of her telephone, heard as tones. The script goes on after the last."""

    kind: Literal["person presses"] = "person presses"
    keys: Keys


class Types(PersonStep):
    """``alice: types "the blue one"``: writes that into the chat of the call."""

    kind: Literal["person types"] = "person types"
    message: str = Field(min_length=1, max_length=2000)


class StopsTalking(PersonStep):
    """``alice: stops talking``: breaks off the clip that `StartsSaying` began."""

    kind: Literal["person stops talking"] = "person stops talking"


class Plays(PersonStep):
    """``alice: plays clip.mp4``: says the sound of a video and shows its pictures, in step, and the script goes on when
    the sound has ended."""

    kind: Literal["person plays"] = "person plays"
    video: ClipName


class StartsPlaying(PersonStep):
    """``alice: starts playing clip.mp4``: the same, and the script goes on at once."""

    kind: Literal["person starts playing"] = "person starts playing"
    video: ClipName


class TurnsCameraOn(PersonStep):
    """``alice: turns camera on face.mp4``: shows a video, or the one she was declared with, from its beginning."""

    kind: Literal["person turns camera on"] = "person turns camera on"
    video: ClipName | None = None


class TurnsCameraOff(PersonStep):
    """``alice: turns camera off``."""

    kind: Literal["person turns camera off"] = "person turns camera off"


class SharesScreen(PersonStep):
    """``alice: shares screen slides.mp4``: shows a video as her screen, or the one she was declared with, and lets its
    sound be heard, if it has any."""

    kind: Literal["person shares screen"] = "person shares screen"
    video: ClipName | None = None


class SharesSound(PersonStep):
    """``alice: shares sound radio.wav``: lets a sound be heard as that of her screen, or the one she was declared with.
    A screen need not be shared."""

    kind: Literal["person shares sound"] = "person shares sound"
    clip: ClipName | None = None


class StopsSharing(PersonStep):
    """``alice: stops sharing``: shares neither her screen nor its sound any more."""

    kind: Literal["person stops sharing"] = "person stops sharing"


class StaysSilent(PersonStep):
    """``alice: stays silent``, ``for: 2s``: says nothing for that long."""

    kind: Literal["person stays silent"] = "person stays silent"
    for_: TimeRange


class Sends(PersonStep):
    """``alice: {sends: {kind: poke}}``: sends a custom event to the call."""

    kind: Literal["person sends"] = "person sends"
    data: dict[str, Any]


class AgentSpeaks(WatchingStep):
    """``agent: speaks``: is audible."""

    kind: Literal["agent speaks"] = "agent speaks"


class AgentFallsSilent(WatchingStep):
    """``agent: falls silent``: is audible no longer, for whatever reason."""

    kind: Literal["agent falls silent"] = "agent falls silent"


class AgentStaysSilent(BaseStep):
    """``agent: stays silent``, ``for: 3s``: is not audible at any instant of that time."""

    kind: Literal["agent stays silent"] = "agent stays silent"
    for_: TimeRange
    of: Name | None = None


class AgentFinishesSpeaking(WatchingStep):
    """``agent: finishes speaking``: its reply is over, heard to the end or cut (``agent.turn_ended``)."""

    kind: Literal["agent finishes speaking"] = "agent finishes speaking"


class AgentSays(WatchingStep):
    """``agent: says "we open at *"``: ends a reply of which that was heard (``agent.turn_ended``)."""

    kind: Literal["agent says"] = "agent says"
    text: Text


class AgentHasSaid(WatchingStep):
    """``agent: has said "*third floor*"``: that has been heard of it, though it may go on speaking."""

    kind: Literal["agent has said"] = "agent has said"
    text: Text


class AgentCalls(WatchingStep):
    """``agent: calls book_table``, ``where: {people: 2}``: its model calls that function with such arguments."""

    kind: Literal["agent calls"] = "agent calls"
    tool: ToolName
    where: Mapping[str, Text] = Field(default_factory=dict)


class AgentSends(WatchingStep):
    """``agent: sends``, ``where: {kind: receipt}``: it sends a custom event with such fields to the call."""

    kind: Literal["agent sends"] = "agent sends"
    where: Mapping[str, Text] = Field(default_factory=dict)


class ProviderStep(BaseStep):
    """Trouble with one provider of the agent. It begins at once and lasts ``for_`` a time, or until `Recovers`."""

    provider: Literal["stt", "llm", "tts"]


class Stalls(ProviderStep):
    """``tts: stalls``, ``for: 2s``: nothing comes of it; what would have come comes when that is over."""

    kind: Literal["provider stalls"] = "provider stalls"
    for_: TimeRange | None = None


class Disconnects(ProviderStep):
    """``stt: disconnects``: what is under way fails, what is sent is lost, and nobody gets through."""

    kind: Literal["provider disconnects"] = "provider disconnects"
    for_: TimeRange | None = None


class Errors(ProviderStep):
    """``llm: errors 503 overloaded``: whatever it is asked fails with this message."""

    kind: Literal["provider errors"] = "provider errors"
    error: str = Field(min_length=1, max_length=200)
    for_: TimeRange | None = None


class IsSlow(ProviderStep):
    """``llm: is slow``, ``by: 2s``: each answer begins so much later than it would."""

    kind: Literal["provider is slow"] = "provider is slow"
    by: TimeRange
    for_: TimeRange | None = None


class Recovers(ProviderStep):
    """``tts: recovers``: it is well again."""

    kind: Literal["provider recovers"] = "provider recovers"


class CallEnds(BaseStep):
    """``call: ends``: the call is ended for everyone."""

    kind: Literal["call ends"] = "call ends"


class Wait(BaseStep):
    """``wait: 800ms``: nothing is done for that long."""

    kind: Literal["wait"] = "wait"
    duration: TimeRange


class WaitFor(WatchingStep):
    """``wait for: turn.ended``, ``where: {participant: alice}``: an event with these fields is recorded."""

    kind: Literal["wait for"] = "wait for"
    event: EventType
    where: Mapping[str, Text] = Field(default_factory=dict)
    times: int = Field(default=1, ge=1)


class Never(BaseStep):
    """``never: agent.yielded``, ``for: 2s``: no event with these fields is recorded in that time."""

    kind: Literal["never"] = "never"
    event: EventType
    for_: TimeRange
    of: Name | None = None
    where: Mapping[str, Text] = Field(default_factory=dict)


class EveryoneIsSilent(WatchingStep):
    """``everyone: is silent``, ``for: 1s``: people and agent have been silent for that long."""

    kind: Literal["everyone is silent"] = "everyone is silent"
    for_: TimeRange


Alternative = Annotated[
    AgentSpeaks
    | AgentFallsSilent
    | AgentFinishesSpeaking
    | AgentSays
    | AgentHasSaid
    | AgentCalls
    | AgentSends
    | WaitFor
    | EveryoneIsSilent,
    Field(discriminator="kind"),
]
"""What can be waited for beside something else."""


class AnyOf(WatchingStep):
    """``any of: [...]``: the first of several things happens. ``within`` and ``of`` are for those without."""

    kind: Literal["any of"] = "any of"
    steps: tuple[Alternative, ...] = Field(min_length=2)


Step = Annotated[
    Joins
    | Leaves
    | Drops
    | Reconnects
    | Mutes
    | Unmutes
    | Says
    | StartsSaying
    | KeepsTalking
    | Coughs
    | StopsTalking
    | Presses
    | Types
    | Plays
    | StartsPlaying
    | TurnsCameraOn
    | TurnsCameraOff
    | SharesScreen
    | SharesSound
    | StopsSharing
    | StaysSilent
    | Sends
    | AgentSpeaks
    | AgentFallsSilent
    | AgentStaysSilent
    | AgentFinishesSpeaking
    | AgentSays
    | AgentHasSaid
    | AgentCalls
    | AgentSends
    | Stalls
    | Disconnects
    | Errors
    | IsSlow
    | Recovers
    | CallEnds
    | Wait
    | WaitFor
    | Never
    | EveryoneIsSilent
    | AnyOf,
    Field(discriminator="kind"),
]
