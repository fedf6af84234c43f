"""What wheels say: for which Pythons a release is there, and which must be compiled."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from copier_slim.index import File

MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


@dataclass(frozen=True, slots=True)
class Release:
    """A version of a project and its files.

    wheels    (interpreter tag, ABI tag, platform tag) of each wheel
    native    whether this or another version of the project has wheels for one platform only, so that a source
              distribution of it most likely compiles
    """

    name: str
    version: Version
    wheels: tuple[tuple[str, str, str], ...]
    native: bool
    requires_python: str
    uploaded: str

    def fits(self, python: str) -> bool:
        """Whether the release's metadata allows a minor version of Python."""
        try:
            return any(Version(f"{python}.{patch}") in SpecifierSet(self.requires_python) for patch in (0, 5, 30))
        except InvalidSpecifier:
            return True

    def has_wheel(self, python: str, libc: str = "manylinux") -> bool:
        """Whether a wheel for that Python on Linux, on this machine's architecture, is there."""
        machine = MACHINES.get(platform.machine().lower(), "x86_64")
        minor = int(python.partition(".")[2])
        return any(
            (where == "any" or ((libc in where or where.startswith("linux")) and where.endswith(machine)))
            and _serves(interpreter, abi, minor)
            for interpreter, abi, where in self.wheels
        )

    @property
    def newest_python(self) -> int | None:
        """The minor version of the newest Python that its wheels, for any platform, were built for; None for any."""
        minors = []
        for interpreter, abi, _ in self.wheels:
            if interpreter.startswith("py3") or abi == "abi3":
                return None
            if match := re.fullmatch(r"cp3(\d+)", interpreter):
                minors.append(int(match[1]))
        return max(minors, default=None)


def _serves(interpreter: str, abi: str, minor: int) -> bool:
    if interpreter.startswith("py3") or interpreter == "py2.py3":
        return True
    match = re.fullmatch(r"cp3(\d+)", interpreter)
    if match is None:
        return False
    return int(match[1]) <= minor if abi == "abi3" else int(match[1]) == minor and not abi.endswith("t")


def release(name: str, files: Iterable[File], version: str = "", specifier: str = "") -> Release | None:
    """The release of that version, or the newest that the specifier allows; None where the index has none."""
    by_version: dict[Version, list[File]] = {}
    native = False
    for file in files:
        parsed = _version(name, file.name)
        if parsed is not None:
            by_version.setdefault(parsed, []).append(file)
            native = native or (file.name.endswith(".whl") and not file.name.endswith("-any.whl"))
    chosen = _choose(by_version, version, specifier)
    if chosen is None:
        return None
    wheels: list[tuple[str, str, str]] = []
    for file in by_version[chosen]:
        if file.name.endswith(".whl"):
            wheels += [(tag.interpreter, tag.abi, tag.platform) for tag in parse_wheel_filename(file.name)[3]]
    first = by_version[chosen][0]
    requires = next((file.requires_python for file in by_version[chosen] if file.requires_python), "")
    return Release(name, chosen, tuple(wheels), native, requires, first.uploaded)


def _choose(by_version: Mapping[Version, list[File]], version: str, specifier: str) -> Version | None:
    try:
        if version:
            wanted = Version(version)
            return next((found for found in by_version if found == wanted or found.public == wanted.public), None)
        allowed = SpecifierSet(specifier)
    except (InvalidVersion, InvalidSpecifier):
        return None
    fitting = [found for found in by_version if found in allowed]
    return max(fitting, default=None)


def _version(name: str, filename: str) -> Version | None:
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[1]
        if filename.endswith((".tar.gz", ".zip")):
            found, version = parse_sdist_filename(filename)
            return version if canonicalize_name(found) == name else None
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion, ValueError):
        pass
    return None
