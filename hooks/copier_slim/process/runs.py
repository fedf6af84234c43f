"""Which run of the command made a thing, and whether that run is over: what a killed one leaves, the next removes."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path

PATTERN = r"(?P<pid>\d{1,10})-(?P<start>\d{1,20})-(?P<host>[0-9a-f]{8})-(?P<began>\d{1,12})"
NAME = re.compile(PATTERN, re.ASCII)
PROC = Path("/proc")
UNKNOWN = "0"


@cache
def own() -> str:
    """This run's name: its process, when that was started, on which host, and now, in seconds since 1970."""
    return f"{os.getpid()}-{started(os.getpid()) or UNKNOWN}-{_host()}-{int(time.time())}"


def is_over(name: str, elsewhere: float = float("inf"), made: float | None = None) -> bool:
    """Whether the run of that name has ended.

    Of one on another host, or in another container, that is taken for granted `elsewhere` seconds after it made what
    it left, at `made`, or else after it began.
    """
    run = NAME.fullmatch(name)
    if not run or name == own():
        return False
    if run["host"] != _host():
        return time.time() - (made or int(run["began"])) > elsewhere
    now = started(int(run["pid"]))
    return UNKNOWN not in (run["start"], now) and now != run["start"]


@cache
def _host() -> str:
    """This boot of this machine and, in a container, what counts its processes."""
    known = platform.node()
    with suppress(OSError):
        known = (PROC / "sys/kernel/random/boot_id").read_text() + os.readlink(PROC / "self/ns/pid")  # noqa: PTH115
    return f"{zlib.crc32(known.encode()):08x}"


def started(pid: int) -> str:
    """When a process was started, in a unit of the system's own; "" where there is none, UNKNOWN where nobody says."""
    if (PROC / "self/stat").exists():
        try:
            fields = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        except OSError:
            return UNKNOWN
        return "" if fields[0] in "ZX" else fields[19]
    if os.name != "posix":
        return UNKNOWN
    try:
        done = subprocess.run(  # noqa: S603
            ["ps", "-o", "lstart=", "-p", str(pid)],  # noqa: S607
            capture_output=True, env={**os.environ, "LC_ALL": "C"}, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN
    return str(zlib.crc32(done.stdout)) if done.stdout.strip() else ""
