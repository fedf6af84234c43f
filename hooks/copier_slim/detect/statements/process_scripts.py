"""The processes that scripts of the repository start: for an argument, in the background, or as what a file states."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements import processes
from copier_slim.detect.statements.commands import read_command

if TYPE_CHECKING:
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.statements.settled import Statements
    from copier_slim.detect.statements.start import Image, Start
    from copier_slim.detect.statements.stated import Said

SCRIPT = re.compile(r"(?:^|\s)(?:\S*\.sh|(?:ba)?sh \S+|\S*entrypoint\S*|[\w./-]*/[\w-]+)(?=\s|$)")
PLAIN = re.compile(r"[\w.,:=@%+/*\[\]${}-]+", re.ASCII)


def follow(statements: Statements, code: Code) -> None:
    """Puts what a script starts in the place of the script, for each process that is stated to run by one."""
    for item in statements.stated:
        for name, said in list(item.processes.items()):
            if SCRIPT.search(said.value) and (start := _script(said.value, code, said.evidence, item.image)):
                _name_steps(statements, name, start, said)
                item.processes[name] = replace(said, value=_line(start))
        once = item.release
        if once and SCRIPT.match(once.value) and (start := _script(once.value, code, once.evidence, item.image)):
            steps = [shlex.join(step) for step in (*start.before, *start.build)]
            item.release = replace(once, value=" && ".join([*steps, _line(start)]))


def beside(statements: Statements, start: Start) -> None:
    """Takes what the default process' script starts beside it as processes."""
    if not start.beside:
        return
    path = start.evidence.path
    place = start.evidence if start.evidence.line else Evidence(path, 0, "")
    stated = statements.of(path)
    for name, line in start.beside:
        processes.take(stated, name, line, place)
        if name in stated.processes:
            statements.notes.append(f"{place.place}: {line} becomes a process of its own")
    if stated.kind == "procfile" and not stated.text:
        statements.notes += [f"{path}: left out: {', '.join(names)} ({why})" for why, names in stated.left.items()]


def _script(command: str, code: Code, evidence: Evidence, image: Image) -> Start | None:
    """What a command that is a script of the repository's starts; None where it is none, or nothing is known of it."""
    named = {found[0].split()[-1].rpartition("/")[2] for found in SCRIPT.finditer(command)}
    if named.isdisjoint(path.rpartition("/")[2] for path in code.tree.files):
        return None
    start = read_command(command, code, evidence, image)
    return start if start and start.argv and (start.kept or not code.tree.has(start.argv[0])) else None


def _line(start: Start) -> str:
    variables = [
        f"{name}={value}"
        for name, value in start.set_here.items()
        if value and "$" not in value and name != "PYTHONPATH"
    ]
    words = [word if PLAIN.fullmatch(word) else shlex.quote(word) for word in (*variables, *start.front, *start.argv)]
    folder = start.workdir and not start.kept and f"cd {start.workdir} && "
    return f"{folder or ''}{' '.join(words)}"


def _name_steps(statements: Statements, name: str, start: Start, said: Said) -> None:
    steps = [" ".join(step) for step in (*start.before, *start.build)]
    if steps:
        statements.notes.append(f"{said.evidence.place}: {', '.join(steps)} does not run before {name}")
    statements.notes += [f"{said.evidence.place}: {left}" for left in start.left]
    if start.kept:
        statements.notes.append(
            f"{said.evidence.place}: {' '.join(start.argv)} is run as it is: {'; '.join(start.kept)}"
        )
