"""Repositories that the tests of the command share."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from copier_slim import lock as locks
from tests.command.running import (
    FLASK,
    VERSION_1,
    VERSION_2,
    VERSION_3,
    answers,
    command,
    commit,
    replace,
    write,
)

LOCKED = "flask==3.1.2 \\\n    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A Flask service without git."""
    return write(tmp_path / "shop", FLASK)


@pytest.fixture
def repository(bare: Path) -> Path:
    """A Flask service in git, all of it committed."""
    return commit(bare)


@pytest.fixture
def locking(monkeypatch: pytest.MonkeyPatch) -> str:
    """Makes the lock without an engine; its text."""
    monkeypatch.setattr(locks, "compile_lock", lambda *_, **__: locks.Lock(LOCKED, [], "in a test"))
    return LOCKED


@dataclass(frozen=True)
class Made:
    """The template in a git repository with three versions, and a project of the first."""

    versions: Path
    project: Path


@pytest.fixture(scope="session")
def made(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Made once: git and Copier take their time."""
    home = tmp_path_factory.mktemp("made")
    versions = home / "versions"
    shutil.copytree(template, versions)
    commit(versions, VERSION_1)
    project = commit(write(home / "shop", FLASK))
    done = command("copy", "--defaults", "--no-lock", "--offline", "--template", versions, cwd=project)
    assert done.code == 0, done.err
    assert answers(project)["_commit"] == VERSION_1
    commit(project)
    replace(versions / "partials/health/http.jinja", "--interval=30s", "--interval=29s")
    commit(versions, VERSION_2)
    replace(versions / "partials/health/http.jinja", "--interval=29s", "--interval=31s")
    asked = versions / "template/{{ 'requirements.in' if emits_requirements }}.jinja"
    replace(asked, "the template needs", "the template needs itself")
    commit(versions, VERSION_3)
    return Made(versions, project)


@pytest.fixture
def made_versions(made: Made) -> Path:
    """The template in a git repository with three versions."""
    return made.versions


@pytest.fixture
def project(made: Made, tmp_path: Path) -> Path:
    """A Flask service with the container of the template's first version, committed."""
    shutil.copytree(made.project, tmp_path / "shop")
    return tmp_path / "shop"
