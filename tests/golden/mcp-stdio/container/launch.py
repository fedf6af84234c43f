#!/usr/bin/env -S --block-signal=TERM /opt/venv/bin/python -IS
"""Expands $NAME in the words of the command, as exec-form CMD has no shell to do it, and becomes that command."""

import os
import signal
import sys

# The kernel drops a SIGTERM that PID 1 does not handle; a blocked one stays pending until stop.pth unblocks it
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])


command = [os.path.expandvars(word) for word in sys.argv[1:]]
if command[0] != "python":  # may not be Python, so stop.pth may not run
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
try:
    os.execvp(command[0], command)
except OSError as error:
    print(f"{command[0]}: {error.strerror}", file=sys.stderr)
    sys.exit(127)
