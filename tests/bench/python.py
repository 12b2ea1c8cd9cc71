"""Measures the Python face against an emulator in a process of its own; prints JSON. `python python.py [ROUNDS] [MIB]`.

Contenders take turns, so that what slows the machine slows all of them; only ratios within one run mean anything.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mde_forensics import AsyncClient, Client, ClientSecret, Emulator, core

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 9
MIB = int(sys.argv[2]) if len(sys.argv) > 2 else 1024
INSTANT = {"pending": 0, "running": 0}


def imported() -> float:
    """Milliseconds that importing takes over an interpreter that imports nothing."""

    code = "import time; began = time.perf_counter(); import mde_forensics; print(time.perf_counter() - began)"
    times = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in range(15)]
    return 1_000 * statistics.median(float(ended.stdout) for ended in times)


def network(emulator: Emulator) -> dict:
    return {"api_url": emulator.api_url, "login_url": emulator.login_url, "proxy": False}


def workflow() -> dict[str, float]:
    """One device to its link: milliseconds of ours, and of the same calls by requests and by httpx."""
    import httpx
    import requests

    names = [f"ws-{number:04}.contoso.com" for number in range(4 * ROUNDS + 8)]
    devices = [{"name": name, "life": INSTANT} for name in names]
    times: dict[str, list[float]] = {"ours": [], "requests": [], "httpx": []}
    with Emulator(devices, quotas=False, time_scale=1) as emulator:
        credential = ClientSecret(emulator.client_id, emulator.client_secret)
        client = Client(emulator.tenant, credential, **network(emulator))
        token, base = emulator.issue_token(), emulator.api_url
        session, other = requests.Session(), httpx.Client(trust_env=False)
        session.trust_env = False

        def bare(send, name: str) -> None:
            def call(operation: core.Operation, send=send):
                asked = operation.request(base, token)
                reply = send(asked.method, asked.url, asked.headers, asked.body)
                return operation.response(base, reply.status_code, reply.headers.items(), reply.content)

            filter_ = {"computer_dns_name_prefix": name}
            machine = call(core.Operation("list_machines", filter=filter_))["items"][0]["id"]
            call(core.Operation("available_actions", machine=machine))
            call(core.Operation("list_machine_actions", filter={"machine": machine}))
            action = call(core.Operation("collect_investigation_package", machine=machine, comment="x"))
            while action["status"] != "Succeeded":
                action = call(core.Operation("get_machine_action", action=action["id"]))

        contenders = {
            "ours": lambda name: client.collect(name, comment="x").wait(),
            "requests": lambda name: bare(lambda m, u, h, b: session.request(m, u, headers=h, data=b), name),
            "httpx": lambda name: bare(lambda m, u, h, b: other.request(m, u, headers=h, content=b), name),
        }
        left = iter(names)
        for at in range(ROUNDS + 1):
            for name, run in contenders.items():
                device = next(left)
                began = time.perf_counter()
                run(device)
                if at:
                    times[name].append(time.perf_counter() - began)
    return {name: 1_000 * statistics.median(all_of_it) for name, all_of_it in times.items()}


def at_once() -> float:
    """Milliseconds of 200 async collections to their end at the service, the median of the rounds."""
    times = []
    for _ in range(max(3, ROUNDS // 3)):
        names = [f"ws-{number:03}.contoso.com" for number in range(200)]
        devices = [{"name": name, "life": INSTANT} for name in names]
        # Time runs faster, for our own quotas spread them over a minute.
        with Emulator(devices, quotas=False, time_scale=100) as emulator:

            async def main(emulator=emulator, names=names) -> None:
                credential = ClientSecret(emulator.client_id, emulator.client_secret)
                client = AsyncClient(emulator.tenant, credential, time_scale=100, **network(emulator))

                async def one(name: str) -> None:
                    await (await client.collect(name, comment="x")).wait()

                await asyncio.gather(*map(one, names))

            began = time.perf_counter()
            asyncio.run(main())
            times.append(time.perf_counter() - began)
    return 1_000 * statistics.median(times)


MEMORY = """
import sys
from mde_forensics import Client, ClientSecret
tenant, app, secret, api, login, scale, folder = sys.argv[1:]
def peak():
    # Not ru_maxrss, which a child takes over from its parent.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
idle = peak()
client = Client(tenant, ClientSecret(app, secret), api_url=api, login_url=login, proxy=False, time_scale=float(scale))
client.collect("ws-042", comment="x").download(folder)
print(peak() - idle)
"""


def memory() -> float:
    """MiB that a large download takes at its peak above the interpreter that has imported the package."""
    life = {**INSTANT, "package": {"size": MIB << 20}}
    with Emulator([{"name": "ws-042.contoso.com", "life": life}], time_scale=1) as emulator:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            arguments = [emulator.tenant, emulator.client_id, emulator.client_secret, emulator.api_url]
            arguments += [emulator.login_url, "1", folder]
            ended = subprocess.run(
                [sys.executable, "-c", MEMORY, *arguments], capture_output=True, text=True, check=True
            )
    return int(ended.stdout) / 1024


if __name__ == "__main__":
    times = workflow()
    print(
        json.dumps(
            {
                "import_ms": round(imported(), 2),
                "workflow_ms": {name: round(value, 2) for name, value in times.items()},
                "workflow_to_requests": round(times["ours"] / times["requests"], 3),
                "workflow_to_httpx": round(times["ours"] / times["httpx"], 3),
                "two_hundred_async_ms": round(at_once(), 1),
                "memory_mib": round(memory(), 1),
                "package_mib": MIB,
            }
        )
    )
