"""Services that have a file each: scripts of s6 and runit, and what each manifest of Kubernetes starts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.detect.statements import processes
from copier_slim.detect.statements.shell import SERVES, joined, split
from copier_slim.detect.statements.stated import DEFAULT_PROCESS, NOT_UNDERSTOOD, Said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.detect.statements.files import File
    from copier_slim.detect.statements.stated import Stated

# What s6 and runit put in front of a program, with what it is told: https://skarnet.org/software/s6/
IN_FRONT = re.compile(
    r"^(?:exec\s+|(?:s6-setuidgid|setuidgid|su-exec|gosu|chpst\s+-u)\s+\S{1,99}\s+|(?:/command/)?with-contenv\s+|nice\s+)+"
)
UNNAMED = re.compile(r"(?:[-_.](?:deployment|deploy|statefulset))?\.ya?ml$")
OWN = re.compile(r"(?:set|cd|umask|fdmove)\b")
EXPORT = re.compile(r"export\s+([A-Za-z_]\w{0,99})=(.*)")


def run_script(file: File, stated: Stated) -> None:
    """Takes what a service's script starts in the end; other steps of it are named."""
    text = re.sub(r"\\\n", " ", re.sub(r"(?m)^[ \t]*+#.*$", "", file.text))
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    folder = next((found[1] for line in lines if (found := re.match(r"cd\s+(\S{1,99})$", line))), "")
    last = IN_FRONT.sub("", lines[-1]) if lines else ""
    words = next(iter(split(last)), None)
    if words is None or not words.words:
        stated.leave("all of it", NOT_UNDERSTOOD)
        return
    command = re.sub(r"^fdmove\s+-c\s+2\s+1\s+", "", joined(words.words))
    place = stated.place((words.words[0],), command)
    stated.commands.append(Said(processes.inside(stated, processes.plain(command), folder), place))
    for line in lines[:-1]:
        if exported := EXPORT.fullmatch(line):
            stated.variables([(exported[1], exported[2].strip("\"'"))], stated.place((exported[1],)), "export")
        elif not OWN.match(line):
            stated.leave(line, "runs before it; say so by prestart or release")


def apart(found: Iterable[Stated]) -> None:
    """Makes what does not serve a process beside what does, or beside the first, where each has a file of its own."""
    stated = list(found)
    for kind in ("kubernetes", "run_script"):
        each = [item for item in stated if item.kind == kind and item.commands]
        serving = [item for item in each if item.port or any(SERVES.search(said.value) for said in item.commands)]
        for item in each:
            if item not in (serving or each[:1]):
                _beside(item)


def _beside(item: Stated) -> None:
    """Makes what a file starts a process by the file's name, or by its folder's."""
    *_, folder, file = ("", *item.path.split("/"))
    name = folder if item.kind == "run_script" else UNNAMED.sub("", file)
    for said in item.commands:
        line = processes.inside(item, processes.plain(said.value))
        taken = processes.take(item, name, line, said.evidence)
        if taken and DEFAULT_PROCESS in item.limits:
            item.limits[taken] = item.limits.pop(DEFAULT_PROCESS)
    item.commands = []
