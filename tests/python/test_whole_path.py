"""From a device's name to a verified package."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import mde_forensics
import pytest
from conftest import DEVICE, calls
from mde_forensics import Client, Emulator, Package


def test_from_a_name_to_a_verified_package(client: Client, emulator: Emulator, tmp_path: Path) -> None:
    package = client.collect("ws-042", comment="INC-42").wait().download(tmp_path)
    assert package.path.parent == tmp_path
    digest = hashlib.sha256(package.path.read_bytes()).hexdigest()
    assert package.sha256 == digest == emulator.control("package", emulator.actions[0]["id"])["sha256"]
    assert package.size == package.path.stat().st_size
    assert package.manifest is not None
    with zipfile.ZipFile(package.path) as archive:
        inside = [member for member in package.members if "!" not in member.name]
        assert len(archive.namelist()) == len(inside) == len(package.manifest["members"])
    assert package.manifest["custody"]["comment"] == "INC-42"
    assert package.manifest["custody"]["machine_name"] == DEVICE
    assert package.verify()
    assert calls(emulator, "collect") == 1
    assert os.fspath(package) == str(package.path)


def test_a_collection_knows_itself(client: Client, tmp_path: Path) -> None:
    collection = client.collect("ws-042", comment="INC-42", key="INC-42")
    assert collection.device == "ws-042"
    assert collection.machine_name == DEVICE
    assert collection.status == "Pending"
    assert not collection.adopted
    assert collection.adoption == "own"
    assert collection.key == "INC-42"
    assert not collection.ended
    assert collection.wait() is collection
    assert collection.status == "Succeeded"
    assert collection.ended
    collection.download(str(tmp_path))
    kinds = [event.kind for event in collection.events]
    assert kinds[0] == "resolved"
    assert "accepted" in kinds
    assert "verified" in kinds
    assert kinds[-1] == "ended"
    first = collection.events[0]
    assert first.device == "ws-042"
    assert first.text is not None
    assert DEVICE in first.text
    assert abs(first.at - datetime.now(timezone.utc)) < timedelta(days=1)
    assert json.dumps(first.to_dict())


def test_refresh_looks_once(emulator: Emulator) -> None:
    with Emulator(time_scale=0) as still:
        client = still.client()
        collection = client.collect("ws-042", comment="INC-42")
        still.advance(30)
        before = len(still.calls)
        assert collection.refresh() is collection
        assert len(still.calls) == before + 1
        assert collection.status == "InProgress"


def test_another_process_goes_on_from_the_json(client: Client, emulator: Emulator, tmp_path: Path) -> None:
    text = client.collect("ws-042", comment="INC-42").to_json()
    other = emulator.client()
    package = other.resume(text).refresh().wait().download(tmp_path)
    assert package.verify().intact
    assert calls(emulator, "collect") == 1


def test_a_running_collection_is_adopted(tmp_path: Path) -> None:
    # It outlives the test on any machine.
    life = {"already_running": {"by": "analyst@contoso.com"}, "running": 1_000_000}
    with Emulator([{"name": DEVICE, "life": life}]) as emulator:
        collection = emulator.client().collect("ws-042", comment="INC-42")
        assert collection.adopted
        assert collection.requestor == "analyst@contoso.com"
        with pytest.raises(mde_forensics.AuthorizationError) as caught:
            collection.cancel("not mine")
        assert caught.value.code == "not_ours"
        assert collection.cancel("not mine, and I insist", foreign=True)["status"] == "Cancelled"
        with pytest.raises(mde_forensics.CollectionError):
            collection.wait()


def test_the_same_key_never_asks_twice(client: Client, emulator: Emulator) -> None:
    first = client.collect("ws-042", comment="INC-42", key="INC-42")
    again = emulator.client().collect("ws-042", comment="INC-42", key="INC-42")
    assert again.id == first.id
    assert again.adoption == "own"
    assert calls(emulator, "collect") == 1


def test_a_second_download_finds_the_first(client: Client, emulator: Emulator, tmp_path: Path) -> None:
    collection = client.collect("ws-042", comment="INC-42").wait()
    first = collection.download(tmp_path)
    seen = calls(emulator, "download")
    again = collection.download(tmp_path)
    assert again == first
    assert hash(again) == hash(first)
    assert calls(emulator, "download") == seen


def test_an_altered_package_is_told_apart(client: Client, tmp_path: Path) -> None:
    package = client.collect("ws-042", comment="INC-42").download(tmp_path)
    os.chmod(package.path, 0o600)
    with package.path.open("ab") as file:
        file.write(b"!")
    found = Package(package.path).verify()
    assert not found
    assert "size" in [difference["what"] for difference in found.differences]


def test_what_a_client_looks_up(client: Client, emulator: Emulator) -> None:
    (found,) = client.find("ws-042")
    assert found["computerDnsName"] == DEVICE
    assert client.machine(found["id"])["id"] == found["id"]
    collection = client.collect("ws-042", comment="INC-42")
    assert collection.id is not None
    assert client.action(collection.id)["id"] == collection.id
    since = datetime.now(timezone.utc) - timedelta(days=2)
    for actions in (
        client.actions(),
        client.actions(machine=found["id"], kind="CollectInvestigationPackage"),
        client.actions(statuses=["Pending", "InProgress"]),
        client.actions(since=since),
    ):
        assert [action["id"] for action in actions] == [collection.id]
    assert client.actions(statuses=["Failed"]) == []
    assert client.cancel(collection.id, "no longer needed")["status"] == "Cancelled"
    assert client.tenant == emulator.tenant
    assert client.api_url == emulator.api_url


def test_context_and_close(emulator: Emulator) -> None:
    with emulator.client() as client:
        client.find("ws-042")
    with pytest.raises(RuntimeError, match="closed"):
        client.find("ws-042")
    client.close()
    assert "closed" in repr(client)


def test_from_env(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    client = Client.from_env()
    assert client.api_url == emulator.api_url
    assert client.collect("ws-042", comment="INC-42").download(tmp_path).verify()
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    with pytest.raises(mde_forensics.CredentialError) as caught:
        Client.from_env()
    assert "AZURE_CLIENT_SECRET" in caught.value.hint


def test_times_may_be_timedeltas(client: Client) -> None:
    collection = client.collect("ws-042", comment="INC-42", timeout=timedelta(hours=1))
    with pytest.raises(TimeoutError) as caught:
        collection.wait(deadline=timedelta(seconds=5))
    assert isinstance(caught.value, mde_forensics.CollectionTimeoutError)
    assert caught.value.code == "deadline_reached"
    assert caught.value.handle == collection.to_json()
    collection.wait(deadline=3_600.0)


def test_a_bad_end_is_an_error(tmp_path: Path) -> None:
    ends = {"Failed": "collection_failed", "TimeOut": "collection_timed_out", "Cancelled": "collection_cancelled"}
    devices = [{"name": f"{end}.contoso.com", "life": {"end": end}} for end in ends]
    with Emulator(devices) as emulator:
        client = emulator.client()
        for end, code in ends.items():
            with pytest.raises(mde_forensics.CollectionError) as caught:
                client.collect(end, comment="INC-42").wait()
            assert caught.value.code == code
            assert caught.value.hint


def test_several_devices_of_one_name() -> None:
    with Emulator(["ws-042.contoso.com", "ws-042.fabrikam.com"]) as emulator:
        client = emulator.client()
        with pytest.raises(mde_forensics.AmbiguousError) as caught:
            client.collect("ws-042", comment="INC-42")
        names = {candidate["name"] for candidate in caught.value.candidates}
        assert names == {"ws-042.contoso.com", "ws-042.fabrikam.com"}
        assert client.collect("ws-042", comment="INC-42", pick="newest").id


def test_what_the_configuration_says_goes_over_the_arguments() -> None:
    config = {"clock": {"scaled": 50}, "options": {"page_size": 5}}
    with Emulator([DEVICE], time_scale=1000, config=config) as emulator:
        assert emulator.env["MDE_TIME_SCALE"] == "50"
        # A client that is faster than its service gives everything up too early.
        assert emulator._network({})["time_scale"] == 50
    with Emulator([DEVICE], time_scale=1000, config={"clock": "real"}) as emulator:
        assert "time_scale" not in emulator._network({})
