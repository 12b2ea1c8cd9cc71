"""The result of one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Tuple

if TYPE_CHECKING:
    from datetime import datetime

    from ._package import Package

_Pair = Tuple[str, Optional["datetime"]]


class Step(_Pair):
    """The result of one step: the pair ``(handle, next_at)``.

    ``handle`` (JSON) is for the next step; ``next_at`` is when to run it, in UTC, and None at the end.
    """

    package: Package | None
    """The package, once the collection has been downloaded."""

    def __new__(cls, handle: str, next_at: datetime | None, package: Package | None) -> Step:
        step = super().__new__(cls, (handle, next_at))
        step.package = package
        return step

    def __getnewargs__(self) -> tuple[str, datetime | None, Package | None]:
        return self[0], self[1], self.package

    @property
    def handle(self) -> str:
        """The handle (JSON) for the next step."""
        return self[0]

    @property
    def next_at(self) -> datetime | None:
        """When to run the next step, in UTC; None at the end."""
        return self[1]

    @property
    def done(self) -> bool:
        """Whether the collection has ended."""
        return self[1] is None
