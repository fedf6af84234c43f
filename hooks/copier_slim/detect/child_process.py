"""The look at a repository in a process of its own, so that nothing in it takes long, or much, or the command down."""

from __future__ import annotations

import gc
import mmap
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from copier_slim.detect.repository import Choose, Repository, detect, take_first
from copier_slim.errors import CopierSlimError, InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from multiprocessing.connection import Connection
    from pathlib import Path

    from copier_slim.detect.entry import Entry

# A repository of 5,000 sources takes 2 s and 0.2 GB
SECONDS = 60.0
MEMORY = 2 << 30  # bytes; where the system can limit them
FORKS = sys.platform == "linux"  # in a few milliseconds; elsewhere that is not safe, and a new interpreter is started
LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True)
class _Wish:
    """What `detect` is told, and the limits."""

    root: Path
    online: bool
    given: Mapping[str, Any]
    relaxed: tuple[str, ...]
    hidden: tuple[str, ...]
    seconds: float
    memory: int


def look(  # noqa: PLR0913 each is a wish of its own
    root: Path,
    *,
    choose: Choose = take_first,
    online: bool = True,
    given: Mapping[str, Any] | None = None,
    relaxed: Collection[str] = (),
    hidden: Collection[str] = (),
    meanwhile: AbstractContextManager[object] | None = None,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> Repository:
    """What `repository.detect` finds, with the same arguments and errors, in another process; without parsed modules.

    Raises InputError too, with the file that was read last, where it takes over `seconds`, `choose` aside, or over
    `memory` bytes, or where a parser fails. `meanwhile` is entered while it is waited for.
    """
    context: Any = multiprocessing.get_context("fork" if FORKS else "spawn")  # its type has no processes
    ours, theirs = context.Pipe()
    place = mmap.mmap(-1, LONGEST_PATH) if FORKS else None
    wish = _Wish(root, online, dict(given or {}), tuple(relaxed), tuple(hidden), seconds, memory)
    process = context.Process(target=_work, args=(theirs, place, wish), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which this does not need
        process.start()
    theirs.close()
    try:
        with meanwhile or nullcontext():
            return _answer(ours, choose, seconds)
    except EOFError:
        process.join()
        raise _failure(root, process.exitcode or 0, _last(place), wish) from None
    except (TimeoutError, MemoryError, RecursionError) as error:
        raise _failure(root, error, _last(place), wish) from None
    finally:
        process.kill()
        process.join()
        ours.close()


def _answer(pipe: Connection, choose: Choose, seconds: float) -> Repository:
    """What the other process sends in the end, while its questions are answered; what it raised is raised."""
    until = time.monotonic() + seconds
    while True:
        if not pipe.poll(max(0.0, until - time.monotonic())):
            raise TimeoutError
        try:
            message = pipe.recv()
        except ConnectionResetError:
            raise EOFError from None
        if isinstance(message, Repository):
            return message
        if isinstance(message, Exception):
            raise message
        asked = time.monotonic()
        pipe.send(message.index(choose(message)))
        until += time.monotonic() - asked


def _work(pipe: Connection, place: mmap.mmap | None, wish: _Wish) -> None:
    """What the other process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who waits for it is told, and ends it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _limit(wish)
    gc.disable()  # it lives for a moment, and syntax trees have no cycles

    def hears(path: str) -> None:
        if place is not None:
            place.seek(0)
            place.write(path.encode(errors="replace")[: LONGEST_PATH - 1] + b"\0")

    def choose(entries: list[Entry]) -> Entry:
        pipe.send([_plain(entry) for entry in entries])
        return entries[int(pipe.recv())]

    message: Repository | Exception
    try:
        found = detect(
            wish.root, choose=choose, online=wish.online, given=wish.given, relaxed=wish.relaxed,
            hidden=wish.hidden, hears=hears,
        )  # fmt: skip
        message = replace(found, entry=_plain(found.entry))
    except (CopierSlimError, MemoryError, RecursionError) as error:
        message = error.with_traceback(None)
    except Exception as error:  # noqa: BLE001 a fault of this package's, which is told as such
        error.add_note(traceback.format_exc())
        message = error
    try:
        pipe.send(message)
    except BrokenPipeError:
        pass
    except Exception as error:  # noqa: BLE001 an exception that cannot be sent
        pipe.send(RuntimeError(f"{type(message).__name__}: {message} ({error})"))


def _end_with_parent() -> None:
    """Ends this process when nobody is there who waits for it."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _plain(entry: Entry) -> Entry:
    """Without the syntax tree, which is large, and of no use elsewhere."""
    return replace(entry, module=None)


def _limit(wish: _Wish) -> None:
    """Sets this process's limits, where the system has them."""
    with suppress(ImportError):
        import resource  # noqa: PLC0415 Windows has none

        limits = {"RLIMIT_AS": wish.memory, "RLIMIT_CPU": int(wish.seconds) + 1, "RLIMIT_CORE": 0}
        for name, most in limits.items():
            with suppress(OSError, ValueError):
                number = getattr(resource, name)
                _, hard = resource.getrlimit(number)
                resource.setrlimit(number, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _last(place: mmap.mmap | None) -> str:
    """The file that was read last, "" where that is not known."""
    return place[:].partition(b"\0")[0].decode(errors="replace") if place is not None else ""


def _failure(root: Path, how: Exception | int, last: str, wish: _Wish) -> InputError:
    """In one line; `how` is what was raised, or the number with which the process ended, below zero a signal's."""
    at = f", last {last}" if last else ""
    if isinstance(how, TimeoutError) or how == -getattr(signal, "SIGXCPU", 0):
        what = f"takes over {wish.seconds:g} s"
    elif isinstance(how, MemoryError):
        what = f"takes over {wish.memory >> 20} MiB of memory"
    elif isinstance(how, RecursionError):
        what = "leads too deep"
    else:
        what = f"ended a parser ({signal.Signals(-how).name if isinstance(how, int) and how < 0 else how})"
    name = root.resolve().name
    advice = "fix or remove that file" if last else "look for a file that is too large or too deep"
    return InputError(f"reading {name} {what}{at}; {advice}, or name a directory inside")
