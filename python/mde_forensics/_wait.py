"""Waits for the native work behind each call, synchronously or with asyncio."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any, Callable

    from ._native import Task

    Hear = Callable[[dict[str, Any]], None]


async def finish(task: Task, hear: Hear | None = None) -> Any:
    """Awaits the work's result. Events are reported on this loop; cancelling stops the work."""
    import asyncio

    loop = asyncio.get_running_loop()
    wakeup = _Wakeups.of(loop)
    try:
        while not task.done:
            await wakeup.change(task, loop.create_future())
            if hear is not None:
                _tell(task, hear)
    except GeneratorExit:
        # Nobody is left to await.
        task.stop()
        raise
    except BaseException:
        task.stop()
        await _settle(task)
        raise
    if hear is not None:
        _tell(task, hear)
    return task.result()


class _Wakeups:
    """Wakes the futures that wait on one loop; several futures before the loop looks wake it once."""

    __slots__ = ("_due", "_is_woken", "_loop", "_native")

    _all: Any = None

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> _Wakeups:
        """Returns the wakeup of a loop; it lives as long as the loop."""
        if cls._all is None:
            from weakref import WeakKeyDictionary

            cls._all = WeakKeyDictionary()
        wakeup: _Wakeups | None = cls._all.get(loop)
        if wakeup is None:
            wakeup = cls._all[loop] = cls(loop)
        return wakeup

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._native: _native.Wakeup | None = None
        try:
            wakeup = _native.Wakeup()
            loop.add_reader(wakeup.fileno(), _see_to, wakeup.due)
            self._native = wakeup
        except NotImplementedError:
            # Windows, and loops that cannot watch foreign sockets.
            from collections import deque
            from weakref import ref

            self._due: deque[asyncio.Future[None]] = deque()
            self._loop = ref(loop)
            self._is_woken = False

    def change(self, task: Task, future: asyncio.Future[None]) -> asyncio.Future[None]:
        """Returns the future, which is set once there is news."""
        if task.on_change(self._native or self._wake, future):
            future.set_result(None)
        return future

    def _wake(self, future: asyncio.Future[None]) -> None:
        """Called from any thread."""
        self._due.append(future)
        loop = self._loop()
        if not self._is_woken and loop is not None:
            self._is_woken = True
            loop.call_soon_threadsafe(_see_to, self._take)

    def _take(self) -> list[asyncio.Future[None]]:
        # Cleared first, so that later futures wake the loop again.
        self._is_woken = False
        return [self._due.popleft() for _ in range(len(self._due))]


def _see_to(due: Callable[[], list[asyncio.Future[None]]]) -> None:
    for future in due():
        if not future.done():
            future.set_result(None)


def _tell(task: Task, hear: Hear) -> None:
    for fields in task.events():
        hear(fields)


async def _settle(task: Task) -> None:
    import asyncio

    end = asyncio.get_running_loop().time() + task.grace
    while not task.done and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.005)
