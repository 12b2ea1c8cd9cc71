"""Signals, threads and forks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import DEVICE
from mde_forensics import Emulator

SLOW = [{"name": DEVICE, "life": {"pending": 600, "running": 600_000}}]
HEAD = """
import json, os, sys, time
from mde_forensics import Client, ClientSecret, Emulator
client = Client({tenant!r}, ClientSecret({client_id!r}, {client_secret!r}), api_url={api_url!r},
                login_url={login_url!r}, proxy=False)
"""


def script(emulator: Emulator, body: str) -> list[str]:
    names = ("tenant", "client_id", "client_secret", "api_url", "login_url")
    head = HEAD.format(**{name: getattr(emulator, name) for name in names})
    return [sys.executable, "-c", head + textwrap.dedent(body)]


@pytest.mark.parametrize(
    "verb",
    [
        "collection.wait()",
        "collection.download('evidence')",
        "collection.wait(on_event=print, progress=True)",
        "client.collect_many(['ws-042'], comment='x', into='evidence')",
        "client.step(collection.to_json(), budget=60)",
    ],
)
def test_ctrl_c_stops_a_call_at_once_and_leaves_the_handle(verb: str, tmp_path: Path) -> None:
    body = f"""
    collection = client.collect("ws-042", comment="x")
    print("ready", flush=True)
    try:
        {verb}
    except KeyboardInterrupt as error:
        ended = time.time()
        handle = getattr(error, "handle", None)
        print(json.dumps({{"ended": ended, "handle": handle, "same": handle == collection.to_json()}}))
    """
    with Emulator(SLOW, time_scale=1) as emulator:
        child = subprocess.Popen(
            script(emulator, body), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
        )
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(0.6)
            sent = time.time()
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=20)
        finally:
            child.kill()
        assert child.returncode == 0, err
        import json

        told = json.loads(out.splitlines()[-1])
        # A signal is looked for every 40 ms, and 0.2 s are promised; a machine under load gets more here.
        assert told["ended"] - sent < 1.0
        if "many" not in verb:
            assert told["handle"] is not None
            assert emulator.client(time_scale=1).resume(told["handle"]).id == emulator.actions[0]["id"]
        assert emulator.actions[0]["status"] in ("Pending", "InProgress"), "it goes on at the service"


def test_ctrl_c_before_the_service_has_accepted(tmp_path: Path) -> None:
    body = """
    print("ready", flush=True)
    try:
        client.collect("ws-042", comment="x")
    except KeyboardInterrupt as error:
        print(error.handle)
    """
    stall = {"on": {"endpoint": "find"}, "do": {"kind": "stall", "seconds": 600}}
    with Emulator(SLOW, time_scale=1, faults=[stall]) as emulator:
        child = subprocess.Popen(script(emulator, body), stdout=subprocess.PIPE, text=True, cwd=tmp_path)
        try:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(0.5)
            child.send_signal(signal.SIGINT)
            out, _ = child.communicate(timeout=20)
        finally:
            child.kill()
        assert emulator.client().resume(out.strip()).device == "ws-042"


def test_one_client_from_many_threads(tmp_path: Path) -> None:
    names = [f"ws-{number}.contoso.com" for number in range(8)]
    with Emulator(names, quotas=False) as emulator, ThreadPoolExecutor(8) as pool:
        client = emulator.client()
        packages = list(pool.map(lambda name: client.collect(name, comment="x").download(tmp_path), names))
    assert len({package.path for package in packages}) == len(names)
    assert all(package.verify() for package in packages)


def test_the_interpreter_is_free_while_a_call_waits() -> None:
    with Emulator(SLOW) as emulator:
        collection = emulator.client().collect("ws-042", comment="x")
        ended = threading.Event()

        def wait() -> None:
            with pytest.raises(TimeoutError):
                collection.wait(deadline=300)
            ended.set()

        thread = threading.Thread(target=wait)
        thread.start()
        count = 0
        while not ended.wait(0.001):
            count += 1
        thread.join()
        assert count > 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_says_so_in_place_of_hanging() -> None:
    body = """
    import warnings
    warnings.simplefilter("ignore")
    collection = client.collect("ws-042", comment="x")
    pid = os.fork()
    if pid == 0:
        told = []
        for verb in (lambda: client.find("ws-042"), collection.refresh, collection.to_json,
                     lambda: client.collect_many(["ws-042"], comment="x")):
            try:
                verb()
            except RuntimeError as error:
                told.append(str(error))
        # A client that is made here is one of this process.
        fresh = Client(client_tenant, ClientSecret(*client_secret), api_url=api, login_url=login, proxy=False)
        told.append(str(bool(fresh.find("ws-042"))))
        del client, collection, fresh
        print(json.dumps(told), flush=True)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert status == 0
    assert client.find("ws-042")
    print("parent works")
    """
    with Emulator(SLOW) as emulator:
        more = (
            f"client_tenant, client_secret = {emulator.tenant!r}, "
            f"({emulator.client_id!r}, {emulator.client_secret!r})\n"
            f"api, login = {emulator.api_url!r}, {emulator.login_url!r}\n"
        )
        arguments = script(emulator, more + textwrap.dedent(body))
        ended = subprocess.run(arguments, capture_output=True, text=True, timeout=30)
        assert ended.returncode == 0, ended.stderr
        import json

        first, last = ended.stdout.splitlines()
        told = json.loads(first)
        assert last == "parent works"
        assert told.pop() == "True"
        assert len(told) == 4
        assert all("fork" in text and "spawn" in text for text in told)


def test_a_spawned_process_has_no_trouble() -> None:
    body = """
    from multiprocessing import get_context
    if __name__ == "__main__":
        client.find("ws-042")
        with get_context("spawn").Pool(2) as pool:
            print(pool.map(len, ["a", "bc"]))
    """
    with Emulator() as emulator:
        ended = subprocess.run(script(emulator, body), capture_output=True, text=True, timeout=60)
    assert ended.stdout == "[1, 2]\n", ended.stderr
