"""Signals, threads and forks."""

from __future__ import annotations

import ctypes
import json
import logging
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from conftest import DEVICE, calls
from mde_forensics import CollectionError, Emulator, Event

SLOW = [{"name": DEVICE, "life": {"pending": 600, "running": 600_000}}]
#: With which a client looks again after half a second at what it would look at after ten.
HASTE = 20
HEAD = """
import json, os, sys, time
from mde_forensics import Client, ClientSecret, Emulator
client = Client({tenant!r}, ClientSecret({client_id!r}, {client_secret!r}), api_url={api_url!r},
                login_url={login_url!r}, proxy=False, time_scale={time_scale})
"""


def script(emulator: Emulator, body: str, time_scale: float = 1) -> list[str]:
    names = ("tenant", "client_id", "client_secret", "api_url", "login_url")
    head = HEAD.format(time_scale=time_scale, **{name: getattr(emulator, name) for name in names})
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
    try:
        print("ready", flush=True)
        sys.stdin.readline()
        {verb}
    except KeyboardInterrupt as error:
        ended = time.time()
        handle = getattr(error, "handle", None)
        print(json.dumps({{"ended": ended, "handle": handle, "same": handle == collection.to_json()}}))
    """
    with Emulator(SLOW, time_scale=1) as emulator:
        child = interrupt(script(emulator, body, HASTE), tmp_path, emulator)
        assert child.code == 0, child.err
        told = json.loads(child.out.splitlines()[-1])
        # A signal is looked for every 40 ms, and 0.2 s are promised; a machine under load gets more here.
        assert told["ended"] - child.sent < 1.0
        if "many" not in verb:
            assert told["handle"] is not None
            assert emulator.client(time_scale=1).resume(told["handle"]).id == emulator.actions[0]["id"]
        assert emulator.actions[0]["status"] in ("Pending", "InProgress"), "it goes on at the service"


def test_ctrl_c_that_nobody_catches_says_how_to_go_on(tmp_path: Path) -> None:
    body = """
    collection = client.collect("ws-042", comment="x")
    print("ready", flush=True)
    sys.stdin.readline()
    collection.wait()
    """
    with Emulator(SLOW, time_scale=1) as emulator:
        child = interrupt(script(emulator, body, HASTE), tmp_path, emulator)
    assert child.code != 0
    assert "KeyboardInterrupt" in child.err
    assert ("hint: only the waiting was stopped" in child.err) == (sys.version_info >= (3, 11)), child.err


@pytest.mark.parametrize("key", [None, "INC-42"])
def test_threads_that_want_a_device_at_once_ask_it_once(key: str | None, tmp_path: Path) -> None:
    device = {"name": DEVICE, "life": {"pending": 10, "running": 20}}
    with Emulator([device], time_scale=30, options={"list_lag": 8}) as emulator:
        client = emulator.client(time_scale=30)
        heard: list[Event] = []

        def collect(number: int) -> str:
            into = tmp_path / str(number % 2)
            report = client.collect_many(["ws-042"], comment=f"INC-{number}", key=key, into=into, on_event=heard.append)
            report.raise_for_failures()
            package = report[0].package
            assert package is not None
            assert package.path.parent == into
            return package.path.name

        with ThreadPoolExecutor(4) as pool:
            names = set(pool.map(collect, range(4)))
        assert len(names) == 1
        assert len(emulator.actions) == 1
        assert sum(event.kind == "accepted" for event in heard) == 1
        assert {path.parent.name for path in tmp_path.rglob("*.zip")} == {"0", "1"}
        assert any("is at work on this device" in event.text for event in heard)


def test_ctrl_c_before_the_service_has_accepted(tmp_path: Path) -> None:
    body = """
    try:
        print("ready", flush=True)
        sys.stdin.readline()
        client.collect("ws-042", comment="x")
    except KeyboardInterrupt as error:
        print(error.handle)
    """
    stall = {"on": {"endpoint": "find"}, "do": {"kind": "stall", "seconds": 600}}
    with Emulator(SLOW, time_scale=1, faults=[stall]) as emulator:
        handle = interrupted(script(emulator, body), tmp_path, emulator, "list_machines")
        assert emulator.client().resume(handle).device == "ws-042"


@pytest.mark.parametrize("into", ["", ", into='evidence'"])
def test_ctrl_c_leaves_the_report_of_many_as_far_as_it_had_come(into: str, tmp_path: Path) -> None:
    body = f"""
    names = ["ws-042", "nobody"]
    accepted = lambda event: event.kind == "accepted" and print("ready", flush=True)
    try:
        client.collect_many(names, comment="x", on_event=accepted{into})
    except KeyboardInterrupt as error:
        outcomes = {{device.device: device.outcome for device in error.report}}
        print(json.dumps({{"outcomes": outcomes, "handles": error.report.handles}}))
    """
    with Emulator(SLOW, time_scale=1) as emulator:
        told = json.loads(interrupted(script(emulator, body), tmp_path))
        assert told["outcomes"] == {"ws-042": "stopped", "nobody": "not_found"}
        (handle,) = told["handles"]
        assert emulator.client(time_scale=1).resume(handle).id == emulator.actions[0]["id"]


@pytest.mark.parametrize(
    ("verb", "left"),
    [
        ("client.resume((await client.collect('ws-042', comment='x')).to_json()).wait()", "error.handle"),
        ("client.collect_many(['ws-042'], comment='x')", "error.report.handles[0]"),
    ],
)
def test_ctrl_c_under_asyncio_leaves_it_right_around_the_call(verb: str, left: str, tmp_path: Path) -> None:
    body = f"""
    import asyncio
    from mde_forensics import AsyncClient
    async def main():
        client = AsyncClient({{tenant!r}}, ClientSecret({{client_id!r}}, {{client_secret!r}}), api_url={{api_url!r}},
                             login_url={{login_url!r}}, proxy=False, time_scale={HASTE})
        try:
            print("ready", flush=True)
            sys.stdin.readline()
            await {verb}
        except asyncio.CancelledError as error:
            print({left}, flush=True)
            raise
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
    """
    with Emulator(SLOW, time_scale=1) as emulator:
        names = ("tenant", "client_id", "client_secret", "api_url", "login_url")
        body = body.format(**{name: getattr(emulator, name) for name in names})
        handle = interrupted(script(emulator, body), tmp_path, emulator)
        assert emulator.client(time_scale=1).resume(handle).id == emulator.actions[0]["id"]


class Interrupted(NamedTuple):
    """How a process ended that was interrupted, and when it was."""

    code: int
    out: str
    err: str
    sent: float


def interrupt(
    arguments: list[str], folder: Path, emulator: Emulator | None = None, endpoint: str = "get_action"
) -> Interrupted:
    """Runs a process, which is interrupted once it says that it is ready.

    With an emulator it is told then to go on, and is interrupted once it has called this endpoint, and so is in the call.
    """
    pipe = subprocess.PIPE
    child = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=folder)
    try:
        assert child.stdout is not None
        first = child.stdout.readline()
        if emulator is not None:
            before = calls(emulator, endpoint)
            assert child.stdin is not None
            child.stdin.write("go on\n")
            child.stdin.flush()
            for _ in range(3_000):
                if child.poll() is not None or calls(emulator, endpoint) > before:
                    break
                time.sleep(0.01)
        sent = time.time()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
        assert first == "ready\n", err
    finally:
        child.kill()
    return Interrupted(child.returncode, out, err, sent)


def interrupted(
    arguments: list[str], folder: Path, emulator: Emulator | None = None, endpoint: str = "get_action"
) -> str:
    """What such a process says last, which catches the interruption."""
    child = interrupt(arguments, folder, emulator, endpoint)
    assert child.code == 0, child.err
    return child.out.splitlines()[-1]


#: A driver up to its download, by a ``send`` whose package never ends, or that is a file too large to seal at once.
DESK = """
import json, sys, time
from mde_forensics import Emulator, core
from mde_forensics.core import Answer, Command, Workspace, Engine

AT_ONCE = {"name": "ws-042.contoso.com", "life": {"pending": 0, "running": 0}}
SIZE = 1 << 35
fetched = 0

def send(request):
    def parts():
        global fetched
        yield b"PK\\3\\4"
        while fetched < SIZE:
            time.sleep(0.001)
            fetched += 1 << 16
            yield bytes(1 << 16)
    return 200, {"content-type": "application/octet-stream", "content-length": str(SIZE)}, parts()

def up_to(kind, workspace, engine, token, http):
    while True:
        command = engine.poll()
        if isinstance(command, kind):
            return command
        if isinstance(command, Command.Send):
            request = core.Request(command.method, command.url, dict(command.headers), command.body)
            engine.answer(command.ticket, Answer.reply(*http(request)))
        elif isinstance(command, Command.Token):
            engine.answer(command.ticket, Answer.token(token, 3600))
        elif isinstance(command, Command.Wait):
            time.sleep(0.01)
        elif not isinstance(command, Command.Event):
            workspace.carry_out(engine, command)

def by_urllib(request):
    import urllib.request
    sent = urllib.request.Request(request.url, request.body, request.headers, method=request.method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sent) as reply:
        return reply.status, list(reply.headers.items()), reply.read()

def said(deed):
    import threading
    # Once it is under way.
    threading.Timer(0.2, lambda: print("ready", flush=True)).start()
    try:
        deed()
    except KeyboardInterrupt:
        return "interrupted"
    return "ended"
"""


def test_ctrl_c_stops_a_download_of_the_desk(tmp_path: Path) -> None:
    body = """
    with Emulator([AT_ONCE], time_scale=1) as emulator:
        with Workspace("evidence", send, tenant=emulator.tenant) as workspace:
            engine = Engine(emulator.tenant, emulator.api_url, ["ws-042"], comment="x")
            fetch = up_to(Command.Fetch, workspace, engine, emulator.issue_token(), by_urllib)
            first = []
            def progress(received, total):
                if not first:
                    first.append(received)
                    print("ready", flush=True)
            try:
                workspace.answer(fetch, progress=progress)
                how = "ended"
            except KeyboardInterrupt:
                how = "interrupted"
            # What came of it is kept, and the folder is free at once.
            from pathlib import Path
            (part,) = Path("evidence").glob("*.part")
        Workspace("evidence", send, tenant=emulator.tenant).close()
        print(json.dumps({"how": how, "kept": part.stat().st_size, "whole": fetched >= SIZE}), flush=True)
        import os
        os._exit(0)
    """
    told = json.loads(interrupted([sys.executable, "-c", DESK + textwrap.dedent(body)], tmp_path))
    assert told["how"] == "interrupted"
    assert not told["whole"]
    assert told["kept"] > 0


def test_ctrl_c_stops_the_wait_for_a_seal(tmp_path: Path) -> None:
    body = """
    with Emulator([AT_ONCE], time_scale=1) as emulator:
        from pathlib import Path
        workspace = Workspace("evidence", by_urllib, tenant=emulator.tenant)
        engine = Engine(emulator.tenant, emulator.api_url, ["ws-042"], comment="x")
        seal = up_to(Command.Seal, workspace, engine, emulator.issue_token(), by_urllib)
        # A member of two GiB that is a hole: to read it through takes far longer than a signal.
        (part,) = Path("evidence").glob("*.part")
        length, name = (1 << 31), b"hole"
        local = b"PK\3\4" + bytes([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]) + bytes(4) + length.to_bytes(4, "little") * 2
        local += len(name).to_bytes(2, "little") + bytes(2) + name
        central = b"PK\1\2" + bytes([20, 0]) + local[4:28] + bytes(2) + bytes(14) + name
        assert len(central) == 46 + len(name)
        end = len(local) + length
        with part.open("wb") as file:
            file.write(local)
            file.seek(end)
            file.write(central)
            file.write(b"PK\5\6" + bytes(4) + bytes([1, 0, 1, 0]) + len(central).to_bytes(4, "little"))
            file.write(end.to_bytes(4, "little") + bytes(2))
            size = file.tell()
        seal = Command.Seal(seal.ticket, seal.name, seal.custody, size, seal.sha256, seal.keep_damaged)
        how = said(lambda: workspace.answer(seal))
        print(json.dumps({"how": how, "under_way": part.exists()}), flush=True)
        # Nobody waits for the rest of it.
        import os
        os._exit(0)
    """
    told = json.loads(interrupted([sys.executable, "-c", DESK + textwrap.dedent(body)], tmp_path))
    # A damaged package is removed at the end of a seal: this one had not come to it.
    assert told == {"how": "interrupted", "under_way": True}


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


def test_a_call_waits_for_none_that_waits_long() -> None:
    with Emulator(SLOW, time_scale=1) as emulator, ThreadPoolExecutor(1) as pool:
        client = emulator.client(time_scale=1)
        collection = client.collect("ws-042", comment="x")
        waited = pool.submit(collection.wait, poll_every=1)
        for _ in range(20):
            assert client.find("ws-042")
            assert not waited.done()
        # Whichever of the two drives the connections, the other goes on when it ends.
        assert collection.cancel("enough")["status"] == "Cancelled"
        with pytest.raises(CollectionError):
            waited.result(timeout=30)
        assert client.find("ws-042")


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_connection_that_closed_between_two_calls_is_not_taken_for_a_good_one(how: str) -> None:
    names = ["ws-042", "ws-043", "ws-044"]
    with Emulator(names) as emulator, Relay(emulator.api_url) as relay:
        client = emulator.client(api_url=relay.url)
        client.collect(names[0], comment="x")
        for name in names[1:]:
            assert relay.close_all(how) == 1
            collection = client.collect(name, comment="x")
            kinds = [event.kind for event in collection.events]
            assert kinds[:2] == ["resolved", "accepted"], "nothing was tried in vain"


@pytest.mark.parametrize("size", [64 << 10, 1 << 20])
def test_threads_with_small_stacks(size: int, emulator: Emulator) -> None:
    before = threading.stack_size(size)
    try:
        with ThreadPoolExecutor(2) as pool:
            client = emulator.client()
            assert all(pool.map(client.find, ["ws-042"] * 4))
    finally:
        threading.stack_size(before)


def test_many_threads_take_few_of_ours() -> None:
    stall = {"on": {"endpoint": "find"}, "do": {"kind": "stall", "seconds": 0.5}}
    with Emulator([DEVICE], time_scale=1, quotas=False, faults=[stall]) as emulator, ThreadPoolExecutor(40) as pool:
        client = emulator.client(time_scale=1)
        found = [pool.submit(client.find, "ws-042") for _ in range(40)]
        names = Path("/proc/self/task").glob("*/comm") if sys.platform == "linux" else []
        ours = [name.read_text() for name in names]
        assert all(one.result(60) for one in found)
    assert ours.count("mde-forensics\n") < 20


def test_a_closed_client_has_no_connections() -> None:
    with Emulator([DEVICE]) as emulator, Relay(emulator.api_url) as relay:
        client = emulator.client(api_url=relay.url)
        client.find("ws-042")
        assert relay.count() == 1
        client.close()
        end = time.time() + 20
        while relay.count() > 0:
            assert time.time() < end
            time.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="it needs a function of the C library that sleeps")
def test_work_goes_on_while_another_thread_holds_the_interpreter() -> None:
    stall = {"on": {"endpoint": "find", "nth": 2, "times": 1}, "do": {"kind": "stall", "seconds": 0.06}}
    with Emulator([DEVICE], time_scale=1, faults=[stall]) as emulator:
        client = emulator.client(time_scale=1)
        client.find("ws-042")

        def hold() -> None:
            time.sleep(0.02)
            # Called so, it does not let go of the interpreter.
            ctypes.PyDLL(None).usleep(1_500_000)

        threading.Thread(target=hold).start()
        began = emulator.now
        client.collect("ws-042", comment="x")
        (sent,) = (call["time"] for call in emulator.calls if call["endpoint"] == "collect")
    assert datetime.fromisoformat(f"{sent[:26]}+00:00") - began < timedelta(seconds=1)


@pytest.mark.parametrize("where", ["on_event", "another thread"])
def test_an_event_may_make_calls_while_the_token_is_renewed(where: str) -> None:
    """The renewal goes on meanwhile, although it is the call that tells the event which has begun it."""
    names = ["ws-1.contoso.com", "ws-2.contoso.com"]
    late = {"on": {"endpoint": "find", "nth": 2, "times": 1}, "do": {"kind": "stall", "seconds": 0.4}}
    late_answer = {"on": {"endpoint": "collect", "nth": 1, "times": 1}, "do": {"kind": "stall", "seconds": 0.8}}
    asked = threading.Event()
    with (
        Emulator(names, quotas=False, time_scale=1, faults=[late, late_answer]) as emulator,
        ThreadPoolExecutor(1) as pool,
    ):

        def credential() -> tuple[str, float]:
            if asked.is_set():
                time.sleep(1)
            asked.set()
            return emulator.issue_token(), time.time() + 3600

        client = emulator.client(credential, time_scale=1)
        found: list[int] = []

        def hear(event: Event) -> None:
            if event.kind == "accepted":
                find = client.find if where == "on_event" else lambda name: pool.submit(client.find, name).result(20)
                found.append(len(find("ws-1")))

        threading.Timer(0.2, emulator.control, ["revoke_tokens"]).start()
        report = client.collect_many(names, comment="x", on_event=hear, until="requested")
    assert [device.outcome for device in report] == ["requested", "requested"]
    assert found == [1, 1]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no such signals here")
def test_what_a_signal_raises_ends_a_call_that_logs(emulator: Emulator) -> None:
    class Limit(BaseException):
        pass

    ran: list[int] = []

    def limit(*_: object) -> None:
        ran.append(1)
        raise Limit

    logger = logging.getLogger("mde_forensics")
    handler = logging.NullHandler()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    former = signal.signal(signal.SIGALRM, limit)
    client = emulator.client()
    client.find("ws-042")
    raised = 0
    try:
        for turn in range(100):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + 0.00005 * turn)
                for _ in range(50):
                    client.find("ws-042")
            except Limit:
                raised += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, former)
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert raised == len(ran) > 0


def test_ctrl_c_is_heard_while_a_handler_of_another_call_waits(tmp_path: Path) -> None:
    body = """
    import logging, threading
    inside, lock = threading.Event(), threading.Lock()
    class Waits(logging.Handler):
        def emit(self, record):
            if threading.current_thread() is not threading.main_thread():
                inside.set()
                with lock:
                    pass
    logger = logging.getLogger("mde_forensics")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(Waits())
    client.find("ws-042")
    with lock:
        hear = lambda event: None
        other = lambda: client.collect("ws-042", comment="x", on_event=hear)
        threading.Thread(target=other, daemon=True).start()
        inside.wait()
        try:
            print("ready", flush=True)
            client.collect("ws-042", comment="x").wait()
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            os._exit(0)
    """
    with Emulator(SLOW, time_scale=1) as emulator:
        assert interrupted(script(emulator, body), tmp_path) == "interrupted"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_of_an_event_leaves_the_call_to_its_parent() -> None:
    body = """
    import warnings
    warnings.simplefilter("ignore")
    parent = os.getpid()
    def hear(event):
        if event.kind == "resolved":
            hear.child = os.fork()
    try:
        collection = client.collect("ws-042", comment="x", on_event=hear)
        assert os.getpid() == parent
        assert os.waitpid(hear.child, 0)[1] == 0
        print(collection.adopted, flush=True)
    except RuntimeError as error:
        print("fork" in str(error), flush=True)
        os._exit(0)
    """
    with Emulator(SLOW) as emulator:
        ended = subprocess.run(script(emulator, body), capture_output=True, text=True, timeout=30)
        assert ended.returncode == 0, ended.stderr
        assert sorted(ended.stdout.split()) == ["False", "True"]
        assert len(emulator.actions) == 1


class Relay:
    """Hands connections on, and closes those that are open when it is told to."""

    def __init__(self, url: str) -> None:
        to = urlsplit(url)
        self._to = (to.hostname or "", to.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._how: str | None = None
        self._open: list[threading.Thread] = []

    def __enter__(self) -> Relay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.close_all("fin")

    def count(self) -> int:
        """How many are open."""
        return sum(one.is_alive() for one in self._open)

    def close_all(self, how: str) -> int:
        """Closes what is open, with FIN or RST, and gives how many those were."""
        closed, self._open = self._open, []
        self._how = how
        for one in closed:
            one.join()
        self._how = None
        return len(closed)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            relayed = threading.Thread(target=self._relay, args=(near,), daemon=True)
            self._open.append(relayed)
            relayed.start()

    def _relay(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._to) as far:
            while self._how is None:
                for source in select.select([near, far], [], [], 0.002)[0]:
                    part = source.recv(65536)
                    if not part:
                        return
                    (far if source is near else near).sendall(part)
            if self._how == "rst":
                near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


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
