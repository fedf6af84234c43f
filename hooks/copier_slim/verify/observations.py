"""What was seen of an image and its containers. Checks judge these records; none of them touches the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copier_slim.verify.container import Answer, Stop
    from copier_slim.verify.image.filesystem import Files
    from copier_slim.verify.image.python import Distribution, Interpreter
    from copier_slim.verify.imports import Imports
    from copier_slim.verify.not_seen import NotSeen
    from copier_slim.verify.reproduction import Twice
    from copier_slim.verify.target import Subject

RATIO = 1.5
SLACK = 1.0


@dataclass(frozen=True, slots=True)
class Started:
    """A start: seconds to the first answer, None where none came; the exit code if it ended by itself.

    `log` is what it wrote until then without the middle of a long one, `log_size` all of it in bytes, `listening` where
    it listens if it gave no answer.
    """

    answer: Answer | None
    seconds: float
    exit_code: int | None
    log: str
    log_size: int
    listening: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether it did what it is for and ended, as a command does."""
        return self.answer is not None and self.exit_code == 0


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds to the first answer, as shipped (`cold`) and with all bytecode in a cache (`warm`)."""

    cold: float
    warm: float

    @property
    def slow(self) -> bool:
        """Whether a start takes half as long again as it could, a second for what else the machine does aside."""
        return self.cold > RATIO * self.warm + SLACK


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a container: whether it is its first, and its command line; whether the first has started it."""

    first: bool
    command: str
    second: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds since the start, and the processes that there were then, the first one first."""

    seconds: float
    processes: tuple[Process, ...]


@dataclass(frozen=True, slots=True)
class Bytecode:
    """How many modules were looked at, and what is wrong, at most 20."""

    seen: int
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hung:
    """Seconds until a container whose processes were all stopped was called unhealthy; None where it never was."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class InFlight:
    """A request that was under way at SIGTERM: its answer, None where it was cut off, and how the container ended.

    `request` says what it was. It is the last of `tries`, each in a container of its own.
    """

    request: str
    answer: Answer | None
    stop: Stop
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Changes:
    """The digests of the layers before a change of `file`, after it, and after a change of the lock and of the base.

    `commands` are those that the change of the file made run again.
    """

    file: str
    before: tuple[str, ...]
    code: tuple[str, ...]
    commands: tuple[str, ...]
    lock: tuple[str, ...] | NotSeen
    base: tuple[str, ...] | NotSeen


@dataclass(frozen=True, slots=True)
class Importable:
    """The modules that could be imported before trim took anything out, and why those cannot that no longer can."""

    before: tuple[str, ...]
    lost: dict[str, str]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What building again gave, from a context with secrets planted in it, and after changes.

    `planted` are the files with a canary in the context, `leaked` where the canary was found in the image.
    """

    planted: tuple[str, ...]
    leaked: tuple[str, ...]
    changes: Changes | NotSeen


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was seen; `moments` are of its start, until the first answer.

    `lacking` are the shared libraries that are not there, with the modules that need them.
    """

    subject: Subject
    files: Files | NotSeen
    python: Interpreter | NotSeen
    installed: list[Distribution] | NotSeen
    started: Started
    moments: list[Moment] | NotSeen
    processes: list[Process] | NotSeen
    bytecode: Bytecode | NotSeen
    lacking: dict[str, list[str]] | NotSeen
    unbuffered: float | NotSeen
    healthy: bool | NotSeen
    stop: Stop | NotSeen
    hung: Hung | NotSeen
    any_user: Started | NotSeen
    in_flight: InFlight | NotSeen
    pace: Pace | NotSeen
    imports: Imports | NotSeen
    rebuilt: Rebuilt | NotSeen
    twice: Twice | NotSeen
    importable: Importable | NotSeen
