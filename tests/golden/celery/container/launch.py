#!/usr/bin/env -S --block-signal=TERM /opt/venv/bin/python -IS
"""Expands $NAME in the words of the command, as exec-form CMD has no shell to do it, and becomes that command."""

import math
import os
import signal
import sys

# The kernel drops a SIGTERM that PID 1 does not handle; a blocked one stays pending until stop.pth unblocks it
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])


def set_number(name: str, default: object, highest: int) -> None:
    """Sets an unset or empty variable to its default; exits if the value is not a number in range."""
    value = os.environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= highest):
        sys.exit(f"{name}={value!r} is not a whole number from 1 to {highest}")
    os.environ[name] = value


# One worker per CPU of the container's quota, and one if there is no quota: the host's CPUs are shared with others
cpus = 1
for names in ["cpu.max"], ["cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"]:  # cgroup v2, v1
    try:
        quota, period = " ".join(open("/sys/fs/cgroup/" + name).read() for name in names).split()
        cpus = max(cpus, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):  # the other cgroup version, or "max": no quota
        pass
set_number("WEB_CONCURRENCY", cpus, 1000)

command = [os.path.expandvars(word) for word in sys.argv[1:]]
if command[0] != "python":  # may not be Python, so stop.pth may not run
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
try:
    os.execvp(command[0], command)
except OSError as error:
    print(f"{command[0]}: {error.strerror}", file=sys.stderr)
    sys.exit(127)
