"""What an image's layers hold, read from `docker save`; what a build's context holds."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from python_on_whales import docker


def contents(tag: str, base: str | None = None) -> Iterator[bytes]:
    """The layers of `tag`, as tar archives; with `base`, those that it has beyond it."""
    known = docker.image.inspect(base).root_fs.layers if base else []
    layers = docker.image.inspect(tag).root_fs.layers
    assert layers[: len(known)] == known, f"{tag} is not made from {base}"
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "image.tar"
        docker.image.save(tag, output=archive)
        with tarfile.open(archive) as image:
            manifest = image.extractfile("manifest.json")
            assert manifest
            for layer in json.load(manifest)[0]["Layers"][len(known) :]:
                content = image.extractfile(layer)
                assert content
                yield content.read()


def added_entries(tag: str, base: str | None = None) -> list[tarfile.TarInfo]:
    """The entries of the layers that `tag` has beyond those of `base`."""
    found: list[tarfile.TarInfo] = []
    for layer in contents(tag, base):
        with tarfile.open(fileobj=io.BytesIO(layer)) as content:
            found += content.getmembers()
    return found


def added_files(tag: str, base: str | None = None) -> set[str]:
    """The paths of the files in the layers that `tag` has beyond those of `base`."""
    return {entry.name for entry in added_entries(tag, base) if not entry.isdir()}


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
