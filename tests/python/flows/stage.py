"""The emulator, the time and the folder that one flow plays with."""

from __future__ import annotations

import math
import queue
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

from mde_forensics import Emulator, core
from mde_forensics.core import Request

BEGAN = datetime(2026, 1, 5, 10, tzinfo=timezone.utc)
#: The client waits for no answer longer than this, in virtual seconds.
GIVEN_UP = 360.0
#: Monotonic time begins late enough for calls of an earlier run to have their place before it.
HEAD_START = 86_400.0
#: Parts of a second.
TICKS = 512
TENANT = "contoso.onmicrosoft.com"
SCOPE = "https://api.securitycenter.microsoft.com/.default"


class Crash(BaseException):
    """The program dies, and writes nothing more."""


class Stage:
    """One virtual time for both sides: it moves only where the client waits, and the emulator's with it."""

    def __init__(self, flow: dict[str, Any], home: Path) -> None:
        service = flow.get("service", {})
        devices = list(service.get("devices", []))
        fleet = service.get("fleet")
        if fleet is not None:
            devices += [{"name": name, "life": fleet.get("life", {})} for name in fleet_names(fleet)]
        if not devices:
            devices = [{"name": "ws-042.contoso.com"}]
        self.emulator = Emulator(
            devices,
            time_scale=0,
            seed=service.get("seed", 7),
            faults=service.get("faults", []),
            config={"start": "2026-01-05T10:00:00Z", "options": service.get("options", {})},
        )
        self.home = home
        self.folders = [home / "evidence-1"]
        self.elapsed = 0.0
        self.stalls = sorted(set(_stalls(flow)))
        self.secrets: list[str] = []

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.emulator.close()

    @property
    def folder(self) -> Path:
        """Where our program works now."""
        return self.folders[-1]

    def new_folder(self) -> None:
        self.folders.append(self.home / f"evidence-{len(self.folders) + 1}")

    def now(self) -> core.Now:
        return BEGAN.timestamp() + self.elapsed, HEAD_START + self.elapsed

    def move_to(self, elapsed: float) -> None:
        # In steps that a float holds exactly beside the seconds of the epoch: else a window of the quota ends too early.
        elapsed = math.ceil(elapsed * TICKS) / TICKS
        if elapsed > self.elapsed:
            self.elapsed = elapsed
            whole, part = divmod(round(elapsed * 1e9), 1_000_000_000)
            at = BEGAN + timedelta(seconds=whole)
            self.emulator.control("set_time", f"{at:%Y-%m-%dT%H:%M:%S}.{part:09}Z")

    def seen(self) -> int:
        return int(self.emulator.control("calls_seen"))

    def held_until(self, calls_before: int) -> float | None:
        """When the emulator lets go of the first answer that it holds back, or the client gives it up."""
        ends = [
            (_instant(call["time"]) - BEGAN).total_seconds() + min(stall, GIVEN_UP)
            for call in self.emulator.calls
            if call["number"] > calls_before and call["fault"] == "stall"
            for stall in self.stalls
        ]
        return min((end for end in ends if end > self.elapsed), default=None)


class StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = urllib.request.build_opener(StayHere, urllib.request.ProxyHandler({}))


def http(request: Request) -> Any:
    """HTTP as a platform brings it."""
    sent = urllib.request.Request(request.url, request.body, request.headers, method=request.method)
    try:
        reply = OPENER.open(sent, timeout=60)
    except urllib.error.HTTPError as refused:
        reply = refused
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            raise core.NotSent(str(error)) from error
        raise
    return reply.status, reply.headers.items(), reply


def fleet_names(fleet: dict[str, Any]) -> list[str]:
    return [f"ws-{number:03}.contoso.com" for number in range(1, fleet["count"] + 1)]


class Workers:
    """Threads that make requests while the engine goes on; what they bring lands in one queue."""

    def __init__(self) -> None:
        self.landed: queue.Queue[tuple[int, Any]] = queue.Queue()
        self.flying: set[int] = set()

    def launch(self, ticket: int, work: Callable[[], Any]) -> None:
        self.flying.add(ticket)

        def run() -> None:
            self.landed.put((ticket, work()))

        threading.Thread(target=run, daemon=True).start()

    def wait(self, seconds: float) -> tuple[int, Any] | None:
        try:
            return self.landed.get(timeout=seconds)
        except queue.Empty:
            return None


def _stalls(flow: dict[str, Any]) -> list[float]:
    rules = list(flow.get("service", {}).get("faults", []))
    for step in flow["steps"]:
        for intervention in [step, *step.get("during", [])]:
            if intervention["do"] == "faults":
                rules += intervention["rules"]
    return [rule["do"]["seconds"] for rule in rules if rule["do"]["kind"] == "stall"]


def _instant(text: str) -> datetime:
    from mde_forensics._time import instant

    return instant(text)


def real_time() -> float:
    return time.monotonic()
