"""Debian 12's Buildah builds the output for older builders: in a container that may make containers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.engine.project import HARDENED, Project

BASE = "python:3.13-slim-bookworm"
BUILDAH = "copier-slim-test:old-buildah"
DOCKERFILE = f"""\
FROM {BASE}
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends buildah crun ca-certificates > /dev/null
"""
BUILT = "copier-slim-test:by-old-buildah"
SCRIPT = f"""\
set -e
buildah pull --quiet docker-archive:/build/base.tar
buildah tag localhost/{BASE} docker.io/library/{BASE}
buildah --version
buildah build --isolation chroot --format docker --tag shop /build/shop
buildah push --quiet shop docker-archive:/build/built.tar:{BUILT}
"""

pytestmark = [pytest.mark.matrix, pytest.mark.xdist_group("old-buildah")]


@pytest.fixture(scope="module")
def built(engine: None, render: Render, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:  # noqa: ARG001
    """A project of which Buildah 1.28 made the image; skips where the base image is not there."""
    if subprocess.run(["docker", "image", "inspect", BASE], capture_output=True, check=False).returncode:
        pytest.skip(f"the engine has no {BASE}")
    folder = tmp_path_factory.mktemp("old-buildah")
    project = Project(
        render(
            folder / "shop", framework="quart", server="hypercorn", base="distroless", debian_suite="bookworm",
            python_version="3.13", package_tool="uv", profiler="py-spy", dependencies="rq",
            processes="worker: rq worker", builder="older",
        ),
        tag=BUILT,
    )  # fmt: skip
    project.lock()

    def docker(*words: str, given: str = "") -> str:
        done = subprocess.run(["docker", *words], input=given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    docker("build", "--quiet", "--tag", BUILDAH, "-", given=DOCKERFILE)
    docker("save", "--output", str(folder / "base.tar"), BASE)
    (folder / "storage").mkdir()
    said = docker(
        "run", "--rm", "--privileged", "--network", "host", "--volume", f"{folder}:/build", "--volume",
        f"{folder}/storage:/var/lib/containers", BUILDAH, "sh", "-c", SCRIPT,
    )  # fmt: skip
    assert "buildah version 1.28" in said
    docker("load", "--input", str(folder / "built.tar"))
    yield project
    subprocess.run(["docker", "image", "rm", "--force", BUILT, BUILDAH], check=False, capture_output=True)


def test_what_it_built_answers_and_has_its_health_check(built: Project) -> None:
    with built.running(**HARDENED) as service:
        assert service.wait("/healthz").status == 200
        service.run("/opt/health.py")
    assert built.image.config.healthcheck


def test_nothing_of_the_build_is_left_in_it(built: Project) -> None:
    code = "import os; print(sorted(os.listdir('/app')), os.listdir('/opt'))"
    shown = built.output("python", "-c", code)
    assert "container" not in shown
    assert "hypercorn.py" in shown
    assert Path(built.path, "container/stop.pth").is_file()
