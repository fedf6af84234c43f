"""Where the readers put what they find."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from copier_slim.credentials import masked
from copier_slim.detect.dependencies import requirement as single
from copier_slim.detect.dependencies.indexes import Indexes
from copier_slim.detect.dependencies.model import Declared
from copier_slim.detect.findings import MOST_NOTES, Evidence
from copier_slim.errors import InputError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from copier_slim.detect.tree import Tree

# Distributions that install on one system only, and that `pip freeze` lists there
WINDOWS_ONLY = frozenset({"comtypes", "pypiwin32", "pywin32", "pywinauto", "pywinpty", "wmi"})
# A version where a specifier belongs, as people write it: 3.12, 3.12.*, and what readers add to it
VERSION = re.compile(r"(?:==)?(?P<version>3\.\d{1,3})(?:\.\*){0,2}", re.ASCII)
MOST_REQUIREMENTS = 5_000


@dataclass(frozen=True, slots=True)
class Local:
    """A project of the tree that is required, with extras; the directory "" is the project itself."""

    directory: str
    extras: frozenset[str]


@dataclass(slots=True)
class Collector:
    """Requirements as they are found, each name and marker once; the local projects among them wait in `locals`."""

    tree: Tree
    requirements: dict[tuple[str, str], tuple[Requirement, Evidence]] = field(default_factory=dict)
    constraints: list[Requirement] = field(default_factory=list)
    requires_python: list[tuple[str, Evidence]] = field(default_factory=list)
    locals: list[Local] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    read: int = 0  # requirements and constraints, those of one name too
    full: bool = False
    files: dict[str, Evidence] = field(default_factory=dict)  # wheels and constraints of the tree, by path
    members: dict[str, str] = field(default_factory=dict)  # uv's workspace: canonical name -> directory
    lock: str = ""  # the project's own lock, which names its local projects too
    main: str = ""  # the directory of the project itself, that of a workspace's member where the app is one
    unasked: bool = True  # whether what is named like a deployment's groups and extras is taken
    groups: frozenset[str] = frozenset()  # groups and extras that the project's own installation names, canonical

    indexes: Indexes = field(init=False)

    def __post_init__(self) -> None:
        self.indexes = Indexes(self.note)

    def note(self, text: str) -> None:
        """Tells the user something once."""
        if len(self.notes) < MOST_NOTES and text not in self.notes:
            self.notes.append(text)

    def is_full(self, evidence: Evidence) -> bool:
        """Whether there are as many requirements as are read; then a note says where the rest begins."""
        if self.read < MOST_REQUIREMENTS:
            return False
        if not self.full:
            self.note(f"{evidence.place} and below is left out: there are over {MOST_REQUIREMENTS:,} requirements")
        self.full = True
        return True

    def require(self, line: str, evidence: Evidence, directory: str = "") -> None:
        """Adds a PEP 508 line from a file of `directory`; InputError where it is none."""
        if self.is_full(evidence):
            return
        self.add(self.parsed(line, evidence), evidence, directory)

    def parsed(self, line: str, evidence: Evidence) -> Requirement:
        """The requirement; InputError where the line is none."""
        try:
            return single.parse(line)
        except ValueError:
            shown = masked(" ".join(line.split()))
            raise InputError(
                f'{evidence.place}: "{shown[:80]}" is not a requirement; write name>=1.0 or name @ https://…'
            ) from None

    def add(self, requirement: Requirement, evidence: Evidence, directory: str = "") -> None:
        """Adds a requirement from a file of `directory`, to one that is there for the same name and marker."""
        self.read += 1
        name = canonicalize_name(requirement.name)
        if name == "pkg-resources":
            self.note(f"{evidence.place}: pkg-resources is left out: it is a part of setuptools, not a distribution")
            return
        if requirement.url and not self._resolve_url(requirement, evidence, directory):
            return
        self._limit_to_system(requirement, name, evidence)
        key = (name, str(requirement.marker or ""))
        if key not in self.requirements:
            self.requirements[key] = (requirement, evidence)
            return
        known, first = self.requirements[key]
        if known.url and requirement.url and known.url != requirement.url:
            self.note(f"{evidence.place}: {name} comes from a second URL, which is left out; {first.place} counts")
        known.extras |= requirement.extras
        known.url = known.url or requirement.url
        known.specifier &= requirement.specifier

    def _resolve_url(self, requirement: Requirement, evidence: Evidence, directory: str) -> bool:
        url = requirement.url or ""
        if single.is_local(url):
            path = single.local_path(url, directory)
            if path is None and url.startswith("file:"):
                _, version = single.archive_name(url)
                requirement.url = None
                if version:
                    requirement.specifier = single.parse(f"{requirement.name}=={version}").specifier
                taken = single.written(requirement)
                self.note(f"{evidence.place}: {requirement.name} was installed from a local file; {taken} is taken")
                return True
            self.require_local(url, frozenset(requirement.extras), evidence, directory)
            return False
        try:
            requirement.url, change = single.remote_url(url)
        except single.UnusableURLError as error:
            self.note(f"{evidence.place}: {requirement.name} is left out: it {error}")
            return False
        if change:
            self.note(f"{evidence.place}: {requirement.name} {change}")
        return True

    def require_local(self, url: str, extras: frozenset[str], evidence: Evidence, directory: str) -> None:
        """Adds a project of the tree, by a path or a file: URL in a file of `directory`."""
        path = single.local_path(url, directory)
        if path is None:
            self.note(f"{evidence.place}: {masked(url)} is left out: it is outside the repository")
        elif path.endswith(".whl") and self.tree.has(path):
            self.require_wheel(path, extras, evidence)
        elif self.tree.is_project(path):
            self.locals.append(Local(path, extras))
        elif self.lock and not self.tree.has(path) and not self.tree.has_folder(path):
            raise InputError(
                f"{evidence.place}: nothing is at {path}, which {self.lock} installs; add it, or remove it and lock"
            )
        else:
            self.note(f"{evidence.place}: {url} is left out: no pyproject.toml or setup.py is there")

    def require_wheel(self, path: str, extras: frozenset[str], evidence: Evidence) -> None:
        """Adds what a wheel of the tree has, which is installed from there."""
        name, version = single.archive_name(path)
        if not name:
            self.note(f"{evidence.place}: {path} is left out: its name is not a wheel's, NAME-VERSION-…-any.whl")
            return
        self.files[path] = evidence
        wanted = f"[{','.join(sorted(extras))}]" if extras else ""
        self.add(single.parse(f"{name}{wanted}=={version}"), evidence)

    def _limit_to_system(self, requirement: Requirement, name: str, evidence: Evidence) -> None:
        system = "win32" if name in WINDOWS_ONLY else "darwin" if name.startswith(("appnope", "pyobjc")) else ""
        if system and requirement.marker is None:
            requirement.marker = Marker(f'sys_platform == "{system}"')
            self.note(f'{evidence.place}: {name} is limited to sys_platform == "{system}", where it belongs')

    def constrain(self, requirement: Requirement) -> None:
        """Keeps a constraint for `constrained`."""
        self.read += 1
        self.constraints.append(requirement)

    def constrained(self, python_version: str | None) -> dict[str, str]:
        """Merges constraints of required names into their requirements; the pins among all of them, by name."""
        pins: dict[str, str] = {}
        for constraint in self.constraints:
            name = canonicalize_name(constraint.name)
            version = single.pinned_version(constraint)
            if not single.applies(constraint.marker, python_version) or constraint.url:
                continue
            if version:
                pins.setdefault(name, version)
                continue
            for (known, _), (requirement, _) in self.requirements.items():
                if known == name and not requirement.url:
                    requirement.specifier &= constraint.specifier
        return pins

    def python(self, specifier: str, evidence: Evidence) -> None:
        """Adds a limit on Python's version; InputError where it is neither a PEP 440 specifier nor a version."""
        plain = VERSION.fullmatch(specifier.strip())
        try:
            normal = single.specifiers(f"=={plain['version']}.*" if plain else specifier)
        except ValueError:
            raise InputError(
                f'{evidence.place}: "{masked(specifier)[:80]}" is no version specifier; write >=3.11'
            ) from None
        if normal and all(normal != known or evidence.path != where.path for known, where in self.requires_python):
            self.requires_python.append((normal, evidence))

    @property
    def declared(self) -> list[Declared]:
        """The requirements in the order they were found."""
        return [
            Declared(single.written(requirement), name, evidence)
            for (name, _), (requirement, evidence) in self.requirements.items()
        ]
