"""What a simulation changes outside of itself while it runs.

A handful of functions that would block its thread, start another or reach the network ask first whether the calling
thread belongs to a simulation. In every other thread they do what they always do. The changes are made when the first
loop of the process starts to run and taken back when the last one stops.
"""

from __future__ import annotations

import asyncio
import asyncio.tasks
import concurrent.futures
import functools
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from simulator.clock import tasks
from simulator.clock.guards import BlockingCallError, ForeignThreadError
from simulator.clock.importhook import after_import
from simulator.clock.report import place_of_frame
from simulator.clock.source import NS

if TYPE_CHECKING:
    from simulator.clock.loop import VirtualLoop

real_thread_start = threading.Thread.start
real_sleep = time.sleep
_real_result = concurrent.futures.Future.result
_real_exception = concurrent.futures.Future.exception

_ANYIO_BACKEND = "anyio._backends._asyncio"

_lock = threading.Lock()
_running: list[VirtualLoop] = []
_loops: dict[int, VirtualLoop] = {}  # by the threads that belong to them
_changes = ExitStack()


@contextmanager
def simulated(loop: VirtualLoop) -> Iterator[None]:
    """Until the block ends, `loop` runs in the calling thread."""
    with _lock:
        if not _running:
            _change_everything()
        _running.append(loop)
    try:
        with belonging_to(loop):
            yield
    finally:
        with _lock:
            _running.remove(loop)
            if not _running:
                _changes.close()


@contextmanager
def belonging_to(loop: VirtualLoop) -> Iterator[None]:
    """Until the block ends, what the calling thread does is done for `loop`."""
    ident = threading.get_ident()
    before = _loops.get(ident)
    _loops[ident] = loop
    try:
        yield
    finally:
        if before is None:
            del _loops[ident]
        else:
            _loops[ident] = before


def sleep(seconds: float) -> None:
    """`time.sleep`: virtual cost inside an executor job, an error on the thread of a simulation."""
    loop = _loops.get(threading.get_ident())
    if loop is None:
        return real_sleep(seconds)
    job = loop.jobs.here()
    if job is not None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        job.now_ns += round(seconds * NS)
    elif seconds > 0:
        loop.refuse(
            BlockingCallError,
            f"blocking call: time.sleep({seconds}) on the event loop's thread, {place_of_frame(sys._getframe(1))}. "
            "Outside of the simulation every stream of the call would stand still for so long",
            f"use `await asyncio.sleep({seconds})`, or run the code that sleeps with `await asyncio.to_thread(...)`, "
            "where it costs that much virtual time.",
        )
    return None


def _start_thread(thread: threading.Thread) -> None:
    loop = _loops.get(threading.get_ident())
    if loop is not None and not loop.foreign_threads:
        loop.refuse(
            ForeignThreadError,
            f"foreign thread: {thread.name!r} ({type(thread).__module__}.{type(thread).__qualname__}) was to be "
            f"started by {place_of_frame(sys._getframe(1))}; virtual time would not wait for it",
            "run the work with `await asyncio.to_thread(...)`, or put something else in the component's place. With "
            "VirtualLoop(threads='allow') it may run, but no two runs need be the same.",
        )
    real_thread_start(thread)


def _future_result(future: concurrent.futures.Future[Any], timeout: float | None = None) -> Any:
    return _real_result(future, _block_on(future, timeout))


def _future_exception(future: concurrent.futures.Future[Any], timeout: float | None = None) -> Any:
    return _real_exception(future, _block_on(future, timeout))


def _block_on(future: concurrent.futures.Future[Any], timeout: float | None) -> float | None:
    """Wait for `future` in virtual time, if that is the caller's. What remains of `timeout` is returned."""
    loop = _loops.get(threading.get_ident())
    if loop is None or loop.foreign_threads:
        return timeout
    job = loop.jobs.here()
    may_block = job is not None and loop.jobs.may_block
    if future.done() and not may_block:
        return timeout
    if not may_block:
        loop.refuse(
            BlockingCallError,
            f"blocking call: {place_of_frame(sys._getframe(2))} waits for a future on the event loop's own thread, "
            "where nothing can complete it",
            "inside a coroutine, `await asyncio.wrap_future(future)`. Inside an executor job, pass "
            "VirtualLoop(executor='thread'): there the job waits in virtual time.",
        )
    loop.jobs.block_on(future, timeout)
    return 0


def _refuse_network(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def guarded(*args: Any, **options: Any) -> Any:
        loop = _loops.get(threading.get_ident())
        if loop is not None:
            loop.refuse_io(f"{name}{args[1:] if args and isinstance(args[0], socket.socket) else args}")
        return real(*args, **options)

    return guarded


def _change_everything() -> None:
    _set(threading.Thread, "start", _start_thread)
    _set(time, "sleep", sleep)
    _set(concurrent.futures.Future, "result", _future_result)
    _set(concurrent.futures.Future, "exception", _future_exception)
    for module in (asyncio, asyncio.tasks):
        _set(module, "as_completed", tasks.as_completed)
        _set(module, "all_tasks", tasks.all_tasks)
    for name in ("connect", "connect_ex", "sendto"):
        _set(socket.socket, name, _refuse_network(f"socket.{name}", getattr(socket.socket, name)))
    _set(socket, "getaddrinfo", _refuse_network("socket.getaddrinfo", socket.getaddrinfo))
    if _ANYIO_BACKEND in sys.modules:
        _route_anyio(sys.modules[_ANYIO_BACKEND])
    else:
        _changes.enter_context(after_import(_ANYIO_BACKEND.__eq__, _route_anyio))


def _route_anyio(backend: ModuleType) -> None:
    """anyio starts its own threads; in a simulation its jobs go to the loop's executor, like everybody's."""
    import anyio
    import anyio.lowlevel
    import anyio.to_thread

    owner = backend.AsyncIOBackend
    stock = owner.run_sync_in_worker_thread

    def call(loop: asyncio.AbstractEventLoop, func: Callable[..., Any], *args: Any) -> Any:
        with backend.claim_worker_thread(owner, loop):  # for anyio.from_thread
            return func(*args)

    async def run_sync_in_worker_thread(
        cls: type,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        abandon_on_cancel: bool = False,
        limiter: anyio.CapacityLimiter | None = None,
    ) -> Any:
        loop = asyncio.get_running_loop()
        if _loops.get(threading.get_ident()) is not loop:
            return await stock(func, args, abandon_on_cancel=abandon_on_cancel, limiter=limiter)
        await anyio.lowlevel.checkpoint()
        async with limiter or anyio.to_thread.current_default_thread_limiter():
            with anyio.CancelScope(shield=not abandon_on_cancel):
                return await asyncio.to_thread(call, loop, func, *args)

    _set(owner, "run_sync_in_worker_thread", classmethod(run_sync_in_worker_thread))


def _set(owner: Any, name: str, value: object) -> None:
    """Set an attribute until the last loop stops."""
    inherited = name not in vars(owner)
    before = vars(owner).get(name)
    setattr(owner, name, value)
    if inherited:
        _changes.callback(delattr, owner, name)
    else:
        _changes.callback(setattr, owner, name, before)
