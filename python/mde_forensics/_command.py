"""The ``mde-forensics`` command: the same program as the standalone binary."""

from __future__ import annotations

import signal
import sys

from . import _native


def main() -> int:
    """Runs the command with this process's arguments and returns its exit code."""
    # The command handles Ctrl-C itself. Python's own handler would see it too, and raise after the command has ended.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.run(["mde-forensics", *sys.argv[1:]])


if __name__ == "__main__":
    raise SystemExit(main())
