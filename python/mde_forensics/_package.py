"""A package on disk."""

from __future__ import annotations

import os

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, Iterator, Union

    StrPath = Union[str, "os.PathLike[str]"]


class Member:
    """A member of a package, as its manifest has it."""

    __slots__ = ("crc32", "name", "sha256", "size", "verdict")

    name: str
    """Its name as safe text."""
    size: int
    """Bytes that it inflates to."""
    crc32: str
    """The CRC-32 that the package declares, as eight hexadecimal digits."""
    sha256: str | None
    """The SHA-256 of its inflated bytes, lower-case hexadecimal, if all of them could be had."""
    verdict: str
    """What checking it gave: ``ok`` if every byte is as declared."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self.name = entry["name"]
        self.size = entry["size"]
        self.crc32 = entry["crc32"]
        self.sha256 = entry["sha256"]
        self.verdict = entry["verdict"]

    def __repr__(self) -> str:
        return f"<Member {self.name!r}, {self.size} bytes>"


class Verification:
    """What comparing a package with its manifest gave."""

    __slots__ = ("differences", "sha256", "size")

    size: int
    """Bytes of the file."""
    sha256: str
    """The SHA-256 of the file, lower-case hexadecimal."""
    differences: list[dict[str, Any]]
    """Each with ``what`` differs, and what ``manifest`` and ``file`` have."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.size = fields["size"]
        self.sha256 = fields["sha256"]
        self.differences = fields["differences"]

    @property
    def intact(self) -> bool:
        """Whether every byte of the package is the one that the manifest was written for."""
        return not self.differences

    def __bool__(self) -> bool:
        return self.intact

    def __repr__(self) -> str:
        found = "intact" if self.intact else f"{len(self.differences)} differences"
        return f"<Verification: {found}>"


class Package:
    """An investigation package that lies on disk beside its manifest.

    Args:
        path: The package, a ``.zip`` that this library downloaded.

    Raises:
        PackageError: ``manifest_mismatch`` if there is no usable manifest beside it.
    """

    __slots__ = ("_manifest", "_path")

    def __init__(self, path: StrPath) -> None:
        self._path = os.fspath(path)
        self._manifest: dict[str, Any] = _native.manifest(self._path)

    @property
    def path(self) -> Path:
        """Where it lies."""
        from pathlib import Path

        return Path(self._path)

    @property
    def manifest(self) -> dict[str, Any]:
        """The custody record: what was asked, by whom and when, the action, sizes and hashes, the tool's version."""
        return self._manifest

    @property
    def members(self) -> list[Member]:
        """The members, in the package's own order."""
        return [Member(entry) for entry in self._manifest["members"]]

    @property
    def size(self) -> int:
        """Bytes of the package."""
        return int(self._manifest["package"]["size"])

    @property
    def sha256(self) -> str:
        """The SHA-256 of the package, lower-case hexadecimal, as it was received."""
        return str(self._manifest["package"]["sha256"])

    def verify(self) -> Verification:
        """Compares the package with its manifest, byte for byte.

        Raises:
            PackageError: ``manifest_mismatch`` if the manifest cannot be used.
            OutputError: ``output_failed`` if the package cannot be read.
        """
        return Verification(_native.verify(self._path))

    def __fspath__(self) -> str:
        return self._path

    def __iter__(self) -> Iterator[Member]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self._manifest["members"])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Package):
            return NotImplemented
        return (self._path, self.sha256) == (other._path, other.sha256)

    def __hash__(self) -> int:
        return hash((self._path, self.sha256))

    def __repr__(self) -> str:
        return f"<Package {self._path!r}, {self.size} bytes, {len(self)} members>"

    def _repr_html_(self) -> str:
        from ._display import package

        return package(self)
