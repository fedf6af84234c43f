"""What an existing Dockerfile states: its Python, packages, variables, port and command."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from copier_slim import catalog, credentials
from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements.commands import MAKES_FILES, PREPARES
from copier_slim.detect.statements.start import Image
from copier_slim.engine import stages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copier_slim.detect.tree import Tree

LARGEST_PORT = 65535
MOST_INSTRUCTIONS = 1_000
OTHER_LANGUAGE = re.compile(
    r"(?:^|/)(?:node|golang|rust|ruby|php|openjdk|eclipse-temurin|maven|gradle|oven/bun|bun|deno)(?=[:@]|$)"
)
MOST_OTHERS = 10
USUAL_NAMES = ("Dockerfile", "Containerfile", "Dockerfile.prod", "Dockerfile.production")
STARTS = re.compile(r"^[ \t]{0,99}(?:CMD|ENTRYPOINT)\b", re.MULTILINE | re.IGNORECASE)
# Where files are put for a step of the build alone, and parts of their names
IN_PASSING = {"tmp", "build", "install", "wheels", "deps", "requirements", "root"}
FOR_THE_BUILD = ("requirements", "constraints", ".lock", ".toml", ".cfg", ".whl", "Pipfile")
PYTHON_IMAGE = re.compile(r"(?:^|[/:-])python:?(\d+\.\d+)")
APT = re.compile(r"\bapt(?:-get)?\s+(?:-\S+\s+){0,20}install\b([^&;|]*)")
PIP = re.compile(r"\bpip3?\s+install\b([^&;|]*)")
REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?(?:(?:==|>=|<=|~=|<|>)[\w.*]+)?", re.ASCII)
TOOLS = {"pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "pdm", "pip-tools", "virtualenv", "install", "-m", "."}
INDEX_OPTION = re.compile(r"(?:^|\s)(?:-i|--(?P<extra>extra-)?index-url)[ =]+(?P<url>\S+)")
# Options of pip and other tools that take the word after them
WITH_VALUE = {"-r", "--requirement", "-c", "-i", "--index-url", "--extra-index-url", "-t", "--target"}
APK = re.compile(r"\bapk\s+(?:-\S+\s+){0,20}add\b([^&;|]*)")
# Steps that every image has in its own words: the template's stand for them
USUAL = re.compile(
    r"^(?:apt(?:-get)?|apk|pip3?|poetry|uv|pipenv|pdm|python3? -m (?:pip|venv|ensurepip)|rm|mkdir|chmod|chown"
    r"|addgroup|groupadd|adduser|useradd|usermod|ls|set|echo|cd|export|true|find|apt-mark|ln"
    r"|curl -\S+ https://(?:install\.python-poetry\.org|astral\.sh)|ldconfig|locale-gen|touch|env|dpkg-\S+)\b"
)


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
    files: list[tuple[str, str, Evidence]] = field(default_factory=list)
    environment: dict[str, tuple[str, Evidence]] = field(default_factory=dict)
    system_packages: dict[str, Evidence] = field(default_factory=dict)
    build_packages: dict[str, Evidence] = field(default_factory=dict)
    requirements: dict[str, Evidence] = field(default_factory=dict)
    indexes: list[tuple[str, bool, Evidence]] = field(default_factory=list)  # URL, whether it replaces PyPI, its place
    build_steps: list[tuple[str, ...]] = field(default_factory=list)
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
        folders += tuple((target, source) for target, source, _ in self.files)
        variables = {name: value for name, (value, _) in self.environment.items()}
        image = Image(folders, "", variables)
        directory = image.folder(self.workdir)
        return replace(image, directory="" if directory.startswith("/") or directory == "." else directory)


def read(tree: Tree, named: Iterable[str], paths: Iterable[str]) -> Dockerfile | None:
    """The facts of the first of the Dockerfiles that builds a Python image; None without one. The others are named.

    `named` are those that other files name, and come first; of `paths`, one of a name of its own counts if it starts
    something.
    """
    facts: Dockerfile | None = None
    others = []
    named = [path for path in dict.fromkeys(named) if tree.has(path)]
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
    if facts and others:
        facts.notes.append(f"{facts.path} is taken, and {', '.join(others[:MOST_OTHERS])} left out")
    for note in facts.notes if facts else ():
        tree.note(note)
    return facts


def _context(tree: Tree, path: str, found: list[stages.Stage]) -> str:
    """The folder that a Dockerfile is built in, as what it copies is there: the root, "", or its own."""
    folder = path.rpartition("/")[0]
    lines = [
        value for stage in found for name, value, _ in stage.instructions if name == "COPY" and "--from" not in value
    ]
    words = [
        word.strip('",[]').removeprefix("./") for line in lines for word in line.split() if not word.startswith("-")
    ]
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
    build = _Build(facts, _without_python(found))
    for stage in chain:
        for instruction, value, line in stage.instructions:
            build.take(instruction, value, Evidence(path, line, f"{instruction} {value}"))
    for stage in shipped:
        if stage not in chain:
            for instruction, value, line in stage.instructions:
                if instruction == "RUN":
                    _run(value, Evidence(path, line, f"RUN {value}"), Dockerfile(path), facts.build_packages)
    facts.command = _joined(build.entrypoint, build.command)
    facts.left += [place for target, source, place in facts.files if _is_elsewhere(target, source, facts)]
    facts.entrypoint = build.entrypoint
    return facts


def _is_elsewhere(target: str, source: str, facts: Dockerfile) -> bool:
    """Whether a copied file stands outside the directory of the code, and is neither the build's nor the start's."""
    folder, name = target.strip("/").partition("/")[0], source.rpartition("/")[2]
    return (
        not f"{target}/".startswith(f"{facts.workdir.rstrip('/')}/")
        and folder not in IN_PASSING
        and not any(part in name for part in FOR_THE_BUILD)
        and target not in (facts.command[0] if facts.command else "")
    )


def _without_python(found: list[stages.Stage]) -> frozenset[str]:
    """The names and numbers of the stages that start from an image of another language."""
    bases = [(str(number), stage.name, stages.chain(stage, found)[0].base) for number, stage in enumerate(found)]
    return frozenset(name for *names, base in bases for name in names if name and OTHER_LANGUAGE.search(base))


@dataclass(slots=True)
class _Build:
    """The build of the image that is shipped, followed instruction by instruction."""

    facts: Dockerfile
    others: frozenset[str] = frozenset()  # stages that have no Python, which are not carried over
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
                _run(value, evidence, self.facts, self.facts.system_packages)
            case "COPY" | "ADD":
                self._copy(value, evidence)
            case "ENTRYPOINT" | "CMD" | "HEALTHCHECK":
                self._start(instruction, value, evidence)
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
        match = re.match(r"\d{1,5}(?![\d])", self._filled(value))
        if match and 0 < int(match[0]) <= LARGEST_PORT:
            self.facts.port = int(match[0]), evidence

    def _copy(self, value: str, evidence: Evidence) -> None:
        """Keeps a COPY from elsewhere for the list of what is left over; the template brings its own uv."""
        origins = [word.removeprefix("--from=") for word in value.split() if word.startswith("--from=")]
        if any(set("/.:") & set(origin) for origin in origins) or re.match(r"(?:--\S+ )*https?://", value):
            if not any("astral-sh/uv" in origin or "/uv:" in origin for origin in origins):
                self.facts.left.append(evidence)
        elif "--from" not in value:
            self._folder(self._filled(value), evidence)
        elif any(origin in self.others for origin in origins):
            self.facts.left.append(evidence)

    def _filled(self, value: str) -> str:
        """The text with its variables filled in; as it is where they make it too long."""
        return stages.expand(value, self.variables) or value

    def _folder(self, value: str, evidence: Evidence) -> None:
        """Keeps what folder or file of the repository a path of the image stands for."""
        words = [word.strip('",[]') for word in value.split() if not word.startswith("--")]
        if len(words) != 2:  # noqa: PLR2004 one source and its target; several are single files
            return
        source = words[0].removeprefix("./").strip("/")
        source = posixpath.normpath(posixpath.join(self.facts.context, source)) if self.facts.context else source
        target = posixpath.normpath(posixpath.join(self.facts.workdir, words[1]))
        name = source.rpartition("/")[2]
        if "." in name and words[0].strip("./"):  # a file, or files by a pattern
            if not set("*?[") & set(name):
                is_folder = words[1].endswith(("/", ".")) or words[1] == "."
                self.facts.files.append((posixpath.join(target, name) if is_folder else target, source, evidence))
            return
        self.facts.folders.append((target, "" if source == "." else source))


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


def _run(value: str, evidence: Evidence, facts: Dockerfile, packages: dict[str, Evidence]) -> None:
    """Takes a RUN's packages, and keeps it for the list of what is left over where it does something of its own."""
    plain = re.sub(r"--mount=\S+\s*|\\\n|\s+", lambda match: "" if match[0].startswith("--") else " ", value)
    for package in _apt_packages(plain):
        packages.setdefault(package, evidence)
    for requirement in _pip_requirements(plain):
        facts.requirements.setdefault(requirement, evidence)
    for match in PIP.finditer(plain):
        found = INDEX_OPTION.finditer(match[1])
        facts.indexes += [(one["url"].strip("\"'"), not one["extra"], evidence) for one in found]
    if APK.search(plain):
        facts.left.append(evidence)
        return
    left = False
    for step in (step.strip() for step in re.split(r"&&|;|\|\|", plain)):
        words = _words(step)
        if words and (made := _build_step(words)):
            facts.build_steps.append(made)
        elif step and not USUAL.match(step):
            left = True
    if left:
        facts.left.append(evidence)


def _apt_packages(line: str) -> Iterator[str]:
    for match in APT.finditer(line):
        for word in match[1].split():
            if re.fullmatch(r"[a-z0-9][a-z0-9+.-]+(?:=\S+)?", word):
                yield word.partition("=")[0]


def _pip_requirements(line: str) -> Iterator[str]:
    for match in PIP.finditer(line):
        for word in _words(match[1]):
            if REQUIREMENT.fullmatch(word) and word not in TOOLS:
                yield word


def _words(text: str) -> list[str]:
    """The words that are no option and no option's value; `-m` and `--no…`, which belong to build steps, stay."""
    try:
        words = shlex.split(text)
    except ValueError:
        return []
    return [
        word
        for before, word in pairwise(["", *words])
        if (not word.startswith("-") and before not in WITH_VALUE)
        or word == "-m"
        or (word.startswith("--no") and word != "--no-cache-dir")
    ]


def _build_step(words: list[str]) -> tuple[str, ...]:
    """A step that makes files by the project's own code, as the answer holds it; () for any other."""
    variables = list(takewhile(lambda word: re.match(r"[A-Za-z_]\w*=", word), words))
    rest = words[len(variables) :]
    if rest and rest[0].endswith("manage.py"):
        rest = ["python", rest[0].removeprefix("./"), *rest[1:]]
    if len(rest) < 2 or not PREPARES.fullmatch(rest[0]) or not MAKES_FILES.search(" ".join(rest)):  # noqa: PLR2004 a program and what it is told
        return ()
    return (*(("env", *variables) if variables else ()), *rest)
