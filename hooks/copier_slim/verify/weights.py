"""The compressed sizes of layers that were weighed before, by digest: those of a base image are most of the work."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

MOST = 2000


def path() -> Path:
    """The file, in the user's cache directory (XDG Base Directory Specification)."""
    root = os.environ.get("XDG_CACHE_HOME")
    return Path(root or Path.home() / ".cache") / "copier-slim" / "layers.json"


def load() -> dict[str, int]:
    """Bytes by digest; {} where nothing can be read."""
    try:
        known = json.loads(path().read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):  # the last where there is no home
        return {}
    sizes = known if isinstance(known, dict) else {}
    return {digest: size for digest, size in sizes.items() if isinstance(size, int)}


def save(sizes: dict[str, int]) -> None:
    """Keeps the newest; a cache that cannot be written is none."""
    newest = dict(list({**load(), **sizes}.items())[-MOST:])
    with suppress(OSError, RuntimeError):
        file = path()
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(newest), encoding="utf-8")
        beside.replace(file)
