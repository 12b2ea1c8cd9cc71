"""Waiting for the work: one future behind each verb, waited for or awaited."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any, Callable

    from ._native import Task

    Hear = Callable[[dict[str, Any]], None]


async def finish(task: Task, hear: Hear | None = None) -> Any:
    """The result of the work. Events are told on this loop; cancelling this stops the work."""
    import asyncio

    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    bell = _Bell.of(loop)
    task.on_change(lambda: bell.ring(changed))
    try:
        while not task.done:
            await changed.wait()
            changed.clear()
            _tell(task, hear)
    except asyncio.CancelledError:
        task.stop()
        await _settle(task)
        raise
    except BaseException:
        task.stop()
        raise
    _tell(task, hear)
    return task.result()


class _Bell:
    """Wakes what waits on one loop, from any thread: several wishes before the loop looks wake it once."""

    __slots__ = ("_due", "_loop", "_rung")

    _all: Any = None

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> _Bell:
        """The bell of a loop; it goes with the loop."""
        if cls._all is None:
            from weakref import WeakKeyDictionary

            cls._all = WeakKeyDictionary()
        bell: _Bell | None = cls._all.get(loop)
        if bell is None:
            bell = cls._all[loop] = cls(loop)
        return bell

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        from collections import deque
        from weakref import ref

        self._due: deque[asyncio.Event] = deque()
        self._loop = ref(loop)
        self._rung = False

    def ring(self, changed: asyncio.Event) -> None:
        self._due.append(changed)
        loop = self._loop()
        if not self._rung and loop is not None:
            self._rung = True
            loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        # First: what comes from here on rings again.
        self._rung = False
        while self._due:
            self._due.popleft().set()


def _tell(task: Task, hear: Hear | None) -> None:
    for fields in task.events():
        if hear is not None:
            hear(fields)


async def _settle(task: Task) -> None:
    import asyncio

    end = asyncio.get_running_loop().time() + task.grace
    while not task.done and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.005)
