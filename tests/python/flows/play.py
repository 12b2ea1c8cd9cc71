"""Plays a flow, step by step, with a driver of the engine in plain Python."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

from mde_forensics import MdeError, Report, _errors, core
from mde_forensics.core import Answer, Command, Engine, NotSent, Operation, Request, Workspace

from . import check
from .stage import SCOPE, TENANT, Crash, Stage, Workers, fleet_names, http, real_time

#: Far more than any flow needs on a slow machine, in real seconds.
REAL_LIMIT = 120.0
#: Virtual seconds that one piece of a stepped run may take.
BUDGET = 20.0


class Run:
    """What one run of the client came to, and what was seen of it."""

    def __init__(self, stage: Stage) -> None:
        self.devices: list[dict[str, Any]] | None = None
        self.error: MdeError | None = None
        self.crashed = False
        self.events: list[dict[str, Any]] = []
        self.began = stage.elapsed
        self.elapsed = 0.0
        self.first_call = stage.seen() + 1
        self.folder = stage.folder


def play(flow: dict[str, Any], home: Path) -> tuple[Stage, list[Run], list[str]]:
    """Plays the steps of a flow; all that is not as it says."""
    stage = Stage(flow, home)
    runs: list[Run] = []
    handles: list[str] = []
    complaints: list[str] = []
    for number, step in enumerate(flow["steps"]):
        found: list[str] = []
        if "expect" in step:
            run = Player(stage, flow, step, handles, number).play(found)
            check.run(found, flow, step, run, stage)
            if run.devices is not None:
                handles = [device["handle"] for device in run.devices]
            runs.append(run)
        else:
            found += between(stage, step)
        complaints += [f"step {number + 1}: {text}" for text in found]
    return stage, runs, complaints


def between(stage: Stage, intervention: dict[str, Any]) -> list[str]:
    """An intervention between two runs."""
    if intervention["do"] == "advance":
        stage.move_to(stage.elapsed + intervention["seconds"])
    elif intervention["do"] == "new_folder":
        stage.new_folder()
    elif intervention["do"] == "spoil_packages":
        for package in stage.folder.glob("*.zip"):
            with package.open("ab") as file:
                file.write(b"!")
    else:
        return at_service(stage, intervention)
    return []


def at_service(stage: Stage, intervention: dict[str, Any]) -> list[str]:
    """Does what concerns the service alone; says what went wrong."""
    control = stage.emulator.control
    kind = intervention["do"]
    if kind == "cancel_collection":
        by = intervention.get("by", "analyst@contoso.com")
        control("cancel_collection", [newest(stage, intervention["device"]), by, intervention.get("comment", "")])
    elif kind == "faults":
        for rule in intervention["rules"]:
            control("add_fault", rule)
    elif kind == "no_faults":
        unneeded = [fault for fault in control("faults") if fault["fired"] == 0]
        control("clear_faults")
        return [f"the rule {fault} was never needed" for fault in unneeded]
    elif kind == "options":
        control("change_options", intervention["change"])
    elif kind == "revoke_tokens":
        control("revoke_tokens")
    elif kind == "start_collection":
        control("start_collection", {key: value for key, value in intervention.items() if key not in ("do", "when")})
    elif kind == "turn":
        control("transition", [newest(stage, intervention["device"]), [{"status": intervention["status"], "in": 0.0}]])
    else:
        return [f"{intervention} has no place here"]
    return []


def newest(stage: Stage, device: str) -> str:
    machine = stage.emulator.control("device", device)["id"]
    return next(
        action["id"]
        for action in stage.emulator.actions
        if action["machine_id"] == machine and action["type"] == "CollectInvestigationPackage"
    )


class Player:
    """One run, as a process of its own would make it."""

    def __init__(
        self, stage: Stage, flow: dict[str, Any], step: dict[str, Any], handles: list[str], number: int
    ) -> None:
        self.stage, self.flow, self.step, self.handles = stage, flow, step, handles
        self.settings = {**flow.get("client", {}), **step.get("client", {})}
        self.entropy = hashlib.sha256(f"{flow['id']} {number}".encode()).digest()[:16]
        during = step.get("during", [])
        self.alarms = sorted(
            (
                (stage.elapsed + intervention["when"], intervention)
                for intervention in during
                if not isinstance(intervention["when"], dict)
            ),
            key=lambda alarm: alarm[0],
        )
        self.awaited = [intervention for intervention in during if isinstance(intervention["when"], dict)]
        self.run = Run(stage)
        self.engine: Engine | None = None
        self.troubles: list[str] = []
        self.kept_token: tuple[str, float] | None = None

    def play(self, found: list[str]) -> Run:
        try:
            if self.step["do"] == "step":
                self.run.devices = [row for device in self.devices() for row in self.step_through(device)]
            else:
                self.run.devices = self.drive(*self.begin())
        except MdeError as error:
            self.run.error = error
        except Crash:
            self.run.crashed = True
        self.run.elapsed = self.stage.elapsed - self.run.began
        found += self.troubles
        found += [f"the run ended before {intervention}" for _, intervention in self.alarms]
        found += [f"{intervention} waited in vain" for intervention in self.awaited]
        return self.run

    def devices(self) -> list[str]:
        devices = self.step.get("devices", [])
        if devices == "fleet":
            return fleet_names(self.flow["service"]["fleet"])
        return [text(device) for device in devices]

    def begin(self, handles: list[str] | None = None) -> tuple[Engine, Workspace]:
        stage, settings = self.stage, self.settings
        options = {
            key: settings[key]
            for key in (
                "key", "timeout", "deadline", "poll_every", "pick", "preflight", "mark_comment", "send_external_id",
                "concurrency", "downloads",
            )
            if key in settings
        }  # fmt: skip
        tenant = settings.get("tenant", TENANT)
        shared = {
            "comment": text(settings.get("comment", "INC-42")),
            "until": settings.get("until", "collected"),
            "entropy": self.entropy,
            "at": stage.now(),
            **options,
        }
        for device in self.devices():
            core.parse("device", device)
        from_folder = self.step["do"] == "resume" and self.step.get("from") == "folder"
        if from_folder and not (stage.folder / "mde-forensics.ledger.jsonl").is_file():
            raise _errors._make(text="the folder holds no ledger", code="ledger_failed")
        quotas = {key: settings[key] for key in ("quota_scope", "quota_share") if key in settings}
        workspace = Workspace(stage.folder, http, tenant=tenant, at=stage.now(), **quotas)
        api, known = stage.emulator.api_url, workspace.handles()
        if handles is None and self.step["do"] == "collect":
            return Engine(tenant, api, self.devices(), known=known, **shared), workspace
        if handles is None:
            handles = known if self.step.get("from") == "folder" else [self.edited(it) for it in self.handles]
        return Engine(tenant, api, handles=handles, known=known, **shared), workspace

    def edited(self, handle: str) -> str:
        if not self.step.get("edit"):
            return handle
        edited = json.loads(handle)
        for key, value in self.step["edit"].items():
            *path, last = key[1:].split("/") if key.startswith("/") else [key]
            place = edited
            for name in path:
                place = place[name]
            place[last] = value
        return json.dumps(edited)

    def step_through(self, device: str) -> list[dict[str, Any]]:
        """As a playbook that may not block does: each piece is a process of its own."""
        prepared = Engine(
            self.settings.get("tenant", TENANT), self.stage.emulator.api_url, [device],
            comment=text(self.settings.get("comment", "INC-42")), entropy=self.entropy, at=self.stage.now(),
            **{key: self.settings[key] for key in ("key",) if key in self.settings},
        )  # fmt: skip
        handle = prepared.handle(0)
        while True:
            assert handle is not None
            self.kept_token = None
            engine, workspace = self.begin([json.loads(json.dumps(handle))])
            ended, later = self.work(engine, workspace, self.stage.elapsed + self.settings.get("budget", BUDGET))
            (row,) = ended
            if later is None or row["outcome"] != "stopped":
                return ended
            handle = row["handle"]
            self.stage.move_to(later)

    def drive(self, engine: Engine, workspace: Workspace) -> list[dict[str, Any]]:
        return self.work(engine, workspace, None)[0]

    def work(
        self, engine: Engine, workspace: Workspace, back_by: float | None
    ) -> tuple[list[dict[str, Any]], float | None]:
        """Drives the engine to its report; also when there will be something to do, if the budget ran out."""
        # Who dies lets go of everything, who comes back too.
        with workspace:
            return self.work_on(engine, workspace, back_by)

    def work_on(
        self, engine: Engine, workspace: Workspace, back_by: float | None
    ) -> tuple[list[dict[str, Any]], float | None]:
        self.engine = engine
        stage, workers, later = self.stage, Workers(), None
        calls_before, real_end = stage.seen(), real_time() + REAL_LIMIT
        while True:
            records: list[tuple[int, str]] = []
            while True:
                command = engine.poll(stage.now())
                if isinstance(command, Command.Record):
                    records.append((command.seq, command.record))
                elif isinstance(command, Command.Wait):
                    break
                elif isinstance(command, Command.Done):
                    report = Report(command.report)
                    return [{**it.to_dict(), "exception": it.error, "to": str(stage.folder)} for it in report], later
                else:
                    self.carry_out(engine, workspace, command, workers)
            if records:
                # Several share one sync, as a driver would have it.
                workspace.append(record for _, record in records)
                for seq, _ in records:
                    engine.recorded(seq)
                continue
            until = None if command.until is None else command.until - 86_400.0
            if back_by is not None and (
                (stage.elapsed >= back_by and engine.interruptible)
                or (not workers.flying and (until is None or until > back_by))
            ):
                later, back_by = (back_by if until is None else until), None
                engine.cancel(at=stage.now())
                continue
            due = (it for it in (until, back_by) if it is not None and (it is until or it > stage.elapsed))
            self.wait(engine, workers, min(due, default=None), calls_before)
            assert real_time() < real_end, "hung: it waits for what nobody does"

    def wait(self, engine: Engine, workers: Workers, until: float | None, calls_before: int) -> None:
        """Until an answer lands or the time has come: time stands still for answers that come by themselves."""
        stage = self.stage
        self.ring()
        if workers.flying:
            landed = workers.wait(0.002 if stage.stalls else 1.0)
            if landed is not None:
                self.land(engine, workers, landed)
                return
            held = stage.held_until(calls_before) if stage.stalls else None
            if held is not None:
                stage.move_to(min(time for time in (held, until, self.next_alarm()) if time is not None))
                self.ring()
            return
        goal = min((time for time in (until, self.next_alarm()) if time is not None), default=None)
        assert goal is not None, "it waits for nothing"
        stage.move_to(goal)
        self.ring()

    def land(self, engine: Engine, workers: Workers, landed: tuple[int, Any]) -> None:
        ticket, what = landed
        if isinstance(what, tuple):
            if ticket in workers.flying:
                engine.progress(ticket, *what)
            return
        if ticket in workers.flying:
            workers.flying.discard(ticket)
            engine.answer(ticket, what, self.stage.now())

    def carry_out(self, engine: Engine, workspace: Workspace, command: Any, workers: Workers) -> None:
        now = self.stage.now()
        if isinstance(command, Command.Event):
            self.hear(command.event)
        elif isinstance(command, Command.Send):
            request = Request(command.method, command.url, dict(command.headers), command.body or None)
            workers.launch(command.ticket, lambda: exchange(request))
        elif isinstance(command, Command.Token):
            workers.launch(command.ticket, lambda: self.token(command.rejected))
        elif isinstance(command, Command.Abort):
            workers.flying.discard(command.ticket)
            workspace.carry_out(engine, command, now)
        elif isinstance(command, Command.Fetch):
            ticket = command.ticket

            def tell(received: int, total: int | None) -> None:
                workers.landed.put((ticket, (received, total)))

            workers.launch(ticket, lambda: workspace.answer(command, progress=tell, at=now))
        elif isinstance(command, (Command.Inspect, Command.Seal)):
            workers.launch(command.ticket, lambda: workspace.answer(command, at=now))
        else:
            workspace.carry_out(engine, command, now)

    def token(self, rejected: str | None) -> Answer:
        """The client's token: kept, and asked for again where it was refused."""
        kept = self.kept_token
        if kept is not None and kept[0] != rejected and kept[1] > self.stage.elapsed + 300:
            return Answer.token(kept[0], kept[1] - self.stage.elapsed)
        credential = self.settings.get("credential", {"kind": "secret", "secret": "emulator-secret"})
        emulator = self.stage.emulator
        if credential["kind"] == "token":
            wish = {key: value for key, value in credential.items() if key != "kind" and value is not None}
            token = emulator.issue_token(**wish)
            good_for = emulator.control("options")["token_lifetime"]
        else:
            grant = {"client_secret": credential["secret"]}
            tenant = self.settings.get("tenant", TENANT)
            ask = Operation("token", tenant=tenant, client_id=emulator.client_id, scope=SCOPE, grant=grant)
            try:
                status, headers, body = http(ask.request(emulator.login_url))
                got = ask.response(emulator.login_url, status, headers, body.read())
            except MdeError as error:
                return Answer.token_failed(str(error), code=error.code, retry_after=error.retry_after)
            except OSError as error:
                return Answer.token_failed(str(error), code="connection_lost")
            token, good_for = got["access_token"], got["expires_in"]
        if token == rejected:
            return Answer.token_failed("the credential has no other")
        self.kept_token = (token, self.stage.elapsed + good_for)
        return Answer.token(token, good_for)

    def hear(self, event: dict[str, Any]) -> None:
        self.run.events.append(event)
        due = [intervention for intervention in self.awaited if check.fits(intervention["when"], event)]
        self.awaited = [intervention for intervention in self.awaited if intervention not in due]
        for intervention in due:
            self.act(intervention)

    def next_alarm(self) -> float | None:
        return self.alarms[0][0] if self.alarms else None

    def ring(self) -> None:
        while self.alarms and self.alarms[0][0] <= self.stage.elapsed:
            _, intervention = self.alarms.pop(0)
            self.act(intervention)

    def act(self, intervention: dict[str, Any]) -> None:
        assert self.engine is not None
        if intervention["do"] == "crash":
            raise Crash
        if intervention["do"] == "stop":
            self.engine.cancel(at=self.stage.now())
        elif intervention["do"] == "stop_at_service":
            self.engine.cancel(comment=intervention["comment"], at=self.stage.now())
        else:
            self.troubles += at_service(self.stage, intervention)


def exchange(request: Request) -> Answer:
    """Sends one request, once; in doubt it may have arrived."""
    try:
        status, headers, body = http(request)
    except NotSent as error:
        return Answer.not_sent(str(error))
    except OSError as error:
        return Answer.unknown(str(error))
    except Exception as error:
        return Answer.unknown(type(error).__name__)
    try:
        whole = body.read()
    except Exception as error:
        return Answer.broken(type(error).__name__)
    headers = dict(headers)
    encoding = {name.lower(): value for name, value in headers.items()}.get("content-encoding", "identity")
    try:
        # A driver decodes once; this library does not do it by itself.
        whole = {"identity": bytes, "gzip": gzip.decompress, "deflate": zlib.decompress}[encoding](whole)
    except (KeyError, OSError, EOFError, zlib.error):
        return Answer.broken(f"the reply says that it is {encoding}, and is not", code="invalid_encoding")
    return Answer.reply(
        status, [(name, value) for name, value in headers.items() if name.lower() != "content-encoding"], whole
    )


def text(given: Any) -> str:
    """A text, or a long one in few words."""
    return given["repeat"] * given["times"] if isinstance(given, dict) else str(given)
