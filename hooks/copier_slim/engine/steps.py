"""What a build is doing and how far it is, from the lines that it writes: its steps, of those in the Dockerfile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.engine import buildah, stages

if TYPE_CHECKING:
    from collections.abc import Collection

LONGEST_STEP = 60

# "#9 [linux/amd64 compile 3/4] RUN --mount=… pip-compile …"; the platform only where there are several
STEP = re.compile(r"#(?P<number>\d+) \[(?:[^\s/]+/\S+ )?(?P<stage>[^\s\]]+)(?: +\d+/\d+)?\] (?P<what>.+)")
EXPORT = re.compile(r"#\d+ (?P<what>exporting to [a-z ]+)")
# pip's line for each package that it resolves or installs, one that it comes back to included
PACKAGE = re.compile(r"(?:#(?P<number>\d+) [\d.]+)?\s*Collecting (?P<name>[A-Za-z0-9._-]+)")


class Progress:
    """One build of a Dockerfile's `target`, its last stage where that is None; `podman` says who writes the lines."""

    def __init__(self, dockerfile: str, target: str | None, *, podman: bool) -> None:
        self._podman = podman
        self._all = count(dockerfile, target)
        self._begun: set[tuple[str, str]] = set()
        self._running: dict[str, str] = {}  # steps by BuildKit's number
        self._packages: dict[str, set[str]] = {}
        self._of_buildah = buildah.Steps()
        self._said = ""

    def after(self, line: str) -> str | None:
        """What is to be said after a line, as "step 7 of 21, build: pip install …"; None where nothing is new."""
        step = self._package(line) or (self._buildah(line) if self._podman else self._buildkit(line))
        if not step or step == self._said:
            return None
        self._said = step
        return step

    def _buildkit(self, line: str) -> str | None:
        if found := EXPORT.match(line):
            return found["what"].strip()
        found = STEP.match(line)
        if not found:
            return None
        stage, what = found["stage"], " ".join(found["what"].split())
        if stage == "internal":
            return f"look up {what.rpartition(' ')[2]}" if what.startswith("load metadata") else None
        step = self._step(stage, what)
        self._running[found["number"]] = step
        return step

    def _buildah(self, line: str) -> str | None:
        begun = self._of_buildah.begun(line)
        if not begun:
            return None
        step = self._step(*begun)
        self._running = {"": step}  # one at a time
        self._packages = {}
        return step

    def _step(self, stage: str, what: str) -> str:
        if stage and what.partition(" ")[0] in stages.STEPS:
            self._begun.add((stage, what))
        if not self._all or not self._begun:
            return describe(stage, what)
        done = len(self._begun)
        return f"step {done} of {max(done, self._all)}, {describe(stage, what)}"

    def _package(self, line: str) -> str | None:
        found = PACKAGE.match(line)
        number = (found["number"] or "") if found else ""
        if not found or number not in self._running:
            return None
        packages = self._packages.setdefault(number, set())
        packages.add(found["name"])
        return with_packages(self._running[number], packages)


def with_packages(step: str, packages: Collection[str]) -> str:
    """A step, and how many packages it has come to."""
    return f"{step}, {len(packages)} package{'' if len(packages) == 1 else 's'}"


def describe(stage: str, what: str) -> str:
    """An instruction of a stage in a few words; without a stage, what the engine does for itself."""
    if not stage:
        return what
    if command := buildah.RUN.match(what):
        words = command["command"].split()
        options = [at for at, word in enumerate(words) if word.startswith("-")]
        # `pip install …` says it, its options do not; what begins with `[ -f x ]` is said as it is
        short = options and words[0].replace("-", "").isalnum()
        what = " ".join([*words[: options[0]], "…"]) if short else command["command"]
    return f"{stage}: {what if len(what) <= LONGEST_STEP else what[: LONGEST_STEP - 2].rstrip() + ' …'}"


def count(dockerfile: str, target: str | None) -> int:
    """The steps of a Dockerfile's stage and of all that it is made from; 0 where there is no such stage."""
    found = stages.read(dockerfile)
    names = {name.lower(): stage for at, stage in enumerate(found) for name in (stage.name, str(at)) if name}
    last = names.get(target.lower()) if target else next(reversed(found), None)
    needed: list[stages.Stage] = []
    left = [last] if last else []
    while left:
        stage = left.pop()
        if stage in needed:
            continue
        needed.append(stage)
        left += [names[name.lower()] for name in {stage.base, *stage.sources} if name.lower() in names]
    return sum(stage.steps for stage in needed)
