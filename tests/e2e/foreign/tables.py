"""The CSV members, with the standard library's reader in strict mode."""

import csv
import io
import re

BOM = b"\xef\xbb\xbf"
FOLDERS = {
    "Autoruns",
    "Installed Programs",
    "Network Connections",
    "Prefetch Files",
    "Processes",
    "SMB Session",
    "Scheduled Tasks",
    "Security Event Log",
    "Services",
    "System Information",
    "Temp Directories",
    "Users and Groups",
    "WdSupportLogs",
}
MODES = {"0": "Boot", "1": "System", "2": "Auto", "3": "Manual", "4": "Disabled"}


def rows(text):
    """Strict CSV; cells keep the line breaks they hold."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def text(package, name, marked):
    data = package.read(name)
    assert data.startswith(BOM) == marked, f"{name}: byte order mark"
    return data.removeprefix(BOM).decode()


def summary(package):
    return rows(text(package, "Forensics Collection Summary.csv", marked=True))[1:]


def processes(package):
    kind, rest = text(package, "Processes/Processes.csv", marked=False).split("\r\n", 1)
    assert kind == "#TYPE Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_Process"
    header, *body = rows(rest)
    assert len(header) == 51
    assert all(len(row) == 51 for row in body)
    return [dict(zip(header, row)) for row in body]


def services(package):
    """The rows of `Services.csv`, restored by the published inverse of the agent's damage."""
    header, *lines = text(package, "Services/Services.csv", marked=True).removesuffix("\r\n").split("\r\n")
    names = next(csv.reader([header], strict=True))
    assert len(names) == 27
    return [dict(zip(names, next(csv.reader([restore(line)], strict=True)), strict=True)) for line in lines]


def restore(line):
    end = re.search(r"'(Auto|Manual|Disabled|Boot|System|Unknown)'\"(?=,\"Win32_ComputerSystem\",)", line).end()
    start = [comma.end() for comma in re.finditer(",", line)][6]
    cell = line[start:end]
    assert cell[0] == cell[-1] == '"', line
    return line[:start] + cell[1:-1].replace("'", '"') + line[end:]


def check_names(package):
    names = package.namelist()
    assert len(set(names)) == len(names)
    assert {name.split("/")[0] for name in names} == FOLDERS | {"Forensics Collection Summary.csv"}
    assert not [name for name in names if "\\" in name or ".." in name]
    assert package.read("Security Event Log/Security.txt") == b""
    assert package.read("SMB Session/Summary.txt") == BOM + b"No SMB sessions were found!"


def check_summary(package):
    commands = summary(package)
    assert len(commands) == 90
    assert len({row[1] for row in commands}) == 60
    assert all(len(row) == 5 and row[3:] == ["Completed", "0"] for row in commands)
    times = [row[0] for row in commands]
    assert all(re.fullmatch(r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\]", time) for time in times)
    assert times == sorted(times)
    guids = {guid for row in commands for guid in re.findall(r"CollectedData\\([0-9a-f-]{36})", row[2])}
    assert len(guids) == 1


def check_processes(package):
    listed = processes(package)
    ids = [row["ProcessId"] for row in listed]
    assert len(ids) == len(set(ids)) > 60
    assert listed[-2]["CommandLine"].endswith('"Get-CimInstance -ClassName Win32_Process | ConvertTo-Csv"')
    assert all((row["Path"] == "") == (row["CommandLine"] == "") for row in listed)


def check_services(package):
    listed = services(package)
    assert len({row["Name"] for row in listed}) == len(listed) > 90
    tree = dict(re.findall(
        r"\r\nHKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\([^\\\r\n]+)\r\n(?:    .*\r\n)*?    Start    REG_DWORD    0x(\d)",
        text(package, "Autoruns/Autoruns.txt", marked=True),
    ))
    running = {row["ProcessId"] for row in processes(package)}
    for row in listed:
        assert row["CreationClassName"] == "Win32_Service"
        assert row["Started"] in ("True", "False")
        assert row["StartMode"] == MODES[tree[row["Name"]]], row
        assert row["Started"] == "False" or row["ProcessId"] in running, row


def check_tasks(package):
    data = text(package, "Scheduled Tasks/ScheduledTasks.csv", marked=False)
    assert data.endswith("\r")
    assert "\n" not in data.replace("\r\r\n", "")
    lines = data.removesuffix("\r").split("\r\r\n")
    header, *body = list(csv.reader(lines, strict=True))
    assert header[0] == "HostName"
    assert all(len(row) == len(header) == 28 for row in body)
    assert len(body) > len({row[1] for row in body}) > 40


def check_programs(package):
    kind, rest = text(package, "Installed Programs/InstalledPrograms.csv", marked=False).split("\r\n", 1)
    assert kind == "#TYPE Selected.Microsoft.Management.Infrastructure.CimInstance"
    assert all(len(row) == 17 for row in rows(rest))
    error = b"ERROR: The system was unable to find the specified registry key or value.\r\n"
    members = [package.read(name) for name in package.namelist() if name.endswith("Uninstall.txt")]
    assert len(members) == 6
    assert members.count(error) == 3
