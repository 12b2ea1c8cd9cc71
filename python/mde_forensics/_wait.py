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
    bell = _Bell.of(loop)
    try:
        while not task.done:
            await bell.change(task, loop.create_future())
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


class _Bell:
    """Wakes the futures that wait on one loop; several wishes before the loop looks wake it once."""

    __slots__ = ("_due", "_loop", "_native", "_rung")

    _all: Any = None

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> _Bell:
        """Returns the bell of a loop; it lives as long as the loop."""
        if cls._all is None:
            from weakref import WeakKeyDictionary

            cls._all = WeakKeyDictionary()
        bell: _Bell | None = cls._all.get(loop)
        if bell is None:
            bell = cls._all[loop] = cls(loop)
        return bell

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._native: _native.Bell | None = None
        try:
            bell = _native.Bell()
            loop.add_reader(bell.fileno(), _see_to, bell.due)
            self._native = bell
        except NotImplementedError:
            # Windows, and loops that cannot watch foreign sockets.
            from collections import deque
            from weakref import ref

            self._due: deque[asyncio.Future[None]] = deque()
            self._loop = ref(loop)
            self._rung = False

    def change(self, task: Task, future: asyncio.Future[None]) -> asyncio.Future[None]:
        """Returns the future, which is set once there is news."""
        if task.on_change(self._native or self._ring, future):
            future.set_result(None)
        return future

    def _ring(self, future: asyncio.Future[None]) -> None:
        """Called from any thread."""
        self._due.append(future)
        loop = self._loop()
        if not self._rung and loop is not None:
            self._rung = True
            loop.call_soon_threadsafe(_see_to, self._take)

    def _take(self) -> list[asyncio.Future[None]]:
        # Cleared first, so that later wishes ring again.
        self._rung = False
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
