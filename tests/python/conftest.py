"""What the tests share."""

from __future__ import annotations

import shutil
import signal
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import mde_forensics
import pytest
from mde_forensics import Client, Emulator

ROOT = Path(__file__).parent.parent.parent
DEVICE = "ws-042.contoso.com"

sys.path.insert(0, str(Path(__file__).parent))

# Tests that are started in the background ignore Ctrl-C, and so does whatever they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def emulator(mde_emulator: Emulator) -> Emulator:
    """An emulator with one device."""
    return mde_emulator


@pytest.fixture
def client(emulator: Emulator) -> Client:
    """A client of the emulator."""
    return emulator.client()


def calls(emulator: Emulator, endpoint: str) -> int:
    """How many calls of this endpoint the emulator has seen."""
    return sum(call["endpoint"] == endpoint for call in emulator.calls)


def command() -> list[str]:
    """The command that comes with the package."""
    beside = shutil.which("mde-forensics", path=str(Path(sys.executable).parent))
    return [beside] if beside else [sys.executable, "-m", "mde_forensics"]


def plugin() -> list[str]:
    """What pytest needs to be told for the fixture: nothing where the package is installed, whatever way."""
    try:
        distribution("mde-forensics")
    except PackageNotFoundError:
        return ["-p", "mde_forensics.pytest_plugin"]
    return []


def pytest_report_header() -> str:
    return f"mde_forensics {mde_forensics.__version__} of {Path(mde_forensics.__file__).parent}"
