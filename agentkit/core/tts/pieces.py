"""Whatever ``stream_audio`` is, read as one stream of sound."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

from getstream.video.rtc.track_util import PcmData

from agentkit.core.tts.speech import Speech

_END = object()


async def pieces_of(answer: Any, sample_rate: int) -> AsyncGenerator[Speech]:
    """Read what ``stream_audio`` returned, which may be any of

    an async generator, or a coroutine that gives `PcmData`, `Speech`, bytes (16-bit mono at ``sample_rate`` Hz), or a
    plain or async iterator of those. Plain iterators are advanced in a worker thread, since SDKs block in them.
    Raises `TypeError` for anything else, naming it.
    """
    if inspect.isawaitable(answer):
        answer = await answer
    if isinstance(answer, (PcmData, Speech, bytes, bytearray, memoryview)):
        answer = (answer,)
    carried = b""
    async with aclosing(_each(answer)) as each:
        async for piece in each:
            if isinstance(piece, (bytes, bytearray, memoryview)):
                data = carried + bytes(piece)
                whole = len(data) & ~1  # providers cut byte streams anywhere, also inside a sample
                data, carried = data[:whole], data[whole:]
                if data:
                    yield Speech(PcmData.from_bytes(data, sample_rate=sample_rate, format="s16", channels=1))
            elif isinstance(piece, Speech):
                yield piece
            elif isinstance(piece, PcmData):
                yield Speech(piece)
            elif piece is not None:
                raise TypeError(
                    f"stream_audio gave {type(piece).__name__}; expected PcmData, Speech or bytes"
                )


async def _each(answer: Any) -> AsyncGenerator[Any]:
    if hasattr(answer, "__aiter__"):
        iterator = answer.__aiter__()
        try:
            async for piece in iterator:
                yield piece
        finally:
            if hasattr(iterator, "aclose"):
                await iterator.aclose()
    elif isinstance(answer, (list, tuple)):
        for piece in answer:
            yield piece
    elif hasattr(answer, "__iter__"):
        blocking: Iterator[Any] = iter(answer)
        while (piece := await asyncio.to_thread(next, blocking, _END)) is not _END:
            yield piece
    elif answer is not None:
        raise TypeError(
            f"stream_audio gave {type(answer).__name__}; expected an async iterator, an iterator, PcmData, "
            "Speech or bytes"
        )
