"""HTTP that the caller brings."""

from __future__ import annotations

from typing import Iterator

import pytest
from mde_forensics import _http


class Streamed:
    """A response as `requests` and `httpx` give one while its body is on the way."""

    status_code = 200
    is_closed = False

    def __init__(self) -> None:
        self.headers = {"content-type": "application/zip"}

    def iter_bytes(self, size: int) -> Iterator[bytes]:
        yield b"a" * size
        yield b"b" * size

    def close(self) -> None:
        self.is_closed = True


class ByRequests(Streamed):
    iter_content = Streamed.iter_bytes


@pytest.mark.parametrize("kind", [Streamed, ByRequests])
@pytest.mark.parametrize("is_read_to_its_end", [True, False])
def test_a_download_leaves_no_connection_open(kind: type[Streamed], is_read_to_its_end: bool) -> None:
    response = kind()
    _, _, parts = _http.adapt(lambda _: response)("GET", "https://download.example/package", [], None)
    assert next(parts)
    assert not response.is_closed
    if is_read_to_its_end:
        assert len(list(parts)) == 1
    del parts
    assert response.is_closed
