#!/usr/bin/env python3
"""Evidence that foreign tools packed again with a password is opened, and what we pack foreign tools open.

    MDE_FORENSICS_BIN=target/debug/mde-forensics python3 tests/e2e/packed_again.py

Tries `zip` (ZipCrypto), `7z` (ZipCrypto and AES) and the wheel `pyzipper` (AES), and says loudly which of
them it could not find.
"""

import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

PASSWORD = "correct horse 42"
MEMBERS = {
    "Forensics Collection Summary.csv": b"\xef\xbb\xbfCurrent Time,Command Name,Command Line,Status,hError\r\n"
    b'[2026-01-15T09:12:33Z],Arp,"arp -a",Completed,0\r\n',
    "Network Connections/Arp.txt": b"  10.0.0.2  00-50-56-fe-d6-6b  dynamic\r\n" * 40,
    "Security Event Log/Security.txt": b"",
    "WdSupportLogs/noise.bin": bytes(n * n * 31 % 251 for n in range(200_000)),
}


def main():
    program = os.environ.get("MDE_FORENSICS_BIN")
    if not program:
        sys.exit("MDE_FORENSICS_BIN names no command")
    with tempfile.TemporaryDirectory() as own:
        folder = pathlib.Path(own)
        for name, data in MEMBERS.items():
            path = folder / "members" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (folder / "password.txt").write_text(PASSWORD + "\n")
        archives = [*by_zip(folder), *by_7z(folder), *by_pyzipper(folder)]
        if not archives:
            skipped("nothing here packs with a password: no archive of others was opened")
        for archive, encryption in archives:
            check(program, folder, archive, encryption)
        check_ours(program, folder)


def by_zip(folder):
    if not shutil.which("zip"):
        return skipped("zip is not installed: nothing was packed by it")
    out = folder / "info-zip.zip"
    command = ["zip", "-q", "-r", "-P", PASSWORD, out, *MEMBERS]
    subprocess.run(command, cwd=folder / "members", check=True)
    # Into a pipe the sizes are told behind the bytes, and another byte tells a wrong password.
    piped = folder / "info-zip-piped.zip"
    with piped.open("wb") as stream:
        command = ["zip", "-q", "-r", "-P", PASSWORD, "-", *MEMBERS]
        subprocess.run(command, cwd=folder / "members", stdout=stream, check=True)
    return [(out, "zip_crypto"), (piped, "zip_crypto")]


def by_7z(folder):
    program = next((found for name in ("7z", "7zz", "7za", "7zr") if (found := shutil.which(name))), None)
    if not program:
        return skipped("7z is not installed: nothing was packed by it")
    archives = []
    for method, encryption in [
        ("ZipCrypto", "zip_crypto"),
        ("AES128", "aes_128"),
        ("AES192", "aes_192"),
        ("AES256", "aes_256"),
    ]:
        out = folder / f"7z-{method}.zip"
        command = [program, "a", "-bd", "-tzip", f"-mem={method}", f"-p{PASSWORD}", out, *MEMBERS]
        subprocess.run(command, cwd=folder / "members", stdout=subprocess.DEVNULL, check=True)
        archives.append((out, encryption))
    return archives


def by_pyzipper(folder):
    try:
        import pyzipper
    except ImportError:
        return skipped("pyzipper is not installed: nothing was packed by it")
    archives = []
    for bits in (128, 192, 256):
        for version in (1, 2):
            out = folder / f"pyzipper-{bits}-{version}.zip"
            with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED) as archive:
                archive.setpassword(PASSWORD.encode())
                archive.setencryption(
                    pyzipper.WZ_AES, nbits=bits, force_wz_aes_version=version
                )
                for name, data in MEMBERS.items():
                    archive.writestr(name, data)
            archives.append((out, f"aes_{bits}"))
    return archives


def check(program, folder, archive, encryption):
    """Opens it with the password, and with others."""

    def run(*arguments):
        command = [program, *arguments]
        return subprocess.run(command, capture_output=True, check=False)

    ended = run("open", archive, "--all", "--json", "--password-file", folder / "password.txt")
    assert ended.returncode in (0, 1), (archive.name, ended)
    document = json.loads(ended.stdout)
    assert document["whole"], document["findings"]
    members = {member["name"]: member for member in document["members"]}
    for name, data in MEMBERS.items():
        member = members[name]
        assert member["verdict"] == "good", (archive.name, member)
        assert member["sha256"] == hashlib.sha256(data).hexdigest(), (archive.name, name)
        # There is nothing to encrypt in a member without bytes, and some tools do not.
        assert member["encryption"] == encryption or not data, (archive.name, member)
    rows = {table["table"]: table["rows"] for table in document["report"]["tables"]}
    assert (rows["arp"], rows["commands"]) == (40, 1)
    wrong = run("open", archive, "--json", "--password", "correct horse 43")
    assert wrong.returncode == 4, wrong
    error = json.loads(wrong.stdout)["error"]
    assert error["code"] == "wrong_password", error
    assert any(name in error["message"] for name in MEMBERS), error
    none = run("open", archive)
    assert none.returncode == 4, none
    assert b"--password-file" in none.stdout, none
    for said in (ended, wrong, none):
        printed = said.stdout + said.stderr
        assert PASSWORD.encode() not in printed
        assert b"horse 43" not in printed
    print(f"ok: {archive.name}")


def check_ours(program, folder):
    """What `extract --zip` packs is what foreign readers unpack with `infected`."""
    try:
        import pyzipper
    except ImportError:
        return skipped("pyzipper is not installed: it did not read what we packed")
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in MEMBERS.items():
            archive.writestr(name, data)
    (folder / "plain.zip").write_bytes(plain.getvalue())
    command = [program, "extract", folder / "plain.zip", "--out", folder / "out", "--zip"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    with pyzipper.AESZipFile(folder / "out" / "members.infected.zip") as archive:
        archive.setpassword(b"infected")
        found = {name: archive.read(name) for name in archive.namelist()}
    assert set(found.values()) == set(MEMBERS.values())
    assert all(name == f"{hashlib.sha256(data).hexdigest()}.bin" for name, data in found.items())
    print("ok: members.infected.zip")
    return []


def skipped(reason):
    print(f"SKIPPED: {reason}")
    return []


if __name__ == "__main__":
    main()
