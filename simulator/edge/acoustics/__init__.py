"""What a room and a microphone do to a voice on its way into the call: noise, echo, others, loudness, clipping.

Everything is computed from the voice, what the loudspeaker played, and where in the call they sound; nothing here knows
of the loop. `Acoustics` says what a room is like, `Pickup` is a microphone in it, `EchoPath` leads from the loudspeaker
to it, and a `Room` has several people in it.
"""

from simulator.edge.acoustics.conditions import PINK, Acoustics, Echo
from simulator.edge.acoustics.echo import EchoPath
from simulator.edge.acoustics.pickup import Pickup
from simulator.edge.acoustics.room import Room

__all__ = ["PINK", "Acoustics", "Echo", "EchoPath", "Pickup", "Room"]
