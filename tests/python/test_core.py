"""Endpoints and engine with no I/O: the vectors that every language runs, and the drivers of the examples."""

from __future__ import annotations

import importlib.util
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mde_forensics
import pytest
from conftest import DEVICE, ROOT, calls
from mde_forensics import Emulator, MdeError, core

WALL = 1767607200.0  # 2026-01-05T10:00:00Z, the time of day in all vectors
FILES = [json.loads(file.read_text()) for file in sorted((ROOT / "tests/vectors").glob("*.json"))]
ENDPOINTS = [file for file in FILES if file.get("kind") == "endpoint"]
TESTS = [
    pytest.param(file, test, id=f"{file['endpoint']}-{test['tcId']}") for file in ENDPOINTS for test in file["tests"]
]


def base_of(file: dict[str, Any], test: dict[str, Any]) -> str:
    login = file["endpoint"] in ("token", "device_code")
    return test.get("base") or ("https://login.microsoftonline.com" if login else "https://api.security.microsoft.com")


def answer(vector: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = dict(vector.get("headers") or {})
    headers.setdefault("content-type", "application/json; odata.metadata=minimal; charset=utf-8")
    if "bodyText" in vector:
        body = vector["bodyText"]
    elif "bodyRepeat" in vector:
        part = vector["bodyRepeat"]
        body = part["before"] + part["text"] * part["times"] + part["after"]
    else:
        body = json.dumps(vector.get("body"))
    return vector["status"], list(headers.items()), body.encode()


def operation(file: dict[str, Any], test: dict[str, Any], base: str) -> core.Operation:
    fields = dict(test["input"])
    page = fields.pop("next_of", None)
    if page is not None:
        first = core.Operation(file["endpoint"], **fields)
        body = json.dumps({**page, "value": []}).encode()
        given = first.response(base, 200, [("content-type", "application/json")], body)
        fields["next"] = given["next"]
    return core.Operation(file["endpoint"], **fields)


def contains(actual: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(actual, dict) and all(key in actual and contains(actual[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return len(actual) == len(wanted) and all(map(contains, actual, wanted))
    return bool(actual == wanted)


@pytest.mark.parametrize(("file", "test"), TESTS)
def test_vectors(file: dict[str, Any], test: dict[str, Any]) -> None:
    base, token = base_of(file, test), test.get("token", "ey.to.ken")
    wanted = test.get("error")
    try:
        subject = operation(file, test, base)
        if file.get("properties") is not None:
            assert subject.properties == file["properties"]
        if "request" in test:
            request = subject.request(base, token)
            want = test["request"]
            assert (request.method, request.url, request.headers) == (want["method"], want["url"], want["headers"])
            body = (request.body or b"").decode()
            assert json.loads(body) == want["body"] if "body" in want else body == want.get("form", "")
        if "response" in test:
            output = subject.response(base, *answer(test["response"]), wall=WALL)
        else:
            output = subject.request(base, token) and None
    except MdeError as error:
        assert wanted is not None, error
        for name, value in wanted.items():
            if name == "absent":
                shown = f"{error} {error!r} {error.__dict__}"
                assert not [secret for secret in value if secret in shown]
            elif name in ("message", "hint"):
                assert value in getattr(error, name)
            elif name != "fault":
                assert getattr(error, name) == value, name
    else:
        assert wanted is None, output
        if test.get("output") is not None:
            assert contains(output, test["output"])


def test_every_operation_has_vectors() -> None:
    assert sorted(file["endpoint"] for file in ENDPOINTS) == sorted(core.Operation.NAMES)


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("device", "'; drop", "invalid_device"),
        ("comment", " ", "invalid_comment"),
        ("base_url", "api.security.microsoft.com", "invalid_url"),
        ("cloud", "moon", "invalid_option"),
        ("tenant", "a/b", "invalid_credential"),
    ],
)
def test_parse(kind: str, text: str, code: str) -> None:
    with pytest.raises(MdeError) as caught:
        core.parse(kind, text)
    assert caught.value.code == code


def test_parse_gives_what_is_understood() -> None:
    assert core.parse("device", " ws-042 ") == core.parse("device", "ws-042")
    assert core.parse("cloud", "GCCHigh") == "gcc-high"
    with pytest.raises(ValueError, match="kind"):
        core.parse("moon", "x")


def example(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"examples/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["collect_requests", "collect_urllib"])
def test_the_drivers_of_the_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "collect_requests":
        pytest.importorskip("requests", reason="requests is not installed")
    assert len((ROOT / f"examples/{name}.py").read_text().splitlines()) < 60
    faults = [
        {"on": {"endpoint": "collect"}, "do": {"kind": "lost_answer"}},
        {"on": {"endpoint": "download", "nth": 1}, "do": {"kind": "truncate", "at": 5_000}},
        {"on": {"endpoint": "list_machines"}, "do": {"kind": "throttle"}},
    ]
    scale = 60.0
    with Emulator([DEVICE, "ws-007.contoso.com"], faults=faults, time_scale=scale) as emulator:
        for key, value in emulator.env.items():
            monkeypatch.setenv(key, value)
        began, real = core.now(), core.now
        driver = example(name)
        monkeypatch.setattr(core, "now", lambda: tuple(at + (it - at) * scale for at, it in zip(began, real())))
        monkeypatch.setattr(driver, "time", SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / scale)))
        report = driver.collect(["ws-042", "ws-007"], "INC-42", tmp_path)
        assert [device.outcome for device in report] == ["collected", "collected"]
        packages = sorted(tmp_path.glob("*.zip"))
        assert len(packages) == 2
        assert all(mde_forensics.Package(package).verify() for package in packages)
        assert calls(emulator, "collect") == 2
        assert all(call["bearer"] == (call["site"] == "api") for call in emulator.calls)


@pytest.mark.parametrize("name", ["collect_requests", "collect_urllib"])
@pytest.mark.parametrize("secret", ["wrong", None])
def test_the_drivers_say_why_there_is_no_token(
    name: str, secret: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "collect_requests":
        pytest.importorskip("requests", reason="requests is not installed")
    with Emulator() as emulator:
        for key, value in emulator.env.items():
            monkeypatch.setenv(key, value)
        if secret is None:
            # Nobody is there.
            monkeypatch.setenv("MDE_LOGIN_URL", "http://127.0.0.1:9")
        else:
            monkeypatch.setenv("AZURE_CLIENT_SECRET", secret)
        driver = example(name)
        monkeypatch.setattr(driver, "time", SimpleNamespace(sleep=lambda seconds: None))
        began, real = core.now(), core.now
        monkeypatch.setattr(core, "now", lambda: tuple(at + (it - at) * 3600 for at, it in zip(began, real())))
        (device,) = driver.collect(["ws-042"], "INC-42", tmp_path)
        assert device.error is not None
        assert device.error.code == ("token_refused" if secret else "connect_failed")
        # The workspace has let go of the folder.
        core.Workspace(tmp_path, driver.http, tenant=emulator.tenant).close()


def first_record(engine: core.Engine) -> core.Command.Record:
    """What the engine asks for first of a ledger."""
    while not isinstance(command := engine.poll(), core.Command.Record):
        if isinstance(command, core.Command.Token):
            engine.answer(command.ticket, core.Answer.token("ey.to.ken", 3600))
        assert not isinstance(command, (core.Command.Wait, core.Command.Done))
    return command


def test_only_the_ledgers_own_word_is_told_as_a_failed_record() -> None:
    workspace = core.Workspace(None, print, tenant="contoso.com")
    engine = core.Engine("contoso.com", "https://api.security.microsoft.com", ["ws-042"], comment="INC-42")
    record = first_record(engine)
    workspace.close()
    # As Ctrl-C would during a slow write: the device is not ended by it.
    with pytest.raises(RuntimeError, match="closed"):
        workspace.carry_out(engine, record)
    while not isinstance(command := engine.poll(), (core.Command.Wait, core.Command.Done)):
        pass
    assert isinstance(command, core.Command.Wait)


def test_a_desk_sends_no_request_too_late_and_keeps_no_more_than_its_limit() -> None:
    sent = []

    def send(request: core.Request) -> Any:
        sent.append(request)
        return 200, {"content-type": "application/json"}, iter([b"[" + b" " * 1000] * 1000)

    with Emulator() as emulator, core.Workspace(None, send, tenant=emulator.tenant) as workspace:
        headers = [("authorization", "Bearer x")]
        url = f"{emulator.api_url}/api/machines"
        late = core.Command.Send(1, "GET", url, headers, b"", 100, core.now()[1] - 1)
        assert workspace.answer(late) is not None
        assert sent == []
        # It has a tenth of a microsecond, and waits longer than that for a thread and for the interpreter.
        at = core.now()
        brief = core.Command.Send(4, "GET", url, headers, b"", 100, at[1] + 1e-7)
        assert workspace.answer(brief, at=at) is not None
        assert sent == []
        large = core.Command.Send(2, "GET", url, headers, b"", 100, core.now()[1] + 60)
        assert workspace.answer(large) is not None
        (request,) = sent
        assert (request.method, request.url, request.body) == ("GET", url, None)
        assert request.headers["authorization"] == "Bearer x"
        with pytest.raises(ValueError, match="no request"):
            workspace.answer(core.Command.Send(3, "GET", "not a url", [], b"", 100, core.now()[1] + 60))
