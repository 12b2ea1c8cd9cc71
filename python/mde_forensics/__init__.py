"""Collects, verifies and opens Microsoft Defender for Endpoint investigation packages.

>>> from mde_forensics import Client, ClientSecret
>>> client = Client("contoso.onmicrosoft.com", ClientSecret("app-id", "secret"))
>>> package = client.collect("ws-042", comment="INC-42").wait().download("evidence/")
>>> package["processes"].to_pandas()

Use :class:`Client` with threads and :class:`AsyncClient` with asyncio. :mod:`mde_forensics.core` has the endpoints and
the engine without I/O. :class:`Emulator` is a local Defender for trials and tests.
"""

from __future__ import annotations

from ._client import AsyncClient, Client
from ._collection import AsyncCollection, Collection
from ._credentials import (
    Certificate,
    ClientSecret,
    Credential,
    DeviceCode,
    FederatedToken,
    ManagedIdentity,
    OnBehalfOf,
)
from ._errors import (
    AmbiguousError,
    AuthorizationError,
    CollectionError,
    CollectionTimeoutError,
    CredentialError,
    InternalError,
    InvalidCredentialError,
    InvalidInputError,
    MdeError,
    NotFoundError,
    NotSupportedError,
    OutputError,
    PackageError,
    ResponseError,
    ServiceError,
    ThrottledError,
    TransportError,
    TransportTimeoutError,
)
from ._events import Event
from ._native import VERSION as __version__  # noqa: N811
from ._package import Comparison, Member, Package, ProcessTree, Search, Verification, compare, export
from ._report import DeviceReport, Report
from ._table import Table, Timeline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import core
    from ._emulator import Emulator
    from ._step import Step

__all__ = [
    "AmbiguousError",
    "AsyncClient",
    "AsyncCollection",
    "AuthorizationError",
    "Certificate",
    "Client",
    "ClientSecret",
    "Collection",
    "CollectionError",
    "CollectionTimeoutError",
    "Comparison",
    "Credential",
    "CredentialError",
    "DeviceCode",
    "DeviceReport",
    "Emulator",
    "Event",
    "FederatedToken",
    "InternalError",
    "InvalidCredentialError",
    "InvalidInputError",
    "ManagedIdentity",
    "MdeError",
    "Member",
    "NotFoundError",
    "NotSupportedError",
    "OnBehalfOf",
    "OutputError",
    "Package",
    "PackageError",
    "ProcessTree",
    "Report",
    "ResponseError",
    "Search",
    "ServiceError",
    "Step",
    "Table",
    "ThrottledError",
    "Timeline",
    "TransportError",
    "TransportTimeoutError",
    "Verification",
    "__version__",
    "compare",
    "core",
    "export",
]


def __getattr__(name: str) -> Any:
    """Imports rarely used names on first access, so that importing the package stays cheap."""
    import importlib

    if name == "core":
        return importlib.import_module(".core", __name__)
    homes = {"Emulator": "._emulator", "Step": "._step"}
    if name in homes:
        return getattr(importlib.import_module(homes[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
