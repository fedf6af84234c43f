"""All that a build fetches, so that it can be mirrored for a network without a way out: `advise --sources`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from copier_slim import catalog
from copier_slim.advise import named_images, npm_locks, pins, system_versions
from copier_slim.advise.choice import choose
from copier_slim.advise.model import How
from copier_slim.engine import stages
from copier_slim.errors import InputError
from copier_slim.lock.project import read_text
from copier_slim.package_index import index
from copier_slim.package_index.wheels import MACHINES, Target, release
from copier_slim.printable import as_json as json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from copier_slim.advise.pins import Project
    from copier_slim.catalog import Architecture
    from copier_slim.package_index.index import File
    from copier_slim.package_index.wheels import Release

PATIENCE = 60.0  # seconds for all answers of the index together
# A tool of the build itself, which the Dockerfile pins
TOOL = re.compile(r"(?<![\w.=-])(?P<name>[A-Za-z][\w.-]*)(?:\[[\w,-]+\])?==(?P<version>[\w.+!]+)")


class Source(msgspec.Struct, frozen=True, order=True):
    """A thing to mirror.

    kind     image, wheel, sdist, apt, apk, dnf or npm
    url      where it is, for images their name; "" where only its system's mirror knows
    digest   as in sha256:… or sha512-…, "" where that is not known
    """

    kind: str
    name: str
    version: str = ""
    url: str = ""
    digest: str = ""

    @property
    def line(self) -> str:
        """One line: its kind, and how it is told from all others."""
        if self.kind == "image":
            return f"image {self.url}{f'@{self.digest}' if self.digest else ''}"
        if self.url:
            fragment = self.digest.replace(":", "=")
            return f"{self.kind} {self.url}{f'#{fragment}' if fragment else ''}"
        return f"{self.kind} {self.name}{f'={self.version}' if self.version else ''}"


class Sources(msgspec.Struct, frozen=True):
    """What a build fetches, and what of it could not be told."""

    sources: list[Source]
    notes: list[str]


def find(
    root: Path, architectures: Sequence[Architecture], progress: Callable[[str], None] = lambda _: None
) -> Sources:
    """What the image of the project in `root` is made from, beside the project itself.

    Raises InputError where there is no Dockerfile or no lock, ToolError where the package index does not answer.
    """
    dockerfile = read_text(root / "Dockerfile")
    if dockerfile is None:
        raise InputError(f"{root} has no Dockerfile; run copier-slim copy first")
    project = pins.read(root)
    notes = list(project.notes)
    progress("asking for digests of images")
    found = [Source("image", *item) for item in named_images.find(root, dockerfile, notes)]
    found += _packages(project, dockerfile, architectures, notes, progress)
    progress("asking for versions of system packages")
    found += [Source(*item) for item in system_versions.find(dockerfile, notes)]
    found += [Source("npm", *item) for item in npm_locks.find(root, project.answers, notes)]
    return Sources(sorted(set(found)), notes)


def as_json(found: Sources) -> str:
    """All of it."""
    return json_text(msgspec.to_builtins(found))


def _packages(
    project: Project,
    dockerfile: str,
    architectures: Sequence[Architecture],
    notes: list[str],
    progress: Callable[[str], None],
) -> Iterator[Source]:
    """The files of the lock's packages, and of the tools that the build installs beside them."""
    tools = dict(_tools(dockerfile))
    wanted = {pin.name: pin.version for pin in project.pins}
    answers = index.ask({**wanted, **tools}, wanted, PATIENCE, lambda done, of: progress(f"{done} of {of} projects"))
    base = catalog.bases().get(project.answer("base"), next(iter(catalog.bases().values())))
    targets = {one: Target(project.python, base.release(project.suite), MACHINES[one]) for one in architectures}
    for name, why in {**project.foreign, **answers.failed}.items():
        notes.append(f"{name} is not among them: {why}")
    for pin in project.pins:
        applying = [target for one, target in targets.items() if pin.applies(project.python, one)]
        files = set(_files(pin, release(pin.name, answers.files.get(pin.name, ()), pin.version), applying))
        yield from (_source(pin.name, pin.version, file) for file in files)
        if applying and not files and pin.name not in answers.failed:
            notes.append(f"{pin.name} is not among them: the package index has no {pin.version} for this image")
    for name, version in tools.items():
        having = release(name, answers.files.get(name, ()), version)
        pin = pins.Pin(name, version or (str(having.version) if having else ""))
        yield from (_source(name, pin.version, file) for file in set(_files(pin, having, targets.values())))
    known = {name for tool in catalog.tools().values() for name in tool.needs} | catalog.tools().keys()
    if others := sorted(tools.keys() - known):
        notes.append(f"beside them, what these tools of the build depend on: {', '.join(others)}")


def _files(pin: pins.Pin, having: Release | None, targets: Iterable[Target]) -> Iterator[File]:
    """What is fetched of a package: its wheel, or else the source distribution that it is built from."""
    for choice in (choose(pin, having, target) for target in targets):
        file = choice.file if choice.how is How.WHEEL or having is None else having.source
        if file and choice.how not in {How.ABSENT, How.UNKNOWN}:
            yield file


def _source(name: str, version: str, file: File) -> Source:
    kind = "wheel" if file.name.endswith(".whl") else "sdist"
    return Source(kind, name, version, file.url, f"sha256:{file.sha256}" if file.sha256 else "")


def _tools(dockerfile: str) -> Iterator[tuple[str, str]]:
    """The tools that build steps install by their pinned version, and with "" what these need, in its newest one."""
    for stage in stages.read(dockerfile):
        for instruction, value, _ in stage.instructions:
            if instruction == "RUN" and "pip install" in value:
                for found in TOOL.finditer(value):
                    yield found["name"], found["version"]
                    yield from ((name, "") for name in _needs(found["name"]))


def _needs(tool: str) -> Sequence[str]:
    row = catalog.tools().get(tool)
    return row.needs if row else ()
