"""The newest Python, and Debian's release before this one, are built, run and verified like the rest."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from copier_slim.verify import Options, Status, verify
from tests.engine.conftest import Build
from tests.engine.project import HARDENED, Project

CASES: dict[str, tuple[dict[str, Any], str]] = {
    f"{name}-{base}": (answers | {"base": base}, image)
    for base in ("slim", "distroless")
    for name, answers, image in (
        ("3.15", {"python_version": "3.15"}, "python:3.15-slim-trixie"),
        ("bookworm", {"python_version": "3.13", "debian_suite": "bookworm"}, "python:3.13-slim-bookworm"),
    )
}

pytestmark = [pytest.mark.matrix, pytest.mark.xdist_group("releases")]


@pytest.fixture(scope="module", params=CASES)
def project(request: pytest.FixtureRequest, build: Build) -> Project:
    """Flask; skips where the base image is not there."""
    answers, image = CASES[request.param]
    if subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode:
        pytest.skip(f"the engine has no {image}")
    return build(request.param, framework="flask", package_tool="uv", **answers)


def test_it_runs_that_python_and_answers(project: Project) -> None:
    stated = (project.path / ".copier-answers.yml").read_text(encoding="utf-8")
    with project.running(**HARDENED) as service:
        assert service.wait("/healthz").status == 200
        assert f"python_version: '{service.python('import sys; print(*sys.version_info[:2], sep=chr(46))')}'" in stated
        service.python("import ssl, sqlite3, zoneinfo; ssl.create_default_context()")
        release = service.python("print(open('/etc/os-release').read())")
    if "debian_suite: bookworm" in stated:
        assert "bookworm" in release


def test_it_passes_every_check(project: Project) -> None:
    report = verify(project.path, project.tag, Options(rebuild=False))
    assert {result.id: result.outcome for result in report.by(Status.FAILED)} == {}
    assert {result.id: result.outcome for result in report.by(Status.NOT_SEEN)} == {}
