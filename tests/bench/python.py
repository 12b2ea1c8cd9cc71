"""What `cargo xtask bench python` measures of the Python face: `python.py serve READY`, `python.py download READY FOLDER`.

READY is the ready line of an emulator in another process.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request
from typing import Any, Callable

import mde_forensics
from mde_forensics import AsyncClient, Client, ClientSecret, core

#: Collections of one client at a time: half of what a minute's quota has room for.
BY_ONE = 50


def peak() -> int:
    """The peak of resident memory, in bytes; not ``ru_maxrss``, which a child takes over from its parent."""
    with open("/proc/self/status") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


IDLE = peak()


class Service:
    """The emulator, by its ready line."""

    def __init__(self, ready: str) -> None:
        self.fields: dict[str, str] = json.loads(ready)
        self.network: dict[str, Any] = {
            "api_url": self.fields["api"],
            "login_url": self.fields["login"],
            "proxy": False,
        }

    @property
    def credential(self) -> ClientSecret:
        return ClientSecret(self.fields["client_id"], self.fields["client_secret"])

    def client(self) -> Client:
        """A client that has a token and a connection."""
        client = Client(self.fields["tenant"], self.credential, **self.network)
        client.find("nobody")
        return client

    async def async_client(self) -> AsyncClient:
        """The same for asyncio."""
        client = AsyncClient(self.fields["tenant"], self.credential, **self.network)
        await client.find("nobody")
        return client

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """What the control plane answers."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.fields["control"] + path, data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def calls(self, work: Callable[[], object]) -> list[str]:
        """The calls to the API that some work makes."""
        self.control("DELETE", "calls")
        work()
        seen = self.control("GET", "calls")["calls"]
        return [f"{call['method']} {call['endpoint']} {call['status']}" for call in seen if call["site"] == "api"]


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Seconds, and those of the processor."""
    cpu, began = time.process_time(), time.perf_counter()
    work()
    return {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}


class Bare:
    """The calls of a collection, by somebody else's HTTP and with nothing around them but what reads the answers."""

    def __init__(self, service: Service, send: Callable[[core.Request], tuple[int, Any, bytes]]) -> None:
        self.send, self.base = send, service.fields["api"]
        self.token = service.control("POST", "tokens", {"lifetime": 315360000})["access_token"]

    def call(self, name: str, **fields: Any) -> Any:
        operation = core.Operation(name, **fields)
        status, headers, body = self.send(operation.request(self.base, self.token))
        return operation.response(self.base, status, headers, body)

    def collect(self, machine: str) -> None:
        self.call("get_machine", machine=machine)
        self.call("available_actions", machine=machine)
        self.call("list_machine_actions", filter={"machine": machine, "kind": "CollectInvestigationPackage"})
        action = self.call("collect_investigation_package", machine=machine, comment="measured")
        while action["status"] != "Succeeded":
            action = self.call("get_machine_action", action=action["id"])


def by_requests() -> Callable[[core.Request], tuple[int, Any, bytes]]:
    import requests

    session = requests.Session()
    session.trust_env = False

    def send(request: core.Request) -> tuple[int, Any, bytes]:
        reply = session.request(request.method, request.url, headers=request.headers, data=request.body)
        return reply.status_code, reply.headers.items(), reply.content

    return send


def by_httpx() -> Callable[[core.Request], tuple[int, Any, bytes]]:
    import httpx

    client = httpx.Client(trust_env=False)

    def send(request: core.Request) -> tuple[int, Any, bytes]:
        reply = client.request(request.method, request.url, headers=request.headers, content=request.body)
        return reply.status_code, reply.headers.items(), reply.content

    return send


def collect(client: Client, device: str) -> None:
    client.collect(device, comment="measured").wait()


async def collect_all(client_of: dict[str, AsyncClient]) -> None:
    async def one(device: str, client: AsyncClient) -> None:
        await (await client.collect(device, comment="measured")).wait()

    await asyncio.gather(*(one(device, client) for device, client in client_of.items()))


async def at_once(service: Service, devices: list[str]) -> dict[str, float]:
    clients = [await service.async_client() for _ in range(0, len(devices), BY_ONE)]
    client_of = {device: clients[at // BY_ONE] for at, device in enumerate(devices)}
    cpu, began = time.process_time(), time.perf_counter()
    await collect_all(client_of)
    return {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}


def serve(service: Service) -> None:
    """Answers each line of devices: ``one``, ``requests`` and ``httpx`` with a collection from each in turn, ``all`` at once.

    The first line that it says is which calls a collection makes; those by other HTTP must be the same.
    """
    others = {"requests": Bare(service, by_requests()), "httpx": Bare(service, by_httpx())}
    ids = [device["id"] for device in service.control("GET", "devices")]
    first, *rest = ids[: 1 + len(others)]
    client = service.client()
    calls = service.calls(lambda: collect(client, first))
    for device, (name, other) in zip(rest, others.items()):
        theirs = service.calls(lambda other=other, device=device: other.collect(device))
        if theirs != calls:
            raise SystemExit(f"{name} made other calls: {theirs}, not {calls}")
    print(json.dumps({"calls": calls, "devices": ids}), flush=True)
    for line in sys.stdin:
        how, *devices = line.split()
        if how == "one":
            client = service.client()
            answer = timed(lambda client=client, devices=devices: [collect(client, device) for device in devices])
        elif how == "all":
            answer = asyncio.run(at_once(service, devices))
        else:
            other = others[how]
            answer = timed(lambda other=other, devices=devices: [other.collect(device) for device in devices])
        print(json.dumps(answer), flush=True)


def download(service: Service, folder: str) -> None:
    """Says what a download takes at its peak, above the interpreter that has imported the package and nothing else."""
    device = service.control("GET", "devices")[0]["id"]
    Client(service.fields["tenant"], service.credential, **service.network).collect(
        device, comment="measured"
    ).download(folder)
    print(json.dumps({"bytes": peak() - IDLE, "version": mde_forensics.__version__}))


if __name__ == "__main__":
    what, ready, *more = sys.argv[1:]
    {"serve": serve, "download": download}[what](Service(ready), *more)
