"""What a caller gave, where nothing else looks at it: what does not fit is said with the argument's name."""

from __future__ import annotations

import os
from collections.abc import Mapping

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


def mapping(value: object, name: str) -> dict[str, Any]:
    """A dict, or another mapping; nothing is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"`{name}` must be a dict, not {type(value).__name__}")
    return dict(value)


def truth(value: object, name: str) -> None:
    """True or False; a number or a text that could be taken for one is none."""
    if not isinstance(value, bool):
        raise TypeError(f"`{name}` must be True or False, not {type(value).__name__}")


def function(value: object, name: str) -> None:
    """A function that does its work when it is called: what ``async def`` makes would only promise to."""
    if not callable(value):
        raise TypeError(f"`{name}` must be a function, not {type(value).__name__}")
    code = getattr(value, "__code__", None) or getattr(getattr(value, "__func__", None), "__code__", None)
    if code is not None and code.co_flags & _ASYNC:
        raise TypeError(f"`{name}` must be a function that returns when it is done, not an async one: nobody awaits it")


#: ``inspect.CO_COROUTINE``; to import ``inspect`` takes longer than all of ours.
_ASYNC = 0x80
