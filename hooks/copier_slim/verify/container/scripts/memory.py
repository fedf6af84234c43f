"""Prints the bytes of memory that the container uses, 0 where the kernel does not tell."""

from __future__ import annotations

from pathlib import Path

PLACES = ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes")
print(next((Path(place).read_text() for place in PLACES if Path(place).is_file()), "0"))  # noqa: T201
