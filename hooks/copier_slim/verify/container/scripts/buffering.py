"""Says that it is there, then prints the line in argv by a Python with the switches in argv, which goes on meanwhile.

That Python has the first process's PYTHONUNBUFFERED, which a command may set that a process beside it does not get.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAME = "PYTHONUNBUFFERED"
CODE = "import sys, time; print(sys.argv[1]); time.sleep(30)"


def main(line: str, *switches: str) -> None:
    try:
        entries = Path("/proc/1/environ").read_text(errors="replace").split("\0")
    except OSError:
        entries = []
    if entries:
        os.environ.pop(NAME, None)
        for entry in entries:
            if entry.startswith(f"{NAME}="):
                os.environ[NAME] = entry.partition("=")[2]
    os.write(2, b"here\n")
    os.execv(sys.executable, [sys.executable, *switches, "-c", CODE, line])  # noqa: S606


if __name__ == "__main__":
    main(*sys.argv[1:])
