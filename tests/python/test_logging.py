"""The log, under Python's ``logging``."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import DEVICE
from mde_forensics import Emulator, Event


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
def test_a_handler_that_calls_the_client_hangs_nothing(emulator: Emulator, hears: bool) -> None:
    client = emulator.client()
    told: list[object] = []

    def find(_: logging.LogRecord) -> None:
        logger.removeHandler(handler)
        try:
            told.append(len(client.find("ws-042")))
        except RuntimeError as error:
            told.append(str(error))
        logger.addHandler(handler)

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
    assert told
    for answer in told:
        # Where it is called by a thread that other calls need, it is told that it cannot.
        assert answer == 1 or "hand it to another thread" in str(answer)
    assert client.find("ws-042")


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
from mde_forensics.core import Desk
desk = Desk("evidence", lambda request: (200, {}, b"{}"), tenant="contoso.com")
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
