"""What an image's layers hold, read from `docker save`; what a build's context holds."""

from __future__ import annotations

import json
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from python_on_whales import docker


def added_entries(tag: str, base: str) -> list[tarfile.TarInfo]:
    """The entries of the layers that `tag` has beyond those of `base`."""
    known = docker.image.inspect(base).root_fs.layers
    layers = docker.image.inspect(tag).root_fs.layers
    assert layers[: len(known)] == known, f"{tag} is not made from {base}"
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "image.tar"
        docker.image.save(tag, output=archive)
        return list(_entries(archive, skip=len(known)))


def added_files(tag: str, base: str) -> set[str]:
    """The paths of the files in the layers that `tag` has beyond those of `base`."""
    return {entry.name for entry in added_entries(tag, base) if not entry.isdir()}


def _entries(archive: Path, skip: int) -> Iterator[tarfile.TarInfo]:
    with tarfile.open(archive) as image:
        manifest = image.extractfile("manifest.json")
        assert manifest
        for layer in json.load(manifest)[0]["Layers"][skip:]:
            with tarfile.open(fileobj=image.extractfile(layer)) as content:
                yield from content


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
