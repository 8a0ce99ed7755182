"""Slips in a test of a call, as its author sees them: each test here runs pytest on a small project."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

import examples.concierge
import simulator.scenario.playing.runner

KEPT = [hypothesis, examples.concierge, simulator.scenario.playing.runner]
"""The small projects run in this process, which forgets what they import: without these, much again and again."""

pytest_plugins = ["pytester"]

OUR_FILES = ("*/simulator/*.py:*", "*/pytest_asyncio/*.py:*", "*/asyncio/*.py:*")


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project whose calls are to the concierge, and that says nothing of asyncio."""
    pytester.makeini(
        "[pytest]\naddopts = -p no:looptime_plugin -p no:cacheprovider\n"
        "agentkit_agent = examples.concierge:create_agent"
    )
    return pytester


def run(project: pytest.Pytester, test: str, *options: str) -> pytest.RunResult:
    project.makepyfile(test_it=test)
    return project.runpytest_inprocess(*options)


def told_briefly(result: pytest.RunResult) -> None:
    """In the lines of the test, and not in ours."""
    for ours in OUR_FILES:
        result.stdout.no_fnmatch_line(ours)
    result.stdout.no_fnmatch_line("*During handling of the above exception*")


FORGOTTEN = {
    'alice.says("hmm")': 'await alice.says("hmm")',
    "call.agent.speaks(within=0.001)": "await call.agent.speaks(within=0.001)",
    "call.wait(1)": "await call.wait(1)",
    'moment = call.wait_for("turn.ended")': 'await call.wait_for("turn.ended")',
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("forgotten", FORGOTTEN)
def test_a_step_that_is_never_awaited_fails_the_test_and_says_what_to_write(
    project: pytest.Pytester, forgotten: str
) -> None:
    result = run(
        project, f'async def test_it(call):\n    alice = await call.join("alice")\n    {forgotten}\n'
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [f"test_it.py:3: `*` was never awaited, so it did nothing; write `{FORGOTTEN[forgotten]}`"]
    )
    told_briefly(result)


def test_a_step_that_fails_for_one_that_was_not_awaited_names_that_as_well(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        import pytest

        async def test_it(call):
            alice = await call.join("alice")
            alice.says("hmm")
            await call.agent.speaks(within=3)

        async def test_nobody(call):
            alice = call.join("alice")
            await alice.says("hmm")

        async def test_nothing(call):
            with pytest.raises(AssertionError):
                call.agent.speaks(within=1)

        async def test_no_more(call):
            call.wait(1)
            pytest.skip("not today")
        """,
    )
    result.assert_outcomes(failed=3, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "E *StepFailed: expected the agent to speak *",
            'E *test_it.py:5: `alice.says("hmm")` was never awaited*',
            "E *AttributeError: 'coroutine' object has no attribute 'says'",
            'E *test_it.py:9: `call.join("alice")` was never awaited*write `await call.join("alice")`',
            "E *DID NOT RAISE *AssertionError*",
            "E *test_it.py:14: `call.agent.speaks(within=1)` was never awaited*",
        ]
    )


@pytest.mark.parametrize("wait", ["", "await call.wait(0.1)"])
def test_a_step_that_still_goes_on_in_a_task_when_the_test_is_over_fails_it(
    project: pytest.Pytester, wait: str
) -> None:
    result = run(
        project,
        f"""
        import asyncio

        async def test_it(call):
            alice = await call.join("alice")
            task = asyncio.create_task(alice.says("hmm"))
            {wait}
        """,
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            'test_it.py:5: `alice.says("hmm")` still went on when the test was over; await its task, or cancel it'
        ]
    )
    told_briefly(result)


ENDLESS = """
import asyncio
import pytest

@pytest.mark.virtual(max_virtual=60)
async def test_a_loop(call):
    while True:
        await call.wait(1)

async def again_and_again(call):
    while True:
        await call.never("turn.ended", for_=1)

@pytest.mark.virtual(max_virtual=60)
async def test_a_helper(call):
    await again_and_again(call)

@pytest.mark.virtual(max_virtual=60)
async def test_before_any_step(call):
    await asyncio.Event().wait()

@pytest.mark.virtual(max_spin=2000)
async def test_no_time(call):
    await call.wait(1)
    while True:
        await asyncio.sleep(0)
"""


def test_a_test_that_does_not_end_is_told_so_with_its_line(project: pytest.Pytester) -> None:
    result = run(project, ENDLESS)
    assert result.parseoutcomes()["failed"] == 4
    result.stdout.fnmatch_lines(
        [
            "the test did not end: 60 s of the call have passed; it waits at test_it.py:7",
            "What to do: end the loop it is in, * @pytest.mark.virtual(max_virtual=120)",
            "the test did not end: 60 s of the call have passed; it waits at test_it.py:11",
            "the test did not end: 60 s of the call have passed; it waits at test_it.py:19",
            "livelock: 2,001 callbacks ran without time passing; it waits at test_it.py:25",
            "What to do: *asyncio.sleep(0)*",
        ]
    )
    result.stdout.no_fnmatch_line("*_tick*")


ENDED = """
import asyncio
import pytest_asyncio
from simulator.clock import background

async def goes_on(call):
    await call.agent.stays_silent(for_=60)

@pytest_asyncio.fixture
async def watched(call):
    task = asyncio.create_task(goes_on(call))
    yield
    task.cancel()

async def test_by_its_fixture(call, watched):
    await call.wait(1)

async def test_by_a_race(call):
    await call.any_of(call.agent.speaks(), call.agent.stays_silent(for_=1))

async def test_at_the_last_moment(call):
    task = asyncio.create_task(goes_on(call))
    await call.wait(1)
    task.cancel()

async def test_by_nobody_on_purpose(call):
    with background():
        task = asyncio.create_task(goes_on(call))
    await call.wait(1)

async def test_in_time(call):
    task = asyncio.create_task(call.wait(1))
    await call.wait(1)

async def test_too_late_in_a_test_that_fails(call):
    task = asyncio.create_task(goes_on(call))
    await call.wait(1)
    raise ZeroDivisionError
"""


def test_a_step_that_somebody_ends_or_that_is_not_waited_for_on_purpose_is_nobodys_slip(
    project: pytest.Pytester,
) -> None:
    result = run(project, ENDED)
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.no_fnmatch_line("*still went on*")


def test_examples_with_drawn_times_fail_for_it_too(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        from hypothesis import Phase, settings
        from simulator.explore import between, given_timings

        @given_timings(settings(max_examples=1, database=None, phases=[Phase.generate]), pause=between(0.5, "2s"))
        async def test_it(call, pause):
            call.wait(pause)
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["test_it.py:6: `call.wait(pause)` was never awaited*"])
    told_briefly(result)


REFUSED = {
    'await alice.says("hm")': "*MediaError: no recording called 'hm': did you mean *",
    "await alice.says(7)": "*UsageError: clip=7: expected the name of a recording*",
    "await alice.says()": "*TypeError: *says() missing 1 required positional argument: 'clip'",
    'await alice.say("hmm")': "*AttributeError: a person has no 'say'; did you mean 'says'?",
    'await call.join("alice")': "*CallError: alice has joined already*",
    'await call.person("bob").says("hmm")': "*CallError: bob cannot speak before joining the call",
    "await call.wait(500)": "*UsageError: seconds=500: expected seconds*did you mean 0.5?*",
    'await call.agent.speaks(of="q")': "*UsageError: of='q': expected the moment that a step returned*",
    'await call.wait_for("agent.turn_startd")': "*UsageError: there is no event*did you mean 'agent.turn_started'?",
    'call.providers["vad"].stalls()': "*UsageError: providers?'vad'?: expected one of 'stt', 'llm', 'tts'",
    'await call.join("bob", network={"delay": "40ms"})': "*UsageError: network={'delay': '40ms'}: expected "
    "network=Network.both(delay_s=0.04, loss=0.01), with `from simulator.edge.network import Network`; found dict",
    "await call.agent.stays_silent(within=3)": "*TypeError: stays_silent(within=3): there is no 'within'; "
    "did you mean 'for_'?",
    'alice.keeps_talking("hmm", seconds=3)': "*TypeError: keeps_talking(seconds=3): *; did you mean 'for_'?",
    "call.metrics().yield_latncy": "*AttributeError: there is no metric 'yield_latncy'; did you mean "
    "'yield_latency_ms'?",
}


AT_ONCE = {
    'await alice.starts_saying("hmm")': 'alice.starts_saying("hmm")',
    'moment = await alice.keeps_talking("hmm", for_=3)': 'alice.keeps_talking("hmm", for_=3)',
    "await alice.leaves()": "alice.leaves()",
    'bob = await call.person("bob")': 'call.person("bob")',
    "await call.tts.stalls()": "call.tts.stalls()",
    "await call.end()": "call.end()",
}


@pytest.mark.parametrize("step", AT_ONCE)
def test_who_awaits_what_goes_on_at_once_is_told_to_remove_it(project: pytest.Pytester, step: str) -> None:
    result = run(project, f'async def test_it(call):\n    alice = await call.join("alice")\n    {step}\n')
    result.assert_outcomes(failed=1)
    told = f"E *UsageError: `{AT_ONCE[step]}` goes on at once, there is nothing to await; remove `await`"
    result.stdout.fnmatch_lines([f">   *{step}", told, "test_it.py:3: *"])
    told_briefly(result)


@pytest.mark.parametrize("step", REFUSED)
def test_what_cannot_be_is_told_in_the_line_of_the_test(project: pytest.Pytester, step: str) -> None:
    result = run(project, f'async def test_it(call):\n    alice = await call.join("alice")\n    {step}\n')
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f">   *{step.replace('[', '[[]')}", f"E {REFUSED[step]}", "test_it.py:3: *"])
    told_briefly(result)


def test_a_full_trace_is_there_for_those_who_want_it(project: pytest.Pytester) -> None:
    test = 'async def test_it(call):\n    alice = await call.join("alice")\n    await alice.says("hm")\n'
    run(project, test, "--full-trace").stdout.fnmatch_lines(["*simulator/edge/person.py:*"])


def test_a_plain_function_with_a_call_is_told_to_be_async(project: pytest.Pytester) -> None:
    result = run(project, "def test_it(tmp_path, call):\n    call.join('alice')\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["test_it uses the fixture `call`*", "    async def test_it(tmp_path, call):"]
    )
    told_briefly(result)


AGENTS = {
    "nothing": (
        "def create_agent(*, edge): pass",
        "create_agent made None, expected an Agent; does it end with *",
    ),
    "nothing, later": (
        "async def create_agent(*, edge): pass",
        "create_agent made None, expected an Agent; *",
    ),
    "a text": ("def create_agent(*, edge): return 'agent'", "create_agent made 'agent', expected an Agent"),
    "no edge": (
        "def create_agent(): pass",
        "*is called with edge=..., but create_agent() does not take that *",
    ),
    "no module": ("", "there is no module 'mine' *"),
}


@pytest.mark.parametrize("made", AGENTS)
def test_a_factory_that_makes_no_agent_is_told_once_and_briefly(project: pytest.Pytester, made: str) -> None:
    source, told = AGENTS[made]
    if source:
        project.makepyfile(theirs=source)
    module = "theirs" if source else "mine"
    result = run(
        project,
        f'import pytest\n@pytest.mark.agent("{module}:create_agent")\nasync def test_it(call): pass\n',
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])
    assert sum("expected an Agent" in line or "there is no module" in line for line in result.outlines) <= 2
    told_briefly(result)


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_factory_that_fails_is_shown_in_its_own_lines(project: pytest.Pytester, kind: str) -> None:
    project.makepyfile(
        theirs=f"{kind} create_agent(*, edge):\n    return key()\ndef key():\n    return {{}}['KEY']\n"
    )
    result = run(
        project, 'import pytest\n@pytest.mark.agent("theirs:create_agent")\nasync def test_it(call): pass\n'
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["theirs.py:2: *", "E *KeyError: 'KEY'", "theirs.py:4: KeyError"])
    told_briefly(result)


def test_a_factory_may_return_what_has_to_be_awaited(project: pytest.Pytester) -> None:
    project.makepyfile(
        theirs="import examples.concierge as c\ndef create(**parts): return c.create_agent(**parts)\n"
    )
    test = 'import pytest\n@pytest.mark.agent("theirs:create")\nasync def test_it(call): await call.join("alice")\n'
    run(project, test).assert_outcomes(passed=1)


DRAWN = {
    "@given_timings": '*expected @given_timings(pause=between("500ms", "2s")) above the test*',
    "@given_timings(pause=1)": '*given_timings(pause=1): expected pause=between("500ms", "2s")',
    "@given_timings(pose=between(0, 1))": "*draws 'pose', but test_it(call, pause) has no such parameter*'pause'?",
    '@given_timings(pause=between("1", "2s"))': "*lo='1': '1' has no unit: did you mean 1s or 1ms?",
    "@given_timings(pause=between(500, 2000))": "*lo=500: expected seconds*did you mean 0.5?*",
    '@given_timings(pause=between("2s", "1s"))': "*runs backwards: write between('1s', '2s')",
}


@pytest.mark.parametrize("decorator", DRAWN)
def test_timings_that_cannot_be_drawn_are_refused_where_they_are_written(
    project: pytest.Pytester, decorator: str
) -> None:
    result = run(
        project,
        "from simulator.explore import between, given_timings\n\n"
        f"{decorator}\nasync def test_it(call, pause):\n    pass\n",
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["test_it.py:3: in <module>", f"E {DRAWN[decorator]}"])
    told_briefly(result)


LONG = """
async def test_it(call):
    alice = await call.join("alice")
    for _ in range(25):
        alice.mutes()
        alice.unmutes()
    await call.wait(60)
    assert not alice
"""


def test_a_long_story_is_cut_and_says_how_to_see_all_and_to_listen(project: pytest.Pytester) -> None:
    result = run(project, LONG)
    result.stdout.fnmatch_lines(
        [
            "     ...   13 earlier moments; -vv shows them",
            "*alice is unmuted",
            'to listen: pytest "test_it.py::test_it" --agentkit-out recordings',
        ]
    )
    result.stdout.no_fnmatch_line("*the call begins*")
    everything = run(project, LONG, "-vv").stdout
    everything.fnmatch_lines(["*the call begins*"])
    everything.no_fnmatch_line("*earlier moments*")


def test_a_clip_that_scripted_ears_cannot_understand_is_told_with_the_sidecar_to_write(
    project: pytest.Pytester,
) -> None:
    hmm = Path(__file__).parents[2] / "fixtures" / "people" / "hmm.wav"
    (project.path / "mine.wav").write_bytes(hmm.read_bytes())
    test = """
        async def test_it(call):
            alice = await call.join("alice")
            await alice.says("mine.wav")
            await alice.says("mine.wav")
            assert not alice

        async def test_fine(call):
            alice = await call.join("alice")
            await alice.says("mine.wav")
    """
    result = run(project, test)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "warning: mine.wav has no sidecar mine.json, so scripted ears understand none of it",
            "    write into mine.json what is said and when, in seconds, best word for word:",
            '    {"text": "what is said", "words": *',
        ]
    )
    assert str(result.stdout).count("warning: mine.wav") == 1


def test_calls_are_kept_where_they_are_wanted(project: pytest.Pytester) -> None:
    test = """
        import pytest

        async def test_it_fails(call):
            await call.join("alice")
            assert call is None

        class TestMore:
            @pytest.mark.parametrize("clip", ["hmm"])
            async def test_it_passes(self, call, clip):
                alice = await call.join("alice")
                await alice.says(clip)
    """
    result = run(project, test, "--agentkit-out", "kept")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["listen: kept/test_it/test_it_fails/call.wav"])
    for folder in ("test_it_fails", "TestMore-test_it_passes-hmm"):
        kept = project.path / "kept" / "test_it" / folder
        assert {"call.wav", "trace.jsonl", "stems"} == {path.name for path in kept.iterdir()}


def test_a_folder_that_cannot_be_is_refused_before_any_call(project: pytest.Pytester) -> None:
    project.makefile(".txt", notes="")
    result = run(project, "def test_it(): pass", "--agentkit-out", "notes.txt/kept")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --agentkit-out notes.txt/kept: cannot make this folder: Not a directory"]
    )


@pytest.mark.filterwarnings("error")
def test_who_says_nothing_of_asyncio_is_not_told_about_its_loops(project: pytest.Pytester) -> None:
    run(project, "async def test_it(call): await call.join('alice')\n").assert_outcomes(passed=1, warnings=0)
