"""How the command ends where it does not end well: one line on stderr, and the exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import NoReturn

import typer

from copier_slim import console
from copier_slim.process import interruption

# A full disk, or a used-up quota, on systems that have that error
NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def fault(error: Exception) -> NoReturn:
    """Ends with an error that is a bug of this command."""
    # typer treats any EOFError as Ctrl-D
    cause = error.__cause__ if isinstance(error, typer.Abort) and error.__cause__ else error
    if os.environ.get("COPIER_SLIM_DEBUG"):
        console.complain(traceback.format_exc(), lines=True)
    what = " ".join(f"{type(cause).__name__}: {cause}".splitlines())
    fail(f"{what}; this is a bug in copier-slim; COPIER_SLIM_DEBUG=1 shows where", 1)


def stopped() -> NoReturn:
    """Ends an interrupted run."""
    interruption.over()
    _exit(interruption.line(), interruption.EXIT_CODE)


def fail(message: str, code: int) -> NoReturn:
    """Ends with this line and this exit code."""
    if interruption.asked():  # the error is a consequence of the interruption
        stopped()
    _exit(message, code)


def _exit(message: str, code: int) -> NoReturn:
    console.complain(f"copier-slim: {message}")
    sys.exit(code)
