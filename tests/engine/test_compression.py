"""Where a registry knows no zstd: what a pipeline's push then says, and that the answer for gzip is what it takes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.command.running import commit
from tests.conftest import Render
from tests.engine.old_registry import ZSTD, Registry, old_registry
from tests.engine.project import Project
from tests.engine.registry import require_containerd_store
from tests.engine.test_pipeline import github, run
from tests.engine.test_pushed import runner

pytestmark = [pytest.mark.matrix, pytest.mark.xdist_group("pushed")]


@pytest.mark.skipif(not shutil.which("jq"), reason="no jq")
@pytest.mark.parametrize("compression", ["zstd", "gzip"])
def test_a_registry_of_before_zstd_takes_gzip_alone(
    compression: str,
    render: Render,
    tmp_path: Path,
    engine: None,  # noqa: ARG001
) -> None:
    require_containerd_store()
    path = render(
        tmp_path / "shop", framework="command", python_version="3.13", package_tool="uv", compression=compression,
        signature="none", extras=["ci-github", "ci-gitlab"],
    )  # fmt: skip
    Project(path, tag="").lock()
    commit(path)
    step = github(path, "image")["Push by digest, with SBOM and provenance"]
    with old_registry() as registry, runner(path, tmp_path) as variables:
        done = run("bash", step, path, variables | {"IMAGE": f"{registry.address}/team/shop", "LAYERS": layers(path)})
    if compression == "zstd":
        assert done.returncode, done.stderr
        assert f"unknown media type {ZSTD}" in done.stderr
        assert images(registry) == []
    else:
        assert done.returncode == 0, done.stdout + done.stderr
        digest = (tmp_path / "digests/amd64").read_text(encoding="utf-8").strip()
        assert digest in registry.manifests
        (image,) = images(registry)
        assert {layer["mediaType"].rpartition("+")[2] for layer in image["layers"]} == {"gzip"}


def layers(project: Path) -> str:
    """How the workflow has the layers pushed."""
    text = (project / ".github/workflows/container.yml").read_text(encoding="utf-8")
    return next(line.split("LAYERS: ")[1] for line in text.splitlines() if "LAYERS: " in line)


def images(registry: Registry) -> list[dict[str, list[dict[str, str]]]]:
    """The manifests of images, provenances and the cache aside."""
    read = {content: json.loads(content) for _, content in registry.manifests.values()}
    return [
        one for one in read.values()
        if any("image.layer" in layer["mediaType"] for layer in one.get("layers", []))
        and "image.config" in one["config"]["mediaType"]
    ]  # fmt: skip
