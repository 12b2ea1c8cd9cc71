"""A local Defender for Endpoint, in this process."""

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
    """A local Defender for Endpoint, in this process, on loopback ports: three lines test a playbook.

    >>> with Emulator(["ws-042.contoso.com"]) as emulator:
    ...     client = emulator.client()
    ...     client.collect("ws-042", comment="a test").wait().download("evidence")

    It is strict: what the service refuses is refused, with the service's own codes and texts.

    Args:
        devices: Names; or dicts with ``name`` and, as you like, ``id``, ``ip``, ``os``, ``health``, ``tags``, ``life``
            (``{"pending": 20, "running": 100, "end": "Succeeded", "package": {"size": …}}``, in seconds and bytes). By
            default there is one, ``ws-042.contoso.com``.
        generated: So many devices more are made up.
        time_scale: So many seconds pass in one second (default: 300, so that a collection takes half a second);
            0 stands still until :meth:`advance`.
        tls: Serves https, with a certificate of a CA that is made now; see :attr:`ca_pem`.
        quotas: Whether calls are counted, with 429 beyond the documented quotas.
        faults: What goes wrong: dicts such as ``{"on": {"endpoint": "collect"}, "do": {"kind": "lost_answer"}}``.
        options: Where the service's behaviour is unknown or may differ. Unless they say otherwise, ``link_escapes`` is
            ``equivalent``: a package link may come back with its escapes in capitals, as ``requests`` writes them.
        seed: Everything that looks random follows from this number.
        config: Everything else, over the other arguments.

    Raises:
        ValueError: If the configuration makes no sense.
        RuntimeError: If it cannot start.
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
        """The API, such as ``http://127.0.0.1:50002``."""
        return str(self._ready["api"])

    @property
    def login_url(self) -> str:
        """The login, such as ``http://127.0.0.1:50001``."""
        return self._native.login_url

    @property
    def download_url(self) -> str:
        """The host of the package links."""
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
        """The app's secret; it opens nothing else."""
        return str(self._ready["client_secret"])

    @property
    def identity_header(self) -> str:
        """What ``X-IDENTITY-HEADER`` must be for a managed identity."""
        return str(self._ready["identity_header"])

    @property
    def scope(self) -> str:
        """What a v2 token is asked for."""
        return str(self._ready["scope"])

    @property
    def ca_pem(self) -> str | None:
        """The certificate to trust, where it serves https."""
        return self._ready["ca_pem"]

    @property
    def env(self) -> dict[str, str]:
        """The variables of the environment with which :meth:`Client.from_env` and the command find it."""
        return {name: value for name, value in self._ready["env"].items() if value is not None}

    def client(self, credential: Any = None, **network: Any) -> Client:
        """A client of it, whose time runs as fast. Arguments are those of :class:`Client`."""
        return Client(self.tenant, self._credential(credential), **self._network(network))

    def async_client(self, credential: Any = None, **network: Any) -> AsyncClient:
        """As :meth:`client`, for asyncio."""
        return AsyncClient(self.tenant, self._credential(credential), **self._network(network))

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls that were seen, the oldest first: ``endpoint``, ``method``, ``path``, ``status``, ``bearer``, …"""
        return self.control("calls")

    @property
    def actions(self) -> list[dict[str, Any]]:
        """The machine actions, the newest first."""
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
        """Lets so many seconds pass at once."""
        _given.number(seconds, "seconds")
        self.control("advance", seconds)

    def add_fault(self, fault: dict[str, Any]) -> None:
        """More goes wrong from now on."""
        self.control("add_fault", fault)

    def issue_token(self, **wish: Any) -> str:
        """An access token without any flow; ``client_id`` or ``user``, ``permissions``, ``audience``, ``lifetime``."""
        return str(self.control("issue_token", wish))

    def control(self, deed: str, argument: Any = None) -> Any:
        """Does what the emulator's control plane does under this name, with plain data.

        Raises:
            ValueError: If there is no such deed, or it cannot be done so.
        """
        return self._native.control(deed, argument)

    def close(self) -> None:
        """Stops it and waits until its ports are free."""
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
