"""Progress: a bar if tqdm is installed, otherwise plain lines."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ._events import Event


def display(wanted: bool, devices: int) -> Display | None:
    """Returns a display for this many devices; None if none is wanted."""
    if not isinstance(wanted, bool):
        raise TypeError(f"`progress` must be True or False, not {type(wanted).__name__}")
    if not wanted:
        return None
    return Display(devices, _tqdm())


#: The kinds of events that are shown beside the bar of a whole run.
_KEPT = ("continued", "doubtful", "ended", "passed_over", "unverified", "warning")


class Display:
    """Shows events as they arrive."""

    __slots__ = ("_bar", "_bars", "_devices", "_tqdm", "_write")

    def __init__(self, devices: int, tqdm: Callable[..., Any] | None) -> None:
        self._tqdm = tqdm
        self._devices = devices
        self._bars: dict[int | None, Any] = {}
        self._bar: Any = None
        if tqdm is not None and devices > 1:
            self._bar = tqdm(total=devices, unit="device", desc="devices")
        self._write = _lines if tqdm is None else _beside(tqdm)

    def say(self, text: str) -> None:
        """Shows one line."""
        self._write(text)

    def hear(self, event: Event) -> None:
        """Shows one event."""
        if event.kind == "progress":
            if self._tqdm is not None:
                self._bytes(event)
            return
        if event.kind in ("verified", "unverified", "ended"):
            bar = self._bars.pop(event.index, None)
            if bar is not None:
                bar.close()
        if event.kind == "ended" and self._bar is not None:
            self._bar.update(1)
        if event.text and (self._bar is None or event.kind in _KEPT):
            self._write(f"{event.device}: {event.text}" if event.device else event.text)

    def close(self) -> None:
        """Removes the bars."""
        for bar in self._bars.values():
            bar.close()
        self._bars.clear()
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _bytes(self, event: Event) -> None:
        if event.index not in self._bars and self._tqdm is not None:
            self._bars[event.index] = self._tqdm(
                total=event.details["total"],
                unit="B",
                unit_scale=True,
                unit_divisor=1024,
                desc=event.device,
                leave=False,
            )
        bar = self._bars[event.index]
        received = event.details["received"]
        # A download that starts over counts from 0 again.
        bar.n = received
        bar.refresh()


def _lines(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _beside(tqdm: Any) -> Callable[[str], object]:
    """Returns a function that prints lines beside the bars. They go to stderr, since results go to stdout."""
    return lambda text: tqdm.write(text, file=sys.stderr)


def _tqdm() -> Callable[..., Any] | None:
    import importlib
    import warnings

    try:
        with warnings.catch_warnings():
            # Without ipywidgets tqdm warns and draws a text bar, which is fine.
            warnings.simplefilter("ignore")
            module: Any = importlib.import_module("tqdm.auto")
    except ImportError:
        return None
    return module.tqdm  # type: ignore[no-any-return]
