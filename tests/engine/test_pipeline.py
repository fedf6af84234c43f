"""The scripts of both pipelines, run here as a runner runs them, as far as they need no registry."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from python_on_whales import docker

from tests.conftest import ROOT, Render
from tests.engine.project import Project

TEST = """
import main

def test_the_app_is_importable_with_its_locked_packages():
    assert main.app.title
"""

# Bases come from this machine, since --pull would ask a registry for them
DOCKER = """#!/bin/sh
build=$1
for word do
    shift
    [ "$build $word" = "buildx --pull" ] || set -- "$@" "$word"
done
exec {docker} "$@"
"""

# The command is this checkout's, not the one that the pipeline installs
PYTHON = """#!/bin/sh
case "$3" in
*/verify)
    mkdir -p "$3/bin"
    echo '#!/bin/sh' > "$3/bin/pip"
    printf '#!/bin/sh\\nPYTHONPATH={hooks} exec {python} -m copier_slim "$@"\\n' > "$3/bin/copier-slim"
    chmod +x "$3"/bin/* ;;
*) exec {python} "$@" ;;
esac
"""


@pytest.fixture(scope="module")
def project(engine: None, render: Render, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:  # noqa: ARG001
    """A locked project with both pipelines and a test."""
    path = render(tmp_path_factory.mktemp("pipeline") / "shop", package_tool="uv", extras=["ci-github", "ci-gitlab"])
    (path / "tests").mkdir()
    (path / "tests/test_app.py").write_text(TEST, encoding="utf-8")
    Project(path, tag="").lock()
    yield path
    docker.image.remove("tests", force=True)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a runner sets, and a docker that leaves registries alone."""
    shims = tmp_path / "bin"
    shims.mkdir()
    (shims / "docker").write_text(DOCKER.format(docker=shutil.which("docker")), encoding="utf-8")
    (shims / "python3").write_text(PYTHON.format(python=sys.executable, hooks=ROOT / "hooks"), encoding="utf-8")
    for shim in shims.iterdir():
        shim.chmod(0o755)
    return os.environ | {
        "PATH": f"{shims}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_REPOSITORY": "Team/Shop",
        "GITHUB_ENV": str(tmp_path / "env"),
        "PLATFORM": "amd64",
        "NO_CACHE": "",
        "BUDGET": "150",
        "CI_REGISTRY_IMAGE": "registry.invalid/team/shop",
    }


def github(project: Path, job: str) -> dict[str, str]:
    """The scripts of a job's steps by their name."""
    workflow = yaml.safe_load((project / ".github/workflows/container.yml").read_text(encoding="utf-8"))
    return {step["name"]: step["run"] for step in workflow["jobs"][job]["steps"] if "run" in step}


def gitlab(project: Path, job: str) -> list[str]:
    """The lines of a job's script."""
    pipeline: dict[str, Any] = yaml.safe_load((project / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    return list(pipeline[job]["script"])


def run(shell: str, script: str, at: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The script's end and output; GitHub's shell is bash -eo pipefail, GitLab's joins the lines likewise."""
    options = ["-eo", "pipefail"] if shell == "bash" else ["-e"]
    command = [shell, *options, "-c", script]
    return subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True, check=False)


pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.mark.parametrize("step", ["Lint the Dockerfile", "Compare the lock with requirements.in"])
def test_github_s_checks_pass(project: Path, environment: dict[str, str], step: str) -> None:
    done = run("bash", github(project, "check")[step], project, environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_github_s_tests_run_on_the_locked_packages(project: Path, environment: dict[str, str]) -> None:
    tests = next(script for name, script in github(project, "check").items() if name.startswith("Run the tests"))
    done = run("bash", tests, project, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_github_s_build_makes_an_image_that_its_verify_passes(project: Path, environment: dict[str, str]) -> None:
    done = run("bash", github(project, "image")["Build"], project, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert Path(environment["GITHUB_ENV"]).read_text(encoding="utf-8") == "IMAGE=ghcr.io/team/shop\n"
    try:
        done = run("bash", github(project, "image")["Verify"], project, environment)
        assert done.returncode == 0, done.stdout + done.stderr
        assert 'failures="0"' in Path(environment["RUNNER_TEMP"], "verify.xml").read_text(encoding="utf-8")
    finally:
        docker.image.remove("image:ci", force=True)


def test_a_lock_that_is_not_current_fails_both(project: Path, environment: dict[str, str], tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(project, changed)
    with (changed / "requirements.in").open("a", encoding="utf-8") as file:
        file.write("itsdangerous\n")
    for script in github(changed, "check")["Compare the lock with requirements.in"], "\n".join(gitlab(changed, "lock")):
        done = run("bash", script, changed, environment)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "> itsdangerous==" in done.stdout


@pytest.mark.parametrize("job", ["lock", "tests"])
def test_gitlab_s_checks_pass(project: Path, environment: dict[str, str], job: str) -> None:
    done = run("sh", "\n".join(gitlab(project, job)), project, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert job == "lock" or "1 passed" in done.stdout


def test_gitlab_s_build_reads_the_digest_that_buildx_writes(
    environment: dict[str, str], project: Path, tmp_path: Path
) -> None:
    (tmp_path / "metadata.json").write_text(METADATA, encoding="utf-8")
    script = "\n".join(line for line in gitlab(project, "build") if "digests" in line)
    done = run("sh", script, tmp_path, environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "digests/amd64").read_text(encoding="utf-8") == f"sha256:{'0' * 64}\n"


# The form of --metadata-file, https://docs.docker.com/reference/cli/docker/buildx/build/#metadata-file
METADATA = f"""{{
  "buildx.build.ref": "ci/ci0/x",
  "containerimage.config.digest": "sha256:{"1" * 64}",
  "containerimage.descriptor": {{
    "mediaType": "application/vnd.oci.image.index.v1+json",
    "digest": "sha256:{"0" * 64}",
    "size": 4654
  }},
  "containerimage.digest": "sha256:{"0" * 64}",
  "image.name": "registry.invalid/team/shop"
}}
"""
