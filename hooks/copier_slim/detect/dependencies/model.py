"""What is known of a project's dependencies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copier_slim.detect.dependencies.indexes import Indexes
    from copier_slim.detect.findings import Evidence


@dataclass(frozen=True, slots=True)
class Declared:
    """One requirement the project states: a PEP 508 line as it goes into requirements.in, and its canonical name."""

    text: str
    name: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Package:
    """The project as a distribution."""

    name: str
    scripts: dict[str, str]  # command -> "module:object"
    scripts_evidence: Evidence
    backend: str  # the build backend's module, "" without [build-system]
    scm_version: bool  # the version comes from git
    installable: bool  # not for a project that only lists dependencies
    explicit_install: bool  # the project itself is among what is to be installed


@dataclass(slots=True)
class Dependencies:
    """What a project requires, where that is stated, and what an existing lock says."""

    source: str = ""  # "" where nothing states any
    declared: list[Declared] = field(default_factory=list)
    locked: dict[str, str] = field(default_factory=dict)  # canonical name -> version
    lock_file: str = ""
    requires_python: list[tuple[str, Evidence]] = field(default_factory=list)  # PEP 440 specifiers
    package: Package | None = None
    local_packages: list[str] = field(default_factory=list)  # directories, relative to the root
    answer: str = "requirements.in"  # dependency_source
    member: str = ""  # the directory of the workspace's member that this is, "" for the root
    groups: frozenset[str] = frozenset()  # that the project's own installation names, canonical, extras as [NAME]
    elsewhere: frozenset[str] = frozenset()  # canonical names of what does not come from the default index
    files: dict[str, Evidence] = field(default_factory=dict)  # wheels and constraints of the tree, by path
    indexes: Indexes | None = field(default=None, compare=False)  # those beside PyPI
    notes: list[str] = field(default_factory=list)  # what could not be carried over, and why

    @property
    def direct(self) -> set[str]:
        """The canonical names of what is declared."""
        return {item.name for item in self.declared}

    @property
    def names(self) -> set[str]:
        """The canonical names of what is declared and of what the lock has."""
        return self.direct | self.locked.keys()
