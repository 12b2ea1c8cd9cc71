"""The compiled part of ``mde_forensics``: it converts and decides nothing. Import from ``mde_forensics`` instead."""

import os
from asyncio import Future
from datetime import datetime, timedelta
from typing import Any, Callable, ClassVar, Final, Iterator, Optional, Sequence, Union, final

from typing_extensions import TypeAlias, disjoint_base

__all__ = [
    "VERSION",
    "Answer",
    "Client",
    "Collection",
    "Command",
    "Credential",
    "Emulator",
    "Engine",
    "Operation",
    "Package",
    "Table",
    "Task",
    "Wakeup",
    "Workspace",
    "codes",
    "compare",
    "export",
    "for_html",
    "manifest",
    "package_codes",
    "panic",
    "parse",
    "run",
    "tidy",
    "verify",
]

_Headers: TypeAlias = list[tuple[str, str]]
_Hear: TypeAlias = Callable[[dict[str, Any]], object]
_Now: TypeAlias = tuple[float, float]
_Options: TypeAlias = dict[str, Any]
_Seconds: TypeAlias = Union[float, timedelta]
_Send: TypeAlias = Callable[[str, str, _Headers, Optional[bytes]], tuple[int, _Headers, Iterator[bytes]]]
_StrPath: TypeAlias = Union[str, os.PathLike[str]]

VERSION: Final[str]
"""The version of the package."""

def codes() -> list[dict[str, Any]]:
    """Returns the error codes, each with ``fault``, ``retryable`` and ``hint``."""

def compare(before: Package, after: Package) -> tuple[dict[str, Any], Table]:
    """Compares two packages; returns the comparison, and its changes as a table."""

def export(
    packages: list[Package], folder: _StrPath, format: str, tables: list[str], redact: bool, overwrite: bool
) -> list[str]:
    """Writes tables as files, one per table with the rows of all packages; returns the files' names."""

def for_html(text: str) -> str:
    """Escapes text from evidence for HTML, inside an element or a quoted attribute."""

def manifest(package: _StrPath) -> dict[str, Any] | None:
    """Returns the manifest beside a package; None if there is none. Raises PackageError (``manifest_mismatch``)."""

def package_codes() -> list[tuple[str, str]]:
    """Returns the codes of the package reader, each with its hint."""

def panic(message: str, how: str) -> Task | None:
    """Panics, to test that the process survives it: in a ``task``, in a ``call``, or ``bare``."""

def parse(kind: str, text: str, *, tenant: str | None = None, base: str | None = None) -> str:
    """Checks a text of this kind and returns it in normal form. Raises MdeError."""

def run(arguments: Sequence[str]) -> int:
    """Runs the command with these arguments, starting with the program's name; returns its exit code."""

def tidy() -> None:
    """Closes connections that no call uses any more."""

def verify(package: _StrPath) -> dict[str, Any]:
    """Compares a package with its manifest: ``size``, ``sha256``, ``differences``. Raises MdeError."""

@final
class Answer:
    """The answer to one ticket of the engine. Each can be used once. Its methods raise ValueError or TypeError."""

    @staticmethod
    def reply(status: int, headers: _Headers, body: bytes, *, body_limit: int | None = None) -> Answer:
        """Answers a ``Send`` with the whole reply.

        A body that is still compressed is decoded here; ``body_limit`` is the most bytes the decoded body may have.
        """
    @staticmethod
    def not_sent(message: str) -> Answer:
        """Answers a ``Send``: no byte of the request was sent."""
    @staticmethod
    def unknown(message: str) -> Answer:
        """Answers a ``Send``: the request may have arrived, or not."""
    @staticmethod
    def broken(message: str, *, code: str | None = None) -> Answer:
        """Answers a ``Send``: the reply's head arrived, but not its whole body. ``code`` is an error code."""
    @staticmethod
    def token(token: str, good_for: _Seconds) -> Answer:
        """Answers a ``Token`` with a token and its lifetime in seconds."""
    @staticmethod
    def token_failed(message: str, *, code: str | None = None, retry_after: _Seconds | None = None) -> Answer:
        """Answers a ``Token``: there is none. ``code`` is an error code (default: ``credential_failed``),
        ``retry_after`` is in seconds."""
    @staticmethod
    def granted(permit: int) -> Answer:
        """Answers a ``Permit``: the call may go out."""
    @staticmethod
    def until(monotonic: _Seconds) -> Answer:
        """Answers a ``Permit``: the call must wait until this monotonic time."""
    @staticmethod
    def claimed() -> Answer:
        """Answers a ``Claim``: the device is claimed for this run."""
    @staticmethod
    def claim_held(monotonic: _Seconds) -> Answer:
        """Answers a ``Claim`` or an ``Inspect``: another run has the device or the package; ask again at this monotonic
        time."""
    @staticmethod
    def held(
        *,
        received: int | None = None,
        validator: str | None = None,
        total: int | None = None,
        size: int | None = None,
        sha256: str | None = None,
        verdict: str | None = None,
        conflict: str | None = None,
    ) -> Answer:
        """Answers an ``Inspect`` with what is in the folder.

        Nothing (no arguments); a partial download (``received`` bytes, with their strong entity tag as ``validator``,
        of ``total``); the package (``size``, ``sha256``, and its manifest's ``verdict``: ``whole`` or ``unverified``);
        or a file that cannot be used (``conflict`` says why).
        """
    @staticmethod
    def fetched(size: int, sha256: str) -> Answer:
        """Answers a ``Fetch``: all bytes are in ``NAME.part``."""
    @staticmethod
    def not_fetched(
        kind: str,
        message: str,
        *,
        received: int = 0,
        validator: str | None = None,
        total: int | None = None,
    ) -> Answer:
        """Answers a ``Fetch`` that did not complete. ``kind`` is ``dead``, ``interrupted``, ``refused`` or ``output``;
        ``received``, ``validator`` and ``total`` are what is on disk."""
    @staticmethod
    def sealed(members: int, findings: int, *, unverified: str | None = None) -> Answer:
        """Answers a ``Seal``: package and manifest are in place. ``unverified`` says what could not be checked, and
        why."""
    @staticmethod
    def not_sealed(message: str, *, damaged: bool) -> Answer:
        """Answers a ``Seal``: the package is damaged, or the output folder refused it."""

@final
class Client:
    """The client behind :class:`mde_forensics.Client` and :class:`mde_forensics.AsyncClient`."""

    def __new__(cls, tenant: str, credential: Credential, network: _Options) -> Client: ...
    @staticmethod
    def from_env(network: _Options) -> Client:
        """Creates a client from environment variables, which ``network`` overrides."""
    @property
    def tenant(self) -> str:
        """The tenant."""
    @property
    def api_url(self) -> str:
        """The API's URL."""
    @property
    def time_scale(self) -> float:
        """Emulator seconds per real second."""
    def collection(self, device: str, options: _Options) -> Collection:
        """Returns a collection that has not been requested yet."""
    def resume(self, handle: str, options: _Options) -> Collection:
        """Returns the collection of a handle."""
    def collect_many(
        self, devices: list[str], into: _StrPath | None, until: str | None, options: _Options, listens: bool
    ) -> Task:
        """Collects from many devices; the task returns one dict per device."""
    def resume_many(
        self,
        handles: list[str] | None,
        into: _StrPath | None,
        until: str | None,
        options: _Options,
        listens: bool,
    ) -> Task:
        """Resumes the handles, or what the folder's ledger knows; the task returns one dict per device."""
    def find(self, device: str) -> Task:
        """Finds the devices that match a name, an id or an address; the task returns a list of dicts."""
    def machine(self, id: str) -> Task:
        """Gets a device; the task returns a dict."""
    def action(self, id: str) -> Task:
        """Gets a machine action; the task returns a dict."""
    def actions(
        self,
        *,
        machine: str | None,
        kind: str | None,
        statuses: list[str] | None,
        requestor: str | None,
        since: datetime | None,
    ) -> Task:
        """Lists the machine actions that match; the task returns a list of dicts."""
    def cancel(self, id: str, comment: str) -> Task:
        """Cancels a machine action; the task returns it as a dict."""

@final
class Collection:
    """The collection behind :class:`mde_forensics.Collection` and ``AsyncCollection``."""

    def request(self, options: _Options, listens: bool) -> Task:
        """Requests the package; the task returns None."""
    def refresh(self, options: _Options, listens: bool) -> Task:
        """Asks the service once; the task returns None."""
    def wait(self, options: _Options, listens: bool) -> Task:
        """Waits until the package is ready; the task returns None."""
    def download(self, folder: _StrPath, options: _Options, listens: bool) -> Task:
        """Downloads the package; the task returns its path."""
    def step(
        self,
        budget: _Seconds | None,
        folder: _StrPath | None,
        options: _Options,
        listens: bool,
    ) -> Task:
        """Does one step; the task returns the seconds until the next one, or None at the end."""
    def cancel(self, comment: str, foreign: bool) -> Task:
        """Cancels the action; the task returns it as a dict."""
    def to_json(self) -> str:
        """Returns the handle as JSON."""
    def state(self) -> dict[str, Any]:
        """Returns what is known of the collection."""
    def events(self) -> list[dict[str, Any]]:
        """Returns the events so far."""

@disjoint_base
class Command:
    """One thing for the engine's driver to do. Times are in seconds of the driver's monotonic clock.

    ``ticket`` goes back to the engine with the answer.
    """

    @final
    class Abort(Command):
        """Give up this ``Send`` or ``Fetch``; its answer would be ignored."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, ticket: int) -> Command.Abort: ...
        @property
        def ticket(self) -> int: ...

    @final
    class Claim(Command):
        """Claim the collection for this run until a record says that it has ended. With ``wants_device``, also claim
        the device ``machine``, until a record says that the collection was accepted or has ended."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, ticket: int, tenant: str, machine: str, wants_device: bool) -> Command.Claim: ...
        @property
        def wants_device(self) -> bool: ...
        @property
        def ticket(self) -> int: ...
        @property
        def tenant(self) -> str: ...
        @property
        def machine(self) -> str: ...

    @final
    class Done(Command):
        """The run has finished; ``report`` has one dict per device."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, report: list[dict[str, Any]]) -> Command.Done: ...
        @property
        def report(self) -> list[dict[str, Any]]: ...

    @final
    class Event(Command):
        """Something that a person may want to see."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, event: dict[str, Any]) -> Command.Event: ...
        @property
        def event(self) -> dict[str, Any]: ...

    @final
    class Fetch(Command):
        """Stream the package into ``name`` plus ``.part``. ``link`` is a secret. ``resume`` is what is there already:
        bytes, strong entity tag, total."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(
            cls,
            ticket: int,
            link: str,
            name: str,
            resume: tuple[int, str | None, int | None] | None,
        ) -> Command.Fetch: ...
        @property
        def ticket(self) -> int: ...
        @property
        def link(self) -> str: ...
        @property
        def name(self) -> str: ...
        @property
        def resume(self) -> tuple[int, str | None, int | None] | None: ...

    @final
    class Inspect(Command):
        """Say what the output folder has under this name."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, ticket: int, name: str) -> Command.Inspect: ...
        @property
        def ticket(self) -> int: ...
        @property
        def name(self) -> str: ...

    @final
    class Permit(Command):
        """Ask the quota ledger whether a call may go out now. ``quota`` names the class it counts against."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, ticket: int, quota: str) -> Command.Permit: ...
        @property
        def ticket(self) -> int: ...
        @property
        def quota(self) -> str: ...

    @final
    class Record(Command):
        """Append the record (JSON) durably, then call ``recorded`` with ``seq``. Several records may share one sync."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, seq: int, record: str) -> Command.Record: ...
        @property
        def seq(self) -> int: ...
        @property
        def record(self) -> str: ...

    @final
    class Seal(Command):
        """Turn ``name.part`` into evidence: sync, verify, write the manifest from ``custody`` (JSON), and rename
        without overwriting.

        ``size`` and ``sha256`` are those of the download. With ``keep_damaged`` a damaged package is kept under another
        name.
        """

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(
            cls, ticket: int, name: str, custody: str, size: int, sha256: str, keep_damaged: bool
        ) -> Command.Seal: ...
        @property
        def ticket(self) -> int: ...
        @property
        def name(self) -> str: ...
        @property
        def custody(self) -> str: ...
        @property
        def size(self) -> int: ...
        @property
        def sha256(self) -> str: ...
        @property
        def keep_damaged(self) -> bool: ...

    @final
    class Send(Command):
        """Send this request once, as it is. Its ``authorization`` header is a secret.

        ``body_limit`` is the most bytes of the decoded body to keep. After the monotonic time ``not_after`` nothing may
        be sent.
        """

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(
            cls,
            ticket: int,
            method: str,
            url: str,
            headers: _Headers,
            body: bytes,
            body_limit: int,
            not_after: float,
        ) -> Command.Send: ...
        @property
        def ticket(self) -> int: ...
        @property
        def method(self) -> str: ...
        @property
        def url(self) -> str: ...
        @property
        def headers(self) -> _Headers: ...
        @property
        def body(self) -> bytes: ...
        @property
        def body_limit(self) -> int: ...
        @property
        def not_after(self) -> float: ...

    @final
    class Settle(Command):
        """Free a permit's place in the quota, or start counting it: ``settlement`` is ``answered``, ``throttled`` (for
        ``seconds``) or ``unused``."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, permit: int, settlement: str, seconds: float) -> Command.Settle: ...
        @property
        def permit(self) -> int: ...
        @property
        def settlement(self) -> str: ...
        @property
        def seconds(self) -> float: ...

    @final
    class Token(Command):
        """Get a token for the API, other than the ``rejected`` one."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, ticket: int, rejected: str | None) -> Command.Token: ...
        @property
        def ticket(self) -> int: ...
        @property
        def rejected(self) -> str | None: ...

    @final
    class Wait(Command):
        """Do nothing until an answer arrives or, if given, the monotonic time ``until``."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, until: float | None) -> Command.Wait: ...
        @property
        def until(self) -> float | None: ...

@final
class Credential:
    """A credential for a client. Its repr holds no secret."""

    @staticmethod
    def client_secret(client_id: str, secret: str) -> Credential:
        """Creates the credential of an app with a client secret."""
    @staticmethod
    def certificate(
        client_id: str, path: _StrPath, password: str | None = None, *, form: str | None = None
    ) -> Credential:
        """Creates the credential of an app with a certificate. Raises InvalidCredentialError."""
    @staticmethod
    def federated(client_id: str, token_file: _StrPath) -> Credential:
        """Creates the credential of an app with a token from another issuer."""
    @staticmethod
    def managed_identity(
        kind: str, id: str | None, endpoint: str | None = None, header: str | None = None
    ) -> Credential:
        """Creates a managed identity: an app's if ``endpoint`` and ``header`` are given, otherwise the machine's."""
    @staticmethod
    def device_code(client_id: str, prompt: _Hear) -> Credential:
        """Creates the credential of a person who signs in on another screen."""
    @staticmethod
    def on_behalf_of(
        client_id: str,
        user_assertion: str,
        *,
        secret: str | None = None,
        certificate: _StrPath | None = None,
        password: str | None = None,
        token_file: _StrPath | None = None,
    ) -> Credential:
        """Creates the credential of an app on behalf of the user who called it."""
    @staticmethod
    def callback(give: Callable[[str, str], tuple[str, float | None]]) -> Credential:
        """Creates a credential from a function that takes the scope and the tenant, and returns a token and its
        lifetime in seconds."""

@final
class Workspace:
    """Records, claims, quotas and files, behind :class:`mde_forensics.core.Workspace`."""

    def __new__(
        cls,
        folder: _StrPath | None,
        http: _Send,
        tenant: str,
        client_id: str | None,
        quotas: _Options,
        options: _Options,
        now: _Now,
    ) -> Workspace: ...
    def handles(self) -> list[str]:
        """Returns the handles of the collections in the ledger."""
    def append(self, records: list[str]) -> None:
        """Makes records durable."""
    def answer(
        self,
        command: Command,
        now: _Now,
        progress: Callable[[int, int | None], object] | None,
    ) -> Answer | None:
        """Carries out a command and returns its answer."""
    def carry_out(self, engine: Engine, command: Command, now: _Now) -> None:
        """Carries out a command and passes its answer to the engine."""
    def close(self) -> None:
        """Gives up work in progress and releases the folder."""

@final
class Emulator:
    """The running emulator behind :class:`mde_forensics.Emulator`."""

    def __new__(cls, config: dict[str, Any]) -> Emulator: ...
    @property
    def ready_line(self) -> str:
        """The addresses and credentials, as JSON."""
    @property
    def login_url(self) -> str:
        """The login's URL."""
    @property
    def download_url(self) -> str:
        """The URL of the host that serves package links."""
    def control(self, deed: str, argument: Any) -> Any:
        """Calls the control plane by name. Raises ValueError."""
    def stop(self) -> None:
        """Stops the emulator and waits until its ports are free."""

@final
class Engine:
    """The collection engine behind :class:`mde_forensics.core.Engine`."""

    def __new__(
        cls,
        tenant: str,
        base: str,
        devices: list[str],
        handles: list[str],
        known: list[str],
        until: str | None,
        options: _Options,
        now: _Now,
    ) -> Engine: ...
    def poll(self, now: _Now) -> Command:
        """Returns the next command."""
    def answer(self, ticket: int, answer: Answer, now: _Now) -> None:
        """Passes in the answer to a ticket."""
    def recorded(self, seq: int) -> None:
        """Reports that the record with this number is durable."""
    def record_failed(self, seq: int, message: str) -> None:
        """Reports that the record with this number could not be made durable."""
    def progress(self, ticket: int, received: int, total: int | None) -> None:
        """Reports received bytes."""
    def cancel(self, device: int | None, comment: str | None, now: _Now) -> None:
        """Stops one device or all."""
    @property
    def interruptible(self) -> bool:
        """Whether stopping now would lose no work."""
    def handle(self, index: int) -> str | None:
        """Returns the current handle of one device."""

@final
class Operation:
    """The operation of the service behind :class:`mde_forensics.core.Operation`."""

    NAMES: ClassVar[list[str]]
    def __new__(cls, name: str, input: dict[str, Any]) -> Operation: ...
    @property
    def name(self) -> str:
        """The operation's name."""
    @property
    def properties(self) -> dict[str, Any] | None:
        """Method, success statuses, quota, whether a repeat is harmless, permission; None for a login."""
    def request(self, base: str, token: str) -> tuple[str, str, _Headers, bytes]:
        """Returns method, URL, headers and body."""
    def response(self, base: str, status: int, headers: _Headers, body: bytes, wall: float) -> Any:
        """Parses the response."""

@final
class Package:
    """The opened package behind :class:`mde_forensics.Package`."""

    def __new__(cls, path: _StrPath, password: str | bytes | None, budgets: dict[str, int]) -> Package: ...
    @property
    def path(self) -> str:
        """The path that was given; for a folder that contains one package, the package's path."""
    @staticmethod
    def schemas() -> list[dict[str, Any]]:
        """Returns every table that a package can have: name, what a row is, columns."""
    def about(self) -> dict[str, Any]:
        """Returns what the package says of itself, and whether the zip is whole."""
    def table(self, name: str) -> Table:
        """Reads one table."""
    def report(self, names: list[str]) -> tuple[dict[str, Any], list[Table]]:
        """Reads everything once; returns the report, and the named tables, which must be among those made from other
        tables."""
    def search(self, indicators: str, limit: int) -> dict[str, Any]:
        """Searches for indicators, one per line; returns the hits, their number, and what was not searched."""
    def process_tree(self) -> dict[str, Any]:
        """Returns the processes, each after its parent."""
    def extract(self, folder: _StrPath, members: list[str], zip: bool) -> list[dict[str, Any]]:
        """Writes members as files named by their SHA-256, or as one encrypted zip; returns which is which."""
    def read(self, member: str) -> bytes:
        """Returns the bytes of a member."""

@final
class Table:
    """The table of a package behind :class:`mde_forensics.Table`."""

    @property
    def name(self) -> str:
        """The table's name."""
    @property
    def doc(self) -> str:
        """What a row is, in one line."""
    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
    @property
    def partial(self) -> bool:
        """Whether rows are missing."""
    def issues(self) -> list[dict[str, Any]]:
        """Returns the issues found while reading."""
    def rows(self, start: int, stop: int) -> list[dict[str, Any]]:
        """Returns the rows from ``start`` up to, but not including, ``stop``."""
    def column(self, name: str, start: int, stop: int) -> list[Any]:
        """Returns the values of one column from ``start`` up to, but not including, ``stop``."""
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...
    def __len__(self) -> int: ...

@final
class Wakeup:
    """Wakes an event loop through a socket that the loop watches."""

    def __new__(cls) -> Wakeup: ...
    def fileno(self) -> int:
        """Returns the socket's file descriptor."""
    def due(self) -> list[Future[None]]:
        """Returns the futures that became due since the last call."""

@final
class Task:
    """One piece of work, started by the first call that waits for it."""

    @property
    def done(self) -> bool:
        """Whether the work is done."""
    @property
    def grace(self) -> float:
        """The seconds that stopped work may take to end in order."""
    def wait(self, hear: _Hear | None = None) -> Any:
        """Waits with the interpreter released; ``hear`` is called with each event, on this thread."""
    def result(self) -> Any:
        """Returns the result of finished work. Call it once."""
    def on_change(self, wakeup: Wakeup | Callable[[Future[None]], object], future: Future[None]) -> bool:
        """Starts the work, and returns whether there is news. If not, ``future`` becomes due on the wakeup's loop once
        there is; a function is called with it instead, from any thread."""
    def events(self) -> list[dict[str, Any]]:
        """Returns the events since the last call."""
    def stop(self) -> None:
        """Stops the work: in order if possible, otherwise at once."""
