"""Where the image's dependencies come from: what the project states itself, and what is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim.catalog.rows import Agent, Command
from copier_slim.detect.dependencies.documents import place, table, tables, text, texts, toml
from copier_slim.detect.dependencies.groups import deployed_extras, deployed_groups
from copier_slim.detect.dependencies.lock_format import can_be_exported
from copier_slim.detect.dependencies.pipenv import PIPFILE, categories
from copier_slim.detect.dependencies.sources import workspace_members
from copier_slim.detect.findings import Evidence
from copier_slim.detect.tree import PROJECT_FILES

if TYPE_CHECKING:
    from collections.abc import Collection

    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.findings import Findings
    from copier_slim.detect.tree import Tree

INPUTS, PYPROJECT = "requirements.in", "pyproject.toml"
OF_TOOLS = frozenset({"uv", "poetry", "pdm", "pipenv", "pyproject"})


def source_of(tree: Tree, declared: Dependencies, given: str = "") -> str:
    """The answer dependency_source: the project's own lock, pyproject.toml with a plain list, or requirements.in.

    `given` is that answer where it is settled. pyproject.toml cannot be followed without a lock where its list is
    dynamic, in Poetry's own form, or names other places than an index: only its own tool reads these.
    """
    if given:
        return given
    document = toml(tree, PYPROJECT)
    project = table(document, "project")
    if declared.source not in OF_TOOLS or "dependencies" in texts(project.get("dynamic")):
        return INPUTS
    row = catalog.sources().get(declared.lock_file)
    if row and row.lock and declared.lock_file == "Pipfile.lock":
        return declared.lock_file
    if row and row.lock and can_be_exported(declared.lock_file, toml(tree, declared.lock_file)):
        return declared.lock_file
    if row and row.lock:
        tree.note(
            f"{declared.lock_file} is of a form that its tool does not export: its versions are taken once;"
            f" run {row.mend}, then copier-slim update --data dependency_source={declared.lock_file}"
        )
    sources = [
        one
        for value in table(document, "tool", "uv", "sources").values()
        for one in tables(value if isinstance(value, list) else [value])
    ]
    named = [one for one in sources if one.keys() - {"index", "marker", "extra", "group"}]
    elsewhere = declared.local_packages or declared.files or declared.member or named
    urls = any(" @ " in item.text for item in declared.declared)
    plain = project.get("dependencies") and text(project.get("name"))
    return PYPROJECT if plain and not elsewhere and not urls else INPUTS


def member_of(tree: Tree, declared: Dependencies, app: Module | Evidence) -> str:
    """The directory of the uv workspace's member that the app belongs to; "" where the root has it."""
    if declared.source not in OF_TOOLS | {""}:
        return ""
    members = workspace_members(tree, toml(tree, PYPROJECT)).values()
    nearest = max((one for one in members if app.path.startswith(f"{one}/")), key=len, default="")
    return "" if nearest in declared.local_packages else nearest


def answer(findings: Findings, tree: Tree, declared: Dependencies, framework: str) -> None:
    """Adds the answers that stand in place of `dependencies` where the project states them itself."""
    source = declared.answer
    row = catalog.sources()[source]
    findings.add("dependency_source", source, Evidence(source))
    document = toml(tree, f"{declared.member}/{PYPROJECT}".lstrip("/"))
    if row.states == PIPFILE:
        groups = categories(toml(tree, PIPFILE), declared.groups)
    else:
        extras = [*table(document, "project", "optional-dependencies"), *table(document, "tool", "poetry", "extras")]
        groups = deployed_groups(document, declared.groups)
        groups += [f"[{name}]" for name in dict.fromkeys(deployed_extras(extras, declared.groups))]
    groups = [name for name in groups if name not in (row.always or ())]
    if groups:
        states = row.states if row.states == PIPFILE else f"{declared.member}/{PYPROJECT}".lstrip("/")
        lines = [place(tree, states, _as_keys(name.strip("[]"))) for name in groups]
        findings.add("dependency_groups", " ".join(groups), *lines)
    members = workspace_members(tree, toml(tree, PYPROJECT))
    if declared.member:
        name = text(table(document, "project").get("name"))
        findings.add("workspace_member", name, Evidence(f"{declared.member}/{PYPROJECT}"))
    directories = sorted({*members.values(), *declared.local_packages, declared.member} - {"", "."})
    paths = [f"{directory}/{file}" for directory in directories for file in PROJECT_FILES]
    if row.lock and (files := list(filter(tree.has, paths))):
        findings.add("workspace_files", "\n".join(files), Evidence(source))
    if provided := [name for name in _of_the_template(framework) if _has(declared, name, locked=bool(row.lock))]:
        findings.add("provided", " ".join(provided), Evidence(source))


def _as_keys(name: str) -> list[str]:
    """How a group or an extra begins in TOML, as a key or in the name of a table."""
    return [
        *(f"\n{quote}{name}{quote}{mark}" for quote in ("", '"') for mark in (" =", "=")),
        f"group.{name}.",
        f"\n[{name}]",
        name,
    ]


def unneeded_members(tree: Tree, declared: Dependencies) -> list[str]:
    """The directories of the workspace's members that the image does not need, where the app is in a member."""
    if not declared.member:
        return []
    members = set(workspace_members(tree, toml(tree, PYPROJECT)).values()) - {"."}
    needed = {declared.member, *declared.local_packages}
    return sorted(one for one in members - needed if not any(f"{other}/".startswith(f"{one}/") for other in needed))


def beside(lines: Collection[str], declared: Dependencies) -> list[str]:
    """Which of the lines that detection adds name what the project's list does not have, nor its lock."""
    names = declared.names
    found = []
    for line in lines:
        try:
            if canonicalize_name(Requirement(line).name) not in names:
                found.append(line)
        except InvalidRequirement:
            continue
    return found


def _has(declared: Dependencies, name: str, *, locked: bool) -> bool:
    return name in declared.locked if locked else any(item.name == name for item in declared.declared)


def _of_the_template(framework: str) -> list[str]:
    """The canonical names of what framework, any server and any agent would bring."""
    needs = [*catalog.frameworks()[framework].requires]
    commands = [field for row in catalog.servers().values() for field in msgspec.structs.astuple(row)]
    for row in (*commands, *catalog.agents().values()):
        needs += row.requires if isinstance(row, (Command, Agent)) else []
    return list(dict.fromkeys(canonicalize_name(Requirement(line).name) for line in needs))
