"""Prints the seconds of CPU time that the container takes within one second, 0 where the kernel does not tell."""

from __future__ import annotations

import re
import time
from pathlib import Path

# Microseconds, and nanoseconds in cgroups of version 1
PLACES = {"/sys/fs/cgroup/cpu.stat": 1e-6, "/sys/fs/cgroup/cpuacct/cpuacct.usage": 1e-9}


def used() -> float:
    for place, unit in PLACES.items():
        if Path(place).is_file():
            found = re.search(r"(?:usage_usec )?(\d+)", Path(place).read_text())
            return int(found[1]) * unit if found else 0.0
    return 0.0


def main() -> None:
    before = used()
    time.sleep(1)
    print(f"{used() - before:.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
