"""How much of the processor something takes. Whatever else the computer does meanwhile is not counted.

Used by the processes that measure other frameworks, too: the standard library alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

Act = Callable[[], object]


def per_call_us(act: Act, times: int) -> float:
    """Microseconds that one call of ``act`` takes, of ``times`` in a row."""
    began = time.process_time()
    for _ in range(times):
        act()
    return 1e6 * (time.process_time() - began) / times


async def per_turn_us(act: Act, times: int) -> float:
    """Microseconds that ``act`` and all that it sets off take when it is called once in every turn of the loop.

    What the turn itself takes is measured beside it and taken off.
    """
    return await _turns_us(act, times) - await _turns_us(lambda: None, times)


async def _turns_us(act: Act, times: int) -> float:
    loop = asyncio.get_running_loop()
    over = loop.create_future()

    def turn(left: int) -> None:
        if left:
            act()
            loop.call_soon(turn, left - 1)
        else:
            over.set_result(None)

    began = time.process_time()
    turn(times)
    await over
    return 1e6 * (time.process_time() - began) / times
