"""The build commands of platforms: what of them the image's build runs, and what the template does in its own way."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements import processes
from copier_slim.detect.statements.run_lines import USUAL
from copier_slim.detect.statements.stated import Said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.statements.settled import Statements

RUNS = re.compile(r"python|flask|django-admin|pybabel|[\w-]+\.py|make")
INSTALLS = re.compile(
    r"^(?:pip|poetry|uv|pdm|pipenv|python -m (?:pip|venv)|\.\.\.|source|\.|set|echo|cd|export|apt|apt-get)\b|^\.\.\.$"
)
SCRIPT = re.compile(r"(?:\./)?([\w./-]+\.sh)")
FRONT_END = {"npm", "yarn", "pnpm", "bun", "npx", "node"}
DEEPEST = 2  # scripts that run scripts
MOST_LINES = 100


def read(
    said: Said, code: Code, statements: Statements, depth: int = DEEPEST
) -> Iterator[tuple[tuple[str, ...], Evidence]]:
    """The steps of a build command that make files by the project's own code, with their place.

    Migrations become the release. A script of the repository is read as its lines; what can be neither is noted.
    """
    left = []
    for plain in processes.simple_commands(said.value):
        line = processes.plain(shlex.join(plain))
        if INSTALLS.match(line) or USUAL.match(line):
            continue
        script = SCRIPT.fullmatch(plain[-1] if plain[0] in ("sh", "bash") else plain[0])
        if script and depth and (text := code.tree.text(script[1])) is not None:
            for number, item in enumerate(text.split("\n")[:MOST_LINES], 1):
                if item.strip() and not item.lstrip().startswith("#"):
                    yield from read(Said(item, Evidence(script[1], number, item)), code, statements, depth - 1)
        elif processes.runs_once(line):
            _release(statements, Said(line, said.evidence))
        elif RUNS.fullmatch(plain[0].rpartition("/")[2]) or code.is_installed(plain[0]):
            yield tuple(shlex.split(line)), said.evidence
        else:
            left.append(line)
    if left:
        kind = " (front-end files)" if any(line.split()[0] in FRONT_END for line in left) else ""
        statements.notes.append(f"not carried over from {said.evidence.place}: {'; '.join(left)}{kind}")


def _release(statements: Statements, said: Said) -> None:
    first = next((item for item in statements.stated if item.release), None)
    if first is None and statements.stated:
        statements.stated[0].release = said
