"""Which steps of an existing Dockerfile's RUN lines the build runs as they are: commands that touch the code alone."""

from __future__ import annotations

import re
import shlex
from itertools import takewhile
from typing import TYPE_CHECKING

from copier_slim.detect import fetched
from copier_slim.detect.statements import processes
from copier_slim.detect.statements.commands import SHELLS
from copier_slim.detect.statements.copied_files import SYSTEM
from copier_slim.detect.statements.shell import ASSIGNMENT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.statements.run_lines import Step
    from copier_slim.detect.statements.start import Image

PLAIN = re.compile(r"[A-Za-z0-9_.,:=@%+/-]+")
PYTHON = re.compile(r"(?:/[\w./-]{1,100}/)?python[\d.]{0,5}")
# Programs of the project's packages that are called otherwise than these
PROGRAMS = {"flask", "django-admin", "pybabel", "alembic", "mkdocs", "sphinx-build"}
# Of Debian's own, those that change files
FILES = {"cp", "mv", "ln", "tar", "gzip", "gunzip"}
ARCHIVE = re.compile(r"\.(?:t?(?:gz|bz2|xz)|tar|zst)\Z")
# What a script of the repository has for the system rather than for the code
FOR_THE_SYSTEM = re.compile(r"\b(?:apt(?:-get)?|apk|pip3?|poetry|uv|npm|yarn|pnpm|adduser|useradd|curl|wget)\b")
# The pattern `system` of questions/patterns.jinja, and homes
NO_DATA = re.compile(
    r"/(?:(?:app|bin|boot|dev|etc|home|lib|lib32|lib64|opt|proc|root|run|sbin|sys|tmp|usr)/|var/(?:[a-z]+/)?$|$)"
)
INSTALLS = re.compile(r"setup\.py (?:install|develop|sdist|bdist_wheel)|-m (?:pip|venv|ensurepip|unittest|pytest)\b")


def carried(facts: Dockerfile, code: Code, names: Collection[str] = ()) -> Iterator[tuple[str, ...]]:
    """The steps in their order, as the answer `build_commands` has them; the others are noted, with why.

    `names` are the distributions of the project: what fetches their data is no step.
    """
    image = facts.image
    made = False  # what an earlier step may have left for this one
    left: set[Evidence] = set()  # RUN lines of which a step is left out
    for step in facts.steps:
        if fetched.fetches(step.text, names):
            continue
        if step.words:
            made = True
            yield step.words
            continue
        words, why = _read(step, step.image or image, code)
        if not made or step.evidence in left:
            why = why or _lacks(words, code)
        if why:
            left.add(step.evidence)
            code.tree.note(f"not carried over from {step.evidence.place}: RUN {step.text} ({why})")
        else:
            made = True
            yield words


def _lacks(words: tuple[str, ...], code: Code) -> str:
    """That it takes files which the repository does not have, as another step fetched them; "" where it has them."""
    program, *rest = words
    if program in {"cp", "mv"}:
        rest = rest[:-1]
    elif program == "tar" and any("x" in word for word in rest[:1]):
        rest = [word for word in rest if ARCHIVE.search(word)]
    elif program not in FILES - {"ln"}:
        return ""
    for path in (word.removeprefix("./").rstrip("/") for word in rest if not word.startswith("-")):
        there = path in {"", "."} or any(file == path or file.startswith(f"{path}/") for file in code.tree.files)
        if not there:
            return f"{path} is not in the repository"
    return ""


def owned(facts: Dockerfile | None) -> dict[str, Evidence]:
    """The directories that the app's user was given, as the answer `writable_paths` has them: those of data alone."""
    if facts is None:
        return {}
    found: dict[str, Evidence] = {}
    image = facts.image
    for path, evidence in facts.owned.items():
        mapped = image.folder(path)
        is_data = not NO_DATA.match(f"{mapped}/") if mapped.startswith("/") else mapped not in ("", ".")
        if is_data and PLAIN.fullmatch(mapped):
            found[mapped] = evidence
    return found


def _read(step: Step, image: Image, code: Code) -> tuple[tuple[str, ...], str]:
    """A step's words as they run where the code is, or why they do not."""
    if not step.alone:
        return (), "it needs a shell"
    try:
        words = [_moved(word, image) for word in shlex.split(step.text)]
    except ValueError:
        return (), "its quotes do not match"
    if not all(map(PLAIN.fullmatch, words)):
        return (), "it needs a shell"
    variables = list(takewhile(ASSIGNMENT.match, words))
    rest = words[len(variables) :]
    if rest and PYTHON.fullmatch(rest[0]):
        rest[0] = "python"
    if not rest or image.folder(step.workdir) not in ("", ".", step.workdir):
        return (), "it runs in another directory"
    line = " ".join(rest)
    if processes.runs_once(line) or processes.DEVELOPS.search(line):
        return (), "it is for a release or for development"
    if why := _why_not(rest, code):
        return (), why
    return (*(("env", *variables) if variables else ()), *rest), ""


def _moved(word: str, image: Image) -> str:
    """A word with the image's directory of the code taken off."""
    option, equals, path = word.partition("=") if word.startswith("-") else ("", "", word)
    mapped = path.startswith("/") and not SYSTEM.match(f"{path}/")
    return f"{option}{equals}{image.folder(path)}" if mapped else word


def _why_not(words: list[str], code: Code) -> str:
    """Why a command is not the code's own; "" where it is."""
    program, *rest = words
    line = " ".join(words)
    if INSTALLS.search(line):
        return "the template installs in its own way"
    outside = [word for word in words if word.startswith("/") or "/../" in f"/{word}/"]
    if program == "python":
        named = rest[1] if rest[:1] == ["-m"] and len(rest) > 1 else next(iter(rest), "")
        if not named or (rest[0] != "-m" and not code.tree.has(named.removeprefix("./"))):
            return "it runs nothing of the repository's"
    elif script := _script(words, code):
        if FOR_THE_SYSTEM.search(code.tree.text(script) or ""):
            return f"{script} installs something"
    elif program == "make":
        if not any(map(code.tree.has, ("Makefile", "makefile", "GNUmakefile"))):
            return "there is no Makefile"
    elif program not in PROGRAMS | FILES and not (code.is_installed(program) and not program.startswith("-")):
        return "its program is none of the project's"
    return f"it changes {outside[0]}, which is outside the code" if outside else ""


def _script(words: list[str], code: Code) -> str:
    """The script of the repository that is run, "" for none."""
    named = next((word for word in words[1:] if not word.startswith("-")), "") if words[0] in SHELLS else words[0]
    path = named.removeprefix("./")
    return path if code.tree.has(path) and ("/" in named or words[0] in SHELLS) else ""
