"""One offset from UTC holds for the whole package, whatever its date format."""

import datetime
import re
import zoneinfo

from . import tables

# Short date and long time of the region formats, and how robocopy prints both.
FORMATS = {
    "en-au": ("%d/%m/%Y %I:%M:%S %p", "%A, %d %B %Y %I:%M:%S %p"),
    "en-gb": ("%d/%m/%Y %H:%M:%S", "%d %B %Y %H:%M:%S"),
    "en-ca": ("%Y-%m-%d %I:%M:%S %p", "%B %d, %Y %I:%M:%S %p"),
    "en-in": ("%d-%m-%Y %H:%M:%S", "%d %B %Y %H:%M:%S"),
    "en-us": ("%m/%d/%Y %I:%M:%S %p", "%A, %B %d, %Y %I:%M:%S %p"),
}

# A place in each Windows zone.
PLACES = {
    "(UTC) Coordinated Universal Time": "Etc/UTC",
    "(UTC+00:00) Dublin, Edinburgh, Lisbon, London": "Europe/London",
    "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna": "Europe/Berlin",
    "(UTC-05:00) Eastern Time (US & Canada)": "America/New_York",
    "(UTC-08:00) Pacific Time (US & Canada)": "America/Los_Angeles",
    "(UTC-07:00) Arizona": "America/Phoenix",
    "(UTC-03:30) Newfoundland": "America/St_Johns",
    "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi": "Asia/Kolkata",
    "(UTC+05:45) Kathmandu": "Asia/Kathmandu",
    "(UTC+09:00) Osaka, Sapporo, Tokyo": "Asia/Tokyo",
    "(UTC+10:00) Brisbane": "Australia/Brisbane",
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

    created = [parse(row["CreationDate"], short) for row in tables.processes(package)]
    assert max(created) - started["ProcessList"] == offset
    boot = parse(re.search(r"System Boot Time: +(.+)\r\n", information)[1], short.replace(" ", ", ", 1))
    assert min(created) == boot

    label = re.search(r"Time Zone: +(.+)\r\n", information)[1]
    try:
        place = zoneinfo.ZoneInfo(PLACES[label])
    except zoneinfo.ZoneInfoNotFoundError:
        return "no time zone database: offsets were not compared with the zones' laws"
    moment = started["Prefetch"].replace(tzinfo=datetime.timezone.utc)
    assert moment.astimezone(place).utcoffset() == offset, label
    return None
