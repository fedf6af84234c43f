"""The repository's code: which of its modules make an app, seen through imports, factories and subclasses."""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.code import protocols
from copier_slim.detect.code.modules import Block, Function, Module, parse
from copier_slim.detect.findings import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.tree import Tree

MODULE = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*")
MOST_PARSED = 1_000
MOST_IMPORTERS = 300
DEEPEST_LOOK = 8
MOST_COMMANDS = 200
LONGEST_COMMAND = 1 << 15
BOUND = rb"^(?:app|application|api|server|asgi|wsgi|celery|celery_app|asgi_app|wsgi_app|demo|web_app|handler)\b[^=\n]*="


@dataclass(frozen=True, slots=True)
class App:
    """Something that a server can take: the framework that made it and where it stands.

    `required` counts the arguments without default that a factory wants.
    """

    framework: str
    module: Module
    name: str
    line: int
    factory: bool = False
    required: int = 0

    @property
    def target(self) -> str:
        """module:name, or module:name() for a factory."""
        return f"{self.module.name}:{self.name}{'()' if self.factory else ''}"


@cache
def constructors() -> dict[str, str]:
    """The calls that make an app, by full name and as `package…name`, to the framework's answer."""
    found: dict[str, str] = {}
    for framework, row in catalog.frameworks().items():
        for name in row.constructors:
            found[name] = framework
            package, _, member = name.partition(".")
            found.setdefault(f"{package}…{member.rpartition('.')[2]}", framework)
    return found


def framework_of(full_name: str) -> str | None:
    """The framework whose constructor it is, wherever in its package it was imported from."""
    package, _, member = full_name.partition(".")
    return constructors().get(full_name) or constructors().get(f"{package}…{member.rpartition('.')[2]}")


@cache
def _hint() -> re.Pattern[bytes]:
    names = {name.rpartition(".")[2] for row in catalog.frameworks().values() for name in row.constructors}
    one_of = "|".join(sorted(map(re.escape, names))).encode()
    return re.compile(rb"\b(?:" + one_of + rb")\s*[()]|\bstart_response\)|\breceive, send\)|" + BOUND, re.MULTILINE)


class Code:
    """The modules of a repository, parsed as they are asked for."""

    def __init__(self, tree: Tree, installed: frozenset[str] = frozenset()) -> None:
        """`installed` are declared distributions' names, which a module of the same name in a package does not hide."""
        self.tree = tree
        self._installed = sys.stdlib_module_names | {name.replace("-", "_") for name in installed}
        self._modules: dict[str, Module | None] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        self._reachable: dict[tuple[str, int], list[Module]] = {}
        self._made: dict[tuple[str, int, int], str | None] = {}
        self._commands = 0

    def is_installed(self, name: str) -> bool:
        """Whether a module or program of that name comes with Python or a declared distribution."""
        return name.replace("-", "_") in self._installed

    def module(self, path: str) -> Module | None:
        """The parsed source at `path`; None where there is none, or Python cannot parse it."""
        if path not in self._modules:
            text = self.tree.text(path)
            try:
                module = None if text is None else parse(path, text)
            except RecursionError:
                module = None
                self.tree.note(f"{path} is not read, as its code is nested too deeply")
            if module and (root := self._source_root(module)):
                module = module.seen_from(root)
            self._modules[path] = module
        return self._modules[path]

    def find(self, name: str, source_root: str = "") -> str | None:
        """The path of the module or package called `name`, as imported from a module of that source root."""
        key = (name, source_root)
        if key not in self._found:
            relative = name.replace(".", "/")
            stems = [f"{root}/{relative}" if root else relative for root in dict.fromkeys([source_root, "", "src"])]
            paths = (path for stem in stems for path in (f"{stem}.py", f"{stem}/__init__.py"))
            self._found[key] = next(filter(self.tree.has, paths), None)
        return self._found[key]

    def _source_root(self, module: Module) -> str:
        """The directory from which most of what the module imports resolves; the shallowest of equals."""
        parents = [str(parent) for parent in PurePosixPath(module.path).parents if str(parent) != "."]
        if not parents:
            return ""
        if not MODULE.fullmatch(module.name):  # a directory that no import can name
            return parents[0]
        roots = ["", *reversed(parents)]
        first = self._project_root(parents)
        roots.sort(key=lambda root: root != first)
        absolute = {
            node.module if isinstance(node, ast.ImportFrom) else alias.name
            for node in module.nodes
            if isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "level", 0)
            for alias in node.names
        }
        own = {name for name in absolute if name and name.partition(".")[0] not in self._installed}
        resolved = {root: sum(self._resolves(name, root, module.path) for name in own) for root in roots}
        return max(roots, key=lambda root: resolved[root])

    def _project_root(self, parents: list[str]) -> str:
        """Where imports start in the nearest project around a module: in one of its `parents`, the inner first."""
        project = next(filter(self.tree.is_project, parents), "")
        source = f"{project}/src".lstrip("/")
        root = source if source in parents and not self.tree.has(f"{source}/__init__.py") else project
        return "" if root and self.tree.has(f"{root}/__init__.py") else root

    def _resolves(self, name: str, root: str, path: str) -> bool:
        stem = "/".join(filter(None, [root, name.replace(".", "/")]))
        files = {f"{stem}.py", f"{stem}/__init__.py"} - {path}  # a module does not import itself
        return any(map(self.tree.has, files)) or stem in self._directories

    @cached_property
    def _directories(self) -> frozenset[str]:
        return frozenset(str(parent) for path in self.tree.python_files for parent in PurePosixPath(path).parents)

    @cached_property
    def names_of_others(self) -> dict[str, list[tuple[Module, str]]]:
        """What modules import from the project or beside it, by its full name, with the names that they give it.

        Of the first MOST_IMPORTERS that are not aside.
        """
        found: dict[str, list[tuple[Module, str]]] = {}
        paths = [path for path in self.tree.python_files if not is_aside(path)][:MOST_IMPORTERS]
        for module in filter(None, map(self.module, paths)):
            for name, target in module.aliases.items():
                found.setdefault(target, []).append((module, name))
        return found

    @cached_property
    def apps(self) -> tuple[App, ...]:
        """All apps at the top level of modules, and the factories that make one, shallow modules first."""
        found: list[App] = []
        parsed = 0
        for path in sorted(self.tree.python_files, key=lambda path: (is_aside(path), path.count("/"), path)):
            content = self.tree.read(path)
            hinted = content is not None and _hint().search(content)
            if not hinted and PurePosixPath(path).stem not in ("wsgi", "asgi"):
                continue
            parsed += 1
            if parsed > MOST_PARSED:
                break
            if module := self.module(path):
                found += self.apps_of(module)
        return tuple(found)

    def apps_of(self, module: Module) -> list[App]:
        """The apps and factories of one module, known ones or by the name that servers look for."""
        return list(self._read(module)) or list(named_as_servers_look(module))

    def _read(self, module: Module) -> Iterator[App]:
        for name, value in module.top.assigned.items():
            if framework := self.kind(module, value) or self._by_convention(module, name, value):
                yield App(framework, module, name, module.line(value))
        for name, function in module.top.functions.items():
            if interface := protocols.of_function(function):
                yield App(interface, module, name, function.lineno)
            elif not name.startswith("_") and (framework := self.made_by(module, function)):
                yield App(framework, module, name, function.lineno, factory=True, required=required(function))
        if PurePosixPath(module.path).stem in ("wsgi", "asgi", "main", "app", "server", "run", "application"):
            for name, full_name in module.aliases.items():
                if name not in ("app", "application", "server", "api") or name in module.top.assigned:
                    continue
                if framework := self.kind_of_name(full_name, module, DEEPEST_LOOK):
                    yield App(framework, module, name, module.imported.get(full_name, 1))

    def kind(
        self, module: Module, value: ast.expr, block: Block | None = None, depth: int = DEEPEST_LOOK
    ) -> str | None:
        """The framework of the app that an expression is, within a function's `block` if given."""
        if depth <= 0:
            return None
        match value:
            case ast.Await(value=inner) | ast.IfExp(body=inner):
                return self.kind(module, inner, block, depth - 1)
            case ast.Call(func=ast.Attribute(value=ast.Call())):  # FastAPI().mount(…) is no app
                return framework_of(module.full_name(value.func))
            case ast.Call():
                return self._kind_of_call(module, value, depth, block)
            case ast.Name():
                return self._kind_of_variable(module, value, depth, block)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):  # app.server of Dash
                bound = (block.assigned.get(name) if block else None) or module.top.assigned.get(name)
                if isinstance(bound, ast.Call):
                    return constructors().get(f"{module.full_name(bound.func)}.{attribute}")
        return None

    def _kind_of_variable(self, module: Module, value: ast.Name, depth: int, block: Block | None) -> str | None:
        name = value.id
        for scope in filter(None, (block, module.top)):
            if name in scope.assigned and scope.assigned[name] is not value:
                return self.kind(module, scope.assigned[name], block, depth - 1)
        return self.kind_of_name(module.aliases[name], module, depth - 1) if name in module.aliases else None

    def _kind_of_call(self, module: Module, call: ast.Call, depth: int, block: Block | None = None) -> str | None:
        full_name = module.full_name(call.func)
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            name = call.func.value.id
            bound = (block.assigned.get(name) if block else None) or module.top.assigned.get(
                name
            )  # config = Configurator(); config.make_wsgi_app()
            if isinstance(bound, ast.Call) and (made := module.full_name(bound.func)):
                full_name = f"{made}.{call.func.attr}"
        if not full_name:
            return None
        if framework := framework_of(full_name):
            return framework
        if full_name in module.top.functions:
            return self.made_by(module, module.top.functions[full_name], depth - 1)
        if full_name in module.top.classes:
            return self._kind_of_class(module, module.top.classes[full_name], depth - 1)
        return self.kind_of_name(full_name, module, depth - 1, called=True)

    def kind_of_name(self, full_name: str, module: Module, depth: int, *, called: bool = False) -> str | None:
        """The framework of what another module of the repository calls by that name; of what it returns if `called`."""
        if depth <= 0:
            return None
        package, _, member = full_name.rpartition(".")
        path = self.find(package, module.source_root) if package else None
        other = self.module(path) if path else None
        if other is None or other is module:
            return None
        top = other.top
        if called and member in top.functions:
            return self.made_by(other, top.functions[member], depth - 1)
        if called and member in top.classes:
            return self._kind_of_class(other, top.classes[member], depth - 1)
        if not called and member in top.assigned:
            return self.kind(other, top.assigned[member], None, depth - 1)
        if member in other.aliases and other.aliases[member] != full_name:
            again = other.aliases[member]
            return (framework_of(again) if called else None) or self.kind_of_name(
                again, other, depth - 1, called=called
            )
        return None

    def _by_convention(self, module: Module, name: str, value: ast.expr) -> str | None:
        """The protocol of `application` in a module that is there for it, as a function of the project's makes it.

        That of the apps that the function handles, or of a class that stands beside it.
        """
        stem = PurePosixPath(module.path).stem
        if name != "application" or stem not in ("wsgi", "asgi", "run", "uwsgi", "app"):
            return None
        full_name = module.full_name(value.func) if isinstance(value, ast.Call) else ""
        package, _, member = full_name.rpartition(".")
        path = self.find(package, module.source_root) if package else module.path if full_name else None
        beside = self.module(path) if path else None
        if beside is None or member not in beside.top.functions:
            return None
        block = beside.local(beside.top.functions[member])
        handled = filter(None, (self.kind(beside, item, block) for item in block.assigned.values()))
        servers = [catalog.frameworks()[framework].servers.values() for framework in handled]
        known = [protocol for protocol in ("wsgi", "asgi") for interfaces in servers if protocol in interfaces]
        classes = filter(None, map(protocols.of_class, beside.top.classes.values()))
        return next(iter(known), None) or next(classes, None)

    def _kind_of_class(self, module: Module, definition: ast.ClassDef, depth: int) -> str | None:
        if protocol := protocols.of_class(definition):
            return protocol
        for base in definition.bases:
            call = ast.Call(func=base, args=[], keywords=[])
            if depth > 0 and (framework := self._kind_of_call(module, call, depth - 1)):
                return framework
        return None

    def made_by(self, module: Module, function: Function, depth: int = DEEPEST_LOOK) -> str | None:
        """The framework of the app that a function returns."""
        if depth <= 0:
            return None
        key = module.path, id(function), depth
        if key not in self._made:
            self._made[key] = None
            self._made[key] = self._made_by(module, function, depth)
        return self._made[key]

    def _made_by(self, module: Module, function: Function, depth: int) -> str | None:
        if function.returns is not None and (framework := framework_of(module.full_name(function.returns))):
            return framework
        block = module.local(function)
        for statement in block.statements:
            returned = statement.value if isinstance(statement, ast.Return) else None
            if returned is not None and (framework := self.kind(module, returned, block, depth - 1)):
                return framework
        return None

    def may_read(self, command: str, evidence: Evidence) -> bool:
        """Whether another command is read, which may lead to scripts and these to others; else a note says why not."""
        self._commands += 1
        if len(command) > LONGEST_COMMAND:
            self.tree.note(f"{evidence.place} is not read as a command: it has over {LONGEST_COMMAND:,} characters")
        elif self._commands > MOST_COMMANDS:
            self.tree.note(f"{evidence.place} is not read: its commands lead to over {MOST_COMMANDS:,} others")
        return len(command) <= LONGEST_COMMAND and self._commands <= MOST_COMMANDS

    def reachable(self, module: Module, most: int = 300) -> list[Module]:
        """The module and those of the repository that it imports, and so on: nearest first, at most `most`."""
        if (module.path, most) in self._reachable:
            return self._reachable[module.path, most]
        found = self._reachable[module.path, most] = [module]
        seen = {module.path}
        for current in found:
            for name in [current.name, *current.imported]:
                parts = name.split(".")
                for end in range(1, len(parts) + 1):  # a package's __init__ runs too
                    path = self.find(".".join(parts[:end]), current.source_root)
                    if path and path not in seen and len(found) < most:
                        seen.add(path)
                        if other := self.module(path):
                            found.append(other)
        return found

    def evidence(self, module: Module, line: int) -> Evidence:
        """A line of a module."""
        lines = (self.tree.text(module.path) or "").split("\n")
        return Evidence(module.path, line, lines[line - 1].strip() if 0 < line <= len(lines) else "")


def named_as_servers_look(module: Module) -> Iterator[App]:
    """What wsgi.py and asgi.py bind to the name that servers look for there, whatever framework made it.

    https://modwsgi.readthedocs.io/en/master/user-guides/quick-configuration-guide.html#wsgi-application-script-file
    """
    interface = PurePosixPath(module.path).stem
    if interface not in protocols.PROTOCOLS.values():
        return
    for name in ("application", "app"):
        if isinstance(value := module.top.assigned.get(name), ast.Call):
            yield App(interface, module, name, module.line(value))
        elif name in module.aliases and name not in module.top.assigned:
            yield App(interface, module, name, module.imported.get(module.aliases[name], 1))


ASIDE = re.compile(
    r"(?:^|/)(?:\.[^/]*|tests?|testing|examples?|docs?|doc_src|samples?|demos?|benchmarks?|bench|fixtures?|migrations|scripts|tools|contrib"
    r"|notebooks|tutorials?|snippets|playground|sandbox|third_party|vendor|build|dist|e2e|spec|stubs|templates)/"
)
DECOY = re.compile(
    r"(?:^|[_.-])(?:tests?|conftest|old|backup|bak|copy|examples?|demo|sample|legacy|dev|debug|mock|stub|fake|bench|client|setup|noxfile|fabfile"
    r"|tmp|temp|draft|deprecated|unused|playground|scratch|try|locustfile|dodo|invoke|hubconf|versioneer)(?:[_.-]|\d*$)"
)


def lies_aside(path: str) -> bool:
    """Whether a file lies in a folder of tests, examples or tools."""
    return bool(ASIDE.search(path))


def is_aside(path: str) -> bool:
    """Whether a source stands where tests, examples and tools do, not the app."""
    return lies_aside(path) or bool(DECOY.search(PurePosixPath(path).stem.lower()))


def required(function: Function) -> int:
    """How many arguments a call must give."""
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return positional + sum(default is None for default in arguments.kw_defaults)
