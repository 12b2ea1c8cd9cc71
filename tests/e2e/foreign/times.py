"""One offset from UTC holds for the whole package, whatever its date format."""

import datetime
import re

from . import tables

# Short date and long time of the region formats, and how robocopy prints both.
FORMATS = {
    "en-au": ("%d/%m/%Y %I:%M:%S %p", "%A, %d %B %Y %I:%M:%S %p"),
    "en-gb": ("%d/%m/%Y %H:%M:%S", "%d %B %Y %H:%M:%S"),
    "en-ca": ("%Y-%m-%d %I:%M:%S %p", "%B %d, %Y %I:%M:%S %p"),
    "en-in": ("%d-%m-%Y %H:%M:%S", "%d %B %Y %H:%M:%S"),
    "en-us": ("%m/%d/%Y %I:%M:%S %p", "%A, %B %d, %Y %I:%M:%S %p"),
}


def check_times(package):
    parse = datetime.datetime.strptime
    started = {row[1]: parse(row[0], "[%Y-%m-%dT%H:%M:%SZ]") for row in reversed(tables.summary(package))}
    information = package.read("System Information/SystemInformation.txt").decode()
    locale = re.search(r"System Locale: +(\S+);", information)[1]
    short, long = FORMATS[locale]

    log = package.read("Prefetch Files/PrefetchFilesList.txt").decode()
    copied = parse(re.search(r"Started : (.+)\r\n", log)[1], long)
    offset = copied - started["Prefetch"]
    assert abs(offset) <= datetime.timedelta(hours=14) and offset % datetime.timedelta(minutes=15) == datetime.timedelta()

    created = [parse(row["CreationDate"], short) for row in tables.processes(package)]
    assert max(created) - started["ProcessList"] == offset
    boot = parse(re.search(r"System Boot Time: +(.+)\r\n", information)[1], short.replace(" ", ", ", 1))
    assert min(created) == boot

    zone = re.search(r"Time Zone: +\(UTC(?:([+-])(\d\d):(\d\d))?\)", information)
    sign, hours, minutes = (zone[1] or "+"), int(zone[2] or 0), int(zone[3] or 0)
    standard = datetime.timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
    assert offset - standard in (datetime.timedelta(), datetime.timedelta(hours=1)), "summer time at most"
