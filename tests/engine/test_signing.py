"""The pipelines' jobs from the push to the verification, in order: what is right passes, what is wrong is refused.

The registry is one on loopback, cosign is the real one. What signs without a key asks an authority of the tests' own;
that of the public, its log, and the platforms' tokens are the only parts that are not the pipelines' own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command.running import commit
from tests.conftest import ROOT, Render
from tests.engine.authority import COSIGN, authority, token
from tests.engine.project import Project
from tests.engine.registry import REGISTRY, require_containerd_store, require_registry
from tests.engine.test_pipeline import PYTHON, github, gitlab, run
from tests.engine.test_pushed import NAME, runner
from tests.engine.test_shipping_shown import scanner

__all__ = ["scanner"]  # a fixture

WORKFLOW = "copier-slim-test/Pushed/.github/workflows/container.yml@refs/tags/v1"
GITLAB = "https://gitlab.example.com"
# What each platform calls its pipelines, and where their tokens come from
IDENTITY = {
    "github": ("https://token.actions.githubusercontent.com", f"https://github.com/{WORKFLOW}"),
    "gitlab": (GITLAB, f"{GITLAB}/team/shop//.gitlab-ci.yml@refs/tags/v1"),
}

pytestmark = [pytest.mark.matrix, pytest.mark.xdist_group("pushed"), pytest.mark.usefixtures("scanner")]


class Pipeline:
    """The jobs of one kind, of a project whose pipeline signs in some way; `image` is there once it is tagged."""

    def __init__(self, kind: str, project: Path, variables: dict[str, str]) -> None:
        self.kind = kind
        self.project = project
        self.variables = variables
        self.image = ""

    def push(self) -> None:
        """Pushes by digest, and tags."""
        shutil.rmtree(Path(self.variables["RUNNER_TEMP"], "digests"), ignore_errors=True)
        self.passes(github(self.project, "image")["Push by digest, with SBOM and provenance"], IMAGE=NAME)
        step = github(self.project, "tag")["Tag both platforms as one image"].replace("ghcr.io", REGISTRY)
        self.passes(step, at=Path(self.variables["RUNNER_TEMP"]))
        outputs = Path(self.variables["GITHUB_OUTPUT"]).read_text(encoding="utf-8")
        self.image = outputs.splitlines()[-1].removeprefix("image=")

    def sign(self) -> str:
        """The script that signs."""
        if self.kind == "github":
            return github(self.project, "tag")["Sign it, and the image for each platform"]
        return self.of_cosign("tag").replace("$image", "$IMAGE")

    def verify(self) -> str:
        """The script that verifies the signature."""
        if self.kind == "github":
            return github(self.project, "verify")["Verify the signature"]
        return self.of_cosign("verify")

    def compare(self) -> str:
        """The script that compares provenance and SBOM."""
        return github(self.project, "verify")["Compare provenance and SBOM with the commit and the lock"]

    def of_cosign(self, job: str) -> str:
        return "\n".join(line for line in gitlab(self.project, job) if line.startswith("cosign "))

    def run(self, script: str, at: Path | None = None, **changed: str) -> subprocess.CompletedProcess[str]:
        given = self.variables | {"IMAGE": self.image or NAME} | changed
        return run("bash", script, at or self.project, given)

    def passes(self, script: str, at: Path | None = None, **changed: str) -> None:
        done = self.run(script, at, **changed)
        assert done.returncode == 0, done.stdout + done.stderr

    def fails(self, script: str, says: str, **changed: str) -> None:
        done = self.run(script, **changed)
        assert done.returncode, done.stdout
        assert says in done.stderr, done.stderr


@pytest.fixture(params=["github-key", "gitlab-key", "github-keyless", "gitlab-keyless"])
def pipeline(request: pytest.FixtureRequest, render: Render, tmp_path: Path) -> Iterator[Pipeline]:
    """One whose image was pushed and is not signed yet."""
    require_containerd_store()
    require_registry()
    kind, signature = request.param.split("-")
    path = render(
        tmp_path / "shop", framework="command", python_version="3.13", package_tool="uv", dependencies="six",
        signature=signature, extras=["ci-github", "ci-gitlab"],
    )  # fmt: skip
    Project(path, tag="").lock()
    key = {"COSIGN_PASSWORD": ""}
    if signature == "key":
        subprocess.run(["cosign", "generate-key-pair"], cwd=path, check=True, capture_output=True, env=os.environ | key)
        key["COSIGN_PRIVATE_KEY"] = (path / "cosign.key").read_text(encoding="utf-8")
        (path / "cosign.key").unlink()
    commit(path)
    with runner(path, tmp_path) as variables:
        programs = Path(variables["PATH"].split(os.pathsep)[0])
        # With the SBOM, whose scanner is on the engine
        (programs / "docker").write_text(f'#!/bin/sh\nexec {shutil.which("docker")} "$@"\n', encoding="utf-8")
        python = PYTHON.format(python=sys.executable, hooks=ROOT / "hooks")
        (programs / "python3").write_text(python, encoding="utf-8")
        (programs / "python3").chmod(0o755)
        made = Pipeline(kind, path, variables | key | {"GITHUB_OUTPUT": str(tmp_path / "outputs")})
        made.variables |= {
            "GITHUB_WORKFLOW_REF": WORKFLOW, "CI_SERVER_URL": GITLAB, "CI_PROJECT_URL": f"{GITLAB}/team/shop",
        }  # fmt: skip
        made.push()
        yield made


def by_the_authority(pipeline: Pipeline, folder: Path) -> None:
    """Lets the pipeline's cosign sign and verify by an authority."""
    program = Path(pipeline.variables["PATH"].split(os.pathsep)[0], "cosign")
    program.unlink(missing_ok=True)
    real = shutil.which("cosign", path=os.environ["PATH"])
    program.write_text(COSIGN.format(cosign=real, folder=folder), encoding="utf-8")
    program.chmod(0o755)


@pytest.mark.parametrize("pipeline", ["github-key", "gitlab-key"], indirect=True)
def test_what_is_signed_by_a_key(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.fails(pipeline.verify(), "no signatures found")
    pipeline.passes(pipeline.sign())
    pipeline.passes(pipeline.verify())
    pipeline.passes(pipeline.compare())
    # Another's key; a repository whose last commit is another
    env = os.environ | {"COSIGN_PASSWORD": ""}
    subprocess.run(["cosign", "generate-key-pair"], cwd=tmp_path, check=True, capture_output=True, env=env)
    shutil.copy(tmp_path / "cosign.pub", pipeline.project / "cosign.pub")
    pipeline.fails(pipeline.verify(), "no matching")
    commit(pipeline.project)
    pipeline.fails(pipeline.compare(), "is not from this commit")


@pytest.mark.parametrize("pipeline", ["github-key"], indirect=True)
def test_an_image_that_was_rebuilt_from_another_lock_is_refused(pipeline: Pipeline) -> None:
    pipeline.passes(pipeline.compare())
    with (pipeline.project / "requirements.in").open("a", encoding="utf-8") as file:
        file.write("six<1.17\n")
    assert "six==1.16.0" in Project(pipeline.project, tag="").lock()
    pipeline.push()
    pipeline.passes(pipeline.sign())
    pipeline.passes("git checkout --quiet .")
    # Who built it had the key, and named the commit
    pipeline.passes(pipeline.verify())
    pipeline.fails(pipeline.compare(), "is not from this lock")


@pytest.mark.parametrize("pipeline", ["github-keyless", "gitlab-keyless"], indirect=True)
def test_what_is_signed_by_the_pipeline_s_identity(pipeline: Pipeline, tmp_path: Path) -> None:
    issuer, identity = IDENTITY[pipeline.kind]
    with authority(tmp_path / "authority"), authority(tmp_path / "other"):
        by_the_authority(pipeline, tmp_path / "authority")
        pipeline.fails(pipeline.verify(), "no signatures found")
        pipeline.passes(pipeline.sign(), SIGSTORE_ID_TOKEN=token(issuer, identity))
        pipeline.passes(pipeline.verify())
        # The image of another pipeline's name, and one that another platform vouches for
        others = {"GITHUB_WORKFLOW_REF": WORKFLOW.replace("Pushed", "Other"), "CI_PROJECT_URL": f"{GITLAB}/team/sho"}
        pipeline.fails(pipeline.verify(), "expected SAN value", **others)
        by_the_authority(pipeline, tmp_path / "other")
        pipeline.fails(pipeline.verify(), "certificate")
    pipeline.passes(pipeline.compare())


@pytest.mark.parametrize("pipeline", ["gitlab-keyless"], indirect=True)
def test_an_identity_that_another_platform_vouches_for_is_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    _, identity = IDENTITY[pipeline.kind]
    with authority(tmp_path / "authority"):
        by_the_authority(pipeline, tmp_path / "authority")
        pipeline.passes(pipeline.sign(), SIGSTORE_ID_TOKEN=token("https://elsewhere.example.com", identity))
        pipeline.fails(pipeline.verify(), "expected issuer value")
