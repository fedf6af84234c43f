"""A project's own lock, of uv, Poetry, PDM, Pipenv or PEP 751: what it names, and whether it has what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim.detect.dependencies import locks
from copier_slim.detect.dependencies import requirement as single
from copier_slim.detect.dependencies.collector import Collector, Local
from copier_slim.detect.dependencies.documents import json_object, table, tables, text, toml
from copier_slim.detect.dependencies.groups import group_lines, groups_and_extras
from copier_slim.detect.dependencies.lock_format import check_format
from copier_slim.detect.dependencies.pipenv import PIPFILE, read_pipfile
from copier_slim.detect.dependencies.project import read_project
from copier_slim.detect.dependencies.requirements_txt import RequirementsReader
from copier_slim.detect.dependencies.sources import workspace_members
from copier_slim.detect.tree import Tree
from copier_slim.errors import CheckFailedError, InputError
from copier_slim.lock.lockfile import holds, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from packaging.requirements import Requirement

PYPROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class OwnLock:
    """The lock that the answer dependency_source names; `mend` is the command that makes it anew."""

    root: Path
    file: str
    states: str
    mend: str
    python: str
    groups: tuple[str, ...]
    member: str = ""

    def versions(self) -> dict[str, set[str]]:
        """Every version that the lock names, of development's packages too, by canonical name.

        Raises InputError where it cannot be read, or is of a newer format than is known.
        """
        tree = Tree(self.root)
        found: dict[str, set[str]] = {}
        is_json = self.file == "Pipfile.lock"
        document = json_object(tree, self.file) if is_json else toml(tree, self.file)
        check_format(self.file, document)
        if is_json:
            for category, packages in document.items():
                for name, stated in packages.items() if isinstance(packages, dict) and category != "_meta" else ():
                    found.setdefault(canonicalize_name(name), set()).add(text(table(stated).get("version")).lstrip("="))
            return found
        for package in [*tables(document.get("package")), *tables(document.get("packages"))]:
            found.setdefault(canonicalize_name(text(package.get("name"))), set()).add(text(package.get("version")))
        return found

    def require(self) -> None:
        """Raises InputError where the lock is missing, or cannot be read."""
        if not Tree(self.root).has(self.file):
            raise InputError(f"{self.file} is missing; run: {self.mend}")
        self.versions()

    def pins(self) -> dict[str, str]:
        """The versions of what the project asks for and what that needs, by canonical name; those of an index alone."""
        tree = Tree(self.root)
        return locks.read_lock(tree, self.file, self.requirements(tree), self.python)

    def check(self) -> None:
        """Raises CheckFailedError where the lock is missing, or has not what its file asks for.

        That is seen by names and versions, without a network; the tool itself sees more, and the build asks it.
        """
        tree = Tree(self.root)
        if not tree.has(self.file):
            raise CheckFailedError(f"{self.file} is missing; run: {self.mend}")
        locked = self.versions()
        for requirement in self.requirements(tree):
            if requirement.url or not single.applies(requirement.marker, self.python):
                continue
            if not holds(requirement, locked.get(canonicalize_name(requirement.name))):
                raise CheckFailedError(
                    f"{self.file} is older than {self.states}, which asks for {requirement}; run: {self.mend}"
                )

    def asked(self) -> set[str]:
        """The canonical names of what the project asks for in the image's Python, on Linux."""
        asked = self.requirements(Tree(self.root))
        return {canonicalize_name(one.name) for one in asked if single.applies(one.marker, self.python)}

    def requirements(self, tree: Tree) -> list[Requirement]:
        """What the project asks for in the image: its own requirements, and those of the chosen extras and groups."""
        document = toml(tree, PYPROJECT)
        collector = Collector(tree, members=workspace_members(tree, document), unasked=False)
        extras = frozenset(map(canonicalize_name, groups_and_extras(" ".join(self.groups))[1]))
        if self.states == PIPFILE:
            read_pipfile(collector)
        else:
            directory = collector.members.get(canonicalize_name(self.member), "") if self.member else ""
            collector.locals.append(Local(directory, extras))
        done: list[Local] = []
        while collector.locals:
            local = collector.locals.pop(0)
            if local not in done:
                done.append(local)
                read_project(collector, RequirementsReader(collector), local)
        found = [requirement for requirement, _ in collector.requirements.values()]
        members = {canonicalize_name(name) for name in workspace_members(tree, document)}
        return [
            one
            for one in [*found, *self._of_groups(document, toml(tree, PIPFILE))]
            if canonicalize_name(one.name) not in members
        ]

    def _of_groups(self, document: dict[str, Any], pipfile: dict[str, Any]) -> list[Requirement]:
        found: list[Requirement] = []
        for group in groups_and_extras(" ".join(self.groups))[0]:
            lines = group_lines(document, group)
            lines += list(table(document, "tool", "poetry", "group", group, "dependencies"))
            lines += list(table(pipfile, group)) if self.states == PIPFILE else []
            found += parsed(lines)
        return found


def own_lock(root: Path, answers: Mapping[str, Any]) -> OwnLock | None:
    """The project's own lock, None where requirements.txt is made."""
    row = catalog.sources().get(str(answers.get("dependency_source") or ""))
    if row is None or row.lock is None:
        return None
    python = str(answers.get("python_version") or next(iter(catalog.pythons())))
    words = tuple(str(answers.get("dependency_groups") or "").split())
    member = str(answers.get("workspace_member") or "")
    return OwnLock(root, row.lock, row.states, row.mend or "", python, words, member)
