"""The responses of a realtime model: which one something belongs to, and what of it is stale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from agentkit.core.media.output import Samples
from agentkit.core.media.resample import StreamResampler

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData


class Speaker(Protocol):
    """What speaks a response: a reply."""

    def take_sound(self, samples: Samples) -> None: ...
    def take_text(self, delta: str) -> None: ...
    def finish(self) -> None: ...


class Response:
    """What has come of one response of the model. ``id`` is the provider's name for it, or empty.

    It collects until something speaks it: a response may begin before the floor is free for it.
    """

    def __init__(self, sample_rate: int, response_id: str = "") -> None:
        self.id = response_id
        self.text = ""
        self.begun = False
        self.over = False
        self.dropped = False
        self._sound: list[Samples] = []
        self._speaker: Speaker | None = None
        self._resampler = StreamResampler(sample_rate)

    def take_sound(self, pcm: PcmData) -> None:
        """The next sound, in any format. Raises `ValueError` for more than two channels."""
        self._pass_on(self._resampler.process(pcm))

    def take_text(self, delta: str) -> None:
        """The next piece of what the model says aloud."""
        if not self.dropped:
            self.text += delta
            if self._speaker is not None:
                self._speaker.take_text(delta)

    def finish(self) -> None:
        """No more sound will come. Its transcript may still."""
        if self.over:
            return
        rest = self._resampler.flush()
        if rest is not None:
            self._pass_on(rest)
        self.over = True
        if self._speaker is not None:
            self._speaker.finish()

    def drop(self) -> None:
        """It was cut: what has not been spoken of it, and what is still to come, is stale."""
        self.over = self.dropped = True
        self._speaker = None
        self._sound.clear()

    def spoken_by(self, speaker: Speaker) -> None:
        """Give ``speaker`` what has come, and from now on what comes."""
        self._speaker = speaker
        speaker.take_text(self.text)
        for samples in self._sound:
            speaker.take_sound(samples)
        self._sound.clear()

    def _pass_on(self, pcm: PcmData) -> None:
        if self.dropped:
            return
        if self._speaker is not None:
            self._speaker.take_sound(pcm.samples)
        else:
            self._sound.append(pcm.samples)


class Responses:
    """Sorts what a model sends into responses. It gives one after the other.

    Sound names its response where the provider names them; transcripts never do. After an interruption, what still
    arrives of a response is dropped: by its name, or, where it has none, until it is done or somebody has finished
    speaking, to whom the model may then answer (`expect`).
    """

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._latest: Response | None = None
        self._stale: set[str] = set()
        self._dropping = False
        self._dropping_unnamed = False
        self._owes_text = False

    def of_sound(self, response_id: str) -> Response | None:
        """The response that sound belongs to, begun if need be; None for what is stale."""
        if response_id in self._stale:
            self._drop_text()
            return None
        if self._dropping:
            if self._dropping_unnamed and response_id:
                self._stale.add(response_id)
            if self._dropping_unnamed or not response_id:
                return None
            self._dropping = False
        receiving = self._receiving
        if receiving is None:
            return self._begin(response_id)
        if not receiving.id:
            receiving.id = response_id  # only its transcript has come so far
        elif response_id not in ("", receiving.id):
            receiving.finish()
            return self._begin(response_id)
        return receiving

    def of_text(self) -> Response | None:
        """The response that a piece of transcript belongs to, begun if need be; None for what is stale.

        Some providers tell what they say ahead of its sound, some once the sound is complete.
        """
        if self._dropping:
            return None
        latest = self._latest
        if latest is not None and (not latest.over or (latest.begun and not latest.text)):
            return latest
        if self._owes_text:
            self._owes_text = False
            return None
        return self._begin("")

    def done(self, response_id: str = "") -> None:
        """All sound of a response has come: of the one named, or of the one being received."""
        if self._dropping or response_id in self._stale:
            self._dropping = False
        elif (receiving := self._receiving) is not None and (
            not response_id or receiving.id in ("", response_id)
        ):
            receiving.finish()

    def cut(self, response: Response | None, *, unanswered: bool) -> None:
        """``response`` was interrupted; or ``unanswered`` if the model was asked for one that has not begun."""
        receiving = self._receiving
        self._dropping = unanswered or receiving is not None
        self._dropping_unnamed = unanswered or (receiving is not None and not receiving.begun)
        self._owes_text = response is not None and response.begun and not response.text
        for one in (response, receiving):
            if one is not None:
                self.drop(one)

    def drop(self, response: Response) -> None:
        """Let nothing more be heard of ``response``."""
        response.drop()
        if response.id:
            self._stale.add(response.id)
        if response is self._latest:
            self._latest = None

    def expect(self) -> None:
        """What comes from now on may be a new response, unless it bears the name of a stale one."""
        self._dropping = False
        if self._receiving is None:
            self._latest = None

    def _drop_text(self) -> None:
        """Stale sound has come: so is the transcript that was told ahead of it."""
        if self._receiving is not None and not self._receiving.begun:
            self._latest = None

    @property
    def _receiving(self) -> Response | None:
        return self._latest if self._latest is not None and not self._latest.over else None

    def _begin(self, response_id: str) -> Response:
        self._owes_text = False
        self._latest = Response(self._sample_rate, response_id)
        return self._latest
