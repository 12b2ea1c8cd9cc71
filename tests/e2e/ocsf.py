#!/usr/bin/env python3
"""What `tables --format ocsf` writes is what the schema of OCSF 1.5 asks for, as others have it.

    MDE_FORENSICS_BIN=target/debug/mde-forensics python3 tests/e2e/ocsf.py

Needs the wheels `ocsf-json-schema` and `jsonschema`, and says loudly that it could not find them.
"""

import ipaddress
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT.parent / "shared/samples/package"
SEEDS = (1, 2, 3, 4)
CLASS = 5040
# File, admin group, job, network connection and interfaces, process, service, session, users, startup item, registry
# value, prefetch.
TYPES = {2, 4, 5, 7, 8, 10, 11, 12, 14, 15, 17, 18}


def main():
    program = os.environ.get("MDE_FORENSICS_BIN")
    if not program:
        sys.exit("MDE_FORENSICS_BIN names no command")
    try:
        validator = schema()
    except ImportError as error:
        print(f"SKIPPED: {error.name} is not installed: no foreign schema was held against OCSF events")
        return
    with tempfile.TemporaryDirectory() as own:
        folder = pathlib.Path(own)
        for seed in SEEDS:
            check(program, validator, generate(seed, folder / f"{seed}.zip"), folder / str(seed), TYPES)
        if SAMPLE.is_dir():
            check(program, validator, SAMPLE, folder / "sample", TYPES - {8})
        else:
            print("SKIPPED: the members of a real package are not at hand: their OCSF events were not checked")


def schema():
    from jsonschema import Draft202012Validator
    from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

    schemas = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.5.0"))
    found = schemas.get_class_schema(schemas.lookup_class_name_from_uid(CLASS))
    # "At least one of device.hostname, …": it looks for members of the event whose names have a dot.
    dotted = [name for one in found.pop("anyOf") for name in one["required"]]
    assert all(name.startswith("device.") for name in dotted), dotted
    return Draft202012Validator(found)


def generate(seed, path):
    command = ["cargo", "run", "--quiet", "--package", "mde-forensics-emulator", "--example", "write_package"]
    subprocess.run([*command, "--", str(seed), str(path)], cwd=ROOT, check=True)
    return path


def check(program, validator, package, folder, types):
    ended = subprocess.run([program, "tables", package, "--out", folder, "--format", "ocsf"], stdout=subprocess.DEVNULL)
    assert ended.returncode in (0, 1), ended
    seen = set()
    with open(folder / "evidence.ocsf.ndjson", encoding="utf-8") as lines:
        for count, line in enumerate(lines, 1):
            event = json.loads(line)
            for error in validator.iter_errors(event):
                sys.exit(f"{package}:{count}: {list(error.absolute_path)}: {error.message}\n{line}")
            assert event["device"]["hostname"], line
            meaning(event["query_evidence"], line)
            seen.add(event["query_evidence"]["query_type_id"])
    assert seen >= types, f"{package}: no events of the types {types - seen}"
    print(f"ok: {package}, {count} events")


def meaning(evidence, line):
    """What the schema's types leave open: a text is one address, and not every group is that of the administrators."""
    for interface in evidence.get("network_interfaces", []):
        if "ip" in interface:
            ipaddress.ip_address(interface["ip"])
        if "mac" in interface:
            assert re.fullmatch(r"(?:[0-9A-F]{2}-)+[0-9A-F]{2}", interface["mac"]), line
    if "group" in evidence:
        assert (evidence["query_type_id"] == 4) == (evidence["group"]["name"] == "Administrators"), line


if __name__ == "__main__":
    main()
