"""Many devices at once."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import mde_forensics
import pytest
from conftest import calls
from mde_forensics import Emulator


def test_each_ends_in_one_outcome_and_none_stops_the_others(tmp_path: Path) -> None:
    devices = [
        "a.contoso.com",
        {"name": "b.contoso.com", "life": {"end": "Failed"}},
        {"name": "c.contoso.com", "life": {"end": "TimeOut"}},
        {"name": "d.contoso.com", "os": "WindowsServer2008"},
        "e.contoso.com",
    ]
    with Emulator(devices) as emulator:
        names = ["a", "b", "c", "nobody", "e"]
        heard = []
        report = emulator.client().collect_many(
            names, comment="INC-42", into=tmp_path, concurrency=2, downloads=1, on_event=heard.append
        )
        assert [device.device for device in report] == names
        outcomes = [device.outcome for device in report]
        assert outcomes == ["collected", "failed", "service_timed_out", "not_found", "collected"]
        assert len(report) == 5
        assert [device.device for device in report.succeeded] == ["a", "e"]
        assert [device.device for device in report.failed] == ["b", "c", "nobody"]
        assert report["a"].package is not None
        assert report["a"].package.verify()
        assert report[0] is report["a"]
        assert len(report.packages) == 2
        with pytest.raises(KeyError):
            report["z"]
        assert isinstance(report["nobody"].error, LookupError)
        assert isinstance(report["c"].error, TimeoutError)
        with pytest.raises(mde_forensics.CollectionError):
            report.raise_for_failures()
        assert json.loads(report.to_json())[0]["outcome"] == "collected"
        assert report["b"].adoption == "own"
        assert report["b"].action_id
        assert report["b"].machine_id
        assert report["nobody"].action_id is None
        assert {event.device for event in heard} >= set(names)


def test_a_second_run_with_the_key_asks_for_nothing_again(tmp_path: Path) -> None:
    with Emulator(["a.contoso.com", "b.contoso.com"]) as emulator:
        first = emulator.client().collect_many(["a", "b"], comment="x", key="K", into=tmp_path, until="requested")
        assert {device.outcome for device in first} == {"requested"}
        assert len(first.handles) == 2
        again = emulator.client().collect_many(["a", "b"], comment="x", key="K", into=tmp_path)
        assert {device.outcome for device in again} == {"collected"}
        assert calls(emulator, "collect") == 2
        assert [device.earlier for device in first] == [None, None]
        created = [json.loads(device.handle)["action"]["created"] for device in first]
        assert [(device.earlier or "")[:19] for device in again] == [at[:19] for at in created]


def test_the_report_says_which_devices_were_passed_over(tmp_path: Path) -> None:
    twins = [
        {"name": "twin.contoso.com", "id": digit * 40, "last_seen_age": age}
        for digit, age in [("1", 86_400), ("2", 60)]
    ]
    with Emulator(twins) as emulator:
        report = emulator.client().collect_many(["twin"], comment="x", pick="newest", into=tmp_path)
        assert report["twin"].machine_id == "2" * 40
        assert [device["machine"] for device in report["twin"].passed_over] == ["1" * 40]
        assert report["twin"].is_same_account


def test_resume_by_handles_or_by_folder(tmp_path: Path) -> None:
    with Emulator(["a.contoso.com", "b.contoso.com"]) as emulator:
        client = emulator.client()
        handles = client.collect_many(["a"], comment="x", until="requested").handles
        report = client.resume_many(handles, into=tmp_path / "one")
        assert [device.outcome for device in report] == ["collected"]
        client.collect_many(["b"], comment="x", into=tmp_path / "two", until="ready")
        report = emulator.client().resume_many(into=tmp_path / "two")
        assert [device.outcome for device in report] == ["collected"]
        with pytest.raises(mde_forensics.OutputError) as caught:
            client.resume_many(into=tmp_path / "three")
        assert caught.value.code == "ledger_failed"
        assert calls(emulator, "collect") == 2


def test_several_of_one_name_are_told() -> None:
    with Emulator(["ws-1.contoso.com", "ws-1.fabrikam.com"]) as emulator:
        report = emulator.client().collect_many(["ws-1"], comment="x")
        assert report[0].outcome == "ambiguous"
        assert len(report[0].candidates) == 2
        assert report[0].error is not None
        assert report[0].error.candidates == report[0].candidates


def test_no_device_is_an_empty_report(emulator: Emulator) -> None:
    report = emulator.client().collect_many([], comment="x")
    assert len(report) == 0
    assert list(report) == []


def test_any_iterable_will_do(emulator: Emulator) -> None:
    report = emulator.client().collect_many((name for name in ["ws-042"]), comment="x")
    assert report[0].outcome == "ready"


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="the name of a folder is always a text here")
def test_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    with Emulator(["ws-042.contoso.com"]) as emulator:
        report = emulator.client().collect_many(["ws-042"], comment="x", into=folder)
    package = report["ws-042"].package
    assert package is not None
    assert package.verify()
