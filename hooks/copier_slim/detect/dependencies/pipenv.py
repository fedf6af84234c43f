"""Pipenv's Pipfile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from copier_slim.detect.dependencies.documents import place, table, tables, text, texts, toml
from copier_slim.detect.dependencies.groups import GROUPS
from copier_slim.detect.dependencies.sources import add_from
from copier_slim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    from packaging.requirements import Requirement

    from copier_slim.detect.dependencies.collector import Collector
    from copier_slim.detect.findings import Evidence

PIPFILE = "Pipfile"
MARKER_VARIABLES = ("os_name", "platform_machine", "platform_system", "python_version", "sys_platform")


def read_pipfile(collector: Collector) -> None:
    """Adds [packages] and the categories that a deployment needs; InputError on one that is not understood."""
    document = toml(collector.tree, PIPFILE)
    for position, source in enumerate(tables(document.get("source"))):
        # The first is that of all packages which name no other: https://pipenv.pypa.io/en/latest/indexes.html
        url = text(source.get("url"))
        where = place(collector.tree, PIPFILE, [url])
        collector.indexes.state(text(source.get("name")), url, where, default=not position, explicit=bool(position))
    wanted = ["packages", *(categories(document, collector.groups) if collector.unasked else [])]
    for category, (name, stated) in ((one, item) for one in wanted for item in table(document, one).items()):
        spelled = [f"\n{name} =", f"\n{name}=", f'\n"{name}"', f"\n'{name}'", name]
        evidence = place(collector.tree, PIPFILE, spelled, f"[{category}]")
        details = stated if isinstance(stated, dict) else {"version": stated}
        requirement = _requirement(collector, name, details, evidence)
        add_from(collector, requirement, {key: one for key, one in details.items() if key != "marker"}, evidence, "")


def categories(document: dict[str, Any], named: Collection[str] = ()) -> list[str]:
    """The categories for a deployment beside [packages]: by their names, and those `named` elsewhere."""
    own = {"default", "packages", "dev-packages", "source", "requires", "pipenv", "scripts"}
    return [name for name in document.keys() - own if canonicalize_name(name) in GROUPS | set(named)]


def _requirement(collector: Collector, name: str, details: dict[str, Any], evidence: Evidence) -> Requirement:
    requirement = collector.parsed(name, evidence)
    requirement.extras |= {extra for extra in texts(details.get("extras")) if collector.parsed(extra, evidence)}
    version = text(details.get("version", "*")).strip()
    markers = [text(details.get("markers"))]
    markers += [f"{variable} {details[variable]}" for variable in MARKER_VARIABLES if variable in details]
    try:
        if version != "*":
            # No string is as wrong as a bad one
            requirement.specifier = SpecifierSet(f"=={version}" if version[:1].isdigit() else version or "?")
        if any(markers):
            requirement.marker = Marker(" and ".join(f"({marker})" for marker in markers if marker))
    except (ValueError, TypeError, RecursionError):
        raise InputError(
            f'{evidence.place}: the version or markers of {name} are not understood; write "*" or ">=1.0"'
        ) from None
    return requirement


def pipfile_python(collector: Collector) -> None:
    """Adds [requires] python_version; InputError where it is none."""
    requires = table(toml(collector.tree, PIPFILE), "requires")
    full, short = text(requires.get("python_full_version")), text(requires.get("python_version"))
    if full or short:
        where = place(collector.tree, PIPFILE, ["python_full_version" if full else "python_version"], "[requires]")
        collector.python(f"=={full}" if full else f"=={short}.*", where)
