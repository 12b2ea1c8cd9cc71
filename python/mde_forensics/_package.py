"""A package on disk, and what is in it."""

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
    """A member of a package, or of an archive in it."""

    __slots__ = ("encoding", "kind", "name", "sha256", "size", "verdict")

    name: str
    """Its name as safe text; what lies in an inner archive has the archive's name and ``!`` before it."""
    kind: str
    """The artifact that it belongs to, ``known``, ``archive`` or ``unrecognised``."""
    size: int
    """Bytes that it inflates to."""
    sha256: str | None
    """The SHA-256 of its inflated bytes, lower-case hexadecimal, if all of them could be had."""
    verdict: str
    """What checking it gave: ``good`` if every byte is as declared."""
    encoding: str | None
    """How its text is decoded, where it is text."""

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


class Search(_Rows):
    """What looking for indicators came to: a list of hits, and what it leaves open."""

    #: How many hits there are, also beyond the limit.
    total: int
    #: What was looked for, as the list was understood: each with ``value`` and ``kind``.
    indicators: list[dict[str, Any]]
    #: What was not searched, or not to its end: each with ``member`` (None where it is the package) and ``why``.
    not_searched: list[dict[str, Any]]

    def __init__(self, found: dict[str, Any]) -> None:
        super().__init__(found["hits"])
        self.total = found["total"]
        self.indicators = found["indicators"]
        self.not_searched = found["not_searched"]


class ProcessTree(_Rows):
    """The processes of a host: a list, and what of them could not be told."""

    #: Whether processes are missing: the list is not there, emptied or damaged, or a budget ran out.
    partial: bool
    #: What was remarkable about the list, as in :attr:`Table.issues`.
    issues: list[dict[str, Any]]

    def __init__(self, tree: dict[str, Any]) -> None:
        super().__init__(tree["nodes"])
        self.partial = tree["is_partial"]
        self.issues = tree["issues"]


class Package(_Tables):
    """An investigation package on disk, and a mapping of its tables by their names.

    >>> package = Package("evidence/ws-042.zip")
    >>> package["processes"].to_pandas()

    Nothing of a table is read before it is asked for, and it is read anew each time; keep what you need. Reading one
    never fails for what is in the package: what is damaged or too large gives a table that is
    :attr:`~Table.partial`, and an issue that says so. Nothing is ever written by a member's name.

    It may be used by many threads at once, which read in parallel; in asyncio, by ``asyncio.to_thread``.

    Args:
        path: A zip; a folder that has one, or that somebody extracted one to.
        password: Of evidence that somebody packed again, such as ``infected``; a text counts as UTF-8.
        budgets: How much it may cost, by name, in place of the defaults: members (``entries``, 20,000) and their names
            (``name_bytes``, 1,024); archives inside one another (``depth``, 3); bytes that all members inflate to
            (``total_bytes``, 64 GiB) and that one in memory does (``held_bytes``, 1 GiB); how many bytes one inflates
            to (``ratio``, 200), from so many on (``ratio_from_bytes``, 256 MiB; ``package_ratio_from_bytes``, 4 GiB);
            a line (``line_bytes``, 1 MiB); a table (``table_rows``, 50 million; ``row_ratio``,
            32 bytes of rows for a byte read; ``table_bytes``, 1 GiB); the timeline
            (``timeline_bytes``, 256 MiB); and what is noted of one kind (``findings_per_kind``, 1,000).

    Raises:
        OSError: If it cannot be read; ``FileNotFoundError`` if it is not there.
        ValueError: If it is neither a file nor a folder, or the folder has no files.
        PackageError: ``not_a_zip`` or ``truncated`` if it is no zip, or its end is missing; ``wrong_password``;
            ``several_packages`` if the folder has more than one.
    """

    __slots__ = ("_budgets", "_is_locked", "_manifest", "_opened", "_password", "_path", "_read")

    def __init__(
        self, path: StrPath, *, password: str | bytes | None = None, budgets: Mapping[str, int] | None = None
    ) -> None:
        if not isinstance(budgets, (Mapping, type(None))):
            raise TypeError(f"`budgets` must be a mapping, not {type(budgets).__name__}")
        self._set(path, dict(budgets or {}), password)
        # What is no package says so now.
        self._open()

    @classmethod
    def _downloaded(cls, path: StrPath) -> Package:
        """A package that was verified just now: it is opened when a table of it is asked for."""
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
            # Of a folder, where the one package in it lies: its custody lies beside that.
            self._path = self._opened.path
            # Kept no longer than it is needed.
            self._password = None
        return self._opened

    @property
    def path(self) -> Path:
        """Where it lies; of a folder that has one, the package in it."""
        from pathlib import Path

        return Path(self._path)

    @property
    def manifest(self) -> dict[str, Any] | None:
        """The custody record: what was asked, by whom and when, the action, sizes and hashes, the tool's version.

        None where nothing lies beside the package, as when it was collected in the portal.

        Raises:
            PackageError: ``manifest_mismatch`` if what lies there cannot be used.
        """
        if self._manifest is None:
            self._manifest = _native.manifest(self._path)
        return self._manifest

    @property
    def size(self) -> int | None:
        """Bytes of the zip; None for a folder."""
        if self.manifest is not None:
            return int(self.manifest["package"]["size"])
        return None if os.path.isdir(self._path) else os.stat(self._path).st_size

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the zip as it was received, lower-case hexadecimal; None without a manifest."""
        return None if self.manifest is None else str(self.manifest["package"]["sha256"])

    @property
    def verdict(self) -> str | None:
        """What verifying it gave when it was received: ``whole``; ``unverified`` if not every byte could be checked;
        ``damaged``. None without a manifest."""
        return None if self.manifest is None else str(self.manifest["verdict"])

    @property
    def why(self) -> str | None:
        """What is wrong with a damaged package, or what of an unverified one could not be checked."""
        return None if self.manifest is None else self.manifest["why"]

    def verify(self) -> Verification:
        """Compares the package with its manifest, byte for byte.

        Raises:
            PackageError: ``manifest_mismatch`` if there is no manifest, or it cannot be used.
            OutputError: ``output_failed`` if the package cannot be read.
        """
        return Verification(_native.verify(self._path))

    @property
    def id(self) -> str:
        """The collection's GUID; a digest of the members where the package does not say."""
        return str(self._open().about()["package_id"])

    @property
    def device(self) -> str | None:
        """The device's name, as the package itself gives it."""
        return self._open().about()["device"]

    @property
    def collection(self) -> dict[str, Any]:
        """When it was collected, and how its local times are read: ``started``, ``ended``, ``locale``, ``zone``,
        ``utc_offset``, ``date_order``, and how each was found."""
        return self._open().about()["collection"]

    @property
    def whole(self) -> bool | None:
        """Whether structure and every CRC of the zip are right; None where not every byte could be checked, as of
        encrypted members, and of a folder, which has nothing to be held against."""
        whole: bool | None = self._open().about()["whole"]
        return whole

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What is remarkable or dangerous about the zip: ``code``, ``severity``, ``member``, ``offset``,
        ``message``."""
        return self._open().about()["findings"]

    @property
    def members(self) -> list[Member]:
        """The members, those of inner archives included."""
        return [Member(row) for row in self["members"]]

    def read(self, member: str) -> bytes:
        """The bytes of a member, by its :attr:`Member.name` or its :attr:`Member.sha256`.

        Raises:
            PackageError: ``unreadable`` if there is no such member, if it is damaged, or if several have that name and
                not the same bytes; ``over_budget`` if it inflates to more than ``held_bytes``.
        """
        return self._open().read(member)

    def extract(self, folder: StrPath, *, members: Iterable[str] = (), zip: bool = False) -> list[dict[str, Any]]:
        """Writes members as files whose names are their SHA-256; as ``mde-forensics extract`` does.

        Nothing is ever written by a member's name. ``members.json`` beside them says which is which, of
        what was extracted there before too.

        Args:
            folder: Where they go; it is made if need be. A file that is there already is hashed, and stays.
            members: Only those whose name has one of these texts in it, in any case (default: all).
            zip: One zip in place of the files, ``members.infected.zip``, encrypted (AES-256) with the password
                ``infected``, so that no antivirus takes the evidence away.

        Returns:
            For each member its place in the table (``index``), its name (``member``), the ``file`` in the folder or in
            the zip, ``size`` and ``sha256``. Members whose bytes are not whole, or that :meth:`read` does not give, are
            not among them.

        Raises:
            OutputError: ``write_failed`` if a file cannot be written or is not what its name says, or if the zip is
                there already.
            PackageError: ``unreadable`` if a member cannot be read any more.
        """
        return self._open().extract(_given.path(folder, "folder"), _lines(members, "members"), zip)

    @property
    def report(self) -> dict[str, Any]:
        """What reading everything came to: ``tables`` with rows counted, ``coverage``, ``issues``, ``needs_a_look``.

        Reads the whole package, once.
        """
        return self._all()[0]

    @property
    def coverage(self) -> Table:
        """What the package has and has not, per artifact, per command of the agent's own summary, and for what is never
        collected: ``status`` is ``present``, ``missing``, ``empty``, ``failed``, ``windowed``, ``not_collected`` or
        ``unrecognised``."""
        return self._all()[1]["coverage"]

    @property
    def issues(self) -> Table:
        """What to know before trusting it: ``code``, ``needs_a_look``, ``message``, ``member``, ``line``."""
        return self._all()[1]["issues"]

    @property
    def reconciliation(self) -> list[dict[str, Any]]:
        """Where a second, independent count of an artifact differs from the rows of its table: issues of the code
        ``count_mismatch``. Empty where all agree."""
        return [row for row in self.issues if row["code"] == "count_mismatch"]

    @property
    def needs_a_look(self) -> bool:
        """Whether evidence is missing or in doubt for a reason that somebody should look at."""
        return bool(self.report["needs_a_look"])

    def timeline(self) -> Timeline:
        """What has a time of its own, in the order of time. In a notebook it shows itself as a picture."""
        return Timeline(self._open().table("timeline"))

    def tree(self) -> ProcessTree:
        """The processes, each after its parent: ``depth``, ``process_id``, ``parent_process_id``, ``name``,
        ``command_line``, ``created`` (microseconds of the epoch), ``line``; ``parent`` is ``found``, ``gone``, ``none``
        or ``reused``: what was started after its child is not its parent. Rows that could not be read come last,
        without ``process_id`` and with their text in ``raw``."""
        return ProcessTree(self._open().process_tree())

    def search(self, indicators: str | os.PathLike[str] | Iterable[str], *, limit: int = 10_000) -> Search:
        """Looks for indicators of compromise in every text of every table and in every line that no table has, without
        case, as whole words; addresses also in any form of IPv6, backwards in names of the DNS, in names of hosts and
        as one number in a URL.

        Args:
            indicators: Hashes, addresses, domains and names: a text with one per line, several texts, or the path of a
                file as ``pathlib.Path``. ``#`` begins a remark; ``hxxp`` and ``[.]`` are understood.
            limit: How many hits are returned at most; all are counted.

        Returns:
            The hits, each with ``indicator``, ``kind``, ``table`` (``text`` for a line of which no table has a row),
            ``column``, ``member``, ``line`` and ``value``. That there are none says nothing of what is in its
            ``not_searched``; its ``indicators`` are what was looked for.

        Raises:
            ValueError: If there is not one indicator, or a line that cannot be looked for.
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
        """Writes tables as files, one for each, and says which; as ``mde-forensics tables`` does.

        Args:
            folder: Where they go; it is made if need be.
            format: ``parquet``, ``ndjson``, ``csv`` (safe for spreadsheets), ``arrow`` (IPC stream), ``timesketch``
                (the timeline) or ``ocsf`` (Live Evidence Info).
            tables: Only these (default: all).
            redact: Names that stand for them in place of the names of users and hosts, and of addresses.
            overwrite: Replaces files that are there.

        Raises:
            KeyError: If there is no table of a name.
            InvalidInputError: ``no_place`` if the format has no place for a table that is named.
            OutputError: ``write_failed`` if a file is there already or cannot be written, or somebody else writes to
                the folder. What was begun is removed.
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
                f"{self!r} was opened with a password, which is not written down: open it anew where it is needed"
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
    ``columns``, ``before``, ``after``; ``noise`` says why it is the agent's own doing or the passing of time, ``note``
    what to keep in mind. A name alone makes no noise: what is in doubt has none."""

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
        """Whether the packages were given in the other order, and were turned round by their own times."""
        return bool(self._about["was_turned"])

    @property
    def same_device(self) -> bool | None:
        """Whether both name the same device; None where one of them names none."""
        return self._about["is_same_device"]

    @property
    def not_compared(self) -> list[dict[str, Any]]:
        """What could not be compared, or not in full, so that what seems added or removed there may be neither: each
        with ``side`` (``before``, ``after`` or ``both``), ``member``, ``why``, and ``is_by_design`` for what never is,
        such as events."""
        return list(self._about["not_compared"])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The differences without what is noise."""
        return (row for row in self.changes if row["noise"] is None)

    def __len__(self) -> int:
        """How many differences there are without what is noise."""
        return sum(noise is None for noise in self.changes.column("noise"))

    def __repr__(self) -> str:
        return f"<Comparison: {len(self)} differences, and {len(self.changes) - len(self)} that are noise>"

    def _repr_html_(self) -> str:
        from ._display import comparison

        return comparison(self)


def compare(before: Package | StrPath, after: Package | StrPath) -> Comparison:
    """Says what was added, removed and changed between two packages of a device, the agent's own noise marked.

    Args:
        before: The earlier package, or its path. Which is the earlier one, their own summaries say.
        after: The later one.

    Raises:
        OSError: If one cannot be read.
        PackageError: As :class:`Package` raises.
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
    """Writes the tables of several packages as one dataset: one file for each table, with the rows of all of them.

    Args:
        packages: Packages, or their paths.
        folder: As of :meth:`Package.export`.
        format: As of :meth:`Package.export`.
        tables: As of :meth:`Package.export`.
        redact: As of :meth:`Package.export`; what stands for a name is the same in all packages.
        overwrite: As of :meth:`Package.export`.

    Raises:
        KeyError: If there is no table of a name.
        OutputError: ``write_failed`` if a file is there already or cannot be written, or somebody else writes to the
                folder. What was begun is removed.
        OSError: If a package cannot be read.
        PackageError: As :class:`Package` raises.
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
        raise TypeError(f"the name of a table must be a str, not {type(name).__name__}")
    if name not in _names():
        raise KeyError(f"there is no table `{name}`; there are {', '.join(_names())}")


def _package(given: Package | StrPath, name: str) -> Package:
    return given if isinstance(given, Package) else Package(_given.path(given, name))


def _list(path: os.PathLike[str]) -> str:
    """The text of a list, in UTF-8 or in the UTF-16 that Windows PowerShell writes."""
    with open(path, "rb") as file:
        whole = file.read()
    encoding = "utf-16" if whole.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return whole.decode(encoding)
    except UnicodeDecodeError:
        raise ValueError(f"the list `{os.fspath(path)}` is neither UTF-8 nor UTF-16: save it as UTF-8") from None


def _lines(texts: Iterable[str], name: str) -> list[str]:
    lines = _given.several(texts, name, "texts")
    for at, text in enumerate(lines):
        if not isinstance(text, str):
            raise TypeError(f"`{name}[{at}]` must be a str, not {type(text).__name__}")
    return lines


def _again(path: str, budgets: dict[str, int]) -> Package:
    return Package(path, budgets=budgets)
