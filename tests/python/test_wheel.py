"""The wheel itself; only where it was built for the tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import mde_forensics
import pytest
from conftest import DEVICE, ROOT, command, plugin
from mde_forensics import Emulator

WHEEL = Path(os.environ.get("MDE_FORENSICS_WHEEL", ""))
needs_wheel = pytest.mark.skipif(not WHEEL.name, reason="MDE_FORENSICS_WHEEL names no wheel")


@needs_wheel
def test_its_name_says_where_it_runs() -> None:
    assert re.fullmatch(
        rf"mde_forensics-{re.escape(mde_forensics.__version__)}-cp39-abi3-"
        r"(manylinux_2_\d+_\w+|musllinux_1_\d+_\w+|macosx_\w+|win_\w+)\.whl",
        WHEEL.name,
    ), WHEEL.name
    with zipfile.ZipFile(WHEEL) as wheel:
        (tags,) = (wheel.read(name).decode() for name in wheel.namelist() if name.endswith("/WHEEL"))
    assert "Root-Is-Purelib: false" in tags
    assert re.search(r"^Tag: cp39-abi3-", tags, re.MULTILINE)


@needs_wheel
def test_it_is_small_and_whole() -> None:
    assert WHEEL.stat().st_size <= 8_000_000
    with zipfile.ZipFile(WHEEL) as wheel:
        names = wheel.namelist()
        assert "mde_forensics/py.typed" in names
        assert "mde_forensics/_native.pyi" in names
        assert any(name.startswith("mde_forensics/_native.") and name.endswith((".so", ".pyd")) for name in names)
        info = next(name.rsplit("/", 1)[0] for name in names if name.endswith("/METADATA"))
        licences = {name.rsplit("/", 1)[1] for name in names if name.startswith(info + "/licenses/")}
        assert {"LICENSE-APACHE", "LICENSE-MIT"} <= licences
        entries = wheel.read(f"{info}/entry_points.txt").decode()
        assert "mde-forensics=" in entries.replace(" ", "")
        assert "pytest11" in entries
        metadata = wheel.read(f"{info}/METADATA").decode()
        required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra" not in line]
        assert required == [], "nothing is needed at run time"
        assert "Requires-Python: >=3.9" in metadata


def test_the_version_is_the_workspaces() -> None:
    cargo = (ROOT / "Cargo.toml").read_text()
    assert f'version = "{mde_forensics.__version__}"' in cargo


def test_the_command_is_carried_inside(tmp_path: Path) -> None:
    ended = subprocess.run([*command(), "--version"], capture_output=True, text=True, timeout=30)
    assert ended.stdout.strip() == f"mde-forensics {mde_forensics.__version__}"
    wrong = subprocess.run([*command(), "collect"], capture_output=True, text=True, timeout=30)
    assert wrong.returncode == 2
    with Emulator([DEVICE]) as emulator:
        ended = subprocess.run(
            [*command(), "collect", "ws-042", "--comment", "INC-42", "--out", str(tmp_path)],
            capture_output=True, text=True, timeout=60, env={**os.environ, **emulator.env},
        )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    (package,) = tmp_path.glob("*.zip")
    assert mde_forensics.Package(package).verify()


@pytest.mark.skipif(sys.platform == "win32", reason="no signal can be sent to one process here")
def test_ctrl_c_ends_the_command_as_it_does_without_python(tmp_path: Path) -> None:
    slow = [{"name": DEVICE, "life": {"pending": 600, "running": 600_000}}]
    with Emulator(slow, time_scale=1) as emulator:
        child = subprocess.Popen(
            [*command(), "collect", "ws-042", "--comment", "INC-42", "--out", str(tmp_path)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **emulator.env},
        )  # fmt: skip
        try:
            assert child.stderr is not None
            told = next(line for line in child.stderr if "accepted" in line)
            child.send_signal(signal.SIGINT)
            _, rest = child.communicate(timeout=60)
        finally:
            child.kill()
    assert "Traceback" not in told + rest
    assert child.returncode == 130, told + rest


def test_the_fixture_comes_with_it(tmp_path: Path) -> None:
    (tmp_path / "test_playbook.py").write_text(
        """
import pytest

def test_three_lines(mde_emulator, tmp_path):
    package = mde_emulator.client().collect("ws-042", comment="a test").wait().download(tmp_path)
    assert package.verify()

@pytest.mark.mde_emulator(["a.contoso.com", "b.contoso.com"], quotas=False)
def test_another(mde_emulator):
    assert len(mde_emulator.devices) == 2
"""
    )
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--strict-markers", *plugin(), str(tmp_path)],
        capture_output=True, text=True, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    assert "2 passed" in ended.stdout, ended.stdout + ended.stderr


def test_importing_it_costs_next_to_nothing() -> None:
    """How long it takes, the benchmark says; here, that it imports nothing that takes long."""
    code = "import sys; before = set(sys.modules); import mde_forensics; print(*sorted(set(sys.modules) - before))"
    # Without `site`, which imports much by itself.
    environment = {**os.environ, "PYTHONPATH": str(Path(mde_forensics.__file__).parent.parent)}
    ended = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    imported = {name.split(".")[0] for name in ended.stdout.split()}
    cheap = {"__future__", "_collections", "_heapq", "_operator", "collections", "heapq", "itertools", "keyword"}
    sites = {"_collections_abc", "_stat", "genericpath", "nt", "ntpath", "os", "posix", "posixpath", "stat"}
    assert imported <= {"mde_forensics", "operator", "reprlib", *cheap, *sites}
