"""A film that somebody shares while their call is recorded is no part of their voice."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest
from getstream.video.rtc.track_util import PcmData

from agentkit.core import Agent, TrackType, User
from agentkit.core.edge import Participant
from agentkit.core.edge.events import AudioReceivedEvent
from simulator.edge.transport import SimulatedEdge
from simulator.recorder import RecordingEdge

pytestmark = pytest.mark.virtual


async def test_the_stem_of_a_person_is_their_voice_alone(tmp_path: Path) -> None:
    edge = RecordingEdge(SimulatedEdge(), tmp_path / "call")
    agent = Agent(edge=edge, agent_user=User(id="agent"))
    alice = Participant(original=None, user_id="alice", id="alice")
    async with agent.join(await agent.create_call(), participant_wait_timeout=0):
        for _ in range(25):
            await asyncio.sleep(0.02)
            for level, track_type in ((1_000, TrackType.AUDIO), (9_000, TrackType.SCREEN_SHARE_AUDIO)):
                pcm = PcmData(48_000, "s16", np.full(960, level, np.int16))
                edge.events.send(AudioReceivedEvent(pcm_data=pcm, participant=alice, track_type=track_type))
    with wave.open(str(tmp_path / "call" / "stems" / "alice.wav")) as stem:
        samples = np.frombuffer(stem.readframes(stem.getnframes()), np.int16)
    assert set(np.unique(samples)) <= {0, 1_000}
    assert (samples == 1_000).sum() == 25 * 960
