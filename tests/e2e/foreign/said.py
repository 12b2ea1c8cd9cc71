"""What the generator says that it wrote, against what foreign readers find, and against our own tables."""

import collections
import csv
import io
import json
import os
import pathlib
import re
import subprocess
import tempfile
import zipfile

from . import cabinet, tables


def check(path):
    """Holds a package against its `.written.json`; gives the reasons of what could not be checked."""
    said = json.loads(pathlib.Path(f"{path}.written.json").read_text())
    with zipfile.ZipFile(path) as package:
        check_text(package, said)
        reasons = {check_prefetch(package, said), check_events(package, said)}
    reasons.add(check_ours(path, said))
    return reasons - {None}


def check_text(package, said):
    assert len(tables.summary(package)) == said["commands"]
    assert len(tables.processes(package)) == said["processes"]
    listed = [[row["Name"], row["Description"]] for row in tables.services(package)]
    assert listed == said["services"]
    data = tables.text(package, "Scheduled Tasks/ScheduledTasks.csv", marked=False)
    rows = list(csv.reader(data.removesuffix("\r").split("\r\r\n"), strict=True))[1:]
    assert (len(rows), len({row[1] for row in rows})) == (said["task_rows"], said["tasks"])
    data = tables.text(package, "Autoruns/Autoruns.txt", marked=True)
    keys = re.findall(r"^HKEY_.+\r$", data, re.MULTILINE)
    values = re.findall(r"^    .+\r$", data, re.MULTILINE)
    assert (len(keys), len(values)) == (said["registry_keys"], said["registry_values"])
    data = package.read("Network Connections/ActiveNetConnections.txt").decode()
    assert len(re.findall(r"^  (?:TCP|UDP) ", data, re.MULTILINE)) == said["sockets"]
    name = "Network Connections/pfirewall.log"
    log = package.read(name).decode() if name in package.namelist() else ""
    assert len(re.findall(r"^\d{4}-", log, re.MULTILINE)) == said["firewall_events"]
    check_temp(package, said)


def check_temp(package, said):
    """Owners have 23 columns: a longer one is cut, and the name follows at once."""
    entry = re.compile(r"^\S+  [\d:]{5}(?: [AP]M)?(.{18}) (.{23})(.+)\r$", re.MULTILINE)
    found = []
    for name in package.namelist():
        if name.startswith("Temp Directories/"):
            user = name.removeprefix("Temp Directories/").removesuffix("_TempDirFiles.txt")
            for size, owner, shown in entry.findall(package.read(name).decode()):
                entry_name = re.sub(r" \[.*\]$", "", shown) if "<JUNCTION>" in size else shown
                length = None if "<" in size else int(size.replace(",", ""))
                found.append((user, entry_name, owner.rstrip(" "), length))
    expected = [(row["user"], row["name"], row["owner"][:23], row["size"]) for row in said["temp_entries"]]
    assert sorted(found, key=str) == sorted(expected, key=str)


def check_prefetch(package, said):
    try:
        import pyscca
    except ImportError:
        return "libscca-python is not installed: no prefetch file was read"
    found = {}
    for name in package.namelist():
        if name.endswith(".pf"):
            file = pyscca.file()
            file.open_file_object(io.BytesIO(package.read(name)))
            last = file.get_last_run_time(0).strftime("%Y-%m-%dT%H:%M:%SZ")
            found[name.rsplit("/")[-1]] = (file.run_count, last)
    expected = {file["name"]: (file["run_count"], file["last_run"]) for file in said["prefetch"]}
    assert found == expected
    return None


def check_events(package, said):
    try:
        from evtx import PyEvtxParser
    except ImportError:
        return "evtx is not installed: no event log was read"

    def count(data):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            records = PyEvtxParser(file.name).records_json()
            events = [json.loads(record["data"])["Event"]["System"] for record in records]
        return collections.Counter(str(event["EventID"]) for event in events), events

    kinds, _ = count(package.read("Security Event Log/Security.evtx"))
    assert kinds == {kind: count for kind, count in said["security_events"].items() if count}
    files = cabinet.read(package.read("WdSupportLogs/MPSupportFiles.cab"))
    (log,) = [data for name, data in files.items() if name.endswith(".evtx")]
    kinds, events = count(log)
    assert kinds.total() == said["defender_events"]
    assert {"1116", "1117", "2000"} >= set(kinds)
    channels = {event["Channel"] for event in events}
    assert channels == {"Microsoft-Windows-Windows Defender/Operational"}
    return None


def check_ours(path, said):
    program = os.environ.get("MDE_FORENSICS_BIN")
    if not program:
        return "MDE_FORENSICS_BIN names no command: our own tables were not compared"
    run = subprocess.run([program, "open", path, "--json"], stdout=subprocess.PIPE, check=False)
    assert run.returncode in (0, 1), run
    rows = {table["table"]: table["rows"] for table in json.loads(run.stdout)["report"]["tables"]}
    expected = {
        "commands": said["commands"],
        "processes": said["processes"],
        "services": len(said["services"]),
        "scheduled_tasks": said["task_rows"],
        "registry_keys": said["registry_keys"],
        "registry_values": said["registry_values"],
        "net_sockets": said["sockets"],
        "firewall_events": said["firewall_events"],
        "temp_files": len(said["temp_entries"]),
        "prefetch": len(said["prefetch"]),
        "security_events": sum(said["security_events"].values()),
        "other_events": said["defender_events"],
    }
    found = {table: rows[table] for table in expected}
    assert found == expected, (found, expected)
    return None
