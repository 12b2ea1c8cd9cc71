"""The ``mde-forensics`` command: the same program as the one without Python."""

from __future__ import annotations

import signal
import sys

from . import _native


def main() -> int:
    """Runs the command with the process's arguments; gives its exit code."""
    # The command hears Ctrl-C itself. Python's own handler would hear it too, and raise once the command has ended.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.run(["mde-forensics", *sys.argv[1:]])


if __name__ == "__main__":
    raise SystemExit(main())
