"""supervisord's configuration: a program in each section."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.detect.statements import processes, supervised
from copier_slim.detect.statements.fields import Field, walk
from copier_slim.detect.statements.shell import SERVES
from copier_slim.detect.statements.stated import DEFAULT_PROCESS, Said

if TYPE_CHECKING:
    from copier_slim.detect.statements.files import File
    from copier_slim.detect.statements.stated import Stated

PAIR = re.compile(r"(?<!\w)(\w{1,99}+)\s{0,9}+=\s{0,9}+(\"[^\"]*+\"|'[^']*+'|[^,\s]*+)")


def read(file: File, stated: Stated) -> None:
    """Takes each program: the first server is the default process."""
    sections: dict[str, dict[str, str]] = {
        section: {key: found[-1] for key, found in settings.items()} for section, settings in file.document.items()
    }
    named: dict[str, dict[str, dict[str, str]]] = {}
    for section, settings in sections.items():
        kind, colon, name = section.partition(":")
        if colon:
            named.setdefault(kind, {})[name] = settings
    owners = _programs(stated, named.get("program", {}))
    for item in walk({section: item for section, item in sections.items() if ":" not in section} | named, file.kind):
        if item.answer == "environment":
            pairs = [(name, supervised.filled(value.strip("\"'"))) for name, value in PAIR.findall(str(item.value))]
            stated.variables(pairs, stated.place(item.path), item.name)
        elif len(item.path) == 1 and item.path[0] in named:
            for name in named[item.path[0]]:
                stated.leave(f"{item.path[0]}:{name}", item.why)
        elif item.answer != "processes":
            stated.owner = owners.get(item.path[1], "") if item.path[0] == "program" else DEFAULT_PROCESS
            path = (":".join(item.path[:2]), *item.path[2:]) if item.path[0] in named else item.path
            stated.take(Field(path, item.value, item.answer, item.why))


def _programs(stated: Stated, programs: dict[str, dict[str, str]]) -> dict[str, str]:
    """Takes what starts the programs; the process that each of them is then."""
    owners: dict[str, str] = {}
    known = {name: command for name, item in programs.items() if (command := _command(stated, name, item))}
    default = next((name for name, command in known.items() if SERVES.search(command)), "")
    for name, command in known.items():
        evidence = stated.place((name, "command"), command)
        if not supervised.is_started(programs[name]):
            stated.leave(f"program:{name}", "not started by itself")
        elif name == default:
            owners[name] = DEFAULT_PROCESS
            stated.commands.append(Said(command, evidence))
        else:
            owners[name] = processes.take(stated, name, command, evidence, f"program:{name}")
    return owners


def _command(stated: Stated, name: str, program: dict[str, str]) -> str:
    command = supervised.line(name, program)
    folder = stated.image.folder(program.get("directory", "").rstrip("/"))
    if folder.startswith("/"):
        stated.leave(f"program:{name}.directory", "the image does not have it")
    return f"cd {folder} && {command}" if command and folder.strip("./") and not folder.startswith("/") else command
