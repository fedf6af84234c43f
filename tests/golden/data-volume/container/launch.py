#!/usr/bin/env -S --block-signal=TERM /opt/venv/bin/python -IS
"""Starts what CMD says, or the process of a name; expands $NAME in the words, as there is no shell to do it."""

import math
import os
import signal
import sys

PASSED_ON = [signal.SIGINT, signal.SIGTERM]
ENDING = {signal.SIGINT, signal.SIGTERM}
FROM_TERMINAL = [signal.SIGINT, signal.SIGQUIT] if os.isatty(0) else []  # the terminal signals the child itself

# The kernel drops a signal that PID 1 does not handle; a blocked one stays pending until sigwait() takes it
signal.pthread_sigmask(signal.SIG_BLOCK, [*PASSED_ON, signal.SIGCHLD])


def run(command: list[str]) -> tuple[int, int]:
    """Returns the exit code, and 128 plus the signal that asked it to stop, or 0; reaps orphans meanwhile."""
    for number in signal.sigpending() & ENDING:  # asked to stop: start nothing more
        sys.exit(128 + number)
    try:
        child = os.posix_spawnp(command[0], command, os.environ, setsigmask=[], setsigdef=[signal.SIGPIPE])
    except OSError as error:
        print(f"{command[0]}: {error.strerror}; the processes are {', '.join(PROCESSES)}", file=sys.stderr)
        sys.exit(127)
    stopped = 0
    while True:
        number = signal.sigwait([*PASSED_ON, signal.SIGCHLD])
        if number in ENDING:
            stopped = 128 + number
        if number != signal.SIGCHLD:
            if number not in FROM_TERMINAL:
                os.kill(child, number)
            continue
        ended = None
        while ended != 0:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if ended == child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code, stopped


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

# What docker run IMAGE NAME starts
PROCESSES = {
    "beat": ["python", "-P", "/opt/celery.py", "--app", "tasks", "beat"],
}
named = len(sys.argv) == 2 and sys.argv[1] in PROCESSES
default = sys.argv[1:2] == sys.argv[:1]  # CMD starts with this program, and other words do not
if default:
    del sys.argv[1]
if named:
    os.environ["CONTAINER_PROCESS"] = sys.argv[1]
    command = PROCESSES[sys.argv[1]]
    sys.argv[1:] = command

# The other processes and the jobs start without: what must run once for each deployment is the release
for step in [
    ["python", "/app/container/data.py", "/opt/data", "whisper=base"],
][: None if default else 1]:
    code, stopped = run(step)
    if stopped or code:
        sys.exit(stopped or code)

command = [os.path.expandvars(word) for word in sys.argv[1:]] if named or default else sys.argv[1:]
signal.pthread_sigmask(signal.SIG_SETMASK, [signal.SIGTERM])  # pending until stop.pth unblocks it
if command[0] != "python":  # may not be Python, so stop.pth may not run
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
try:
    os.execvp(command[0], command)
except OSError as error:
    print(f"{command[0]}: {error.strerror}; the processes are {', '.join(PROCESSES)}", file=sys.stderr)
    sys.exit(127)
