"""Endpoints and engine with no I/O, for platforms that bring their own HTTP.

:class:`Engine` decides everything: which request to send, when to repeat it, how to pace, what to adopt, when to stop.
A driver moves bytes: it calls :meth:`Engine.poll` until it says ``Wait`` or ``Done``, carries each command out, and
brings the answer back with its ticket. :class:`Desk` carries out all but tokens and waiting, by HTTP that is given to
it. Whole drivers, with ``requests`` and with ``urllib.request``, are in the project's ``examples/``.
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

    #: Seconds of the epoch, and of a clock that never runs backwards.
    Now = Tuple[float, float]
    Seconds = Union[float, timedelta]

__all__ = [
    "Answer",
    "Command",
    "Desk",
    "Engine",
    "NotSent",
    "Operation",
    "Request",
    "codes",
    "now",
    "parse",
]


def now() -> Now:
    """This machine's time, as the engine is told it: seconds of the epoch, and of a clock that never runs backwards."""
    return time.time(), time.monotonic()


class Operation:
    """One operation of the service or of its login: plain data in, a request out; a reply in, plain data out.

    Args:
        name: One of :attr:`NAMES`.
        fields: What the operation takes, such as ``machine="…"``, ``comment="…"``, ``filter={…}``, ``top=1000``.

    Raises:
        InvalidInputError: If there is no such operation, or a field cannot be sent.
    """

    __slots__ = ("_native",)

    NAMES: tuple[str, ...] = tuple(_Operation.NAMES)
    """``get_machine``, ``list_machines``, ``collect_investigation_package``, ``package_uri``, ``token``, …"""

    def __init__(self, name: str, **fields: Any) -> None:
        self._native = _Operation(name, fields)

    @property
    def name(self) -> str:
        """Its name."""
        return self._native.name

    @property
    def properties(self) -> dict[str, Any] | None:
        """``method``, ``success`` (statuses), ``quota``, ``limits``, ``repeatable``, ``need`` (the permission) and
        ``bodyLimit``; None for a login."""
        return self._native.properties

    def request(self, base: str, token: str = "") -> Request:
        """The request.

        Args:
            base: The API's URL; the login's for ``token`` and ``device_code``.
            token: The bearer token; a login needs none.

        Raises:
            InvalidInputError: If something cannot be sent.
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
        """What the reply says, secrets included: a link is a text, a token a dict.

        Args:
            base: As of :meth:`request`.
            status: The HTTP status.
            headers: The headers.
            body: The whole body, decoded from its content encoding.
            wall: The time of day, in seconds of the epoch (default: now).

        Raises:
            MdeError: What the service refused, or how it broke its contract.
        """
        wall = time.time() if wall is None else wall
        return self._native.response(base, status, _given.several(headers, "headers", "pairs"), body, wall)

    def __repr__(self) -> str:
        return f"<Operation {self.name}>"


class Engine:
    """The collection engine: one state machine for one device or ten thousand. It reads no clock and sends nothing.

    Args:
        tenant: The tenant's id or domain.
        base: The API's URL.
        devices: Names, ids or addresses.
        comment: Why; it travels to the service.
        handles: Handles (JSON) of collections to go on with, after ``devices``.
        known: Handles (JSON) that a ledger knows, as :meth:`Desk.handles` gives them (default: none). With ``key``, a
            device among them goes on where it was; a handle goes on from whichever has come further, and what it says
            of its action, and the ledger does not, is held against the service's word first; a device whose request
            is still in doubt is not asked again.
        until: ``collected`` (the default), ``ready`` or ``requested``.
        entropy: Sixteen random bytes (default: the system's).
        at: The start of the run, as :func:`now` gives it (default: now).
        options: Those of :meth:`mde_forensics.Client.collect_many`.

    Raises:
        InvalidInputError: If something cannot be used; a handle that belongs elsewhere is ``handle_mismatch``.
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
        names = _given.several(devices, "devices", "texts")
        texts = _given.several(handles, "handles", "texts")
        ledger = _given.several(known, "known", "texts")
        if entropy is None:
            import os

            entropy = os.urandom(16)
        given = {"comment": comment, "entropy": entropy, **options}
        self._native = _native.Engine(tenant, base, names, texts, ledger, until, given, at or now())

    def poll(self, at: Now | None = None) -> Command:
        """The next thing to do. Call it until it says ``Command.Wait`` or ``Command.Done``."""
        return self._native.poll(at or now())

    def answer(self, ticket: int, answer: Answer, at: Now | None = None) -> None:
        """Brings the answer to a ticket. One that was aborted, or that nobody has, is ignored."""
        self._native.answer(ticket, answer, at or now())

    def recorded(self, seq: int) -> None:
        """The record of this number is durable."""
        self._native.recorded(seq)

    def record_failed(self, seq: int, message: str) -> None:
        """The record of this number could not be made durable."""
        self._native.record_failed(seq, message)

    def progress(self, ticket: int, received: int, total: int | None) -> None:
        """Bytes of a ``Command.Fetch`` have arrived: so many so far, of so many in all."""
        self._native.progress(ticket, received, total)

    def cancel(self, device: int | None = None, *, comment: str | None = None, at: Now | None = None) -> None:
        """Stops one device (its place in the call) or all of them; with a comment, our actions at the service too."""
        self._native.cancel(device, comment, at or now())

    @property
    def interruptible(self) -> bool:
        """Whether stopping now would waste nothing that cannot be gone on with: no request for a collection waits for
        its answer, and no package is being read through, downloaded or sealed. A driver with a budget stops when this
        holds, and not before."""
        return self._native.interruptible

    def handle(self, index: int = 0) -> str | None:
        """The handle (JSON) of one device as it is now, by its place in the call."""
        return self._native.handle(index)

    @staticmethod
    def report(command: Command.Done) -> Report:
        """The report of a run that is over."""
        return Report(command.report)


class Desk(Closing):
    """Records, claims, quotas, requests and files for a driver: everything of a run but tokens and waiting.

    Downloads are hashed as they stream, verified, and put in place with a manifest, over nothing that exists.

    Args:
        folder: Where packages, manifests and the ledger go; without it, records are kept in memory alone.
        http: A function that sends a :class:`Request`: it returns ``(status, headers, body)`` with the
            body as bytes, a file, or an iterable of bytes; or a response of ``requests`` or ``httpx``. It follows no
            redirect and raises :class:`NotSent` if not a byte has left. It is called from any thread.
        tenant: The tenant's id or domain: the service counts its quotas by tenant and app.
        client_id: The client id of the app, where it is known.
        quota_scope: As of :class:`mde_forensics.Client`.
        quota_share: As of :class:`mde_forensics.Client`.
        options: What manifests say of how the run was set up.
        at: As of :class:`Engine`.

    Raises:
        OutputError: If the folder or its ledger cannot be used.
        InvalidInputError: ``invalid_option`` if the share of the quotas is none.
        InvalidCredentialError: If the tenant is none.
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
        self._native = _native.Desk(folder, adapt(http), tenant, client_id, quotas, options or {}, at or now())

    def handles(self) -> list[str]:
        """The handles (JSON) of the collections that the ledger knows; in memory, of what ended, the last thousand."""
        return self._native.handles()

    def append(self, records: Iterable[str]) -> None:
        """Makes records durable: what ``Command.Record`` carries.

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
        """The answer to a ``Claim``, ``Permit``, ``Send``, ``Inspect``, ``Fetch`` or ``Seal``; None after a ``Settle``.

        A ``Send`` or a ``Fetch`` that another thread gives up, by carrying out its ``Abort`` or by :meth:`close`, has
        none either. A ``Send`` is kept within its ``not_after`` and its ``body_limit``.
        Ctrl-C ends any of them at once; of a ``Fetch`` what came is kept, and a ``Seal`` that has begun goes on to its
        end, for which :meth:`close` waits.

        ``progress`` is called, from any thread, with the bytes that have come and of how many.
        """
        if progress is not None:
            _given.function(progress, "progress")
        return self._native.answer(command, at or now(), progress)

    def carry_out(self, engine: Engine, command: Command, at: Now | None = None) -> None:
        """Carries out whatever the engine asks for but a ``Token``, a ``Wait``, an ``Event`` and its ``Done``."""
        self._native.carry_out(engine._native, command, at or now())

    def close(self) -> None:
        """Gives up the requests and downloads that are under way, keeping what came of them, and lets go of the folder.

        Work on files that cannot be given up is waited for, for five seconds at most.
        """
        self._native.close()


def codes() -> list[dict[str, Any]]:
    """Every error code: with ``fault``, ``retryable`` and ``hint``."""
    return _native.codes()


def parse(kind: str, text: str, *, tenant: str | None = None, base: str | None = None) -> str:
    """Checks a text, and gives it as it is understood.

    Args:
        kind: ``base_url``, ``cloud``, ``comment``, ``device``, ``handle`` or ``tenant``.
        text: The text.
        tenant: For a handle: the tenant that it must belong to.
        base: For a handle: the API that it must belong to.

    Raises:
        MdeError: If it is none, with the code that says why.
    """
    return _native.parse(kind, text, tenant=tenant, base=base)
