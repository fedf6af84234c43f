"""The build of a front end in an existing Dockerfile, followed instruction by instruction."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from copier_slim import catalog, credentials
from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements import copied_files
from copier_slim.engine import stages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.statements.copied_files import Copy
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.tree import Tree
    from copier_slim.engine.stages import Stage

# The version of Node: of its image, or of the source that Debian's packages of it come from
VERSION = re.compile(
    r"(?:(?:^|/)node:v?|-nodejs|setup_|\bnode_|NODE_(?:MAJOR|VERSION)=[\"']?v?|n install |nvm install v?)"
    r"([1-9]\d(?:\.\d{1,3}){0,2})(?=[^\d.]|\.x|$)"
)
INSTALLS = re.compile(
    r"(?:npm|pnpm|yarn|bun)(?:\s+-\S+)*"
    r"(?:\s+(?:ci|install|i|add|cache|config|set|prune|audit|fund|login|whoami|dedupe)\b.*)?$"
    r"|corepack\b|n \d|nvm\b|(?:apt-get|apk|mkdir|rm|chown|echo|set|true)\b|.*nodesource"
)
RUNS = re.compile(r"(?:npm|npx|pnpm|yarn|bun|bunx|node)\s+\S")
PLAIN = re.compile(r"[A-Za-z0-9_.,:=@%+/-]+(?: [A-Za-z0-9_.,:=@%+/-]+)*")
ASSIGNED = re.compile(r"(?P<variables>(?:[A-Za-z_]\w*+=\S*+ ++)*+)(?P<rest>.*)", re.DOTALL)
# Options by which a package manager runs elsewhere
ELSEWHERE = re.compile(r"\s(?:--prefix|--cwd|--dir|-C)[= ](?P<folder>\S+)")
# Variables of the tools and of images, and in a stage with Python those that a front end is told
OWN = re.compile(
    r"PATH|NVM_DIR|NODE_(?:PATH|MAJOR|VERSION)|CI|(?:NPM|YARN|PNPM|COREPACK|BUN|DEBIAN)_.*|LANG|LC_.*|TZ|APP_(?:DIR|HOME)"
)
TOLD = re.compile(r"(?:NODE|VITE|REACT_APP|VUE_APP|NEXT|PUBLIC|WEBPACK|TAILWIND)_.*|PUBLIC_URL")
PACKAGE = "package.json"
# What is told of Node among the lines of a stage with Python
NODE = re.compile(r"(?:npm|pnpm|yarn|bun|corepack|n|nvm)\b|.*nodesource")


@dataclass(slots=True)
class Made:
    """What a Dockerfile makes of the package.json in `folder`.

    commands  what it runs after the installation, each as plain words; `left` is one that is not, "" without any
    outputs   where it is made, with where it goes in the image, both from the repository's root; {} where not said
    sources   what it copies in beside package.json; None where that is everything
    node      the version of Node, "" where it is not told
    places    the COPY by which each output is taken over, in the order of `outputs`; without these, the RUN lines
    variables what the commands are told, as NAME=value; `unsaid` are notes on those that cannot be
    """

    folder: str
    node: str = ""
    commands: list[str] = field(default_factory=list)
    left: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    sources: list[str] | None = field(default_factory=list)
    places: list[Evidence] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)


class Followed:
    """A stage and those that it is built on."""

    def __init__(self, tree: Tree, existing: Dockerfile, *, has_node: bool) -> None:
        self.tree = tree
        self.has_node = has_node
        self.path = existing.path
        self.context = existing.context
        self.workdir = "/"
        self.targets: dict[str, str] = {}  # where a folder of the repository is in the stage
        self.home = ""
        self.copied: list[str] = []
        self.variables: dict[str, str] = {}
        self.made = Made("")
        self.unsaid = self.made.unsaid

    def follow(self, chain: list[Stage]) -> tuple[Made, str] | None:
        """What the stage makes, and where its package.json is in it; None where it has none."""
        self.made.node = self._node(chain[0].base)
        for instruction, value, line, _ in stages.filled(chain):
            match instruction:
                case "WORKDIR":
                    self.workdir = posixpath.normpath(posixpath.join(self.workdir, value))
                case "COPY" | "ADD":
                    self.made.node = self.made.node or self._node(value)
                    self._copy(copied_files.read(value, self.workdir, Evidence(self.path, line)))
                case "ENV" | "ARG":
                    self._variables(instruction, value)
                case "RUN":
                    self.made.node = self.made.node or self._node(value)
                    self._run(value, line)
        homes = [target for target in self.targets if self._folder(target) is not None]
        self.home = self.home or next(iter(homes), "")
        if not self.home:
            return None
        self.made.folder = self._folder(self.home) or ""
        whole = {"", self.made.folder} & set(self.copied)
        self.made.sources = None if whole else [path for path in dict.fromkeys(self.copied) if not self._installs(path)]
        self.made.variables = [f"{name}={value}" for name, value in self.variables.items()]
        return self.made, self.home

    def _node(self, text: str) -> str:
        match = VERSION.search(text)
        return match[1] if match else ""

    def _variables(self, instruction: str, value: str) -> None:
        """Keeps what the build is told by ENV, or by an ARG with a default."""
        for name, text in stages.pairs(value):
            is_told = TOLD.fullmatch(name) or (self.has_node and not OWN.fullmatch(name))
            if not is_told or OWN.fullmatch(name):
                continue
            is_secret = bool(text) and credentials.secret_variable(name, text)
            if PLAIN.fullmatch(text) and " " not in text and not is_secret:
                self.variables[name] = text
            else:
                why = "may be a secret" if is_secret else "has special characters" if text else "has no default"
                self.unsaid.append(
                    f"{self.path}: {instruction} {name} is not told to the front end's build, as it {why}:"
                    f" if that needs it, put env {name}=… before the line of assets_command"
                )

    def _copy(self, copy: Copy | None) -> None:
        if copy is None or copy.origin:
            return
        for word in copy.sources:
            path = posixpath.normpath(posixpath.join(self.context, word.lstrip("/")))
            source = "" if path == "." else path
            name = posixpath.basename(source)
            folder = posixpath.dirname(source) if name and fnmatch(PACKAGE, name) else source
            if not folder or self.tree.has_folder(folder):
                self.targets.setdefault(copy.target, folder)
            if not source or self.tree.has(source) or self.tree.has_folder(source):
                self.copied.append(source)

    def _folder(self, directory: str) -> str | None:
        """The folder with package.json that a directory of the stage stands for."""
        for target, source in sorted(self.targets.items(), key=lambda item: -len(item[0])):
            if f"{directory}/".startswith(f"{target.rstrip('/')}/"):
                folder = posixpath.normpath(posixpath.join(source, posixpath.relpath(directory, target)))
                folder = "" if folder == "." else folder
                if self.tree.has(posixpath.join(folder, PACKAGE)):
                    return folder
        return None

    def _installs(self, path: str) -> bool:
        """Whether a file is one that the installation has already."""
        rows = catalog.frontends().managers.values()
        names = {PACKAGE, *(name for row in rows for name in (row.lock, row.settings, *row.beside))}
        return posixpath.basename(path) in names or path == ".yarn"

    def _run(self, value: str, line: int) -> None:
        directory = self.workdir
        for part in _parts(value):
            variables, rest = ASSIGNED.fullmatch(part).groups()  # type: ignore[union-attr]  # it matches any text
            words = rest.split()
            if words[:1] == ["cd"] and len(words) == 2:  # noqa: PLR2004 cd FOLDER
                directory = posixpath.normpath(posixpath.join(directory, words[1]))
                continue
            here, command = self._moved(directory, rest)
            place = Evidence(self.path, line, f"RUN {part}")
            if INSTALLS.match(command):
                if NODE.match(command):
                    self.made.places.append(place)
            elif self._folder(here) is not None and not (self.made.commands and here != self.home):
                self._take(variables.split(), command, here, place)

    def _take(self, variables: list[str], command: str, here: str, place: Evidence) -> None:
        """Keeps a command that is not the installation, nor a check: these are the pipeline's."""
        if re.search(rf"(?:run |^\w+ )(?:{'|'.join(catalog.frontends().checks)})$", command):
            return
        is_tool = bool(RUNS.match(command))
        is_builder = not is_tool and command.partition(" ")[0] in _programs()
        if (is_builder or is_tool) and all(map(PLAIN.fullmatch, [*variables, command])):
            before = [*(["env"] if variables else []), *variables, *(["npx"] if is_builder else [])]
            self.made.commands.append(" ".join([*before, command]))
            self.made.places.append(place)
            self.home = here
        elif self.has_node or RUNS.search(command):
            self.made.left = self.made.left or command

    def _moved(self, directory: str, command: str) -> tuple[str, str]:
        """Where a command runs, and its words without the option that says so."""
        if not RUNS.match(command) or not (option := ELSEWHERE.search(command)):
            return directory, command
        moved = posixpath.normpath(posixpath.join(directory, option["folder"]))
        return moved, command[: option.start()] + command[option.end() :]


def _programs() -> set[str]:
    """The programs that builders are started by."""
    rows = catalog.frontends().builders
    return {words.partition(" ")[0] for name, row in rows.items() for words in row.words or (name,)}


def _parts(value: str) -> Iterator[str]:
    """The commands of a RUN, in either form, without its mounts."""
    text = " ".join(word for word in value.split() if not word.startswith(("--mount", "--network")))
    try:
        words = json.loads(text)
        text = " ".join(map(str, words)) if isinstance(words, list) else text
    except (ValueError, RecursionError):
        pass
    yield from (part.strip() for part in re.split(r"&&|;", text) if part.strip())
