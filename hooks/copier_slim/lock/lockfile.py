"""What a lock's text says: its pins, and what differs between two."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion

from copier_slim.console import a_few

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

PIN = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)\s*+(?:\[[^\]]*\])?\s*+(?:={2,3}\s*(?P<version>[^\s;\\]+)|@\s*(?P<url>\S+))"
)


@dataclass(frozen=True, slots=True)
class Change:
    """A package of which the lock names another version; None before it was added, None after it was dropped."""

    name: str
    before: str | None
    after: str | None


def requirements(text: str) -> set[str]:
    """The requirements with their hashes and markers, one line each, comments and order aside."""
    lines = re.sub(r"(?:^|(?<=\s))#.*", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    words = (line.split() for line in lines)
    return {" ".join([first, *sorted(rest)]) for first, *rest in filter(None, words)}


def pins(text: str) -> dict[str, str]:
    """The version, or the URL, of each package."""
    found = (PIN.match(line) for line in text.splitlines())
    return {normalized(pin["name"]): pin["version"] or pin["url"] for pin in found if pin}


def normalized(requirement: str) -> str:
    """The normalized name of the package that a requirement asks for, "" for a comment or an option."""
    found = re.match(r"\s*([A-Za-z0-9](?:[\w.-]*\w)?)", requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""


def parsed(lines: Iterable[str]) -> list[Requirement]:
    """The requirements among lines; comments, options, paths and what is none are left out."""
    found = []
    for line in lines:
        with suppress(InvalidRequirement):
            found.append(Requirement(re.sub(r"(?:^|\s)#.*", "", line).strip()))
    return found


def holds(requirement: Requirement, versions: Collection[str] | None) -> bool:
    """Whether one of the versions that a lock names of a package, None for nothing, is what a requirement asks for.

    "" is a version that the lock does not state, as of a URL. What is not PEP 440 is left to the tool.
    """
    if versions is None:
        return False
    return bool(requirement.url) or any(not one or _contains(requirement.specifier, one) for one in versions)


def _contains(specifier: SpecifierSet, version: str) -> bool:
    try:
        return specifier.contains(version, prereleases=True)
    except (InvalidVersion, InvalidSpecifier):
        return True


def changes_between(before: dict[str, str], after: dict[str, str]) -> list[Change]:
    """What differs, by name."""
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [Change(name, before.get(name), after.get(name)) for name in names]


def summary(changes: list[Change]) -> str:
    """Changes in a phrase: "adds redis 5.0.1, drops six, moves idna 3.4 to 3.6"."""
    said = [
        f"drops {change.name}" if not change.after
        else f"adds {change.name} {change.after}" if not change.before
        else f"moves {change.name} {change.before} to {change.after}"
        for change in changes
    ]  # fmt: skip
    return a_few(sorted(said))
