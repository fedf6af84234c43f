"""The compressed sizes of layers that were weighed before, by digest: those of a base image are most of the work."""

from __future__ import annotations

from copier_slim.package_index.cache import Cache

MOST = 2000
SIZES = "sizes"


def load() -> dict[str, int]:
    """Bytes by digest; {} where nothing can be read."""
    kept = _cache().read(SIZES, dict[str, int])
    return kept.content if kept else {}


def save(sizes: dict[str, int]) -> None:
    """Keeps the newest; a cache that cannot be written is none."""
    _cache().write(SIZES, dict(list({**load(), **sizes}.items())[-MOST:]))


def _cache() -> Cache:
    return Cache("layers", "docker-save")
