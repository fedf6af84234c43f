"""Which of a container's processes is the server, and how long something else stood in its place."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copier_slim.verify.observations import Moment, Process

IGNORING, UNBUFFERED = "EI", "u"  # Python's switches: without its variables, and what -u does


def name_of(command: str) -> str:
    """The program of a command line, without its path."""
    words = command.split(maxsplit=1)
    return posixpath.basename(words[0]).lstrip("-") if words else ""


def is_wrapper(command: str) -> bool:
    """Whether it is a shell, or another program that starts servers and hands no signal on."""
    traces = catalog.traces()
    return name_of(command) in traces.shells | traces.wrappers


def is_init(command: str) -> bool:
    """Whether it is one of the programs that are made to be the first process, and hand signals on to their child."""
    return name_of(command) in catalog.traces().inits


def server(processes: Sequence[Process]) -> Process:
    """Of processes with the first one first, who gets SIGTERM: that one, or the child that an init has started."""
    first = processes[0]
    children = (process for process in processes if process.second)
    return next(children, first) if is_init(first.command) else first


def in_front(moments: Sequence[Moment], *, of_init: bool) -> tuple[float, str]:
    """For how many seconds of a start a shell stood where the server belongs, and its command line.

    `of_init` counts a shell that an init has started, too; it does end on a signal.
    """
    seen = [(moment.seconds, server(moment.processes) if of_init else moment.processes[0]) for moment in moments]
    shells = [(seconds, process.command) for seconds, process in seen if is_wrapper(process.command)]
    return (shells[-1][0] - shells[0][0], shells[-1][1]) if shells else (0, "")


def switches(command: str) -> list[str]:
    """Those of a Python's switches that decide whether its output is buffered."""
    found = []
    words = iter(command.split()[1:] if name_of(command).startswith("python") else ())
    for word in words:
        if not word.startswith("-") or word[1:2] in {"", "c", "m"}:
            break
        if word[1:2] in {"W", "X"}:
            if word in {"-W", "-X"}:
                next(words, "")
            continue
        found += [f"-{letter}" for letter in word[1:] if letter in IGNORING + UNBUFFERED and word[1] != "-"]
    return found
