"""``python -m mde_forensics`` is the ``mde-forensics`` command."""

from ._command import main

raise SystemExit(main())
