"""The project's side of a lock: its Dockerfile's lock stage, its answers, reading and writing its files."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copier_slim.engine import stages
from copier_slim.errors import InputError
from copier_slim.lock import certificates
from copier_slim.printable import shell_word
from copier_slim.reading import formats, text_files
from copier_slim.rendering.copier import ANSWERS_FILE
from copier_slim.worktree import journal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from copier_slim.engine.stages import Stage

ASKED = "requirements.in"
LOCKED = "requirements.txt"
LOCK_STAGE = re.compile(r"^FROM\s.*\bAS\s+lock\s*$", re.IGNORECASE | re.MULTILINE)
# A mount of the context
CONTEXT_MOUNT = re.compile(r"(?<!\S)--mount=(?=\S*type=bind)(?!\S*from=)", re.IGNORECASE)
COMPILE_COMMAND = re.compile(r'^ENV (?:UV_)?CUSTOM_COMPILE_COMMAND="(?P<command>.+)"$', re.MULTILINE)
LOCK_STAGE_COPIES = frozenset({ASKED, LOCKED, "requirements.tx[t]", "pyproject.toml"})
INDEXES = "container/indexes.py"
TOOL = "container/package_tool.txt"
APT = ("container/apt.conf", "container/debian.sources")


def dockerfile_of(project: Path, states: Path | None = None) -> str:
    """The text of the Dockerfile; raises InputError where it, its lock stage or what it compiles is missing.

    `states` is the directory with the files in which the project states its dependencies, where it is another one.
    """
    text = read_text(project / "Dockerfile", needs_utf8="Docker")
    if text is None:
        raise InputError(f"{project} has no Dockerfile; run copier-slim copy first")
    stage = LOCK_STAGE.search(text)
    if not stage:
        raise InputError(f"{project / 'Dockerfile'} has no lock stage; run copier-slim copy first")
    for name in compiled_files(answers_of(project)) or [ASKED]:
        place = project if name == ASKED or (project / name).is_file() else states or project
        if not (place / name).is_file() and (name != ASKED or f" {ASKED} " in text[: stage.start()]):
            raise InputError(f"{place} has no {name}; run copier-slim copy first")
    return text


def compiled_files(answers: Mapping[str, Any]) -> list[str]:
    """What the lock is compiled from: beside pyproject.toml, requirements.in has what the image adds, if anything."""
    source = str(answers.get("dependency_source") or ASKED)
    return [ASKED] if source == ASKED else [source, ASKED]


def copies_more(dockerfile: str, known: Collection[str] = ()) -> bool:
    """Whether the lock stage sees more of the project than the template's does, because someone made it so.

    `known` are the files of the answers workspace_files and certificates.
    """
    for stage in _of_lock(stages.read(dockerfile)):
        for instruction, value, _ in stage.instructions:
            if instruction == "RUN":
                for name in (INDEXES, TOOL, certificates.SCRIPT, *APT, *known):
                    value = value.replace(f"--mount=type=bind,source={name},", "")  # noqa: PLW2901 what is left of it
                if CONTEXT_MOUNT.search(value):
                    return True
            elif instruction in {"COPY", "ADD"} and not stages.taken_from(value):
                sources = [word for word in value.split() if not word.startswith("--")][:-1]
                if any(source.removeprefix("./") not in {*LOCK_STAGE_COPIES, *known} for source in sources):
                    return True
    return False


def _of_lock(found: list[Stage]) -> list[Stage]:
    """The stages that the lock stage is built on, and takes something from; all of them where none is called so."""
    seen: list[Stage] = []
    todo = [stage for stage in found if stage.name.lower() == "lock"]
    while todo:
        for stage in stages.chain(todo.pop(), found):
            if stage not in seen:
                seen.append(stage)
                sources = stage.sources
                todo += [other for other in found if other.name in sources]
    return seen or found


def compile_command(dockerfile: str) -> str:
    """What the head of the lock says it is made by; "" where the Dockerfile does not say."""
    found = COMPILE_COMMAND.search(dockerfile)
    return found["command"].replace("\\$", "$") if found else ""


def answers_of(project: Path) -> dict[str, Any]:
    """What was answered, {} where there is no answers file; raises InputError where it cannot be read."""
    path = project / ANSWERS_FILE
    try:
        answers = formats.yaml(read_text(path, needs_utf8="Copier") or "{}")
    except formats.BrokenError as error:
        raise InputError(f"{path} is not valid YAML; restore it from git") from error
    return answers if isinstance(answers, dict) else {}


def copy_inputs(project: Path, context: Path, states: Path | None = None) -> None:
    """Copies what the lock stage sees of the project, and of `states`, as above, what it does not have itself.

    Raises InputError where something cannot be read.
    """
    answers = answers_of(project)
    emitted = ["Dockerfile", ASKED, LOCKED, INDEXES, TOOL, certificates.SCRIPT, *APT]
    own = [name for name in compiled_files(answers) if name != ASKED]
    own += named_files(answers)
    copy_files(states or project, own, context)
    copy_files(project, [*emitted, *own], context)


def named_files(answers: Mapping[str, Any]) -> list[str]:
    """The further files of the project that the answers name for its stages: those read to lock, and certificates."""
    return [*str(answers.get("workspace_files") or "").split(), *certificates.files_of(answers)]


def copy_files(project: Path, names: Iterable[str], context: Path) -> None:
    """Copies those of the named files that are there; raises InputError where one cannot be read."""
    for name in names:
        if not (project / name).exists():  # no lock yet
            continue
        try:
            (context / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(project / name, context / name)
        except OSError as error:
            raise InputError(f"{project / name} cannot be read: {error.strerror}; fix that, then lock again") from error


def read_text(path: Path, needs_utf8: str = "") -> str | None:
    """The text of a file, None where there is none; raises InputError where it cannot be read.

    `needs_utf8` is a tool that reads the file too, and knows no other Unicode.
    """
    try:
        content = text_files.content(path, text_files.LARGEST_LOCK)
        if needs_utf8 and (encoding := text_files.wide(content)):
            raise InputError(f"{path} is {encoding}, which {needs_utf8} does not read; save it as UTF-8")
        return text_files.decode(content)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; fix that, then lock again") from error


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all, with the mode that it had; raises InputError where it cannot be written."""
    journal.write_text(path, text, "fix that, then lock again")


def lock_command(project: Path) -> str:
    """What the user runs to lock this project."""
    here = project.resolve() == Path.cwd()
    return "copier-slim lock" if here else f"copier-slim lock {shell_word(project)}"
