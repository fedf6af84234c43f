"""Prints the bytes that the processes of a container have in memory, without this one: what several share once.

By the kernel's proportional set size: https://docs.kernel.org/filesystems/proc.html
"""

from __future__ import annotations

import os
from pathlib import Path


def main() -> None:
    total = 0
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            lines = (process / "smaps_rollup").read_text().splitlines()
        except OSError:  # it has ended, or the kernel does not tell
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    print(total)  # noqa: T201


if __name__ == "__main__":
    main()
