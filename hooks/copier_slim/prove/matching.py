"""Which kinds of failure an observation shows, by the catalog's rows, each with the line of the log that shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from msgspec import structs

from copier_slim import catalog
from copier_slim.lock.failures import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.catalog import Failure
    from copier_slim.prove.changes import Project
    from copier_slim.prove.observation import Observation

LONGEST_LOG = 100_000
LONGEST_LINE = 200
MOST_PLACES = 10
RAISED = re.compile(r"(?:[\w.]+\.)?\w*(?:Error|Exception|Fault|Exit|Interrupt)\b(?:: |$)")
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True, slots=True)
class Found:
    """A row that fits: its name, the groups of its expression, and the line of the log, or what was seen instead."""

    name: str
    row: Failure
    observation: Observation
    evidence: str
    groups: dict[str, str] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """What the row's expression is about: the first of its groups that has something, the evidence aside."""
        return next((value for name, value in self.groups.items() if name != "evidence"), "")

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same failure as another."""
        return self.name, self.word or self.evidence

    def used(self, text: str = "") -> str | None:
        """The value of `uses` whose expression is found in a text, or else in what it is about, or the evidence."""
        text = text or self.word or self.evidence
        return next((value for key, value in self.row.uses.items() if re.search(key, text)), None)

    def told(self, text: str) -> str:
        """A row's sentence with its groups filled in."""
        known = {name: value for name, value in self.groups.items() if value}
        first = dict.fromkeys(re.findall(r"\{(\w+)\}", text), self.word or "it")
        values = {**first, "evidence": cut(self.evidence, 80), **known, "seconds": f"{self.observation.seconds:.0f}"}
        return re.sub(r"\{(\w+)\}", lambda name: cut(values[name[1]], 80), text)


def matches(observation: Observation) -> Iterator[Found]:
    """All rows that fit, in the catalog's order."""
    log = COLOUR.sub("", observation.log)[-LONGEST_LOG:]
    for name, row in catalog.failures().items():
        if observation.state not in row.at or (row.unless and re.search(row.unless, log, re.MULTILINE)):
            continue
        if not row.log:
            yield Found(name, row, observation, seen(observation))
        else:
            yield from _latest_first(name, row, observation, log)


def _latest_first(name: str, row: Failure, observation: Observation, log: str) -> Iterator[Found]:
    """Each thing that a row's expression is found to be about, by the last line that says so."""
    known: set[tuple[str, str]] = set()
    for place in reversed(list(re.finditer(row.log, log, re.MULTILINE))):
        found = _found(name, row, observation, place, log)
        if found.key not in known:
            known.add(found.key)
            yield found
        if len(known) == MOST_PLACES:
            return


def _found(name: str, row: Failure, observation: Observation, place: re.Match[str], log: str) -> Found:
    start, end = place.span("evidence") if place.groupdict().get("evidence") else place.span()
    begin = log.rfind("\n", 0, start) + 1
    line = log[begin : log.find("\n", end)] if "\n" in log[end:] else log[begin:]
    line = " ".join(line.split())
    evidence = line if len(line) <= LONGEST_LINE else " ".join(log[start:end].split())
    groups = {key: value for key, value in place.groupdict().items() if value}
    return Found(name, row, observation, cut(evidence, LONGEST_LINE), groups)


def with_variables(found: Found, project: Project) -> Found:
    """A failure that no answer mends, with the names of the variables by which the code is told of what is missing.

    Where a command of the project's own does what is missing, that is told, and to be run by whoever starts it.
    """
    command = project.sources.sets_up(project.text("app")) if found.row.by_hand else ""
    if command:
        by_hand = structs.replace(found.row, needs=found.row.by_hand, blame="outside")
        return replace(found, row=by_hand, groups={**found.groups, "command": command})
    if found.row.mend or not found.row.uses:
        return found
    pattern = found.used(f"{found.word} {found.evidence}")
    names = project.sources.read(pattern) if pattern else []
    said = " and ".join(names[:2]) if names else "its variable"
    return replace(found, groups={"service": found.word or "its database", **found.groups, "variable": said})


def seen(observation: Observation) -> str:
    """What was seen where no line of a log says it."""
    if observation.written:
        return observation.shown()
    if observation.answers and not observation.raised and observation.state in {"refused", "not-found", "error"}:
        return ", ".join(f"{path} {status}" for path, status in observation.answers.items())
    if observation.listening:
        return f"it listens on {', '.join(observation.listening)}"
    return last_line(observation.log) or observation.shown()


def last_line(log: str) -> str:
    """The last line of a log that names an error, else the last that says something, without colours."""
    lines = [" ".join(line.split()) for line in reversed(COLOUR.sub("", log[-LONGEST_LOG:]).splitlines())]
    raised = next(filter(RAISED.match, lines), "")
    return cut(raised or next(filter(None, lines), ""), LONGEST_LINE)
