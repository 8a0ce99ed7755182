"""A detector says that a voice has ended only after some silence; the floor knows how much, and is not fooled."""

from __future__ import annotations

from agentkit.core.turns import Floor, Signals, TurnPolicy
from agentkit.core.turns.actions import Action, GoSilent, SetTimer, StartReply
from agentkit.core.turns.inputs import AudioStarted, SpeakRequested, SpeechStarted, SpeechStopped, TimerFired


def interrupted_at_3s() -> tuple[Floor, list[Action]]:
    """A voice begins at 3.0 over the agent, and its end will be known 0.25 s late; gives what the floor asks for."""
    floor = Floor(TurnPolicy(min_interruption_s=0.25), Signals(voice_end_delay_s=0.25))
    assert any(isinstance(action, StartReply) for action in floor.handle(SpeakRequested(1), 1.0))
    floor.handle(AudioStarted(1), 2.0)
    return floor, floor.handle(SpeechStarted("alice", already_s=0.0), 3.0)


def test_a_voice_is_weighed_once_its_end_would_have_been_noticed() -> None:
    _, actions = interrupted_at_3s()
    assert SetTimer("barge-in", "alice", at=3.5) in actions


def test_a_voice_that_lasted_silences_the_agent() -> None:
    floor, _ = interrupted_at_3s()
    assert floor.handle(TimerFired("barge-in", "alice"), 3.5) == [GoSilent(1, "alice")]


def test_a_cough_that_is_noticed_to_have_ended_never_does() -> None:
    floor, _ = interrupted_at_3s()
    floor.handle(SpeechStopped("alice", silence_s=0.25), 3.45)
    assert floor.handle(TimerFired("barge-in", "alice"), 3.5) == []
