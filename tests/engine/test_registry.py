"""A mirror on loopback under a prefix: the image is made from what it has, and from nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.conftest import Render
from tests.engine.project import Project
from tests.engine.registry import REGISTRY, require_registry

PREFIX = f"{REGISTRY}/copier-slim-test/docker-hub/"
BASE = "python:3.13-slim-trixie"

pytestmark = pytest.mark.matrix


@pytest.fixture
def mirror(engine: None) -> Iterator[str]:  # noqa: ARG001
    """The prefix of a mirror that has the base image; skips where no registry listens."""
    require_registry()
    name = f"{PREFIX}{BASE}"
    for words in (["tag", BASE, name], ["push", "--quiet", name], ["image", "rm", name]):
        subprocess.run(["docker", *words], check=True, capture_output=True)
    yield PREFIX
    subprocess.run(["docker", "image", "rm", name], check=False, capture_output=True)


def test_the_image_is_made_from_the_mirror(
    mirror: str, render: Render, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = render(tmp_path_factory.mktemp("mirror"), registry=mirror, framework="command", python_version="3.13")
    project = Project(path, "copier-slim-test:mirror")
    project.lock()
    project.build()
    assert project.output() == "Hello, world"
    (path / "Dockerfile").write_text(
        (path / "Dockerfile").read_text(encoding="utf-8").replace(mirror, f"{mirror}elsewhere/"), encoding="utf-8"
    )
    built = subprocess.run(["docker", "build", path], capture_output=True, text=True, check=False)
    assert built.returncode
    assert f"{mirror}elsewhere/{BASE}" in built.stderr
