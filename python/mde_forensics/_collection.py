"""One collection: ask, look, wait, download, cancel."""

from __future__ import annotations

from ._errors import MdeError
from ._events import Event, listener
from ._package import Package
from ._progress import display
from ._wait import finish

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from datetime import timedelta
    from typing import Any, Callable, Union

    from . import _native
    from ._native import Task
    from ._progress import Display
    from ._wait import Hear

    OnEvent = Callable[[Event], object]
    Seconds = Union[float, timedelta]
    StrPath = Union[str, "os.PathLike[str]"]


def options(**given: Any) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in given.items() if value is not None}


class State:
    """What both faces of a collection know."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.Collection) -> None:
        self._native = native

    @property
    def id(self) -> str | None:
        """The machine action's id; None before the service has one."""
        return self._native.state()["id"]

    @property
    def device(self) -> str:
        """The device, in the caller's words."""
        return str(self._native.state()["device"])

    @property
    def status(self) -> str | None:
        """The status that was seen last, in the service's word: ``Pending``, ``InProgress``, ``Succeeded``, ``Failed``,
        ``TimeOut``, ``Cancelled``; None before the service has an action."""
        return self._native.state()["status"]

    @property
    def ended(self) -> bool:
        """Whether the action came to its end at the service, well or badly."""
        return bool(self._native.state()["ended"])

    @property
    def adopted(self) -> bool:
        """Whether it is a collection that somebody else asked for, or may have, and that was taken over."""
        return self._native.state()["adoption"] in ("foreign", "uncertain")

    @property
    def adoption(self) -> str | None:
        """Whose action it is: ``own``, ``foreign`` or ``uncertain``; None before the service has one."""
        return self._native.state()["adoption"]

    @property
    def requestor(self) -> str | None:
        """Who asked for it, as the service says."""
        return self._native.state()["requestor"]

    @property
    def machine_id(self) -> str | None:
        """The device's id, once it was found."""
        return self._native.state()["machine_id"]

    @property
    def machine_name(self) -> str | None:
        """The device's full name, once it was found."""
        return self._native.state()["machine_name"]

    @property
    def comment(self) -> str:
        """Why it is collected."""
        return str(self._native.state()["comment"])

    @property
    def key(self) -> str | None:
        """The caller's key."""
        return self._native.state()["key"]

    @property
    def events(self) -> list[Event]:
        """What has happened, but for the bytes of a download."""
        return [Event(fields) for fields in self._native.events()]

    def to_json(self) -> str:
        """The handle: what another process goes on from with :meth:`Client.resume`. It holds no secret."""
        return self._native.to_json()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.device!r}: {self.status or 'not asked for yet'}>"

    def _repr_html_(self) -> str:
        from ._display import collection

        return collection(self)  # type: ignore[arg-type]

    def _deed(
        self,
        start: Callable[[bool], Task],
        on_event: OnEvent | None = None,
        progress: bool = False,
        then: Callable[[Any], object] | None = None,
    ) -> Deed:
        """One verb of the collection under way; it gives the collection unless something else is made of its result."""
        return Deed(start, on_event, progress, then=then or (lambda _: self), handle=self._native.to_json)

    def _refreshing(self) -> Deed:
        return self._deed(lambda listens: self._native.refresh({}, listens))

    def _waiting(self, given: dict[str, Any], on_event: OnEvent | None, progress: bool) -> Deed:
        return self._deed(lambda listens: self._native.wait(given, listens), on_event, progress)

    def _downloading(self, folder: StrPath, given: dict[str, Any], on_event: OnEvent | None, progress: bool) -> Deed:
        return self._deed(
            lambda listens: self._native.download(folder, given, listens), on_event, progress, Package._downloaded
        )


class Deed:
    """One verb under way: its work, who hears of it, what it gives, and what to leave if it is interrupted.

    Args:
        start: Starts the work; told whether anybody hears of events.
        on_event: Called with each event.
        progress: Shows what happens.
        devices: How many devices it is about, as far as is known.
        then: Makes of the result what the verb gives.
        handle: The handle to go on from, left as the exception's ``handle``.
        is_report: Whether what the verb gives is a report: as far as it had come, left as the exception's ``report``.
    """

    __slots__ = ("_display", "_handle", "_hear", "_is_report", "_task", "_then")

    def __init__(
        self,
        start: Callable[[bool], Task],
        on_event: OnEvent | None,
        progress: bool = False,
        *,
        devices: int = 1,
        then: Callable[[Any], object],
        handle: Callable[[], str] | None = None,
        is_report: bool = False,
    ) -> None:
        self._then = then
        self._handle = handle
        self._is_report = is_report
        self._display: Display | None = None
        self._hear: Hear | None = None
        try:
            self._display = display(progress, devices)
            if self._display is not None or on_event is not None:
                self._hear = listener(self._display and self._display.hear, on_event)
            self._task = start(self._hear is not None)
        except BaseException as error:
            # To load what draws a bar takes long enough to be interrupted.
            self._leave(error, None)
            self._close()
            raise

    def wait(self) -> Any:
        """What the verb gives, waited for."""
        try:
            result = self._task.wait(self._hear)
        except BaseException as error:
            self._leave(error, self._task)
            raise
        finally:
            self._close()
        return self._then(result)

    async def finish(self) -> Any:
        """What the verb gives, awaited."""
        try:
            result = await finish(self._task, self._hear)
        except BaseException as error:
            self._leave(error, self._task)
            raise
        finally:
            self._close()
        return self._then(result)

    def _leave(self, error: BaseException, task: Task | None) -> None:
        """Leaves what to go on from where who catches the error finds it."""
        try:
            if self._handle is not None:
                error.handle = self._handle()  # type: ignore[attr-defined]
            if self._is_report and task is not None and task.done:
                error.report = self._then(task.result())  # type: ignore[attr-defined]
            if isinstance(error, KeyboardInterrupt) and (self._is_report or self._handle is not None):
                # Shown below the traceback from Python 3.11 on, where nobody catches it.
                error.add_note(_GO_ON)  # type: ignore[attr-defined]
        except (AttributeError, RuntimeError, MdeError):
            # The error takes nothing more, or is itself what the work gave.
            pass

    def _close(self) -> None:
        if self._display is not None:
            self._display.close()


class Collection(State):
    """One collection from one device; made by :meth:`Client.collect` and :meth:`Client.resume`.

    Whatever interrupts a call, the collection goes on at the service, and :meth:`to_json` is what to go on from; an
    exception has it as ``handle``.
    """

    __slots__ = ()

    def refresh(self) -> Collection:
        """Asks the service once where the collection stands, and does what can be done without waiting.

        Raises:
            MdeError: If the service could not be asked. That the collection ended badly is its :attr:`status`.
        """
        self._refreshing().wait()
        return self

    def wait(
        self,
        *,
        timeout: Seconds | None = None,
        deadline: Seconds | None = None,
        poll_every: Seconds | None = None,
        on_event: OnEvent | None = None,
        progress: bool = False,
    ) -> Collection:
        """Waits until the package is ready at the service.

        Args:
            timeout: From acceptance to the end at the service, in seconds (default: 30 minutes).
            deadline: For this call, in seconds (default: 12 hours).
            poll_every: Between two questions, in seconds (default: growing from 10 to 30).
            on_event: Called with each event, on this thread. What it raises stops the work here.
            progress: Shows what happens.

        Raises:
            CollectionError: ``collection_failed`` or ``collection_cancelled`` if there will be no package.
            CollectionTimeoutError: ``collection_timed_out`` if the service gave it up; ``deadline_reached`` if
                ``timeout`` or ``deadline`` is over: go on with the handle.
            MdeError: What the calls fail with.
        """
        given = options(timeout=timeout, deadline=deadline, poll_every=poll_every)
        self._waiting(given, on_event, progress).wait()
        return self

    def download(
        self,
        folder: StrPath,
        *,
        timeout: Seconds | None = None,
        deadline: Seconds | None = None,
        poll_every: Seconds | None = None,
        on_event: OnEvent | None = None,
        progress: bool = False,
    ) -> Package:
        """Waits, then downloads the package: hashed as it streams, verified, with a manifest, over nothing that exists.

        Args:
            folder: Where package and manifest go; it is made if need be.
            timeout: As of :meth:`wait`.
            deadline: As of :meth:`wait`.
            poll_every: As of :meth:`wait`.
            on_event: As of :meth:`wait`.
            progress: Shows a bar.

        Raises:
            PackageError: If the package is damaged or none.
            OutputError: If the folder cannot be used.
            MdeError: As :meth:`wait` raises.
        """
        given = options(timeout=timeout, deadline=deadline, poll_every=poll_every)
        package: Package = self._downloading(folder, given, on_event, progress).wait()
        return package

    def cancel(self, comment: str, *, foreign: bool = False) -> dict[str, Any]:
        """Cancels the action at the service, and gives it as the service says that it is now.

        Args:
            comment: Why; the service keeps it with the action.
            foreign: Insists where somebody else asked for the action.

        Raises:
            AuthorizationError: ``not_ours`` if somebody else asked for it and nobody insists.
            NotFoundError: If there is no action yet.
            MdeError: What the call fails with.

        Source: Microsoft's page "Cancel machine action API".
        """
        cancelled: dict[str, Any] = self._native.cancel(comment, foreign).wait()
        return cancelled


class AsyncCollection(State):
    """One collection from one device, for asyncio; made by :meth:`AsyncClient.collect` and :meth:`AsyncClient.resume`.

    Cancelling a call stops the work behind it; the collection goes on at the service.
    """

    __slots__ = ()

    async def refresh(self) -> AsyncCollection:
        """As :meth:`Collection.refresh`."""
        await self._refreshing().finish()
        return self

    async def wait(
        self,
        *,
        timeout: Seconds | None = None,
        deadline: Seconds | None = None,
        poll_every: Seconds | None = None,
        on_event: OnEvent | None = None,
        progress: bool = False,
    ) -> AsyncCollection:
        """As :meth:`Collection.wait`; ``on_event`` is called on the loop."""
        given = options(timeout=timeout, deadline=deadline, poll_every=poll_every)
        await self._waiting(given, on_event, progress).finish()
        return self

    async def download(
        self,
        folder: StrPath,
        *,
        timeout: Seconds | None = None,
        deadline: Seconds | None = None,
        poll_every: Seconds | None = None,
        on_event: OnEvent | None = None,
        progress: bool = False,
    ) -> Package:
        """As :meth:`Collection.download`; ``on_event`` is called on the loop."""
        given = options(timeout=timeout, deadline=deadline, poll_every=poll_every)
        package: Package = await self._downloading(folder, given, on_event, progress).finish()
        return package

    async def cancel(self, comment: str, *, foreign: bool = False) -> dict[str, Any]:
        """As :meth:`Collection.cancel`."""
        cancelled: dict[str, Any] = await finish(self._native.cancel(comment, foreign))
        return cancelled


_GO_ON = (
    "hint: the waiting was stopped, and nothing at the service: make the call again to go on, with the same `key` or "
    "`into` if there was one, or resume from `handle` (of several devices `report.handles`), which is on this exception"
)
