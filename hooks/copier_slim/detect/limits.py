"""What the project states of its processes' memory, and of the time that they take to start and to stop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.statements import values
from copier_slim.detect.statements.options import parse
from copier_slim.detect.statements.stated import DEFAULT_PROCESS, START, Said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.detect.entry import Entry
    from copier_slim.detect.findings import Findings
    from copier_slim.detect.statements.settled import Statements

LEAST = 10  # seconds, what `docker stop` gives a container that states nothing
SPARE = 2  # seconds in which a server ends behind the last request
ORDER = ("memory", "grace", "start")


def answer(findings: Findings, found: Entry, statements: Statements, beside: Iterable[str]) -> None:
    """Adds the limits of the default process and of those `beside` it.

    A server that is stated to give its requests more time than a container has gets that time, and the other way round;
    one that waits long for a worker is stated to do so for an app that takes long to load.
    """
    limits = statements.limits((DEFAULT_PROCESS, *beside))
    command, options = str(findings.value("command", "")), _graceful(found.server)
    by_command = re.search(rf"(?:^| )(?:{options})[= ](\d{{1,4}})(?= |$)", command) if options else None
    grace = limits.get(DEFAULT_PROCESS, {}).get("grace")
    if by_command and found.stated_at and _is_stated(statements, options):
        if not grace and int(by_command[1]) + SPARE > LEAST:
            said = Said(str(int(by_command[1]) + SPARE), found.stated_at)
            limits.setdefault(DEFAULT_PROCESS, {})["grace"] = said
    elif by_command and found.stated_at and grace and int(grace.value) > LEAST:
        seconds = f"{by_command[0][: -len(by_command[1])]}{int(grace.value) - SPARE}"
        findings.add("command", command.replace(by_command[0], seconds, 1), found.stated_at)
        findings.note(f"{grace.evidence.place}: requests in flight get {seconds.strip()}, by what the container gets")
    if (loading := _loading(found, findings)) and found.stated_at:
        limits.setdefault(DEFAULT_PROCESS, {}).setdefault("start", Said(str(loading), found.stated_at))
    if limits:
        lines = (
            f"{name}: {' '.join(f'{word}={words[word].value}' for word in ORDER if word in words)}"
            for name, words in limits.items()
        )
        evidence = (said.evidence for words in limits.values() for said in words.values())
        findings.add("limits", "\n".join(lines), *dict.fromkeys(evidence))


def _loading(found: Entry, findings: Findings) -> int:
    """Seconds in which a worker has to have loaded the app by the server's words, 0 for no more than by default."""
    program = catalog.commands().programs.get(found.server)
    if program is None:
        return 0
    variables = dict(line.partition("=")[::2] for line in str(findings.value("environment", "")).splitlines())
    words = f"{variables.get(program.variable, '')} {findings.value('command', '')}".split()
    times = [item.value or "" for item in parse(words, program) if program.role_of.get(item.name) == "start"]
    seconds = int(values.seconds(times[-1]) or 0) if times else 0
    return seconds if seconds > START else 0


def _graceful(server: str) -> str:
    """The options by which a server is told how long requests in flight may take, as a pattern; "" for none."""
    program = catalog.commands().programs.get(server)
    options = [name for name, role in program.role_of.items() if role == "grace"] if program else []
    return "|".join(map(re.escape, options))


def _is_stated(statements: Statements, options: str) -> bool:
    return bool(statements.chosen and re.search(rf"(?:^|\s)(?:{options})(?=[= ])", statements.chosen.value))
