"""Playbooks that may not block: a step, minutes apart, with only JSON in between."""

from __future__ import annotations

import copy
import http.client
import json
import pickle
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import mde_forensics
import pytest
from conftest import DEVICE, calls
from mde_forensics import Emulator, core


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = urllib.request.build_opener(NoRedirects, urllib.request.ProxyHandler({}))


def by_urllib(request: core.Request) -> Any:
    """HTTP as a platform brings it."""
    sent = urllib.request.Request(request.url, request.body, request.headers, method=request.method)
    try:
        response = OPENER.open(sent, timeout=60)
    except urllib.error.HTTPError as refused:
        response = refused
    return response.status, response.headers, response


def by_requests(request: core.Request) -> Any:
    requests = pytest.importorskip("requests", reason="requests is not installed")
    return requests.request(
        request.method, request.url, headers=request.headers, data=request.body, allow_redirects=False, stream=True
    )


def by_httpx(request: core.Request) -> Any:
    httpx = pytest.importorskip("httpx", reason="httpx is not installed")
    with httpx.Client(trust_env=False, verify=False) as client:
        return client.request(request.method, request.url, headers=request.headers, content=request.body)


def run(emulator: Emulator, handle: str, **options: Any) -> tuple[Any, int]:
    """Steps to the end, each as a run of its own would make it."""
    for count in range(1, 200):
        step = emulator.client().step(json.loads(json.dumps(handle)), **options)
        handle, next_at = step
        assert (handle, next_at) == (step.handle, step.next_at)
        if next_at is None:
            assert step.done
            return step, count
        assert next_at >= datetime.now(timezone.utc).replace(microsecond=0)
        time.sleep(max(0.0, (next_at - datetime.now(timezone.utc)).total_seconds()))
    raise AssertionError("it never ended")


@pytest.mark.parametrize("http", [None, by_urllib, by_requests, by_httpx])
def test_steps_come_to_the_package(http: Any, tmp_path: Path) -> None:
    faults = [
        {"on": {"endpoint": "collect"}, "do": {"kind": "lost_answer"}},
        {"on": {"endpoint": "download"}, "do": {"kind": "dead_link"}},
        {"on": {"endpoint": "list_machines"}, "do": {"kind": "status", "code": 503}},
    ]
    with Emulator(faults=faults, time_scale=60) as emulator:
        handle = emulator.client().prepare("ws-042", comment="INC-42", key="INC-42")
        assert emulator.calls == []
        step, count = run(emulator, handle, into=tmp_path, budget=0.5, http=http)
        assert count > 1
        assert step.package.verify()
        assert calls(emulator, "collect") == 1
        agents = {call["bearer"] for call in emulator.calls if call["site"] != "api"}
        assert agents == {False}, "the token went to the API alone"


def test_without_a_folder_the_end_is_at_the_service(emulator: Emulator) -> None:
    handle = emulator.client().prepare("ws-042", comment="INC-42")
    step, _ = run(emulator, handle, budget=0.05)
    assert step.package is None
    assert emulator.client().resume(step.handle).status == "Succeeded"
    assert calls(emulator, "link") == 0


def test_a_bad_end_is_an_error_that_keeps_the_handle() -> None:
    with Emulator([{"name": DEVICE, "life": {"end": "Failed"}}]) as emulator:
        handle = emulator.client().prepare("ws-042", comment="INC-42")
        with pytest.raises(mde_forensics.CollectionError) as caught:
            run(emulator, handle)
        assert caught.value.code == "collection_failed"
        assert caught.value.handle is not None
        assert emulator.client().resume(caught.value.handle).status == "Failed"


def test_a_step_stays_within_its_budget() -> None:
    with Emulator([{"name": DEVICE, "life": {"running": 9_000}}], time_scale=1) as emulator:
        client = emulator.client(time_scale=1)
        handle = client.prepare("ws-042", comment="INC-42")
        began = time.monotonic()
        handle, next_at = client.step(handle, budget=1)
        assert next_at is not None
        assert time.monotonic() - began < 3
        assert client.resume(handle).status == "Pending"


@pytest.mark.parametrize(
    ("send", "code"),
    [
        (lambda request: 1 / 0, "invalid_option"),
        (lambda request: None, "invalid_option"),
        (lambda request: (200, {}), "invalid_option"),
        (lambda request: ("two hundred", {}, b""), "invalid_option"),
        (lambda request: (200, {}, "text"), "invalid_option"),
        (lambda request: (200, {}, [b"{", 3]), "invalid_option"),
        (lambda request: (99, {}, b""), "invalid_option"),
        (lambda request: (200, {"a b": "c"}, b""), "invalid_option"),
        (lambda request: (200, {}, None), "invalid_json"),
        (lambda request: (200, {"content-type": "text/html"}, b"<html>"), "wrong_content_type"),
        (lambda request: (302, {"location": "https://evil.example/"}, b""), "unexpected_redirect"),
    ],
)
def test_http_that_misbehaves_is_an_error(emulator: Emulator, send: Any, code: str) -> None:
    client = emulator.client(emulator.issue_token, http=send)
    with pytest.raises(mde_forensics.MdeError) as caught:
        client.find("ws-042")
    assert caught.value.code == code


class Refused(ValueError):
    """An error as a library of somebody's own may define one; it says nothing about whose fault it is."""


@pytest.mark.parametrize(
    "raised",
    [
        OSError("reset"),
        urllib.error.URLError("unreachable"),
        http.client.IncompleteRead(b""),
        TimeoutError("late"),
        Refused("no"),
        RuntimeError("the session is closed"),
    ],
)
def test_what_a_network_does_is_no_fault_of_the_function(emulator: Emulator, raised: Exception) -> None:
    def send(_request: core.Request) -> Any:
        raise raised

    client = emulator.client(emulator.issue_token, http=send)
    with pytest.raises(mde_forensics.TransportError) as caught:
        client.find("ws-042")
    assert caught.value.code == "connection_lost"
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize("place", ["machineactions?", "machineactions/", "getPackageUri", "download"])
def test_a_broken_function_is_told_and_not_called_again(emulator: Emulator, tmp_path: Path, place: str) -> None:
    broken = []

    def send(request: core.Request) -> Any:
        is_download = request.url.startswith(emulator.download_url)
        if place in request.url or (place == "download" and is_download):
            broken.append(request)
            return None["reply"]  # type: ignore[index]
        return by_urllib(request)

    client = emulator.client(http=send)
    report = client.collect_many(["ws-042"], comment="INC-42", into=tmp_path)
    row = report["ws-042"]
    assert row.outcome in ("failed", "refused")
    assert row.error is not None
    assert row.error.code == "invalid_option"
    assert "`http`" in str(row.error)
    assert "TypeError" in str(row.error)
    assert isinstance(row.error.__cause__, TypeError)
    assert len(broken) == 1
    assert calls(emulator, "collect") == (place != "machineactions?")
    assert row.resumable == (place != "machineactions?")


def test_a_request_by_a_broken_function_may_have_been_sent(emulator: Emulator, tmp_path: Path) -> None:
    def send(request: core.Request) -> Any:
        reply = by_urllib(request)
        return 201 if request.url.endswith("/collectInvestigationPackage") else reply

    row = emulator.client(http=send).collect_many(["ws-042"], comment="INC-42", into=tmp_path)["ws-042"]
    assert (row.outcome, row.adoption) == ("collected", "own"), "it was looked for, and found"
    assert calls(emulator, "collect") == 1


def test_a_step_can_be_copied_and_sent_elsewhere(emulator: Emulator, tmp_path: Path) -> None:
    client = emulator.client()
    step = client.step(client.prepare("ws-042", comment="x"), into=tmp_path)
    end, _ = run(emulator, step.handle, into=tmp_path)
    for one in (step, end):
        for again in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
            assert type(again) is type(one)
            assert (tuple(again), again.package) == (tuple(one), one.package)


def test_http_that_could_not_send_says_so(emulator: Emulator) -> None:
    def send(_request: core.Request) -> Any:
        raise core.NotSent("the platform is offline")

    client = emulator.client(emulator.issue_token, http=send)
    with pytest.raises(mde_forensics.TransportError, match="offline") as caught:
        client.find("ws-042")
    assert caught.value.code == "connect_failed"
    assert isinstance(caught.value.__cause__, core.NotSent)


def test_every_verb_goes_by_the_clients_own_http(emulator: Emulator, tmp_path: Path) -> None:
    sent = []

    def send(request: core.Request) -> Any:
        sent.append(request.url)
        return by_urllib(request)

    client = emulator.client(http=send)
    assert client.collect("ws-042", comment="INC-42").wait().download(tmp_path).verify()
    hosts = {url.split("/")[2] for url in sent}
    assert hosts == {url.split("/")[2] for url in (emulator.api_url, emulator.login_url, emulator.download_url)}
    assert len(sent) == len(emulator.calls)


class Platform:
    """HTTP as a platform's client object brings it: its method is another object each time that it is named."""

    def send(self, request: core.Request) -> Any:
        return by_urllib(request)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None  # type: ignore[assignment]


def test_steps_by_the_method_of_one_object_share_a_client() -> None:
    platform, other = Platform(), Platform()
    assert platform.send is not platform.send
    with Emulator(generated=8) as emulator, ThreadPoolExecutor(8) as pool:
        client = emulator.client()

        def step(device: dict[str, Any]) -> Any:
            handle = client.prepare(device["id"], comment="INC-42")
            return client.step(handle, budget=0.05, http=platform.send)

        steps = list(pool.map(step, emulator.devices))
        assert len(steps) == 8
        assert calls(emulator, "token") == 1, "one client, with one token"
        client.step(steps[0].handle, budget=0.05, http=other.send)
        assert calls(emulator, "token") == 2
