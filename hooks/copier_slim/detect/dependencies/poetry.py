"""[tool.poetry.dependencies], translated by Poetry's own library."""

from __future__ import annotations

from itertools import pairwise
from posixpath import dirname
from typing import TYPE_CHECKING, Any

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from copier_slim.detect.dependencies.documents import place, table, tables, text, texts
from copier_slim.detect.dependencies.settings import flat, indexes_of_uv, settings_of_uv, state
from copier_slim.detect.dependencies.sources import add_from
from copier_slim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    from packaging.requirements import Requirement

    from copier_slim.detect.dependencies.collector import Collector
    from copier_slim.detect.findings import Evidence

LONGEST = 200  # characters of a constraint
SECTION = "[tool.poetry.dependencies]"


def read_poetry(
    collector: Collector, path: str, document: dict[str, Any], extras: frozenset[str], groups: Collection[str]
) -> None:
    """Adds the main group of Poetry's dependencies, the optional ones only for `extras`, and those of `groups`.

    Raises InputError on a broken one.
    """
    poetry = table(document, "tool", "poetry")
    wanted = {
        canonicalize_name(item.partition("[")[0].split(" ")[0])
        for extra, items in table(poetry, "extras").items()
        if canonicalize_name(extra) in extras
        for item in texts(items)
    }
    for section, name, stated in [
        *((SECTION, name, stated) for name, stated in table(poetry, "dependencies").items()),
        *(
            (f"[tool.poetry.group.{group}.dependencies]", name, stated)
            for group in groups
            for name, stated in table(poetry, "group", group, "dependencies").items()
        ),
    ]:
        if name.lower() == "python":
            continue
        evidence = place(collector.tree, path, [f"\n{name} =", f"\n{name}=", f'\n"{name}"', name], section)
        for constraint in stated if isinstance(stated, list) else [stated]:
            details = constraint if isinstance(constraint, dict) else {"version": constraint}
            if details.get("optional") is True and canonicalize_name(name) not in wanted:
                continue
            source = {key: value for key, value in details.items() if key != "marker"}
            add_from(collector, _requirement(collector, name, details, evidence), source, evidence, dirname(path))


def _requirement(collector: Collector, name: str, details: dict[str, Any], evidence: Evidence) -> Requirement:
    requirement = collector.parsed(name, evidence)
    requirement.extras |= {extra for extra in texts(details.get("extras")) if collector.parsed(extra, evidence)}
    try:
        requirement.specifier = SpecifierSet(poetry_specifier(collector, details.get("version", "*"), evidence))
        limits = {key: details[key] for key in ("markers", "platform", "python") if isinstance(details.get(key), str)}
        if limits:
            from poetry.core.factory import Factory  # noqa: PLC0415 slow to import and rarely needed

            marker = Factory.create_dependency(name, {"version": "*", **limits}).marker
            requirement.marker = None if marker.is_any() else Marker(str(marker))
    except Exception:  # noqa: BLE001 poetry-core lets through what its own parser raises
        raise InputError(
            f"{evidence.place}: the version or marker of {name} is not understood; write it as Poetry takes it"
        ) from None
    return requirement


def poetry_specifier(collector: Collector, constraint: object, evidence: Evidence) -> str:
    """A PEP 440 specifier for what Poetry writes as ^1.2, ~1.2, 1.* or a || b; ValueError where it is none."""
    from poetry.core.constraints.version import parse_constraint  # noqa: PLC0415 slow to import and rarely needed

    if not isinstance(constraint, str) or len(constraint) > LONGEST:
        raise TypeError("no version")
    parsed = parse_constraint(constraint)
    if parsed.is_any():
        return ""
    if parsed.is_empty():
        raise ValueError("allows no version")
    try:
        return str(SpecifierSet(f"=={parsed}" if parsed.is_simple() and constraint[0].isdigit() else str(parsed)))
    except ValueError:
        pass
    # PEP 440 has no "or": from the lowest to the highest
    ranges: list[Any] = parsed.flatten()
    low, high = ranges[0], ranges[-1]
    bounds = [f">{'=' * low.include_min}{low.min}"] if low.min else []
    # Poetry ends ^1 before 2.dev0
    bounds += [f"<{'=' * high.include_max}{high.max}".removesuffix(".dev0")] if high.max else []
    bounds += [
        f"!={before.max}"
        for before, after in pairwise(ranges)
        if before.max == after.min and not before.include_max and not after.include_min
    ]
    wide = ",".join(bounds)
    if len(bounds) != len(ranges) + (low.min is not None) + (high.max is not None) - 1:
        collector.note(f'{evidence.place}: "{constraint}" is carried over as {wide or "any version"}')
    return wide


def poetry_python(collector: Collector, path: str, document: dict[str, Any]) -> None:
    """Adds Poetry's limit on Python; InputError where it is not understood."""
    stated = table(document, "tool", "poetry", "dependencies").get("python")
    constraint = text(stated if isinstance(stated, str) else table(stated).get("version"))
    if not constraint:
        return
    evidence = place(collector.tree, path, ["\npython =", "\npython=", "python"], SECTION)
    try:
        specifier = poetry_specifier(collector, constraint, evidence)
    except Exception:  # noqa: BLE001 poetry-core lets through what its own parser raises
        raise InputError(f"{evidence.place}: {constraint[:80]} is not a Python version; write ^3.11") from None
    if specifier.startswith("==") and specifier.count(".") == 1:
        specifier += ".*"  # "3.11" to Poetry is 3.11.0, which nobody means
    collector.python(specifier, evidence)


def poetry_indexes(collector: Collector, path: str, document: dict[str, Any]) -> None:
    """Adds the indexes that Poetry, PDM or uv are told of."""
    for source in tables(table(document, "tool", "poetry").get("source")):
        # A primary one replaces PyPI, unless that is stated too: https://python-poetry.org/docs/repositories/
        priority = text(source.get("priority")) or ("supplemental" if source.get("secondary") is True else "primary")
        state(collector, path, source, default=priority in {"default", "primary"}, explicit=priority == "explicit")
    for source in tables(table(document, "tool", "pdm").get("source")):
        # The one of this name replaces PyPI: https://pdm-project.org/latest/usage/config/
        if text(source.get("type")) == "find_links":
            flat(collector, path, source)
        else:
            state(collector, path, source, default=text(source.get("name")) == "pypi")
        for package in texts(source.get("include_packages")):
            evidence = place(collector.tree, path, [text(source.get("url"))])
            if "*" in package:
                collector.note(f"{evidence.place}: {package} is left out of indexes: name the packages one by one")
            else:
                collector.indexes.take(package, text(source.get("name")), evidence)
    indexes_of_uv(collector, *settings_of_uv(collector.tree, path, document))
