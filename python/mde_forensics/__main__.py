"""Runs the ``mde-forensics`` command for ``python -m mde_forensics``."""

from ._command import main

raise SystemExit(main())
