"""The log, under Python's ``logging``."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import DEVICE
from mde_forensics import Emulator, Event
from test_process import SLOW, script


def test_what_happens_is_logged(emulator: Emulator, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with caplog.at_level(logging.DEBUG, "mde_forensics"):
        emulator.client().collect("ws-042", comment="INC-42").download(tmp_path)
    events = [record for record in caplog.records if record.name == "mde_forensics.events"]
    assert any("collection accepted" in record.getMessage() for record in events)
    assert {record.levelno for record in events} == {logging.INFO}
    calls = [record for record in caplog.records if record.name == "mde_forensics.transport"]
    assert any("status=201" in record.getMessage() for record in calls)
    whole = caplog.text
    for secret in (emulator.client_secret, "eyJ", "?token="):
        assert secret not in whole


def test_levels_are_heeded(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    client = emulator.client()
    with caplog.at_level(logging.WARNING, "mde_forensics"):
        client.collect("ws-042", comment="x").wait()
    assert caplog.records == []
    with caplog.at_level(logging.INFO, "mde_forensics"):
        client.collect("ws-042", comment="x").wait()
    assert {record.name for record in caplog.records} == {"mde_forensics.events"}


@pytest.mark.parametrize("hears", [False, True])
def test_a_handler_that_calls_the_client_is_told_that_it_cannot(emulator: Emulator, hears: bool) -> None:
    client = emulator.client()
    raised: list[str] = []

    def find(_: logging.LogRecord) -> None:
        with pytest.raises(RuntimeError) as error:
            client.find("ws-042")
        raised.append(str(error.value))

    handler = logging.Handler()
    handler.emit = find  # type: ignore[method-assign]
    logger = logging.getLogger("mde_forensics.events")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        client.collect("ws-042", comment="x", on_event=(lambda _: None) if hears else None).wait()
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert raised
    assert all("hand it to another thread" in text for text in raised)
    assert client.find("ws-042")


def test_records_are_written_in_order_and_before_the_call_returns(caplog: pytest.LogCaptureFixture) -> None:
    """Also where work is handed on in its midst, and where a signal ends the call."""
    stall = {"on": {"endpoint": "collect"}, "do": {"kind": "stall", "seconds": 0.2}}
    with Emulator([DEVICE], time_scale=1, faults=[stall]) as emulator, caplog.at_level(logging.INFO, "mde_forensics"):
        emulator.client(time_scale=1).collect("ws-042", comment="x")
        told = [record.getMessage() for record in caplog.records]
    assert len(told) >= 2
    assert "is ws-042" in told[0]
    assert "collection accepted" in told[1]


def test_a_logging_that_another_thread_is_just_importing_is_let_be() -> None:
    body = """
    import types
    assert "logging" not in sys.modules
    sys.modules["logging"] = types.ModuleType("logging")
    print(len(client.find("ws-042")), flush=True)
    """
    with Emulator(SLOW, time_scale=1) as emulator:
        ended = subprocess.run(script(emulator, body), capture_output=True, text=True, timeout=30)
    assert ended.stdout == "1\n", ended.stderr


def test_what_was_logged_before_ctrl_c_is_written() -> None:
    body = """
    import logging, signal, threading
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    client.find("ws-042")
    threading.Timer(0.02, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        client.collect("ws-042", comment="x").wait()
    except KeyboardInterrupt:
        pass
    """
    with Emulator(SLOW, time_scale=1) as emulator:
        ended = subprocess.run(script(emulator, body), capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0, ended.stderr
    assert "collection accepted" in ended.stdout


def test_a_logger_below_ours_has_a_level_of_its_own(emulator: Emulator) -> None:
    heard: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = heard.append  # type: ignore[method-assign]
    logger = logging.getLogger("mde_forensics.transport")
    logger.addHandler(handler)
    client = emulator.client()
    client.find("ws-042")
    assert heard == []
    logger.setLevel(logging.DEBUG)
    try:
        client.find("ws-042")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert heard
    assert {record.name for record in heard} == {"mde_forensics.transport"}


def test_a_level_that_changes_while_work_is_under_way(caplog: pytest.LogCaptureFixture) -> None:
    with Emulator([{"name": DEVICE, "life": {"pending": 60, "running": 600}}], quotas=False) as emulator:
        collection = emulator.client().collect("ws-042", comment="x")

        def louder(event: Event) -> None:
            logging.getLogger("mde_forensics").setLevel(logging.INFO)

        try:
            collection.wait(on_event=louder)
        finally:
            logging.getLogger("mde_forensics").setLevel(logging.NOTSET)
    assert {record.name for record in caplog.records} == {"mde_forensics.events"}


def test_a_desk_is_heard_without_any_client(tmp_path: Path) -> None:
    code = """
import logging, sys
logging.basicConfig(level=logging.WARNING, stream=sys.stdout)
from mde_forensics.core import Workspace
workspace = Workspace("evidence", lambda request: (200, {}, b"{}"), tenant="contoso.com")
"""
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence/mde-forensics.ledger.jsonl").write_text('{"half of a li')
    run = [sys.executable, "-c", code]
    ended = subprocess.run(run, capture_output=True, text=True, timeout=30, check=True, cwd=tmp_path)
    assert "WARNING:mde_forensics" in ended.stdout
    assert "cut off" in ended.stdout


def test_warnings_are_warnings(caplog: pytest.LogCaptureFixture) -> None:
    faults = [{"on": {"endpoint": "collect"}, "do": {"kind": "lost_answer"}}]
    with Emulator(faults=faults) as emulator:
        emulator.client().collect("ws-042", comment="x").wait()
    assert any(record.levelno == logging.WARNING for record in caplog.records)


def test_a_handler_that_fails_stops_nothing(emulator: Emulator) -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError("broken")

    logger = logging.getLogger("mde_forensics")
    handler = Broken()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        assert emulator.client().collect("ws-042", comment="x").wait().status == "Succeeded"
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
