"""What a caller gave, where nothing else looks at it: what does not fit is said with the argument's name."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable


def path(value: object, name: str) -> str:
    """A path: a ``str`` or an ``os.PathLike``."""
    given = value.__fspath__() if isinstance(value, os.PathLike) else value
    if not isinstance(given, str):
        raise TypeError(f"`{name}` must be a str or an os.PathLike, not {type(value).__name__}")
    return given


def several(values: Iterable[Any], name: str, what: str) -> list[Any]:
    """Several things; one alone is a mistake, for a text is a list of letters."""
    if isinstance(values, (str, bytes, os.PathLike)):
        raise TypeError(f"`{name}` must be several {what}, not one")
    try:
        return list(values)
    except TypeError:
        raise TypeError(f"`{name}` must be several {what}, not {type(values).__name__}") from None


def number(value: object, name: str, *, whole: bool = False) -> None:
    """A number; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise TypeError(f"`{name}` must be {'an int' if whole else 'a number'}, not {type(value).__name__}")
