"""The compiled part of ``mde_forensics``: it converts, and decides nothing. Import the names of that package."""

import os
from asyncio import Future
from datetime import datetime, timedelta
from typing import Any, Callable, ClassVar, Final, Iterator, Optional, Sequence, Union, final

from typing_extensions import TypeAlias, disjoint_base

__all__ = [
    "VERSION",
    "Answer",
    "Bell",
    "Client",
    "Collection",
    "Command",
    "Credential",
    "Desk",
    "Emulator",
    "Engine",
    "Operation",
    "Package",
    "Table",
    "Task",
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
"""The version of the workspace."""

def codes() -> list[dict[str, Any]]:
    """The codes: each with its ``fault``, whether it is ``retryable``, and its ``hint``."""

def compare(before: Package, after: Package) -> tuple[dict[str, Any], Table]:
    """Compares two packages; the comparison, and its changes as a table."""

def export(
    packages: list[Package], folder: _StrPath, format: str, tables: list[str], redact: bool, overwrite: bool
) -> list[str]:
    """Writes tables of packages as files, one for each table with the rows of all packages; the names of these."""

def for_html(text: str) -> str:
    """A text from evidence for HTML, inside an element or a quoted attribute."""

def manifest(package: _StrPath) -> dict[str, Any] | None:
    """The manifest beside a package; None where there is none. Raises PackageError (``manifest_mismatch``)."""

def package_codes() -> list[tuple[str, str]]:
    """The codes of the package reader, each with its hint."""

def panic(message: str, how: str) -> Task | None:
    """Panics, so that a test can see that the process outlives it: in a ``task``, in a ``call``, or ``bare``."""

def parse(kind: str, text: str, *, tenant: str | None = None, base: str | None = None) -> str:
    """Checks a text of this kind, and gives it as it is understood. Raises MdeError."""

def run(arguments: Sequence[str]) -> int:
    """Runs the command with these arguments, the first of which is the program's name; gives its exit code."""

def tidy() -> None:
    """Closes connections of calls that nobody uses any more."""

def verify(package: _StrPath) -> dict[str, Any]:
    """Compares a package with its manifest: ``size``, ``sha256``, ``differences``. Raises MdeError."""

@final
class Answer:
    """An answer to one ticket of the engine; it is given once."""

    @staticmethod
    def reply(status: int, headers: _Headers, body: bytes, *, body_limit: int | None = None) -> Answer:
        """The whole reply to a ``Send``; its content encoding is removed here, unless that was done already."""
    @staticmethod
    def not_sent(message: str) -> Answer:
        """Not a byte of the request has left."""
    @staticmethod
    def unknown(message: str) -> Answer:
        """The request may have arrived, or not."""
    @staticmethod
    def broken(message: str, *, code: str | None = None) -> Answer:
        """A reply's head came, and not the whole of its body."""
    @staticmethod
    def token(token: str, good_for: _Seconds) -> Answer:
        """A token, and the seconds for which it is good."""
    @staticmethod
    def token_failed(message: str, *, code: str | None = None, retry_after: _Seconds | None = None) -> Answer:
        """There is no token; ``code`` is an error code (default: ``credential_failed``)."""
    @staticmethod
    def granted(permit: int) -> Answer:
        """The call may go out."""
    @staticmethod
    def until(monotonic: _Seconds) -> Answer:
        """The call must wait until this monotonic time."""
    @staticmethod
    def claimed() -> Answer:
        """The device is claimed for this run."""
    @staticmethod
    def claim_held(monotonic: _Seconds) -> Answer:
        """Another run has the device, or the package; ask again at this monotonic time."""
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
        """What lies in the folder: nothing, a part (``received``, …), or the package (``size``, ``sha256``, and of its
        manifest the ``verdict``, ``whole`` or ``unverified``); or why it cannot be used (``conflict``)."""
    @staticmethod
    def fetched(size: int, sha256: str) -> Answer:
        """All bytes are in ``NAME.part``."""
    @staticmethod
    def not_fetched(
        kind: str,
        message: str,
        *,
        received: int = 0,
        validator: str | None = None,
        total: int | None = None,
    ) -> Answer:
        """A download that did not end: ``kind`` is ``dead``, ``interrupted``, ``refused`` or ``output``."""
    @staticmethod
    def sealed(members: int, findings: int, *, unverified: str | None = None) -> Answer:
        """The package is in place, its manifest beside it; ``unverified`` says what of it could not be checked."""
    @staticmethod
    def not_sealed(message: str, *, damaged: bool) -> Answer:
        """The package is damaged, or where it should go would not have it."""

@final
class Client:
    """The client; :class:`mde_forensics.Client` and :class:`mde_forensics.AsyncClient` are its faces."""

    def __new__(cls, tenant: str, credential: Credential, network: _Options) -> Client: ...
    @staticmethod
    def from_env(network: _Options) -> Client:
        """A client from the environment; what ``network`` says goes before it."""
    @property
    def tenant(self) -> str:
        """The tenant."""
    @property
    def api_url(self) -> str:
        """The API host."""
    @property
    def time_scale(self) -> float:
        """So many seconds pass in one second."""
    def collection(self, device: str, options: _Options) -> Collection:
        """A collection of which nothing has been asked yet."""
    def resume(self, handle: str, options: _Options) -> Collection:
        """The collection that a handle is about."""
    def collect_many(
        self, devices: list[str], into: _StrPath | None, until: str | None, options: _Options, listens: bool
    ) -> Task:
        """Gives a list of dicts, one for each device."""
    def resume_many(
        self,
        handles: list[str] | None,
        into: _StrPath | None,
        until: str | None,
        options: _Options,
        listens: bool,
    ) -> Task:
        """Goes on with the handles, or with what the folder's ledger knows. Gives a list of dicts."""
    def find(self, device: str) -> Task:
        """Gives the devices that answer to a name, an id or an address."""
    def machine(self, id: str) -> Task:
        """Gives a device."""
    def action(self, id: str) -> Task:
        """Gives an action."""
    def actions(
        self,
        *,
        machine: str | None,
        kind: str | None,
        statuses: list[str] | None,
        requestor: str | None,
        since: datetime | None,
    ) -> Task:
        """Gives the actions that match."""
    def cancel(self, id: str, comment: str) -> Task:
        """Gives the action as the service says that it is now."""

@final
class Collection:
    """One collection; :class:`mde_forensics.Collection` and ``AsyncCollection`` are its faces."""

    def request(self, options: _Options, listens: bool) -> Task:
        """Asks for the package; gives None."""
    def refresh(self, options: _Options, listens: bool) -> Task:
        """Looks once; gives None."""
    def wait(self, options: _Options, listens: bool) -> Task:
        """Waits until the package is ready; gives None."""
    def download(self, folder: _StrPath, options: _Options, listens: bool) -> Task:
        """Gives the path of the package."""
    def step(
        self,
        budget: _Seconds | None,
        folder: _StrPath | None,
        options: _Options,
        listens: bool,
    ) -> Task:
        """Gives the seconds after which there will be something to do, or None at the end."""
    def cancel(self, comment: str, foreign: bool) -> Task:
        """Gives the action as the service says that it is now."""
    def to_json(self) -> str:
        """The handle as JSON."""
    def state(self) -> dict[str, Any]:
        """What is known of it."""
    def events(self) -> list[dict[str, Any]]:
        """What has happened."""

@disjoint_base
class Command:
    """One thing for the driver of the engine to do. Times are seconds of the clock that the driver tells."""

    @final
    class Abort(Command):
        """Forget this send or fetch; its answer will not be heard."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, ticket: int) -> Command.Abort: ...
        @property
        def ticket(self) -> int: ...

    @final
    class Claim(Command):
        """Take the collection for this run until a record says that it has ended; and, where ``wants_device``, its
        device until a record says that it was accepted or has ended."""

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
        """The run is over."""

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
        """Stream the package into ``name`` with ``.part`` behind it; ``link`` is a secret."""

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
        """Say what lies in the output folder under this name."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, ticket: int, name: str) -> Command.Inspect: ...
        @property
        def ticket(self) -> int: ...
        @property
        def name(self) -> str: ...

    @final
    class Permit(Command):
        """Ask the quota ledger whether a call may go out now."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, ticket: int, quota: str) -> Command.Permit: ...
        @property
        def ticket(self) -> int: ...
        @property
        def quota(self) -> str: ...

    @final
    class Record(Command):
        """Append the record (JSON) durably, then say ``recorded``; several may share one sync."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, seq: int, record: str) -> Command.Record: ...
        @property
        def seq(self) -> int: ...
        @property
        def record(self) -> str: ...

    @final
    class Seal(Command):
        """Turn ``name.part`` into evidence."""

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
        """Send this request as it is, once; its ``authorization`` header is a secret."""

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
        """A permit's place in the quota can be counted from now: ``answered``, ``throttled`` or ``unused``."""

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
        """Get a token for the API, and not the one that was ``rejected``."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, ticket: int, rejected: str | None) -> Command.Token: ...
        @property
        def ticket(self) -> int: ...
        @property
        def rejected(self) -> str | None: ...

    @final
    class Wait(Command):
        """Nothing more to do until an answer comes or, if given, this monotonic time."""

        __match_args__: ClassVar[tuple[str, ...]]
        def __new__(cls, until: float | None) -> Command.Wait: ...
        @property
        def until(self) -> float | None: ...

@final
class Credential:
    """A way to a token; a client takes one. Its text holds no secret."""

    @staticmethod
    def client_secret(client_id: str, secret: str) -> Credential:
        """An app with its secret."""
    @staticmethod
    def certificate(
        client_id: str, path: _StrPath, password: str | None = None, *, form: str | None = None
    ) -> Credential:
        """An app with its certificate."""
    @staticmethod
    def federated(client_id: str, token_file: _StrPath) -> Credential:
        """An app with a token of another issuer."""
    @staticmethod
    def managed_identity(
        kind: str, id: str | None, endpoint: str | None = None, header: str | None = None
    ) -> Credential:
        """The identity of an app where ``endpoint`` and ``header`` are given, else of the machine."""
    @staticmethod
    def device_code(client_id: str, prompt: _Hear) -> Credential:
        """A person on another screen."""
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
        """An app for the user who called it."""
    @staticmethod
    def callback(give: Callable[[str, str], tuple[str, float | None]]) -> Credential:
        """``give`` is called with the scope and the tenant; it gives a token and the seconds it is good for."""

@final
class Desk:
    """Records, claims, quotas and files; :class:`mde_forensics.core.Desk` is its face."""

    def __new__(
        cls,
        folder: _StrPath | None,
        http: _Send,
        tenant: str,
        client_id: str | None,
        quotas: _Options,
        options: _Options,
        now: _Now,
    ) -> Desk: ...
    def handles(self) -> list[str]:
        """The handles of the collections that the ledger knows."""
    def append(self, records: list[str]) -> None:
        """Makes records durable."""
    def answer(
        self,
        command: Command,
        now: _Now,
        progress: Callable[[int, int | None], object] | None,
    ) -> Answer | None:
        """The answer to a command."""
    def carry_out(self, engine: Engine, command: Command, now: _Now) -> None:
        """Carries a command out."""
    def close(self) -> None:
        """Gives up what is under way and lets go of the folder."""

@final
class Emulator:
    """A running emulator; :class:`mde_forensics.Emulator` is its face."""

    def __new__(cls, config: dict[str, Any]) -> Emulator: ...
    @property
    def ready_line(self) -> str:
        """Where everything is and how to sign in, as JSON."""
    @property
    def login_url(self) -> str:
        """The login."""
    @property
    def download_url(self) -> str:
        """The host of the links."""
    def control(self, deed: str, argument: Any) -> Any:
        """Does what the control plane of this name does."""
    def stop(self) -> None:
        """Stops it and waits until its ports are free."""

@final
class Engine:
    """The collection engine; :class:`mde_forensics.core.Engine` is its face."""

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
        """The next thing to do."""
    def answer(self, ticket: int, answer: Answer, now: _Now) -> None:
        """Brings the answer to a ticket."""
    def recorded(self, seq: int) -> None:
        """The record of this number is durable."""
    def record_failed(self, seq: int, message: str) -> None:
        """The record of this number could not be made durable."""
    def progress(self, ticket: int, received: int, total: int | None) -> None:
        """Bytes have arrived."""
    def cancel(self, device: int | None, comment: str | None, now: _Now) -> None:
        """Stops one device or all."""
    @property
    def interruptible(self) -> bool:
        """Whether stopping now would waste nothing that cannot be gone on with."""
    def handle(self, index: int) -> str | None:
        """The handle of one device as it is now."""

@final
class Operation:
    """One operation of the service; :class:`mde_forensics.core.Operation` is its face."""

    NAMES: ClassVar[list[str]]
    def __new__(cls, name: str, input: dict[str, Any]) -> Operation: ...
    @property
    def name(self) -> str:
        """Its name."""
    @property
    def properties(self) -> dict[str, Any] | None:
        """Method, statuses of success, quota, whether a repeat is harmless, permission."""
    def request(self, base: str, token: str) -> tuple[str, str, _Headers, bytes]:
        """The method, the URL, the headers and the body."""
    def response(self, base: str, status: int, headers: _Headers, body: bytes, wall: float) -> Any:
        """What the answer says."""

@final
class Package:
    """An opened package; :class:`mde_forensics.Package` is its face."""

    def __new__(cls, path: _StrPath, password: str | bytes | None, budgets: dict[str, int]) -> Package: ...
    @property
    def path(self) -> str:
        """Where what was opened lies: the path that was given, or in a folder the one package that it has."""
    @staticmethod
    def schemas() -> list[dict[str, Any]]:
        """Every table that a package can have: name, what a row is, and its columns."""
    def about(self) -> dict[str, Any]:
        """What the package says of itself, and whether the zip is whole."""
    def table(self, name: str) -> Table:
        """Reads one table."""
    def report(self, names: list[str]) -> tuple[dict[str, Any], list[Table]]:
        """Reads everything once: the report, and the tables of these names, which are among those made of others."""
    def search(self, indicators: str, limit: int) -> dict[str, Any]:
        """Looks for indicators, one per line; the hits, how many there are, and what was not searched."""
    def process_tree(self) -> dict[str, Any]:
        """The processes, each after its parent."""
    def extract(self, folder: _StrPath, members: list[str], zip: bool) -> list[dict[str, Any]]:
        """Writes members as files named by their content, or as one locked zip of these; a list of which is which."""
    def read(self, member: str) -> bytes:
        """The bytes of a member."""

@final
class Table:
    """One table of a package; :class:`mde_forensics.Table` is its face."""

    @property
    def name(self) -> str:
        """Its name."""
    @property
    def doc(self) -> str:
        """What a row is, in one line."""
    @property
    def columns(self) -> list[str]:
        """The names of all columns."""
    @property
    def partial(self) -> bool:
        """Whether rows are missing."""
    def issues(self) -> list[dict[str, Any]]:
        """What was remarkable while it was read."""
    def rows(self, start: int, stop: int) -> list[dict[str, Any]]:
        """The rows from ``start`` on and before ``stop``."""
    def column(self, name: str, start: int, stop: int) -> list[Any]:
        """The values of one column from ``start`` on and before ``stop``."""
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...
    def __len__(self) -> int: ...

@final
class Bell:
    """What wakes an event loop: a socket that the loop listens to."""

    def __new__(cls) -> Bell: ...
    def fileno(self) -> int:
        """What the loop listens to."""
    def due(self) -> list[Future[None]]:
        """What is due since the last look."""

@final
class Task:
    """One piece of work: the first call that waits for it begins it."""

    @property
    def done(self) -> bool:
        """Whether it is over."""
    @property
    def grace(self) -> float:
        """The seconds within which work that was stopped ends in order."""
    def wait(self, hear: _Hear | None = None) -> Any:
        """Waits with the interpreter released; ``hear`` is called with each event on this thread."""
    def result(self) -> Any:
        """The result of work that is over; to be asked for once."""
    def on_change(self, bell: Bell | Callable[[Future[None]], object], wish: Future[None]) -> bool:
        """Has the work begin, and says whether there is something new to look at. If not, the loop of the bell
        has ``wish`` among what is due once there is; a function is called with it, from any thread."""
    def events(self) -> list[dict[str, Any]]:
        """The events since the last look."""
    def stop(self) -> None:
        """Stops the work: in order where that is possible, else at once."""
