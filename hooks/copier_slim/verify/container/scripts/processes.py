"""Prints each process of the container but itself, as its number, its parent's and its command line."""

from __future__ import annotations

import os
from pathlib import Path


def main() -> None:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_text(errors="replace").rstrip("\0").split("\0")
            # The name before it is in brackets, and may hold any
            parent = path.with_name("stat").read_text(errors="replace").rpartition(")")[2].split()[1]
        except OSError:  # it has ended
            continue
        if path.parent.name != str(os.getpid()):
            print(path.parent.name, parent, *words)  # noqa: T201


if __name__ == "__main__":
    main()
