"""Crontabs: a job in each line, by five fields of time or a word that stands for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements import processes, script_text
from copier_slim.detect.statements.shell import joined, split
from copier_slim.detect.statements.stated import NOT_UNDERSTOOD

if TYPE_CHECKING:
    from copier_slim.detect.statements.files import File
    from copier_slim.detect.statements.stated import Stated

VARIABLE = re.compile(r"([A-Za-z_]\w*)\s*=\s*(.*)")
# The variables of cron itself
OF_CRON = {"HOME", "LOGNAME", "MAILFROM", "MAILTO", "PATH", "SHELL"}
# A crontab of the system has the user in front of the command
USER = re.compile(r"\A(?:root|app|www-data|nobody|\w{0,32}user)\s++(?=\S)")


def read(file: File, stated: Stated) -> None:
    """Takes each job as a schedule, without what cron does with what it prints; its variables are the environment."""
    for number, text in enumerate(file.text.split("\n"), 1):
        line = text.strip()
        if not line or line.startswith("#"):
            continue
        evidence = Evidence(file.path, number, line)
        job = processes.CRON.fullmatch(line)
        if job:
            command = _command(USER.sub("", job[2], count=1))
            processes.schedule(stated, _name(command), job[1], processes.inside(stated, command), evidence)
        elif variable := VARIABLE.fullmatch(line):
            _set(stated, variable[1], variable[2].strip("\"'"), evidence)
        else:
            stated.leave(f"line {number}", NOT_UNDERSTOOD)


def _set(stated: Stated, name: str, value: str, evidence: Evidence) -> None:
    if name in OF_CRON:
        stated.leave(name, "cron's own")
    else:
        stated.variables([(name, value)], evidence, "")


def _command(line: str) -> str:
    """A command as it runs in the image: from its working directory, and printing to its standard streams."""
    found: list[str] = []
    for simple in split(line.replace("\\%", "%")):
        if simple.words and simple.words[0] != "cd":
            words = joined(simple.words)
            found.append(f"{simple.joined_by} {words}" if found else words)
    return processes.plain(re.sub(r"(^|(?<=\s))/(?:usr/(?:local/)?)?bin/(?=\w)", "", " ".join(found)))


def _name(command: str) -> str:
    return script_text.named(re.split("&&|;", command)[-1].strip(), {}) or "job"
