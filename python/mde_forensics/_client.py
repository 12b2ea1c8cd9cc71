"""The client: one tenant, one API host, one credential; for threads and for asyncio."""

from __future__ import annotations

from _thread import allocate_lock

from . import _given, _native
from ._closing import Closing
from ._collection import AsyncCollection, Collection, Deed, options
from ._credentials import native as _credential
from ._package import Package
from ._report import Report
from ._wait import finish

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from datetime import datetime, timedelta
    from types import TracebackType
    from typing import Any, Callable, Iterable, Literal, Type, TypeVar, Union

    from typing_extensions import Self

    from ._collection import OnEvent, State
    from ._foreign import Loops
    from ._http import Request
    from ._native import Task
    from ._step import Step

    Seconds = Union[float, timedelta]
    StrPath = Union[str, "os.PathLike[str]"]
    Pick = Literal["never", "newest"]
    QuotaScope = Literal["app", "endpoint"]
    Until = Literal["collected", "ready", "requested"]
    Http = Callable[[Request], Any]
    Face = TypeVar("Face", bound=State)


class _Client:
    """What both faces of the client have: how it is made, what needs no waiting, and the work behind each verb."""

    __slots__ = ("_by_http", "_inner", "_lock", "_loops", "_made")

    def __init__(
        self,
        tenant: str,
        credential: Any,
        *,
        cloud: str | None = None,
        api_url: str | None = None,
        login_url: str | None = None,
        resource: str | None = None,
        proxy: str | Literal[False] | None = None,
        verify: bool | StrPath = True,
        quota_scope: QuotaScope | None = None,
        quota_share: float | None = None,
        time_scale: float | None = None,
        http: Http | None = None,
    ) -> None:
        self._loops: Loops | None = None
        taken = _credential(credential, self._loop)
        network = options(
            cloud=cloud,
            api_url=api_url,
            login_url=login_url,
            resource=resource,
            proxy=proxy,
            verify=verify,
            quota_scope=quota_scope,
            quota_share=quota_share,
            time_scale=time_scale,
        )
        self._make(lambda more: _native.Client(tenant, taken, {**network, **more}), http)

    @classmethod
    def from_env(
        cls,
        *,
        cloud: str | None = None,
        api_url: str | None = None,
        login_url: str | None = None,
        resource: str | None = None,
        proxy: str | Literal[False] | None = None,
        verify: bool | StrPath = True,
        quota_scope: QuotaScope | None = None,
        quota_share: float | None = None,
        time_scale: float | None = None,
        http: Http | None = None,
    ) -> Self:
        """A client from the environment.

        ``AZURE_TENANT_ID`` and ``AZURE_CLIENT_ID``; one of ``AZURE_CLIENT_SECRET``,
        ``AZURE_CLIENT_CERTIFICATE_PATH`` (with ``AZURE_CLIENT_CERTIFICATE_PASSWORD``), ``AZURE_FEDERATED_TOKEN_FILE``,
        ``IDENTITY_ENDPOINT`` with ``IDENTITY_HEADER``; and ``MDE_CLOUD``, ``MDE_API_URL``, ``MDE_LOGIN_URL``,
        ``MDE_RESOURCE``, and against an emulator ``MDE_TIME_SCALE``. Arguments go before the environment; they are
        those of :class:`Client`.

        Raises:
            InvalidCredentialError: If a variable is missing or of no use.
            InvalidInputError: If a URL or the cloud cannot be used.
        """
        network = options(
            cloud=cloud,
            api_url=api_url,
            login_url=login_url,
            resource=resource,
            proxy=proxy,
            verify=verify,
            quota_scope=quota_scope,
            quota_share=quota_share,
            time_scale=time_scale,
        )
        client = cls.__new__(cls)
        client._loops = None
        client._make(lambda more: _native.Client.from_env({**network, **more}), http)
        return client

    def _loop(self) -> Loops:
        """Where a credential of others may be awaited; a sync client has no loop."""
        from ._foreign import Loops

        return Loops()

    def _make(self, made: Callable[[dict[str, Any]], _native.Client], http: Http | None) -> None:
        self._made = made
        self._lock = allocate_lock()
        self._by_http: tuple[Http, _native.Client] | None = None
        self._inner: _native.Client | None = made(_http(http))

    @property
    def _client(self) -> _native.Client:
        if self._inner is None:
            raise RuntimeError(_CLOSED)
        return self._inner

    def _let_go(self) -> None:
        self._inner = self._by_http = None
        # It holds the credential.
        self._made = _closed

    @property
    def tenant(self) -> str:
        """The tenant: its id or domain."""
        return self._client.tenant

    @property
    def api_url(self) -> str:
        """The API host."""
        return self._client.api_url

    def prepare(
        self,
        device: str,
        *,
        comment: str,
        key: str | None = None,
        timeout: Seconds | None = None,
        pick: Pick | None = None,
        preflight: bool | None = None,
    ) -> str:
        """A handle (JSON) of a collection of which nothing has been sent; :meth:`step` does the work, piece by piece.

        Args:
            device: The device's name (full, or its first label), id, or internal IP address.
            comment: Why; it travels to the service.
            key: A name for this collection, such as the incident's number: a later one with the same key adopts it.
            timeout: Checked; said again to :meth:`step`, where it counts.
            pick: Checked; said again to :meth:`step`, where it counts.
            preflight: Checked; said again to :meth:`step`, where it counts.

        Raises:
            InvalidInputError: If device or comment cannot be sent.
        """
        given = options(key=key, timeout=timeout, pick=pick, preflight=preflight)
        return self._client.collection(device, {"comment": comment, **given}).to_json()

    def _collecting(
        self,
        face: Type[Face],
        device: str,
        comment: str,
        given: dict[str, Any],
        on_event: OnEvent | None,
        progress: bool,
    ) -> Deed:
        native = self._client.collection(device, {"comment": comment, **given})
        collection = face(native)
        return collection._deed(lambda listens: native.request({}, listens), on_event, progress)

    def _stepping(
        self,
        handle: str,
        into: StrPath | None,
        budget: Seconds | None,
        http: Http | None,
        given: dict[str, Any],
        on_event: OnEvent | None,
    ) -> Deed:
        native = (self._client if http is None else self._client_of(http)).resume(handle, given)

        def stepped(seconds: float | None) -> Step:
            from ._step import Step

            if seconds is not None:
                from datetime import datetime, timedelta, timezone

                next_at = datetime.now(timezone.utc) + timedelta(seconds=min(seconds, _FAR))
                return Step(native.to_json(), next_at, None)
            stored = native.state()["package"]
            package = None
            if stored is not None and into is not None:
                import os

                package = Package._downloaded(os.path.join(os.fspath(into), stored["name"]))
            return Step(native.to_json(), None, package)

        return Deed(
            lambda listens: native.step(budget, into, {}, listens), on_event, then=stepped, handle=native.to_json
        )

    def _client_of(self, http: Http) -> _native.Client:
        """The client that sends by this function: the one of the step before, with its token and quotas, if it did too.

        A method of an object is another one each time that it is asked for, and equal.
        """
        # In a fork nobody may be there to let go of the lock: this says so.
        _ = self._client.tenant
        with self._lock:
            known = self._by_http
            if known is None or known[0] != http:
                known = self._by_http = (http, self._made(_http(http)))
            return known[1]

    def _collecting_many(
        self,
        devices: Iterable[str],
        comment: str,
        into: StrPath | None,
        until: Until | None,
        given: dict[str, Any],
        on_event: OnEvent | None,
        progress: bool,
    ) -> Deed:
        native, names, said = self._client, _names(devices, "devices"), {"comment": comment, **given}
        return Deed(
            lambda listens: native.collect_many(names, into, until, said, listens),
            on_event,
            progress,
            devices=len(names),
            then=Report,
            is_report=True,
        )

    def _resuming_many(
        self,
        handles: Iterable[str] | None,
        into: StrPath | None,
        until: Until | None,
        given: dict[str, Any],
        on_event: OnEvent | None,
        progress: bool,
    ) -> Deed:
        native, texts = self._client, None if handles is None else _names(handles, "handles")
        # Each collection has a comment of its own already.
        said = {"comment": "resumed", **given}
        return Deed(
            lambda listens: native.resume_many(texts, into, until, said, listens),
            on_event,
            progress,
            devices=len(texts or ()),
            then=Report,
            is_report=True,
        )

    def _listing(
        self,
        machine: str | None,
        kind: str | None,
        statuses: Iterable[str] | None,
        requestor: str | None,
        since: datetime | None,
    ) -> Task:
        named = None if statuses is None else _names(statuses, "statuses")
        return self._client.actions(machine=machine, kind=kind, statuses=named, requestor=requestor, since=since)

    def __repr__(self) -> str:
        if self._inner is None:
            return f"<{type(self).__name__}, closed>"
        return f"<{type(self).__name__} {self.tenant!r} at {self.api_url}>"


class Client(_Client, Closing):
    """Talks to one tenant of Defender for Endpoint through one API host. May be used by many threads at once.

    Args:
        tenant: The tenant's id or a verified domain.
        credential: :class:`ClientSecret`, :class:`Certificate` and so on; an azure-identity credential; or a function
            that returns a token, given the scope if it takes an argument.
        cloud: The cloud or region, such as ``commercial`` (the default), ``eu``, ``gcc-high``.
        api_url: Where the API is, in place of the cloud's own.
        login_url: Where the login is, in place of the cloud's own.
        resource: What tokens are made for, in place of the cloud's own.
        proxy: The proxy's URL; False for none; left out, what the environment or the system says.
        verify: True for the system's certificate authorities and those in the file that ``SSL_CERT_FILE`` or
            ``REQUESTS_CA_BUNDLE`` names; or a PEM file with further ones to trust, such as the CA of a proxy that
            inspects TLS. False trusts every server: anybody on the way can then take the token, which opens the tenant,
            and change the evidence; it is logged as a warning, and each manifest says ``verify_certificates: false``.
        quota_scope: What the service's quotas count: the calls of each ``endpoint`` (the default), or all calls of the
            ``app`` together.
        quota_share: How much of the quotas is ours, above 0 and at most 1 (the default); the rest is left to whatever
            else uses the same app.
        time_scale: So many seconds pass in one second; only against an emulator on this machine.
        http: A function that sends each request in place of the library; see :mod:`mde_forensics.core`.

    Raises:
        InvalidInputError: If a URL, the cloud or the CA file cannot be used.
        InvalidCredentialError: If the tenant is none.
    """

    __slots__ = ()

    def collect(
        self,
        device: str,
        *,
        comment: str,
        key: str | None = None,
        timeout: Seconds | None = None,
        deadline: Seconds | None = None,
        poll_every: Seconds | None = None,
        pick: Pick | None = None,
        preflight: bool | None = None,
        mark_comment: bool | None = None,
        send_external_id: bool | None = None,
        on_event: OnEvent | None = None,
        progress: bool = False,
    ) -> Collection:
        """Asks for a package of one device, or adopts the collection that runs there; back once it is accepted.

        Args:
            device: The device's name (full, or its first label), id, or internal IP address.
            comment: Why; it travels to the service.
            key: A name for this collection, such as the incident's number: a later one with the same key adopts it.
            timeout: From acceptance to the end at the service, in seconds (default: 30 minutes).
            deadline: For each call, in seconds (default: 12 hours).
            poll_every: Between two questions, in seconds (default: growing from 10 to 30).
            pick: ``newest`` takes the device that reported last where several answer to the name (default: ``never``).
            preflight: Whether the token's permissions and the device's actions are looked at first (default: yes).
            mark_comment: Whether a marker is appended to the comment, so that a lost answer is found (default: yes).
            send_external_id: Whether the marker travels as ``ExternalId`` too (default: yes).
            on_event: Called with each event, on this thread. What it raises stops the work here.
            progress: Shows what happens.

        Raises:
            NotFoundError: ``device_not_found``.
            AmbiguousError: Several devices answer to the name; ``candidates`` are these.
            AuthorizationError: The token may not do it.
            NotSupportedError: The device cannot be collected from.
            MdeError: Whatever else keeps it from being accepted; ``handle`` is the collection as it stands.
            KeyboardInterrupt: At Ctrl-C; as with whatever else interrupts it here, ``handle`` is what to go on from.

        Source: Microsoft's page "Collect investigation package API".
        """
        given = options(
            key=key,
            timeout=timeout,
            deadline=deadline,
            poll_every=poll_every,
            pick=pick,
            preflight=preflight,
            mark_comment=mark_comment,
            send_external_id=send_external_id,
        )
        collection: Collection = self._collecting(Collection, device, comment, given, on_event, progress).wait()
        return collection

    def resume(self, handle: str) -> Collection:
        """The collection that a handle (JSON) is about. Nothing is sent yet.

        Raises:
            InvalidInputError: ``invalid_handle`` if it is none; ``handle_mismatch`` if it belongs to another tenant or
                API host.
        """
        return Collection(self._client.resume(handle, {}))

    def step(
        self,
        handle: str,
        *,
        into: StrPath | None = None,
        budget: Seconds | None = None,
        http: Http | None = None,
        timeout: Seconds | None = None,
        poll_every: Seconds | None = None,
        pick: Pick | None = None,
        preflight: bool | None = None,
        on_event: OnEvent | None = None,
    ) -> Step:
        """Does a bounded piece of work on one collection, for playbooks that may not block.

        What an interruption would lose is not interrupted, so that a step can take longer than ``budget``: a request
        for a collection that is under way is waited for until it is answered or given up, up to six minutes, and a
        package that is being downloaded, checked or read through is waited for to its end or until its connection is
        lost, which for the largest ones may take an hour on a slow line. The platform's own limit for a run must leave
        that time: where it kills one amid a download and ``into`` goes with it, the next begins anew.

        Args:
            handle: What :meth:`prepare` or the step before gave (JSON).
            into: Where the package goes; without it, the end is when the package is ready at the service.
            budget: The seconds after which nothing more is begun (default: 20).
            http: A function that sends each request in place of the library; see :mod:`mde_forensics.core`.
            timeout: As of :meth:`collect`.
            poll_every: As of :meth:`collect`.
            pick: As of :meth:`collect`.
            preflight: As of :meth:`collect`.
            on_event: As of :meth:`collect`.

        Returns:
            The pair ``(handle, next_at)``: what the next step goes on from, and when there will be something to do, in
            UTC; None at the end, when ``package`` is the package.

        Raises:
            MdeError: As the collection ended; ``handle`` is the collection as it stands, to go on from where it can.
        """
        given = options(timeout=timeout, poll_every=poll_every, pick=pick, preflight=preflight)
        step: Step = self._stepping(handle, into, budget, http, given, on_event).wait()
        return step

    def collect_many(
        self,
        devices: Iterable[str],
        *,
        comment: str,
        into: StrPath | None = None,
        until: Until | None = None,
        key: str | None = None,
        timeout: Seconds | None = None,
        deadline: Seconds | None = None,
        poll_every: Seconds | None = None,
        pick: Pick | None = None,
        preflight: bool | None = None,
        mark_comment: bool | None = None,
        send_external_id: bool | None = None,
        concurrency: int | None = None,
        downloads: int | None = None,
        on_event: OnEvent | None = None,
        progress: bool = False,
    ) -> Report:
        """Collects from many devices at once; each ends in exactly one outcome, and none stops the others.

        Args:
            devices: Names, ids or addresses.
            comment: As of :meth:`collect`.
            into: Where packages, manifests and the ledger go; run again with the same ``key``, it goes on where it was.
            until: ``collected`` (the default with ``into``), ``ready`` (the default without) or ``requested``.
            key: As of :meth:`collect`.
            timeout: As of :meth:`collect`.
            deadline: For the whole run, in seconds (default: 12 hours).
            poll_every: As of :meth:`collect`.
            pick: As of :meth:`collect`.
            preflight: As of :meth:`collect`.
            mark_comment: As of :meth:`collect`.
            send_external_id: As of :meth:`collect`.
            concurrency: Devices between search and acceptance at one time (default: 16).
            downloads: Downloads at one time (default: 4).
            on_event: As of :meth:`collect`.
            progress: Shows a bar.

        Returns:
            A report: one for each device, in the order of the call.

        Raises:
            InvalidInputError: If a device or an option cannot be used; nothing was sent.
            OutputError: If the folder or its ledger cannot be used.
            KeyboardInterrupt: At Ctrl-C; as with whatever else interrupts it here, such as what ``on_event`` raises,
                ``report`` is the report as far as it had come. Go on with its ``handles``, or with ``into``.
                Without ``into`` that report is all there is, and is waited for, two seconds at most.
        """
        given = options(
            key=key,
            timeout=timeout,
            deadline=deadline,
            poll_every=poll_every,
            pick=pick,
            preflight=preflight,
            mark_comment=mark_comment,
            send_external_id=send_external_id,
            concurrency=concurrency,
            downloads=downloads,
        )
        deed = self._collecting_many(devices, comment, into, until, given, on_event, progress)
        report: Report = deed.wait()
        return report

    def resume_many(
        self,
        handles: Iterable[str] | None = None,
        *,
        into: StrPath | None = None,
        until: Until | None = None,
        timeout: Seconds | None = None,
        deadline: Seconds | None = None,
        poll_every: Seconds | None = None,
        on_event: OnEvent | None = None,
        progress: bool = False,
    ) -> Report:
        """Goes on with collections from their handles, or with all that the ledger in ``into`` knows.

        Args:
            handles: Handles (JSON); left out, what the ledger in ``into`` knows.
            into: As of :meth:`collect_many`.
            until: As of :meth:`collect_many`.
            timeout: As of :meth:`collect`.
            deadline: For the whole run, in seconds (default: 12 hours).
            poll_every: As of :meth:`collect`.
            on_event: As of :meth:`collect`.
            progress: Shows a bar.

        Raises:
            InvalidInputError: ``invalid_handle`` or ``handle_mismatch``; nothing was sent.
            OutputError: If the folder or its ledger cannot be used.
            KeyboardInterrupt: As of :meth:`collect_many`.
        """
        given = options(timeout=timeout, deadline=deadline, poll_every=poll_every)
        report: Report = self._resuming_many(handles, into, until, given, on_event, progress).wait()
        return report

    def find(self, device: str) -> list[dict[str, Any]]:
        """The devices that answer to a name, an id or an internal address; several may.

        Raises:
            InvalidInputError: If the text names no device.
            MdeError: What the calls fail with.

        Source: Microsoft's pages "List machines API" and "Find devices by internal IP API".
        """
        found: list[dict[str, Any]] = self._client.find(device).wait()
        return found

    def machine(self, id: str) -> dict[str, Any]:
        """One device by its id.

        Raises:
            NotFoundError: If there is none.
            MdeError: What the call fails with.

        Source: Microsoft's page "Get machine by ID API".
        """
        machine: dict[str, Any] = self._client.machine(id).wait()
        return machine

    def action(self, id: str) -> dict[str, Any]:
        """One machine action by its id.

        Raises:
            NotFoundError: If there is none.
            MdeError: What the call fails with.

        Source: Microsoft's page "Get machine action object API".
        """
        action: dict[str, Any] = self._client.action(id).wait()
        return action

    def actions(
        self,
        *,
        machine: str | None = None,
        kind: str | None = None,
        statuses: Iterable[str] | None = None,
        requestor: str | None = None,
        since: datetime | None = None,
    ) -> list[dict[str, Any]]:
        """The machine actions that match, all pages of them.

        Args:
            machine: Of this device, by its id.
            kind: Of this type, such as ``CollectInvestigationPackage``.
            statuses: In one of these statuses.
            requestor: Asked for by this user or app.
            since: Asked for at this time or later; with a time zone.

        Raises:
            MdeError: What the calls fail with.

        Source: Microsoft's page "List machine actions API".
        """
        found: list[dict[str, Any]] = self._listing(machine, kind, statuses, requestor, since).wait()
        return found

    def cancel(self, id: str, comment: str) -> dict[str, Any]:
        """Cancels an action at the service, whoever asked for it, and gives it as it is now.

        Raises:
            MdeError: What the call fails with.

        Source: Microsoft's page "Cancel machine action API".
        """
        cancelled: dict[str, Any] = self._client.cancel(id, comment).wait()
        return cancelled

    def close(self) -> None:
        """Lets go of connections, token and credential. What runs at the service goes on there."""
        self._let_go()
        _native.tidy()


class AsyncClient(_Client):
    """As :class:`Client`, for asyncio. One client is for one event loop; cancelling a call stops the work behind it.

    What to go on from, ``handle`` or ``report``, is on the exception that ends the call. Of Ctrl-C and of a cancelled
    task this is the ``asyncio.CancelledError`` right around the ``await`` of the verb: what ``asyncio.run`` raises
    afterwards, and before Python 3.11 what awaiting the cancelled task raises, are others that asyncio makes.
    """

    __slots__ = ()

    def _loop(self) -> Loops:
        """As of a sync client; from here on it is noted which loop this one is used on."""
        self._loops = super()._loop()
        return self._loops

    @property
    def _client(self) -> _native.Client:
        if self._loops is not None:
            self._loops.note()
        if self._inner is None:
            raise RuntimeError(_CLOSED)
        return self._inner

    async def collect(
        self,
        device: str,
        *,
        comment: str,
        key: str | None = None,
        timeout: Seconds | None = None,
        deadline: Seconds | None = None,
        poll_every: Seconds | None = None,
        pick: Pick | None = None,
        preflight: bool | None = None,
        mark_comment: bool | None = None,
        send_external_id: bool | None = None,
        on_event: OnEvent | None = None,
        progress: bool = False,
    ) -> AsyncCollection:
        """As :meth:`Client.collect`; ``on_event`` is called on the loop."""
        given = options(
            key=key,
            timeout=timeout,
            deadline=deadline,
            poll_every=poll_every,
            pick=pick,
            preflight=preflight,
            mark_comment=mark_comment,
            send_external_id=send_external_id,
        )
        deed = self._collecting(AsyncCollection, device, comment, given, on_event, progress)
        collection: AsyncCollection = await deed.finish()
        return collection

    def resume(self, handle: str) -> AsyncCollection:
        """As :meth:`Client.resume`."""
        return AsyncCollection(self._client.resume(handle, {}))

    async def step(
        self,
        handle: str,
        *,
        into: StrPath | None = None,
        budget: Seconds | None = None,
        http: Http | None = None,
        timeout: Seconds | None = None,
        poll_every: Seconds | None = None,
        pick: Pick | None = None,
        preflight: bool | None = None,
        on_event: OnEvent | None = None,
    ) -> Step:
        """As :meth:`Client.step`, which may take longer than ``budget`` too; ``on_event`` is called on the loop."""
        given = options(timeout=timeout, poll_every=poll_every, pick=pick, preflight=preflight)
        step: Step = await self._stepping(handle, into, budget, http, given, on_event).finish()
        return step

    async def collect_many(
        self,
        devices: Iterable[str],
        *,
        comment: str,
        into: StrPath | None = None,
        until: Until | None = None,
        key: str | None = None,
        timeout: Seconds | None = None,
        deadline: Seconds | None = None,
        poll_every: Seconds | None = None,
        pick: Pick | None = None,
        preflight: bool | None = None,
        mark_comment: bool | None = None,
        send_external_id: bool | None = None,
        concurrency: int | None = None,
        downloads: int | None = None,
        on_event: OnEvent | None = None,
        progress: bool = False,
    ) -> Report:
        """As :meth:`Client.collect_many`; ``on_event`` is called on the loop."""
        given = options(
            key=key,
            timeout=timeout,
            deadline=deadline,
            poll_every=poll_every,
            pick=pick,
            preflight=preflight,
            mark_comment=mark_comment,
            send_external_id=send_external_id,
            concurrency=concurrency,
            downloads=downloads,
        )
        deed = self._collecting_many(devices, comment, into, until, given, on_event, progress)
        report: Report = await deed.finish()
        return report

    async def resume_many(
        self,
        handles: Iterable[str] | None = None,
        *,
        into: StrPath | None = None,
        until: Until | None = None,
        timeout: Seconds | None = None,
        deadline: Seconds | None = None,
        poll_every: Seconds | None = None,
        on_event: OnEvent | None = None,
        progress: bool = False,
    ) -> Report:
        """As :meth:`Client.resume_many`; ``on_event`` is called on the loop."""
        given = options(timeout=timeout, deadline=deadline, poll_every=poll_every)
        report: Report = await self._resuming_many(handles, into, until, given, on_event, progress).finish()
        return report

    async def find(self, device: str) -> list[dict[str, Any]]:
        """As :meth:`Client.find`."""
        found: list[dict[str, Any]] = await finish(self._client.find(device))
        return found

    async def machine(self, id: str) -> dict[str, Any]:
        """As :meth:`Client.machine`."""
        machine: dict[str, Any] = await finish(self._client.machine(id))
        return machine

    async def action(self, id: str) -> dict[str, Any]:
        """As :meth:`Client.action`."""
        action: dict[str, Any] = await finish(self._client.action(id))
        return action

    async def actions(
        self,
        *,
        machine: str | None = None,
        kind: str | None = None,
        statuses: Iterable[str] | None = None,
        requestor: str | None = None,
        since: datetime | None = None,
    ) -> list[dict[str, Any]]:
        """As :meth:`Client.actions`."""
        found: list[dict[str, Any]] = await finish(self._listing(machine, kind, statuses, requestor, since))
        return found

    async def cancel(self, id: str, comment: str) -> dict[str, Any]:
        """As :meth:`Client.cancel`."""
        cancelled: dict[str, Any] = await finish(self._client.cancel(id, comment))
        return cancelled

    async def close(self) -> None:
        """Lets go of connections, token and credential. What runs at the service goes on there."""
        self._let_go()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


#: Ten years, in seconds: no collection is waited for that long.
_FAR = 315_360_000.0


def _http(http: Http | None) -> dict[str, Any]:
    if http is None:
        return {}
    from ._http import adapt

    return {"http": adapt(http)}


def _closed(_: dict[str, Any]) -> _native.Client:
    raise RuntimeError(_CLOSED)


def _names(texts: Iterable[str], name: str) -> list[str]:
    return _given.several(texts, name, "texts")


_CLOSED = "the client is closed; make another"
