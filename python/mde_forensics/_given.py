"""Checks of arguments that nothing else checks; the errors name the argument."""

from __future__ import annotations

import os
from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable


def path(value: object, name: str) -> str:
    """Returns a path given as a ``str`` or an ``os.PathLike``."""
    given = value.__fspath__() if isinstance(value, os.PathLike) else value
    if not isinstance(given, str):
        raise TypeError(f"`{name}` must be a str or an os.PathLike, not {type(value).__name__}")
    return given


def several(values: Iterable[Any], name: str, what: str) -> list[Any]:
    """Returns several values as a list. A single text is refused: it would be taken for a list of letters."""
    if isinstance(values, (str, bytes, os.PathLike)):
        raise TypeError(f"`{name}` must be several {what}, not a single one")
    try:
        return list(values)
    except TypeError:
        raise TypeError(f"`{name}` must be several {what}, not {type(values).__name__}") from None


def number(value: object, name: str, *, whole: bool = False) -> None:
    """Checks for a number; a bool is not one."""
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise TypeError(f"`{name}` must be {'an int' if whole else 'a number'}, not {type(value).__name__}")


def mapping(value: object, name: str) -> dict[str, Any]:
    """Returns a mapping as a dict; None as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"`{name}` must be a dict, not {type(value).__name__}")
    return dict(value)


def truth(value: object, name: str) -> None:
    """Checks for True or False; numbers and texts are refused."""
    if not isinstance(value, bool):
        raise TypeError(f"`{name}` must be True or False, not {type(value).__name__}")


def function(value: object, name: str) -> None:
    """Checks for a plain function. An ``async def`` would only return a coroutine."""
    if not callable(value):
        raise TypeError(f"`{name}` must be a function, not {type(value).__name__}")
    code = getattr(value, "__code__", None) or getattr(getattr(value, "__func__", None), "__code__", None)
    if code is not None and code.co_flags & _ASYNC:
        raise TypeError(f"`{name}` must be a plain function, not an async one: it is never awaited")


#: ``inspect.CO_COROUTINE``. Importing ``inspect`` would take longer than the rest of the package.
_ASYNC = 0x80
