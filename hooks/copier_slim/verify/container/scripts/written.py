"""Prints the bytes and the number of files that the container has written to its engine's disk since it started.

What is in memory (a tmpfs) is not counted, nor what came from the image; a file that is open and has no name any more
is. The first argument is the directory of the code, which is looked at where the root may be written to. It ends early
where one of the two passes its limit; these are the second and the third argument.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

IN_MEMORY = ("tmpfs", "proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2", "ramfs")
SHARED = ("/var/tmp", "/run/lock")  # noqa: S108 where anybody may write to in images of Debian
BLOCK = 512  # bytes, the unit of st_blocks whatever the file system


def places(app: str) -> list[str]:
    """The directories that may be written to and are on a disk."""
    found = []
    for line in Path("/proc/mounts").read_text(errors="replace").splitlines():
        _, place, kind, options = line.split()[:4]
        if kind in IN_MEMORY or "rw" not in options.split(",") or not Path(place).is_dir():
            continue
        found += [app, *SHARED] if place == "/" else [place]
    return found


def started() -> float:
    """When the container's first process was started."""
    ticks = int(Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19])
    up = float(Path("/proc/uptime").read_text().split()[0])
    return time.time() - up + ticks / os.sysconf("SC_CLK_TCK")


def without_a_name() -> list[os.stat_result]:
    """The files that a process has open and that were removed."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            descriptors = [path.stat() for path in (process / "fd").iterdir()]
        except OSError:  # it has ended, or is another user's
            continue
        for file in descriptors:
            if not file.st_nlink and stat.S_ISREG(file.st_mode):
                found[file.st_dev, file.st_ino] = file
    return list(found.values())


def main() -> None:
    app, most_bytes, most_files = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    since = started()
    size = files = 0
    for file in without_a_name():
        size += file.st_blocks * BLOCK
    left = places(app)
    while left and size <= most_bytes and files <= most_files:
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    seen = entry.stat(follow_symlinks=False)
                    if seen.st_ctime >= since:
                        size += seen.st_blocks * BLOCK
                        files += 1
                    if size > most_bytes or files > most_files:
                        break
        except OSError:  # gone meanwhile, or not for this user
            continue
    print(size, files)  # noqa: T201


if __name__ == "__main__":
    main()
