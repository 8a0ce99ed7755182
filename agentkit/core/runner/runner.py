"""What an agent's own program ends with: ``Runner(AgentLauncher(...)).cli()``."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Sequence
from typing import Any

from agentkit.core.agents.launcher import GRACE_S, AgentLauncher
from agentkit.core.runner import command_line
from agentkit.core.runner.debugging import debugging


class Runner:
    """Runs the agents of a launcher until it is interrupted."""

    def __init__(self, launcher: AgentLauncher) -> None:
        self.launcher = launcher

    def cli(self, args: Sequence[str] | None = None) -> None:
        """Read the command line (or ``args``), do what it says (``run`` or ``serve``) and exit the program.

        The exit status is 0 at the end, also after Ctrl-C; 2 for bad usage; 1 when something failed.
        """
        raise SystemExit(command_line.main(self, args))

    def run(
        self,
        call_type: str = "default",
        call_id: str | None = None,
        *,
        demo: bool = True,
        debug: bool = False,
    ) -> None:
        """Take one agent through a call, a new one unless ``call_id`` says which.

        Prints how to join and what is said. With ``demo`` it opens the edge's demo, if there is one. Returns when the
        session is over, or after Ctrl-C or SIGTERM.
        """
        from agentkit.core.runner.attend import attend

        with debugging(debug):
            _run_until_told(
                _cancelled_by_sigterm(attend(self.launcher, call_type, call_id, demo=demo)), debug
            )

    def serve(
        self,
        host: str = command_line.HOST,
        port: int = command_line.PORT,
        *,
        token: str | None = None,
        grace_s: float = GRACE_S,
        debug: bool = False,
    ) -> None:
        """Serve the HTTP API; port 0 is any that is free.

        Who calls it must show ``token``, if there is one. After Ctrl-C or SIGTERM calls may go on for ``grace_s``
        seconds; a second time ends them. Needs the extra ``agentkit[serve]``. Raises `ServeRefused` when it cannot be
        served like that.
        """
        from agentkit.core.runner.serve import serve

        with debugging(debug):
            _run_until_told(serve(self.launcher, host, port, token=token, grace_s=grace_s), debug)


def _run_until_told(main: Coroutine[Any, Any, None], debug: bool) -> None:
    """Run ``main`` to its end. Ctrl-C cancels it, and that is no error."""
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(main, debug=debug or None)


async def _cancelled_by_sigterm(main: Coroutine[Any, Any, None]) -> None:
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):  # Windows has no such signal
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await main
