"""The sound of a shared screen, as it gets from a file to an agent and into the recording."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core import Agent, TrackType, User
from agentkit.core.edge.events import AudioReceivedEvent, TrackAddedEvent, TrackRemovedEvent
from simulator.clock import run
from simulator.edge.call import SimulatedCall
from simulator.edge.errors import CallError
from simulator.edge.transport import SimulatedEdge
from simulator.media.errors import MediaError
from simulator.providers.vlm import colour_of
from simulator.trace import Trace

MakeVideo = Callable[..., Path]
VOICE, SHARED = TrackType.AUDIO, TrackType.SCREEN_SHARE_AUDIO


class Heard(NamedTuple):
    """A frame of sound as it came: at how many ms of the call, its own time in ms, its samples."""

    at_ms: int
    pts_ms: int
    samples: npt.NDArray[np.int16]


class Guest:
    """An agent that only notes what its edge delivers."""

    def __init__(self, call: SimulatedCall) -> None:
        self.call = call
        self.edge = SimulatedEdge(call)
        self.agent = Agent(edge=self.edge, agent_user=User(id="agent"))
        self.tracks: list[tuple[str, str]] = []
        self.sound: dict[tuple[str, TrackType], list[Heard]] = {}
        self.edge.events.tap(self._note, AudioReceivedEvent, TrackAddedEvent, TrackRemovedEvent)

    @property
    def now_ms(self) -> int:
        return round(self.call.now_ns / 1e6)

    def heard(self, track_type: TrackType = SHARED, who: str = "alice") -> list[Heard]:
        return self.sound.get((who, track_type), [])

    def _note(self, event: AudioReceivedEvent | TrackAddedEvent | TrackRemovedEvent) -> None:
        assert event.participant is not None
        if isinstance(event, AudioReceivedEvent):
            pcm = event.pcm_data
            heard = Heard(self.now_ms, round(pcm.pts * pcm.time_base * 1000), pcm.samples)
            self.sound.setdefault((event.participant.id, event.track_type), []).append(heard)
        elif event.track_type != VOICE:
            sign = "+" if isinstance(event, TrackAddedEvent) else "-"
            self.tracks.append((sign, f"{event.track_id} {event.track_type.name}"))


@asynccontextmanager
async def a_call(**options: Any) -> AsyncIterator[Guest]:
    loop = asyncio.get_running_loop()
    began = loop.time_ns()  # type: ignore[attr-defined]
    guest = Guest(SimulatedCall(trace=Trace(lambda: loop.time_ns() - began), **options))  # type: ignore[attr-defined]
    async with guest.agent.join(await guest.agent.create_call(), participant_wait_timeout=0):
        yield guest
    await guest.call.close()


def tone(seconds: float, level: int = 8_000) -> npt.NDArray[np.int16]:
    """A sound that is never silent, not even for a sample."""
    return np.full(round(48_000 * seconds), level, np.int16)


def write_wav(path: Path, samples: npt.NDArray[np.int16]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(samples.tobytes())
    return path


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``radio.wav``, 100 ms of 8000, and ``bell.wav``, 40 ms of 4000."""
    folder = tmp_path_factory.mktemp("sounds")
    write_wav(folder / "radio.wav", tone(0.1))
    write_wav(folder / "bell.wav", tone(0.04, 4_000))
    return folder


@pytest.mark.parametrize("sound_at_s", [0.0, 0.4])
@pytest.mark.parametrize("fps", [10, 25, 30, 50])
def test_picture_and_sound_of_a_shared_film_are_in_step(
    make_video: MakeVideo, fps: int, sound_at_s: float
) -> None:
    """A flash and a beep that are together in the file are together in the call, and by their own times."""
    beep = np.zeros(48_000 * 2, np.int16)
    begins = round(48_000 * (1 - sound_at_s))
    beep[begins : begins + 9_600] = 20_000 * np.sin(np.arange(9_600) / 8)
    film = make_video(["black"] * fps + ["white"] * fps, fps=fps, sound=beep, sound_at_s=sound_at_s)

    async def play() -> tuple[float, float, float, int]:
        async with a_call() as guest:
            alice = guest.call.person("alice")
            alice.join()
            await asyncio.sleep(0.333)
            alice.share_screen(film)
            track = guest.edge.add_track_subscriber("alice:screen")
            assert track is not None
            while colour_of(frame := await track.recv()) != "white":  # type: ignore[arg-type]
                pass
            assert frame.pts is not None
            assert frame.time_base is not None
            flash_at_ms, flash_pts_ms = guest.now_ms, 1000 * float(frame.pts * frame.time_base)
            await asyncio.sleep(0.5)
            loud = next(h for h in guest.heard() if np.abs(h.samples).max() > 5_000)
            beep_pts_ms = loud.pts_ms + int(np.argmax(np.abs(loud.samples) > 5_000)) / 48
            alice.leave()
            return flash_at_ms, flash_pts_ms, beep_pts_ms, loud.at_ms

    flash_at_ms, flash_pts_ms, beep_pts_ms, beep_at_ms = run(play())
    assert abs(flash_pts_ms - beep_pts_ms) <= 5
    assert abs(flash_at_ms - beep_at_ms) <= 20


def test_a_film_is_sent_beside_the_microphone_never_through_it(make_video: MakeVideo, sounds: Path) -> None:
    film = make_video(["red"] * 5, sound=tone(0.5, 2_000))

    async def play() -> Guest:
        async with a_call(folders=[sounds]) as guest:
            alice = guest.call.person("alice", screen=film)
            alice.join()
            alice.start_saying("radio")
            await asyncio.sleep(0.3)
            alice.mute()
            await asyncio.sleep(0.1)
            alice.leave()
            return guest

    guest = run(play())
    voice = np.concatenate([frame.samples for frame in guest.heard(VOICE)])
    assert set(np.unique(voice)) == {0, 8_000}
    shared = guest.heard()
    assert [(frame.at_ms, frame.pts_ms) for frame in shared] == [(ms + 20, ms) for ms in range(0, 400, 20)]
    assert max(np.abs(frame.samples).max() for frame in shared) < 4_000
    assert np.abs(shared[15].samples).max() > 1_000, "muted is the microphone alone"
    assert guest.tracks == [
        ("+", "alice:screen SCREEN_SHARE"),
        ("+", "alice:screen-audio SCREEN_SHARE_AUDIO"),
        ("-", "alice:screen SCREEN_SHARE"),
        ("-", "alice:screen-audio SCREEN_SHARE_AUDIO"),
    ]


def test_sound_can_be_shared_without_a_picture_and_is_silence_after_its_end(sounds: Path) -> None:
    async def play() -> list[Heard]:
        async with a_call(folders=[sounds]) as guest:
            alice = guest.call.person("alice", microphone=False)
            alice.join()
            await asyncio.sleep(1.005)
            alice.share_sound("radio")
            await asyncio.sleep(0.3)
            alice.stop_sharing()
            await asyncio.sleep(0.3)
            assert not guest.heard(VOICE)
            return guest.heard()

    heard = run(play())
    assert [frame.at_ms for frame in heard] == list(range(1_040, 1_301, 20))
    assert [frame.pts_ms for frame in heard] == list(range(0, 261, 20))
    assert [int(frame.samples[0]) for frame in heard] == [8_000] * 5 + [0] * 9


def test_a_picture_can_be_shared_without_its_sound(make_video: MakeVideo) -> None:
    film = make_video(["red"] * 5, sound=tone(0.5))

    async def play() -> Guest:
        async with a_call() as guest:
            alice = guest.call.person("alice", screen=film, screen_sound=False)
            alice.join()
            await asyncio.sleep(0.3)
            return guest

    guest = run(play())
    assert guest.tracks == [("+", "alice:screen SCREEN_SHARE")]
    assert not guest.heard()
    assert guest.call.recording.voices == ("alice",)


def test_a_screen_may_have_another_sound_than_its_own(make_video: MakeVideo, sounds: Path) -> None:
    film = make_video(["red"] * 5, sound=tone(0.5, 2_000))

    async def play(declared: bool) -> list[Heard]:
        async with a_call(folders=[sounds]) as guest:
            alice = guest.call.person("alice", screen=film, screen_sound="bell") if declared else None
            if alice is None:
                alice = guest.call.person("alice")
                alice.join()
                alice.share_sound("bell")
                alice.share_screen(film)
            else:
                alice.join()
            await asyncio.sleep(0.1)
            alice.leave()
            return guest.heard()

    for declared in (True, False):
        assert [int(frame.samples[0]) for frame in run(play(declared))] == [4_000, 4_000, 0, 0, 0]


def test_what_is_lost_with_the_connection_is_not_sent_later(sounds: Path) -> None:
    async def play() -> Guest:
        async with a_call(folders=[sounds]) as guest:
            alice = guest.call.person("alice", screen_sound="radio")
            alice.join()
            await asyncio.sleep(0.03)
            alice.drop()
            await asyncio.sleep(0.04)
            alice.reconnect()
            await asyncio.sleep(0.03)
            alice.drop()
            await asyncio.sleep(6)
            alice.reconnect()  # anew: she was taken for lost
            await asyncio.sleep(0.05)
            return guest

    guest = run(play())
    first, again = guest.heard()[:3], guest.heard()[3:]
    assert [(frame.at_ms, frame.pts_ms) for frame in first] == [(20, 0), (80, 60), (100, 80)]
    assert [frame.pts_ms for frame in again] == [0, 20]
    assert [sign for sign, _ in guest.tracks] == ["+", "-", "+"]


def test_an_agent_that_comes_later_is_told_of_sound_that_is_shared(sounds: Path) -> None:
    async def play() -> list[tuple[str, str]]:
        loop = asyncio.get_running_loop()
        guest = Guest(SimulatedCall(trace=Trace(lambda: round(loop.time() * 1e9)), folders=[sounds]))
        guest.call.person("alice", screen_sound="radio").join()
        async with guest.agent.join(await guest.agent.create_call(), participant_wait_timeout=0):
            found = list(guest.tracks)
        await guest.call.close()
        return found

    assert run(play()) == [("+", "alice:screen-audio SCREEN_SHARE_AUDIO")]


def test_the_recording_keeps_it_apart_and_the_trace_says_what_was_played(
    make_video: MakeVideo, sounds: Path, tmp_path: Path
) -> None:
    async def play() -> SimulatedCall:
        async with a_call(folders=[sounds]) as guest:
            alice = guest.call.person("alice")
            alice.join()
            alice.start_saying("bell")
            await asyncio.sleep(0.02)
            alice.share_sound("radio")
            await asyncio.sleep(0.2)
            alice.leave()
        return guest.call

    call = run(play())
    call.recording.write(tmp_path)
    stems = {}
    for file in sorted((tmp_path / "stems").iterdir()):
        with wave.open(str(file)) as stem:
            stems[file.name] = np.frombuffer(stem.readframes(stem.getnframes()), np.int16)
    assert sorted(stems) == ["alice screen.wav", "alice.wav"]
    assert (stems["alice.wav"] == 4_000).sum() == 1_920
    shared = np.flatnonzero(stems["alice screen.wav"] == 8_000)
    assert (shared[0], len(shared)) == (960, 4_800)
    (digests,) = (record.data["stems"] for record in call.trace.select("call", "sound"))
    assert set(digests) == {"alice", "alice screen"}
    told = [r for r in call.trace.select("alice") if r.data.get("track") == "alice:screen-audio"]
    assert [(record.kind, record.data.get("clip")) for record in told] == [
        ("audio.started", None),
        ("plays", "radio.wav"),
        ("audio.stopped", None),
    ]
    assert (told[1].data["at_ns"], told[1].data["ends_at_ns"]) == (20_000_000, 120_000_000)
    assert not [r for r in call.trace.select("alice", "voice.started") if r.at_ns > 20_000_000], (
        "no voice of hers"
    )


def test_what_cannot_be_shared_is_refused_and_leaves_everything_as_it_was(
    make_video: MakeVideo, sounds: Path
) -> None:
    async def play() -> None:
        async with a_call(folders=[sounds]) as guest:
            alice = guest.call.person("alice")
            with pytest.raises(CallError, match="cannot share a sound before joining"):
                alice.share_sound("radio")
            alice.join()
            with pytest.raises(CallError, match="name a clip, or declare them with one"):
                alice.share_sound()
            with pytest.raises(MediaError, match="did you mean radio"):
                alice.share_sound("radoi.wav")
            alice.share_sound("radio")
            with pytest.raises(CallError, match="'alice:screen-audio' is on already; stop it first"):
                alice.share_sound("bell")
            alice.stop_sharing()
            alice.stop_sharing()
            assert [sign for sign, _ in guest.tracks] == ["+", "-"]
            with pytest.raises(MediaError, match="did you mean radio"):
                guest.call.person("bob", screen_sound="radoi.wav")
            guest.call.person("bob").join()  # the name is still free

    run(play())


class Model:
    """What is shared, as somebody who only reads the documentation expects it."""

    def __init__(self) -> None:
        self.inside = self.dropped = False
        self.since_ms: int | None = None
        self.expected: list[tuple[int, int, int]] = []

    def passes(self, from_ms: int, to_ms: int) -> None:
        """Frames that are complete by now: when, their own time, and whether the 100 ms of sound go on."""
        for at_ms in range(from_ms + 20, to_ms + 1, 20):
            begins = at_ms - 20
            if self.since_ms is not None and not self.dropped:
                own = begins - self.since_ms
                self.expected.append((at_ms, own, 8_000 if own < 100 else 0))


@given(
    st.lists(
        st.sampled_from(["joins", "leaves", "shares", "stops", "drops", "reconnects", "mutes", "waits"]),
        max_size=25,
    )
)
def test_whatever_somebody_does_their_shared_sound_is_sent_in_order_and_in_time(
    sounds: Path, doings: list[str]
) -> None:
    model = Model()

    async def play() -> list[Heard]:
        async with a_call(folders=[sounds]) as guest:
            alice = guest.call.person("alice")
            now_ms = 0
            await asyncio.sleep(0.001)  # between two ticks
            for doing in doings:
                if doing == "waits":
                    await asyncio.sleep(0.06)
                    model.passes(now_ms, now_ms + 60)
                    now_ms += 60
                elif doing == "joins" and not model.inside:
                    alice.join()
                    model.inside = True
                elif doing == "reconnects" and model.dropped:
                    alice.reconnect()
                    model.dropped = False
                elif model.inside and not model.dropped:
                    if doing == "leaves":
                        alice.leave()
                        model.inside, model.since_ms = False, None
                    elif doing == "shares" and model.since_ms is None:
                        alice.share_sound("radio")
                        model.since_ms = now_ms + 20
                    elif doing == "stops":
                        alice.stop_sharing()
                        model.since_ms = None
                    elif doing == "drops":
                        alice.drop()
                        model.dropped = True
                    elif doing == "mutes":
                        alice.mute()
            assert not alice.screen_sound.on or alice.joined
            return list(guest.heard())

    heard = run(play())
    assert [(h.at_ms, h.pts_ms, int(h.samples[0])) for h in heard] == [
        (at_ms, own_ms, level) for at_ms, own_ms, level in model.expected if own_ms >= 0
    ]
