"""What is kept on disk of what was asked for, so that it need not be asked again."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from copier_slim.process import runs
from copier_slim.reading import typed

LARGEST = 64 << 20  # bytes; the largest list of files has some 10 MB

Content = TypeVar("Content")
LONGEST = 24 * 60 * 60  # seconds, more than any run takes


@dataclass(frozen=True, slots=True)
class Cached(Generic[Content]):
    """What was kept, and when, in seconds since 1970."""

    content: Content
    written: float


class Cache:
    """A folder of the user's cache for one kind of things from one source, each a file by its name."""

    def __init__(self, kind: str, source: str) -> None:
        self._below = Path("copier-slim", kind, re.sub(r"[^\w.-]+", "-", source))

    def read(self, name: str, content: type[Content]) -> Cached[Content] | None:
        """What is kept under a name; None where there is nothing, or nothing of that type."""
        try:
            path = self._folder() / f"{name}.json"
            if not path.is_file() or path.stat().st_size > LARGEST:
                return None
            return Cached(typed.from_json(path.read_bytes(), content), path.stat().st_mtime)
        except (OSError, RuntimeError, ValueError, MemoryError, msgspec.MsgspecError):
            return None

    def write(self, name: str, content: object) -> None:
        """Keeps it under a name; a cache that cannot be written is none."""
        with suppress(OSError, RuntimeError):
            folder = self._folder()
            folder.mkdir(parents=True, exist_ok=True)
            _sweep(folder)
            part = folder / f".{name}.{runs.own()}"
            part.write_bytes(msgspec.json.encode(content))
            part.replace(folder / f"{name}.json")

    def _folder(self) -> Path:
        """In the user's cache directory (XDG Base Directory Specification); RuntimeError where there is no home."""
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / self._below


@cache
def _sweep(folder: Path) -> None:
    """Removes, once, what runs that were killed have not written to its end."""
    for part in folder.glob(".*"):
        if runs.is_over(part.name.rpartition(".")[2], LONGEST):
            part.unlink(missing_ok=True)
