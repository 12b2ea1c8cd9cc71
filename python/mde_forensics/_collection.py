"""One collection: request, refresh, wait, download, cancel."""

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
    """Returns the options that were given, without those that are None."""
    return {name: value for name, value in given.items() if value is not None}


class State:
    """The state shared by both kinds of collection."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.Collection) -> None:
        self._native = native

    @property
    def id(self) -> str | None:
        """The machine action's id; None before the service has one."""
        return self._native.state()["id"]

    @property
    def device(self) -> str:
        """The device, as the caller named it."""
        return str(self._native.state()["device"])

    @property
    def status(self) -> str | None:
        """The last status seen, in the service's spelling: ``Pending``, ``InProgress``, ``Succeeded``, ``Failed``,
        ``TimeOut`` or ``Cancelled``; None before the service has an action."""
        return self._native.state()["status"]

    @property
    def ended(self) -> bool:
        """Whether the action has ended at the service, well or badly."""
        return bool(self._native.state()["ended"])

    @property
    def adopted(self) -> bool:
        """Whether the action was adopted: somebody else requested it, or may have."""
        return self._native.state()["adoption"] in ("foreign", "uncertain")

    @property
    def adoption(self) -> str | None:
        """Whose action it is: ``own``, ``foreign`` or ``uncertain``; None before the service has one."""
        return self._native.state()["adoption"]

    @property
    def requestor(self) -> str | None:
        """Who requested the action, as the service reports it."""
        return self._native.state()["requestor"]

    @property
    def machine_id(self) -> str | None:
        """The device's id, once known."""
        return self._native.state()["machine_id"]

    @property
    def machine_name(self) -> str | None:
        """The device's full name, once known."""
        return self._native.state()["machine_name"]

    @property
    def comment(self) -> str:
        """Why the package is collected."""
        return str(self._native.state()["comment"])

    @property
    def key(self) -> str | None:
        """The caller's key."""
        return self._native.state()["key"]

    @property
    def events(self) -> list[Event]:
        """The events so far, without download progress."""
        return [Event(fields) for fields in self._native.events()]

    def to_json(self) -> str:
        """Returns the handle (JSON), from which any process can :meth:`Client.resume`. It holds no secret."""
        return self._native.to_json()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.device!r}: {self.status or 'not requested yet'}>"

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
        """Starts one call of the collection; it returns the collection unless ``then`` makes something else of the
        result."""
        opening = None
        if self.status is not None and not self.ended:
            opening = f"{self.device}: the collection is {self.status}; waiting for its end"
        handle = self._native.to_json
        return Deed(start, on_event, progress, opening=opening, then=then or (lambda _: self), handle=handle)

    def _refreshing(self) -> Deed:
        return self._deed(lambda listens: self._native.refresh({}, listens))

    def _waiting(self, given: dict[str, Any], on_event: OnEvent | None, progress: bool) -> Deed:
        return self._deed(lambda listens: self._native.wait(given, listens), on_event, progress)

    def _downloading(self, folder: StrPath, given: dict[str, Any], on_event: OnEvent | None, progress: bool) -> Deed:
        return self._deed(
            lambda listens: self._native.download(folder, given, listens), on_event, progress, Package._downloaded
        )


class Deed:
    """One call in progress: its work, its listeners, its result, and what an interruption leaves behind.

    Args:
        start: Starts the work; told whether anyone listens for events.
        on_event: Called with each event.
        progress: Show progress.
        devices: The number of devices, as far as known.
        opening: The first line of progress: events only report changes, which may take a while.
        then: Turns the work's result into what the call returns.
        handle: Returns the handle to resume from; set as the exception's ``handle``.
        is_report: Whether the call returns a report; an unfinished one is set as the exception's ``report``.
    """

    __slots__ = ("_display", "_handle", "_hear", "_is_report", "_task", "_then")

    def __init__(
        self,
        start: Callable[[bool], Task],
        on_event: OnEvent | None,
        progress: bool = False,
        *,
        devices: int = 1,
        opening: str | None = None,
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
            if self._display is not None and opening is not None:
                self._display.say(opening)
            if self._display is not None or on_event is not None:
                self._hear = listener(self._display and self._display.hear, on_event)
            self._task = start(self._hear is not None)
        except BaseException as error:
            # Importing the progress bar takes long enough to be interrupted.
            self._leave(error, None)
            self._close()
            raise

    def wait(self) -> Any:
        """Waits for the call and returns its result."""
        try:
            result = self._task.wait(self._hear)
        except BaseException as error:
            self._leave(error, self._task)
            raise
        finally:
            self._close()
        return self._then(result)

    async def finish(self) -> Any:
        """Awaits the call and returns its result."""
        try:
            result = await finish(self._task, self._hear)
        except BaseException as error:
            self._leave(error, self._task)
            raise
        finally:
            self._close()
        return self._then(result)

    def _leave(self, error: BaseException, task: Task | None) -> None:
        """Sets on the exception what to resume from."""
        try:
            if self._handle is not None:
                error.handle = self._handle()  # type: ignore[attr-defined]
            if self._is_report and task is not None and task.done:
                error.report = self._then(task.result())  # type: ignore[attr-defined]
            if isinstance(error, KeyboardInterrupt) and (self._is_report or self._handle is not None):
                # Shown below the traceback of an uncaught exception since Python 3.11.
                error.add_note(_GO_ON)  # type: ignore[attr-defined]
        except (AttributeError, RuntimeError, MdeError):
            # The exception takes no attributes, or is itself the work's result.
            pass

    def _close(self) -> None:
        if self._display is not None:
            self._display.close()


class Collection(State):
    """One collection from one device, made by :meth:`Client.collect` and :meth:`Client.resume`.

    If a call is interrupted, the action keeps running at the service. Resume from :meth:`to_json`, or from the
    exception's ``handle``.
    """

    __slots__ = ()

    def refresh(self) -> Collection:
        """Asks the service once for the collection's state and does what needs no waiting.

        Raises:
            MdeError: The service could not be asked. A collection that ended badly does not raise; see :attr:`status`.
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
            timeout: Seconds from acceptance to the action's end at the service (default: 30 minutes).
            deadline: Seconds for this call (default: 12 hours).
            poll_every: Seconds between two polls (default: growing from 10 to 30).
            on_event: Called with each event, on this thread. An exception from it stops the call, not the action.
            progress: Show progress.

        Raises:
            CollectionError: ``collection_failed`` or ``collection_cancelled``: there will be no package.
            CollectionTimeoutError: ``collection_timed_out`` if the service gave up; ``deadline_reached`` if ``timeout``
                or ``deadline`` has passed: resume from the handle.
            MdeError: A call failed.
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
        """Waits, then downloads and verifies the package and writes its manifest, without overwriting anything.

        Args:
            folder: The folder for package and manifest, created if missing.
            timeout: See :meth:`wait`.
            deadline: See :meth:`wait`.
            poll_every: See :meth:`wait`.
            on_event: See :meth:`wait`.
            progress: Show a bar.

        Raises:
            PackageError: The package is damaged, or is not a package.
            OutputError: The folder cannot be used.
            MdeError: See :meth:`wait`.
        """
        given = options(timeout=timeout, deadline=deadline, poll_every=poll_every)
        package: Package = self._downloading(folder, given, on_event, progress).wait()
        return package

    def cancel(self, comment: str, *, foreign: bool = False) -> dict[str, Any]:
        """Cancels the action at the service and returns it.

        Args:
            comment: Why; the service keeps it with the action.
            foreign: Also cancel an action that somebody else requested.

        Raises:
            AuthorizationError: ``not_ours`` if somebody else requested it and ``foreign`` is False.
            NotFoundError: There is no action yet.
            MdeError: The call failed.

        Source: Microsoft's page "Cancel machine action API".
        """
        cancelled: dict[str, Any] = self._native.cancel(comment, foreign).wait()
        return cancelled


class AsyncCollection(State):
    """One collection from one device, for asyncio; made by :meth:`AsyncClient.collect` and :meth:`AsyncClient.resume`.

    Cancelling a call stops the work behind it. The action keeps running at the service.
    """

    __slots__ = ()

    async def refresh(self) -> AsyncCollection:
        """See :meth:`Collection.refresh`."""
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
        """See :meth:`Collection.wait`; ``on_event`` is called on the loop."""
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
        """See :meth:`Collection.download`; ``on_event`` is called on the loop."""
        given = options(timeout=timeout, deadline=deadline, poll_every=poll_every)
        package: Package = await self._downloading(folder, given, on_event, progress).finish()
        return package

    async def cancel(self, comment: str, *, foreign: bool = False) -> dict[str, Any]:
        """See :meth:`Collection.cancel`."""
        cancelled: dict[str, Any] = await finish(self._native.cancel(comment, foreign))
        return cancelled


_GO_ON = (
    "hint: only the waiting was stopped, nothing at the service: repeat the call with the same `key` or `into`, or "
    "resume from this exception's `handle` (for several devices, `report.handles`)"
)
