"""The pytest fixture ``mde_emulator``: a local Defender for Endpoint for tests of playbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._emulator import Emulator


@pytest.fixture
def mde_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A running emulator with one device, ``ws-042.contoso.com``.

    The marker ``mde_emulator`` takes the arguments of :class:`mde_forensics.Emulator`:
    ``@pytest.mark.mde_emulator(["ws-1", "ws-2"], tls=True)``.
    """
    from . import Emulator

    marker = request.node.get_closest_marker("mde_emulator")
    arguments, options = ((), {}) if marker is None else (marker.args, marker.kwargs)
    with Emulator(*arguments, **options) as emulator:
        yield emulator


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line("markers", "mde_emulator(*args, **options): arguments for the emulator of the fixture")
