"""The verb `check`: where project and image no longer match, and what bugs in earlier versions left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.check.advisories import LOOKS
from copier_slim.check.drift import drifts
from copier_slim.detect.tree import Tree
from copier_slim.errors import InputError
from copier_slim.lock.project import answers_of

if TYPE_CHECKING:
    from pathlib import Path

    from copier_slim.check.drift import Drift
    from copier_slim.detect.findings import Evidence

__all__ = ["Finding", "check", "parts"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A place in the project that an advisory warns of, with the advisory and its id."""

    id: str
    advisory: catalog.Advisory
    evidence: Evidence


def check(project: Path) -> list[Finding]:
    """Returns the places in a project that the advisories warn of, in the order of the advisories.

    Raises InputError where the project has no answers file, or one that cannot be read.
    """
    if not answers_of(project):
        raise InputError(f"{project} has no .copier-answers.yml; run copier-slim copy first")
    tree = Tree(project)
    return [
        Finding(name, advisory, evidence)
        for name, advisory in catalog.advisories().items()
        if name in LOOKS
        for evidence in LOOKS[name](tree)
    ]


def parts(project: Path) -> list[Drift]:
    """Where the recorded answers and the project part; raises InputError where either cannot be read."""
    return drifts(project, answers_of(project))[0]
