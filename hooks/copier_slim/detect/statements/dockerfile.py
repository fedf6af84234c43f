"""What an existing Dockerfile states: its Python, packages, variables, port and command."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from copier_slim import catalog, credentials
from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements import copied_files, run_lines
from copier_slim.detect.statements.start import Image
from copier_slim.engine import stages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.detect.tree import Tree

LARGEST_PORT = 65535
MOST_INSTRUCTIONS = 1_000
OTHER_LANGUAGE = re.compile(
    r"(?:^|/)(?:node|golang|rust|ruby|php|openjdk|eclipse-temurin|maven|gradle|oven/bun|bun|deno)(?=[:@]|$)"
)
MOST_OTHERS = 10
USUAL_NAMES = ("Dockerfile", "Containerfile", "Dockerfile.prod", "Dockerfile.production")
# What an image that only builds something ends with: it hands that over
HANDS_OVER = frozenset({"cat", "cp", "echo", "install", "ls", "mv", "rsync", "tar", "true"})
# Of a process that runs beside the app, in the name of a Dockerfile: worker.Dockerfile, Dockerfile.celery
BESIDE = re.compile(
    r"(?:^|[/._-])(?:workers?|celery|beat|cron|scheduler|flower|migrate|migrations?|nginx|proxy)(?:[._-][^/]*)?$",
    re.IGNORECASE,
)
STARTS = re.compile(r"^[ \t]{0,99}(?:CMD|ENTRYPOINT)\b", re.MULTILINE | re.IGNORECASE)
# The pattern `label_line` of questions/patterns.jinja
LABEL = re.compile(r"[a-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?=[A-Za-z0-9 _.,:;=@%+/?&~*#()<>\[\]'-]*")
PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(?:=\S+)?")
ONE_PORT = "the image has one port"
PYTHON_IMAGE = re.compile(r"(?:^|[/:-])python:?(\d+\.\d+)")


@dataclass(slots=True)
class Dockerfile:
    """The facts of an existing Dockerfile, for the image that a plain `docker build` makes.

    `context` is the folder that it is built in; `command` the shell line or the joined words of ENTRYPOINT and CMD;
    packages are Debian's; `health` is its probe's line. `left` are instructions that need a person, `left_fields` are
    others, by their words, with why.
    """

    path: str
    context: str = ""
    python: tuple[str, Evidence] | None = None
    command: tuple[str, Evidence] | None = None
    port: tuple[int, Evidence] | None = None
    workdir: str = "/"
    folders: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    environment: dict[str, tuple[str, Evidence]] = field(default_factory=dict)
    system_packages: dict[str, Evidence] = field(default_factory=dict)
    build_packages: dict[str, Evidence] = field(default_factory=dict)
    requirements: dict[str, Evidence] = field(default_factory=dict)
    files_of_pip: dict[str, Evidence] = field(default_factory=dict)  # -r FILE, and what is no requirement by its name
    indexes: list[tuple[str, bool, Evidence]] = field(default_factory=list)  # URL, whether it replaces PyPI, its place
    steps: list[run_lines.Step] = field(default_factory=list)
    listed: dict[str, Evidence] = field(default_factory=dict)  # files that name packages of apt-get
    locales: dict[str, Evidence] = field(default_factory=dict)
    owned: dict[str, Evidence] = field(default_factory=dict)  # what RUN lines give to the app's user, by its path
    stages: dict[str, bool] = field(default_factory=dict)  # by name and number: whether there is Python in them
    images: dict[str, str] = field(default_factory=dict)  # by the names of stages that are nothing but an image
    copies: list[copied_files.Copy] = field(default_factory=list)
    labels: dict[str, tuple[str, Evidence]] = field(default_factory=dict)
    entrypoint: tuple[str, Evidence] | None = None
    health: tuple[str, Evidence] | None = None
    volumes: dict[str, Evidence] = field(default_factory=dict)
    left: list[Evidence] = field(default_factory=list)
    left_fields: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def image(self) -> Image:
        """Where its command is run; the working directory stands for the root where no COPY of the code can be read."""
        folders = tuple(self.folders) or ((self.workdir, self.context),) * (self.workdir != "/")
        folders += tuple(self.files)
        variables = {name: value for name, (value, _) in self.environment.items()}
        image = Image(folders, "", variables)
        directory = image.folder(self.workdir)
        return replace(image, directory="" if directory.startswith("/") or directory == "." else directory)


def _of_the_default(tree: Tree, paths: list[str]) -> list[str]:
    """Without those that are called after a process beside the default one, and stand among others that are not."""
    folders = {path.rpartition("/")[0] for path in paths if not BESIDE.search(path)}
    left = [path for path in paths if BESIDE.search(path) and path.rpartition("/")[0] in folders]
    for path in left:
        tree.note(f"{path} is left out: it is for another process than the default one")
    return [path for path in paths if path not in left]


def read(tree: Tree, named: Iterable[str], paths: Iterable[str]) -> Dockerfile | None:
    """The facts of the first of the Dockerfiles that builds a Python image; None without one. The others are named.

    `named` are those that other files name, and come first; of `paths`, one of a name of its own counts if it starts
    something.
    """
    facts: Dockerfile | None = None
    others = []
    named = [path for path in dict.fromkeys(named) if tree.has(path)]
    paths = _of_the_default(tree, list(paths))
    for path in dict.fromkeys([*named, *paths]):
        text = tree.text(path)
        if not text or "\nFROM " not in f"\n{text}".upper() or not re.search(r"python|\bpip3?\b", text, re.IGNORECASE):
            continue
        if facts is not None:
            others.append(path)
            continue
        if "/opt/launch.py" in text:  # the template's own, from before
            return None
        if path not in named and path.rpartition("/")[2] not in USUAL_NAMES and not STARTS.search(text):
            tree.note(f"{path} is left out: it starts nothing")
            continue
        found = stages.read(text)
        if more := [line for stage in found for *_, line in stage.instructions][MOST_INSTRUCTIONS:]:
            tree.note(f"{path}:{more[0]} and below is left out: it has over {MOST_INSTRUCTIONS:,} instructions")
            found = stages.read("\n".join(text.split("\n")[: more[0] - 1]))
        facts = _facts(path, found, _context(tree, path, found))
        if path not in named and facts.command and facts.command[0].partition(" ")[0] in HANDS_OVER:
            tree.note(f"{path} is left out: it starts nothing")
            facts = None
            continue
        _from_files(facts, tree)
    if facts and others:
        facts.notes.append(f"{facts.path} is taken, and {', '.join(others[:MOST_OTHERS])} left out")
    for note in facts.notes if facts else ():
        tree.note(note)
    return facts


def _from_files(facts: Dockerfile, tree: Tree) -> None:
    """Takes the packages that a file lists, and those that a script of the repository installs."""
    for path, evidence in facts.listed.items():
        if source := _source(path, facts, tree):
            lines = (line.partition("#")[0].split() for line in (tree.text(source) or "").split("\n"))
            for name in (word for words in lines for word in words if PACKAGE.fullmatch(word)):
                facts.system_packages.setdefault(name.partition("=")[0], evidence)
    for step in facts.steps:
        for word in step.text.split():
            source = _source(word, facts, tree) if word.endswith((".sh", ".bash")) or "/" in word else ""
            text = (tree.text(source) or "") if source else ""
            for line in re.sub(r"\\\n", " ", text).split("\n") if "apt" in text else ():
                for name in run_lines.apt_packages(line):
                    facts.system_packages.setdefault(name, step.evidence)


def _source(path: str, facts: Dockerfile, tree: Tree) -> str:
    """The file of the repository that a path in a RUN is; "" where it is none."""
    whole = posixpath.normpath(posixpath.join(facts.workdir, path))
    copied = (
        posixpath.normpath(posixpath.join(facts.context, source.lstrip("/")))
        for copy in facts.copies
        for source in copy.sources
        if whole in (copy.target, posixpath.join(copy.target, posixpath.basename(source)))
    )
    return next((item for item in (facts.image.folder(whole), *copied, path) if tree.has(item)), "")


def _context(tree: Tree, path: str, found: list[stages.Stage]) -> str:
    """The folder that a Dockerfile is built in, as what it copies is there: the root, "", or its own."""
    folder = path.rpartition("/")[0]
    copies = [
        copied_files.read(value, "/", Evidence(path, line))
        for stage in found
        for name, value, line in stage.instructions
        if name in ("COPY", "ADD")
    ]
    words = [word.removeprefix("./") for copy in copies if copy and not copy.origin for word in copy.sources]
    if not folder or any(map(tree.has, words)):
        return ""
    own = any(tree.has(f"{folder}/{word}") for word in words)
    is_code = any(source.rpartition("/")[0] == folder for source in tree.python_files)
    return folder if own or is_code else ""


def _facts(path: str, found: list[stages.Stage], context: str) -> Dockerfile:
    facts = Dockerfile(path, context=context)
    if not found:
        return facts
    shipped = [stage for stage in found if not re.search(r"dev|test|debug|lint|ci\b", stage.name)] or found
    chain = stages.chain(shipped[-1], found)
    for stage in [*chain, *found]:
        if facts.python is None and (match := PYTHON_IMAGE.search(stage.base)):
            facts.python = match[1], Evidence(path, stage.line, f"FROM {stage.base}")
    build = _Build(facts)
    for stage in chain:
        for instruction, value, line in stage.instructions:
            build.take(instruction, value, Evidence(path, line, f"{instruction} {value}"))
    facts.stages = _stages(found)
    facts.images = {stage.name.lower(): stage.base for stage in found if stage.name and not stage.instructions}
    for number, stage in reversed(list(enumerate(found))):
        if stage in shipped and stage not in chain:
            _beside(facts, stage, str(number))
    facts.command = _joined(build.entrypoint, build.command)
    facts.entrypoint = build.entrypoint
    return facts


def _beside(facts: Dockerfile, stage: stages.Stage, number: str) -> None:
    """Takes what another stage installs, and the steps of one with Python from which the image copies."""
    side = Dockerfile(facts.path, context=facts.context)
    build = _Build(side)
    for instruction, value, line in stage.instructions:
        if instruction in ("ARG", "COPY", "ENV", "RUN", "WORKDIR"):
            build.take(instruction, value, Evidence(facts.path, line, f"{instruction} {value}"))
    facts.build_packages |= {**side.system_packages, **facts.build_packages}
    names = {number, stage.name.lower()}
    if any(copy.origin.lower() in names for copy in facts.copies) and facts.stages.get(number):
        facts.steps = [*(replace(step, image=side.image) for step in side.steps), *facts.steps]


def _stages(found: list[stages.Stage]) -> dict[str, bool]:
    """The names and numbers of the stages, and whether there is Python in each."""
    bases = [
        (str(number), stage.name.lower(), stages.chain(stage, found)[0].base) for number, stage in enumerate(found)
    ]
    return {name: not OTHER_LANGUAGE.search(base) for *names, base in bases for name in names if name}


@dataclass(slots=True)
class _Build:
    """The build of the image that is shipped, followed instruction by instruction."""

    facts: Dockerfile
    variables: dict[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, Evidence] | None = None
    command: tuple[str, Evidence] | None = None

    def take(self, instruction: str, value: str, evidence: Evidence) -> None:
        """Follows the next instruction."""
        match instruction:
            case "ARG":
                self._arg(value)
            case "ENV":
                self._env(value, evidence)
            case "WORKDIR":
                self.facts.workdir = posixpath.join(self.facts.workdir, self._filled(value))
            case "EXPOSE":
                self._expose(value, evidence)
            case "RUN":
                run_lines.take(self._filled(value), evidence, self.facts, self.facts.system_packages)
            case "COPY" | "ADD":
                self._copy(value, evidence)
            case "ENTRYPOINT" | "CMD" | "HEALTHCHECK":
                self._start(instruction, value, evidence)
            case "LABEL":
                self._label(value, evidence)
            case "VOLUME":
                self.facts.volumes |= dict.fromkeys(_paths(self._filled(value)), evidence)
            case _:
                self._leave(instruction, value)

    def _start(self, instruction: str, value: str, evidence: Evidence) -> None:
        if instruction == "HEALTHCHECK":
            self.facts.health = self._filled(value), evidence
        elif instruction == "ENTRYPOINT":
            self.entrypoint, self.command = (_line(value), evidence), None
        else:
            self.command = _line(value), evidence

    def _leave(self, instruction: str, value: str) -> None:
        """Names an instruction that the table leaves out, with what it says."""
        for why, names in catalog.statements()["dockerfile"].left.items():
            if instruction in names:
                self.facts.left_fields[f"{instruction} {value}"] = why

    def _label(self, value: str, evidence: Evidence) -> None:
        for name, text in stages.pairs(self._filled(value)):
            if LABEL.fullmatch(f"{name}={text}") and credentials.masked(text) == text:
                self.facts.labels[name] = text, evidence
            else:
                self.facts.left_fields[f"LABEL {name}"] = "special characters"

    def _arg(self, value: str) -> None:
        for name, default in stages.pairs(value):
            if not credentials.secret_variable(name, default):
                self.variables.setdefault(name, default)
        for name in re.findall(r"(?:^|\s)(\w{1,99}+)", value)[:1]:
            self.facts.left_fields[f"ARG {name}"] = "the build's"

    def _env(self, value: str, evidence: Evidence) -> None:
        for name, text in stages.pairs(value):
            has_default = credentials.masked(text) != text  # ${PASSWORD:-hunter2} stays as it is
            for found in stages.VARIABLE.finditer(text):
                self.facts.left_fields.pop(f"ARG {found[1] or found[3]}", None)
            expanded = text if has_default else stages.expand(text, self.variables)
            if expanded is None:
                self.facts.notes.append(
                    f"{evidence.place}: {name} is left out: it has over {stages.LONGEST:,} characters"
                )
                continue
            # A credential stays out of what names it: that keeps its $NAME
            if credentials.secret_variable(name, expanded):
                self.variables.pop(name, None)
            else:
                self.variables[name] = expanded
            self.facts.environment[name] = expanded, evidence

    def _expose(self, value: str, evidence: Evidence) -> None:
        words = self._filled(value).split()
        taken = next((word for word in words if not word.endswith("/udp")), "")
        match = re.match(r"\d{1,5}(?![\d])", taken)
        others = [word for word in words if word != taken]
        if match and 0 < int(match[0]) <= LARGEST_PORT:
            if self.facts.port and self.facts.port[0] != int(match[0]):
                others.append(str(self.facts.port[0]))
            self.facts.port = int(match[0]), evidence
        self.facts.left_fields |= dict.fromkeys((f"EXPOSE {word}" for word in others), ONE_PORT)

    def _copy(self, value: str, evidence: Evidence) -> None:
        """Keeps what is copied, and what folder or file of the repository a path of the image stands for."""
        copy = copied_files.read(self._filled(value), self.facts.workdir, evidence)
        if copy is None:
            return
        self.facts.copies.append(copy)
        if not copy.origin and len(copy.sources) == 1:
            self._folder(copy, copy.sources[0])

    def _filled(self, value: str) -> str:
        """The text with its variables filled in; as it is where they make it too long."""
        return stages.expand(value, self.variables) or value

    def _folder(self, copy: copied_files.Copy, word: str) -> None:
        """Keeps what folder or file of the repository a path of the image stands for."""
        source = word.removeprefix("./").strip("/")
        source = posixpath.normpath(posixpath.join(self.facts.context, source)) if self.facts.context else source
        name = source.rpartition("/")[2]
        if "." in name and word.strip("./"):  # a file, or files by a pattern
            if not set("*?[") & set(name):
                self.facts.files.append((posixpath.join(copy.target, name) if copy.into else copy.target, source))
            return
        self.facts.folders.append((copy.target, "" if source == "." else source))


def _joined(
    entrypoint: tuple[str, Evidence] | None, command: tuple[str, Evidence] | None
) -> tuple[str, Evidence] | None:
    if entrypoint and command:
        return f"{entrypoint[0]} {command[0]}", entrypoint[1]
    return entrypoint or command


def _paths(value: str) -> list[str]:
    """A VOLUME's directories, whichever form it has."""
    try:
        words = json.loads(value)
        return [str(word) for word in words] if isinstance(words, list) else []
    except (ValueError, RecursionError):
        return value.split()


def _line(value: str) -> str:
    """A CMD's or ENTRYPOINT's words as a shell line, whichever form it has."""
    try:
        words = json.loads(value)
        if isinstance(words, list):
            return unquoted(shlex.join(map(str, words)))
    except (ValueError, RecursionError):
        pass
    return value


def unquoted(line: str) -> str:
    """A joined line with its variables out of their quotes, as a platform expands them."""
    return re.sub(r"'(\$\{?\w[^' ]*)'", r"\1", line)
