"""What a simulation refuses to do with the world outside, and that it leaves that world as it was."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import os
import socket
import subprocess
import sys
import threading
import time

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest

from simulator.clock import ForeignThreadError, RealIOError, VirtualLoop, run


def test_a_thread_of_ones_own_is_refused_by_name():
    async def main() -> None:
        threading.Thread(target=print, name="uploader").start()

    with pytest.raises(ForeignThreadError) as caught:
        run(main())
    report = str(caught.value)
    assert "foreign thread: 'uploader' (threading.Thread)" in report
    assert f"test_virtual_outside.py:{inspect.getsourcelines(main)[1] + 1}" in report
    assert "await asyncio.to_thread(...)" in report
    assert "threads='allow'" in report


def test_a_thread_pool_of_ones_own_is_refused():
    async def main() -> None:
        with concurrent.futures.ThreadPoolExecutor(thread_name_prefix="mine") as pool:
            pool.submit(print)

    with pytest.raises(ForeignThreadError, match="'mine_0'"):
        run(main())


@pytest.mark.parametrize("executor", ["inline", "thread"])
def test_a_job_may_not_start_threads_either(executor: str):
    async def main() -> None:
        await asyncio.to_thread(threading.Thread(target=print, name="helper").start)

    with pytest.raises(ForeignThreadError, match="'helper'"):
        run(main(), executor=executor)


def test_a_thread_that_ran_before_may_not_call_into_the_simulation():
    begun, refused = threading.Event(), []
    loops: list[asyncio.AbstractEventLoop] = []

    def old_thread() -> None:
        begun.wait(5)
        try:
            loops[0].call_soon_threadsafe(print)
        except ForeignThreadError as error:
            refused.append(error)

    thread = threading.Thread(target=old_thread, name="old")
    thread.start()

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        begun.set()
        thread.join()
        await asyncio.sleep(1)

    with pytest.raises(ForeignThreadError, match=r"'old' calls loop\.call_soon_threadsafe"):
        run(main())
    assert len(refused) == 1


def test_threads_that_are_allowed_are_waited_for_when_nothing_else_can_happen():
    async def main() -> str:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()
        thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(answer.set_result, "hello"))
        thread.start()
        result = await answer
        thread.join()
        return result

    assert run(main(), threads="allow") == "hello"


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: asyncio.open_connection("192.0.2.1", 80), "create_connection"),
        (lambda: asyncio.start_server(print, "127.0.0.1", 0), "create_server"),
        (lambda: asyncio.create_subprocess_exec("true"), "subprocess_exec"),
        (lambda: asyncio.get_running_loop().getaddrinfo("example.org", 80), "getaddrinfo"),
        (
            lambda: asyncio.get_running_loop().create_datagram_endpoint(asyncio.DatagramProtocol),
            "create_datagram_endpoint",
        ),
    ],
)
def test_real_io_through_the_loop_is_refused_by_name(call, name: str):
    async def main() -> None:
        await call()

    with pytest.raises(RealIOError) as caught:
        run(main())
    report = str(caught.value)
    assert f"real I/O: loop.{name}(" in report
    assert "a simulated edge or a scripted provider" in report
    assert "without the `virtual` marker" in report


@pytest.mark.parametrize("executor", ["inline", "thread"])
def test_blocking_sockets_are_refused_in_jobs(executor: str):
    def fetch() -> None:
        with socket.socket() as one:
            one.connect(("192.0.2.1", 80))

    with pytest.raises(RealIOError, match=r"socket\.connect\(\('192\.0\.2\.1', 80\),?\)"):
        run(asyncio.to_thread(fetch), executor=executor)


@pytest.mark.parametrize("executor", ["inline", "thread"])
def test_jobs_of_anyio_go_to_the_virtual_workers(executor: str):
    async def main() -> tuple[float, int]:
        loop = asyncio.get_running_loop()
        threads = threading.active_count()
        with anyio.fail_after(1):
            await anyio.to_thread.run_sync(lambda: time.sleep(0.25))
        async with await anyio.open_file(__file__) as file:
            await file.readline()
        return loop.time(), threading.active_count() - threads

    instant, new_threads = run(main(), executor=executor)
    assert instant == 1000.25
    assert new_threads == (0 if executor == "inline" else 8)


def test_a_job_of_anyio_may_call_back_and_wait():
    def job() -> None:
        anyio.from_thread.run(anyio.sleep, 0.5)

    async def main() -> float:
        await anyio.to_thread.run_sync(job)
        return asyncio.get_running_loop().time()

    assert run(main(), executor="thread") == 1000.5


def test_anyio_imported_in_the_middle_of_a_simulation_is_caught_too():
    code = """
import asyncio, sys
from simulator.clock import run

async def main():
    assert "anyio" not in sys.modules
    import anyio, anyio.to_thread, time
    await anyio.to_thread.run_sync(lambda: time.sleep(2))
    print(asyncio.get_running_loop().time())

run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1002.0\n", "")


def test_after_the_run_everything_outside_is_as_before():
    def state() -> list[object]:
        backend = sys.modules["anyio._backends._asyncio"]
        return [
            threading.Thread.start,
            time.sleep,
            concurrent.futures.Future.result,
            concurrent.futures.Future.exception,
            asyncio.as_completed,
            asyncio.tasks.as_completed,
            asyncio.all_tasks,
            socket.getaddrinfo,
            dict(vars(socket.socket)),
            vars(backend.AsyncIOBackend)["run_sync_in_worker_thread"],
            list(sys.meta_path),
            asyncio._get_running_loop(),
        ]

    async def crash() -> None:
        await anyio.to_thread.run_sync(print)
        raise ZeroDivisionError

    before = state()
    with pytest.raises(ZeroDivisionError):
        run(crash())
    assert state() == before


def test_other_threads_sleep_and_start_threads_as_always():
    done: list[str] = []

    def ordinary() -> None:
        time.sleep(0.001)
        inner = threading.Thread(target=done.append, args=("inner",))
        inner.start()
        inner.join()

    begun = threading.Event()
    thread = threading.Thread(target=lambda: begun.wait(5) and ordinary())
    thread.start()

    async def main() -> None:
        begun.set()
        thread.join()

    run(main())
    assert done == ["inner"]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs a list of open files")
def test_a_loop_opens_no_file():
    before = os.listdir("/proc/self/fd")
    loop = VirtualLoop()
    try:
        assert os.listdir("/proc/self/fd") == before
    finally:
        loop.close()
