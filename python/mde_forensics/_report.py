"""The report of a run over many devices."""

from __future__ import annotations

from ._package import Package

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

    from ._errors import MdeError


class DeviceReport:
    """How one device ended, and everything known about it."""

    __slots__ = ("_row", "error")

    error: MdeError | None
    """Why it failed, as an exception that was not raised; None if it did not."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.error = row.pop("exception")
        self._row = row
        if self.error is not None:
            if self.resumable:
                self.error.handle = self.handle
            self.error.candidates = self.candidates

    @property
    def device(self) -> str:
        """The device, as the caller named it."""
        return str(self._row["device"])

    @property
    def outcome(self) -> str:
        """The outcome: ``collected``, ``ready``, ``requested``, ``stopped``, ``deadline_reached``, ``failed``,
        ``service_timed_out``, ``cancelled``, ``not_found``, ``ambiguous``, ``not_supported`` or ``refused``."""
        return str(self._row["outcome"])

    @property
    def succeeded(self) -> bool:
        """Whether the caller has what was asked for. False for a package that could not be fully verified."""
        return bool(self._row["succeeded"])

    @property
    def resumable(self) -> bool:
        """Whether the handle can be resumed with a chance of success."""
        return bool(self._row["resumable"])

    @property
    def adoption(self) -> str | None:
        """Whose action it is: ``own``, ``foreign`` or ``uncertain``."""
        return self._row["adoption"]

    @property
    def action_id(self) -> str | None:
        """The machine action's id."""
        action = self._row["action"]
        return None if action is None else action["id"]

    @property
    def machine_id(self) -> str | None:
        """The device's id."""
        machine = self._row["machine"]
        return None if machine is None else machine["id"]

    @property
    def candidates(self) -> list[dict[str, Any]]:
        """The devices that match an ambiguous name."""
        return self._row["candidates"] or []

    @property
    def passed_over(self) -> list[dict[str, Any]]:
        """The other devices that match the name, if ``pick="newest"`` chose one of several."""
        return self._row["passed_over"] or []

    @property
    def earlier(self) -> str | None:
        """When an earlier run with the same key requested the package that this run continued with (ISO 8601); None if
        no earlier run did. For a new package, use another key."""
        return self._row["earlier"]

    @property
    def is_same_account(self) -> bool:
        """Whether the service names this client's own app or user as the action's requestor, as far as both are known.
        An action that is ``foreign`` then comes from an earlier run or from another user of the same account."""
        return bool(self._row["is_same_account"])

    @property
    def handle(self) -> str:
        """The handle (JSON) that a later run resumes from."""
        return str(self._row["handle"])

    @property
    def path(self) -> str | None:
        """The path of the package, if it was downloaded."""
        package = self._row["package"]
        return None if package is None else package["path"]

    @property
    def verdict(self) -> str | None:
        """The verdict on the package: ``whole``, or ``unverified`` if not every byte could be checked."""
        package = self._row["package"]
        return None if package is None else package["verdict"]

    @property
    def package(self) -> Package | None:
        """The package, if it was downloaded."""
        return None if self.path is None else Package._downloaded(self.path)

    def to_dict(self) -> dict[str, Any]:
        """Returns the entry as plain data."""
        return dict(self._row)

    def __repr__(self) -> str:
        return f"<DeviceReport {self.device!r}: {self.outcome}>"


class Report:
    """The report of a run over many devices: one :class:`DeviceReport` each, in the order of the call."""

    __slots__ = ("devices",)

    devices: list[DeviceReport]
    """One entry per device."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.devices = [DeviceReport(row) for row in rows]

    @property
    def succeeded(self) -> list[DeviceReport]:
        """The devices that succeeded."""
        return [device for device in self.devices if device.succeeded]

    @property
    def failed(self) -> list[DeviceReport]:
        """The devices that did not succeed."""
        return [device for device in self.devices if not device.succeeded]

    @property
    def packages(self) -> list[Package]:
        """The packages that were downloaded."""
        return [package for device in self.devices if (package := device.package) is not None]

    @property
    def handles(self) -> list[str]:
        """The handles (JSON) of the devices that are worth resuming."""
        return [device.handle for device in self.devices if device.resumable]

    def raise_for_failures(self) -> None:
        """Raises the error of the first device that failed, if any.

        A package that could not be fully verified raises nothing: it is there, and its ``verdict`` says so.

        Raises:
            MdeError: The error of that device.
        """
        for device in self.devices:
            if device.error is not None:
                raise device.error

    def to_dicts(self) -> list[dict[str, Any]]:
        """Returns the report as plain data, such as for a data frame."""
        return [device.to_dict() for device in self.devices]

    def to_json(self) -> str:
        """Returns the report as JSON."""
        import json

        return json.dumps(self.to_dicts())

    def __iter__(self) -> Iterator[DeviceReport]:
        return iter(self.devices)

    def __len__(self) -> int:
        return len(self.devices)

    def __getitem__(self, key: int | str) -> DeviceReport:
        if isinstance(key, str):
            for device in self.devices:
                if device.device == key:
                    return device
            raise KeyError(key)
        return self.devices[key]

    def __repr__(self) -> str:
        return f"<Report: {len(self.succeeded)} of {len(self)} devices succeeded>"

    def _repr_html_(self) -> str:
        from ._display import report

        return report(self)
