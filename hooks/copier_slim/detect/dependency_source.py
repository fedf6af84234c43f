"""Where the image's dependencies come from: the project's own lock where it has one, and what is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim.catalog.rows import Agent, Command
from copier_slim.detect.dependencies.documents import table, texts, toml
from copier_slim.detect.dependencies.project import DEPLOYMENT
from copier_slim.detect.dependencies.sources import workspace_members
from copier_slim.detect.findings import Evidence

if TYPE_CHECKING:
    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.findings import Findings
    from copier_slim.detect.tree import Tree

PYPROJECT = "pyproject.toml"
OF_TOOLS = frozenset({"uv", "poetry", "pdm", "pipenv", "pyproject"})


def own_lock(tree: Tree, declared: Dependencies) -> str:
    """The project's own lock, which is what is installed; "" where requirements.txt is made.

    So it is where the list is dynamic: its tool would need the files that it is read from, too.
    """
    if "dependencies" in texts(table(toml(tree, PYPROJECT), "project").get("dynamic")):
        return ""
    row = catalog.sources().get(declared.lock_file)
    return declared.lock_file if row and row.lock and declared.source in OF_TOOLS else ""


def answer(findings: Findings, tree: Tree, declared: Dependencies, framework: str) -> None:
    """Adds the answers that stand in place of `dependencies` where the project has a lock of its own."""
    lock = own_lock(tree, declared)
    findings.add("dependency_source", lock, Evidence(lock))
    document = toml(tree, PYPROJECT)
    groups = [name for name in table(document, "dependency-groups") if canonicalize_name(name) in DEPLOYMENT]
    groups += [
        f"[{name}]"
        for name in table(document, "project", "optional-dependencies")
        if canonicalize_name(name) in DEPLOYMENT
    ]
    if groups and lock != "Pipfile.lock":
        findings.add("dependency_groups", " ".join(groups), Evidence(PYPROJECT))
    members = workspace_members(tree, document).values()
    directories = sorted({*members, *declared.local_packages} - {"."})
    if files := [path for path in (f"{directory}/{PYPROJECT}" for directory in directories) if tree.has(path)]:
        findings.add("workspace_files", "\n".join(files), Evidence(lock))
    needs = [*catalog.frameworks()[framework].requires]
    commands = [field for row in catalog.servers().values() for field in msgspec.structs.astuple(row)]
    for row in (*commands, *catalog.agents().values()):
        needs += row.requires if isinstance(row, (Command, Agent)) else []
    names = dict.fromkeys(canonicalize_name(Requirement(line).name) for line in needs)
    if provided := [name for name in names if name in declared.locked]:
        findings.add("provided", " ".join(provided), Evidence(lock))
