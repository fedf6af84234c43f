"""supervisord's configuration: a program in each section."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from copier_slim.detect.statements import processes
from copier_slim.detect.statements.compose import SERVES
from copier_slim.detect.statements.fields import walk
from copier_slim.detect.statements.stated import Said

if TYPE_CHECKING:
    from copier_slim.detect.statements.files import File
    from copier_slim.detect.statements.stated import Stated

PAIR = re.compile(r"(?<!\w)(\w{1,99}+)\s{0,9}+=\s{0,9}+(\"[^\"]*+\"|'[^']*+'|[^,\s]*+)")
EXPANDED = re.compile(r"%\(ENV_(\w+)\)s")


def read(file: File, stated: Stated) -> None:
    """Takes each program: the first server is the default process."""
    document: dict[str, Any] = {}
    for section, settings in file.document.items():
        kind, _, name = section.partition(":")
        plain = {key: found[-1] for key, found in settings.items()}
        if name:
            document.setdefault(kind, {})[name] = plain
        else:
            document[kind] = plain
    programs: dict[str, dict[str, str]] = document.get("program", {})
    known = {name: command for name, item in programs.items() if (command := _command(stated, item))}
    default = next((name for name, command in known.items() if SERVES.search(command)), "")
    for name, command in known.items():
        evidence = stated.place((name, "command"), command)
        if name == default:
            stated.commands.append(Said(command, evidence))
        else:
            processes.take(stated, name, command, evidence, f"program:{name}")
    for item in walk(document, file.kind):
        if item.answer == "environment":
            pairs = [(name, EXPANDED.sub(r"$\1", value.strip("\"'"))) for name, value in PAIR.findall(str(item.value))]
            stated.variables(pairs, stated.place(item.path), item.name)
        elif item.answer != "processes":
            stated.take(item)


def _command(stated: Stated, program: dict[str, str]) -> str:
    command = " ".join(EXPANDED.sub(r"$\1", program.get("command", "")).replace("%%", "%").split())
    folder = stated.image.folder(program.get("directory", "").rstrip("/"))
    return f"cd {folder} && {command}" if command and folder.strip("./") and not folder.startswith("/") else command
