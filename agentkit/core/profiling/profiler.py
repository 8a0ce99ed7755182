"""Where an agent spends its time, as a page to look at."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.core.agents.events import AgentFinishEvent
from agentkit.core.events import EventManager
from agentkit.core.extras import how_to_install

if TYPE_CHECKING:
    from pyinstrument import Profiler as Pyinstrument

logger = logging.getLogger(__name__)


class Profiler:
    """Profiles an agent with pyinstrument from when it is made until it has finished.

    ``Agent(profiler=Profiler(output_path="./profile.html"))`` writes the page when the agent leaves its call. Raises
    `ImportError` with advice where pyinstrument is not installed.
    """

    def __init__(self, output_path: str | Path = "./profile.html") -> None:
        try:
            from pyinstrument import Profiler as Pyinstrument
        except ImportError as error:
            raise ImportError(f"the Profiler needs pyinstrument: {how_to_install('profiling')}") from error
        self.output_path = Path(output_path)
        self.client: Pyinstrument = Pyinstrument(async_mode="enabled")

    def attach(self, events: EventManager) -> None:
        """Start, and stop when the agent whose events these are has finished."""
        events.tap(self._finished, AgentFinishEvent)
        self.client.start()

    def _finished(self, event: AgentFinishEvent) -> None:
        if not self.client.is_running:
            return
        self.client.stop()
        self.output_path.write_text(self.client.output_html(), encoding="utf-8")
        logger.info("profile written to %s", self.output_path)
