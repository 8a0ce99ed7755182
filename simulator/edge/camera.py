"""A simulated camera or screen: shows files to whoever subscribed, each picture when its time has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from av import VideoFrame

from agentkit.core.edge import Participant, TrackType
from agentkit.core.media.video_tracks import QueuedVideoTrack
from simulator.edge.grid import NS_PER_SECOND
from simulator.media.errors import MediaError
from simulator.media.video import Picture, VideoClip

if TYPE_CHECKING:
    from simulator.edge.call import SimulatedCall

_TRACKS = {TrackType.VIDEO: "video", TrackType.SCREEN_SHARE: "screen"}


class CameraTrack(QueuedVideoTrack):
    """What a subscriber reads: the latest picture, if they have not had it."""

    def __init__(self, track_id: str, read: Callable[[VideoFrame], None]) -> None:
        super().__init__(limit=1)
        self._id = track_id
        self._read = read

    async def recv(self) -> VideoFrame:
        frame = await super().recv()
        self._read(frame)
        return frame


class Camera:
    """One video track of a person. Instants are nanoseconds since the call began.

    A picture is sent at the time it has in its file, counted from the moment the file is shown, and never before. One
    that is late, because the next is due as well or has come before it was read, is left out. After the last the
    picture stands still. The frames' own times (pts) count from the moment the camera was turned on. While nobody has
    subscribed nothing is decoded.

    ``clip`` is what it shows when nothing else is named. While it is ``frozen`` its pictures are lost on the way.
    """

    def __init__(self, participant: Participant, track_type: TrackType, call: SimulatedCall) -> None:
        self.participant = participant
        self.track_type = track_type
        self.track_id = f"{participant.id}:{_TRACKS[track_type]}"
        self.on = False
        self.frozen = False
        self.clip: VideoClip | None = None
        self._call = call
        self._on_at_ns = 0
        self._sent = 0
        self._read = 0
        self._reel: Reel | None = None
        self._tracks: list[CameraTrack] = []
        self._timer: asyncio.TimerHandle | None = None

    def turn_on(self, clip: VideoClip, at_ns: int, from_s: Fraction) -> None:
        """Begin to show something; see `show`."""
        self.on = True
        self._on_at_ns = at_ns
        self._sent = self._read = 0
        self._record("video.started", at_ns=at_ns)
        self.show(clip, at_ns, from_s)

    def show(self, clip: VideoClip, at_ns: int, from_s: Fraction) -> None:
        """Show ``clip`` in place of the one before: its picture of the time ``from_s`` is due at ``at_ns``."""
        self._stop_reel()
        self._reel = Reel(clip, at_ns, from_s)
        self._record("shows", clip=clip.path.name, at_ns=at_ns)
        self._send_due()

    def turn_off(self) -> None:
        """Show nothing; the tracks of those who subscribed end."""
        self.on = False
        self._stop_reel()
        self.unsubscribe()
        self._record("video.stopped", sent=self._sent, read=self._read)

    def subscribe(self) -> CameraTrack:
        """A track of what is shown, beginning with the picture of this moment."""
        track = CameraTrack(self.track_id, self._was_read)
        self._tracks.append(track)
        sent = self._sent
        self._send_due()
        if self._sent == sent and self._reel is not None and self._reel.picture is not None:
            self._send(track, self._reel, self._reel.picture)
        return track

    def unsubscribe(self) -> None:
        """End the tracks of those who subscribed."""
        for track in self._tracks:
            track.stop()
        self._tracks.clear()

    def _send_due(self) -> None:
        """Send the picture that is due, unless it has been sent, and come back when the next one is."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._tracks = [track for track in self._tracks if track.readyState == "live"]
        reel = self._reel
        if reel is None or not self._tracks:
            return
        try:
            picture = reel.advance(self._call.now_ns)
        except MediaError as error:
            self._record("video.failed", error=str(error))
            self._stop_reel()
            return
        if picture is not None and not self.frozen:
            for track in self._tracks:
                self._send(track, reel, picture)
        if reel.next_due_ns is not None:
            self._timer = self._call.call_at(reel.next_due_ns, self._send_due)

    def _send(self, track: CameraTrack, reel: Reel, picture: Picture) -> None:
        frame = picture.frame()
        shown_s = picture.seconds - reel.from_s + Fraction(reel.at_ns - self._on_at_ns, NS_PER_SECOND)
        frame.pts = max(0, round(shown_s / picture.time_base))
        track.write(frame)
        self._sent += 1

    def _was_read(self, frame: VideoFrame) -> None:
        self._read += 1
        if self._call.trace_frames:
            self._record("video.frame", pts=frame.pts, time_base=str(frame.time_base))

    def _stop_reel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._reel is not None:
            self._reel.close()
            self._reel = None

    def _record(self, kind: str, **data: str | int | None) -> None:
        self._call.trace.record(self.participant.id, kind, {"track": self.track_id, **data})


class Reel:
    """A clip being shown: which of its pictures is due when."""

    def __init__(self, clip: VideoClip, at_ns: int, from_s: Fraction) -> None:
        self.at_ns = at_ns
        self.from_s = from_s
        self.picture: Picture | None = None
        self._pictures = clip.pictures()
        self._next: Picture | None = None
        self.next_due_ns: int | None = at_ns

    def advance(self, now_ns: int) -> Picture | None:
        """The picture of this moment; None if it was given before. Raises `MediaError` where a file is damaged."""
        before = self.picture
        while self.next_due_ns is not None and self.next_due_ns <= now_ns:
            if self._next is not None:
                self.picture = self._next
            self._next = next(self._pictures, None)
            self.next_due_ns = self._due_ns(self._next) if self._next is not None else None
        return self.picture if self.picture is not before else None

    def close(self) -> None:
        """Close the file, where it is open."""
        self._pictures.close()

    def _due_ns(self, picture: Picture) -> int:
        """When the picture is due, rounded up: rather late than early."""
        return self.at_ns - ((self.from_s - picture.seconds) * NS_PER_SECOND // 1)
