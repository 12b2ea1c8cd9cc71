"""Whatever is given, a wrong type or value raises an error that names the argument, and the process lives."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Callable

import mde_forensics
import pytest
from mde_forensics import Client, ClientSecret, Emulator, _native, core

NAN = float("nan")


SEND = core.Command.Send(1, "GET", "https://x/", [], b"", 1, 0.0)


async def awaited(_: Any) -> None:
    """Called, it does nothing: nobody awaits it."""


def engine(**given: Any) -> core.Engine:
    return core.Engine("contoso.com", "https://x.com", **{"comment": "x", **given})


@pytest.mark.parametrize(
    ("options", "kind", "name"),
    [
        ({"comment": None}, TypeError, "comment"),
        ({"comment": 7}, TypeError, "comment"),
        ({"comment": "\ud800"}, ValueError, "comment"),
        ({"comment": "x", "key": b"INC"}, TypeError, "key"),
        ({"comment": "x", "timeout": "30"}, TypeError, "timeout"),
        ({"comment": "x", "timeout": True}, TypeError, "timeout"),
        ({"comment": "x", "timeout": -1}, ValueError, "timeout"),
        ({"comment": "x", "timeout": NAN}, ValueError, "timeout"),
        ({"comment": "x", "deadline": float("inf")}, ValueError, "deadline"),
        ({"comment": "x", "deadline": 10**400}, ValueError, "deadline"),
        ({"comment": "x", "poll_every": []}, TypeError, "poll_every"),
        ({"comment": "x", "pick": "oldest"}, ValueError, "pick"),
        ({"comment": "x", "preflight": "no"}, TypeError, "preflight"),
        ({"comment": "x", "mark_comment": 1.5}, TypeError, "mark_comment"),
        ({"comment": "x", "send_external_id": object()}, TypeError, "send_external_id"),
        ({"comment": "x", "on_event": 3}, TypeError, "on_event"),
        ({"comment": "x", "on_event": awaited}, TypeError, "on_event"),
        ({"comment": "x", "progress": "yes"}, TypeError, "progress"),
    ],
)
def test_options(client: Client, emulator: Emulator, options: dict[str, Any], kind: type, name: str) -> None:
    with pytest.raises(kind, match=f"`{name}`"):
        client.collect("ws-042", **options)
    assert emulator.calls == []


def test_the_emulators_time_is_a_number(emulator: Emulator) -> None:
    with pytest.raises(TypeError, match="`seconds`"):
        emulator.advance("x")  # type: ignore[arg-type]


@pytest.mark.parametrize("device", [None, 42, b"ws-042", ["ws-042"]])
def test_a_device_of_the_wrong_type(client: Client, device: Any) -> None:
    for verb in (lambda: client.collect(device, comment="x"), lambda: client.find(device)):
        with pytest.raises(TypeError, match="`device`"):
            verb()


@pytest.mark.parametrize("device", ["", "'; drop", "a b", "x" * 300, "ws\x00042"])
def test_a_text_that_names_no_device(client: Client, device: str) -> None:
    with pytest.raises(ValueError, match="device") as caught:
        client.collect(device, comment="x")
    assert isinstance(caught.value, mde_forensics.InvalidInputError)
    assert caught.value.code == "invalid_device"


@pytest.mark.parametrize("comment", ["", "  ", "a\x07b", "\x1b[31m"])
def test_a_comment_that_cannot_be_sent(client: Client, comment: str) -> None:
    with pytest.raises(mde_forensics.InvalidInputError) as caught:
        client.collect("ws-042", comment=comment)
    assert caught.value.code == "invalid_comment"


def test_surrogates_are_no_text(client: Client) -> None:
    for verb in (
        lambda: client.collect("ws-042\udcff", comment="x"),
        lambda: client.cancel("a-1", "caf\udce9"),
        lambda: client.resume("\udfff"),
        lambda: ClientSecret("app", "\ud83d"),
    ):
        with pytest.raises(ValueError, match="surrogate"):
            verb()


@pytest.mark.parametrize(
    ("make", "kind", "name"),
    [
        (lambda: Client(None, ClientSecret("a", "b")), TypeError, "tenant"),  # type: ignore[arg-type]
        (lambda: Client("contoso.com", None), TypeError, "credential"),
        (lambda: Client("contoso.com", "secret"), TypeError, "credential"),
        (lambda: Client("contoso.com", ClientSecret("a", "b"), cloud="moon"), ValueError, "moon"),
        (lambda: Client("contoso.com", ClientSecret("a", "b"), api_url="http://example.com"), ValueError, "http"),
        (lambda: Client("contoso.com", ClientSecret("a", "b"), proxy=3), TypeError, "proxy"),  # type: ignore[arg-type]
        (lambda: Client("contoso.com", ClientSecret("a", "b"), proxy=True), ValueError, "proxy"),  # type: ignore[arg-type]
        (lambda: Client("contoso.com", ClientSecret("a", "b"), proxy="socks5://x"), ValueError, "proxy"),
        (lambda: Client("contoso.com", ClientSecret("a", "b"), verify=3), TypeError, "verify"),  # type: ignore[arg-type]
        (lambda: Client("contoso.com", ClientSecret("a", "b"), verify="/no/such.pem"), ValueError, "such.pem"),
        (lambda: Client("contoso.com", ClientSecret("a", "b"), time_scale=2), ValueError, "clock"),
        (lambda: Client("contoso.com", ClientSecret("a", "b"), http=3), TypeError, "http"),  # type: ignore[arg-type]
        (lambda: ClientSecret(None, "b"), TypeError, "client_id"),  # type: ignore[arg-type]
        (lambda: ClientSecret("a", 3), TypeError, "secret"),  # type: ignore[arg-type]
        (lambda: mde_forensics.DeviceCode("a", 3), TypeError, "prompt"),  # type: ignore[arg-type]
        (lambda: mde_forensics.DeviceCode("a", awaited), TypeError, "prompt"),
        (lambda: mde_forensics.FederatedToken("a", 3), TypeError, "token_file"),  # type: ignore[arg-type]
        (lambda: mde_forensics.ManagedIdentity("a", object_id="b"), ValueError, "object_id"),
        (lambda: mde_forensics.ManagedIdentity(header="x"), ValueError, "endpoint"),
        (lambda: mde_forensics.OnBehalfOf("a", "b"), ValueError, "secret"),
        (lambda: mde_forensics.Package(3), TypeError, "path"),  # type: ignore[arg-type]
        (lambda: Emulator("ws-042"), TypeError, "devices"),
        (lambda: Emulator([{"nome": "x"}]), ValueError, "nome"),
        (lambda: Emulator([3]), TypeError, r"devices\[0\]"),  # type: ignore[list-item]
        (lambda: Emulator(5), TypeError, "devices"),  # type: ignore[arg-type]
        (lambda: Emulator(generated="5"), TypeError, "generated"),  # type: ignore[arg-type]
        (lambda: Emulator(time_scale="fast"), TypeError, "time_scale"),  # type: ignore[arg-type]
        (lambda: Emulator(seed=None), TypeError, "seed"),  # type: ignore[arg-type]
        (lambda: Emulator(faults=1), TypeError, "faults"),  # type: ignore[arg-type]
        (lambda: Emulator(options=3), TypeError, "options"),  # type: ignore[arg-type]
        (lambda: Emulator(config=3), TypeError, "config"),  # type: ignore[arg-type]
        (lambda: Emulator(config={"options": 3}, quotas=False), TypeError, "config.options"),
        (lambda: Emulator(tls="yes"), TypeError, "tls"),  # type: ignore[arg-type]
        (lambda: Emulator(quotas=0), TypeError, "quotas"),  # type: ignore[arg-type]
        (lambda: engine(devices=None), TypeError, "devices"),
        (lambda: engine(devices="ws-042"), TypeError, "devices"),
        (lambda: engine(handles=5), TypeError, "handles"),
        (lambda: engine(handles="{}"), TypeError, "handles"),
        (lambda: engine(known=5), TypeError, "known"),
        (lambda: engine(known=b"{}"), TypeError, "known"),
        (lambda: core.Operation("get_machine", machine="m").response("https://x", 200, 3, b""), TypeError, "headers"),  # type: ignore[arg-type]
        (lambda: core.Workspace(None, print, tenant="contoso.com").append(3), TypeError, "records"),  # type: ignore[arg-type]
        (lambda: core.Workspace(None, print, tenant="contoso.com").answer(SEND, progress=3), TypeError, "progress"),  # type: ignore[arg-type]
        (lambda: mde_forensics.compare(3, "a.zip"), TypeError, "before"),  # type: ignore[arg-type]
        (lambda: mde_forensics.export(3, "out"), TypeError, "packages"),  # type: ignore[arg-type]
        (lambda: mde_forensics.export([3], "out"), TypeError, r"packages\[0\]"),  # type: ignore[list-item]
        (lambda: mde_forensics.export([], 3), TypeError, "folder"),  # type: ignore[arg-type]
        (lambda: mde_forensics.export([], "out", tables=3), TypeError, "tables"),  # type: ignore[arg-type]
        (lambda: Client("no tenant!", ClientSecret("a", "b")), ValueError, "tenant"),
        (lambda: Client("contoso.com", ClientSecret("a", "b"), api_url="ftp://x"), ValueError, "`api_url`"),
        (lambda: Client("contoso.com", ClientSecret("a", "b"), login_url="x"), ValueError, "`login_url`"),
    ],
)
def test_what_cannot_be_made(make: Callable[[], object], kind: type[Exception], name: str) -> None:
    with pytest.raises(kind, match=name):
        make()


def test_what_a_path_raises_is_raised() -> None:
    class Gone(os.PathLike):  # type: ignore[type-arg]
        def __fspath__(self) -> str:
            raise LookupError("the share is gone")

    with pytest.raises(LookupError, match="share"):
        mde_forensics.FederatedToken("app", Gone())
    with pytest.raises(ValueError, match="`token_file`"):
        mde_forensics.FederatedToken("app", "a\ud800b")


def test_a_certificate_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text("no certificate")
    with pytest.raises(mde_forensics.InvalidCredentialError) as caught:
        mde_forensics.Certificate("app", tmp_path / "a.pem")
    assert caught.value.code == "invalid_credential"


@pytest.mark.parametrize(
    ("verb", "name"),
    [
        (lambda c: c.collect_many("ws-042", comment="x"), "devices"),
        (lambda c: c.collect_many(7, comment="x"), "devices"),
        (lambda c: c.collect_many([None], comment="x"), r"devices\[0\]"),
        (lambda c: c.collect_many(["ws-042"], comment=None), "comment"),
        (lambda c: c.collect_many(["ws-042"], comment="x", into=3), "into"),
        (lambda c: c.collect_many(["ws-042"], comment="x", concurrency="16"), "concurrency"),
        (lambda c: c.resume(None), "handle"),
        (lambda c: c.resume_many("{}"), "handles"),
        (lambda c: c.step(None), "handle"),
        (lambda c: c.machine(None), "id"),
        (lambda c: c.action(5), "id"),
        (lambda c: c.actions(machine=5), "machine"),
        (lambda c: c.actions(statuses="Pending"), "statuses"),
        (lambda c: c.actions(since="yesterday"), "since"),
        (lambda c: c.cancel("a-1", None), "comment"),
    ],
)
def test_wrong_types_of_other_verbs(client: Client, verb: Callable[[Client], object], name: str) -> None:
    with pytest.raises(TypeError, match=f"`{name}`"):
        verb(client)


@pytest.mark.parametrize(
    ("verb", "name"),
    [
        (lambda c: c.collect_many(["ws-042"], comment="x", until="never"), "until"),
        (lambda c: c.collect_many(["ws-042"], comment="x", downloads=0), "downloads"),
        (lambda c: c.collect_many(["ws-042", "'"], comment="x"), "device"),
        (lambda c: c.collect_many(["ws-042"], comment="x", until="collected"), "folder"),
        (lambda c: c.resume("not json"), "handle"),
        (lambda c: c.resume("{}"), "handle"),
        (lambda c: c.step(c.prepare("ws-042", comment="x"), budget=-1), "budget"),
    ],
)
def test_wrong_values_of_other_verbs(client: Client, verb: Callable[[Client], object], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        verb(client)


def test_a_handle_of_another_place(client: Client) -> None:
    with Emulator() as other:
        handle = other.client().prepare("ws-042", comment="x")
    with pytest.raises(mde_forensics.InvalidInputError) as caught:
        client.resume(handle)
    assert caught.value.code == "handle_mismatch"


def test_bytes_that_are_no_utf8_in_an_answer() -> None:
    base = "https://api.security.microsoft.com"
    link = core.Operation("package_uri", action="a-1")
    with pytest.raises(mde_forensics.ResponseError) as caught:
        link.response(base, 200, [("content-type", "application/json")], b'{"value": "\xff\xfe"}')
    assert caught.value.code == "invalid_json"
    with pytest.raises(mde_forensics.ServiceError) as refused:
        link.response(base, 503, [("content-type", "text/html")], b"\xff\xfe<html>")
    assert refused.value.body is not None
    assert str(refused.value).isprintable()


def test_an_answer_that_stops_in_the_middle(emulator: Emulator) -> None:
    emulator.add_fault({"on": {"endpoint": "find", "times": 9}, "do": {"kind": "malformed_json"}})
    with pytest.raises(mde_forensics.ResponseError):
        emulator.client().find("ws-042")


def test_an_answer_that_is_no_utf8_over_the_network(emulator: Emulator) -> None:
    class Latin(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"value": [{"id": "caf\xe9"}]}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Latin) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = emulator.client(emulator.issue_token, api_url=f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(mde_forensics.ResponseError) as caught:
            client.find("ws-042")
        server.shutdown()
    assert caught.value.code == "invalid_json"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("how", ["task", "call"])
def test_a_panic_is_an_error_and_the_process_lives(client: Client, how: str) -> None:
    with pytest.raises(mde_forensics.InternalError, match="out of cheese") as caught:
        task = _native.panic("out of cheese", how)
        assert task is not None
        task.wait()
    assert caught.value.code == "internal"
    assert "report" in caught.value.hint
    assert mde_forensics.__version__ in caught.value.hint
    assert client.find("ws-042")


class Panicking(os.PathLike):  # type: ignore[type-arg]
    """What panics inside the extension, wherever it is looked at: as a path, as a time, as a dict's value."""

    def __fspath__(self) -> str:
        _native.panic("out of cheese", "bare")
        return ""

    total_seconds = __fspath__


@pytest.mark.parametrize(
    "verb",
    [
        lambda it, c: c._client.collection("ws-042", {"comment": "x", "timeout": it}),
        lambda it, c: c._client.resume(c.prepare("ws-042", comment="x"), {"deadline": it}),
        lambda it, c: c._client.collect_many(["ws-042"], it, None, {"comment": "x"}, False),
        lambda it, c: c._client.resume_many([], it, None, {"comment": "x"}, False),
        lambda it, c: c._client.collection("ws-042", {"comment": "x"}).wait({"timeout": it}, False),
        lambda it, c: c._client.collection("ws-042", {"comment": "x"}).download(it, {}, False),
        lambda it, c: c._client.collection("ws-042", {"comment": "x"}).step(it, None, {}, False),
        lambda it, c: _native.Client.from_env({"verify": it}),
        lambda it, c: _native.Client("contoso.com", ClientSecret("a", "b")._native, {"verify": it}),
        lambda it, c: _native.Credential.certificate("app", it),
        lambda it, c: _native.Credential.federated("app", it),
        lambda it, c: _native.Credential.on_behalf_of("app", "user", certificate=it),
        lambda it, c: _native.Emulator({"seed": it}),
        lambda it, c: _native.Package(it, None, {}),
        lambda it, c: _native.manifest(it),
        lambda it, c: _native.verify(it),
        lambda it, c: _native.export([], it, "csv", [], False, False),
        lambda it, c: core.Answer.token("t", it),
        lambda it, c: core.Answer.token_failed("no", retry_after=it),
        lambda it, c: core.Answer.until(it),
        lambda it, c: core.Answer.claim_held(it),
        lambda it, c: core.Workspace(it, print, tenant="contoso.com"),
        lambda it, c: core.Engine("contoso.com", "https://x.com", ["ws-042"], comment="x", timeout=it),
        lambda it, c: core.Operation("get_machine", machine=it),
    ],
)
def test_a_panic_amid_a_call_is_an_error_too(
    client: Client, verb: Callable[[Any, Any], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"AZURE_TENANT_ID": "contoso.com", "AZURE_CLIENT_ID": "a", "AZURE_CLIENT_SECRET": "b"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(mde_forensics.InternalError, match="out of cheese"):
        verb(Panicking(), client)


def test_a_callback_that_raises(client: Client, emulator: Emulator, tmp_path: Path) -> None:
    class Oops(Exception):
        pass

    def hear(event: mde_forensics.Event) -> None:
        if event.kind == "status":
            raise Oops(event.text)

    collection = client.collect("ws-042", comment="x")
    with pytest.raises(Oops) as caught:
        collection.wait(on_event=hear)
    assert caught.value.handle == collection.to_json()  # type: ignore[attr-defined]
    collection.download(tmp_path)
    assert sum(call["endpoint"] == "collect" for call in emulator.calls) == 1


def test_answers_of_the_engine_that_make_no_sense() -> None:
    engine = core.Engine("contoso.com", "https://api.security.microsoft.com", ["ws-042"], comment="x")
    for at in ((NAN, 0.0), (0.0, -1.0), (1e300, 0.0)):
        with pytest.raises(ValueError, match="now"):
            engine.poll(at)
    engine.answer(999, core.Answer.unknown("nobody asked"))
    answer = core.Answer.not_sent("once")
    engine.answer(998, answer)
    with pytest.raises(ValueError, match="already"):
        engine.answer(998, answer)
    with pytest.raises(ValueError, match="status"):
        core.Answer.reply(9, [], b"")
    with pytest.raises(ValueError, match="kind"):
        core.Answer.not_fetched("lost", "x")
    with pytest.raises(TypeError, match="devices"):
        core.Engine("contoso.com", "https://api.security.microsoft.com", "ws-042", comment="x")
    with pytest.raises(mde_forensics.InvalidInputError):
        core.Operation("get_moon")
    with pytest.raises(mde_forensics.InvalidInputError, match="machine"):
        core.Operation("get_machine", machine=None)
    with pytest.raises(TypeError, match=r"filter\.id"):
        core.Operation("list_machines", filter={"id": object()})


def test_deep_and_odd_values_do_not_harm() -> None:
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    with pytest.raises(ValueError, match="deep"):
        Emulator(config={"x": deep})
    with pytest.raises(ValueError, match="finite"):
        Emulator(config={"x": NAN})
    with pytest.raises(ValueError, match="large"):
        Emulator(config={"x": 2**80})


@pytest.mark.parametrize("wakeup", ["lambda future: None", "_native.Wakeup()"])
def test_an_interpreter_that_ends_amid_work_ends(emulator: Emulator, wakeup: str) -> None:
    code = f"""
from mde_forensics import Client, ClientSecret, _native
client = Client({emulator.tenant!r}, ClientSecret({emulator.client_id!r}, {emulator.client_secret!r}),
                api_url={emulator.api_url!r}, login_url={emulator.login_url!r}, proxy=False)
collection = client.collect("ws-042", comment="x")
task = collection._native.wait({{}}, True)
task.on_change({wakeup}, None)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stderr) == (0, "")
