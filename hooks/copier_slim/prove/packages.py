"""Mends by packages: what is imported and not installed, and what a newer release no longer has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from copier_slim import catalog
from copier_slim.detect.statements.stated import PLACE
from copier_slim.detect.undeclared import as_line, companions, is_below, pin, requirements_of, without_pin
from copier_slim.lock import normalized
from copier_slim.package_index import index, wheels
from copier_slim.prove.changes import Change, Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copier_slim.prove.matching import Found


def distribution_of(module: str) -> str:
    """The canonical name of the distribution that a package at the top of imports most likely is of."""
    return normalized(catalog.distributions().get(module, module))


def removed_module(found: Found, project: Project) -> Change | None:
    """The distribution that brings back a module of the standard library, where this Python has it no more."""
    row = catalog.removed().get(found.word)
    if row is None or Version(project.text("python_version")) < Version(row.since):
        return None
    if normalized(row.brought_by) in project.installed:
        return None
    return project.with_lines("dependencies", f'{row.brought_by} ; python_version >= "{row.since}"')


def own_module(found: Found, project: Project) -> Change | None:
    """The directory of a module of the project's own, where imports are to start from."""
    name = found.groups["module"]
    directory = project.sources.directory_of(name)
    if directory in {None, ".", project.text("python_path")} or project.text("python_path"):
        return None
    if not PLACE.fullmatch(directory or ""):
        return None
    return Change({"python_path": directory})


def missing_module(found: Found, project: Project) -> Change | None:
    """The distribution that is known to have a module; none that is only called the same, which may be anybody's."""
    name = found.groups["module"]
    if project.sources.directory_of(name.partition(".")[0]) is not None:
        return None
    parts = name.split(".")
    known = {**catalog.distributions(), **found.row.uses}
    # Where a package as a whole is missing, Python names that alone: of a dotted name what is around it is there
    for end in range(len(parts), min(len(parts) - 1, 1), -1):
        distribution = known.get(".".join(parts[:end]))
        # A release that is there may be one that has the module no more
        if distribution and (normalized(distribution) not in project.installed or "<" in distribution):
            return project.with_lines("dependencies", distribution)
    return None


def named_package(found: Found, project: Project) -> Change | None:
    """The package that the message itself names; of what it would have installed, a known one, or one's extra."""
    named = found.groups.get("installs")
    if not named:
        return project.with_lines("dependencies", found.word) if found.word else None
    try:
        wanted = Requirement(named)
    except InvalidRequirement:
        return None
    name = normalized(wanted.name)
    listed = {normalized(line) for line in project.text("dependencies").split("\n") if line} | project.installed
    known = {*catalog.distributions().values(), *catalog.failures()["missing-module"].uses.values()}
    if name not in (listed if wanted.extras else {normalized(line) for line in known} - project.installed):
        return None
    return project.with_lines("dependencies", as_line(wanted))


def newer_release(found: Found, project: Project) -> Change | None:
    """Later releases of the pinned package whose module was the last in the way, of the same major version at first."""
    before, _, _ = found.observation.log.rpartition(found.groups["evidence"])
    modules = re.findall(r'File "[^"\n]*/site-packages/(\w+)', before)
    if not modules:
        return None
    name = distribution_of(modules[-1])
    lines = project.text("dependencies").split("\n")
    for at, line in enumerate(lines):
        wider = _wider(line) if normalized(line) == name else ""
        if wider:
            new = [_as_old(other, found.row.uses) for other in lines]
            new[at] = wider
            both = enumerate(zip(lines, new, strict=True))
            fitting = [one if one == two else _limited(two, [*lines[:n], *lines[n + 1 :]]) for n, (one, two) in both]
            return Change({"dependencies": "\n".join(fitting)})
    return None


def _as_old(line: str, first: Mapping[str, str]) -> str:
    """A line whose pin is below the `first` release that works, made wider to that at least; others as they are."""
    version = first.get(normalized(line) or "")
    requirement = next(iter(requirements_of([line.partition(" #")[0]])), None) if version else None
    if not version or requirement is None or not pin(requirement) or not is_below(requirement, version):
        return line
    wider = _wider(line)
    if wider and Version(version) not in Requirement(wider).specifier:
        requirement.specifier = SpecifierSet(f">={version}")
        return as_line(requirement)
    return wider or line


def _limited(line: str, others: list[str]) -> str:
    """A requirement within what the other lines need of that package and do not say, where both can be."""
    requirement = Requirement(line)
    needed = next(
        (one for one, _ in companions(requirements_of(others), {}) if normalized(one) == normalized(line)), ""
    )
    if not needed:
        return line
    oldest = next((clause.version for clause in requirement.specifier if clause.operator == ">="), "")
    limits = Requirement(needed).specifier
    if oldest not in limits:
        return line
    clauses = [*requirement.specifier, *limits]
    below = sorted((Version(clause.version), str(clause)) for clause in clauses if clause.operator == "<")
    above = [str(clause) for clause in clauses if clause.operator != "<"]
    requirement.specifier = SpecifierSet(",".join([*above, *(text for _, text in below[:1])]))
    return as_line(requirement)


def _wider(line: str) -> str:
    """A requirement that allows later releases than one that is pinned, or kept below a major version; else ""."""
    try:
        requirement = Requirement(line.partition(" #")[0])
    except InvalidRequirement:
        return ""
    if later := without_pin(requirement):
        return later
    clauses = {clause.operator: clause.version for clause in requirement.specifier}
    if not {"<", ">="} <= clauses.keys():
        return ""
    requirement.specifier = SpecifierSet(f">={clauses['>=']}")
    return as_line(requirement)


def python_with_wheel(found: Found, project: Project) -> Change | None:
    """The newest older Python that a release has a wheel for, which does not compile for this one."""
    name, version = found.word, found.groups.get("version", "")
    now = project.text("python_version")
    if not name or not now:
        return None
    name = normalized(name)
    if not version:
        spelt = re.escape(name).replace(r"\-", "[-_.]")
        file = rf"(?i)\b{spelt}(?:==|-)(\d[\w.!+]{{0,40}}?)(?:\.tar\.gz|\.zip|[\s`'\"]|$)"
        told = re.findall(file, found.observation.log)
        version = told[-1] if told else ""
    files = index.files([name], {name: version} if version else {})
    release = wheels.release(name, files.get(name, []), version)
    if release is None:
        return None
    older = (one for one in catalog.pythons() if Version(one) < Version(now))
    fitting = [one for one in older if release.fits(one) and release.has_wheel(one)]
    return Change({"python_version": max(fitting, key=Version)}) if fitting else None


def older_release(found: Found, project: Project) -> Change | None:
    """The releases of a package that still have what is imported, with what these need and do not say."""
    line = found.used()
    if not line:
        return None
    stated = {normalized(item) for item in project.text("dependencies").split("\n") if re.search("[<=~]", item)}
    more = (item for item, _ in companions([Requirement(line)], {}) if normalized(item) not in stated)
    return project.with_lines("dependencies", line, *more)
