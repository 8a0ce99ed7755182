"""Stand-ins for `random`, `uuid`, `secrets` and `os.urandom` that draw from the seed of a loop.

Each has a stream of its own, so that one more id does not change the next number. Inside an executor job they draw
from the job's streams.
"""

from __future__ import annotations

import base64
import os as real_os
import random as real_random
import secrets as real_secrets
import uuid as real_uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from simulator.clock.standin import StandIn

if TYPE_CHECKING:
    from simulator.clock.loop import VirtualLoop

#: The functions of `random` that draw from, or set up, its shared generator.
_SHARED = (
    "betavariate binomialvariate choice choices expovariate gammavariate gauss getrandbits getstate "
    "lognormvariate normalvariate paretovariate randbytes randint random randrange sample seed setstate "
    "shuffle triangular uniform vonmisesvariate weibullvariate"
).split()

#: Bytes that `secrets.token_*` draws unless told.
_TOKEN_BYTES = 32
#: From 1582-10-15, where `uuid1` starts to count, to 1970-01-01, in units of 100 ns (RFC 9562).
_UUID_EPOCH = 0x01B21DD213814000


def chance_modules(loop: VirtualLoop) -> list[StandIn]:
    """`random`, `uuid`, `secrets` and `os` with seeded chance."""

    class Random(real_random.Random):
        """Without an argument, seeded from the loop and not by the operating system."""

        def __init__(self, x: Any = None) -> None:
            super().__init__(loop.clock.rng("stdlib.Random").getrandbits(64) if x is None else x)

    class SystemRandom(Random):
        pass

    return [
        StandIn(real_random, Random=Random, SystemRandom=SystemRandom, **_shared_functions(loop)),
        _uuid(loop),
        _secrets(loop, SystemRandom),
        _os(loop),
    ]


def _shared_functions(loop: VirtualLoop) -> dict[str, Callable[..., Any]]:
    def function(name: str) -> Callable[..., Any]:
        def draw(*args: Any, **options: Any) -> Any:
            return getattr(loop.clock.rng("stdlib.random"), name)(*args, **options)

        draw.__name__ = name
        return draw

    return {name: function(name) for name in _SHARED if hasattr(real_random, name)}


def _uuid(loop: VirtualLoop) -> StandIn:
    def uuid4() -> real_uuid.UUID:
        return real_uuid.UUID(int=loop.clock.rng("stdlib.uuid").getrandbits(128), version=4)

    def uuid1(node: int | None = None, clock_seq: int | None = None) -> real_uuid.UUID:
        stream = loop.clock.rng("stdlib.uuid")
        ticks = loop.clock.now_ns() // 100 + _UUID_EPOCH
        sequence = stream.getrandbits(14) if clock_seq is None else clock_seq
        fields = (
            ticks & 0xFFFFFFFF,
            ticks >> 32 & 0xFFFF,
            ticks >> 48 & 0x0FFF,
            sequence >> 8 & 0x3F,
            sequence & 0xFF,
            stream.getrandbits(48) if node is None else node,
        )
        return real_uuid.UUID(fields=fields, version=1)

    return StandIn(real_uuid, uuid1=uuid1, uuid4=uuid4)


def _secrets(loop: VirtualLoop, system_random: type) -> StandIn:
    def token_bytes(nbytes: int | None = None) -> bytes:
        return loop.clock.rng("stdlib.secrets").randbytes(_TOKEN_BYTES if nbytes is None else nbytes)

    def token_hex(nbytes: int | None = None) -> str:
        return token_bytes(nbytes).hex()

    def token_urlsafe(nbytes: int | None = None) -> str:
        return base64.urlsafe_b64encode(token_bytes(nbytes)).rstrip(b"=").decode()

    def randbelow(exclusive_upper_bound: int) -> int:
        return loop.clock.rng("stdlib.secrets").randrange(exclusive_upper_bound)

    def randbits(k: int) -> int:
        return loop.clock.rng("stdlib.secrets").getrandbits(k)

    def choice(seq: Sequence[Any]) -> Any:
        return loop.clock.rng("stdlib.secrets").choice(seq)

    return StandIn(
        real_secrets,
        SystemRandom=system_random,
        token_bytes=token_bytes,
        token_hex=token_hex,
        token_urlsafe=token_urlsafe,
        randbelow=randbelow,
        randbits=randbits,
        choice=choice,
    )


def _os(loop: VirtualLoop) -> StandIn:
    def urandom(size: int) -> bytes:
        return loop.clock.rng("stdlib.urandom").randbytes(size)

    return StandIn(real_os, urandom=urandom)
