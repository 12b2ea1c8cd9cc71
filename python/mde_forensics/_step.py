"""What one bounded piece of work came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Tuple

if TYPE_CHECKING:
    from datetime import datetime

    from ._package import Package

_Pair = Tuple[str, Optional["datetime"]]


class Step(_Pair):
    """What one step came to: the pair ``(handle, next_at)``, to be unpacked.

    ``handle`` (JSON) is what the next step goes on from; ``next_at`` is when there will be something to do, in UTC, and
    None at the end.
    """

    package: Package | None
    """The package, at the end of a collection that was downloaded."""

    def __new__(cls, handle: str, next_at: datetime | None, package: Package | None) -> Step:
        step = super().__new__(cls, (handle, next_at))
        step.package = package
        return step

    def __getnewargs__(self) -> tuple[str, datetime | None, Package | None]:
        return self[0], self[1], self.package

    @property
    def handle(self) -> str:
        """What the next step goes on from, as JSON."""
        return self[0]

    @property
    def next_at(self) -> datetime | None:
        """When there will be something to do, in UTC; None at the end."""
        return self[1]

    @property
    def done(self) -> bool:
        """Whether the collection came to its end."""
        return self[1] is None
