"""People whose connection breaks: nothing of them arrives, and the edge takes its time to notice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core import Agent, User
from agentkit.core.edge import Call
from agentkit.core.edge.events import AudioReceivedEvent, ParticipantJoinedEvent, ParticipantLeftEvent
from agentkit.core.events import BaseEvent
from simulator.clock import run
from simulator.edge.call import SimulatedCall
from simulator.edge.errors import CallError
from simulator.edge.person import LOST_AFTER_S
from simulator.edge.transport import SimulatedEdge
from simulator.trace import Trace

CLIP = "ask-not"


class Line:
    """A call with alice and an agent's edge in it; what the edge is told, and when."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.call = SimulatedCall(trace=Trace(lambda: round(1e9 * (loop.time() - began))))
        self.edge = SimulatedEdge(self.call)
        self.alice = self.call.person("alice")
        self.told: list[tuple[float, type[BaseEvent]]] = []
        self.edge.events.tap(lambda event: self.told.append((round(loop.time() - began, 3), type(event))))

    async def enter(self) -> None:
        await self.edge.join(Agent(edge=self.edge, agent_user=User(id="agent")), Call("call"))
        self.alice.join()

    def times(self, kind: type[BaseEvent]) -> list[float]:
        return [at for at, told in self.told if told is kind]


@pytest_asyncio.fixture
async def line() -> AsyncIterator[Line]:
    line = Line()
    await line.enter()
    yield line
    await line.call.close()


@pytest.mark.virtual
async def test_nobody_is_told_of_a_connection_that_is_back_in_time(line: Line) -> None:
    line.alice.drop()
    await asyncio.sleep(LOST_AFTER_S - 0.02)
    line.alice.reconnect()
    await asyncio.sleep(2 * LOST_AFTER_S)
    assert line.times(ParticipantLeftEvent) == []
    assert len(line.times(ParticipantJoinedEvent)) == 1
    silent_until = min(at for at in line.times(AudioReceivedEvent) if at > 0)
    assert silent_until >= LOST_AFTER_S - 0.02


@pytest.mark.virtual
async def test_whoever_stays_away_is_taken_for_lost_and_joins_anew(line: Line) -> None:
    await asyncio.sleep(1)
    line.alice.drop()
    await asyncio.sleep(LOST_AFTER_S + 1)
    assert line.times(ParticipantLeftEvent) == [1 + LOST_AFTER_S]
    assert not line.alice.joined
    line.alice.reconnect()
    assert line.times(ParticipantJoinedEvent) == [0.0, 2 + LOST_AFTER_S]
    assert not line.alice.dropped


@pytest.mark.virtual
async def test_what_cannot_be_done_without_a_connection_is_refused(line: Line) -> None:
    with pytest.raises(CallError, match="only who has dropped"):
        line.alice.reconnect()
    line.alice.drop()
    with pytest.raises(CallError, match="reconnect first"):
        line.alice.drop()
    with pytest.raises(CallError, match="without a connection"):
        line.alice.send_custom_event({"kind": "poke"})


@pytest.mark.virtual
async def test_whoever_hangs_up_while_disconnected_is_not_lost_a_second_time(line: Line) -> None:
    line.alice.drop()
    line.alice.leave()
    await asyncio.sleep(2 * LOST_AFTER_S)
    assert len(line.times(ParticipantLeftEvent)) == 1


@settings(max_examples=25)
@given(gaps=st.lists(st.integers(0, 300), max_size=6))
def test_sound_arrives_exactly_while_there_is_a_connection(gaps: list[int]) -> None:
    """Each number is how many frames pass before she drops or reconnects."""

    async def play() -> tuple[list[float], list[tuple[int, int]]]:
        line = Line()
        await line.enter()
        frame, connected, spans = 0, True, []
        since = 0
        for gap in [*gaps, 50]:
            await asyncio.sleep(gap * 0.02)
            frame += gap
            if connected:
                spans.append((since, frame))
                line.alice.drop(lost_after_s=1000)
            else:
                line.alice.reconnect()
                since = frame
            connected = not connected
        await line.call.close()
        return line.times(AudioReceivedEvent), spans

    heard, spans = run(play())
    expected = [round((n + 1) * 0.02, 3) for first, last in spans for n in range(first, last)]
    # What ends in the very instant of a change may fall on either side of it.
    edges = {round(frame * 0.02, 3) for span in spans for frame in span}
    assert [at for at in heard if at not in edges] == [at for at in expected if at not in edges]
