"""What wheels say: for which Pythons and systems a release is there, and which must be compiled.

https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from copier_slim.package_index.index import File

MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
SOURCES = (".tar.gz", ".zip")
# The oldest glibc that a manylinux tag names on a machine, and the tags that have a name beside the number (PEP 600)
OLDEST_GLIBC = {"x86_64": 5, "aarch64": 17}
OLD_NAMES = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a wheel is to run: CPython's minor version, a system (a suite of Debian, or alpine) and a machine."""

    python: str
    system: str = "trixie"
    machine: str = "x86_64"


@cache
def supported(target: Target) -> Mapping[Tag, int]:
    """The tags of the wheels that run there, the best first, with their rank."""
    major, minor = map(int, target.python.split("."))
    platforms = list(_platforms(catalog.libcs()[target.system], target.machine))
    interpreter = f"cp{major}{minor}"
    tags = [
        *cpython_tags((major, minor), [interpreter], platforms),
        *compatible_tags((major, minor), interpreter, platforms),
    ]
    return {tag: rank for rank, tag in reversed(list(enumerate(tags)))}


def _platforms(libc: str, machine: str) -> Iterator[str]:
    name, major, newest = libc.split("_")
    oldest = OLDEST_GLIBC[machine] if name == "manylinux" else 0
    for minor in range(int(newest), oldest - 1, -1):
        yield f"{name}_{major}_{minor}_{machine}"
        if name == "manylinux" and minor in OLD_NAMES:
            yield f"{OLD_NAMES[minor]}_{machine}"
    yield f"linux_{machine}"


@dataclass(frozen=True, slots=True)
class Release:
    """A version of a project.

    files     its files, with the tags that a wheel's name stands for; none for a source distribution
    native    whether this or another version of the project has wheels for one platform only, so that a source
              distribution of it most likely compiles
    """

    name: str
    version: Version
    files: Mapping[File, frozenset[Tag]]
    native: bool

    @property
    def wheels(self) -> dict[File, frozenset[Tag]]:
        """The wheels, with their tags."""
        return {file: tags for file, tags in self.files.items() if tags}

    @property
    def source(self) -> File | None:
        """The source distribution."""
        return next((file for file, tags in self.files.items() if not tags), None)

    @property
    def uploaded(self) -> str:
        """When its first file was uploaded, as File has it."""
        return next(file.uploaded for file in self.files)

    @property
    def requires_python(self) -> str:
        """What its metadata says of Python, "" where it says nothing."""
        return next((file.requires_python for file in self.files if file.requires_python), "")

    def fits(self, python: str) -> bool:
        """Whether the release's metadata allows a minor version of Python."""
        try:
            return any(Version(f"{python}.{patch}") in SpecifierSet(self.requires_python) for patch in (0, 5, 30))
        except ValueError:
            return True

    def wheel(self, target: Target) -> File | None:
        """The wheel that pip would install there."""
        ranks = supported(target)
        best = {
            file: min(found)
            for file, tags in self.files.items()
            if (found := [ranks[tag] for tag in tags if tag in ranks])
        }
        return min(best, key=best.__getitem__, default=None)

    def closest_wheel(self, target: Target) -> File | None:
        """The wheel for another Linux, machine or Python that is most like one for there; None where there is none."""
        like = {file: max(_likeness(tag, target) for tag in tags) for file, tags in self.wheels.items()}
        return max((file for file in like if like[file][0]), key=like.__getitem__, default=None)

    def has_wheel(self, python: str) -> bool:
        """Whether a wheel for that Python on Debian, on this machine's architecture, is there."""
        machine = MACHINES.get(platform.machine().lower(), "x86_64")
        return self.wheel(Target(python, machine=machine)) is not None

    @property
    def newest_python(self) -> int | None:
        """The minor version of the newest Python that its wheels, for any platform, were built for; None for any."""
        minors = []
        for tag in frozenset[Tag]().union(*self.wheels.values()):
            if tag.interpreter.startswith("py3") or tag.abi == "abi3":
                return None
            if match := re.fullmatch(r"cp3(\d+)", tag.interpreter):
                minors.append(int(match[1]))
        return max(minors, default=None)


def _likeness(tag: Tag, target: Target) -> tuple[bool, bool, bool]:
    """For Linux, for the same machine, for the same Python."""
    return (
        "linux" in tag.platform or tag.platform == "any",
        tag.platform.endswith(target.machine),
        tag.interpreter == f"cp{target.python.replace('.', '')}" or tag.abi == "abi3",
    )


def release(name: str, files: Iterable[File], version: str = "", specifier: str = "") -> Release | None:
    """The release of that version, or the newest that the specifier allows; None where the index has none.

    A release that was yanked is only found by its version, as pip has it (PEP 592).
    """
    everything = list(files)
    native = any(file.name.endswith(".whl") and not file.name.endswith("-any.whl") for file in everything)
    # Names are parsed slowly, and some projects have thousands of files
    named = [file for file in everything if f"-{version}" in file.name]
    for looked_at in (named, everything):
        by_version: dict[Version, dict[File, frozenset[Tag]]] = {}
        for file in looked_at:
            parsed = _parse(name, file.name)
            if parsed is not None and (version or not file.yanked):
                by_version.setdefault(parsed[0], {})[file] = parsed[1]
        chosen = _choose(by_version, version, specifier)
        if chosen is not None:
            return Release(name, chosen, by_version[chosen], native)
    return None


def _choose(by_version: Iterable[Version], version: str, specifier: str) -> Version | None:
    try:
        if version:
            wanted = Version(version)
            return next((found for found in by_version if found == wanted or found.public == wanted.public), None)
        allowed = SpecifierSet(specifier)
    except ValueError:
        return None
    return max(allowed.filter(by_version), default=None)


def _parse(name: str, filename: str) -> tuple[Version, frozenset[Tag]] | None:
    """The version and the tags in a file's name; None where it is no file of that project to install from."""
    try:
        if filename.endswith(".whl"):
            _, version, _, tags = parse_wheel_filename(filename)
            return version, tags
        if filename.endswith(SOURCES):
            found, version = parse_sdist_filename(filename)
            return (version, frozenset()) if canonicalize_name(found) == name else None
    except ValueError:
        pass
    return None
