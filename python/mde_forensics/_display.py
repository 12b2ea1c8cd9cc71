"""How results are shown in a notebook. Names come from the service and may be hostile, so everything is escaped."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

    from ._collection import AsyncCollection, Collection
    from ._package import Comparison, Package, ProcessTree, Search, Verification
    from ._report import Report
    from ._table import Table

#: Notebooks typeset text between dollar signs, which evidence is full of, such as ``ADMIN$``; these classes turn that
#: off.
_BOX = '<div class="tex2jax_ignore mathjax_ignore">'
_SHOWN = 200
#: The most rows of a table, and characters of a value, to show.
_ROWS, _VALUE = 20, 200
_NODES = 1000
#: The columns of issues by kind, and the most of a kind and member to show.
_GROUP, _FIRST = ("code", "member", "issues", "first"), 3
_ADOPTION = {
    "own": "this collection",
    "foreign": "somebody else, or another run; adopted",
    "uncertain": "not known; adopted",
}


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
            ("requested by", _ADOPTION.get(custody["adoption"])),
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
            ("device (from the package)", shown.device or "not named"),
            ("collected", f"{collected['started'] or 'unknown'} to {collected['ended'] or 'unknown'}"),
            ("local time", f"UTC{collected['utc_offset'] or ' unknown'}, {collected['zone'] or 'zone unknown'}"),
            ("zip", {True: "whole", False: "damaged", None: "not verified"}[shown.whole]),
        ]
    if shown._read is None:
        about.append(("contents", "not read yet: `issues` and `coverage` read everything, `keys()` lists the tables"))
    else:
        about.append(("needs a look", "YES: see `issues` and `coverage`" if shown.needs_a_look else "no"))
        tables = [count for count in shown.report["tables"] if count["rows"] or count["is_partial"]]
        counts = ([it["table"], it["rows"], it["partial"] or "", "yes" if it["is_partial"] else ""] for it in tables)
        head = ("table", "rows", "partial rows", "incomplete")
        issues = list(shown.issues)
        groups = _groups(issues)
        among = f" in {len(groups)} groups" if len(groups) < len(issues) else ""
        parts = [
            _details(f"{len(tables)} tables with rows", head, counts, len(tables)),
            _details(f"{len(issues)} issues{among}", _GROUP, groups[:_SHOWN], len(groups)),
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
    if not len(shown) and shown.name not in ("coverage", "issues"):
        missing += " (the package's `coverage` says whether they are missing or there are none)"
    return (
        f"{_BOX}<strong>{safe(shown.name)}</strong>: {len(shown)} rows{missing}; each row is {safe(shown.doc)}"
        + f'<div style="overflow-x:auto">{_table(tuple(shown.columns), cells)}</div>'
        + _more(more)
        + "</div>"
    )


def comparison(shown: Comparison) -> str:
    """Shows a comparison: the differences without noise."""
    own = list(shown)
    names = ("table", "change", "key", "before", "after", "note")
    rows = ([_value(row[name]) for name in names] for row in own[:_SHOWN])
    other = {True: "", False: " between packages that name DIFFERENT devices", None: "; one of them names no device"}
    lost = [it for it in shown.not_compared if not it["is_by_design"]]
    why = ([it["side"], it["member"], it["why"]] for it in lost[:_SHOWN])
    left = _details(f"NOT COMPARED: {len(lost)}", ("package", "member", "why"), why, len(lost)) if lost else ""
    more = len(own) - _SHOWN
    return (
        f"{_BOX}<strong>{len(own)} differences</strong>{other[shown.same_device]}, plus "
        + f"{len(shown.changes) - len(own)} of noise"
        + left
        + _table(names, rows)
        + _more(more)
        + "</div>"
    )


def search(shown: Search) -> str:
    """Shows a search: hits per indicator, what was not searched, and the first hits."""
    counted = zip(shown.indicators[:_SHOWN], shown.hits_per_indicator)
    sought = ([it["value"], it["kind"], hits] for it, hits in counted)
    several = len(shown.indicators)
    names = ("indicator", "table", "column", "member", "line", "value")
    found = ([_value(hit[name]) for name in names] for hit in shown[:_SHOWN])
    lost = shown.not_searched
    why = ([it["member"] or "the whole package", it["why"]] for it in lost[:_SHOWN])
    left = _details(f"NOT SEARCHED: {len(lost)}", ("member", "why"), why, len(lost)) if lost else ""
    more = shown.total - min(len(shown), _SHOWN)
    return (
        f"{_BOX}<strong>{shown.total} hits</strong>"
        + left
        + _details(f"{several} indicators", ("indicator", "kind", "hits"), sought, several)
        + _table(names, found)
        + _more(more)
        + "</div>"
    )


def tree(shown: ProcessTree) -> str:
    """Shows the processes as a tree."""
    rest = ", some missing (see its issues)" if shown.partial else ""
    lines = [
        "  " * node["depth"] + f"{node['process_id']} {node['name'] or ''}  {_value(node['command_line'])}"
        if node["process_id"] is not None
        else f"? {_value(node['raw'])}"
        for node in shown[:_NODES]
    ]
    more = len(shown) - _NODES
    return (
        f"{_BOX}<strong>{len(shown)} processes</strong>{rest}"
        + f'<pre style="overflow-x:auto">{"<br>".join(safe(line) for line in lines)}</pre>'
        + _more(more)
        + "</div>"
    )


def verification(shown: Verification) -> str:
    """Shows a verification: the differences, if any."""
    if shown.intact:
        return f"{_BOX}<strong>intact</strong>: SHA-256 {safe(shown.sha256)}</div>"
    names = ("what", "manifest", "file")
    rows = ([_value(row[name]) for name in names] for row in shown.differences[:_SHOWN])
    return f"{_BOX}<strong>NOT INTACT: {len(shown.differences)} differences</strong>{_table(names, rows)}</div>"


def collection(shown: Collection | AsyncCollection) -> str:
    """Shows the state of a collection."""
    about = (
        ("device", shown.device),
        ("status", shown.status or "not requested yet"),
        ("action", shown.id or ""),
        ("requested by", _ADOPTION.get(shown.adoption or "", "")),
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
        + _more(more)
        + "</div>"
    )


def _groups(issues: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """Returns the issues by code and member, their number and the first of them: there can be thousands of a kind."""
    groups: dict[tuple[str, str | None], list[str]] = {}
    for issue in issues:
        groups.setdefault((issue["code"], issue["member"]), []).append(_value(issue["message"]))
    shown: list[tuple[object, ...]] = []
    for (code, member), messages in groups.items():
        more = [f"… and {len(messages) - _FIRST} more"] if len(messages) > _FIRST else []
        shown.append((code, "" if member is None else member, len(messages), "; ".join(messages[:_FIRST] + more)))
    return shown


def _value(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _VALUE else f"{text[:_VALUE]}…"


def _details(title: str, head: tuple[str, ...], rows: Iterable[Iterable[object]], count: int) -> str:
    return f"<details><summary>{safe(title)}</summary>{_table(head, rows)}{_more(count - _SHOWN)}</details>"


def _more(count: int) -> str:
    return f"<p>… and {count} more</p>" if count > 0 else ""


def _table(head: tuple[str, ...] | None, rows: Iterable[Iterable[object]]) -> str:
    cells = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{safe(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    top = ""
    if head is not None:
        top = "<thead><tr>" + "".join(f"<th>{safe(name)}</th>" for name in head) + "</tr></thead>"
    return f"<table>{top}<tbody>{cells}</tbody></table>"
