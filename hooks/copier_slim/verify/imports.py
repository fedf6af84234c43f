"""What a start imports and how long that takes, as Python's own -X importtime says of each module."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim.verify.container import Container
from copier_slim.verify.container.experiments import start
from copier_slim.verify.not_seen import CannotLookError

if TYPE_CHECKING:
    from copier_slim.engine import docker
    from copier_slim.verify.image.python import Interpreter
    from copier_slim.verify.target import Subject

# https://docs.python.org/3/using/cmdline.html#cmdoption-X: microseconds of its own, with what it imports, and the name
# behind two spaces for each import that it is inside of
LINE = re.compile(r"^import time: *+(\d++) \| *+(\d++) \| ( *+)([\w.-]++)\r?$", re.MULTILINE)
MOST_SHOWN = 5
KEPT_OF_LOG = 8 << 20  # bytes: a start with ten thousand modules writes one


@dataclass(frozen=True, slots=True)
class Module:
    """A module as a line of -X importtime has it: microseconds of its own, and with what it imports.

    `outermost` is whether none of the imports that it is inside of is one of its package.
    """

    name: str
    own: int
    whole: int
    outermost: bool

    @property
    def package(self) -> str:
        """The first part of its name."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Import:
    """A package with its modules: milliseconds of their own, and with all that they are the first to import."""

    name: str
    own: float
    whole: float
    modules: int


@dataclass(frozen=True, slots=True)
class Imports:
    """All imports of a start until its first answer: milliseconds, how many modules, and the packages that take most.

    Python's measuring makes each import a little slower.
    """

    milliseconds: float
    modules: int
    slowest: tuple[Import, ...]


def parsed(log: str) -> list[Module]:
    """The modules of a log; one that several processes import counts once, by the longest that it took."""
    found: dict[str, Module] = {}
    around: list[tuple[int, str]] = []  # how far in, and the package: a line comes after those of what it imports
    for own, whole, indent, name in reversed(LINE.findall(log)):
        while around and around[-1][0] >= len(indent):
            around.pop()
        package = name.partition(".")[0]
        module = Module(name, int(own), int(whole), all(package != other for _, other in around))
        around.append((len(indent), package))
        if name not in found or module.own > found[name].own:
            found[name] = module
    return list(found.values())


def summed(modules: list[Module], most: int = MOST_SHOWN) -> Imports:
    """By packages, those first whose own modules take longest: these times add up, since no module is in two."""
    packages: dict[str, list[Module]] = {}
    for module in modules:
        packages.setdefault(module.package, []).append(module)
    rows = [
        Import(
            name, sum(one.own for one in own) / 1000, sum(one.whole for one in own if one.outermost) / 1000, len(own)
        )
        for name, own in packages.items()
    ]
    rows.sort(key=lambda row: (-row.own, row.name))
    return Imports(sum(row.own for row in rows), len(modules), tuple(rows[:most]))


def of_a_start(scope: docker.Scope, subject: Subject, python: Interpreter) -> Imports:
    """What a container as it ships imports until its first answer, and no shell is needed for that.

    Raises CannotLookError where it does not start so, or where its Python tells nothing.
    """
    options = [*subject.options.run, "--env", "PYTHONPROFILEIMPORTTIME=1", "--no-healthcheck"]
    with Container(scope, subject.image.name, port=subject.port, options=options, kept=KEPT_OF_LOG) as running:
        started = start(running, subject)
    if started.answer is None:
        raise CannotLookError("it does not start while its imports are timed")
    found = parsed(running.log.text)
    if not found:
        raise CannotLookError(f"{python.path} says nothing of its imports: it is started with -I or -E, or is not used")
    return summed(found)
