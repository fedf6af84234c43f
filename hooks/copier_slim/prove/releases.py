"""The release of a package that a project was written for, by dates: what old code calls, a newer one may have dropped.

A project whose requirements name no versions gets the newest of everything. Most that ends so was well when it was
written, and PyPI says which releases were there that day.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.version import Version

from copier_slim.detect.undeclared import companions, pin, requirements_of
from copier_slim.lock import normalized
from copier_slim.package_index import index, wheels
from copier_slim.prove.packages import distribution_of
from copier_slim.worktree import view

if TYPE_CHECKING:
    from pathlib import Path

    from copier_slim.package_index.index import File
    from copier_slim.prove.changes import Change, Project
    from copier_slim.prove.matching import Found

ENOUGH_PINS = 2  # one alone may have been looked up years later
MOST_PINS = 20
DAY = len("2026-11-29")
# What a message of Python names: a module, or what the code calls or has made by a call
ABOUT = re.compile(r"(?:from|module(?: named)?) '(?P<module>\w+)|: '?(?P<called>\w++)[\w.]*+(?:\(\)|' object )")


def release_of_its_time(found: Found, project: Project) -> Change | None:
    """Below the release series after the one that was the newest when the project was written.

    Where that is the installed one, or nothing says when, below the installed series. None for what the project pins,
    or makes itself.
    """
    module = _module(found, project)
    if not module or project.sources.directory_of(module) is not None:
        return None
    name = distribution_of(module)
    lines = project.text("dependencies").split("\n")
    stated = {normalized(item.name): item for item in requirements_of(line.partition(" #")[0] for line in lines)}
    if name not in project.locked or (name in stated and pin(stated[name])):
        return None
    installed = Version(project.locked[name])
    files = index.files([name], {}).get(name, [])
    bound = _bound(name, files, installed, _of_caller(found, name, project) or _written(project, stated))
    if not bound:
        return None
    limited = {other for other, requirement in stated.items() if requirement.specifier}
    more = (item for item, _ in companions([Requirement(f"{name}<{bound}")], {}) if normalized(item) not in limited)
    return project.with_lines("dependencies", f"{name}<{bound}", *more)


def _module(found: Found, project: Project) -> str:
    """The package that a message is about; of what the code calls, the one that it is from or is called like."""
    about = ABOUT.search(found.evidence)
    if about is None:
        return ""
    called = about["called"] or ""
    like = called.lower() if normalized(called) in project.locked else ""
    return about["module"] or project.sources.package_of(called) or like


def _of_caller(found: Found, name: str, project: Project) -> str:
    """The day of the installed release that calls what is missing, where another package does; else ""."""
    before, _, _ = found.observation.log.rpartition(found.groups["evidence"])
    frames = re.findall(r'File "([^"\n]+)"', before)
    inside = re.search(r"/site-packages/(\w+)", frames[-1]) if frames else None
    caller = distribution_of(inside[1]) if inside else ""
    version = project.locked.get(caller, "")
    if caller == name or not version:
        return ""
    found_files = index.files([caller], {caller: version}).get(caller, [])
    release = wheels.release(caller, found_files, version)
    return release.uploaded[:DAY] if release else ""


def _bound(name: str, files: list[File], installed: Version, day: str) -> str:
    """The version to stay below; "" where no older release is left."""
    there = [file for file in files if file.uploaded[:DAY] <= day] if day else []
    newest = wheels.release(name, there) if there else None
    bound = _series(newest.version, 1) if newest else ""
    if not bound or Version(bound) > installed:
        bound = _series(installed, 0)
    return bound if wheels.release(name, files, specifier=f"<{bound}") else ""


def _series(version: Version, further: int) -> str:
    """The first version of a series: of 2.3.1 it is 2, of 0.4.1 it is 0.4; or of one that is so much `further`."""
    return str(version.major + further) if version.major else f"0.{version.minor + further}"


def _written(project: Project, stated: dict[str, Requirement]) -> str:
    """The day of a project's newest pin, or else of its last commit to Python code; "" where nothing tells."""
    pins = {name: version for name, item in stated.items() if (version := pin(item))}
    asked = dict(list(pins.items())[:MOST_PINS])
    if len(asked) >= ENOUGH_PINS:
        answers = index.files(asked, asked)
        releases = (wheels.release(name, files, asked[name]) for name, files in answers.items())
        if days := [item.uploaded[:DAY] for item in releases if item and item.uploaded]:
            return max(days)
    return _last_commit(project.root)


def _last_commit(root: Path) -> str:
    """The author's date of the last commit to Python code, as 2026-11-29; "" where git has none."""
    with view.opened(root) as seen:
        return (seen.answer("log", "-1", "--format=%as", "--", "*.py") or "") if seen else ""
