"""Waiting for the work: one future behind each verb, waited for or awaited."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ._native import Task

    Hear = Callable[[dict[str, Any]], None]

#: How long a cancelled call waits until what was known is written down, in seconds.
_GRACE = 0.15


async def finish(task: Task, hear: Hear | None = None) -> Any:
    """The result of the work. Events are told on this loop; cancelling this stops the work."""
    import asyncio

    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(changed.set)

    task.on_change(wake)
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


def _tell(task: Task, hear: Hear | None) -> None:
    for fields in task.events():
        if hear is not None:
            hear(fields)


async def _settle(task: Task) -> None:
    import asyncio

    end = asyncio.get_running_loop().time() + _GRACE
    while not task.done and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.005)
