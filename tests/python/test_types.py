"""The types are true, complete and checked."""

from __future__ import annotations

import ast
import inspect
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import mde_forensics
import pytest
from conftest import ROOT
from mde_forensics import AsyncClient, AsyncCollection, Client, Collection

PACKAGE = Path(mde_forensics.__file__).parent


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # The interpreter that these tools ask is the one that runs this.
    environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    # Installed, it is found where packages are; as sources, these paths say where.
    if PACKAGE.parent.name != "site-packages":
        environment = {**environment, "MYPYPATH": str(PACKAGE.parent)}
    return subprocess.run(
        arguments, capture_output=True, text=True, timeout=300, cwd=ROOT / "tests", env={**os.environ, **environment}
    )


def test_the_stubs_are_what_is_compiled() -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    ended = run(sys.executable, "-m", "mypy.stubtest", "mde_forensics._native", MYPY_CACHE_DIR=os.devnull)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_everything_that_is_public_has_a_type() -> None:
    pytest.importorskip("pyright", reason="pyright is not installed")
    ended = run(
        sys.executable, "-m", "pyright", "--outputjson", "--ignoreexternal",
        "--verifytypes", "mde_forensics",
    )  # fmt: skip
    found = json.loads(ended.stdout)["typeCompleteness"]
    unknown = [symbol["name"] for symbol in found["symbols"] if symbol["isExported"] and not symbol["isTypeKnown"]]
    assert unknown == []
    assert found["completenessScore"] == 1.0
    assert found["exportedSymbolCounts"]["withKnownType"] > 70


@pytest.mark.parametrize("faces", [(Client, AsyncClient), (Collection, AsyncCollection)])
def test_both_faces_take_the_same(faces: tuple[type, type]) -> None:
    """The keywords are written twice, for editors and for ``help``: this keeps them one."""

    def taken(face: type) -> dict[str, list[inspect.Parameter]]:
        verbs = inspect.getmembers(face, inspect.isroutine)
        return {
            name: list(inspect.signature(verb).parameters.values())
            for name, verb in verbs
            if name == "__init__" or not name.startswith("_")
        }

    one, other = map(taken, faces)
    assert one == other
    assert len(one) > 5


def test_a_client_from_the_environment_takes_what_a_client_takes() -> None:
    made = list(inspect.signature(Client).parameters.values())
    from_env = list(inspect.signature(Client.from_env).parameters.values())
    assert [it.name for it in made[:2]] == ["tenant", "credential"]
    assert made[2:] == from_env


def test_the_sources_are_strict() -> None:
    pytest.importorskip("pyright", reason="pyright is not installed")
    ended = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--project", str(ROOT / "pyproject.toml")],
        capture_output=True, text=True, timeout=300, cwd=ROOT,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout


def test_the_style_is_ruffs() -> None:
    pytest.importorskip("ruff", reason="ruff is not installed")
    ended = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "python", "tests", "examples"],
        capture_output=True, text=True, timeout=60, cwd=ROOT,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout


def test_every_public_thing_is_documented() -> None:
    undocumented: list[str] = []
    seen = 0
    for name in mde_forensics.__all__:
        thing = getattr(mde_forensics, name)
        if not isinstance(thing, type):
            continue
        if not thing.__doc__:
            undocumented.append(name)
        documented: dict[str, bool] = {}
        # What is inherited from others is documented by them.
        for base in reversed([base for base in thing.__mro__ if base.__module__.split(".")[0] == "mde_forensics"]):
            for member, value in vars(base).items():
                if callable(value) or isinstance(value, (property, classmethod, staticmethod)):
                    documented[member] = bool(inspect.getdoc(value))
            documented.update(attributes(base))
        public = {member: is_documented for member, is_documented in documented.items() if member[0] != "_"}
        undocumented += [f"{name}.{member}" for member, is_documented in public.items() if not is_documented]
        seen += len(public)
    assert undocumented == []
    assert seen > 170, seen


def attributes(face: type) -> dict[str, bool]:
    """The attributes that a class declares, and whether a text behind each or a comment before it says what it is."""
    source = textwrap.dedent(inspect.getsource(face))
    lines = source.splitlines()
    (declared,) = ast.parse(source).body
    assert isinstance(declared, ast.ClassDef)
    found = {}
    for it, after in zip(declared.body, [*declared.body[1:], None]):
        if isinstance(it, ast.AnnAssign) and isinstance(it.target, ast.Name):
            is_told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            found[it.target.id] = is_told or lines[it.lineno - 2].lstrip().startswith("#:")
    return found
