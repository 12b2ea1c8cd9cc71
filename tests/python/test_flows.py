"""The scenarios of ``tests/vectors/flows``, played through ``mde_forensics.core`` against the emulator.

``FLOW=part-of-an-id`` plays those alone whose id holds that text.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from flows import check
from flows.play import play

FLOWS = [
    pytest.param(flow, id=flow["id"])
    for file in sorted((ROOT / "tests/vectors/flows").glob("*.json"))
    if file.name != "schema.json"
    for flow in json.loads(file.read_text())["flows"]
    if os.environ.get("FLOW", "") in flow["id"]
]
if not FLOWS:
    raise pytest.UsageError(f"no flow has `{os.environ['FLOW']}` in its id")


@pytest.mark.parametrize("flow", FLOWS)
def test_flow(flow: dict[str, Any], tmp_path: Path) -> None:
    stage, runs, complaints = play(flow, tmp_path)
    with stage:
        complaints += check.whole(flow, runs, stage)
    assert not complaints, flow["comment"] + "\n" + "\n".join(complaints)
