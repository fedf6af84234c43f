"""The system packages that a Dockerfile installs, all that come along with them, and their versions of today."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.engine import builds, docker, stages
from copier_slim.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 300  # seconds for a package manager to fetch its lists
INSTALLS = re.compile(
    r"(?P<manager>apt-get|apk|microdnf|dnf) (?:install|add)(?P<words>(?:\s+(?!&&)[^\s;&|]+)+)", re.IGNORECASE
)
KINDS = {"apt-get": "apt", "microdnf": "dnf"}
# What each would install, as it says itself
SIMULATED = {
    "apt": (
        "apt-get update >&2 && apt-get install --simulate --yes --no-install-recommends {names}",
        re.compile(r"^Inst (?P<name>\S+) (?:\[\S+\] )?\((?P<version>\S+)", re.MULTILINE),
    ),
    "apk": (
        "apk add --no-cache --simulate {names}",
        re.compile(r"^\(\d+/\d+\) Installing (?P<name>\S+) \((?P<version>[^)]+)\)", re.MULTILINE),
    ),
}


def find(dockerfile: str, notes: list[str]) -> Iterator[tuple[str, str, str]]:
    """Each package as apt, apk or dnf, its name and its version; "" where nothing tells it, which `notes` then says."""
    found = stages.read(dockerfile)
    asked: dict[tuple[str, str], set[str]] = {}
    for stage in found:
        image = stages.chain(stage, found)[0].base
        for instruction, value, _ in stage.instructions:
            for install in INSTALLS.finditer(value) if instruction == "RUN" else ():
                kind = KINDS.get(install["manager"], install["manager"])
                names = {word for word in install["words"].split() if not word.startswith(("-", "\\"))}
                asked.setdefault((image, kind), set()).update(names)
    for (image, kind), names in asked.items():
        versions, why = _versions(image, kind, sorted(names))
        yield from ((kind, name, version) for name, version in versions.items())
        if why:
            notes.append(f"{kind} packages without a version, and without what comes along with them: {why}")


def _versions(image: str, kind: str, names: list[str]) -> tuple[dict[str, str], str]:
    nothing = dict.fromkeys(names, "")
    if kind not in SIMULATED:
        return nothing, f"{kind} is not asked"
    if not builds.answers():
        return nothing, "no engine answers"
    command, line = SIMULATED[kind]
    words = ["run", "--rm", "--user", "0", "--entrypoint", "/bin/sh"]
    through = builds.proxies()
    for name in through:  # without their values, as in a build
        words += ["--env", name]
    try:
        said = docker.call(*words, image, "-c", command.format(names=" ".join(names)), timeout=PATIENCE, more=through)
    except ToolError as error:
        return nothing, str(error)
    return {match["name"]: match["version"] for match in line.finditer(said)} or nothing, ""
