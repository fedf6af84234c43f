"""The move to another source of dependencies: the answers that go with it, and what the two do not have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim.detect.child_process import look
from copier_slim.detect.tree import Tree
from copier_slim.errors import InputError
from copier_slim.lock import freshness
from copier_slim.lock.lockfile import parsed
from copier_slim.lock.own_lock import own_lock
from copier_slim.rendering.source import support_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from packaging.requirements import Requirement
    from rich.console import Console

ANSWER = "dependency_source"
INPUTS = "requirements.in"
# What else is answered by the source
FOLLOWING = ("dependencies", "dependency_groups", "workspace_member", "workspace_files", "provided", "local_packages")
LISTED = ("system_packages", "build_packages")


def answers(destination: Path, recorded: Mapping[str, Any], given: Mapping[str, Any], out: Console) -> dict[str, Any]:
    """The answers that follow from `given`, where these move the dependencies to another source; else {}.

    What requirements.in lists beside the project's own list stays there, and each difference is told.
    Raises InputError where the new source is not there, or cannot be read.
    """
    before = str(recorded.get(ANSWER) or INPUTS)
    source = str(given.get(ANSWER) or before)
    row = catalog.sources().get(source)
    if source == before or row is None:
        return {}
    for name in filter(None, (row.states, row.lock)) if source != INPUTS else ():
        if not (destination / name).is_file():
            raise InputError(f"{destination} has no {name}; run: {row.mend}" if row.mend else f"there is no {name}")
    said = {name: recorded[name] for name in ("base", "debian_suite", "app", "framework") if recorded.get(name)}
    found = look(
        destination, online=False, given={**said, **given, ANSWER: source}, hidden={"Dockerfile", *support_files()}
    )
    moved = {name: found.findings.value(name, "") for name in FOLLOWING}
    for name in LISTED:
        lines = [*str(recorded.get(name) or "").split(), *str(found.findings.value(name, "")).split()]
        moved[name] = "\n".join(dict.fromkeys(lines))
    if source != INPUTS:
        listed = str(recorded.get("dependencies") or "")
        asked = _asked(destination, {**recorded, **given, **moved, ANSWER: source})
        moved["dependencies"] = _kept(listed, asked, set(found.locked), row.states, out)
    return {name: value for name, value in moved.items() if name not in given}


def out_of_use(staging: Path, recorded: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """The lock that a move to the project's own takes out of use, where git has it."""
    row = catalog.sources().get(str(given.get(ANSWER) or ""))
    moved = row is not None and row.lock is not None and str(recorded.get(ANSWER) or INPUTS) != given[ANSWER]
    return ["requirements.txt"] if moved and (staging / "requirements.txt").is_file() else []


def _asked(destination: Path, answered: Mapping[str, Any]) -> list[Requirement]:
    tree = Tree(destination, hidden={INPUTS, "requirements.txt"})
    own = own_lock(destination, answered)
    return own.requirements(tree) if own else freshness.asked(tree, answered)


def _kept(listed: str, asked: list[Requirement], locked: set[str], states: str, out: Console) -> str:
    """Of the lines of requirements.in those that the project's own list does not have."""
    stated: dict[str, list[Requirement]] = {}
    for one in asked:
        stated.setdefault(canonicalize_name(one.name), []).append(one)
    kept = []
    for line in listed.splitlines():
        for one in parsed([line]):
            name = canonicalize_name(one.name)
            if name not in stated and name not in locked:
                kept.append(line)
                out.print(f"note: {one} stays in requirements.in: {states} does not have it")
            elif name in stated and all(str(other.specifier) != str(one.specifier) for other in stated[name]):
                now = ", ".join(map(str, stated[name]))
                out.print(f"note: requirements.in asked for {one}, and {states} asks for {now}, which counts")
            elif name not in stated:
                out.print(f"note: requirements.in asked for {one}, which is in the lock, but not in {states}")
    return "\n".join(kept)
