"""A local Defender for Endpoint in this process."""

from __future__ import annotations

import json

from . import _given, _native
from ._client import AsyncClient, Client
from ._closing import Closing
from ._credentials import ClientSecret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any, Iterable


class Emulator(Closing):
    """A local Defender for Endpoint in this process, on loopback ports, for tests of playbooks.

    >>> with Emulator(["ws-042.contoso.com"]) as emulator:
    ...     client = emulator.client()
    ...     client.collect("ws-042", comment="a test").wait().download("evidence")

    It refuses what the service refuses, with the service's own codes and texts.

    Args:
        devices: Names, or dicts with ``name`` and optionally ``id``, ``ip``, ``os``, ``health``, ``tags``, ``life``
            (``{"pending": 20, "running": 100, "end": "Succeeded", "package": {"size": …}}``, in seconds and bytes). By
            default one device, ``ws-042.contoso.com``.
        generated: How many more devices to make up.
        time_scale: Emulator seconds per real second (default: 300, so that a collection takes half a second). With 0
            the clock stands still until :meth:`advance`.
        tls: Serve https with a certificate of a newly made CA; see :attr:`ca_pem`.
        quotas: Count calls, and answer 429 beyond the documented quotas.
        faults: Faults to inject: dicts such as ``{"on": {"endpoint": "collect"}, "do": {"kind": "lost_answer"}}``.
        options: Settings for behaviour of the service that is unknown or may differ. Unlike elsewhere, ``link_escapes``
            is ``equivalent`` by default: a package link may come back with its escapes in capitals, as ``requests``
            writes them.
        seed: Determines everything that looks random.
        config: Any other configuration; overrides the other arguments, except that ``options`` are merged.

    Raises:
        ValueError: The configuration is not valid.
        RuntimeError: The emulator cannot start.
    """

    __slots__ = ("_native", "_ready")

    def __init__(
        self,
        devices: Iterable[str | dict[str, Any]] | None = None,
        *,
        generated: int = 0,
        time_scale: float = 300.0,
        tls: bool = False,
        quotas: bool = True,
        faults: Iterable[dict[str, Any]] = (),
        options: dict[str, Any] | None = None,
        seed: int = 0,
        config: dict[str, Any] | None = None,
    ) -> None:
        _given.number(generated, "generated", whole=True)
        _given.number(time_scale, "time_scale")
        _given.number(seed, "seed", whole=True)
        _given.truth(tls, "tls")
        _given.truth(quotas, "quotas")
        more = _given.mapping(config, "config")
        if devices is None and not generated:
            devices = ["ws-042.contoso.com"]
        listed = [_device(it, at) for at, it in enumerate(_given.several(devices or (), "devices", "devices"))]
        whole: dict[str, Any] = {
            "seed": seed,
            "tls": tls,
            "clock": {"scaled": time_scale} if time_scale else "manual",
            "fleet": {"generated": generated, "devices": listed},
            "faults": _given.several(faults, "faults", "dicts"),
            **more,
            "options": {
                "link_escapes": "equivalent",
                **_given.mapping(options, "options"),
                **_given.mapping(more.get("options"), "config.options"),
                **({} if quotas else {"quotas": {"on": False}}),
            },
        }
        self._native = _native.Emulator(whole)
        self._ready: dict[str, Any] = json.loads(self._native.ready_line)

    @property
    def api_url(self) -> str:
        """The API's URL, such as ``http://127.0.0.1:50002``."""
        return str(self._ready["api"])

    @property
    def login_url(self) -> str:
        """The login's URL, such as ``http://127.0.0.1:50001``."""
        return self._native.login_url

    @property
    def download_url(self) -> str:
        """The URL of the host that serves package links."""
        return self._native.download_url

    @property
    def tenant(self) -> str:
        """The tenant's id."""
        return str(self._ready["tenant"])

    @property
    def client_id(self) -> str:
        """The client id of the app that may collect."""
        return str(self._ready["client_id"])

    @property
    def client_secret(self) -> str:
        """The app's secret; valid for this emulator only."""
        return str(self._ready["client_secret"])

    @property
    def identity_header(self) -> str:
        """The value that ``X-IDENTITY-HEADER`` must have for a managed identity."""
        return str(self._ready["identity_header"])

    @property
    def scope(self) -> str:
        """The scope to request a v2 token for."""
        return str(self._ready["scope"])

    @property
    def ca_pem(self) -> str | None:
        """The CA certificate to trust (PEM); None without ``tls``."""
        return self._ready["ca_pem"]

    @property
    def env(self) -> dict[str, str]:
        """The environment variables with which :meth:`Client.from_env` and the command find the emulator."""
        return {name: value for name, value in self._ready["env"].items() if value is not None}

    def client(self, credential: Any = None, **network: Any) -> Client:
        """Returns a client of the emulator, with the same time scale. The arguments are those of :class:`Client`."""
        return Client(self.tenant, self._credential(credential), **self._network(network))

    def async_client(self, credential: Any = None, **network: Any) -> AsyncClient:
        """See :meth:`client`, for asyncio."""
        return AsyncClient(self.tenant, self._credential(credential), **self._network(network))

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls received, oldest first: ``endpoint``, ``method``, ``path``, ``status``, ``bearer``, …"""
        return self.control("calls")

    @property
    def actions(self) -> list[dict[str, Any]]:
        """The machine actions, newest first."""
        return self.control("actions")

    @property
    def devices(self) -> list[dict[str, Any]]:
        """The devices."""
        return self.control("devices")

    @property
    def now(self) -> datetime:
        """The emulator's time, in UTC."""
        from ._time import instant

        return instant(self.control("now"))

    def advance(self, seconds: float) -> None:
        """Advances the clock by this many seconds."""
        _given.number(seconds, "seconds")
        self.control("advance", seconds)

    def add_fault(self, fault: dict[str, Any]) -> None:
        """Adds a fault."""
        self.control("add_fault", fault)

    def issue_token(self, **wish: Any) -> str:
        """Returns an access token without a sign-in flow; takes ``client_id`` or ``user``, ``permissions``,
        ``audience`` and ``lifetime`` (seconds)."""
        return str(self.control("issue_token", wish))

    def control(self, deed: str, argument: Any = None) -> Any:
        """Calls the control plane by name, with plain data.

        Raises:
            ValueError: There is no such call, or its argument cannot be used.
        """
        return self._native.control(deed, argument)

    def close(self) -> None:
        """Stops the emulator and waits until its ports are free."""
        self._native.stop()

    def __repr__(self) -> str:
        return f"<Emulator at {self.api_url}>"

    def _credential(self, credential: Any) -> Any:
        if credential is not None:
            return credential
        return ClientSecret(self.client_id, self.client_secret)

    def _network(self, network: dict[str, Any]) -> dict[str, Any]:
        ours: dict[str, Any] = {"api_url": self.api_url, "login_url": self.login_url, "proxy": False}
        scale = self._ready["env"]["MDE_TIME_SCALE"]
        if scale is not None:
            ours["time_scale"] = float(scale)
        if "http" in network:
            del ours["proxy"]
        return {**ours, **network}


def _device(given: object, at: int) -> object:
    if not isinstance(given, (str, dict)):
        raise TypeError(f"`devices[{at}]` must be a str or a dict, not {type(given).__name__}")
    return {"name": given} if isinstance(given, str) else given
