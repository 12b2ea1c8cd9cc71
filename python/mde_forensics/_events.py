"""The events of calls in progress."""

from __future__ import annotations

from . import _given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any, Callable

_COMMON = frozenset(("event", "at", "device", "index", "text"))


class Event:
    """Something that happened to a collection, for displays and logs. It holds no secret."""

    __slots__ = ("_at", "details", "device", "index", "kind", "text")

    kind: str
    """``resolved``, ``adopted``, ``accepted``, ``status``, ``throttled``, ``retrying``, ``doubtful``, ``link_issued``,
    ``progress``, ``verified``, ``unverified``, ``warning`` or ``ended``."""
    device: str | None
    """The device, as the caller named it; None if the event concerns the whole run."""
    index: int | None
    """The device's position in the call, from 0."""
    text: str | None
    """What happened, in one line that is safe to print; None for ``progress``."""
    details: dict[str, Any]
    """More fields, by kind: ``received`` and ``total`` (bytes) for ``progress``, ``status`` for ``status``, …"""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.kind = fields["event"]
        self._at: str = fields["at"]
        self.device = fields.get("device")
        self.index = fields.get("index")
        self.text = fields.get("text")
        self.details = {key: value for key, value in fields.items() if key not in _COMMON}

    @property
    def at(self) -> datetime:
        """When it happened, by this machine's clock, in UTC."""
        from ._time import instant

        return instant(self._at)

    def to_dict(self) -> dict[str, Any]:
        """Returns the event as plain data."""
        return {
            "event": self.kind,
            "at": self._at,
            "device": self.device,
            "index": self.index,
            "text": self.text,
            **self.details,
        }

    def __repr__(self) -> str:
        return f"<Event {self.kind} {self.device!r}: {self.text or self.details}>"


def listener(*heard: Callable[[Event], object] | None) -> Callable[[dict[str, Any]], None] | None:
    """Returns one function that passes events to all of these; None if there are none."""
    functions = [function for function in heard if function is not None]
    for function in functions:
        _given.function(function, "on_event")
    if not functions:
        return None

    def hear(fields: dict[str, Any]) -> None:
        event = Event(fields)
        for function in functions:
            function(event)

    return hear
