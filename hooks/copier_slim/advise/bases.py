"""What base images weigh: by the engine's own copy, else by the catalog."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.engine import engines
from copier_slim.errors import ToolError
from copier_slim.package_index.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from copier_slim.catalog import Architecture, Weight

PATIENCE = 5  # seconds, for an engine on another machine too
READ_WITHIN = 30  # seconds, for the layers of an image
MB = 1_000_000


def weight(base: str, system: str, python: str, architecture: Architecture) -> Weight | None:
    """What the catalog has of a base, of the nearest Python that it has; None where it is not measured."""
    systems = catalog.sizes().images.get(base, {})
    rows = systems.get(system) or next(iter(systems.values()), {})
    minor = int(python.partition(".")[2])
    nearest = sorted(rows, key=lambda row: (abs(int(row.partition(".")[2]) - minor), -int(row.partition(".")[2])))
    return next((rows[row][architecture] for row in nearest if architecture in rows[row]), None)


def on_engine(images: Iterable[str]) -> dict[tuple[str, str], float]:
    """Megabytes on disk of the images that the engine has, by name and architecture; {} where it cannot tell."""
    wanted = set(images)
    found: dict[tuple[str, str], float] = {}
    for image in _inspect(wanted):
        names = wanted.intersection(_plain_name(tag) for tag in image["RepoTags"] or ())
        if names and (size := on_disk(min(names), image)):
            found |= {(name, image["Architecture"]): size / MB for name in names}
    return found


def _plain_name(tag: str) -> str:
    """A name as a Dockerfile has it: Podman states the registry, too."""
    return tag.removeprefix("docker.io/").removeprefix("library/")


def on_disk(name: str, image: Mapping[str, Any]) -> int:
    """The bytes of an image's files, of which `image` is what inspect says; 0 where they cannot be read in time.

    Docker's classic store states them. containerd's has the bytes of their archives, and so has Podman: there the files
    are counted, once. https://docs.docker.com/engine/storage/containerd/
    """
    if (image.get("GraphDriver") or {}).get("Data") and not engines.current().podman:
        return int(image["Size"])
    return _counted(name, image)


def _counted(name: str, image: Mapping[str, Any]) -> int:
    from copier_slim.verify.image.layers import scan  # noqa: PLC0415 of verify, and only where it is needed

    digests = (image.get("RootFS") or {}).get("Layers") or []
    cache, key = Cache("layers", "on-disk"), hashlib.sha256("".join(digests).encode()).hexdigest()
    if kept := cache.read(key, int):
        return kept.content
    deadline = time.monotonic() + READ_WITHIN

    def check() -> None:
        if time.monotonic() > deadline:
            raise ToolError(f"{name} takes too long to read")

    try:
        size = sum(layer.size for layer in scan(name, digests, known=digests, weigh=False, check=check))
    except ToolError:
        return 0
    cache.write(key, size)
    return size


def _inspect(images: Iterable[str]) -> list[dict[str, Any]]:
    """What `docker image inspect` prints of the images that are there; [] without an engine."""
    argv = [engines.current().program, "image", "inspect", *images]
    try:
        done = subprocess.run(argv, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 an argument list
        found: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    except (OSError, subprocess.SubprocessError, ValueError):
        return []
    return found
