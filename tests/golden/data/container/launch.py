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


def has_only_ipv6() -> bool:
    """Whether the container has no IPv4 route, but a global IPv6 address (scope 00)."""
    try:
        routes, addresses = (open(f"/proc/net/{name}").readlines() for name in ("route", "if_inet6"))
    except OSError:  # the kernel lacks IPv4 or IPv6
        return False
    return len(routes) == 1 and any(line.split()[3] == "00" for line in addresses)  # the one line is the header


def to_ipv6(word: str) -> str:
    """Turns 0.0.0.0:80 into [::]:80 and --host=0.0.0.0 into --host=::; any other word stays as it is."""
    before, address, port = word.partition("0.0.0.0")
    if not address or before[-1:].isdigit() or port[:1] not in ("", ":"):  # as in 10.0.0.0 or 0.0.0.0/0
        return word
    return f"{before}[::]{port}" if port else f"{before}::"


set_number("PORT", os.environ["DEFAULT_PORT"], 65535)

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
if has_only_ipv6():
    command = [to_ipv6(word) for word in command]
if command[0] != "gunicorn":  # may not be Python, so stop.pth may not run
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
try:
    os.execvp(command[0], command)
except OSError as error:
    print(f"{command[0]}: {error.strerror}", file=sys.stderr)
    sys.exit(127)
