"""Tokens from foreign code: azure-identity credentials, sync or async, and functions."""

from __future__ import annotations

import inspect
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any, Callable, Optional, Tuple

    #: A token, and its lifetime in seconds if known.
    Given = Tuple[str, Optional[float]]
    Give = Callable[[str, str], Given]


class Loops:
    """The event loop that an async client is used on; a sync client has none."""

    __slots__ = ("_loop",)

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def note(self) -> None:
        """Remembers the running loop, if there is one."""
        import asyncio

        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            pass

    @property
    def running(self) -> asyncio.AbstractEventLoop | None:
        """The remembered loop, if it is running."""
        loop = self._loop
        return loop if loop is not None and loop.is_running() else None


def of_object(credential: Any, loops: Loops) -> Give:
    """Gets tokens from an object with ``get_token(scope)`` or ``get_token_info(scope)``, such as an azure-identity
    credential."""

    def give(scope: str, _tenant: str) -> Given:
        get = getattr(credential, "get_token", None) or credential.get_token_info
        return _read(_awaited(get(scope), loops))

    return give


def of_function(function: Callable[..., Any], loops: Loops) -> Give:
    """Gets tokens from a function, called with the scope if it takes an argument."""
    takes_scope = _takes_scope(function)

    def give(scope: str, _tenant: str) -> Given:
        return _read(_awaited(function(scope) if takes_scope else function(), loops))

    return give


def _takes_scope(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind("scope")
    except TypeError:
        return False
    except ValueError:
        # A C function without a signature.
        return True
    return True


def _read(given: Any) -> Given:
    """Reads a token from a str, a pair, an ``AccessToken``, an ``AccessTokenInfo`` or the login service's reply."""
    token: Any = given
    good_for: float | None = None
    if isinstance(given, dict):
        token = given.get("access_token", given.get("token"))
        if "expires_in" in given:
            good_for = float(given["expires_in"])
        elif "expires_on" in given:
            good_for = float(given["expires_on"]) - time.time()
    elif hasattr(given, "token") and hasattr(given, "expires_on"):
        token = given.token
        good_for = float(given.expires_on) - time.time()
    elif isinstance(given, tuple) and len(given) == 2:
        token, expires_on = given
        good_for = None if expires_on is None else float(expires_on) - time.time()
    if not isinstance(token, str) or not token:
        kind = type(given).__name__ if token is given else f"{type(given).__name__} without a token"
        raise TypeError(f"expected a token, not {kind}")
    return token, good_for


def _awaited(value: Any, loops: Loops) -> Any:
    """Returns the value, awaited first if need be: on the async client's loop, or on our own."""
    if not inspect.isawaitable(value):
        return value
    import asyncio

    async def wait() -> Any:
        return await value

    return asyncio.run_coroutine_threadsafe(wait(), loops.running or _Loop.get()).result()


class _Loop:
    """An event loop in its own thread, for async credentials where no other loop is running."""

    _lock = threading.Lock()
    _loop: asyncio.AbstractEventLoop | None = None
    _pid = 0

    @classmethod
    def get(cls) -> asyncio.AbstractEventLoop:
        import asyncio
        import os

        with cls._lock:
            if cls._loop is None or cls._loop.is_closed() or cls._pid != os.getpid():
                cls._loop = asyncio.new_event_loop()
                cls._pid = os.getpid()
                threading.Thread(target=cls._loop.run_forever, name="mde-forensics-credentials", daemon=True).start()
            return cls._loop
