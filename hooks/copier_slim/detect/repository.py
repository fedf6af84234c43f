"""Combines everything that is found in an existing repository into answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim.detect import (
    cooldown,
    dependency_source,
    entry_point,
    examples,
    fetched,
    frontend,
    image_installs,
    old_servers,
    own_servers,
    package_indexes,
    python_by_wheels,
    python_version,
    queues,
    runtime,
    stated_command,
    system_needs,
    undeclared,
)
from copier_slim.detect import dependencies as dependency_files
from copier_slim.detect.code import grpc, guards, health, mcp, older_calls, scripts
from copier_slim.detect.code.apps import Code
from copier_slim.detect.dependencies.requirements_txt import compiled_by_uv
from copier_slim.detect.entry import Entry, unique
from copier_slim.detect.findings import Evidence, Findings
from copier_slim.detect.statements import installation, process_scripts, settled, start_command
from copier_slim.detect.tree import Tree
from copier_slim.errors import InputError
from copier_slim.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.requirements import Requirement

    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.statements.settled import Statements

Choose = Callable[[list[Entry]], Entry]
PROJECT_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?")


@dataclass(slots=True)
class Repository:
    """What was found: answers with their evidence.

    `locked` are the versions that the first lock starts from, by name; `pythons` those that would do, the best first,
    only one where it is stated; `extras` those asked for, by name; `compiled` the pinned packages without a wheel;
    `unneeded` the directories of a workspace's members that the image can do without.
    """

    findings: Findings
    entry: Entry
    locked: dict[str, str]
    pythons: tuple[str, ...]
    extras: dict[str, set[str]]
    compiled: tuple[str, ...] = ()
    unneeded: tuple[str, ...] = ()


def take_first(entries: list[Entry]) -> Entry:
    """The entry that is clearly the first; raises InputError where there are several of the same rank."""
    if len(entries) > 1:
        names = ", ".join(f"{item.app} ({item.evidence[-1].path})" for item in entries[:4])
        raise InputError(
            f"found several apps, and none is clearly the main one: {names};"
            " run this in the app's directory, or give --data app=… --data framework=…"
        )
    return entries[0]


def detect(
    root: Path,
    *,
    choose: Choose = take_first,
    online: bool = True,
    given: Mapping[str, Any] | None = None,
    relaxed: Collection[str] = (),
    hidden: Collection[str] = (),
    hears: Callable[[str], object] = lambda _: None,
) -> Repository:
    """Reads the repository at `root`.

    `given` answers settle what is looked for; `relaxed` are packages whose pins may give way to later minor releases.
    `choose` picks one of several entry points; `online` asks the package index which Pythons the pins have wheels for.
    `hidden` paths count as not there; `hears` is told each path that is read. Of a repository that is not known,
    `child_process.look` sets it limits.
    Raises InputError where it is no Python project, or states what cannot be used.
    """
    if not root.is_dir():
        raise InputError(
            f"{root} is {'a file' if root.exists() else 'not there'}; name the directory of a Python project"
        )
    given = given or {}
    tree = Tree(root, hears, hidden)
    findings = Findings()
    statements = settled.read(tree)
    existing = statements.dockerfile
    wanted = str(given.get("dependency_source") or "")
    groups = installation.named_groups(tree.text(existing.path) or "") if existing else frozenset()
    declared = dependency_files.read(tree, source=wanted, groups=groups)
    code = Code(tree, frozenset(declared.direct))
    if not tree.python_files and not declared.source:
        raise InputError(
            f"{root} holds no Python; name the directory of a Python project, or an empty one for a new service"
        )
    of_image = existing.python if existing else None
    wishes = list(python_version.wishes(tree, declared.requires_python, of_image, statements.one("python_version")))
    python = python_version.choose(wishes, settled="python_version" in given)
    process_scripts.follow(statements, code)
    found = _entry(findings, code, declared, statements, choose, root.name, given)
    declared = _declared(findings, tree, declared, found, wanted)
    if found.stated_at is None:
        server = found.server or catalog.frameworks()[found.framework].default_server
        found = stated_command.of_configuration(found, code, str(given.get("server", server)))
    _answer_entry(findings, found, code)
    modules = code.reachable(found.module) if found.module else undeclared.all_modules(code)
    python = python_version.without_removed(python, undeclared.removed_modules(code, modules))
    package_indexes.answer(findings, declared, existing)
    cooldown.answer(findings, tree, declared, existing)
    if relaxed:
        undeclared.relax(
            findings, declared, relaxed, (python.version,) if python.stated else python.allowed, online=online
        )
    stated = undeclared.parsed(declared.declared)
    compatible = _answer_python(findings, python, declared, stated, online=online)
    by_name = (
        undeclared.by_name(existing.requirements if existing else {}, declared)
        | mcp.older_sdk(code, modules, stated, declared.locked)
        | older_calls.of_starlette(code, modules, stated, declared.locked)
        | undeclared.by_words(found.packages, found.evidence[0], declared)
        | undeclared.of_extras(code, modules, declared)
        | undeclared.of_library(found, code, declared)
        | undeclared.by_rows(found.requires, found.evidence[0], declared)
    )
    _answer_dependencies(findings, code, declared, modules, found, stated, by_name)
    package_indexes.add_files(findings, declared)
    package_indexes.say_smaller(findings, declared, given)
    extras: dict[str, set[str]] = {canonicalize_name(item.name): set(item.extras) for item in stated if item.extras}

    old_servers.settle(findings, found, declared, str(given.get("server") or ""))
    beside = runtime.answer(findings, code, found, modules, declared, statements, str(given.get("release") or ""))
    if found.framework not in catalog.queues():
        queues.answer(findings, statements, beside, str(given.get("processes") or ""), code, declared)
    fetched.answer(findings, code, modules, declared.names, statements.dockerfile)
    system_needs.answer(findings, code, declared, statements, modules, extras, compatible.compiled, given)
    frontend.answer(findings, code, declared, existing, statements.notes)
    findings.add("starter", value=False)
    _answer_name(findings, declared.package.name if declared.package else root.resolve().name)
    for note in (*statements.notes, *image_installs.notes(existing, declared, tree), *tree.notes):
        findings.note(note)
    pinned = {canonicalize_name(item.name) for item in stated if undeclared.pin(item)} | declared.locked.keys()
    old = tuple(sorted(pinned & compatible.compiled.keys()))
    pythons = (compatible.version,) if python.stated else python.allowed
    return Repository(
        findings,
        found,
        declared.locked,
        pythons,
        extras,
        old,
        tuple(dependency_source.unneeded_members(tree, declared)),
    )


def _answer_name(findings: Findings, name: str) -> None:
    findings.add("project_name", name if PROJECT_NAME.fullmatch(name) else _plain_name(name))


def _declared(
    findings: Findings, tree: Tree, declared: dependency_files.Dependencies, found: Entry, wanted: str
) -> dependency_files.Dependencies:
    """What the part of the project with the app declares, and its notes: the root, a member, or what is nearest."""
    if member := dependency_source.member_of(tree, declared, found.module or found.evidence[-1]):
        declared = dependency_files.read(tree, source=wanted, member=member, groups=declared.groups)
        findings.note(f"the app is in {member}, a member of the uv workspace: only what that member needs is installed")
    elif not declared.source and found.module:
        declared = _beside(tree, found.module.path) or declared
    declared.answer = dependency_source.source_of(tree, declared, wanted)
    for note in declared.notes:
        findings.note(note)
    return declared


def _answer_python(
    findings: Findings,
    python: python_version.Choice,
    declared: dependency_files.Dependencies,
    stated: list[Requirement],
    *,
    online: bool,
) -> python_by_wheels.Compatibility:
    for note in python.notes:
        findings.note(note)
    compatible = (
        python_by_wheels.check(python, *package_indexes.public(findings, stated, declared))
        if online
        else python_by_wheels.Compatibility(python.version)
    )
    version_evidence = (
        python.evidence
        if compatible.version == python.version
        else (Evidence(declared.source or "requirements", 0, compatible.why),)
    )
    findings.add("python_version", compatible.version, *version_evidence, guess=not version_evidence)
    return compatible


def _beside(tree: Tree, path: str) -> dependency_files.Dependencies | None:
    """What is declared nearest to a source, where nothing is at the root."""
    directory = path.rpartition("/")[0]
    while directory:
        below = Tree(tree.root / directory, partial(_hears_below, tree, directory))
        declared = dependency_files.read(below)
        if declared.source:
            for note in below.notes:
                tree.note(f"{directory}/{note}")
            declared.declared = [
                replace(item, evidence=replace(item.evidence, path=f"{directory}/{item.evidence.path}"))
                for item in declared.declared
            ]
            declared.local_packages = [f"{directory}/{package}" for package in declared.local_packages]
            declared.lock_file = declared.lock_file and f"{directory}/{declared.lock_file}"
            declared.package = None
            return declared
        directory = directory.rpartition("/")[0]
    return None


def _hears_below(tree: Tree, directory: str, path: str) -> None:
    tree.hears(f"{directory}/{path}")


def _plain_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:64].strip("-") or "app"


def _entry(
    findings: Findings,
    code: Code,
    declared: dependency_files.Dependencies,
    statements: Statements,
    choose: Choose,
    name: str,
    given: Mapping[str, Any],
) -> Entry:
    console_scripts = declared.package.scripts if declared.package and declared.package.installable else {}
    if "app" in given:
        return entry_point.from_answers(str(given["app"]), str(given.get("framework", "")), code)
    for start, place in start_command.stated(code, statements):
        if stated := entry_point.from_statement(start, code, console_scripts):
            if entry_point.can_be_said(stated):
                statements.chosen = statements.settle_command(place)
                process_scripts.beside(statements, start)
                return stated
            findings.note(f"not used, because it needs a shell: {stated.evidence[0]}")
        else:
            findings.note(f"not understood as a start command: {start.evidence}")
    evidence = declared.package.scripts_evidence if declared.package else Evidence("")
    project = declared.package.name if declared.package else name
    several = entry_point.candidates(code) or entry_point.script_candidates(code, console_scripts, evidence, project)
    uninstalled = declared.package.scripts if declared.package and not console_scripts else {}
    several = list(unique(several or list(own_servers.of_scripts(uninstalled, code))))
    if not several and uninstalled:
        name, target = next(iter(uninstalled.items()))
        raise InputError(
            f"{evidence.place}: the script {name} calls {target}, and the project is not installed; call it in a module"
            " of the project under if __name__ == '__main__', or name what is started with --data"
        )
    if not several and (example := examples.first(findings, code)):
        return example
    if not several:
        raise InputError(
            "no entry point found: no app object, no script with a main guard, no console script;"
            " name one with --data framework=… --data app=…"
        )
    return several[0] if len(several) == 1 else choose(several)


def _answer_entry(findings: Findings, found: Entry, code: Code) -> None:
    if not entry_point.can_be_said(found) and found.evidence[0].path != "--data":
        place, app = found.evidence[-1].place, printable(found.app)
        raise InputError(
            f"{place}: the app {app} cannot be written into a Dockerfile; rename that file, or give --data app=…"
        )
    findings.add("framework", found.framework, *found.evidence)
    findings.add("app", found.app, *found.evidence)
    if found.stated_at:
        findings.add("command", found.command, found.stated_at)
    for note in found.notes:
        findings.note(note)
    row = catalog.frameworks()[found.framework]
    if found.server:
        findings.add("server", found.server, *found.evidence[:1])
    _answer_health(findings, found, code)
    if found.module and row.app_kind == "object":
        for call in scripts.guard_does_more(found.module):
            line = code.evidence(found.module, call.lineno)
            findings.note(f"{line.place} runs only under __main__, which a server does not: {line.text}")


def _answer_health(findings: Findings, found: Entry, code: Code) -> None:
    """Adds the path that tells that it is well, "" where only a connection is safe."""
    row = catalog.frameworks()[found.framework]
    has_path = row.health_path is not None and found.server != "stdio"
    if has_path and row.app_kind == "object":  # the row's own path is the starter's, which this app does not have
        findings.add("health_path", "", guess=True)
    if found.served and found.served.health_path:
        findings.add("health_path", found.served.health_path, *found.evidence[:1])
    elif not found.module or found.server == "stdio":
        return
    elif found.framework in ("grpc", "command"):
        if found.port and (told := grpc.health(code, found.module)):
            findings.add("health_path", *told)
    elif has_path and found.framework not in ("streamlit", "django"):
        path = health.find(code, found.module, found.framework)
        gate = guards.find(code, found.module, found.framework)
        if gate and not (path and path[0] in gate.lets_in):
            findings.add("health_path", "", gate.evidence)
            findings.note(f"the health check only opens a connection, because {gate.why}: {gate.evidence}")
        elif path:
            findings.add("health_path", path[0], path[1])


def _answer_dependencies(
    findings: Findings,
    code: Code,
    declared: dependency_files.Dependencies,
    modules: list[Module],
    found: Entry,
    stated: list[Requirement],
    by_name: Mapping[str, Evidence],
) -> None:
    is_file = declared.source.startswith("requirements")
    text = code.tree.text(declared.source) if is_file and code.tree.has(declared.source) else None
    lines = undeclared.lines(declared, declared.source, text)
    before = len(lines)
    for line, why in undeclared.companions(stated, declared.locked):
        findings.note(f"{line} is added: {why}")
        lines.append(line)
    for line, place in by_name.items():
        findings.note(f"{line} is added: {place}")
        lines.append(line)
    # The entry alone may import little, and Django's settings name apps as texts
    if not declared.source and (len(modules) < 2 or found.framework == "django"):  # noqa: PLR2004
        modules = list(dict.fromkeys([*modules, *undeclared.all_modules(code)]))
    server = found.command.partition(" ")[0] or found.server
    missed = undeclared.undeclared(code, modules, declared, found.framework, server)
    added = undeclared.names_of(by_name)
    lines += undeclared.guessed(findings, [item for item in missed if not undeclared.names_of(item[:1]) & added])
    if declared.answer != dependency_source.INPUTS:
        dependency_source.answer(findings, code.tree, declared, found.framework)
        if more := dependency_source.beside(lines[before:], declared):
            findings.add("dependencies", "\n".join(more), guess=True)
            states = catalog.sources()[declared.answer].states
            findings.note(f"{', '.join(more)}: in requirements.in until {states} has it")
        if declared.source == "uv":
            findings.add("package_tool", "uv", Evidence(declared.answer))
        return
    evidence = declared.declared[0].evidence if declared.declared else None
    findings.add(
        "dependencies",
        "\n".join(lines),
        *([Evidence(evidence.path)] if evidence else []),
        guess=not declared.source and bool(lines),
    )
    if declared.source == "uv":
        findings.add("package_tool", "uv", Evidence(declared.lock_file or "pyproject.toml"))
    elif declared.lock_file.endswith(".txt") and (by_uv := compiled_by_uv(code.tree, declared.lock_file)):
        findings.add("package_tool", "uv", by_uv)
