"""A real MCP server on standard input and output: ``python desk_server.py [stubborn]``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

import mcp.server

desk = mcp.server.MCPServer("desk", log_level="ERROR")


@desk.tool()
async def find_room(people: int) -> str:
    """Find a free room."""
    return (
        f"room {people} at {os.environ.get('HOTEL')} with{'' if 'SECRET' in os.environ else 'out'} the secret"
    )


@desk.tool()
async def ring() -> str:
    """Ring until somebody comes."""
    print("ringing", file=sys.stderr, flush=True)
    await asyncio.sleep(60)
    return "somebody came"


@desk.tool()
async def process_id() -> int:
    """Tell the number of the process."""
    return os.getpid()


@desk.tool()
async def burn_down() -> str:
    """End at once."""
    print("the desk is on fire", file=sys.stderr, flush=True)
    os._exit(3)


if __name__ == "__main__":
    stubborn = "stubborn" in sys.argv
    if stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    desk.run("stdio")
    while stubborn:
        time.sleep(60)
