"""The tree of exceptions."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import mde_forensics
import pytest
from conftest import ROOT
from mde_forensics import Client, Emulator, MdeError, _errors, _native, core

VECTORS = json.loads((ROOT / "tests/vectors/errors.json").read_text())["tests"]
CLASSES = sorted(set(_errors._CLASSES.values()), key=lambda kind: kind.__name__)


def test_every_code_of_rust_has_one_class() -> None:
    assert list(_errors._CLASSES) != []
    assert sorted(_errors._CLASSES) == sorted(code["code"] for code in core.codes())


def test_every_code_of_the_package_reader_has_one_class_and_a_hint() -> None:
    codes = dict(_native.package_codes())
    assert sorted(_errors._OF_PACKAGES) == sorted(codes)
    assert all(codes.values())
    assert not set(codes) & set(_errors._CLASSES)


def test_the_codes_are_those_of_the_vectors() -> None:
    ours = [(it["code"], it["fault"], it["retryable"], it["hint"]) for it in core.codes()]
    assert ours == [(it["code"], it["fault"], it["retryable"], it["hint"]) for it in VECTORS]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_is_public_and_under_one_base(kind: type[MdeError]) -> None:
    assert issubclass(kind, MdeError)
    assert getattr(mde_forensics, kind.__name__) is kind
    assert kind.__doc__


@pytest.mark.parametrize(
    ("code", "builtin"),
    [
        ("timed_out", TimeoutError),
        ("timed_out", ConnectionError),
        ("collection_timed_out", TimeoutError),
        ("deadline_reached", TimeoutError),
        ("connect_failed", ConnectionError),
        ("connection_lost", ConnectionError),
        ("forbidden", PermissionError),
        ("missing_permission", PermissionError),
        ("token_refused", PermissionError),
        ("not_found", LookupError),
        ("device_not_found", LookupError),
        ("device_ambiguous", LookupError),
        ("invalid_credential", PermissionError),
        ("invalid_credential", ValueError),
        ("invalid_comment", ValueError),
        ("handle_mismatch", ValueError),
        ("output_failed", OSError),
    ],
)
def test_the_builtin_that_a_programmer_would_catch(code: str, builtin: type[Exception]) -> None:
    assert issubclass(_errors._CLASSES[code], builtin)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["code"])
def test_an_error_survives_pickle_and_copy(vector: dict[str, Any]) -> None:
    fields = {
        "code": vector["code"],
        "message": "it failed",
        "status": 429,
        "service_code": "TooMany",
        "service_message": "slow down",
        "request_id": "r-1",
        "retry_after": 1.5,
        "retryable": vector["retryable"],
        "hint": vector["hint"],
        "body": "{}",
        "causes": ["the disk is full"],
    }
    error = _errors._make(text="it failed (HTTP 429): TooMany: slow down", **fields)
    error.handle = "{}"
    error.candidates = [{"machine": "m-1"}]
    error.report = ["as far as it had come"]  # type: ignore[attr-defined]
    error.__notes__ = [*error.__notes__, "somebody else's"]
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error) == "it failed (HTTP 429): TooMany: slow down"
        for name in (*fields, "handle", "candidates"):
            assert getattr(again, name) == getattr(error, name), name
        assert again.__notes__ == [f"hint: {vector['hint']}", "somebody else's"]
        assert again.report == error.report  # type: ignore[attr-defined]


def test_what_the_service_said_is_all_there() -> None:
    refusal = {"status": 403, "code": "DisabledFeature", "message": "Live response is off"}
    with Emulator([{"name": "ws-042.contoso.com", "life": {"refuse": refusal}}]) as emulator:
        with pytest.raises(mde_forensics.AuthorizationError) as caught:
            emulator.client().collect("ws-042", comment="x")
    error = caught.value
    assert error.code == "disabled_feature"
    assert error.status == 403
    assert error.service_code == "DisabledFeature"
    assert error.service_message == "Live response is off"
    assert error.request_id
    assert error.retryable is False
    assert error.hint
    assert error.handle is not None
    assert "DisabledFeature" in str(error)
    assert error.message[0].islower()


def test_nobody_listens(client: Client, emulator: Emulator) -> None:
    emulator.close()
    with pytest.raises(mde_forensics.TransportError) as caught:
        client.find("ws-042")
    assert caught.value.code == "connect_failed"
    assert caught.value.retryable


def test_no_secret_is_in_any_text(client: Client, emulator: Emulator) -> None:
    collection = client.collect("ws-042", comment="x").wait()
    texts = [repr(client), repr(collection), collection.to_json(), collection._repr_html_()]
    texts += [repr(event) for event in collection.events]
    texts.append(repr(mde_forensics.ClientSecret("app", "hunter2")))
    link = core.Command.Fetch(1, "https://example.com/p?token=hunter2", "a.zip", None)
    send = core.Command.Send(1, "GET", "https://x/", [("authorization", "Bearer hunter2")], b"", 1, 0.0)
    texts += [repr(link), repr(send), repr(core.Request("GET", "https://x/?token=hunter2", {}, None))]
    for text in texts:
        assert "hunter2" not in text
        assert emulator.client_secret not in text
