"""What is served by a library's own program, by launchers.yml: a script, files of a kind, or nothing else."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.code import scripts
from copier_slim.detect.code.apps import is_aside, lies_aside
from copier_slim.detect.findings import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.catalog import Launcher
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module

IN_SRC = re.compile(r"src/\w+/")


@dataclass(frozen=True, slots=True)
class Served:
    """The argv with which a row's program serves, where that is read, and the source that it leads to."""

    row: Launcher
    words: tuple[str, ...]
    port: int
    evidence: Evidence
    module: Module | None = None
    note: str = ""
    source_root: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The variables that it needs."""
        return dict(line.split("=", 1) for line in self.row.environment)


def by_script(module: Module, code: Code) -> Served | None:
    """How a library's own program serves a script; None for any other script."""
    for row in catalog.launchers().values():
        if row.files or not row.imports or not scripts.uses(module, row.imports):
            continue
        name = _bound(module, row)
        if name is None or not may_run(row, code) or _starts_itself(module, row):
            continue
        line = next((module.imported[item] for item in row.imports if item in module.imported), 1)
        script = PurePosixPath(module.path)
        app = str(script.parent) if script.name == "main.py" else module.path
        places = {"script": module.path, "module": module.name, "object": name, "app": app}
        places["alias"] = _alias(module, row)
        words = _filled(row, places)
        port = scripts.listening(code, module)[0] or row.port
        root = module.source_root if "{module}" in row.command else ""
        return Served(row, words, port, code.evidence(module, line), module, source_root=root)
    return None


def _bound(module: Module, row: Launcher) -> str | None:
    """The name that a call of `binds` is bound to, or what one decorates; "" where a row names none.

    None where it has none of these, or makes no call of `calls`.
    """
    if row.calls and not any(module.full_name(call.func) in row.calls for call in module.calls()):
        return None
    if not row.binds:
        return ""
    methods = [name for name, value in module.top.assigned.items() if _method(value) in row.binds]
    if methods:
        return methods[-1]
    for name, value in module.top.assigned.items():
        if isinstance(value, ast.Call) and module.full_name(value.func) in row.binds:
            return name
    for name, definition in {**module.top.classes, **module.top.functions}.items():
        makers = [item.func if isinstance(item, ast.Call) else item for item in definition.decorator_list]
        if any(module.full_name(maker) in row.binds for maker in makers):
            return name
    return None


def _starts_itself(module: Module, row: Launcher) -> bool:
    """Whether a script starts a server of its own, by a call that needs no program."""
    return any(module.full_name(call.func) in row.itself for call in module.calls()) if row.itself else False


def _method(value: ast.expr) -> str:
    """The method that an expression calls, as .bind; "" for none."""
    return f".{value.func.attr}" if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) else ""


def _alias(module: Module, row: Launcher) -> str:
    """The name that a row's library has in a module."""
    nodes = (node for node in module.tree.body if isinstance(node, ast.Import))
    found = (item for node in nodes for item in node.names if item.name in row.imports)
    return next((item.asname or item.name for item in found), "")


def scripts_of(row: Launcher, code: Code) -> list[str]:
    """The scripts that import a row's library, and have what it serves."""
    found = scripts.importing(code, *row.imports)
    modules = [module for path in found if (module := code.module(path))]
    return [item.path for item in modules if _bound(item, row) is not None and not _starts_itself(item, row)]


def may_run(row: Launcher, code: Code) -> bool:
    """Whether a row's program comes with the dependencies, where it does not come with what a script imports."""
    return not row.package or code.is_installed(row.package)


def by_files(code: Code, *, certain: bool = False) -> Iterator[Served]:
    """What serves files of its own kind, by the rows whose package is among the dependencies.

    Where it has to be `certain`, by files of one name alone: others may be there for any program.
    """
    for row in catalog.launchers().values():
        if not row.files or not may_run(row, code) or (certain and any("*" in name for name in row.files)):
            continue
        found = [path for path in code.tree.files if _fits(path, row) and not _is_decoy(path, row)]
        for path in sorted(found, key=lambda path: (path.count("/"), path))[:1]:
            inside = PurePosixPath(path).parent
            places = {"file": path, "here": str(inside), "folder": str(inside.parent)}
            module = code.module(path) if path.endswith(".py") else None
            evidence = code.evidence(module, 1) if module else Evidence(path)
            if not row.named:
                root = "src" if any(map(IN_SRC.match, code.tree.python_files)) else ""
                yield Served(row, _filled(row, places), row.port, evidence, module, source_root=root)
            elif names := _named(row, code):
                others = f"it starts {names[0]}, the others are {', '.join(names[1:])}" if names[1:] else ""
                yield Served(row, _filled(row, {**places, "name": names[0]}), row.port, evidence, module, others)


def _named(row: Launcher, code: Code) -> list[str]:
    """The attributes `name` of the classes that derive from those that a row names, in the order of their files."""
    found: dict[str, None] = {}
    for path in scripts.importing(code, *{name.partition(".")[0] for name in row.named}):
        module = code.module(path)
        for definition in module.top.classes.values() if module else ():
            if module and any(module.full_name(base) in row.named for base in definition.bases):
                found.update((name, None) for name in map(_name, definition.body) if name)
    return list(found)


def _name(statement: ast.stmt) -> str:
    """What a statement of a class's body sets its attribute `name` to; "" for another."""
    match statement:
        case (
            ast.Assign(targets=[ast.Name(id="name")], value=ast.Constant(value=str(name)))
            | ast.AnnAssign(target=ast.Name(id="name"), value=ast.Constant(value=str(name)))
        ):
            return name
    return ""


def _fits(path: str, row: Launcher) -> bool:
    """Whether a path matches by its last parts, as many as a pattern has, at most one folder deeper."""
    return any(path.count("/") <= pattern.count("/") + 1 and fnmatchcase(path, pattern) for pattern in row.files)


def _is_decoy(path: str, row: Launcher) -> bool:
    """Whether a file stands aside; its name alone says nothing where it is the one that the row's program reads."""
    stems = (PurePosixPath(pattern).stem.rstrip("*") for pattern in row.files)
    named = any(stem and PurePosixPath(path).stem.startswith(stem) for stem in stems)
    return lies_aside(path) if named else is_aside(path)


def alone(code: Code) -> Served | None:
    """What is served where nothing else can be started, by a dependency."""
    for row in catalog.launchers().values():
        if row.alone and code.is_installed(row.package):
            return Served(row, _filled(row, {}), row.port, Evidence("dependencies", 0, row.package))
    return None


def _filled(row: Launcher, places: dict[str, str]) -> tuple[str, ...]:
    command = row.command
    for name, value in places.items():
        command = command.replace(f"{{{name}}}", value)
    return tuple(command.split())
