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


if sys.argv[1].startswith("-"):
    print("Usage: docker run IMAGE [COMMAND [ARGUMENT]...]", file=sys.stderr)
    sys.exit(2)
command = sys.argv[1:]
code, stopped = run(command)
sys.exit(code)
