#!/usr/bin/env -S --block-signal=TERM /opt/venv/bin/python -IS
"""Runs the command as a child process and forwards signals to it, as PID 1 has to; reaps orphans too."""

import os
import signal
import sys

PASSED_ON = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2]
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
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
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

if sys.argv[1].startswith("-"):
    print("Usage: docker run IMAGE [COMMAND [ARGUMENT]...]", file=sys.stderr)
    sys.exit(2)
command = [os.path.expandvars(word) for word in sys.argv[1:]]
if has_only_ipv6():
    command = [to_ipv6(word) for word in command]
code, stopped = run(command)
sys.exit(code)
