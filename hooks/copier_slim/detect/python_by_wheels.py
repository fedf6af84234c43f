"""Python by the wheels of pinned releases: frozen projects run on the Python of their time, often on no newer one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from copier_slim import catalog
from copier_slim.detect.dependencies.requirement import applies
from copier_slim.detect.undeclared import pin
from copier_slim.package_index import index, wheels

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from copier_slim.detect.python_version import Choice

# Months from the first beta, which releases can be tried on, to the release itself (PEP 602)
BETA = 5


@dataclass(slots=True)
class Compatibility:
    """The Python that the releases leave, why, and what has no wheel for it (by name, with the reason)."""

    version: str
    why: str = ""
    compiled: dict[str, str] = field(default_factory=dict)


def check(choice: Choice, requirements: list[Requirement], locked: dict[str, str]) -> Compatibility:
    """Looks the releases up in the index, pinned, locked, limited or the newest; what it does not know limits nothing.

    The newest count where the Python is a guess: one that they are not for would get releases of years ago instead.
    """
    requirements = [item for item in requirements if applies(item.marker, choice.version)]
    pins: dict[str, str] = {canonicalize_name(item.name): version for item in requirements if (version := pin(item))}
    wanted = locked | pins
    limited: dict[str, str] = {
        canonicalize_name(item.name): str(item.specifier)
        for item in requirements
        if canonicalize_name(item.name) not in wanted
        and (
            not choice.stated
            or any(clause.operator in ("<", "<=", "~=", "==") for clause in item.specifier)
            or canonicalize_name(item.name) in catalog.packages()
        )
    }
    if not wanted and not limited:
        return Compatibility(choice.version)
    answers = index.files([*wanted, *limited], wanted)
    releases = [
        found
        for name, files in answers.items()
        if (found := wheels.release(name, files, wanted.get(name, ""), limited.get(name, ""))) is not None
    ]
    version, why = (choice.version, "") if choice.stated else _best(choice.allowed, releases, wanted)
    compiled = {
        item.name: f"{item.name} {item.version} has no wheel for Python {version}"
        for item in releases
        if item.native and not item.has_wheel(version)
    }
    return Compatibility(version, why, compiled)


def _best(allowed: tuple[str, ...], releases: list[wheels.Release], wanted: dict[str, str]) -> tuple[str, str]:
    """The first allowed version that every release is made for; else the oldest, with the reason in either case."""
    why = ""
    for version in allowed:
        minor = Version(version).minor
        against = next(
            (
                f"{item.name} {item.version} was made for Python up to 3.{item.newest_python}"
                for item in releases
                if item.native and item.newest_python is not None and item.newest_python < minor
            ),
            "",
        ) or next(
            (
                f"{item.name} {item.version} wants Python {item.requires_python}"
                for item in releases
                if not item.fits(version)
            ),
            "",
        )
        against = against or _too_new(version, releases, wanted)
        if not against:
            return version, why
        why = why or against
    oldest = min(allowed, key=Version)
    return oldest, why


def _too_new(version: str, releases: list[wheels.Release], wanted: dict[str, str]) -> str:
    """Why a Python is younger than a project whose releases are all frozen; "" where it is not."""
    dated = [item for item in releases if item.uploaded and item.name in wanted]
    if len(dated) < max(1, len(releases) // 2):
        return ""
    newest = max(dated, key=lambda item: item.uploaded)
    year, month = map(int, catalog.pythons()[version].since.split("-"))
    if newest.uploaded[:7] >= f"{year}-{month - BETA:02}":
        return ""
    return f"its newest pin, {newest.name} {newest.version}, is of {newest.uploaded[:7]}, before Python {version}"
