"""Scenarios: who is in a call, what they do, and what has to be true of it afterwards.

`load_scenario` and `load_folder` read YAML and raise `ScenarioError`, which points at line and column. The language
is described in ``docs/scenarios.md``, its models are `Scenario`, the steps in `simulator.scenario.model.steps` and the
expectations in `simulator.scenario.model.expectations`.
"""

from simulator.scenario.load import load_folder, load_scenario
from simulator.scenario.model.problems import Place, Problem, ScenarioError
from simulator.scenario.model.scenario import Person, Scenario

__all__ = ["Person", "Place", "Problem", "Scenario", "ScenarioError", "load_folder", "load_scenario"]
