"""`docker build` asks git about its context, and git what the repository's configuration names."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from copier_slim.engine import builds
from tests.command import planting
from tests.command.running import commit, git, write


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A repository whose last commit has to be fetched, by a program that leaves a marker."""
    (tmp_path / "markers").mkdir()
    place = commit(write(tmp_path / "shop", {"Dockerfile": "FROM scratch\nCOPY file /\n", "file": "1\n"}))
    planting.plant(place / ".git", tmp_path / "markers")
    last = git(place, "rev-parse", "HEAD").strip()
    (place / ".git/objects" / last[:2] / last[2:]).unlink()
    return place


def test_a_build_runs_nothing_of_the_repository(context: Path, tmp_path: Path) -> None:
    builds.build(context, target=None, output=tmp_path / "made", tag=None, progress=lambda _: None)
    assert (tmp_path / "made/file").is_file()
    assert not list((tmp_path / "markers").iterdir())


def test_plain_docker_build_does(context: Path, tmp_path: Path) -> None:
    """So that the test above can fail."""
    subprocess.run(
        ["docker", "build", "--quiet", "--output", str(tmp_path / "made"), str(context)],
        env={**os.environ, "DOCKER_BUILDKIT": "1"}, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert {path.name for path in (tmp_path / "markers").iterdir()} == {"remote"}
