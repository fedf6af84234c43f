"""The command on Podman: what it locks is what Docker locks, and an image of its own passes the contract."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command.running import environment

pytestmark = [pytest.mark.matrix, pytest.mark.xdist_group("podman")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new project that Podman locked; skips where it does not answer, or has no image of Python."""
    look = ["podman", "image", "inspect", "python:3.13-slim-trixie"]
    try:
        subprocess.run(look, check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("no Podman answers that has python:3.13-slim-trixie")
    path = tmp_path_factory.mktemp("podman")
    copied = run(path, "copy", "--defaults", "--data", "python_version=3.13", "--engine", "podman", ".")
    assert copied.returncode == 0, copied.stderr
    assert "next: podman build --format docker --tag app ." in copied.stdout
    yield path
    subprocess.run(["podman", "image", "rm", "--force", "copier-slim-test-podman"], check=False, capture_output=True)


def run(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a project, with what it was told in its environment."""
    return subprocess.run(
        [sys.executable, "-m", "copier_slim", *words],
        cwd=path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_locks_with_hashes(project: Path) -> None:
    lock = (project / "requirements.txt").read_text(encoding="utf-8")
    assert "fastapi==" in lock
    assert "--hash=sha256:" in lock
    again = run(project, "lock", "--check", "--engine", "podman")
    assert again.returncode == 0, again.stderr


def test_its_image_passes_the_checks(project: Path) -> None:
    verified = run(project, "verify", "--engine", "podman", "--no-rebuild", "--json")
    assert verified.returncode == 0, verified.stderr
    verdicts = {check["id"]: check["status"] for check in json.loads(verified.stdout)["checks"]}
    assert {verdicts[check] for check in ("R8", "R10", "R11", "R12")} == {"passed"}, verdicts


def test_the_plain_build_works_and_keeps_the_health_check(project: Path) -> None:
    build = ["podman", "build", "--quiet", "--format", "docker", "--tag", "copier-slim-test-podman", "."]
    subprocess.run(build, cwd=project, check=True, capture_output=True)
    show = ["podman", "image", "inspect", "--format", "{{json .HealthCheck}}", "copier-slim-test-podman"]
    shown = subprocess.run(show, check=True, capture_output=True, text=True).stdout
    assert "/healthz" in shown
