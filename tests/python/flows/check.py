"""Holds what happened against what a flow says, and against what is promised of every flow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mde_forensics import Package
from mde_forensics._time import instant

if TYPE_CHECKING:
    from .play import Run
    from .stage import Stage


def fits(pattern: Any, value: Any) -> bool:
    """Whether a value is as a pattern says."""
    if isinstance(pattern, dict):
        if isinstance(value, dict):
            return all(key in value and fits(wanted, value[key]) for key, wanted in pattern.items())
        if isinstance(value, str):
            return set(pattern) == {"contains"} and pattern["contains"] in value
        return isinstance(value, (int, float)) and within(pattern, value)
    if isinstance(pattern, float) or (isinstance(pattern, int) and not isinstance(pattern, bool)):
        return isinstance(value, (int, float)) and within(pattern, value)
    return bool(pattern == value)


def within(wanted: Any, value: float) -> bool:
    """Exactly so much, or a range."""
    if isinstance(wanted, dict):
        if not set(wanted) <= {"at_least", "at_most"}:
            return False
        return wanted.get("at_least", value) - 1e-6 <= value <= wanted.get("at_most", value) + 1e-6
    return abs(value - wanted) < 1e-6


def run(found: list[str], flow: dict[str, Any], step: dict[str, Any], played: Run, stage: Stage) -> None:
    """What one run came to."""
    expect = step["expect"]
    same(found, "crashed", expect.get("crashed", False), played.crashed)
    code = None if played.error is None else played.error.code
    same(found, f"the run's error ({played.error})", expect.get("error"), code)
    if played.devices is not None:
        devices(found, flow, step, played.devices)
    rest = iter(played.events)
    for pattern in expect.get("events", []):
        if not any(fits(pattern, event) for event in rest):
            found.append(f"no event {pattern}, at least not there")
            break
    for pattern in expect.get("never", []):
        found += [f"event {event}" for event in played.events if fits(pattern, event)][:1]
    if "elapsed" in expect and not within(expect["elapsed"], played.elapsed):
        found.append(f"it took {played.elapsed} virtual seconds, where {expect['elapsed']} was expected")
    calls = [call for call in stage.emulator.calls if call["number"] >= played.first_call]
    for endpoint, wanted in expect.get("calls", {}).items():
        count = sum(call["endpoint"] == endpoint for call in calls)
        if not within(wanted, count):
            found.append(f"{count} calls of {endpoint}, where {wanted} was expected")
    for endpoint, wanted in expect.get("answers", {}).items():
        same(found, endpoint, wanted, [call["status"] for call in calls if call["endpoint"] == endpoint])
    for row in collected(played):
        package(found, row, stage)


def devices(found: list[str], flow: dict[str, Any], step: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    expect = step["expect"]
    if "each" in expect:
        if not rows:
            found.append("not one device was reported")
        for row in rows:
            device(found, expect["each"], row)
        return
    same(found, "devices", len(expect.get("devices", [])), len(rows))
    for wanted, row in zip(expect.get("devices", []), rows):
        device(found, wanted, row)


def device(found: list[str], wanted: dict[str, Any], row: dict[str, Any]) -> None:
    of = f" of `{row['device']}`"
    error = row["error"] or {}
    same(found, "outcome" + of, wanted["outcome"], row["outcome"])
    same(found, "code" + of, wanted.get("code"), error.get("code"))
    if wanted.get("status") is not None:
        same(found, "status" + of, wanted["status"], error.get("status"))
    same(found, "adoption" + of, wanted.get("adoption"), row["adoption"])
    if row["outcome"] == "collected":
        same(found, "verdict" + of, wanted.get("verdict", "whole"), row["package"]["verdict"])
    if "resumable" in wanted:
        same(found, "resumable" + of, wanted["resumable"], row["resumable"])
    same(found, "limit" + of, wanted.get("limit"), row["limit"])
    candidates = [candidate["machine"] for candidate in row["candidates"] or []]
    same(found, "candidates" + of, wanted.get("candidates", []), candidates)
    if wanted.get("machine") is not None:
        same(found, "machine" + of, wanted["machine"], (row["machine"] or {}).get("id"))
    if wanted.get("hint") is not None and wanted["hint"] not in error.get("hint", ""):
        found.append(f"the hint{of} is `{error.get('hint')}`")
    if error and wanted.get("code") != error["code"]:
        found.append(f"it failed so: {error}")


def collected(played: Run) -> list[dict[str, Any]]:
    return [row for row in played.devices or [] if row["outcome"] == "collected"]


def path_of(row: dict[str, Any]) -> Path:
    return Path(row["to"]) / row["package"]["name"]


def package(found: list[str], row: dict[str, Any], stage: Stage) -> None:
    """The package agrees with its report, its manifest, and what the service has."""
    path = path_of(row)
    truth = stage.emulator.control("package", row["action"]["id"])
    same(found, "reported size", truth["length"], row["package"]["size"])
    same(found, "reported sha256", truth["sha256"], row["package"]["sha256"])
    held = Package(path)
    verification = held.verify()
    same(found, "differences from the manifest", [], verification.differences)
    same(found, "sha256 of the file", truth["sha256"], verification.sha256)
    assert held.manifest is not None
    same(found, "action in the manifest", row["action"]["id"], held.manifest["custody"]["action"])
    if not held.manifest["members"]:
        found.append("the manifest names no member")
    if path.with_name(path.name + ".part").exists():
        found.append(f"{path}.part was left behind")


def whole(flow: dict[str, Any], runs: list[Run], stage: Stage) -> list[str]:
    """What the whole flow came to, and what is promised of every flow."""
    found: list[str] = []
    expect = flow.get("expect", {})
    files = [file for folder in stage.folders if folder.is_dir() for file in folder.iterdir()]
    damaged = {file for file in files if file.name.endswith(".damaged.zip")}
    same(found, "damaged packages", expect.get("damaged", 0), len(damaged))
    parts = [file for file in files if file.name.endswith(".part")]
    same(found, "unfinished downloads", expect.get("parts", 0), len(parts))
    reported = {path_of(row) for played in runs for row in collected(played)}
    same(found, "packages", reported, {file for file in files if file.name.endswith(".zip")} - damaged)

    started: dict[str, int] = {}
    for action in stage.emulator.actions:
        if action["source"] == "PublicApi":
            label = action["device"].split(".")[0]
            started[label] = started.get(label, 0) + 1
    wanted = dict(expect.get("collections", {}))
    fleet = flow.get("service", {}).get("fleet")
    if "collections_each" in expect and fleet is not None:
        wanted.update({f"ws-{at:03}": expect["collections_each"] for at in range(1, fleet["count"] + 1)})
    same(found, "collections that we started", {key: count for key, count in wanted.items() if count}, started)

    calls = stage.emulator.calls
    same(found, "calls that are remembered", stage.seen(), len(calls))
    revokes = any(
        intervention["do"] == "revoke_tokens"
        for step in flow["steps"]
        for intervention in [step, *step.get("during", [])]
    )
    for call in calls:
        if call["bearer"] != (call["site"] == "api" and call["endpoint"] is not None):
            found.append(f"{call['method']} {call['path']} with a token, or without one")
        unasked = call["site"] == "api" and call["fault"] is None
        if unasked and call["status"] == 429 and not expect.get("over_quota", False):
            found.append(f"{call['path']} was over the quota")
        if unasked and call["status"] == 401 and not revokes:
            found.append(f"{call['path']} came with a token that had ended")
        if call["endpoint"] == "link":
            due = [
                action
                for action in stage.emulator.actions
                if action["id"] in call["path"]
                and action["status"] == "Succeeded"
                and instant(action["updated"]) <= instant(call["time"])
            ]
            if not due:
                found.append(f"{call['path']} was called before the action had succeeded")
    found += [f"the rule {it} was never needed" for it in stage.emulator.control("faults") if it["fired"] == 0]
    secrets(found, runs, files)
    return found


def secrets(found: list[str], runs: list[Run], files: list[Path]) -> None:
    """No secret, token or link in anything that is shown or kept."""
    shown = [json.dumps(event) for played in runs for event in played.events]
    shown += [repr(played.error) for played in runs]
    for played in runs:
        for row in played.devices or []:
            shown += [
                row["handle"],
                json.dumps({k: v for k, v in row.items() if k != "exception"}),
                repr(row["exception"]),
            ]
    shown += [file.read_text() for file in files if file.suffix in (".json", ".jsonl")]
    for secret in ("emulator-secret", "eyJ", "?token="):
        found += [f"`{secret}` is in {text[:300]}" for text in shown if secret in text][:1]


def same(found: list[str], what: str, wanted: Any, have: Any) -> None:
    if wanted != have:
        found.append(f"{what}: {have!r}, where {wanted!r} was expected")
