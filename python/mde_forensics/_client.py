"""The clients for threads and for asyncio: one tenant, one API host, one credential each."""

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
    """The part shared by both clients: construction, calls that do not wait, and the work behind each method."""

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
        """Creates a client from environment variables.

        Reads ``AZURE_TENANT_ID`` and ``AZURE_CLIENT_ID``; one of ``AZURE_CLIENT_SECRET``,
        ``AZURE_CLIENT_CERTIFICATE_PATH`` (with ``AZURE_CLIENT_CERTIFICATE_PASSWORD``), ``AZURE_FEDERATED_TOKEN_FILE``
        and ``IDENTITY_ENDPOINT`` with ``IDENTITY_HEADER``; and ``MDE_CLOUD``, ``MDE_API_URL``, ``MDE_LOGIN_URL``,
        ``MDE_RESOURCE`` and, for an emulator, ``MDE_TIME_SCALE``. The arguments are those of :class:`Client` and
        override the environment.

        Raises:
            InvalidCredentialError: A variable is missing or unusable.
            InvalidInputError: A URL or the cloud cannot be used.
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
        """Returns where a foreign credential may be awaited; a sync client has no loop."""
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
        # The closure holds the credential.
        self._made = _closed

    @property
    def tenant(self) -> str:
        """The tenant, as an id or a domain."""
        return self._client.tenant

    @property
    def api_url(self) -> str:
        """The URL of the API."""
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
        """Returns a handle (JSON) for a collection without sending anything; :meth:`step` then does the work.

        Args:
            device: The device's name (full, or its first label), id, or internal IP address.
            comment: Why; sent to the service.
            key: A name for this collection, such as the incident's number. A later collection with the same key adopts
                this one.
            timeout: Only validated here; pass it to :meth:`step`, where it takes effect.
            pick: Only validated here; pass it to :meth:`step`, where it takes effect.
            preflight: Only validated here; pass it to :meth:`step`, where it takes effect.

        Raises:
            InvalidInputError: The device, the comment or an option cannot be used.
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
        """Returns the client that sends through ``http``, reusing the last one so that its token and quotas are kept.

        Functions are compared by equality: a bound method is a new object on each access, but equal.
        """
        # After a fork the lock may never be released; this access raises first.
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
        # Each collection keeps its own comment.
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
    """A client for one tenant of Defender for Endpoint. Threads may share it.

    Args:
        tenant: The tenant's id or a verified domain.
        credential: :class:`ClientSecret`, :class:`Certificate` and so on; an azure-identity credential; or a function
            that returns a token, called with the scope if it takes an argument.
        cloud: The cloud or region, such as ``commercial`` (the default), ``eu``, ``gcc-high``.
        api_url: The API's URL, in place of the cloud's own.
        login_url: The login's URL, in place of the cloud's own.
        resource: The resource to request tokens for, in place of the cloud's own.
        proxy: The proxy's URL; False for none. By default the environment or the system decides.
        verify: True trusts the system's certificate authorities and those in the file named by ``SSL_CERT_FILE`` or
            ``REQUESTS_CA_BUNDLE``. The path of a PEM file adds more, such as the CA of a proxy that inspects TLS. False
            trusts every server: anyone on the network path can then take the token, which opens the tenant, and alter
            the evidence. It is logged as a warning, and each manifest says ``verify_certificates: false``.
        quota_scope: What the service's quotas count: the calls of each ``endpoint`` (the default), or all calls of the
            ``app`` together.
        quota_share: The share of the quotas to use, above 0 and at most 1 (the default). The rest is left to other
            users of the same app.
        time_scale: Emulator seconds per real second; only for an emulator on this machine.
        http: A function that sends each request in place of the library; see :class:`mde_forensics.core.Workspace`.

    Raises:
        InvalidInputError: A URL, the cloud, an option or the CA file cannot be used.
        InvalidCredentialError: The tenant is not valid.
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
        """Requests a package from one device, or adopts a running collection; returns once the action is accepted.

        Args:
            device: The device's name (full, or its first label), id, or internal IP address.
            comment: Why; sent to the service.
            key: A name for this collection, such as the incident's number. A later collection with the same key adopts
                this one.
            timeout: Seconds from acceptance to the action's end at the service (default: 30 minutes).
            deadline: Seconds for each call (default: 12 hours).
            poll_every: Seconds between two polls (default: growing from 10 to 30).
            pick: ``newest`` takes the device that reported last if several match the name (default: ``never``).
            preflight: Check the token's permissions and the device's available actions first (default: True).
            mark_comment: Append a marker to the comment, to recognise the action if the answer is lost (default: True).
            send_external_id: Send the marker as ``ExternalId`` too (default: True).
            on_event: Called with each event, on this thread. An exception from it stops the call, not the action.
            progress: Show progress.

        Raises:
            NotFoundError: ``device_not_found``.
            AmbiguousError: Several devices match the name; see ``candidates``.
            AuthorizationError: The token lacks a permission.
            NotSupportedError: The device does not support collection.
            MdeError: Any other failure before acceptance; ``handle`` is the collection's current state.
            KeyboardInterrupt: On Ctrl-C. Like any exception that interrupts the call, it carries the ``handle`` to
                resume from.

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
        """Returns the collection of a handle (JSON). Nothing is sent yet.

        Raises:
            InvalidInputError: ``invalid_handle`` if it is not a handle; ``handle_mismatch`` if it belongs to another
                tenant or API host.
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
        """Does a bounded piece of work on one collection, for playbooks that must not block.

        A step never interrupts work that would be lost, so it can take longer than ``budget``. It waits up to six
        minutes for a pending collection request. It waits for a package that is being downloaded, checked or read until
        that is done or the connection is lost: up to an hour for the largest packages on a slow line. The platform's
        time limit must allow for this. If it kills a run during a download and ``into`` is lost, the next run starts
        the download again.

        Args:
            handle: The handle (JSON) from :meth:`prepare` or the previous step.
            into: The folder for the package. Without it, the collection is done once the package is ready at the
                service.
            budget: Seconds after which nothing new is started (default: 20).
            http: A function that sends each request in place of the library; see :class:`mde_forensics.core.Workspace`.
            timeout: See :meth:`collect`.
            poll_every: See :meth:`collect`.
            pick: See :meth:`collect`.
            preflight: See :meth:`collect`.
            on_event: See :meth:`collect`.

        Returns:
            The pair ``(handle, next_at)``: the handle for the next step, and when to run it, in UTC. ``next_at`` is
            None at the end; ``package`` is then the package, if ``into`` was given.

        Raises:
            MdeError: The collection ended badly, or a call failed; ``handle`` is its current state.
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
        """Collects from many devices at once. Each ends in exactly one outcome, and no failure stops the others.

        Args:
            devices: Names, ids or addresses.
            comment: See :meth:`collect`.
            into: The folder for packages, manifests and the ledger. The same call with the same ``key`` continues a
                run.
            until: ``collected`` (the default with ``into``), ``ready`` (the default without) or ``requested``.
            key: See :meth:`collect`.
            timeout: See :meth:`collect`.
            deadline: Seconds for the whole run (default: 12 hours).
            poll_every: See :meth:`collect`.
            pick: See :meth:`collect`.
            preflight: See :meth:`collect`.
            mark_comment: See :meth:`collect`.
            send_external_id: See :meth:`collect`.
            concurrency: How many devices may be between lookup and acceptance at a time (default: 16).
            downloads: How many downloads may run at a time (default: 4).
            on_event: See :meth:`collect`.
            progress: Show a bar.

        Returns:
            A report with one entry per device, in the order of the call.

        Raises:
            InvalidInputError: A device or an option cannot be used; nothing was sent.
            OutputError: The folder or its ledger cannot be used.
            KeyboardInterrupt: On Ctrl-C. Like any exception that interrupts the call, such as one from ``on_event``, it
                carries the unfinished ``report``. Resume from its ``handles``, or from ``into``. Without ``into`` the
                report is the only record, and the call takes up to two seconds to complete it.
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
        """Resumes collections from their handles, or all that the ledger in ``into`` knows.

        Args:
            handles: Handles (JSON). By default, those of the ledger in ``into``.
            into: See :meth:`collect_many`.
            until: See :meth:`collect_many`.
            timeout: See :meth:`collect`.
            deadline: Seconds for the whole run (default: 12 hours).
            poll_every: See :meth:`collect`.
            on_event: See :meth:`collect`.
            progress: Show a bar.

        Returns:
            A report with one entry per collection.

        Raises:
            InvalidInputError: ``invalid_handle`` or ``handle_mismatch``; nothing was sent.
            OutputError: The folder or its ledger cannot be used.
            KeyboardInterrupt: See :meth:`collect_many`.
        """
        given = options(timeout=timeout, deadline=deadline, poll_every=poll_every)
        report: Report = self._resuming_many(handles, into, until, given, on_event, progress).wait()
        return report

    def find(self, device: str) -> list[dict[str, Any]]:
        """Returns the devices that match a name, an id or an internal IP address.

        Raises:
            InvalidInputError: The text cannot be a device.
            MdeError: A call failed.

        Source: Microsoft's pages "List machines API" and "Find devices by internal IP API".
        """
        found: list[dict[str, Any]] = self._client.find(device).wait()
        return found

    def machine(self, id: str) -> dict[str, Any]:
        """Returns the device with this id.

        Raises:
            NotFoundError: There is none.
            MdeError: The call failed.

        Source: Microsoft's page "Get machine by ID API".
        """
        machine: dict[str, Any] = self._client.machine(id).wait()
        return machine

    def action(self, id: str) -> dict[str, Any]:
        """Returns the machine action with this id.

        Raises:
            NotFoundError: There is none.
            MdeError: The call failed.

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
        """Returns all machine actions that match, from all pages.

        Args:
            machine: Only actions on the device with this id.
            kind: Only actions of this type, such as ``CollectInvestigationPackage``.
            statuses: Only actions in one of these statuses.
            requestor: Only actions requested by this user or app.
            since: Only actions requested at this time or later; needs a time zone.

        Raises:
            MdeError: A call failed.

        Source: Microsoft's page "List machine actions API".
        """
        found: list[dict[str, Any]] = self._listing(machine, kind, statuses, requestor, since).wait()
        return found

    def cancel(self, id: str, comment: str) -> dict[str, Any]:
        """Cancels a machine action at the service, whoever requested it, and returns it.

        Args:
            id: The action's id.
            comment: Why; the service keeps it with the action.

        Raises:
            MdeError: The call failed.

        Source: Microsoft's page "Cancel machine action API".
        """
        cancelled: dict[str, Any] = self._client.cancel(id, comment).wait()
        return cancelled

    def close(self) -> None:
        """Releases connections, token and credential. Actions at the service keep running."""
        self._let_go()
        _native.tidy()


class AsyncClient(_Client):
    """:class:`Client` for asyncio. Use one client per event loop. Cancelling a call stops the work behind it.

    The exception that ends a call carries the ``handle`` or ``report`` to resume from. For Ctrl-C and a cancelled task,
    catch ``asyncio.CancelledError`` right around the ``await`` of the call: ``asyncio.run`` raises a different
    exception afterwards, and so does awaiting the cancelled task before Python 3.11.
    """

    __slots__ = ()

    def _loop(self) -> Loops:
        """As for a sync client, but from now on the loop in use is remembered."""
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
        """See :meth:`Client.collect`; ``on_event`` is called on the loop."""
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
        """See :meth:`Client.resume`."""
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
        """See :meth:`Client.step`; ``on_event`` is called on the loop."""
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
        """See :meth:`Client.collect_many`; ``on_event`` is called on the loop."""
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
        """See :meth:`Client.resume_many`; ``on_event`` is called on the loop."""
        given = options(timeout=timeout, deadline=deadline, poll_every=poll_every)
        report: Report = await self._resuming_many(handles, into, until, given, on_event, progress).finish()
        return report

    async def find(self, device: str) -> list[dict[str, Any]]:
        """See :meth:`Client.find`."""
        found: list[dict[str, Any]] = await finish(self._client.find(device))
        return found

    async def machine(self, id: str) -> dict[str, Any]:
        """See :meth:`Client.machine`."""
        machine: dict[str, Any] = await finish(self._client.machine(id))
        return machine

    async def action(self, id: str) -> dict[str, Any]:
        """See :meth:`Client.action`."""
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
        """See :meth:`Client.actions`."""
        found: list[dict[str, Any]] = await finish(self._listing(machine, kind, statuses, requestor, since))
        return found

    async def cancel(self, id: str, comment: str) -> dict[str, Any]:
        """See :meth:`Client.cancel`."""
        cancelled: dict[str, Any] = await finish(self._client.cancel(id, comment))
        return cancelled

    async def close(self) -> None:
        """Releases connections, token and credential. Actions at the service keep running."""
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


#: Ten years, in seconds: longer than any wait.
_FAR = 315_360_000.0


def _http(http: Http | None) -> dict[str, Any]:
    if http is None:
        return {}
    from ._http import adapt

    return {"http": adapt(http)}


def _closed(_: dict[str, Any]) -> _native.Client:
    raise RuntimeError(_CLOSED)


def _names(texts: Iterable[str], name: str) -> list[str]:
    return _given.several(texts, name, "strings")


_CLOSED = "the client is closed: create a new one"
