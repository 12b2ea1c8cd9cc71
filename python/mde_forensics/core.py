"""Endpoints and engine without I/O, for platforms that bring their own HTTP.

:class:`Engine` decides everything: which request to send, when to repeat it, how to pace, what to adopt, when to stop.
A driver moves bytes: it calls :meth:`Engine.poll` until that returns ``Wait`` or ``Done``, carries out each command,
and passes the answer back with its ticket. :class:`Workspace` carries out everything except tokens and waiting, through
HTTP that you give it. Complete drivers with ``requests`` and ``urllib.request`` are in the project's ``examples/``.
"""

from __future__ import annotations

import time

from . import _given, _native
from ._closing import Closing
from ._collection import options as _options
from ._http import NotSent, Request, adapt
from ._native import Answer, Command
from ._native import Operation as _Operation
from ._report import Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any, Callable, Iterable, Tuple, Union

    from ._client import QuotaScope
    from ._collection import StrPath

    #: Seconds since the epoch, and of a monotonic clock.
    Now = Tuple[float, float]
    Seconds = Union[float, timedelta]

__all__ = [
    "Answer",
    "Command",
    "Engine",
    "NotSent",
    "Operation",
    "Request",
    "Workspace",
    "codes",
    "now",
    "parse",
]


def now() -> Now:
    """Returns this machine's time as the engine takes it: seconds since the epoch, and of a monotonic clock."""
    return time.time(), time.monotonic()


class Operation:
    """One operation of the service or its login: builds the request from plain data, and parses the response into plain
    data.

    Args:
        name: One of :attr:`NAMES`.
        fields: The operation's input, such as ``machine="…"``, ``comment="…"``, ``filter={…}``, ``top=1000``.

    Raises:
        InvalidInputError: There is no such operation, or a field cannot be sent.
    """

    __slots__ = ("_native",)

    NAMES: tuple[str, ...] = tuple(_Operation.NAMES)
    """``get_machine``, ``list_machines``, ``collect_investigation_package``, ``package_uri``, ``token``, …"""

    def __init__(self, name: str, **fields: Any) -> None:
        self._native = _Operation(name, fields)

    @property
    def name(self) -> str:
        """The operation's name."""
        return self._native.name

    @property
    def properties(self) -> dict[str, Any] | None:
        """``method``, ``success`` (statuses), ``quota``, ``limits``, ``repeatable``, ``need`` (the permission) and
        ``bodyLimit``; None for a login."""
        return self._native.properties

    def request(self, base: str, token: str = "") -> Request:
        """Builds the request.

        Args:
            base: The API's URL; for ``token`` and ``device_code``, the login's.
            token: The bearer token; a login needs none.

        Raises:
            InvalidInputError: An argument cannot be sent.
        """
        method, url, headers, body = self._native.request(base, token)
        return Request(method, url, dict(headers), bytes(body) or None)

    def response(
        self,
        base: str,
        status: int,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        *,
        wall: float | None = None,
    ) -> Any:
        """Parses the response, secrets included: a link is a str, a token a dict.

        Args:
            base: See :meth:`request`.
            status: The HTTP status.
            headers: The headers.
            body: The whole body, with its content encoding removed.
            wall: The time of day, in seconds since the epoch (default: now).

        Raises:
            MdeError: The service refused, or broke its contract.
        """
        wall = time.time() if wall is None else wall
        return self._native.response(base, status, _given.several(headers, "headers", "pairs"), body, wall)

    def __repr__(self) -> str:
        return f"<Operation {self.name}>"


class Engine:
    """The collection engine: one state machine for any number of devices. It reads no clock and sends nothing.

    Args:
        tenant: The tenant's id or domain.
        base: The API's URL.
        devices: Names, ids or addresses.
        comment: Why; sent to the service.
        handles: Handles (JSON) of collections to resume, listed after ``devices``.
        known: Handles (JSON) known to a ledger, from :meth:`Workspace.handles` (default: none). With a ``key``, a
            device among them continues where it was. A handle continues from whichever state is further along;
            what it says about its action, and the ledger does not, is checked with the service first. A device whose
            request is still in doubt is not asked again.
        until: ``collected`` (the default), ``ready`` or ``requested``.
        entropy: Sixteen random bytes (default: from the system).
        at: The start of the run, as returned by :func:`now` (default: now).
        options: The options of :meth:`mde_forensics.Client.collect_many`.

    Raises:
        InvalidInputError: An argument cannot be used; ``handle_mismatch`` for a handle of another tenant or API.
    """

    __slots__ = ("_native",)

    def __init__(
        self,
        tenant: str,
        base: str,
        devices: Iterable[str] = (),
        *,
        comment: str,
        handles: Iterable[str] = (),
        known: Iterable[str] = (),
        until: str | None = None,
        entropy: bytes | None = None,
        at: Now | None = None,
        **options: Any,
    ) -> None:
        names = _given.several(devices, "devices", "strings")
        texts = _given.several(handles, "handles", "strings")
        ledger = _given.several(known, "known", "strings")
        if entropy is None:
            import os

            entropy = os.urandom(16)
        given = {"comment": comment, "entropy": entropy, **options}
        self._native = _native.Engine(tenant, base, names, texts, ledger, until, given, at or now())

    def poll(self, at: Now | None = None) -> Command:
        """Returns the next command. Call it until it returns ``Command.Wait`` or ``Command.Done``."""
        return self._native.poll(at or now())

    def answer(self, ticket: int, answer: Answer, at: Now | None = None) -> None:
        """Passes in the answer to a ticket. Answers to aborted or unknown tickets are ignored."""
        self._native.answer(ticket, answer, at or now())

    def recorded(self, seq: int) -> None:
        """Reports that the record with this number is durable."""
        self._native.recorded(seq)

    def record_failed(self, seq: int, message: str) -> None:
        """Reports that the record with this number could not be made durable."""
        self._native.record_failed(seq, message)

    def progress(self, ticket: int, received: int, total: int | None) -> None:
        """Reports the bytes of a ``Command.Fetch`` received so far, and the total if known."""
        self._native.progress(ticket, received, total)

    def cancel(self, device: int | None = None, *, comment: str | None = None, at: Now | None = None) -> None:
        """Stops one device (its position in the call) or all; with ``comment``, cancels our actions at the service."""
        self._native.cancel(device, comment, at or now())

    @property
    def interruptible(self) -> bool:
        """Whether stopping now would lose no work: no collection request is waiting for its answer, and no package is
        being read, downloaded or sealed. A driver with a time budget stops only when this is True."""
        return self._native.interruptible

    def handle(self, index: int = 0) -> str | None:
        """Returns the current handle (JSON) of one device, by its position in the call."""
        return self._native.handle(index)

    @staticmethod
    def report(command: Command.Done) -> Report:
        """Returns the report of a finished run."""
        return Report(command.report)


class Workspace(Closing):
    """Records, claims, quotas, requests and files for a driver: everything except tokens and waiting.

    Downloads are hashed as they stream, verified, and put in place with a manifest, without overwriting anything.

    Args:
        folder: The folder for packages, manifests and the ledger; with None, records are kept in memory only.
        http: A function that sends a :class:`Request` and returns ``(status, headers, body)``, with the body as bytes,
            a file, or an iterable of bytes; or a response of ``requests`` or ``httpx``. It must not follow redirects,
            and must raise :class:`NotSent` if no byte was sent. It is called from any thread.
        tenant: The tenant's id or domain: the service counts its quotas by tenant and app.
        client_id: The app's client id, if known.
        quota_scope: See :class:`mde_forensics.Client`.
        quota_share: See :class:`mde_forensics.Client`.
        options: How the run was set up, for the manifests.
        at: See :class:`Engine`.

    Raises:
        OutputError: The folder or its ledger cannot be used.
        InvalidInputError: ``invalid_option`` if the quota share is out of range.
        InvalidCredentialError: The tenant is not valid.
    """

    __slots__ = ("_native",)

    def __init__(
        self,
        folder: StrPath | None,
        http: Callable[[Request], Any],
        *,
        tenant: str,
        client_id: str | None = None,
        quota_scope: QuotaScope | None = None,
        quota_share: float | None = None,
        options: dict[str, Any] | None = None,
        at: Now | None = None,
    ) -> None:
        quotas = _options(quota_scope=quota_scope, quota_share=quota_share)
        self._native = _native.Workspace(folder, adapt(http), tenant, client_id, quotas, options or {}, at or now())

    def handles(self) -> list[str]:
        """Returns the handles (JSON) of the collections in the ledger; in memory, only the last thousand that have
        ended are kept."""
        return self._native.handles()

    def append(self, records: Iterable[str]) -> None:
        """Makes records durable: the ``record`` of each ``Command.Record``.

        Raises:
            OutputError: ``ledger_failed``.
        """
        self._native.append(_given.several(records, "records", "records"))

    def answer(
        self,
        command: Command,
        *,
        progress: Callable[[int, int | None], object] | None = None,
        at: Now | None = None,
    ) -> Answer | None:
        """Carries out a ``Claim``, ``Permit``, ``Send``, ``Inspect``, ``Fetch`` or ``Seal`` and returns its answer, or
        carries out a ``Settle`` and returns None.

        It also returns None for a ``Send`` or ``Fetch`` that another thread gives up, by carrying out its ``Abort`` or
        by :meth:`close`. A ``Send`` is kept within its ``not_after`` and its ``body_limit``. Ctrl-C ends any of them at
        once: the bytes of a ``Fetch`` so far are kept, and a ``Seal`` that has begun runs to its end, which
        :meth:`close` waits for.

        Args:
            command: The command.
            progress: Called, from any thread, with the bytes received and the total, if known.
            at: See :class:`Engine`.
        """
        if progress is not None:
            _given.function(progress, "progress")
        return self._native.answer(command, at or now(), progress)

    def carry_out(self, engine: Engine, command: Command, at: Now | None = None) -> None:
        """Carries out any command except a ``Token``, ``Wait``, ``Event`` or ``Done``."""
        self._native.carry_out(engine._native, command, at or now())

    def close(self) -> None:
        """Gives up requests and downloads in progress, keeping the bytes so far, and releases the folder.

        File work that cannot be given up is waited for, for at most five seconds.
        """
        self._native.close()


def codes() -> list[dict[str, Any]]:
    """Returns every error code, with ``fault``, ``retryable`` and ``hint``."""
    return _native.codes()


def parse(kind: str, text: str, *, tenant: str | None = None, base: str | None = None) -> str:
    """Checks a text and returns it in normal form.

    Args:
        kind: ``base_url``, ``cloud``, ``comment``, ``device``, ``handle`` or ``tenant``.
        text: The text.
        tenant: For a handle, the tenant it must belong to.
        base: For a handle, the API it must belong to.

    Raises:
        MdeError: The text is not valid; the code says why.
    """
    return _native.parse(kind, text, tenant=tenant, base=base)
