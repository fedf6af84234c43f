"""What base images weigh: by the engine's own copy where that tells plain sizes, else by the catalog."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.engine import engines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.catalog import Architecture, Weight

PATIENCE = 5  # seconds, for an engine on another machine too
MB = 1_000_000


def weight(base: str, system: str, python: str, architecture: Architecture) -> Weight | None:
    """What the catalog has of a base, of the nearest Python that it has; None where it is not measured."""
    systems = catalog.sizes().images.get(base, {})
    rows = systems.get(system) or next(iter(systems.values()), {})
    minor = int(python.partition(".")[2])
    nearest = sorted(rows, key=lambda row: (abs(int(row.partition(".")[2]) - minor), -int(row.partition(".")[2])))
    return next((rows[row][architecture] for row in nearest if architecture in rows[row]), None)


def on_engine(images: Iterable[str]) -> dict[tuple[str, str], float]:
    """Megabytes on disk of the images that the engine has, by name and architecture; {} where it cannot tell.

    The containerd store counts compressed content beside unpacked files, and names no directories of a graph driver.
    https://docs.docker.com/engine/storage/containerd/
    """
    wanted = set(images)
    return {
        (tag, image["Architecture"]): image["Size"] / MB
        for image in _inspect(wanted)
        if (image.get("GraphDriver") or {}).get("Data")
        for tag in wanted.intersection(image["RepoTags"] or ())
    }


def _inspect(images: Iterable[str]) -> list[dict[str, Any]]:
    """What `docker image inspect` prints of the images that are there; [] without an engine."""
    argv = [engines.current().program, "image", "inspect", *images]
    try:
        done = subprocess.run(argv, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 an argument list
        found: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    except (OSError, subprocess.SubprocessError, ValueError):
        return []
    return found
