"""The RUN lines of an existing Dockerfile: their packages, and the steps that are the project's own, in order."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from copier_slim.detect.statements import system_data
from copier_slim.detect.statements.commands import MAKES_FILES, PREPARES, SHELLS
from copier_slim.detect.statements.shell import ASSIGNMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.statements.start import Image

APT = re.compile(r"\bapt(?:-get)?\s+(?:-\S+\s+){0,20}install\b([^&;|]*)")
# A file that names packages, as it is given to apt-get: cat FILE, -a FILE, < FILE
LISTED = re.compile(r"(?:\bcat |\b(?:xargs )?-a |< ?|\bgrep (?:\S+ )+?)(?P<path>[A-Za-z0-9_./-]+)(?=[ )|;&]|$)")
PIP = re.compile(
    r"\b(?:pip3?\s+install|pipenv\s+install|(?:uv|poetry|pdm)\s+add)\b((?:[^&;|'\"]|'[^']*+'|\"[^\"]*+\")*+)"
)
# What is no release of an index: an address, a file
ELSEWHERE = re.compile(r"\A(?:(?:git|hg|svn|bzr)\+|https?:|file:)|\S @ |\A(?!-)[^*$]*\.(?:whl|tar\.gz|zip)\Z")
TOOLS = {"pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "pdm", "pip-tools", "virtualenv", "install", "-m", "."}
INDEX_OPTION = re.compile(r"(?:^|\s)(?:-i|--(?P<extra>extra-)?index-url)[ =]+(?P<url>\S+)")
# Options of pip and other tools that take the word after them
WITH_VALUE = {
    "-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-t", "--target", "-f",
    "--find-links", "--trusted-host", "--prefix", "--root", "--python", "--group", "-G",
}  # fmt: skip
APK = re.compile(r"\bapk\s+(?:-\S+\s+){0,20}add\b([^&;|]*)")
# Steps that every image has in its own words: the template's stand for them
USUAL = re.compile(
    r"^(?:apt(?:-get)?|apk|pip3?|poetry|uv|pipenv|pdm|python3? -m (?:pip|venv|ensurepip)|rm|mkdir|chmod|chown"
    r"|addgroup|groupadd|adduser|useradd|usermod|ls|set|echo|cd|export|true|find|apt-mark|ln"
    r"|curl -\S+ https://(?:install\.python-poetry\.org|astral\.sh)|ldconfig|locale-gen|touch|env|dpkg-\S+)\b"
)
# What a shell decides, so that a part of the line alone says something else
DECIDES = re.compile(r"\|\||(?:^|[;&]\s*)(?:if|for|while|until|case|then|else|do|cd|pushd)\b|\(")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the project's own: its text, the words that the answer has where they are known, and where it runs.

    `alone` is whether it means the same without what stands around it; `image` is that of a stage of its own.
    """

    text: str
    words: tuple[str, ...]
    evidence: Evidence
    workdir: str
    alone: bool = True
    image: Image | None = None


def take(value: str, evidence: Evidence, facts: Dockerfile, packages: dict[str, Evidence]) -> None:
    """Takes a RUN's packages, its steps, and the directories that it gives to the app's user."""
    plain = _plain(value)
    for package in apt_packages(plain):
        packages.setdefault(package, evidence)
    if APT.search(plain):
        facts.listed |= dict.fromkeys(LISTED.findall(plain), evidence)
    system_data.take(plain, evidence, facts)
    _pip(plain, evidence, facts)
    if APK.search(plain):
        facts.left.append(evidence)
        return
    alone = not DECIDES.search(plain)
    for step in _simple(plain):
        for path in _owned(step):
            facts.owned.setdefault(path, evidence)
        if made := _build_step(_all_words(step)):
            facts.steps.append(Step(step, made, evidence, facts.workdir))
        elif step and not _is_usual(step):
            facts.steps.append(Step(step, (), evidence, facts.workdir, alone))


def _pip(line: str, evidence: Evidence, facts: Dockerfile) -> None:
    """Takes what is installed by name, and from which indexes; what comes from elsewhere is for a person."""
    for match in PIP.finditer(line):
        for word in _words(match[1]):
            requirement = _requirement(word) if word not in TOOLS else ""
            if requirement:
                facts.requirements.setdefault(requirement, evidence)
        facts.files_of_pip |= dict.fromkeys(_not_by_name(_all_words(match[1])), evidence)
        found = INDEX_OPTION.finditer(match[1])
        facts.indexes += [(one["url"].strip("\"'"), not one["extra"], evidence) for one in found]


def _plain(value: str) -> str:
    """A RUN's shell line, in either form, without the options of RUN itself."""
    line = re.sub(r"\\\n|\s+", " ", value).strip()
    line = re.sub(r"^(?:--(?:mount|network|security|device)=\S+\s+)+", "", line)
    try:
        words = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(words, list):
        return line
    told = [str(word) for word in words]
    is_shell = len(told) == 3 and told[0].rpartition("/")[2] in SHELLS and told[1].startswith("-")  # noqa: PLR2004 sh -c LINE
    return told[2] if is_shell else shlex.join(told)


def _is_usual(step: str) -> bool:
    """Whether the template does what a step does in its own way, or an answer has it already."""
    lists = APT.search(step) and LISTED.search(step)
    plain = re.sub(r"^\S*/bin/(?=pip|python|poetry|uv|pipenv|pdm)", "", step)
    return bool(lists or system_data.SYSTEM.search(step) or USUAL.match(plain))


def apt_packages(line: str) -> Iterator[str]:
    """The packages that a shell line installs."""
    for match in APT.finditer(line):
        for word in match[1].split():
            if re.fullmatch(r"[a-z0-9][a-z0-9+.-]+(?:=\S+)?", word):
                yield word.partition("=")[0]


def _requirement(word: str) -> str:
    """A requirement of releases of an index, as it is written in requirements.in; "" for what is none."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 only where there is a Dockerfile

    try:
        found = Requirement(word)
    except InvalidRequirement:
        return ""
    return "" if found.url else str(found)


def _not_by_name(words: list[str]) -> Iterator[str]:
    """What pip is told beside requirements by their names: -r FILE, an address, a file."""
    for before, word in pairwise(["", *words]):
        if before in ("-r", "--requirement"):
            yield f"-r {word}"
        elif before not in WITH_VALUE and ELSEWHERE.search(word):
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


def _all_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _build_step(words: list[str]) -> tuple[str, ...]:
    """A step that makes files by the project's own code, as the answer holds it; () for any other."""
    variables = list(takewhile(ASSIGNMENT.match, words))
    rest = words[len(variables) :]
    if rest and rest[0].endswith("manage.py"):
        rest = ["python", rest[0].removeprefix("./"), *rest[1:]]
    if len(rest) < 2 or not PREPARES.fullmatch(rest[0]) or not MAKES_FILES.search(" ".join(rest)):  # noqa: PLR2004 a program and what it is told
        return ()
    return (*(("env", *variables) if variables else ()), *rest)


def _simple(line: str) -> Iterator[str]:
    """The commands of a line, as they are between `;`, `&&` and `||` outside of quotes."""
    quote, start, at = "", 0, 0
    while at < len(line):
        mark = line[at]
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "\"'":
            quote = mark
        elif mark == ";" or line[at : at + 2] in ("&&", "||"):
            yield line[start:at].strip()
            at += mark != ";"
            start = at + 1
        at += 1
    yield line[start:].strip()


def _owned(step: str) -> list[str]:
    """The absolute paths that a chown names."""
    words = [word for word in step.split() if not word.startswith("-")]
    return [word.rstrip("/") for word in words[2:] if word.startswith("/")] if words[:1] == ["chown"] else []
