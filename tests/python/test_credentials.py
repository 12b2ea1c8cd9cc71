"""Ways to a token, against the emulator's login."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import logging
import queue
import select
import socket
import socketserver
import threading
import time
import weakref
from collections import namedtuple
from pathlib import Path
from typing import Any, ClassVar

import mde_forensics
import pytest
from conftest import ROOT, calls
from mde_forensics import (
    AsyncClient,
    Certificate,
    Client,
    ClientSecret,
    DeviceCode,
    Emulator,
    FederatedToken,
    ManagedIdentity,
    OnBehalfOf,
)

AccessToken = namedtuple("AccessToken", ["token", "expires_on"])


class Static:
    """As azure-identity's credentials are: ``get_token(*scopes)``."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.asked: list[str] = []

    def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        self.asked += scopes
        return AccessToken(self.emulator.issue_token(), int(time.time()) + 3_600)


def works(emulator: Emulator, credential: Any) -> None:
    client = emulator.client(credential)
    assert client.find("ws-042")
    assert client.find("ws-042")


def test_a_client_secret(emulator: Emulator) -> None:
    works(emulator, ClientSecret(emulator.client_id, emulator.client_secret))
    assert calls(emulator, "token") == 1, "the token is kept"
    with pytest.raises(mde_forensics.CredentialError) as caught:
        emulator.client(ClientSecret(emulator.client_id, "wrong")).find("ws-042")
    assert caught.value.code == "token_refused"
    assert "AADSTS" in str(caught.value)


def test_a_managed_identity(emulator: Emulator) -> None:
    header = emulator.identity_header
    works(emulator, ManagedIdentity(endpoint=f"{emulator.login_url}/msi/token", header=header))
    works(emulator, ManagedIdentity(endpoint=emulator.login_url))


def test_a_federated_token(tmp_path: Path) -> None:
    def part(fields: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=").decode()

    issuer, subject = "https://token.actions.example", "repo:contoso/soc"
    with Emulator() as probe:
        app = {
            "client_id": probe.client_id,
            "federated": [{"issuer": issuer, "subject": subject}],
        }
    claims = {"iss": issuer, "sub": subject, "aud": "api://AzureADTokenExchange", "exp": int(time.time()) + 9_999_999}
    file = tmp_path / "token"
    file.write_text(f"{part({'alg': 'RS256'})}.{part(claims)}.c2ln")
    with Emulator(config={"tenant": {"apps": [app]}}) as emulator:
        works(emulator, FederatedToken(app["client_id"], file))


def test_a_person_on_another_screen() -> None:
    with Emulator(options={"device_code_approval": 1.0}) as emulator:
        shown: queue.Queue[dict[str, Any]] = queue.Queue()
        works(emulator, DeviceCode(emulator.client_id, shown.put))
        # Whoever signs in this fast may have done so before the prompt was heard.
        prompt = shown.get(timeout=60)
        assert prompt["user_code"] in prompt["message"]
        assert prompt["expires_in"] > 0


def test_a_certificate_and_an_app_for_its_user(tmp_path: Path) -> None:
    pem = ROOT / "crates/client/tests/data/certificate.pem"
    with Emulator() as probe:
        # Behind its private key.
        registered = "-----BEGIN" + pem.read_text().split("-----BEGIN", 2)[2]
        app = {"client_id": probe.client_id, "secrets": [probe.client_secret], "certificates": [registered]}
    with Emulator(config={"tenant": {"apps": [app]}}) as emulator:
        works(emulator, Certificate(emulator.client_id, pem))
        works(emulator, Certificate(emulator.client_id, pem.with_suffix(".pfx"), password="hunter2", form="rs256"))
        user = emulator.issue_token(user="analyst@contoso.com", audience=emulator.client_id)
        works(emulator, OnBehalfOf(emulator.client_id, user, secret=emulator.client_secret))
        works(emulator, OnBehalfOf(emulator.client_id, user, certificate=pem))


def test_an_async_client_from_the_environment(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)

    async def main() -> None:
        async with AsyncClient.from_env(proxy=False) as client:
            assert client.tenant == emulator.tenant
            assert await client.find("ws-042")

    asyncio.run(main())


class Tunnel(socketserver.BaseRequestHandler):
    """A proxy that makes tunnels, and notes where to."""

    hosts: ClassVar[list[str]] = []

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.request.recv(1)
        method, host, _ = head.decode().split(" ", 2)
        assert method == "CONNECT"
        self.hosts.append(host)
        name, port = host.rsplit(":", 1)
        with socket.create_connection((name, int(port))) as beyond:
            self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                for ready in select.select([self.request, beyond], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    (beyond if ready is self.request else self.request).sendall(data)


def test_a_proxy_is_gone_through(secure: Any) -> None:
    emulator, ca = secure
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel) as proxy:
        proxy.daemon_threads = True
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{proxy.server_address[1]}"
        assert emulator.client(proxy=url, verify=ca).find("ws-042")
        proxy.shutdown()
    through = {url.split("//")[1] for url in (emulator.api_url, emulator.login_url)}
    assert set(Tunnel.hosts) == through


def test_a_client_that_is_closed_keeps_no_credential(emulator: Emulator) -> None:
    class Give:
        def __call__(self) -> str:
            return emulator.issue_token()

    give = Give()
    client = emulator.client(give)
    assert client.find("ws-042")
    gone = weakref.ref(give)
    client.close()
    del give
    gc.collect()
    assert gone() is None


def test_a_prompt_may_take_its_time_and_use_a_client(emulator: Emulator) -> None:
    def prompt(shown: dict[str, Any]) -> None:
        # Whoever types the code asks the library, and the emulator in this process, meanwhile.
        assert emulator.client().find("ws-042")
        emulator.control("approve_device_code", [shown["user_code"], "analyst@contoso.com"])

    works(emulator, DeviceCode(emulator.client_id, prompt))


def test_a_prompt_that_raises_ends_the_sign_in(emulator: Emulator) -> None:
    class Oops(Exception):
        pass

    def prompt(shown: dict[str, Any]) -> None:
        raise Oops(shown["user_code"])

    with pytest.raises(mde_forensics.CredentialError, match="prompt") as caught:
        emulator.client(DeviceCode(emulator.client_id, prompt)).find("ws-042")
    assert caught.value.code == "credential_failed"
    assert isinstance(caught.value.__cause__, Oops)


def test_an_object_like_those_of_azure_identity(emulator: Emulator) -> None:
    credential = Static(emulator)
    works(emulator, credential)
    assert credential.asked == [emulator.scope]


def test_get_token_info_alone(emulator: Emulator) -> None:
    class Info:
        def get_token_info(self, *_scopes: str) -> AccessToken:
            return AccessToken(emulator.issue_token(), int(time.time()) + 3_600)

    works(emulator, Info())


@pytest.mark.parametrize(
    "shape",
    [
        lambda token: token,
        lambda token: (token, time.time() + 3_600),
        lambda token: (token, None),
        lambda token: {"access_token": token, "expires_in": 3_600},
        lambda token: {"access_token": token, "expires_on": str(time.time() + 3_600)},
        lambda token: AccessToken(token, int(time.time()) + 3_600),
    ],
)
def test_any_function_that_returns_a_token(emulator: Emulator, shape: Any) -> None:
    works(emulator, lambda: shape(emulator.issue_token()))
    asked = []

    def with_scope(scope: str) -> Any:
        asked.append(scope)
        return shape(emulator.issue_token())

    works(emulator, with_scope)
    assert asked == [emulator.scope]


def test_an_async_credential_of_a_sync_client(emulator: Emulator) -> None:
    loops = set()

    class Async:
        async def get_token(self, *_scopes: str) -> AccessToken:
            loops.add(id(asyncio.get_running_loop()))
            await asyncio.sleep(0)
            return AccessToken(emulator.issue_token(), 0)

    works(emulator, Async())
    assert len(loops) == 1, "its sessions belong to one loop"


def test_an_async_credential_of_an_async_client(emulator: Emulator) -> None:
    loops = []

    async def token(_scope: str) -> str:
        loops.append(asyncio.get_running_loop())
        return emulator.issue_token()

    async def main() -> None:
        async with emulator.async_client(token) as client:
            assert await client.find("ws-042")
        assert loops == [asyncio.get_running_loop()]

    asyncio.run(main())


def test_a_credential_that_raises(emulator: Emulator) -> None:
    def token() -> str:
        raise LookupError("the vault is sealed")

    client = emulator.client(token)
    for verb in (lambda: client.find("ws-042"), lambda: client.collect("ws-042", comment="x")):
        with pytest.raises(mde_forensics.CredentialError, match="LookupError: the vault is sealed") as caught:
            verb()
        assert caught.value.code == "credential_failed"
    with pytest.raises(mde_forensics.CredentialError) as caught:
        client.find("ws-042")
    assert isinstance(caught.value.__cause__, LookupError)
    assert all(call["endpoint"] == "token" for call in emulator.calls)


@pytest.mark.parametrize("nonsense", [None, 42, "", b"bytes", object(), (1, 2), {}, ("a", "b", "c"), "\ud800"])
def test_a_credential_that_returns_nonsense(emulator: Emulator, nonsense: Any) -> None:
    with pytest.raises(mde_forensics.CredentialError) as caught:
        emulator.client(lambda: nonsense).find("ws-042")
    assert caught.value.code == "credential_failed"


def test_a_token_that_is_refused_is_asked_for_once_more(emulator: Emulator) -> None:
    client = emulator.client()
    client.find("ws-042")
    emulator.control("revoke_tokens")
    assert client.find("ws-042")
    assert calls(emulator, "token") == 2


def test_a_token_of_another_api_is_refused_before_anything_is_sent(emulator: Emulator) -> None:
    wrong = emulator.issue_token(audience="https://graph.microsoft.com")
    with pytest.raises(mde_forensics.AuthorizationError) as caught:
        emulator.client(lambda: wrong).collect("ws-042", comment="x")
    assert caught.value.code == "wrong_audience"
    assert emulator.calls == []


@pytest.fixture
def secure(tmp_path: Path) -> Any:
    with Emulator(tls=True) as emulator:
        assert emulator.ca_pem is not None
        (tmp_path / "ca.pem").write_text(emulator.ca_pem)
        yield emulator, tmp_path / "ca.pem"


def test_tls_by_a_ca_file_of_the_caller_or_of_the_environment(secure: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    emulator, ca = secure
    assert emulator.client(verify=ca).find("ws-042")
    with pytest.raises(mde_forensics.TransportError) as caught:
        emulator.client().find("ws-042")
    assert caught.value.code == "tls_failed"
    for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        with monkeypatch.context() as patch:
            for other in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
                patch.delenv(other, raising=False)
            patch.setenv(variable, str(ca))
            assert emulator.client().find("ws-042")
            assert emulator.client(verify=True).find("ws-042")


def test_certificates_are_verified_unless_it_is_switched_off_and_told(
    secure: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    emulator, _ = secure
    for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(mde_forensics.TransportError) as caught:
        emulator.client(verify=True).find("ws-042")
    assert caught.value.code == "tls_failed"
    assert emulator.calls == []
    with caplog.at_level(logging.WARNING, "mde_forensics"):
        assert emulator.client(verify=True)
        assert not caplog.records
        package = emulator.client(verify=False).collect("ws-042", comment="a test").wait().download(tmp_path)
    assert [record.message.split(":")[0] for record in caplog.records] == ["certificates are not verified"]
    assert package.manifest["options"]["verify_certificates"] is False


def test_the_real_azure_identity(secure: Any) -> None:
    identity = pytest.importorskip("azure.identity", reason="azure-identity is not installed")
    emulator, ca = secure
    with identity.ClientSecretCredential(
        emulator.tenant,
        emulator.client_id,
        emulator.client_secret,
        authority=emulator.login_url,
        connection_verify=str(ca),
        disable_instance_discovery=True,
    ) as credential:
        client = emulator.client(credential, verify=ca)
        assert client.find("ws-042")
        assert client.collect("ws-042", comment="INC-42").wait().status == "Succeeded"
        async_client = emulator.async_client(credential, verify=ca)
        assert asyncio.run(async_client.find("ws-042"))


def test_the_real_azure_identity_async(secure: Any) -> None:
    identity = pytest.importorskip("azure.identity.aio", reason="azure-identity is not installed")
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    emulator, ca = secure

    async def main() -> None:
        async with identity.ClientSecretCredential(
            emulator.tenant,
            emulator.client_id,
            emulator.client_secret,
            authority=emulator.login_url,
            connection_verify=str(ca),
            disable_instance_discovery=True,
        ) as credential:
            async with emulator.async_client(credential, verify=ca) as client:
                assert await client.find("ws-042")
                collection = await client.collect("ws-042", comment="INC-42")
                await collection.wait()

    asyncio.run(main())


def test_one_token_for_many_threads(emulator: Emulator) -> None:
    from concurrent.futures import ThreadPoolExecutor

    client: Client = emulator.client()
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(client.find, ["ws-042"] * 32))
    assert all(found)
    assert calls(emulator, "token") == 1
