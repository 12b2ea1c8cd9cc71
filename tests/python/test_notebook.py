"""``examples/collect.ipynb``, from its first cell to its last."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from conftest import ROOT

nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")


def test_every_cell_runs_and_results_show_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("AZURE_", "MDE_")):
            monkeypatch.delenv(name)
    # The notebook leaves its evidence in a temporary folder, for whoever plays with it.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    notebook = nbformat.read(ROOT / "examples/collect.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert all(cell.get("outputs", []) == [] for cell in notebook.cells), "outputs are not kept in the repository"
    nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    html = [
        output["data"]["text/html"] for cell in code for output in cell.outputs if "text/html" in output.get("data", {})
    ]
    whole = "".join(html)
    for text in ("Collection", "Investigation package", "2 of 3 devices succeeded", "processes", "<svg"):
        assert text in whole, text
    shown = [output["data"]["text/plain"] for cell in code for output in cell.outputs if "data" in output]
    assert any(re.search(r"'no-such-device',\s+'not_found'", text) for text in shown)
    errors = [output for cell in code for output in cell.outputs if output.output_type == "error"]
    assert errors == []
