"""How results are shown in a notebook. Names come from the service and may be hostile, so everything is escaped."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

    from ._collection import AsyncCollection, Collection
    from ._package import Comparison, Package
    from ._report import Report
    from ._table import Table

#: Notebooks typeset text between dollar signs, which evidence is full of, such as ``ADMIN$``; these classes turn that
#: off.
_BOX = '<div class="tex2jax_ignore mathjax_ignore">'
_SHOWN = 200
#: The most rows of a table, and characters of a value, to show.
_ROWS, _VALUE = 20, 200


def size(count: int) -> str:
    """Returns a number of bytes in readable units."""
    if count < 1024:
        return f"{count} B"
    number = float(count)
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        number /= 1024
        if number < 1024:
            return f"{number:.1f} {unit}"
    return f"{number / 1024:.1f} PiB"


def safe(text: object) -> str:
    """Returns the text for HTML, with invisible characters, and those that change how others appear, written out."""
    # A lone surrogate cannot be encoded.
    return _native.for_html(str(text).encode("utf-8", "backslashreplace").decode())


def package(shown: Package) -> str:
    """Shows a package: custody record, its own statements, contents, and what to know before trusting it.

    For a package that was only downloaded, this reads nothing more.
    """
    about: list[tuple[str, object]] = [("path", shown.path)]
    parts: list[str] = []
    if shown.manifest is not None:
        custody = shown.manifest["custody"]
        about += [
            ("device", custody["machine_name"] or custody["asked_for"]),
            ("comment", custody["comment"]),
            ("action", custody["action"]),
            ("collection", custody["adoption"]),
            ("downloaded", custody["downloaded"]),
            ("size", size(shown.manifest["package"]["size"])),
            ("SHA-256", shown.sha256),
            ("verdict", shown.verdict if shown.why is None else f"{shown.verdict}: {shown.why}"),
        ]
        members = shown.manifest["members"]
        rows = ((member["name"], size(member["size"]), member["verdict"]) for member in members[:_SHOWN])
        parts.append(_details(f"{len(members)} members", ("name", "size", "verdict"), rows, len(members)))
    if shown._opened is not None:
        collected = shown.collection
        about += [
            ("device (from the package)", shown.device),
            ("collected", f"{collected['started']} to {collected['ended']}"),
            ("local time", f"UTC{collected['utc_offset'] or ' unknown'}, {collected['zone'] or 'zone unknown'}"),
            ("zip", {True: "whole", False: "damaged", None: "not verified"}[shown.whole]),
        ]
    if shown._read is not None:
        tables = [count for count in shown.report["tables"] if count["rows"] or count["is_partial"]]
        counts = ([it["table"], it["rows"], it["partial"] or "", "yes" if it["is_partial"] else ""] for it in tables)
        head = ("table", "rows", "partial rows", "incomplete")
        issues = list(shown.issues)
        words = ([it["code"], it["message"], it["member"]] for it in issues[:_SHOWN])
        parts = [
            _details(f"{len(tables)} tables with rows", head, counts, len(tables)),
            _details(f"{len(issues)} issues", ("code", "message", "member"), words, len(issues)),
            *parts,
        ]
    return (
        _BOX
        + "<strong>Investigation package</strong>"
        + _table(None, ((name, "" if value is None else value) for name, value in about))
        + "".join(parts)
        + "</div>"
    )


def table(shown: Table) -> str:
    """Shows a table: what it is, and its first rows."""
    rows = [shown[at] for at in range(min(len(shown), _ROWS))]
    cells = ([_value(row[name]) for name in shown.columns] for row in rows)
    more = len(shown) - len(rows)
    missing = ", some missing (see its issues)" if shown.partial else ""
    return (
        f"{_BOX}<strong>{safe(shown.name)}</strong>: {len(shown)} rows{missing}; each row is {safe(shown.doc)}"
        + f'<div style="overflow-x:auto">{_table(tuple(shown.columns), cells)}</div>'
        + (f"<p>… and {more} more</p>" if more > 0 else "")
        + "</div>"
    )


def comparison(shown: Comparison) -> str:
    """Shows a comparison: the differences without noise."""
    own = list(shown)
    names = ("table", "change", "key", "before", "after", "note")
    rows = ([_value(row[name]) for name in names] for row in own[:_SHOWN])
    other = "" if shown.same_device is not False else " between packages that name DIFFERENT devices"
    more = len(own) - _SHOWN
    return (
        f"{_BOX}<strong>{len(own)} differences</strong>{other}, plus {len(shown.changes) - len(own)} of noise"
        + _table(names, rows)
        + (f"<p>… and {more} more</p>" if more > 0 else "")
        + "</div>"
    )


def collection(shown: Collection | AsyncCollection) -> str:
    """Shows the state of a collection."""
    about = (
        ("device", shown.device),
        ("status", shown.status or "not requested yet"),
        ("action", shown.id or ""),
        ("collection", shown.adoption or ""),
    )
    return _BOX + "<strong>Collection</strong>" + _table(None, about) + "</div>"


def report(shown: Report) -> str:
    """Shows a report: one row per device."""
    rows = (
        (
            device.device,
            device.outcome.replace("_", " "),
            device.path or "" if device.verdict in (None, "whole") else f"{device.path} ({device.verdict})",
            "" if device.error is None else f"{device.error}; {device.error.hint}",
        )
        for device in shown.devices[:_SHOWN]
    )
    more = len(shown) - _SHOWN
    return (
        f"{_BOX}<strong>{len(shown.succeeded)} of {len(shown)} devices succeeded</strong>"
        + _table(("device", "outcome", "package", "error"), rows)
        + (f"<p>… and {more} more</p>" if more > 0 else "")
        + "</div>"
    )


def _value(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _VALUE else f"{text[:_VALUE]}…"


def _details(title: str, head: tuple[str, ...], rows: Iterable[Iterable[object]], count: int) -> str:
    more = f"<p>… and {count - _SHOWN} more</p>" if count > _SHOWN else ""
    return f"<details><summary>{safe(title)}</summary>{_table(head, rows)}{more}</details>"


def _table(head: tuple[str, ...] | None, rows: Iterable[Iterable[object]]) -> str:
    cells = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{safe(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    top = ""
    if head is not None:
        top = "<thead><tr>" + "".join(f"<th>{safe(name)}</th>" for name in head) + "</tr></thead>"
    return f"<table>{top}<tbody>{cells}</tbody></table>"
