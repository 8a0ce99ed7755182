"""One program and one seed: one story, in every process, on every hash seed, on both executor policies."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.clock import VirtualLoop

PROGRAM = """
import asyncio, hashlib, sys, time, types
from agentkit.core import clock
from simulator.clock import run, virtual_time

agent = types.ModuleType("agent")
sys.modules["agent"] = agent
exec('''
import random, time, uuid
def work(size):
    time.sleep(random.random())
    return uuid.uuid4().hex, sum(range(size * 1000)), time.monotonic()
''', agent.__dict__)

async def main():
    loop, log = asyncio.get_running_loop(), []

    async def job(which):
        await asyncio.sleep(0.001 * which)
        log.append(await asyncio.to_thread(agent.work, 7 - which % 7))

    async def ticks():
        for _ in range(60):
            await asyncio.sleep(0.02 + clock.rng("jitter").gauss(0, 0.001))
            log.append(("tick", loop.time(), clock.new_id()))

    async def linger(which):
        try:
            await asyncio.sleep(9)
        finally:
            log.append(("cancelled", which))

    with virtual_time(loop, prefixes=("agent",)):
        async with asyncio.TaskGroup() as group:
            for which in range(30):
                group.create_task(job(which))
            group.create_task(ticks())
        for each in asyncio.as_completed([job(which) for which in range(20)]):
            await each
        done, left = await asyncio.wait([asyncio.create_task(linger(which)) for which in range(20)], timeout=1)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
    return hashlib.sha256(repr(log).encode()).hexdigest()

print(run(main(), seed=3, executor=sys.argv[1], cost=lambda func, args: 0.03))
"""


def test_the_story_is_the_same_in_every_process():
    runs = [("inline", "0"), ("thread", "1"), ("inline", "random"), ("thread", "random")]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, executor],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for executor, hash_seed in runs
    ]
    digests = {process.communicate()[0] for process in processes}
    assert len(digests) == 1
    assert len(digests.pop()) == 65


#: What a task does: sleep so long, or hand a number to the next task.
actions = st.one_of(st.integers(0, 30), st.just("give"), st.just("take"))


@settings(max_examples=60)
@given(st.lists(st.lists(actions, max_size=6), min_size=1, max_size=6), st.integers(0, 3))
def test_any_program_takes_the_same_steps_twice(program: list[list[int | str]], seed: int):
    def steps() -> list[tuple[int, str]]:
        async def main() -> None:
            queue: asyncio.Queue[int] = asyncio.Queue()

            async def follow(script: list[int | str]) -> None:
                for action in script:
                    if action == "give":
                        queue.put_nowait(1)
                    elif action == "take":
                        await asyncio.wait([asyncio.create_task(queue.get())], timeout=0.05)
                    else:
                        await asyncio.sleep(int(action) / 1000)

            await asyncio.gather(*map(follow, program))
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        loop = VirtualLoop(seed=seed, record=True)
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(main())
        return loop.steps

    assert steps() == steps()
