"""A lock of the project's own: nothing to lock, and how far it is current."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from copier_slim import catalog
from copier_slim.cli import app
from copier_slim.errors import CheckFailedError, InputError
from tests.conftest import Render

PYPROJECT = """\
[project]
name = "shop"
version = "1"
dependencies = ["idna>=3", "colorama; sys_platform == 'win32'"]

[project.optional-dependencies]
postgres = ["asyncpg"]

[dependency-groups]
prod = ["sniffio"]
"""
LOCK = '[[package]]\nname = "idna"\nversion = "3.10"\nsource = { registry = "https://pypi.org/simple" }\n'


@pytest.fixture
def project(render: Render, tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (tmp_path / "uv.lock").write_text(LOCK, encoding="utf-8")
    return render(tmp_path, framework="command", starter=False, dependency_source="uv.lock")


def lock(project: Path, *options: str) -> str:
    """What the verb prints where it ends well; raises what it raises."""
    done = CliRunner().invoke(app, ["lock", str(project), *options], catch_exceptions=False)
    assert done.exit_code == 0
    return " ".join(done.stdout.split())


def test_there_is_nothing_to_lock(project: Path) -> None:
    assert lock(project) == "there is nothing to lock: uv.lock is what is installed; to make it anew, run: uv lock"
    assert not (project / "requirements.txt").exists()


def test_it_is_current_where_it_has_what_is_asked_for(project: Path) -> None:
    assert lock(project, "--check") == "uv.lock is current"


@pytest.mark.parametrize(
    ("old", "new", "asked"),
    [
        ('"idna>=3"', '"idna>=3", "redis"', "redis"),
        ('"idna>=3"', '"idna>=4"', "idna>=4"),
        ("sys_platform == 'win32'", "sys_platform == 'linux'", "colorama"),
    ],
)
def test_it_is_not_where_something_is_asked_for_that_it_lacks(project: Path, old: str, new: str, asked: str) -> None:
    (project / "pyproject.toml").write_text(PYPROJECT.replace(old, new), encoding="utf-8")
    with pytest.raises(CheckFailedError, match=f"which asks for {asked}.*; run: uv lock$"):
        lock(project, "--check")


@pytest.mark.parametrize(("groups", "asked"), [("prod", "sniffio"), ("[postgres]", "asyncpg")])
def test_the_chosen_groups_and_extras_are_asked_for(render: Render, project: Path, groups: str, asked: str) -> None:
    answers: dict[str, Any] = {"framework": "command", "starter": False, "dependency_source": "uv.lock"}
    render(project, **answers, dependency_groups=groups)
    with pytest.raises(CheckFailedError, match=f"asks for {asked}; run: uv lock"):
        lock(project, "--check")


def test_one_of_a_newer_format_is_not_called_current(project: Path) -> None:
    (project / "uv.lock").write_text(f"version = 9\n{LOCK}", encoding="utf-8")
    with pytest.raises(InputError, match=r"uv\.lock: its format, 9, is newer than the newest that is known, 1"):
        lock(project, "--check")


def test_one_that_is_missing_is_named(project: Path) -> None:
    (project / "uv.lock").unlink()
    with pytest.raises(CheckFailedError, match=r"uv\.lock is missing; run: uv lock"):
        lock(project, "--check")


def test_uv_exports_by_the_version_that_installs() -> None:
    assert catalog.sources()["uv.lock"].exporter == [f"uv=={catalog.tools()['uv'].version}"]
