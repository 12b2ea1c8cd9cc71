"""What console tools printed, counted a second way."""

import re

from . import tables


def check_sockets(package):
    data = package.read("Network Connections/ActiveNetConnections.txt").decode()
    sockets = re.findall(r"^  (TCP|UDP) +(\S+) +(\S+) +(?:([A-Z_]+) +)?(\d+)\r$", data, re.MULTILINE)
    assert len(sockets) == len(re.findall(r"^  (?:TCP|UDP) ", data, re.MULTILINE)) > 20
    running = {row["ProcessId"]: row["Name"] for row in tables.processes(package)}
    assert {socket[4] for socket in sockets} <= set(running)
    for pid, program in re.findall(r" (\d+)\r\n(?:  \S+\r\n)? \[(.+)\]\r\n", data):
        assert running[pid] == program


def check_robocopy(package):
    log = package.read("Prefetch Files/PrefetchFilesList.txt").decode()
    copied = {name: int(size) for size, name in re.findall(r"New File  \t\t *(\d+)\t(.+)\r\n", log)}
    folder = "Prefetch Files/Prefetch/"
    found = {
        entry.filename.removeprefix(folder): entry.file_size
        for entry in package.infolist()
        if entry.filename.startswith(folder)
    }
    assert copied == found
    total, count, skipped, *_ = map(int, re.search(r"Files :((?: +\d+)+)", log)[1].split())
    assert count == len(found)
    assert total == count + skipped


def check_listings(package):
    for name in package.namelist():
        if not name.startswith("Temp Directories/"):
            continue
        data = package.read(name).decode()
        if data == "The system cannot find the path specified.\r\n":
            continue
        folders, _, totals = data.partition("     Total Files Listed:\r\n")
        # Date, time, then an 18-column size or the mark of a folder.
        entry = r"^\S+  [\d:]{5}(?: [AP]M)? {4,}(<DIR>|<JUNCTION>|[\d,]+) "
        found = re.findall(entry, folders, re.MULTILINE)
        files = [int(size.replace(",", "")) for size in found if not size.startswith("<")]
        count, size, dirs = re.match(
            r" +(\d+) File\(s\) +([\d,]+) bytes\r\n +(\d+) Dir\(s\) +[\d,]+ bytes free\r\n$", totals
        ).groups()
        assert (int(count), int(size.replace(",", ""))) == (len(files), sum(files)), name
        assert int(dirs) == len(found) - len(files), name


def check_registry(package):
    data = tables.text(package, "Autoruns/Autoruns.txt", marked=True)
    assert "\n" not in data.replace("\r\n", "")
    keys = re.findall(r"^HKEY_.+\r$", data, re.MULTILINE)
    values = re.findall(r"^    .*?    REG_(?:SZ|EXPAND_SZ|MULTI_SZ|DWORD|QWORD|BINARY)    .*\r$", data, re.MULTILINE)
    other = [line for line in data.split("\r\n") if line and not line.startswith(("HKEY_", "    "))]
    assert other == ["End of search: 1 match(es) found."]
    assert len(keys) > 300
    assert len(values) > 1000
    assert len(values) == len(re.findall(r"^    ", data, re.MULTILINE))


def check_with_jc(package):
    try:
        import jc
    except ImportError:
        return "jc is not installed: netstat, ipconfig and systeminfo were not read by it"
    sockets = package.read("Network Connections/ActiveNetConnections.txt").decode()
    found = jc.parse("netstat", sockets.replace("\r\n", "\n"), quiet=True)
    assert len(found) == len(re.findall(r"^  (?:TCP|UDP) ", sockets, re.MULTILINE))
    adapters = jc.parse("ipconfig", package.read("Network Connections/IpConfig.txt").decode(), quiet=True)
    assert len(adapters["adapters"]) == 1
    assert adapters["adapters"][0]["ipv4_addresses"]
    information = package.read("System Information/SystemInformation.txt").decode()
    assert jc.parse("systeminfo", information, quiet=True)["host_name"] == adapters["host_name"]
    return None
