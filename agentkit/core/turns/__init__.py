"""Who has the floor: turn-taking and interruption as a pure state machine."""

from agentkit.core.turns.floor import Floor
from agentkit.core.turns.policy import Signals, TurnPolicy

__all__ = ["Floor", "Signals", "TurnPolicy"]
