"""The engine tests: projects are locked, built and started for real.

They run wherever `docker info` answers. Elsewhere they are skipped, or fail where REQUIRE_ENGINE is set.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from python_on_whales import DockerException, docker

from copier_slim import catalog
from tests.conftest import Render
from tests.engine.project import Project

Build = Callable[..., Project]
Installed = Callable[[str], Path]


@cache
def engine_answers() -> bool:
    try:
        return bool(docker.info().server_version)
    except (DockerException, OSError):
        return False


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Skips, or fails, where no engine answers."""
    if not engine_answers():
        verdict = pytest.fail if os.environ.get("REQUIRE_ENGINE") else pytest.skip
        verdict("no Docker Engine answers `docker info`")


@pytest.fixture(scope="session")
def build(engine: None, render: Render, tmp_path_factory: pytest.TempPathFactory) -> Build:  # noqa: ARG001
    """Renders, locks and builds a project, once for each set of answers."""

    @cache
    def built(name: str, answers: tuple[tuple[str, Any], ...]) -> Project:
        project = Project(render(tmp_path_factory.mktemp(name), **dict(answers)), tag=f"copier-slim-test:{name}")
        project.lock()
        project.build()
        return project

    return lambda name, **answers: built(name, tuple(answers.items()))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The program of a tool, of the version by which the image exports, by its name."""

    @cache
    def made(name: str) -> Path:
        home = tmp_path_factory.mktemp(name)
        row = next(
            row for row in catalog.sources().values() if row.exporter and row.exporter[0].startswith(f"{name}==")
        )
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, capture_output=True)
        subprocess.run([str(home / "bin/pip"), "install", "--quiet", *row.exporter], check=True, capture_output=True)
        return home / "bin" / name

    return made
