"""The sound of a shared screen is not the voice of whoever shares it."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from getstream.video.rtc.track_util import PcmData
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core import Agent, TrackType, User
from agentkit.core.agents.hearing import Hearing
from agentkit.core.edge.events import AudioReceivedEvent
from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent, EventManager
from agentkit.core.processors import AudioProcessor
from agentkit.core.vad import VAD
from simulator.clock import run
from simulator.edge.transport import SimulatedEdge
from simulator.providers import ScriptedRealtime

PEOPLE = {name: Participant(None, name, name) for name in ("alice", "bob")}
Sound = tuple[str, int]
"""Whose, and the number that its samples are."""


def frame(number: int) -> PcmData:
    return PcmData(48_000, "s16", np.full(960, number, np.int16))


class Voices(VAD):
    """Notes whom it hears."""

    input_sample_rate = 48_000

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Sound] = []
        self.forgotten: list[str] = []

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        assert participant is not None
        self.heard.append((participant.id, int(pcm.samples[0])))

    def forget(self, participant: Participant) -> None:
        self.forgotten.append(participant.id)


class Recorder(AudioProcessor):
    """Was written before there was shared sound."""

    def __init__(self) -> None:
        self.voices: list[Sound] = []

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        assert participant is not None
        self.voices.append((participant.id, int(pcm.samples[0])))

    async def close(self) -> None:
        """There is nothing to release."""


class FilmCritic(Recorder):
    """Listens to what is shared, too."""

    def __init__(self) -> None:
        super().__init__()
        self.shared: list[Sound] = []

    async def process_shared_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        assert participant is not None
        if pcm.samples[0] == 13:
            raise ValueError("this film is not good")
        self.shared.append((participant.id, int(pcm.samples[0])))


class Nobody:
    """An audio filter that lets no voice through."""

    def process(self, pcm: PcmData, participant: Participant) -> PcmData | None:
        return None


def hearing_of(
    voices: Voices, *processors: AudioProcessor, **options: Any
) -> tuple[Hearing, list[BaseEvent]]:
    events, told = EventManager(), list[BaseEvent]()
    events.tap(told.append)
    return Hearing([voices], processors, options.get("audio_filter"), events), told


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["alice", "bob"]),
            st.sampled_from([TrackType.AUDIO, TrackType.SCREEN_SHARE_AUDIO, "leaves"]),
        ),
        max_size=30,
    )
)
def test_voices_and_shared_sound_never_mix_whoever_comes_and_goes(happens: list[tuple[str, Any]]) -> None:
    voices, recorder, critic = Voices(), Recorder(), FilmCritic()
    expected: dict[Any, list[Sound]] = {TrackType.AUDIO: [], TrackType.SCREEN_SHARE_AUDIO: []}
    left: list[str] = []
    speaking: dict[str, Participant] = {}

    async def listen() -> None:
        hearing, _ = hearing_of(voices, recorder, critic)
        for number, (who, what) in enumerate(happens, 100):
            if what == "leaves":
                await asyncio.sleep(0.02)
                hearing.forget(PEOPLE[who])
                left.extend(filter(speaking.__contains__, [who]))
                speaking.pop(who, None)
            else:
                hearing.hear(frame(number), PEOPLE[who], what)
                expected[what].append((who, number))
                if what == TrackType.AUDIO:
                    speaking[who] = PEOPLE[who]
            assert hearing.someone == next(iter(speaking.values()), None)
            assert all(hearing.hears(name) == (name in speaking) for name in PEOPLE)
        await asyncio.sleep(0.02)
        await hearing.close()

    run(listen())
    by_person = sorted(expected[TrackType.AUDIO])
    assert sorted(voices.heard) == sorted(recorder.voices) == sorted(critic.voices) == by_person
    assert sorted(critic.shared) == sorted(expected[TrackType.SCREEN_SHARE_AUDIO])
    for who in PEOPLE:  # each stream in its order
        assert [sound for sound in critic.shared if sound[0] == who] == [
            sound for sound in expected[TrackType.SCREEN_SHARE_AUDIO] if sound[0] == who
        ]
    assert voices.forgotten[: len(left)] == left  # and the rest as it is closed


@pytest.mark.virtual
async def test_a_filter_for_voices_is_not_asked_about_a_film() -> None:
    voices, critic = Voices(), FilmCritic()
    hearing, _ = hearing_of(voices, critic, audio_filter=Nobody())
    hearing.hear(frame(1), PEOPLE["alice"])
    hearing.hear(frame(2), PEOPLE["alice"], TrackType.SCREEN_SHARE_AUDIO)
    await asyncio.sleep(0.02)
    assert (voices.heard, critic.voices, critic.shared) == ([], [], [("alice", 2)])
    await hearing.close()


@pytest.mark.virtual
async def test_a_processor_that_fails_at_a_film_is_reported_and_hears_voices_all_the_same() -> None:
    critic = FilmCritic()
    hearing, told = hearing_of(Voices(), critic)
    hearing.hear(frame(13), PEOPLE["alice"], TrackType.SCREEN_SHARE_AUDIO)
    hearing.hear(frame(1), PEOPLE["alice"])
    await asyncio.sleep(0.02)
    assert [getattr(event, "error_message", "") for event in told] == ["ValueError: this film is not good"]
    assert critic.voices == [("alice", 1)]
    await hearing.close()


@pytest.mark.virtual
async def test_an_agent_hears_what_its_edge_delivers_by_the_type_of_the_track() -> None:
    """A model that hears and speaks gets voices only; subscribers of the edge get both, told apart."""
    voices, critic, told = Voices(), FilmCritic(), list[TrackType]()
    edge = SimulatedEdge()
    model = ScriptedRealtime(default="Pardon?")
    heard_by_model: list[int] = []

    async def process_audio(pcm: PcmData, participant: Participant | None = None) -> None:
        heard_by_model.append(int(pcm.samples[0]))

    model.process_audio = process_audio  # type: ignore[method-assign]
    model.input_sample_rate = 48_000
    agent = Agent(edge=edge, agent_user=User(id="agent"), llm=model, vad=voices, processors=[critic])
    agent.events.tap(lambda event: told.append(event.track_type), AudioReceivedEvent)
    async with agent.join(await agent.create_call(), participant_wait_timeout=0):
        alice = PEOPLE["alice"]
        edge.events.send(
            AudioReceivedEvent(pcm_data=frame(1), participant=alice)
        )  # as edges do that know no other
        edge.events.send(
            AudioReceivedEvent(pcm_data=frame(2), participant=alice, track_type=TrackType.SCREEN_SHARE_AUDIO)
        )
        await asyncio.sleep(0.02)
    assert voices.heard == critic.voices == [("alice", 1)]
    assert heard_by_model == [1]
    assert critic.shared == [("alice", 2)]
    assert told == [TrackType.AUDIO, TrackType.SCREEN_SHARE_AUDIO]
