"""Two calls to report on: one that failed, with a name that means harm, and one that went well."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulator.report.result import Result, Run
from simulator.scenario import load_scenario
from simulator.scenario.playing.runner import run_scenario

HARMFUL = "</script><script>document.title='harmed'</script>"

TOO_STRICT = f"""\
name: {HARMFUL}
description: Nobody falls silent <b>that</b> fast.
agent: examples.concierge:create_agent
people: {{alice: {{}}, bob: {{}}}}
script:
  - alice: joins
  - bob: joins
  - alice: says do-something.wav
  - agent: speaks
    within: 3s
  - wait: 1s
  - bob: starts saying are-they-suing.wav
    as: barge-in
  - agent: falls silent
    within: 200ms
    of: barge-in
expect:
  - interruptions: 1
"""

CONTENT = """\
name: a question
agent: examples.concierge:create_agent
people: {alice: {}}
script:
  - alice: joins
  - alice: says queen-of-clubs.wav
  - agent: speaks
    within: 3s
  - agent: finishes speaking
expect:
  - interruptions: 0
  - metric: response_latency.p95 <= 3s
"""


Play = Callable[[str], Result]


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Plays a scenario that is written down for it."""

    def result(text: str) -> Result:
        path = tmp_path_factory.mktemp("scenarios") / "a.yaml"
        path.write_text(text, encoding="utf-8")
        scenario = load_scenario(path)
        outcome = run_scenario(scenario)
        run = Run(outcome.digest, outcome.virtual_s, outcome.wall_s)
        return Result(scenario, outcome, (run,), tuple(outcome.failures))

    return result


@pytest.fixture(scope="session")
def failed(play: Play) -> Result:
    """Alice asks, Bob interrupts, and the agent is given 200 ms to fall silent."""
    return play(TOO_STRICT)


@pytest.fixture(scope="session")
def passed(play: Play) -> Result:
    """Alice asks and is answered."""
    return play(CONTENT)
