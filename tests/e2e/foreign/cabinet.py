"""`MPSupportFiles.cab`, read after [MS-CAB] and [MS-MCI] with zlib."""

import struct
import zlib


def check_cabinet(package):
    files = read(package.read("WdSupportLogs/MPSupportFiles.cab"))
    assert any(name.startswith("MPDetection-") for name in files)
    log = next(data for name, data in files.items() if name.startswith("MPLog-"))
    lines = log.decode("utf-16-le").removeprefix("\ufeff").split("\r\n")
    assert len(lines) > 200
    assert lines[1].startswith("Product Version: ")


def read(data):
    signature, _, size, _, first, _, minor, major, folders, count, flags, _, _ = struct.unpack_from(
        "<4sIIIIIBBHHHHH", data
    )
    assert (signature, size, minor, major, folders, flags) == (b"MSCF", len(data), 3, 1, 1, 0)
    start, blocks, method = struct.unpack_from("<IHH", data, 36)
    assert method == 1
    plain = b"".join(inflate(data, start, blocks))
    files, at = {}, first
    for _ in range(count):
        length, offset = struct.unpack_from("<II", data, at)
        end = data.index(b"\0", at + 16)
        files[data[at + 16 : end].decode("ascii")] = plain[offset : offset + length]
        at = end + 1
    assert at == start
    assert sum(map(len, files.values())) == len(plain)
    return files


def inflate(data, at, blocks):
    for _ in range(blocks):
        total, packed, plain = struct.unpack_from("<IHH", data, at)
        block = data[at + 8 : at + 8 + packed]
        assert total == checksum(block, checksum(data[at + 4 : at + 8], 0)), "checksum of a data block"
        assert block[:2] == b"CK"
        inflated = zlib.decompress(block[2:], wbits=-15)
        assert len(inflated) == plain
        yield inflated
        at += 8 + packed
    assert at == len(data)


def checksum(block, seed):
    whole = len(block) // 4 * 4
    for (word,) in struct.iter_unpack("<I", block[:whole]):
        seed ^= word
    return seed ^ int.from_bytes(block[whole:], "big")
