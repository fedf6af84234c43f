"""Whether a lock has what its source asks for, and requirements.in what the project does; offline, no resolver."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from copier_slim.detect import dependencies
from copier_slim.detect.dependencies import requirement as single
from copier_slim.detect.dependencies.collector import Collector, Local
from copier_slim.detect.dependencies.documents import table, tables, text, texts, toml
from copier_slim.detect.dependencies.groups import group_lines, groups_and_extras
from copier_slim.detect.dependencies.project import read_project
from copier_slim.detect.dependencies.requirements_txt import RequirementsReader
from copier_slim.detect.dependencies.sources import workspace_members
from copier_slim.detect.findings import Evidence
from copier_slim.detect.tree import Tree
from copier_slim.errors import InputError
from copier_slim.lock.lockfile import PIN, holds, normalized, parsed
from copier_slim.lock.own_lock import own_lock
from copier_slim.lock.project import ASKED, LOCKED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from packaging.requirements import Requirement

PYPROJECT = "pyproject.toml"
PROJECTS = (PYPROJECT, "setup.cfg", "setup.py")


@dataclass(frozen=True, slots=True)
class Parted:
    """A requirement that the file `lacks_in` has not, or not so; `has` is what that file says of it, "" for nothing."""

    requirement: str
    lacks_in: str
    has: str
    mend: str
    evidence: Evidence


def parted(project: Path, answers: Mapping[str, Any]) -> list[Parted]:
    """What the lock lacks of what its source, the answer `dependency_source`, asks for in the image's Python.

    Nothing where there is no lock with hashes: without one nothing is built. Raises InputError where a file is broken.
    """
    tree, python = Tree(project), _python(answers)
    own = own_lock(project, answers)
    lock, mend = (own.file, own.mend) if own else (LOCKED, "copier-slim lock")
    if not tree.has(lock) or (lock == LOCKED and "--hash=" not in (tree.text(lock) or "")):
        return []
    states: tuple[str, ...] = (PYPROJECT, "setup.cfg")
    if own:
        asked = [one for one in own.requirements(tree) if single.applies(one.marker, python)]
        states, locked = (own.states, "setup.cfg"), own.versions()
    elif str(answers.get("dependency_source") or ASKED) == ASKED:
        asked = _listed(tree.text(ASKED) or "", python)
        states, locked = (ASKED,), _pinned(tree.text(lock) or "")
    else:
        asked, locked = _chosen(tree, answers, python), _pinned(tree.text(lock) or "")
    found = [
        Parted(str(one), lock, ", ".join(sorted(locked.get(name, ()))), mend, line_of(tree, states, one.name))
        for one in asked
        if not holds(one, locked.get(name := canonicalize_name(one.name)))
    ]
    known = {normalized(item.requirement) for item in found}
    return found + [item for item in _of_uv(tree, lock, mend) if normalized(item.requirement) not in known]


def unlisted(project: Path, listed: str, answers: Mapping[str, Any], *, to_be_locked: bool = False) -> list[Parted]:
    """What the project's own statement asks for and requirements.in, whose text is `listed`, has not or otherwise.

    Nothing where requirements.in is not the recorded source. Where neither pyproject.toml nor setup.py says anything,
    other lists count, as requirements/prod.in; requirements.txt too, unless it is a lock, or is `to_be_locked`.
    """
    if str(answers.get("dependency_source") or ASKED) != ASKED:
        return []
    tree, python = Tree(project, hidden={ASKED, LOCKED}), _python(answers)
    lines: dict[str, list[Requirement]] = {}
    for one in _listed(listed, python):
        lines.setdefault(canonicalize_name(one.name), []).append(one)
    stated = [(one, _same, line_of(tree, PROJECTS, one.name)) for one in _stated(tree, python)]
    if not stated:
        is_lock = to_be_locked or "--hash=" in (Tree(project).text(LOCKED) or "")
        elsewhere = _declared(Tree(project, hidden={ASKED, LOCKED} if is_lock else {ASKED}), python)
        stated = [(one, _met, evidence) for one, evidence in elsewhere]
    found = []
    for one, fits, evidence in stated:
        there = lines.get(canonicalize_name(one.name), [])
        if not any(fits(one, other) for other in there):
            has = ", ".join(map(str, there))
            found.append(Parted(str(one), ASKED, has, "copier-slim update", evidence))
    return found


def stated(tree: Tree, answers: Mapping[str, Any]) -> list[str]:
    """The canonical names of what the project itself asks for."""
    return [canonicalize_name(one.name) for one in asked(tree, answers)]


def asked(tree: Tree, answers: Mapping[str, Any]) -> list[Requirement]:
    """What the project itself asks for in the image's Python; raises InputError where a file is broken."""
    return _stated(tree, _python(answers))


def line_of(tree: Tree, paths: Iterable[str], name: str) -> Evidence:
    """The first line of these files that names a distribution, however it is spelled; NAME-EXTRA is NAME[EXTRA] too."""
    whole, (base, _, extra) = canonicalize_name(name), canonicalize_name(name).rpartition("-")
    spelled, with_extra = (part.replace("-", "[-_.]+") for part in (whole, base))
    spelled += rf"|{with_extra}\s*\[[^\]]*\b{extra}\b" if base else ""
    pattern = re.compile(rf"(?<![\w.-])(?:{spelled})(?![\w-])", re.IGNORECASE)
    there = [path for path in paths if tree.has(path)]
    for path in there:
        for number, line in enumerate((tree.text(path) or "").split("\n"), 1):
            if pattern.search(line.partition(" #")[0]) and not line.lstrip().startswith(("#", "name", "description")):
                return Evidence(path, number, line.strip())
    return Evidence(there[0] if there else ASKED)


def _python(answers: Mapping[str, Any]) -> str | None:
    return str(answers["python_version"]) if answers.get("python_version") else None


def _listed(listed: str, python: str | None) -> list[Requirement]:
    """The requirements among the lines of a requirements file, for this Python on Linux."""
    lines = listed.replace("\\\n", " ").splitlines()
    return [one for one in parsed(lines) if single.applies(one.marker, python)]


def _chosen(tree: Tree, answers: Mapping[str, Any], python: str | None) -> list[Requirement]:
    """What pyproject.toml asks for with the groups and extras that are answered."""
    groups, extras = groups_and_extras(answers.get("dependency_groups"))
    collector = Collector(tree, unasked=False)
    read_project(collector, RequirementsReader(collector), Local("", frozenset(map(canonicalize_name, extras))))
    lines = [line for group in groups for line in group_lines(toml(tree, PYPROJECT), group)]
    asked = [one for one, _ in collector.requirements.values()] + parsed(lines)
    return [one for one in asked if single.applies(one.marker, python)]


def _stated(tree: Tree, python: str | None) -> list[Requirement]:
    """What the project itself asks for, in pyproject.toml of any tool, setup.cfg or setup.py."""
    members = workspace_members(tree, toml(tree, PYPROJECT))
    collector = Collector(tree, members=members)
    if tree.has(PYPROJECT) or tree.has("setup.cfg") or tree.has("setup.py"):
        read_project(collector, RequirementsReader(collector), Local("", frozenset()))
    own = set(map(canonicalize_name, members))
    asked = [one for one, _ in collector.requirements.values()]
    return [one for one in asked if single.applies(one.marker, python) and canonicalize_name(one.name) not in own]


def _declared(tree: Tree, python: str | None) -> list[tuple[Requirement, Evidence]]:
    """What the lists of the project ask for, each with its line; nothing where these cannot be read."""
    try:
        declared = dependencies.read(tree, python).declared
    except InputError:
        return []
    asked = [(one, item.evidence) for item in declared for one in parsed([item.text])]
    return [(one, evidence) for one, evidence in asked if single.applies(one.marker, python)]


def _pinned(lock: str) -> dict[str, set[str]]:
    """Every version that requirements.txt pins, by canonical name; "" for one that has none, as from a URL."""
    found: dict[str, set[str]] = {}
    for pin in filter(None, map(PIN.match, lock.splitlines())):
        found.setdefault(canonicalize_name(pin["name"]), set()).add(pin["version"] or "")
    return found


def _of_uv(tree: Tree, lock: str, mend: str) -> list[Parted]:
    """What uv.lock recorded of pyproject.toml (its `package.metadata.requires-dist`), and is not so now."""
    if lock != "uv.lock":
        return []
    lines = texts(table(toml(tree, PYPROJECT), "project").get("dependencies"))
    now = {canonicalize_name(one.name): one for one in parsed(lines)}
    for package in tables(toml(tree, lock).get("package")):
        origin = table(package.get("source"))
        if "." not in (origin.get("editable"), origin.get("virtual")):
            continue
        recorded: dict[str, list[Requirement]] = {}
        for item in tables(table(package.get("metadata")).get("requires-dist")):
            extras = f"[{','.join(texts(item.get('extras')))}]" if item.get("extras") else ""
            if "extra ==" not in text(item.get("marker")):
                for one in parsed([f"{text(item.get('name'))}{extras}{text(item.get('specifier'))}"]):
                    recorded.setdefault(canonicalize_name(one.name), []).append(one)
        return [
            Parted(str(one), lock, ", ".join(map(str, said)), mend, line_of(tree, (PYPROJECT,), name))
            for name, one in now.items()
            for said in [recorded.get(name, [])]
            if not one.url and not any(_same(one, other) for other in said)
        ]
    return []


def _met(one: Requirement, other: Requirement) -> bool:
    """Whether a line is what another list asks for, which may have ranges where the line has a version."""
    version = single.pinned_version(other)
    return one.extras <= other.extras and (_same(one, other) if not version else holds(one, {version}))


def _same(one: Requirement, other: Requirement) -> bool:
    return (one.specifier, one.extras, one.url) == (other.specifier, other.extras, other.url)
