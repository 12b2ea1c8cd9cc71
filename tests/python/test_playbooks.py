"""``examples/soar``: each playbook against the emulator, with what stands in for its platform."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import types
from pathlib import Path
from typing import Any

import mde_forensics
import pytest
from conftest import DEVICE, ROOT, calls
from mde_forensics import Emulator

#: A link lives a minute: a second of real time here, so that a slow machine can catch it.
SCALE = 60.0


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"playbook_{name}", ROOT / f"examples/soar/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def soar(monkeypatch: pytest.MonkeyPatch) -> Any:
    faults = [{"on": {"endpoint": "collect"}, "do": {"kind": "lost_answer"}}]
    with Emulator([DEVICE], faults=faults, time_scale=SCALE) as emulator:
        for name, value in emulator.env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        yield emulator


def test_cortex_xsoar(soar: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = pytest.importorskip("requests", reason="requests is not installed")
    monkeypatch.chdir(tmp_path)
    results: list[Any] = []

    # No registry has `CommonServerPython`; this is what the automation uses of it, as its source defines it.
    server = types.ModuleType("CommonServerPython")

    class BaseClient:
        def __init__(self, base_url: str, verify: bool, proxy: bool) -> None:
            self.session = requests.Session()
            self.session.verify, self.session.trust_env = verify, proxy

        def _http_request(
            self, method: str, full_url: str, resp_type: str, ok_codes: Any, retries: int, **more: Any
        ) -> Any:
            assert (resp_type, retries) == ("response", 0)
            response = self.session.request(method, full_url, **more)
            assert response.status_code in ok_codes
            return response

    class CommandResults:
        def __init__(self, **fields: Any) -> None:
            self.__dict__.update(fields)

    class PollResult:
        def __init__(
            self,
            response: Any,
            continue_to_poll: bool = False,
            args_for_next_run: Any = None,
            partial_result: Any = None,
        ) -> None:
            self.response, self.continue_to_poll = response, continue_to_poll
            self.args_for_next_run, self.partial_result = args_for_next_run, partial_result

    class ScheduledCommand:
        def __init__(self, command: str, next_run_in_seconds: int, args: Any, timeout_in_seconds: int) -> None:
            assert next_run_in_seconds >= 10, "XSOAR polls no faster"
            self.command, self.args = command, args

    def polling_function(
        name: str,
        interval: int,
        timeout: int,
        poll_message: str = "Fetching Results:",
        requires_polling_arg: bool = True,
    ) -> Any:
        assert not requires_polling_arg, "there is no argument `polling`"

        def decorate(function: Any) -> Any:
            def inner(args: Any, *more: Any) -> Any:
                polled = function(args, *more)
                if not polled.continue_to_poll:
                    return polled.response
                next_args = polled.args_for_next_run or args
                words = None if args.get("hide_polling_output") else poll_message
                response = polled.partial_result or CommandResults(readable_output=words)
                response.scheduled_command = ScheduledCommand(
                    name, interval, {**next_args, "hide_polling_output": True}, timeout
                )
                return response

            return inner

        return decorate

    def fail(message: str, error: Any = None) -> None:
        raise AssertionError(message) from error

    server.BaseClient, server.CommandResults, server.PollResult = BaseClient, CommandResults, PollResult  # type: ignore[attr-defined]
    server.polling_function, server.return_results, server.return_error = polling_function, results.append, fail  # type: ignore[attr-defined]
    server.argToBoolean = lambda value: str(value).lower() in ("true", "yes", "1")  # type: ignore[attr-defined]
    server.EntryType = types.SimpleNamespace(ENTRY_INFO_FILE=9)  # type: ignore[attr-defined]
    server.fileResult = lambda name, data, kind: {"File": name, "Contents": data, "Type": kind}  # type: ignore[attr-defined]
    # What an integration has; a script has no `params`, and an integration no `incident`.
    demisto = types.ModuleType("demistomock")
    args: dict[str, Any] = {"device": "ws-042", "comment": "INC-42", "key": "INC-42", "budget": "0.4"}
    wanted = "mde-collect-package"
    demisto.args = lambda: args  # type: ignore[attr-defined]
    demisto.command = lambda: wanted  # type: ignore[attr-defined]
    demisto.params = lambda: {  # type: ignore[attr-defined]
        "tenant": soar.tenant,
        "credentials": {"identifier": soar.client_id, "password": soar.client_secret},
        "api_url": soar.api_url,
        "login_url": soar.login_url,
        "time_scale": SCALE,
    }
    monkeypatch.setitem(sys.modules, "CommonServerPython", server)
    monkeypatch.setitem(sys.modules, "demistomock", demisto)
    integration = load("xsoar_integration")
    # The first step fails in a way that a later one may not.
    step, failures = mde_forensics.Client.step, [mde_forensics.TransportError("no way there", retryable=True)]

    def fails_once(client: Any, *arguments: Any, **options: Any) -> Any:
        if failures:
            raise failures.pop()
        return step(client, *arguments, **options)

    monkeypatch.setattr(mde_forensics.Client, "step", fails_once)
    for _ in range(60):
        integration.main()
        scheduled = getattr(results[-1], "scheduled_command", None)
        if scheduled is None:
            break
        assert scheduled.command == wanted
        # XSOAR keeps the arguments as JSON between two runs, and knows those alone that the command declares.
        args = json.loads(json.dumps(scheduled.args))
        assert all(f"`{name}`" in integration.__doc__ for name in args)
        time.sleep(0.3)
    assert len(results) > 1
    assert "trying again" in results[0].readable_output
    outputs, entry = results[-1]
    assert outputs.outputs["Device"] == DEVICE
    assert entry["Contents"][:2] == b"PK"
    assert calls(soar, "collect") == 1
    wanted = "test-module"
    integration.main()
    assert results[-1] == "ok"


def test_splunk_soar(soar: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("requests", reason="requests is not installed")
    vault: list[dict[str, Any]] = []
    # As public custom functions use them: the vault's folder is of `Vault`, to add to it of the rules.
    full = [(False, "the disk is full", None)]
    rules = types.ModuleType("phantom.rules")
    rules.vault_add = lambda **file: full.pop() if full else (vault.append(file), (True, "ok", "vault-1"))[1]  # type: ignore[attr-defined]
    rules.error = print  # type: ignore[attr-defined]
    vaults = types.ModuleType("phantom.vault")
    vaults.Vault = types.SimpleNamespace(get_vault_tmp_dir=lambda: str(tmp_path))  # type: ignore[attr-defined]
    phantom = types.ModuleType("phantom")
    phantom.rules, phantom.vault = rules, vaults  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "phantom", phantom)
    monkeypatch.setitem(sys.modules, "phantom.rules", rules)
    monkeypatch.setitem(sys.modules, "phantom.vault", vaults)
    step = load("splunk_soar_collect").mde_collect_package
    out: dict[str, Any] = {"handle": None}
    runs, errors = 0, []
    while not out.get("done") and runs < 60:
        out = json.loads(json.dumps(step("ws-042", "INC-42", out["handle"], container_id=7, budget=0.4)))
        errors += [out["error"]] if out["error"] else []
        runs += 1
        time.sleep(0.3)
    assert runs > 1
    # The package was there, and the vault did not take it: the next run does that alone.
    assert errors == ["the vault refused the package: the disk is full"]
    assert calls(soar, "collect") == 1
    assert out["vault_id"] == "vault-1"
    assert vault[0]["container"] == 7
    assert mde_forensics.Package(vault[0]["file_location"]).sha256 == out["sha256"]
    refused = step("no-such-device", "INC-42", None, container_id=8)
    assert refused["done"]
    assert refused["error"].startswith("device_not_found")
    assert refused["hint"]


@pytest.mark.parametrize("identity", [True, False])
def test_azure_function(soar: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, identity: bool) -> None:
    if identity:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{soar.login_url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", soar.identity_header)
        monkeypatch.delenv("AZURE_CLIENT_ID")
        monkeypatch.delenv("AZURE_CLIENT_SECRET")
    app = load("azure_function")
    store = app.Store(tmp_path / "handles")
    wanted = app.begin(app.client(), store, "INC 42/ä", "ws-042", "INC-42")
    missing = app.begin(app.client(), store, "INC 42?ä", "no-such-device", "INC-43")
    assert wanted != missing, "two keys are two collections, whatever is in them"
    before = store.load(wanted)
    assert app.begin(app.client(), store, "INC 42/ä", "ws-042", "again") == wanted
    assert store.load(wanted) == before
    with pytest.raises(app.Conflict):
        app.begin(app.client(), store, "INC 42/ä", "ws-007", "another device")
    # What cannot be read, or makes no sense, stops no other.
    (tmp_path / "handles/0.json").write_text("half of a st")
    store.save("1", {"key": "1", "device": "x", "done": False, "handle": None})
    for _ in range(60):
        app.step_all(app.client(), app.Store(tmp_path / "handles"), tmp_path / "evidence", budget=0.8)
        if all(store.load(name)["done"] for name in (wanted, missing)):
            break
        time.sleep(0.3)
    done = store.load(wanted)
    assert mde_forensics.Package(done["package"]).sha256 == done["sha256"]
    assert store.load(missing)["error"] == "device_not_found"
    assert calls(soar, "collect") == 1


def test_azure_function_triggers(soar: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    func = pytest.importorskip("azure.functions", reason="azure-functions is not installed")
    monkeypatch.setenv("MDE_STORE", str(tmp_path / "handles"))
    monkeypatch.setenv("MDE_EVIDENCE", str(tmp_path / "evidence"))
    app = load("azure_function")
    by_name = {function.get_function_name(): function.get_user_function() for function in app.app.get_functions()}
    assert set(by_name) == {"collect", "status", "tick"}

    def post(body: bytes) -> Any:
        reply = by_name["collect"](func.HttpRequest("POST", "https://x/api/collect", body=body))
        return reply.status_code, json.loads(reply.get_body())

    def get(name: str) -> Any:
        asked = func.HttpRequest("GET", "https://x/api/collect/id", route_params={"id": name}, body=b"")
        reply = by_name["status"](asked)
        return reply.status_code, json.loads(reply.get_body())

    wish = {"key": "INC-42", "device": "ws-042", "comment": "INC-42"}
    accepted, said = post(json.dumps(wish).encode())
    assert accepted == 202
    assert post(json.dumps(wish).encode()) == (202, said)
    assert post(json.dumps({**wish, "device": "ws-007"}).encode())[0] == 409
    for wrong in (
        b"",
        b"{",
        b"[]",
        b"{}",
        json.dumps({**wish, "key": " "}).encode(),
        json.dumps({**wish, "key": 42}).encode(),
        json.dumps({**wish, "key": "other", "device": "no device!"}).encode(),
    ):
        refused, why = post(wrong)
        assert refused == 400, wrong
        assert why["error"]
    by_name["tick"](None)
    found, state = get(said["id"])
    assert (found, state["device"]) == (200, "ws-042")
    assert "handle" not in state
    for missing in ("../x", "x"):
        assert get(missing)[0] == 404
    assert len(list((tmp_path / "handles").iterdir())) == 1
