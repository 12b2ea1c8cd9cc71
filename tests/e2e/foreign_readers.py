#!/usr/bin/env python3
"""Foreign readers check generated packages, so that our reader and our generator cannot share a misreading.

    python3 tests/e2e/foreign_readers.py                  # generates packages with cargo and checks them
    python3 tests/e2e/foreign_readers.py PACKAGE.zip ...  # checks these

Needs the standard library alone. With the wheels `evtx`, `libscca-python` and `jc` it checks more, and it
says loudly what it skipped without them. `--require-all` makes a skipped check a failure.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import zipfile

from foreign import binary, cabinet, console, said, tables, times

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKS = (
    tables.check_names,
    tables.check_summary,
    tables.check_processes,
    tables.check_services,
    tables.check_tasks,
    tables.check_programs,
    times.check_times,
    console.check_sockets,
    console.check_robocopy,
    console.check_listings,
    console.check_registry,
    console.check_with_jc,
    cabinet.check_cabinet,
    binary.check_prefetch,
    binary.check_events,
)
# Seed and size; the seeds cover kind and unkind text and several zones and formats.
PACKAGES = [(seed, "-") for seed in range(1, 13)] + [(13, "24000000")]
HUGE = 12 << 30


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("package", nargs="*", help="packages to check; without any, some are generated")
    options.add_argument("--require-all", action="store_true", help="fail where a check was skipped")
    chosen = options.parse_args()
    skipped = set()
    with tempfile.TemporaryDirectory() as folder:
        for path in chosen.package or generate(pathlib.Path(folder)):
            skipped |= check(path)
            if not chosen.package:
                skipped |= said.check(path)
        if not chosen.package:
            check_huge(write(HUGE_SEED, pathlib.Path(folder) / "huge.zip", f"~{HUGE}"))
    for reason in sorted(skipped):
        print(f"SKIPPED: {reason}", file=sys.stderr)
    if skipped and chosen.require_all:
        sys.exit(1)


def generate(folder):
    for seed, size in PACKAGES:
        yield write(seed, folder / f"{seed}.zip", size)


def write(seed, path, size):
    command = ["cargo", "run", "--quiet", "--package", "mde-forensics-emulator", "--example", "write_package"]
    subprocess.run([*command, "--", str(seed), str(path), size], cwd=ROOT, check=True)
    return path


def check(path):
    """Runs every check on one package and gives the reasons of the checks that could not run."""
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None, f"{path}: {package.testzip()} is damaged"
        reasons = {each(package) for each in CHECKS} - {None}
        print(f"ok: {path}, {len(package.namelist())} members")
    return reasons


def check_huge(path):
    """The directory and the small members of a package of 12 GiB, whose middle is a hole in the file."""
    with zipfile.ZipFile(path) as package:
        sizes = {entry.filename: entry.file_size for entry in package.infolist()}
        assert sizes["Security Event Log/Security.evtx"] > HUGE - (1 << 30)
        for name, size in sizes.items():
            if size < 1 << 24:
                package.read(name)
        tables.check_services(package)
    print(f"ok: {path}, {path.stat().st_size} bytes")


HUGE_SEED = 14

if __name__ == "__main__":
    main()
