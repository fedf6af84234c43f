"""How a run is stopped: Ctrl-C, and the signals by which a terminal, a timeout or a CI ends it, all in the same way.

At first the process ends at once, since nothing is begun. From `begin` on a signal is a KeyboardInterrupt in the main
thread, wherever that is; what must not be cut in two is `held` together; after `over` nothing is interrupted any more.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sys import UnraisableHookArgs

EXIT_CODE = 130  # 128 and the number of SIGINT, as shells have it
SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
]  # the third is Unix's, the last Windows'
APART = 0.5  # seconds: signals that come closer mean one thing
NOTHING = "nothing is written"


class _Run:
    """What this process has been asked, and how far it is."""

    begun = False
    over = False
    held = 0
    asked = 0  # the last signal's number
    raised = -APART
    so_far = NOTHING


def listen() -> None:
    """Takes the signals; one that this process was started to ignore, as under nohup, stays ignored."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handle)


def begin() -> None:
    """From here on there is something to clean up."""
    _Run.begun = True
    report = sys.unraisablehook

    def unraisable(lost: UnraisableHookArgs) -> None:
        # Python drops what is raised in a finalizer: it is raised again, a little later
        if isinstance(lost.exc_value, KeyboardInterrupt) and _Run.asked:
            _again()
        else:
            report(lost)

    sys.unraisablehook = unraisable


def over() -> None:
    """Nothing is interrupted any more; the end is near."""
    _Run.over = True


def asked() -> bool:
    """Whether the run was asked to stop."""
    return bool(_Run.asked)


def wrote(what: str) -> None:
    """Records what has been written, such as "Dockerfile is written", for the message if the run is interrupted."""
    _Run.so_far = what


def line() -> str:
    """The message for an interrupted run."""
    return f"stopped; {_Run.so_far}"


@contextmanager
def held() -> Iterator[None]:
    """Delays an interruption until the block has finished."""
    if _Run.asked and not _Run.held:  # and something has swallowed it
        raise KeyboardInterrupt
    before = _Run.asked
    _Run.held += 1
    try:
        yield
    finally:
        _Run.held -= 1
    if _Run.asked != before and not _Run.held:
        raise KeyboardInterrupt


@contextmanager
def ignored() -> Iterator[None]:
    """Keeps signals away from the commands that are run meanwhile too; only the main thread gets them."""
    try:
        before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    except ValueError:  # in another thread
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _handle(number: int, _: object) -> None:
    _Run.asked = number
    if not _Run.begun:
        _end_at_once()
    now = time.monotonic()
    if not _Run.held and not _Run.over and now - _Run.raised >= APART:
        _Run.raised = now
        raise KeyboardInterrupt


def _end_at_once() -> NoReturn:
    try:
        os.write(2, f"copier-slim: {line()}\n".encode())
    finally:
        os._exit(EXIT_CODE)


def _again() -> None:
    from threading import Timer, main_thread  # noqa: PLC0415 seldom needed

    def send() -> None:
        # To that thread, which wakes up by it; Windows can only set a mark
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(main_thread().ident or 0, _Run.asked)
        else:
            _thread.interrupt_main(signal.Signals(_Run.asked))

    _Run.raised = -APART
    timer = Timer(0.02, send)
    timer.daemon = True
    timer.start()
