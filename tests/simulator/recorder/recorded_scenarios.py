"""Shipped scenarios, played with an agent that is being recorded."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import examples
from agentkit.core import Agent
from simulator.recorder import record
from simulator.scenario import load_scenario
from simulator.scenario.playing.factory import find_factory
from simulator.scenario.playing.runner import Outcome, run_scenario

SCENARIOS = Path(examples.__file__).parents[1] / "scenarios"

_playing: list[tuple[str, Path]] = []


async def create_agent(**parts: Any) -> Agent:
    """The agent of the scenario that is being played."""
    factory, _ = find_factory(_playing[-1][0])
    made = factory(**parts)
    agent: Agent = await made if isinstance(made, Awaitable) else made
    return agent


async def join_call(agent: Agent, call_type: str, call_id: str) -> None:
    """What a scenario has the agent do: what it does anyway, recorded."""
    spec, folder = _playing[-1]
    record(agent, folder, facts={"factory": spec})
    _, attend = find_factory(spec)
    await attend(agent, call_type, call_id)


def recorded(name: str, folder: Path) -> Outcome:
    """Play a shipped scenario, and record it in ``folder``."""
    scenario = load_scenario(SCENARIOS / name)
    assert scenario.agent is not None
    _playing.append((scenario.agent, folder))
    outcome = run_scenario(scenario, agent=create_agent)
    assert not outcome.failures
    return outcome


def heard(outcome: Outcome) -> list[str]:
    """What was heard of each turn of the agent."""
    return [str(record.data["heard_text"]) for record in outcome.trace.select(kind="agent.turn_ended")]
