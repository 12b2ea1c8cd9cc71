"""Every table of a package as Python has it: one line of JSON for each, whose cells are JSON texts."""

import json
import sys
from datetime import datetime, timezone

from mde_forensics import Package


def plain(value):
    """A cell as the command writes it."""
    if isinstance(value, datetime):
        assert value.tzinfo is timezone.utc
        text = value.replace(tzinfo=None).isoformat(timespec="microseconds").rstrip("0").removesuffix(".")
        return json.dumps(text + "Z")
    return json.dumps(value, ensure_ascii=False)


package = Package(sys.argv[1])
for name, table in package.items():
    rows = [[plain(value) for value in row.values()] for row in table]
    line = {
        "name": name, "columns": table.columns, "partial": table.partial, "issues": table.issues, "rows": rows,
    }  # fmt: skip
    print(json.dumps(line))
