"""What base images weigh: by the engine's own copy where that tells plain sizes, else by the catalog."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.catalog import Architecture, Weight

PATIENCE = 5  # seconds, for an engine on another machine too
MB = 1_000_000
# The store of images that counts compressed content beside unpacked files: https://docs.docker.com/engine/storage/containerd/
OTHER_STORE = "io.containerd.snapshotter"


def weight(base: str, system: str, python: str, architecture: Architecture) -> Weight | None:
    """What the catalog has of a base, of the nearest Python that it has; None where it is not measured."""
    systems = catalog.sizes().images.get(base, {})
    rows = systems.get(system) or next(iter(systems.values()), {})
    minor = int(python.partition(".")[2])
    nearest = sorted(rows, key=lambda row: (abs(int(row.partition(".")[2]) - minor), -int(row.partition(".")[2])))
    return next((rows[row][architecture] for row in nearest if architecture in rows[row]), None)


def on_engine(images: Iterable[str]) -> dict[tuple[str, str], float]:
    """Megabytes on disk of the images that the engine has, by name and architecture; {} where it cannot tell."""
    if OTHER_STORE in _output("docker", "info", "--format", "{{json .DriverStatus}}"):
        return {}
    wanted = list(images)
    form = '{"tags": {{json .RepoTags}}, "architecture": {{json .Architecture}}, "size": {{.Size}}}'
    found = map(json.loads, _output("docker", "image", "inspect", "--format", form, *wanted).splitlines())
    return {
        (tag, image["architecture"]): image["size"] / MB
        for image in found
        for tag in image["tags"] or ()
        if tag in wanted
    }


def _output(*argv: str) -> str:
    """What docker prints, of the images that it has; "" without an engine."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 an argument list
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
