#!/usr/bin/env python3
"""Event logs that Windows itself wrote are read as a foreign reader reads them.

    MDE_FORENSICS_BIN=target/debug/mde-forensics python3 tests/e2e/real_logs.py

They are in the test data of others: what is downloaded with pip is kept under `target`. Needs the wheel `evtx`, and says loudly
what it could not have.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Log(NamedTuple):
    """A log in an sdist."""

    project: str
    version: str
    sdist: str
    sha256: str
    member: str
    count: int


LOGS = [
    Log(
        "dissect.eventlog",
        "3.9.dev3",
        "dissect_eventlog-3.9.dev3.tar.gz",
        "1e2f17ee69135d4ba964f819f49bd3ed9b6042dfd234cd2f0e6c36590d4e708f",
        "dissect_eventlog-3.9.dev3/tests/data/TestLogX.evtx",
        5,
    )
]
# The same bytes are read as the Security log, and as any other.
PLACES = {"Security Event Log/Security.evtx": "security_events", "WdSupportLogs/TestLogX.evtx": "other_events"}

MICROSECONDS = len("2021-07-22T15:44:21.416718")


def main():
    program = os.environ.get("MDE_FORENSICS_BIN")
    if not program:
        sys.exit("MDE_FORENSICS_BIN names no command")
    try:
        import evtx  # noqa: F401
    except ImportError:
        print("SKIPPED: evtx is not installed: nothing was held against real event logs")
        return
    kept = ROOT / "target" / "xtask" / "real-logs"
    kept.mkdir(parents=True, exist_ok=True)
    for log in LOGS:
        sdist = downloaded(log, kept)
        if sdist is None:
            continue
        with tarfile.open(sdist) as archive:
            data = archive.extractfile(log.member).read()
        with tempfile.TemporaryDirectory() as own:
            check(program, pathlib.Path(own), log, data)


def downloaded(log, folder):
    """The sdist; none where it cannot be had."""
    path = folder / log.sdist
    if not path.is_file():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--retries", "1", "--no-binary", ":all:", "--dest", folder, f"{log.project}=={log.version}"]
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if ended.returncode != 0:
            why = (ended.stdout.strip().splitlines() or ["it says nothing"])[-1]
            print(f"SKIPPED: pip could not download {log.project} {log.version}, no real event log was read: {why}")
            return None
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    assert found == log.sha256, f"{path} is another file: {found}"
    return path


def check(program, folder, log, data):
    """Record by record, what both readers say of it."""
    expected = foreign(folder, data)
    assert len(expected) == log.count, expected
    with zipfile.ZipFile(folder / "package.zip", "w", zipfile.ZIP_DEFLATED) as package:
        for name in PLACES:
            package.writestr(name, data)
    command = [program, "tables", folder / "package.zip", "--out", folder / "out", "--format", "ndjson"]
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    assert ended.returncode in (0, 1), ended
    for name, table in PLACES.items():
        rows = [json.loads(line) for line in (folder / "out" / f"{table}.ndjson").read_text("utf-8").splitlines()]
        assert {row["member"] for row in rows} == {name}, rows
        assert {row["parse_status"] for row in rows} == {"clean"}, rows
        assert [facts(row) for row in rows] == expected, (name, rows)
    print(f"ok: {log.member}, {len(expected)} events")


def facts(row):
    written, utc = row["time_created_raw"], row["time_created_utc"]
    return row["record_id"], written[:MICROSECONDS], utc, row["event_id"], row["channel"], row["computer"]


def foreign(folder, data):
    """The same facts of every record, as the wheel `evtx` reads them."""
    from evtx import PyEvtxParser

    path = folder / "log.evtx"
    path.write_bytes(data)
    found = []
    for record in PyEvtxParser(str(path)).records_json():
        system = json.loads(record["data"])["Event"]["System"]
        number, event = system["EventRecordID"], system["EventID"]
        assert number == record["event_record_id"]
        event = event["#text"] if isinstance(event, dict) else event
        created = system["TimeCreated"]["#attributes"]["SystemTime"]
        utc = created.rstrip("Z").rstrip("0").rstrip(".") + "Z"
        found.append((number, created[:MICROSECONDS], utc, event, system["Channel"], system["Computer"]))
    return found


if __name__ == "__main__":
    main()
