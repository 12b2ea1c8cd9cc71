"""A package on disk, and its contents."""

from __future__ import annotations

import codecs
import os
from collections.abc import Mapping

from . import _given, _native
from ._table import Table, Timeline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, Iterable, Iterator, Literal, Union

    StrPath = Union[str, "os.PathLike[str]"]
    Format = Literal["arrow", "csv", "ndjson", "ocsf", "parquet", "timesketch"]
    _Tables = Mapping[str, Table]
    _Rows = list[dict[str, Any]]
else:
    _Tables, _Rows = Mapping, list


class Member:
    """A member of a package, or of an archive inside it."""

    __slots__ = ("encoding", "kind", "name", "sha256", "size", "verdict")

    name: str
    """The name as safe text. A member of an inner archive is prefixed with the archive's name and ``!``."""
    kind: str
    """The artifact it belongs to, or ``known``, ``archive`` or ``unrecognised``."""
    size: int
    """The inflated size in bytes."""
    sha256: str | None
    """The SHA-256 of the inflated bytes, in lower-case hexadecimal; None if not all bytes could be read."""
    verdict: str
    """The result of checking it: ``good`` if every byte is as declared."""
    encoding: str | None
    """How its text is decoded; None if it is not text."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.name = row["name"]
        self.kind = row["kind"]
        self.size = row["size"]
        self.sha256 = row["sha256"]
        self.verdict = row["verdict"]
        self.encoding = row["encoding"]

    def __repr__(self) -> str:
        return f"<Member {self.name!r}, {self.size} bytes>"


class Verification:
    """The result of comparing a package with its manifest."""

    __slots__ = ("differences", "sha256", "size")

    size: int
    """The size of the file in bytes."""
    sha256: str
    """The SHA-256 of the file, in lower-case hexadecimal."""
    differences: list[dict[str, Any]]
    """The differences: ``what`` differs, and its values in the ``manifest`` and in the ``file``."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.size = fields["size"]
        self.sha256 = fields["sha256"]
        self.differences = fields["differences"]

    @property
    def intact(self) -> bool:
        """Whether every byte of the package is the one the manifest was written for."""
        return not self.differences

    def __bool__(self) -> bool:
        return self.intact

    def __repr__(self) -> str:
        differ = ", ".join(str(it["what"]) for it in self.differences)
        return f"<Verification: {'intact' if self.intact else f'NOT INTACT, these differ: {differ}'}>"

    def _repr_html_(self) -> str:
        from ._display import verification

        return verification(self)


class Search(_Rows):
    """The result of a search: a list of hits, and what it leaves open."""

    #: The number of hits, including those beyond the limit.
    total: int
    #: The indicators as they were understood: each with ``value`` and ``kind``.
    indicators: list[dict[str, Any]]
    #: The number of hits of each indicator, in the same order, including those beyond the limit.
    hits_per_indicator: list[int]
    #: What was not searched, or only in part: each with ``member`` (None for the whole package) and ``why``.
    not_searched: list[dict[str, Any]]

    def __init__(self, found: dict[str, Any]) -> None:
        super().__init__(found["hits"])
        self.total = found["total"]
        self.indicators = found["indicators"]
        self.hits_per_indicator = found["hits_per_indicator"]
        self.not_searched = found["not_searched"]

    def __repr__(self) -> str:
        lost = f", NOT SEARCHED: {len(self.not_searched)}" if self.not_searched else ""
        return f"<Search: {self.total} hits for {len(self.indicators)} indicators{lost}>"

    def _repr_html_(self) -> str:
        from ._display import search

        return search(self)


class ProcessTree(_Rows):
    """The processes of a host as a list, and what is missing from it."""

    #: Whether processes are missing: their list is absent, emptied or damaged, or a budget ran out.
    partial: bool
    #: Issues found while reading the list, as in :attr:`Table.issues`.
    issues: list[dict[str, Any]]

    def __init__(self, tree: dict[str, Any]) -> None:
        super().__init__(tree["nodes"])
        self.partial = tree["is_partial"]
        self.issues = tree["issues"]

    def __repr__(self) -> str:
        return f"<ProcessTree: {len(self)} processes{', some are missing' if self.partial else ''}>"

    def _repr_html_(self) -> str:
        from ._display import tree

        return tree(self)


class Package(_Tables):
    """An investigation package on disk; a mapping of table names to tables.

    >>> package = Package("evidence/ws-042.zip")
    >>> package["processes"].to_pandas()

    A table is read when it is accessed, and again on each access: keep the ones you need. Reading never fails because
    of the package's content: whatever is damaged or too large results in a :attr:`~Table.partial` table with an issue.
    No file is ever named after a member.

    Threads may share a package and read in parallel. With asyncio, use ``asyncio.to_thread``.

    Args:
        path: A zip, a folder that contains one, or a folder that a package was extracted to.
        password: For evidence that was packed again with a password, such as ``infected``; a str is encoded as UTF-8.
        budgets: Limits by name, in place of the defaults. Members (``entries``, 20,000) and the length of their names
            (``name_bytes``, 1,024); nested archives (``depth``, 3); inflated bytes of all members (``total_bytes``, 64
            GiB) and of one in memory (``held_bytes``, 1 GiB); inflated bytes per compressed byte (``ratio``, 200),
            counted from this size on (``ratio_from_bytes``, 256 MiB; ``package_ratio_from_bytes``, 4 GiB); bytes of a
            line (``line_bytes``, 1 MiB); rows of a table (``table_rows``, 50 million), its bytes per byte read
            (``row_ratio``, 32) and in memory (``table_bytes``, 1 GiB); bytes of the timeline (``timeline_bytes``, 256
            MiB); findings and issues kept per kind (``findings_per_kind``, 1,000).

    Raises:
        OSError: It cannot be read; ``FileNotFoundError`` if it does not exist.
        ValueError: It is neither a file nor a folder, the folder has no files, or a budget is unknown or out of range.
        PackageError: ``not_a_zip`` or ``truncated`` if it is not a zip, or its end is missing; ``wrong_password``;
            ``several_packages`` if the folder has more than one.
    """

    __slots__ = ("_budgets", "_is_locked", "_manifest", "_opened", "_password", "_path", "_read")

    def __init__(
        self, path: StrPath, *, password: str | bytes | None = None, budgets: Mapping[str, int] | None = None
    ) -> None:
        if not isinstance(budgets, (Mapping, type(None))):
            raise TypeError(f"`budgets` must be a mapping, not {type(budgets).__name__}")
        self._set(path, dict(budgets or {}), password)
        # Fails now if this is not a package.
        self._open()

    @classmethod
    def _downloaded(cls, path: StrPath) -> Package:
        """Returns a package that was just verified; it is opened on first access to its contents."""
        package = cls.__new__(cls)
        package._set(path, {})
        return package

    def _set(self, path: StrPath, budgets: dict[str, int], password: str | bytes | None = None) -> None:
        self._path = _given.path(path, "path")
        self._password = password
        self._is_locked = password is not None
        self._budgets = budgets
        self._opened: _native.Package | None = None
        self._manifest: dict[str, Any] | None = None
        self._read: tuple[dict[str, Any], dict[str, Table]] | None = None

    def _open(self) -> _native.Package:
        if self._opened is None:
            self._opened = _native.Package(self._path, self._password, self._budgets)
            # For a folder, the path of the one package in it, whose manifest is beside it.
            self._path = self._opened.path
            # Kept no longer than needed.
            self._password = None
        return self._opened

    @property
    def path(self) -> Path:
        """The path; for a folder that contains one package, the package's path."""
        from pathlib import Path

        return Path(self._path)

    @property
    def manifest(self) -> dict[str, Any] | None:
        """The custody record: what was requested, by whom and when, the action, sizes and hashes, the tool's version.

        None if there is no manifest beside the package, as for one that was downloaded from the portal.

        Raises:
            PackageError: ``manifest_mismatch`` if the manifest cannot be used.
        """
        if self._manifest is None:
            self._manifest = _native.manifest(self._path)
        return self._manifest

    @property
    def size(self) -> int | None:
        """The size of the zip in bytes; None for a folder."""
        if self.manifest is not None:
            return int(self.manifest["package"]["size"])
        return None if os.path.isdir(self._path) else os.stat(self._path).st_size

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the zip as received, in lower-case hexadecimal; None without a manifest."""
        return None if self.manifest is None else str(self.manifest["package"]["sha256"])

    @property
    def verdict(self) -> str | None:
        """The verdict when it was received: ``whole``; ``unverified`` if not every byte could be checked; ``damaged``.
        None without a manifest."""
        return None if self.manifest is None else str(self.manifest["verdict"])

    @property
    def why(self) -> str | None:
        """What is wrong with a damaged package, or what could not be checked in an unverified one."""
        return None if self.manifest is None else self.manifest["why"]

    def verify(self) -> Verification:
        """Compares the package with its manifest, byte for byte.

        Raises:
            PackageError: ``manifest_missing`` if there is no manifest; ``manifest_mismatch`` if it cannot be used.
            OutputError: ``output_failed`` if the package cannot be read.
        """
        return Verification(_native.verify(self._path))

    @property
    def id(self) -> str:
        """The collection's GUID; if the package has none, a digest of its members."""
        return str(self._open().about()["package_id"])

    @property
    def device(self) -> str | None:
        """The device's name, according to the package itself."""
        return self._open().about()["device"]

    @property
    def collection(self) -> dict[str, Any]:
        """When the package was collected, and how its local times are read: ``started``, ``ended``, ``locale``,
        ``zone``, ``utc_offset``, ``date_order``, and how each was found."""
        return self._open().about()["collection"]

    @property
    def whole(self) -> bool | None:
        """Whether the zip's structure and every CRC are right. None if not every byte could be checked, as with
        encrypted members, and for a folder, which has nothing to check against."""
        whole: bool | None = self._open().about()["whole"]
        return whole

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What is remarkable or dangerous in the zip: ``code``, ``severity``, ``member``, ``offset``, ``message``."""
        return self._open().about()["findings"]

    @property
    def members(self) -> list[Member]:
        """The members, including those of inner archives."""
        return [Member(row) for row in self["members"]]

    def read(self, member: str) -> bytes:
        """Returns the bytes of a member, by its :attr:`Member.name` or its :attr:`Member.sha256`.

        Raises:
            PackageError: ``unreadable`` if there is no such member, it is damaged, or several members of that name have
                different bytes; ``over_budget`` if it inflates to more than ``held_bytes``.
        """
        return self._open().read(member)

    def extract(self, folder: StrPath, *, members: Iterable[str] = (), zip: bool = False) -> list[dict[str, Any]]:
        """Writes members as files named by their SHA-256, like ``mde-forensics extract``.

        No file is ever named after a member. ``members.json`` beside the files says which is which, including members
        extracted there earlier.

        Args:
            folder: The output folder, created if missing. Existing files are hashed and kept.
            members: Only members whose name contains one of these texts, ignoring case (default: all).
            zip: Write one zip, ``members.infected.zip``, instead of files. It is encrypted (AES-256) with the password
                ``infected``, so that antivirus software does not remove the evidence.

        Returns:
            For each member its position in the table (``index``), its name (``member``), its ``file`` in the folder or
            the zip, ``size`` and ``sha256``. Members with missing bytes, or that :meth:`read` refuses, are left out.

        Raises:
            OutputError: ``write_failed`` if a file cannot be written or does not match its name, or if the zip already
                exists.
            PackageError: ``unreadable`` if a member can no longer be read.
        """
        return self._open().extract(_given.path(folder, "folder"), _lines(members, "members"), zip)

    @property
    def report(self) -> dict[str, Any]:
        """The result of reading everything: ``tables`` with row counts, ``coverage``, ``issues``, ``needs_a_look``.

        Reads the whole package, once.
        """
        return self._all()[0]

    @property
    def coverage(self) -> Table:
        """What the package has and lacks: per artifact, per command in the agent's own summary, and what is never
        collected. ``status`` is ``present``, ``missing``, ``empty``, ``failed``, ``windowed``, ``not_collected`` or
        ``unrecognised``."""
        return self._all()[1]["coverage"]

    @property
    def issues(self) -> Table:
        """What to know before trusting the package: ``code``, ``needs_a_look``, ``message``, ``member``, ``line``."""
        return self._all()[1]["issues"]

    @property
    def reconciliation(self) -> list[dict[str, Any]]:
        """The ``count_mismatch`` issues: a second, independent count of an artifact differs from the rows of its table.
        Empty if all agree."""
        return [row for row in self.issues if row["code"] == "count_mismatch"]

    @property
    def needs_a_look(self) -> bool:
        """Whether evidence is missing or in doubt in a way that a person should look at."""
        return bool(self.report["needs_a_look"])

    def timeline(self) -> Timeline:
        """Returns everything with its own timestamp, in time order. Notebooks show it as a picture."""
        return Timeline(self._open().table("timeline"))

    def tree(self) -> ProcessTree:
        """Returns the processes, each after its parent: ``depth``, ``process_id``, ``parent_process_id``, ``name``,
        ``command_line``, ``created`` (microseconds since the epoch), ``line``.

        ``parent`` is ``found``, ``gone``, ``none`` or ``reused``: a process that started after its child is not its
        parent. Unreadable rows come last, without ``process_id`` and with their text in ``raw``.
        """
        return ProcessTree(self._open().process_tree())

    def search(self, indicators: str | os.PathLike[str] | Iterable[str], *, limit: int = 10_000) -> Search:
        """Searches every text of every table, and every line that no table has, for indicators of compromise.

        Matches whole words and ignores case. Addresses are also found in any form of IPv6, reversed in DNS names, in
        host names, and as one number in a URL.

        Args:
            indicators: Hashes, addresses, domains and names: a text with one per line, several texts, or the path of a
                file (UTF-8 or UTF-16) as ``pathlib.Path``. ``#`` starts a comment; ``hxxp`` and ``[.]`` are understood.
            limit: The most hits to return; all are counted.

        Returns:
            The hits, each with ``indicator``, ``kind``, ``table`` (``text`` for a line that no table has), ``column``,
            ``member``, ``line`` and ``value``. No hits says nothing about what is in ``not_searched``; ``indicators``
            is what was searched for.

        Raises:
            ValueError: There is no indicator, or a line that cannot be searched for.
        """
        if isinstance(indicators, os.PathLike):
            indicators = _list(indicators)
        elif not isinstance(indicators, str):
            indicators = "\n".join(_lines(indicators, "indicators"))
        return Search(self._open().search(indicators, limit))

    def export(
        self,
        folder: StrPath,
        *,
        format: Format = "parquet",
        tables: Iterable[str] = (),
        redact: bool = False,
        overwrite: bool = False,
    ) -> list[Path]:
        """Writes each table as a file, like ``mde-forensics tables``.

        Args:
            folder: The output folder, created if missing.
            format: ``parquet``, ``ndjson``, ``csv`` (safe for spreadsheets), ``arrow`` (IPC stream), ``timesketch``
                (the timeline) or ``ocsf`` (Live Evidence Info).
            tables: Only these tables (default: all).
            redact: Replace the names of users and hosts, and addresses, with stand-ins.
            overwrite: Replace existing files.

        Returns:
            The paths of the files.

        Raises:
            KeyError: There is no table of that name.
            InvalidInputError: ``no_place`` if the format cannot hold a table that was named.
            OutputError: ``write_failed`` if a file already exists or cannot be written, or another process is writing
                to the folder. Unfinished files are removed.
        """
        return export([self], folder, format=format, tables=tables, redact=redact, overwrite=overwrite)

    def __getitem__(self, name: str) -> Table:
        _known(name)
        if name in ("coverage", "issues"):
            return self._all()[1][name]
        return Timeline(self._open().table(name)) if name == "timeline" else Table(self._open().table(name))

    def __iter__(self) -> Iterator[str]:
        return iter(_names())

    def __len__(self) -> int:
        return len(_names())

    def __contains__(self, name: object) -> bool:
        return name in _names()

    def __fspath__(self) -> str:
        return self._path

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Package):
            return NotImplemented
        return self._path == other._path

    def __hash__(self) -> int:
        return hash(self._path)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._is_locked:
            raise TypeError(
                f"`{self._path}` was opened with a password, which is not pickled: open it again where it is needed"
            )
        return _again, (self._path, self._budgets)

    def __repr__(self) -> str:
        return f"<Package {self._path!r}>"

    def _repr_html_(self) -> str:
        from ._display import package

        return package(self)

    def _ipython_key_completions_(self) -> list[str]:
        return list(_names())

    def _all(self) -> tuple[dict[str, Any], dict[str, Table]]:
        if self._read is None:
            report, tables = self._open().report(["coverage", "issues"])
            self._read = report, {table.name: Table(table) for table in tables}
        return self._read


class Comparison:
    """What was added, removed and changed between two packages of a device; made by :func:`compare`."""

    __slots__ = ("_about", "changes")

    changes: Table
    """Every difference, noise included: ``table``, ``change`` (``added``, ``removed``, ``changed``), ``key``,
    ``columns``, ``before``, ``after``. ``noise`` says why a difference comes from the agent itself or from the passing
    of time, ``note`` what to keep in mind. A name alone never makes a difference noise; if in doubt, it is not."""

    def __init__(self, about: dict[str, Any], changes: Table) -> None:
        self._about = about
        self.changes = changes

    @property
    def before(self) -> str:
        """The id of the earlier package."""
        return str(self._about["before"])

    @property
    def after(self) -> str:
        """The id of the later package."""
        return str(self._about["after"])

    @property
    def was_turned(self) -> bool:
        """Whether the packages were given in reverse order and were swapped, according to their own times."""
        return bool(self._about["was_turned"])

    @property
    def same_device(self) -> bool | None:
        """Whether both name the same device; None if one of them names none."""
        return self._about["is_same_device"]

    @property
    def not_compared(self) -> list[dict[str, Any]]:
        """What could not be compared, or only in part, so that additions and removals there may be wrong: each with
        ``side`` (``before``, ``after`` or ``both``), ``member``, ``why``, and ``is_by_design`` for what is never
        compared, such as events."""
        return list(self._about["not_compared"])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Iterates over the differences without noise."""
        return (row for row in self.changes if row["noise"] is None)

    def __len__(self) -> int:
        """The number of differences without noise."""
        return sum(noise is None for noise in self.changes.column("noise"))

    def __repr__(self) -> str:
        lost = sum(not it["is_by_design"] for it in self.not_compared)
        return (
            f"<Comparison: {len(self)} differences, plus {len(self.changes) - len(self)} of noise"
            + {True: "", False: ", DIFFERENT devices", None: ", one names no device"}[self.same_device]
            + (f", NOT COMPARED: {lost}>" if lost else ">")
        )

    def _repr_html_(self) -> str:
        from ._display import comparison

        return comparison(self)


def compare(before: Package | StrPath, after: Package | StrPath) -> Comparison:
    """Compares two packages of a device: what was added, removed and changed, with the agent's own noise marked.

    Args:
        before: The earlier package, or its path. The packages' own summaries decide which is earlier.
        after: The later package, or its path.

    Raises:
        OSError: A package cannot be read.
        PackageError: See :class:`Package`.
    """
    one, other = _package(before, "before"), _package(after, "after")
    about, changes = _native.compare(one._open(), other._open())
    return Comparison(about, Table(changes))


def export(
    packages: Iterable[Package | StrPath],
    folder: StrPath,
    *,
    format: Format = "parquet",
    tables: Iterable[str] = (),
    redact: bool = False,
    overwrite: bool = False,
) -> list[Path]:
    """Writes the tables of several packages as one dataset: one file per table, with the rows of all packages.

    Args:
        packages: Packages, or their paths.
        folder: See :meth:`Package.export`.
        format: See :meth:`Package.export`.
        tables: See :meth:`Package.export`.
        redact: See :meth:`Package.export`. A name has the same stand-in in all packages.
        overwrite: See :meth:`Package.export`.

    Returns:
        The paths of the files.

    Raises:
        KeyError: There is no table of that name.
        InvalidInputError: See :meth:`Package.export`.
        OutputError: See :meth:`Package.export`.
        OSError: A package cannot be read.
        PackageError: See :class:`Package`.
    """
    from pathlib import Path

    several = _given.several(packages, "packages", "packages")
    names = _lines(tables, "tables")
    for name in names:
        _known(name)
    opened = [_package(it, f"packages[{at}]")._open() for at, it in enumerate(several)]
    to = _given.path(folder, "folder")
    return [Path(to, name) for name in _native.export(opened, to, format, names, redact, overwrite)]


_NAMES: list[str] = []


def _names() -> list[str]:
    if not _NAMES:
        _NAMES[:] = [schema["name"] for schema in _native.Package.schemas()]
    return _NAMES


def _known(name: str) -> None:
    if not isinstance(name, str):
        raise TypeError(f"a table name must be a str, not {type(name).__name__}")
    if name not in _names():
        raise KeyError(f"there is no table `{name}`; choose one of {', '.join(_names())}")


def _package(given: Package | StrPath, name: str) -> Package:
    return given if isinstance(given, Package) else Package(_given.path(given, name))


def _list(path: os.PathLike[str]) -> str:
    """Reads a list in UTF-8, or in UTF-16 as Windows PowerShell writes it."""
    with open(path, "rb") as file:
        whole = file.read()
    encoding = "utf-16" if whole.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return whole.decode(encoding)
    except UnicodeDecodeError:
        raise ValueError(f"the list `{os.fspath(path)}` is neither UTF-8 nor UTF-16: save it as UTF-8") from None


def _lines(texts: Iterable[str], name: str) -> list[str]:
    lines = _given.several(texts, name, "strings")
    for at, text in enumerate(lines):
        if not isinstance(text, str):
            raise TypeError(f"`{name}[{at}]` must be a str, not {type(text).__name__}")
    return lines


def _again(path: str, budgets: dict[str, int]) -> Package:
    return Package(path, budgets=budgets)
