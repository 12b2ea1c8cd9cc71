"""How results show themselves in a notebook. Names come from the service and are hostile: everything is escaped."""

from __future__ import annotations

import unicodedata
from html import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

    from ._collection import AsyncCollection, Collection
    from ._package import Package
    from ._report import Report

_SHOWN = 200


def size(count: int) -> str:
    """So many bytes, in words."""
    if count < 1024:
        return f"{count} B"
    number = float(count)
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        number /= 1024
        if number < 1024:
            return f"{number:.1f} {unit}"
    return f"{number / 1024:.1f} PiB"


def safe(text: object) -> str:
    """The text with what could change how others show it written out: controls, bidi marks, surrogates."""
    shown = "".join(
        character
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        else f"\\u{{{ord(character):x}}}"
        for character in str(text)
    )
    return escape(shown, quote=True)


def package(shown: Package) -> str:
    """A package: its custody, and its members."""
    custody = shown.manifest["custody"]
    about = [
        ("path", shown.path),
        ("device", custody["machine_name"] or custody["asked_for"]),
        ("comment", custody["comment"]),
        ("action", custody["action"]),
        ("collection", custody["adoption"]),
        ("downloaded", custody["downloaded"]),
        ("size", size(shown.size)),
        ("SHA-256", shown.sha256),
    ]
    members = shown.members
    rows = ((member.name, size(member.size), member.verdict) for member in members[:_SHOWN])
    more = len(members) - _SHOWN
    return (
        "<div><strong>Investigation package</strong>"
        + _table(None, ((name, "" if value is None else value) for name, value in about))
        + f"<details><summary>{len(members)} members</summary>"
        + _table(("name", "size", "verdict"), rows)
        + (f"<p>… and {more} more</p>" if more > 0 else "")
        + "</details></div>"
    )


def collection(shown: Collection | AsyncCollection) -> str:
    """A collection: where it stands."""
    about = (
        ("device", shown.device),
        ("status", shown.status or "not asked for yet"),
        ("action", shown.id or ""),
        ("collection", shown.adoption or ""),
    )
    return "<div><strong>Collection</strong>" + _table(None, about) + "</div>"


def report(shown: Report) -> str:
    """A report: one row for each device."""
    rows = (
        (
            device.device,
            device.outcome.replace("_", " "),
            device.path or "",
            "" if device.error is None else f"{device.error}; {device.error.hint}",
        )
        for device in shown.devices[:_SHOWN]
    )
    more = len(shown) - _SHOWN
    return (
        f"<div><strong>{len(shown.succeeded)} of {len(shown)} devices succeeded</strong>"
        + _table(("device", "outcome", "package", "error"), rows)
        + (f"<p>… and {more} more</p>" if more > 0 else "")
        + "</div>"
    )


def _table(head: tuple[str, ...] | None, rows: Iterable[Iterable[object]]) -> str:
    cells = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{safe(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    top = ""
    if head is not None:
        top = "<thead><tr>" + "".join(f"<th>{safe(name)}</th>" for name in head) + "</tr></thead>"
    return f"<table>{top}<tbody>{cells}</tbody></table>"
