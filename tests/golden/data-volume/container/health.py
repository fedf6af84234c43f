#!/opt/venv/bin/python -IS
"""Asks the process that this container runs, or that of the name given, how it is; fails where it is not well."""

import os
import sys
import time


def name_of_process() -> str:
    """The name by which launch.py started the process, which may be the child of an init; empty for the default one."""
    pids = ["1"]
    while pids:
        with open(f"/proc/{pids[0]}/environ", errors="replace") as variables:
            for variable in variables.read().split("\0"):
                if variable.startswith("CONTAINER_PROCESS="):
                    return variable.removeprefix("CONTAINER_PROCESS=")
        with open(f"/proc/{pids[0]}/task/{pids[0]}/children") as children:
            pids = children.read().split()[:1]
    return ""


name = sys.argv[1] if len(sys.argv) > 1 else name_of_process()
if name in ["beat", ""]:
    sys.exit(os.stat("/dev/shm/heartbeat").st_mtime < time.time())
