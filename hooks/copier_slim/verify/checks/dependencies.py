"""What is installed beside the application."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from copier_slim import catalog
from copier_slim.detect.dependencies.requirement import applies
from copier_slim.lock.project import ASKED, read_text
from copier_slim.verify.not_seen import DoesNotApplyError, need
from copier_slim.verify.outcome import Outcome, of

if TYPE_CHECKING:
    from copier_slim.lock.own_lock import OwnLock
    from copier_slim.verify.image.filesystem import Files
    from copier_slim.verify.image.python import Distribution, Interpreter
    from copier_slim.verify.observations import Facts

COMMENT_OR_OPTION = re.compile(r"(?:^|\s)(?:#|--).*")


def has_no_installer(facts: Facts) -> Outcome:
    """R3. One that the lock names is a dependency like others."""
    files, python = need(facts.files), need(facts.python)
    locked = _locked(facts, python)
    found = {
        path
        for path, entry in files.all.items()
        if entry.is_directory
        and posixpath.dirname(path) in python.site
        and (name := posixpath.basename(path)) in catalog.traces().installers
        and name not in locked
    }
    where = f"what {python.path} can import"
    return of(where, [f"/{path}" for path in sorted(found)], "no pip, setuptools or wheel")


def match_the_lock(facts: Facts) -> Outcome:
    """R19: the lock's pins for the image's platform against the metadata of what is installed; and as pip check."""
    if not facts.subject.project:
        raise DoesNotApplyError("only an image was given, and no project with a lock", "without DEST")
    if facts.subject.project.lock is None:
        raise DoesNotApplyError(f"the project has no {facts.subject.project.lock_file}")
    if own_lock := facts.subject.project.own_lock:
        return _match_own_lock(facts, own_lock)
    python, installed = need(facts.python), need(facts.installed)
    locked = _locked(facts, python)
    # What the base image brings is not the lock's to name, and the project itself is what the lock is for
    known = _of_base(need(facts.files), installed)
    there = {item.name: item.version for item in installed if item.name in locked or item.name not in known}
    own = {item.name for item in installed if item.path.startswith("opt/project/")}
    wrong = [f"{name} is not installed" for name in locked if name not in there]
    wrong += [f"{name} {there[name]} is not in the lock" for name in there if name not in own | locked.keys()]
    wrong += [
        f"{name} is {there[name]}, the lock says {version}"
        for name, version in locked.items()
        if version and name in there and not same_version(there[name], version)
    ]
    wrong += _conflicts(installed, python)
    where = f"metadata in {', '.join(f'/{path}' for path in python.site)} and requirements.txt"
    return of(where, wrong, f"{len(locked)} distributions, as locked")


def _match_own_lock(facts: Facts, own: OwnLock) -> Outcome:
    """As above; the lock names development's packages too, and what the image needs beside it is not in it."""
    python, installed = need(facts.python), need(facts.installed)
    locked = own.versions()
    known = _of_base(need(facts.files), installed) | _beside(facts, installed, python)
    there = {item.name: item.version for item in installed if item.name in locked or item.name not in known}
    of_the_tree = {item.name for item in installed if item.path.startswith("opt/project/")}
    wrong = [f"{name} is not installed" for name in sorted(own.asked()) if name not in there]
    wrong += [f"{name} {there[name]} is not in the lock" for name in there if name not in of_the_tree | locked.keys()]
    wrong += [
        f"{name} is {version}, the lock says {' or '.join(sorted(locked[name]))}"
        for name, version in there.items()
        if name in locked.keys() - of_the_tree
        and not any(not one or same_version(version, one) for one in locked[name])
    ]
    wrong += _conflicts(installed, python)
    where = f"metadata in {', '.join(f'/{path}' for path in python.site)} and {own.file}"
    return of(where, wrong, f"{len(there)} distributions, as locked")


def _beside(facts: Facts, installed: list[Distribution], python: Interpreter) -> set[str]:
    """What requirements.in asks for beside a lock of the project's own, and all that this needs."""
    project = facts.subject.project
    waiting = list(locked_versions(read_text(project.path / ASKED) or "", python.version)) if project else []
    requires = {item.name: item.requires for item in installed}
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [canonicalize_name(Requirement(text).name) for text in requires.get(name, ())]
    return found


def find_their_libraries(facts: Facts) -> Outcome:
    """R25: an import that would fail in production, told before."""
    python = need(facts.python)
    wrong = [f"{modules[0]} needs {name}" for name, modules in sorted(need(facts.lacking).items())]
    return of(f"what modules in {', '.join(f'/{path}' for path in python.site)} are linked to", wrong, "all are there")


def import_what_they_could(facts: Facts) -> Outcome:
    """R26: what trim took out of the packages was read by nothing, tried in this image and with these packages."""
    seen = need(facts.importable)
    wrong = [f"{name}: {why}" for name, why in sorted(seen.lost.items())]
    where = "an import of every module outside of tests, in this image, with what trim takes out and without"
    return of(where, wrong, f"all {len(seen.before)} modules that could be imported before still can")


def _locked(facts: Facts, python: Interpreter) -> dict[str, str]:
    project = facts.subject.project
    if project and project.own_lock and project.lock is not None:
        return project.own_lock.pins()
    return locked_versions(project.lock or "", python.version) if project else {}


def locked_versions(lock: str, python: str) -> dict[str, str]:
    """The versions that a lock names for a Python on Linux, by normalized name; "" for what comes from a URL."""
    found: dict[str, str] = {}
    for line in lock.replace("\\\n", " ").splitlines():
        try:
            requirement = Requirement(COMMENT_OR_OPTION.sub("", line))
        except InvalidRequirement:  # a comment, an option
            continue
        if applies(requirement.marker, python):
            pinned = [item.version for item in requirement.specifier if item.operator in {"==", "==="}]
            found[canonicalize_name(requirement.name)] = pinned[0] if pinned else ""
    return found


def _of_base(files: Files, installed: list[Distribution]) -> set[str]:
    return {item.name for item in installed if f"{item.path}/METADATA" in files.of_base}


def _conflicts(installed: list[Distribution], python: Interpreter) -> list[str]:
    """What `pip check` says: requirements that nothing installed satisfies."""
    versions = {item.name: item.version for item in installed}
    wrong = []
    for item in installed:
        for text in item.requires:
            requirement = Requirement(text)
            if not applies(requirement.marker, python.version):
                continue
            there = versions.get(canonicalize_name(requirement.name))
            if there is None:
                wrong.append(f"{item.name} asks for {requirement.name}, which is not installed")
            elif not requirement.specifier.contains(there, prereleases=True):
                wrong.append(f"{item.name} asks for {requirement.name}{requirement.specifier}, installed is {there}")
    return wrong


def same_version(one: str, other: str) -> bool:
    """Whether two versions are one, as 1.0 and 1.0.0 are."""
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other
