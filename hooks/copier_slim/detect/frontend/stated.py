"""What an existing Dockerfile's stage of Node says of a front end: what it makes, where that goes, by which Node."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements import copied_files
from copier_slim.engine import stages

if TYPE_CHECKING:
    from copier_slim.detect.statements.copied_files import Copy
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.tree import Tree
    from copier_slim.engine.stages import Stage

NODE_IMAGE = re.compile(r"(?:^|/)(?:node|bun)(?=[:@]|$)")
VERSION = re.compile(r"(?:^|/)node:v?([1-9]\d(?:\.\d{1,3}){0,2})(?=[-@]|$)")
INSTALLS = re.compile(
    r"(?:npm|pnpm|yarn|bun)(?:\s+-\S+)*(?:\s+(?:ci|install|i|add|cache|config|set)\b.*)?$|corepack\b|(?:apt-get|apk|mkdir|rm|chown|echo|set|cd)\b"
)
RUNS = re.compile(r"(?:npm|npx|pnpm|yarn|bun|bunx|node)\s+\S")
PLAIN = re.compile(r"[A-Za-z0-9_.,:=@%+/-]+(?: [A-Za-z0-9_.,:=@%+/-]+)*")
PACKAGE = "package.json"


@dataclass(slots=True)
class Made:
    """What a stage makes of the package.json in `folder`.

    commands  what it runs after the installation, each as plain words; `left` is one that is not, "" without any
    outputs   where it is made, with where it goes in the image, both from the repository's root
    sources   what it copies in beside package.json; None where that is everything
    node      the version of Node, "" where the image is of another name
    places    the COPY by which each output is taken over, in the order of `outputs`
    """

    folder: str
    node: str = ""
    commands: list[str] = field(default_factory=list)
    left: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    sources: list[str] | None = field(default_factory=list)
    places: list[Evidence] = field(default_factory=list)


def read(tree: Tree, existing: Dockerfile | None) -> dict[str, Made]:
    """The stages of Node whose files are copied into the image, by the folder of their package.json."""
    text = tree.text(existing.path) if existing else None
    if existing is None or not text:
        return {}
    found = stages.read(text)
    made: dict[str, Made] = {}
    for number, stage in enumerate(found):
        chain = stages.chain(stage, found)
        if not NODE_IMAGE.search(chain[0].base):
            continue
        by_folder = _Followed(tree, existing).follow(chain)
        if by_folder is None:
            continue
        item, workdir = by_folder
        for other in found:
            if other not in chain:
                _taken(item, workdir, other, {stage.name, str(number)} - {""}, existing)
        if item.outputs:
            made.setdefault(item.folder, item)
    return made


class _Followed:
    """A stage of Node, followed instruction by instruction."""

    def __init__(self, tree: Tree, existing: Dockerfile) -> None:
        self.tree = tree
        self.path, self.context = existing.path, existing.context
        self.workdir = "/"
        self.homes: dict[str, str] = {}  # where a package.json is in the stage, and its folder
        self.home = ""
        self.copied: list[str] = []
        self.made = Made("")

    def follow(self, chain: list[Stage]) -> tuple[Made, str] | None:
        """What the stage makes, and where its package.json is in it; None where it has none."""
        for stage in chain:
            for instruction, value, line in stage.instructions:
                if instruction == "WORKDIR":
                    self.workdir = posixpath.normpath(posixpath.join(self.workdir, value))
                elif instruction in ("COPY", "ADD"):
                    self._copy(copied_files.read(value, self.workdir, Evidence(self.path, line)))
                elif instruction == "RUN" and self.homes:
                    self._run(value)
        if not self.homes:
            return None
        self.home = self.home or next(iter(self.homes))
        self.made.folder = self.homes[self.home]
        whole = {"", self.made.folder} & set(self.copied)
        self.made.sources = None if whole else [path for path in dict.fromkeys(self.copied) if not self._installs(path)]
        version = VERSION.search(chain[0].base)
        self.made.node = version[1] if version else ""
        return self.made, self.home

    def _copy(self, copy: Copy | None) -> None:
        if copy is None or copy.origin:
            return
        for word in copy.sources:
            path = posixpath.normpath(posixpath.join(self.context, word.lstrip("/")))
            source = "" if path == "." else path
            name = posixpath.basename(source)
            folder = posixpath.dirname(source) if name == PACKAGE else source
            if self.tree.has(posixpath.join(folder, PACKAGE)):
                self.homes.setdefault(copy.target, folder)
            if not source or self.tree.has(source) or self.tree.has_folder(source):
                self.copied.append(source)

    def _installs(self, path: str) -> bool:
        """Whether a file is one that the installation has already."""
        rows = catalog.frontends().managers.values()
        names = {PACKAGE, *(name for row in rows for name in (row.lock, row.settings, *row.beside))}
        return posixpath.basename(path) in names or path == ".yarn"

    def _run(self, value: str) -> None:
        line = " ".join(word for word in value.split() if not word.startswith("--mount"))
        for part in re.split(r"&&|;", line):
            command = part.strip()
            if not command or INSTALLS.match(command):
                continue
            if self.workdir in self.homes:
                self.home = self.workdir
            if RUNS.match(command) and PLAIN.fullmatch(command):
                self.made.commands.append(command)
            else:
                self.made.left = self.made.left or command


def _taken(made: Made, home: str, stage: Stage, names: set[str], existing: Dockerfile) -> None:
    """Adds what a stage copies from the one of Node."""
    workdir = "/"
    for instruction, value, line in stage.instructions:
        if instruction == "WORKDIR":
            workdir = posixpath.join(workdir, value)
        evidence = Evidence(existing.path, line, f"{instruction} {value}")
        copy = copied_files.read(value, workdir, evidence) if instruction == "COPY" else None
        if copy is None or copy.origin not in names:
            continue
        target = existing.image.folder(copy.target)
        for source in copy.sources:
            path = posixpath.relpath(posixpath.normpath(posixpath.join("/", source)), home)
            output = posixpath.normpath(posixpath.join(made.folder, path))
            name = posixpath.basename(output)
            is_file = "." in name and len(copy.sources) > 1
            into = posixpath.normpath(posixpath.join(target, name)) if is_file else target
            if not output.startswith((".", "/")) and not into.startswith(("/", "..")):
                made.outputs[output] = into
                made.places.append(evidence)
