"""The compressed sizes of layers that were weighed before, by digest: those of a base image are most of the work."""

from __future__ import annotations

from copier_slim.kept import Shelf

MOST = 2000
SIZES = "sizes"


def load() -> dict[str, int]:
    """Bytes by digest; {} where nothing can be read."""
    kept = _shelf().read(SIZES, dict[str, int])
    return kept.content if kept else {}


def save(sizes: dict[str, int]) -> None:
    """Keeps the newest; a cache that cannot be written is none."""
    _shelf().write(SIZES, dict(list({**load(), **sizes}.items())[-MOST:]))


def _shelf() -> Shelf:
    return Shelf("layers", "docker-save")
