"""What was seen of a build and of a start: records, which rows are matched against; none of them touches the engine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copier_slim.catalog.failure_rows import STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SIGKILL, SIGILL = 137, 132  # as exit codes
HIGHEST_FIXED = 32767  # ports above it are given by the system, and are others each time
NOT_FOUND, BAD, BROKEN = 404, 400, 500
LOOPBACK = re.compile(r"127\.|\[::1\]|\[::ffff:127\.")


@dataclass(frozen=True, slots=True)
class Observation:
    """A build, and a start of what it made.

    `port` is the image's, `path` its health check's ("" for a connection only); `answers` are HTTP's statuses by path,
    0 for what is not HTTP, at the port that it listens at; `listening` are addresses as 127.0.0.1:8000; `process` is
    the command line of the first process, `raised` whether its page fails, which the statuses do not tell. `written` is
    what it wrote to the engine's disk, in bytes and files, where it was ended for that: a trial may not write so much;
    `greeted` is the name by which it answered over its standard streams.
    """

    log: str
    built: bool = True
    port: int | None = None
    path: str = ""
    exit_code: int | None = None
    seconds: float = 0
    listening: tuple[str, ...] = ()
    answers: Mapping[str, int] = field(default_factory=dict)
    process: str = ""
    raised: bool = False
    written: tuple[int, int] | None = None
    greeted: str = ""

    @property
    def state(self) -> str:
        """How it came out, one of STATES."""
        if not self.built:
            return "unbuilt"
        if self.written:
            return "full"
        if self.exit_code is not None:
            if self.exit_code in {SIGKILL, SIGILL}:
                return "killed" if self.exit_code == SIGKILL else "illegal"
            return "works" if self.exit_code == 0 and not self.port else "ended"
        if not self.port:
            return "elsewhere" if self.open_ports else "works"
        if self.port not in self.ports:
            return "elsewhere" if self.open_ports else "loopback" if self.listening else "silent"
        if all(LOOPBACK.match(item) for item in self.listening if item.endswith(f":{self.port}")):
            return "loopback"
        return self._answered()

    def _answered(self) -> str:
        if not self.answers:
            return "mute"
        status = self.answers.get(self.path or "/", 0)
        broken = [code for code in (status, self.answers.get("/", 0)) if code >= BROKEN]
        if broken or self.raised:
            return "error"
        if set(self.answers.values()) == {NOT_FOUND}:
            return "not-found"
        return "refused" if self.path and status >= BAD else "works"

    @property
    def open_ports(self) -> list[int]:
        """The ports other than the image's at which it listens for others, lowest first."""
        there = _ports(item for item in self.listening if not LOOPBACK.match(item))
        return sorted(port for port in there - {self.port} if port <= HIGHEST_FIXED)

    @property
    def ports(self) -> set[int]:
        """All ports at which it listens."""
        return _ports(self.listening)

    @property
    def progress(self) -> int:
        """How far it got, to be compared with another's."""
        return STATES.index(self.state)

    def shown(self) -> str:
        """What was seen working, or how it failed, in one line."""
        if self.written:
            size, files = self.written
            return f"it wrote {size / 1e9:.1f} GB in {files:,} files within {self.seconds:.0f} s, and was ended"
        if self.greeted:
            return f"it answered over its standard streams, as {self.greeted}"
        if self.exit_code is not None:
            return f"it ended with {self.exit_code} after {self.seconds:.0f} s"
        if self.answers:
            path = self.path if self.path in self.answers else next(iter(self.answers))
            best = min(self.answers, key=lambda name: (self.answers[name] >= BAD, name != path))
            status = self.answers[best]
            what = f"{best} answered {status}" if status else "it took a connection"
            return f"{'its page fails, though ' if self.raised else ''}{what} on port {self.port}"
        if self.listening:
            return f"it listened on {', '.join(self.listening)} for {self.seconds:.0f} s"
        return f"{self.process or 'it'} ran for {self.seconds:.0f} s"


def _ports(addresses: Iterable[str]) -> set[int]:
    return {int(item.rpartition(":")[2]) for item in addresses}
