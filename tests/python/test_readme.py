"""The Python of the README, and of what it leaves to docs/python.md, works as it is pasted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import ROOT, plugin
from mde_forensics import Emulator

BLOCKS = [
    textwrap.dedent(block)
    for page in ("README.md", "docs/python.md")
    for block in re.findall(r"^ *```python\n(.*?)^ *```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
]


def test_every_block_is_tried() -> None:
    """One that is added has to be tried below."""
    assert len(BLOCKS) == 4


def test_with_no_tenant(tmp_path: Path) -> None:
    shown = run(BLOCKS[0], tmp_path)
    assert "True" in shown.splitlines()[0]
    assert "svchost.exe" in shown
    assert list((tmp_path / "evidence").glob("*.zip"))


def test_against_a_tenant(tmp_path: Path) -> None:
    # With the emulator in the place of the tenant.
    client = 'Client("contoso.onmicrosoft.com", ClientSecret("app-id", "secret"))'
    assert BLOCKS[1].count(client) == 1
    with Emulator(["ws-042.contoso.com", "ws-043.contoso.com"]) as emulator:
        shown = run(BLOCKS[1].replace(client, "Client.from_env()"), tmp_path, emulator.env)
    assert shown.splitlines() == ["ws-042 collected None", "ws-043 collected None"]


def test_a_package_from_anywhere(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    with Emulator(["ws-042.contoso.com"]) as emulator:
        for name in ("before.zip", "after.zip"):
            package = emulator.client().collect("ws-042", comment="x").download(tmp_path / "evidence")
            package.path.rename(tmp_path / name)
    run(BLOCKS[2], tmp_path)
    assert list((tmp_path / "tables").glob("*.parquet"))


def test_a_test_of_a_playbook(tmp_path: Path) -> None:
    (tmp_path / "test_playbook.py").write_text(BLOCKS[3])
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugin(), str(tmp_path)],
        capture_output=True, text=True, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr


def run(code: str, folder: Path, environment: dict[str, str] | None = None) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, timeout=120, cwd=folder, env={**os.environ, **(environment or {})},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
