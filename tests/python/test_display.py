"""What results show of themselves, and progress."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mde_forensics import Client, Emulator, Report, _display, _progress

EVIL = "<script>alert(1)</script>\"'&\u202egpj.exe\x1b[31m\ud800"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}


def harmless(html: str) -> str:
    tags = Tags()
    tags.feed(html)
    assert tags.found <= {
        "div", "strong", "table", "thead", "tbody", "tr", "td", "th", "details", "summary", "p",
        "svg", "g", "rect", "line", "text", "title", "pre", "br",
    }  # fmt: skip
    assert not [name for name in tags.attributes if name.startswith("on") or name in ("href", "src", "xlink:href")]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", html)
    # What stands between two dollar signs is no formula, in this notebook or that.
    assert html.count("<strong>") == html.count('<div class="tex2jax_ignore mathjax_ignore"><strong>')
    html.encode()
    return html


def test_hostile_names_are_escaped() -> None:
    shown = harmless(f"<table><tr><td>{_display.safe(EVIL)}</td></tr></table>")
    assert "&lt;script&gt;" in shown
    assert "\\u{202e}gpj.exe" in shown
    assert "\\u{1b}[31m" in shown
    assert _display.safe("Büro-Gerät 7 — größer 日本") == "Büro-Gerät 7 — größer 日本"


def test_a_package_a_collection_and_a_report_show_themselves(client: Client, tmp_path: Path) -> None:
    collection = client.collect("ws-042", comment="<b>INC-42</b>")
    assert "ws-042" in harmless(collection._repr_html_())
    package = collection.download(tmp_path)
    assert package.manifest is not None
    package.manifest["members"][0]["name"] = EVIL
    package.manifest["custody"]["machine_name"] = EVIL
    html = harmless(package._repr_html_())
    assert "&lt;b&gt;INC-42&lt;/b&gt;" in html
    assert str(package.sha256) in html
    assert f"{len(package.manifest['members'])} members" in html
    report = client.collect_many(["ws-042", "nobody"], comment="x", into=tmp_path)
    html = harmless(report._repr_html_())
    assert "1 of 2 devices succeeded" in html
    assert "not found" in html


def test_issues_are_shown_by_kind_and_member() -> None:
    issues = [
        {"code": "partial_row", "message": f"row {at} of {member} was read in part", "member": member}
        for at in range(1500)
        for member in ("Processes/Processes.csv", "Services/Services.csv")
    ]
    issues.insert(7, {"code": "missing_member", "message": f"`{EVIL}` is not there", "member": None})
    shown: Any = SimpleNamespace(
        path=Path("ws-042.zip"),
        manifest=None,
        _opened=None,
        _read=True,
        needs_a_look=True,
        report={"tables": []},
        issues=issues,
    )
    html = harmless(_display.package(shown))
    assert "3001 issues in 3 groups" in html
    assert html.count("partial_row") == 2
    assert re.search(r"Services/Services\.csv</td><td[^>]*>1500</td><td[^>]*>row 0 of Services", html)
    assert html.count("… and 1497 more") == 2
    # What is rare is not behind what is frequent.
    assert "missing_member" in html
    assert "row 3 of" not in html
    shown.issues = issues[7:8]
    assert "1 issues<" in harmless(_display.package(shown))


def test_a_report_with_a_hostile_device() -> None:
    row = {
        "device": EVIL, "outcome": EVIL, "succeeded": False, "resumable": False, "adoption": None, "machine": None,
        "action": None, "package": {"path": EVIL, "verdict": EVIL}, "error": None, "candidates": None, "limit": None, "handle": "{}",
        "exception": None,
    }  # fmt: skip
    harmless(Report([dict(row) for _ in range(300)])._repr_html_())


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1 << 30, "1.0 GiB")])
def test_sizes_in_words(count: int, text: str) -> None:
    assert _display.size(count) == text


def test_progress_is_a_bar_where_tqdm_is_installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    life = {"package": {"size": 8 << 20}}
    with Emulator([{"name": "a.contoso.com", "life": life}, {"name": "b.contoso.com", "life": life}]) as emulator:
        client = emulator.client()
        client.collect_many(["a", "b"], comment="x", into=tmp_path, progress=True)
        shown = capsys.readouterr()
        assert "devices: 100%" in shown.err
        assert shown.out == "", "results are on stdout, and progress is none"
        client.collect("a", comment="x").download(tmp_path / "one", progress=True)
        shown = capsys.readouterr()
        assert "a: " in shown.err
        assert "MiB" in shown.err or "M/" in shown.err
        assert shown.out == ""


def test_progress_is_lines_where_it_is_not(
    client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "tqdm"] + ["tqdm", "tqdm.auto"]:
        monkeypatch.setitem(sys.modules, name, None)
    assert _progress._tqdm() is None
    client.collect("ws-042", comment="x", progress=True).download(tmp_path, progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert any("collection accepted" in line for line in lines)
    assert any(line.endswith("; waiting for its end") for line in lines)
    assert any("verified" in line for line in lines)
    assert all(line.startswith("ws-042: ") for line in lines)


def test_nothing_is_printed_unless_it_is_asked_for(
    client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client.collect("ws-042", comment="x").download(tmp_path)
    shown = capsys.readouterr()
    assert shown.out + shown.err == ""
