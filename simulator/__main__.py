"""`python -m simulator`: the command `agentkit`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command. Ctrl-C ends it in the same way while it is still being imported."""
    try:
        from simulator.cli import main as command

        return command()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
