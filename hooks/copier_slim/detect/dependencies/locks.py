"""Existing locks: the version of each distribution that what is declared leads to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from copier_slim.detect.dependencies import requirement as single
from copier_slim.detect.dependencies.collector import Collector
from copier_slim.detect.dependencies.documents import json_object, place, table, tables, text, texts, toml
from copier_slim.detect.dependencies.indexes import PYPI
from copier_slim.detect.dependencies.lock_format import check_format
from copier_slim.detect.dependencies.requirements_txt import RequirementsReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.requirements import Requirement

    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.tree import Tree

PYLOCK = "pylock.toml"
MINORS = 30
NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")
LOCAL_SOURCES = frozenset({"archive", "directory", "editable", "file", "git", "path", "ref", "url", "vcs", "virtual"})

Edge = tuple[str, frozenset[str]]


@dataclass(slots=True)
class _Locked:
    """One version of a distribution in a lock."""

    name: str
    version: str
    published: bool  # comes from an index
    markers: list[str] = field(default_factory=list)  # it is for where one of them holds
    requires_python: str = ""
    edges: list[Edge] = field(default_factory=list)
    extras: dict[str, list[Edge]] = field(default_factory=dict)


def read_lock(tree: Tree, path: str, declared: Iterable[Requirement], python_version: str | None) -> dict[str, str]:
    """The versions, by canonical name, of what the declared requirements lead to in a lock; InputError if broken."""
    file = path.rpartition("/")[2]
    roots = list(declared)
    if file == "Pipfile.lock":
        pipfile_lock = json_object(tree, path)
        check_format(path, pipfile_lock)
        return _pick(_pipfile_lock(pipfile_lock), roots, python_version)
    if file.endswith(".txt"):
        return _pick(_requirements_lock(tree, path) or [], roots, python_version)
    document = toml(tree, path)
    check_format(path, document)
    if file == PYLOCK:
        groups = frozenset(texts(document.get("default-groups")))
        packages = [
            package
            for package in map(_pylock_package, tables(document.get("packages")))
            if all(
                single.applies(marker, python_version, extras=frozenset(), dependency_groups=groups)
                for marker in package.markers
            )
        ]
        if not any(package.edges for package in packages):
            return _pick(packages, roots, python_version)
    else:
        reader = {"poetry.lock": _poetry_package, "pdm.lock": _pdm_package, "uv.lock": _uv_package}[file]
        packages = [reader(package) for package in tables(document.get("package"))]
    return _pick(_reachable(packages, roots), roots, python_version)


def local_in_pylock(tree: Tree) -> dict[str, Evidence]:
    """What pylock.toml installs from the tree, packages and files, by path, each with its line."""
    document = toml(tree, PYLOCK)
    groups = frozenset(texts(document.get("default-groups")))
    found: dict[str, Evidence] = {}
    for package in tables(document.get("packages")):
        if not single.applies(text(package.get("marker")), None, extras=frozenset(), dependency_groups=groups):
            continue
        for archive in [*(table(package, kind) for kind in ("directory", "archive")), *tables(package.get("wheels"))]:
            if (path := text(archive.get("path"))) and path not in {".", "./"}:
                found[path] = place(tree, PYLOCK, [f'"{path}"', path])
    return found


def from_other_indexes(tree: Tree, path: str) -> frozenset[str]:
    """The canonical names of what a lock of a project's own says to come from another index than PyPI."""
    found = set[str]()
    if path.endswith("Pipfile.lock"):
        stated = json_object(tree, path)
        urls = {text(one.get("name")): text(one.get("url")) for one in tables(table(stated, "_meta").get("sources"))}
        for name, details in table(stated, "default").items():
            if not PYPI.match(urls.get(text(table(details).get("index")), "")):
                found.add(canonicalize_name(name))
        return frozenset(found) if len(urls) > 1 else frozenset()
    document = toml(tree, path) if path.endswith((".lock", ".toml")) else {}
    for package in [*tables(document.get("package")), *tables(document.get("packages"))]:
        source = table(package, "source")
        of_poetry = text(source.get("url")) if source.get("type") == "legacy" else ""
        url = text(source.get("registry")) or of_poetry or text(package.get("index"))
        if url and not PYPI.match(url):
            found.add(canonicalize_name(text(package.get("name"))))
    return frozenset(found)


def is_pinned(tree: Tree, path: str) -> bool:
    """Whether a requirements file pins all it has, and has something; InputError where it is broken."""
    return bool(_requirements_lock(tree, path))


def _may_apply(marker: str) -> bool:
    """Whether a marker holds on Linux with any Python 3."""
    return not marker or any(single.applies(marker, f"3.{minor}") for minor in range(MINORS))


def _edges(lines: Iterable[str]) -> list[Edge]:
    return [_edge(line) for line in lines if _may_apply(line.partition(";")[2].strip())]


def _edge(line: str) -> Edge:
    match = NAME.match(line)
    if match is None:
        return "", frozenset()
    extras = frozenset(canonicalize_name(extra.strip()) for extra in (match[2] or "").split(",") if extra.strip())
    return canonicalize_name(match[1]), extras


def _stated_edges(stated: object) -> list[Edge]:
    return [
        (
            canonicalize_name(text(one.get("name"))),
            frozenset(canonicalize_name(extra) for extra in texts(one.get("extra"))),
        )
        for one in tables(stated)
        if _may_apply(text(one.get("marker")))
    ]


def _uv_package(package: dict[str, Any]) -> _Locked:
    optional = table(package, "optional-dependencies")
    return _Locked(
        name=canonicalize_name(text(package.get("name"))),
        version=text(package.get("version")),
        published="registry" in table(package, "source"),
        markers=texts(package.get("resolution-markers")),
        edges=_stated_edges(package.get("dependencies")),
        extras={canonicalize_name(extra): _stated_edges(stated) for extra, stated in optional.items()},
    )


def _poetry_package(package: dict[str, Any]) -> _Locked:
    edges: list[Edge] = []
    for name, stated in table(package, "dependencies").items():
        details = [one if isinstance(one, dict) else {} for one in (stated if isinstance(stated, list) else [stated])]
        if all(one.get("optional") is not True for one in details) and any(
            _may_apply(text(one.get("markers"))) for one in details
        ):
            extras = frozenset(canonicalize_name(extra) for one in details for extra in texts(one.get("extras")))
            edges.append((canonicalize_name(name), extras))
    markers = package.get("markers", package.get("marker"))
    if isinstance(markers, dict):  # by group
        markers = markers.get("main")
    return _Locked(
        name=canonicalize_name(text(package.get("name"))),
        version=text(package.get("version")),
        published=text(table(package, "source").get("type")) in {"", "legacy"},
        markers=texts(markers),
        requires_python=text(package.get("python-versions")),
        edges=edges,
        extras={canonicalize_name(extra): _edges(texts(lines)) for extra, lines in table(package, "extras").items()},
    )


def _pdm_package(package: dict[str, Any]) -> _Locked:
    edges = _edges(texts(package.get("dependencies")))
    own = texts(package.get("extras"))
    return _Locked(
        name=canonicalize_name(text(package.get("name"))),
        version=text(package.get("version")),
        published=not package.keys() & LOCAL_SOURCES,
        markers=texts(package.get("marker")),
        requires_python=text(package.get("requires_python")),
        edges=[] if own else edges,
        extras={canonicalize_name(extra): edges for extra in own},
    )


def _pylock_package(package: dict[str, Any]) -> _Locked:
    return _Locked(
        name=canonicalize_name(text(package.get("name"))),
        version=text(package.get("version")),
        published=not package.keys() & LOCAL_SOURCES,
        markers=texts(package.get("marker")),
        requires_python=text(package.get("requires-python")),
        edges=_stated_edges(package.get("dependencies")),
    )


def _pipfile_lock(document: dict[str, Any]) -> list[_Locked]:
    found: list[_Locked] = []
    for name, stated in table(document, "default").items():
        details = table(stated)
        version = text(details.get("version")).strip()
        found.append(
            _Locked(
                name=canonicalize_name(name),
                version=version.lstrip("="),
                published=version.startswith("==") and not details.keys() & LOCAL_SOURCES,
                markers=texts(details.get("markers")),
            )
        )
    return found


def _requirements_lock(tree: Tree, path: str) -> list[_Locked]:
    """The pins of a requirements file, [] where it has something else."""
    collector = Collector(tree)
    RequirementsReader(collector).file(path)
    found: list[_Locked] = []
    for (name, marker), (requirement, _) in collector.requirements.items():
        version = single.pinned_version(requirement)
        if not version and not requirement.url:
            return []
        found.append(_Locked(name, version, published=not requirement.url, markers=[marker] if marker else []))
    return found


def _reachable(packages: list[_Locked], roots: Iterable[Requirement]) -> list[_Locked]:
    by_name: dict[str, list[_Locked]] = {}
    for package in packages:
        by_name.setdefault(package.name, []).append(package)
    waiting: list[Edge] = [
        (canonicalize_name(root.name), frozenset(canonicalize_name(extra) for extra in root.extras)) for root in roots
    ]
    reached: set[str] = set()
    followed: set[tuple[str, str]] = set()
    while waiting:
        name, extras = waiting.pop()
        if name in reached and all((name, extra) in followed for extra in extras):
            continue
        for package in by_name.get(name, []):
            waiting += package.edges if name not in reached else []
            for extra in extras:
                waiting += package.extras.get(extra, []) if (name, extra) not in followed else []
        followed |= {(name, extra) for extra in extras}
        reached.add(name)
    return [package for package in packages if package.name in reached]


def _pick(packages: list[_Locked], roots: Iterable[Requirement], python_version: str | None) -> dict[str, str]:
    """One version of each: that which is for this Python and allowed by what is declared, else the highest."""
    allowed: dict[str, SpecifierSet] = {}
    for root in roots:
        if single.applies(root.marker, python_version):
            allowed[canonicalize_name(root.name)] = root.specifier
    best: dict[str, tuple[bool, bool, Version]] = {}
    versions: dict[str, str] = {}
    for package in packages:
        if package.markers and not any(map(_may_apply, package.markers)):
            continue  # for another system
        try:
            version = Version(package.version)
        except ValueError:  # no version, or a number of thousands of digits
            continue
        fits = not package.markers or any(single.applies(marker, python_version) for marker in package.markers)
        fits = fits and _has_python(package.requires_python, python_version)
        wanted = allowed.get(package.name, SpecifierSet()).contains(version, prereleases=True)
        rank = (fits, wanted, version)
        if package.published and (package.name not in best or rank > best[package.name]):
            best[package.name] = rank
            versions[package.name] = package.version
    return dict(sorted(versions.items()))


def _has_python(requires_python: str, python_version: str | None) -> bool:
    try:
        return (
            not python_version
            or requires_python == "*"
            or SpecifierSet(requires_python).contains(f"{python_version}.99")
        )
    except ValueError:  # Poetry's own syntax
        return True
