"""Prints each process of the container but itself, as its number and its command line."""

from __future__ import annotations

import os
from pathlib import Path


def main() -> None:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_text(errors="replace").rstrip("\0").split("\0")
        except OSError:  # it has ended
            continue
        if path.parent.name != str(os.getpid()):
            print(path.parent.name, *words)  # noqa: T201


if __name__ == "__main__":
    main()
