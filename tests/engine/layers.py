"""What an image's layers hold; what a build's context holds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from python_on_whales import docker

from copier_slim.verify.image.layers import Layer, scan
from copier_slim.verify.reproduction.differences import compare, pictures
from tests.engine.project import Project

WEIGHED: dict[str, int] = {}  # bytes by digest: several images have the same base


def layers_of(tag: str) -> list[Layer]:
    """The layers of an image, in order, without a look into its files."""
    digests = docker.image.inspect(tag).root_fs.layers
    assert digests
    found = scan(tag, digests, known=digests, weights=WEIGHED)
    WEIGHED.update({layer.digest: layer.compressed for layer in found})
    return found


def files_of(tag: str) -> set[str]:
    """The paths of all that the layers of an image hold but directories."""
    return {entry.path for layer in layers_of(tag) for entry in layer.entries if not entry.is_directory}


def context_of(project: Path) -> set[str]:
    """The files that reach a build, by the project's .dockerignore."""
    with tempfile.TemporaryDirectory() as folder:
        dockerfile = Path(folder) / "Dockerfile"
        dockerfile.write_text("FROM scratch\nCOPY . /\n", encoding="utf-8")
        docker.buildx.build(
            project, file=dockerfile, output={"type": "local", "dest": f"{folder}/context"}, progress=False
        )
        root = Path(folder) / "context"
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def changed_layers(project: Project, change: Callable[[], object]) -> set[str]:
    """The instructions of the layers that a change of the project gives another digest, the cache being warm."""
    before = f"{project.tag}-before"
    try:
        project.build()
        docker.tag(project.tag, before)
        change()
        project.build()
        return {found.instruction for found in compare(*pictures(before, project.tag)) if found.layer}
    finally:
        docker.image.remove(before, force=True)
