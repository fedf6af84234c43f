"""What Buildah writes while it builds for Podman: the steps, which of them came from the cache, and how one failed.

Its lines are those of https://github.com/containers/buildah/tree/main/imagebuildah, 1.33 to 1.43.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

STEP = re.compile(r"^(?:\[(?P<number>\d+)/\d+\] )?STEP \d+/\d+: (?P<what>.+)$", re.MULTILINE)
NAME = re.compile(r"FROM .+ AS (?P<name>\S+)$", re.IGNORECASE)
PULL = re.compile(r"Trying to pull (?P<image>\S+?)\.\.\.$")
RUN = re.compile(r"RUN (?:--\S+ +)*(?P<command>.+)")
FAILED = re.compile(
    r'^Error: building at STEP "(?P<step>RUN .*?)": while running runtime: exit status (?P<code>\d+)$',
    re.MULTILINE | re.DOTALL,
)
NO_SECRET = re.compile(r'secret required but no secret with id "(?P<name>\w+)" found')
NO_AGENT = re.compile(r"SSH_AUTH_SOCK not set in environment")
NO_TARGET = re.compile(r'^Error: (?P<why>the target "[^"]+" was not found in the provided Dockerfile)', re.MULTILINE)
UNREADABLE = re.compile(
    r"^Error: (?P<why>(?:reading multiple stages|parsing|.{0,200}Unknown instruction).*)$", re.MULTILINE
)
NOT_PULLED = re.compile(
    r"^Error: creating build container: (?:(?!docker://|initializing source ).)*+"
    r"(?:docker://|initializing source )(?P<image>\S++) (?P<why>.+)$",
    re.MULTILINE,
)
NO_IDS = re.compile(r"insufficient UIDs or GIDs available|no subuid ranges found|cannot find mappings for user")
ADD_IDS = (
    "Podman has no subordinate ids for this user; add a range: sudo usermod --add-subuids 100000-165535"
    " --add-subgids 100000-165535 $USER; podman system migrate"
)
NO_PRIVILEGES = re.compile(
    r"^(?P<why>(?=.*?(?:clone|namespace|newuidmap|unshare|mount|setns|fuse))"
    r".*?(?:operation not permitted|permission denied).*)$",
    re.MULTILINE | re.IGNORECASE,
)
# The first that has it: https://github.com/containers/buildah/blob/main/CHANGELOG.md. From 1.33 on there are
# here-documents, but up to 1.35 .dockerignore may keep one out
NEEDS = (
    (
        "COPY --link",
        re.compile(r"^[ \t]*(?:COPY|ADD)[ \t](?:[^\n]*[ \t])?--link\b", re.MULTILINE | re.IGNORECASE),
        (1, 41),
    ),
    (
        "here-documents",
        re.compile(r"^[ \t]*(?:COPY|ADD|RUN)[ \t][^\n]*<<-?['\"]?\w", re.MULTILINE | re.IGNORECASE),
        (1, 36),
    ),
)


def lacks(version: tuple[int, ...], dockerfile: str) -> str:
    """What the Dockerfile has and a Buildah of this version does not know, with the one that does; "" where all is."""
    found = (f"{what}, which is in {'.'.join(map(str, first))}" for what, has, first in NEEDS
             if version and version < first and has.search(dockerfile))  # fmt: skip
    return next(found, "")


@dataclass
class Steps:
    """The steps that lines begin; the names of the stages by their numbers are kept from line to line."""

    names: dict[str, str] = field(default_factory=dict)

    def begun(self, line: str) -> tuple[str, str] | None:
        """The stage and the instruction that a line begins, or ("", "look up IMAGE"); None where it begins none."""
        if pulled := PULL.match(line):
            return "", f"look up {pulled['image']}"
        step = STEP.match(line)
        if not step:
            return None
        number, what = step["number"] or "1", " ".join(step["what"].split())
        if named := NAME.match(what):
            self.names[number] = named["name"]
        return None if what.startswith("FROM ") else (self.names.get(number, f"stage {number}"), what)


def commands_run(log: str) -> list[str]:
    """The commands of RUN that a build ran, and did not take from its cache."""
    ran: list[str] = []
    pending = ""
    for line in log.splitlines():
        if step := STEP.match(line):
            found = RUN.match(step["what"])
            ran += [pending] if pending else []
            pending = " ".join(found["command"].split()) if found else ""
        elif line.startswith("--> Using cache"):
            pending = ""
    return [*ran, pending] if pending else ran


def failed_command(log: str) -> tuple[str, str, int] | None:
    """The command of RUN that failed, what it wrote, and its exit code; None where none did."""
    if not (found := FAILED.search(log)):
        return None
    command = RUN.match(found["step"].replace('\\"', '"').replace("\n", " "))
    before = [step.end() for step in STEP.finditer(log, 0, found.start())]
    said = log[before[-1] if before else 0 : found.start()].strip("\n")
    return command["command"] if command else found["step"], said, int(found["code"])
