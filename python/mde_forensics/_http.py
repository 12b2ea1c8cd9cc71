"""HTTP through the caller's function, which sends one request at a time."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Iterator, List, Optional, Tuple

    Headers = List[Tuple[str, str]]
    #: What the library calls, from any thread.
    Send = Callable[[str, str, Headers, Optional[bytes]], Tuple[int, Headers, Iterator[bytes]]]

_PART = 1 << 16


class NotSent(Exception):
    """Raised by a caller's HTTP function if no byte of the request was sent, and only then."""


class Request:
    """A request to send once, as it is: without following redirects, retrying or keeping cookies."""

    __slots__ = ("body", "headers", "method", "url")

    method: str
    """``GET`` or ``POST``."""
    url: str
    """The URL; a package link is a secret."""
    headers: dict[str, str]
    """The headers; ``authorization`` is a secret."""
    body: bytes | None
    """The body."""

    def __init__(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url.partition('?')[0]}>"


def adapt(send: Callable[[Request], Any]) -> Send:
    """Adapts a caller's function to the library.

    Args:
        send: Takes a :class:`Request` and returns ``(status, headers, body)``, or a response of ``requests`` or
            ``httpx``. ``headers`` is a mapping or a list of pairs; ``body`` is bytes, a file, or an iterable of bytes.
            An exception that only a mistake in the function explains, such as a ``TypeError``, and a return value of
            another shape are ``invalid_option`` and not retried. Every other exception is a network error.
    """
    if not callable(send):
        raise TypeError(f"`http` must be a function that sends a request, not {type(send).__name__}")

    def call(method: str, url: str, headers: Headers, body: bytes | None) -> tuple[int, Headers, Iterator[bytes]]:
        return _read(send(Request(method, url, dict(headers), body)))

    return call


def _read(response: Any) -> tuple[int, Headers, Iterator[bytes]]:
    status: Any
    headers: Any
    body: Any
    if isinstance(response, tuple):
        parts: tuple[Any, ...] = response
        if len(parts) != 3:
            raise TypeError("`http` must return (status, headers, body)")
        status, headers, body = parts
    elif hasattr(response, "status_code") and hasattr(response, "headers"):
        status, headers = response.status_code, response.headers
        body = _body(response)
    else:
        raise TypeError(f"`http` must return (status, headers, body) or a response, not {type(response).__name__}")
    pairs: Any = headers.items() if hasattr(headers, "items") else headers
    try:
        number = int(status)
    except (TypeError, ValueError):
        raise TypeError(f"`http` must return the status as a number, not {type(status).__name__}") from None
    return number, [(str(name), str(value)) for name, value in pairs], _parts(body)


def _body(response: Any) -> Any:
    if hasattr(response, "iter_content"):
        return _closing(response, response.iter_content(_PART))
    if not getattr(response, "is_closed", True):
        return _closing(response, response.iter_bytes(_PART))
    return response.content


def _closing(response: Any, parts: Iterator[bytes]) -> Iterator[bytes]:
    # Otherwise a download that is given up would keep its connection.
    try:
        yield from parts
    finally:
        response.close()


def _parts(body: Any) -> Iterator[bytes]:
    if body is None:
        return iter(())
    if isinstance(body, (bytes, bytearray, memoryview)):
        whole: Any = body
        return iter((bytes(whole),))
    if hasattr(body, "read"):
        return iter(lambda: body.read(_PART), b"")
    if isinstance(body, str):
        raise TypeError("`http` must return the body as bytes, not str")
    parts: Iterable[bytes] = body
    return iter(parts)
