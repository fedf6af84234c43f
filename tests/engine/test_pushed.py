"""What both pipelines push is in the registry: by digest from each platform's job, then tagged as one index.

The builder is a remote one, since Docker's own cannot push by digest alone. That of an engine with containerd's image
store exports its cache, too: DOCKER_HOST's, or the one that CONTAINERD_STORE_HOST names.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.command.running import commit
from tests.conftest import Render
from tests.engine.registry import REGISTRY, STORE_HOST, require_containerd_store, require_registry
from tests.engine.test_builders import tcp
from tests.engine.test_pipeline import github, gitlab, run

NAME = f"{REGISTRY}/copier-slim-test/pushed"
# The scanner that writes the list of packages comes from Docker Hub
DOCKER = """#!/bin/sh
for word do
    shift
    [ "$word" = "--sbom=true" ] || set -- "$@" "$word"
done
exec {docker} "$@"
"""

pytestmark = [pytest.mark.matrix, pytest.mark.xdist_group("pushed")]


@pytest.fixture
def project(engine: None, render: Render, tmp_path: Path) -> Path:  # noqa: ARG001
    """A locked and committed project with both pipelines; skips without such an engine, and without the registry."""
    require_containerd_store()
    require_registry()
    path = render(
        tmp_path / "shop", framework="command", python_version="3.13", package_tool="uv", signature="none",
        extras=["ci-github", "ci-gitlab"],
    )  # fmt: skip
    lock = ["docker", "build", "--quiet", "--target", "lock", "--output", str(path), str(path)]
    subprocess.run(lock, check=True, capture_output=True)
    return commit(path)


@pytest.fixture
def variables(project: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What the runners set."""
    with runner(project, tmp_path) as found:
        yield found


@contextmanager
def runner(project: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What the runners set, beside a builder elsewhere."""
    shim = tmp_path / "bin/docker"
    shim.parent.mkdir()
    shim.write_text(DOCKER.format(docker=shutil.which("docker")), encoding="utf-8")
    shim.chmod(0o755)
    (tmp_path / "summary").touch()
    builder = {"BUILDX_CONFIG": str(tmp_path / "buildx"), "BUILDX_BUILDER": "elsewhere"}
    dial = ["docker", "--host", STORE_HOST, "buildx", "--builder", "default", "dial-stdio"]
    with tcp(dial) as port:
        create = ["docker", "buildx", "create", "--name", "elsewhere", "--driver", "remote", f"tcp://127.0.0.1:{port}"]
        subprocess.run(create, check=True, capture_output=True, env=os.environ | builder)
        yield os.environ | builder | set_by_runners(project, tmp_path, shim.parent)
    for tag in ("latest", "main", "feature-x"):
        removed = ["docker", "--host", STORE_HOST, "image", "rm", "--force", f"{NAME}:{tag}"]
        subprocess.run(removed, check=False, capture_output=True)


def set_by_runners(project: Path, temporary: Path, programs: Path) -> dict[str, str]:
    """The variables of both, of which each script reads its own."""
    pipeline = yaml.safe_load((project / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    commit_id = "0" * 40
    return {
        "PATH": f"{programs}:{os.environ['PATH']}", "DOCKER_HOST": STORE_HOST, "PLATFORM": "amd64", "IMAGE": NAME,
        "CI_REGISTRY_IMAGE": NAME, "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main",
        "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_REF_SLUG": "main", "CI_COMMIT_SHA": commit_id,
        "RUNNER_TEMP": str(temporary), "GITHUB_REF_NAME": "feature/x", "GITHUB_SHA": commit_id, "LATEST": "latest",
        "GITHUB_REPOSITORY": "copier-slim-test/Pushed", "GITHUB_STEP_SUMMARY": str(temporary / "summary"),
        **pipeline["build"]["variables"],
    }  # fmt: skip


def second_platform(digests: Path) -> None:
    """As the other job leaves it: the same image, said to be of another platform."""
    if not shutil.which("crane"):
        pytest.skip("no crane")
    pushed = f"{NAME}@{(digests / 'amd64').read_text(encoding='utf-8').strip()}"
    mutate = ["crane", "mutate", "--insecure", "--platform", "linux/amd64", "--set-platform", "linux/arm64"]
    subprocess.run([*mutate, "--tag", f"{NAME}:other", pushed], check=True, capture_output=True)
    asked = subprocess.run(["crane", "digest", "--insecure", f"{NAME}:other"], check=True, capture_output=True)
    (digests / "arm64").write_bytes(asked.stdout)


def check_pushed(tag: str) -> None:
    """Asserts that a tag is an index of both platforms with its provenance, and that what is pulled by digest runs."""

    def docker(*words: str) -> str:
        done = subprocess.run(["docker", "--host", STORE_HOST, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    index = json.loads(docker("buildx", "imagetools", "inspect", "--raw", f"{NAME}:{tag}"))
    assert index["mediaType"].endswith("index.v1+json")
    platforms = [item["platform"]["architecture"] for item in index["manifests"]]
    assert sorted(set(platforms)) == ["amd64", "arm64", "unknown"]
    asked = docker("buildx", "imagetools", "inspect", "--format", "{{json .Manifest.Digest}}", f"{NAME}:{tag}")
    at = f"{NAME}@{json.loads(asked)}"
    assert docker("run", "--rm", "--pull", "always", "--quiet", at) == "Hello, world"
    docker("image", "rm", "--force", at)


BASE = "python:3.13-slim-trixie"
MIRROR = f"{REGISTRY}/copier-slim-test/docker-hub/"


@pytest.fixture
def released(engine: None, render: Render, tmp_path: Path) -> Path:  # noqa: ARG001
    """A project with both pipelines that names its base image by digest, and whose last commit is a release."""
    require_containerd_store()
    require_registry()
    if not shutil.which("crane"):
        pytest.skip("no crane")
    for words in (["tag", BASE, MIRROR + BASE], ["push", "--quiet", MIRROR + BASE], ["image", "rm", MIRROR + BASE]):
        subprocess.run(["docker", *words], check=True, capture_output=True)
    digest = subprocess.run(
        ["crane", "digest", "--insecure", MIRROR + BASE], check=True, capture_output=True, text=True
    ).stdout.strip()
    path = render(
        tmp_path / "shop", framework="command", python_version="3.13", package_tool="uv", signature="key",
        registry=MIRROR, image_digests=f"{MIRROR}{BASE}@{digest}", extras=["ci-github", "ci-gitlab"],
    )  # fmt: skip
    lock = ["docker", "build", "--quiet", "--target", "lock", "--output", str(path), str(path)]
    subprocess.run(lock, check=True, capture_output=True)
    commit(path)
    subprocess.run(["git", "tag", "v1.0"], cwd=path, check=True)
    return path


def head(project: Path) -> str:
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=project, check=True, capture_output=True, text=True)
    return said.stdout.strip()


def rebuilding(project: Path, kind: str) -> tuple[str, str]:
    """The shell and the script that build the last release again, without what makes a builder."""
    if kind == "github":
        return "bash", github(project, "rebuild")["Compare the digests"].replace("ghcr.io", REGISTRY)
    lines = gitlab(project, "rebuild")
    first = next(at for at, line in enumerate(lines) if line.startswith("image="))
    return "sh", "\n".join(lines[first:])


@pytest.mark.parametrize("kind", ["github", "gitlab"])
@pytest.mark.skipif(not shutil.which("jq"), reason="no jq")
def test_the_last_release_is_built_again_and_compared(released: Path, tmp_path: Path, kind: str) -> None:
    def tagged() -> None:
        tag = ["crane", "tag", "--insecure", f"{NAME}@{digest}", f"sha-{head(released)}"]
        subprocess.run(tag, check=True, capture_output=True)

    shell, script = rebuilding(released, kind)
    with runner(released, tmp_path) as variables:
        step = github(released, "image")["Push by digest, with SBOM and provenance"]
        done = run("bash", step, released, variables)
        assert done.returncode == 0, done.stdout + done.stderr
        digest = (tmp_path / "digests/amd64").read_text(encoding="utf-8").strip()
        tagged()
        done = run(shell, script, released, variables)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "no base image by its digest" not in done.stdout
        # What was pushed as the release is not what its commit gives
        (released / "main.py").write_text("print('other')\n", encoding="utf-8")
        commit(released)
        subprocess.run(["git", "tag", "--force", "v1.0"], cwd=released, check=True, capture_output=True)
        tagged()
        done = run(shell, script, released, variables)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "v1.0 gives sha256:" in done.stderr


def test_gitlab_s_jobs_push_an_index(project: Path, variables: dict[str, str]) -> None:
    lines = gitlab(project, "build")
    first = next(at for at, line in enumerate(lines) if "SOURCE_DATE_EPOCH" in line)
    done = run("sh", "\n".join(lines[first:]), project, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    second_platform(project / "digests")
    done = run("sh", "\n".join(gitlab(project, "tag")), project, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    check_pushed("latest")
    check_pushed("main")
    # The cache is there for the next pipeline, whose engine may be a new one
    build = next(line for line in lines if "--cache-from" in line).replace("--pull", "--no-cache-filter x")
    again = run("sh", build, project, variables)
    assert again.returncode == 0, again.stderr
    assert "importing cache manifest" in again.stderr


@pytest.mark.skipif(not shutil.which("jq"), reason="no jq")
def test_github_s_steps_push_an_index(project: Path, variables: dict[str, str], tmp_path: Path) -> None:
    step = github(project, "image")["Push by digest, with SBOM and provenance"]
    done = run("bash", step, project, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    second_platform(tmp_path / "digests")
    step = github(project, "tag")["Tag both platforms as one image"].replace("ghcr.io", REGISTRY)
    done = run("bash", step, tmp_path, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{NAME}@sha256:" in (tmp_path / "summary").read_text(encoding="utf-8")
    check_pushed("feature-x")
    check_pushed("latest")
