"""Routes that hang below a path: of an app or router that is mounted, of a controller, of URLs that are included."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copier_slim.detect.code.modules import called

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copier_slim.detect.code.modules import Function, Module

# Calls that put what they are given below a path, or bind it to a host; the path is their first argument or a keyword
MOUNTING = {
    "mount", "Mount", "Host", "add_subapp", "add_domain", "add_namespace", "VersionedFastAPI", "i18n_patterns",
    "DispatcherMiddleware",
}  # fmt: skip
# Those that only do with such a keyword
BY_KEYWORD = {"Litestar", "Api", "Router"}
KEYWORDS = {"path", "prefix", "url_prefix"}
PREFIXED = ".Namespace"  # Flask-RESTX's, whose path is its name
INCLUDING = {"path", "re_path", "url"}
MOST_ROUNDS = 5


@dataclass(slots=True)
class Below:
    """What is below a path: the full names of apps, routers and handlers, and nodes of their modules, by their ids."""

    names: set[str] = field(default_factory=set)
    nodes: set[int] = field(default_factory=set)

    def has(self, module: Module, call: ast.Call, decorated: Function | ast.ClassDef | None) -> bool:
        """Whether the route that `call` makes, as a decorator of `decorated` if there is one, is below a path."""
        return (
            id(call) in self.nodes
            or (decorated is not None and id(decorated) in self.nodes)
            or bool(self.names & {module.name, _owner(module, call), f"{module.name}.{getattr(decorated, 'name', '')}"})
        )


def find(modules: Iterable[Module]) -> Below:
    """What the modules put below a path: also what is given to something that they do, and so on."""
    below = Below()
    left: list[tuple[Module, ast.Call]] = []
    for module in modules:
        left += ((module, call) for call in module.calls())
        below.nodes.update(id(node) for definition in _controllers(module) for node in ast.walk(definition))
        below.names.update(
            f"{module.name}.{name}" for name, made in module.constructed.items() if made.endswith(PREFIXED)
        )
    for _ in range(MOST_ROUNDS):
        found = [item for item in left if _mounts(item[1]) or _owner(*item) in below.names]
        if not found:
            break
        for module, call in found:
            _take(below, module, call)
        taken = {id(call) for _, call in found}
        left = [item for item in left if id(item[1]) not in taken]
    return below


def _take(below: Below, module: Module, call: ast.Call) -> None:
    """Adds what a call is given, with what the names among it are bound to in the module."""
    if called(call) == "Api":  # of Flask-RESTX and others, whose own routes are below the prefix
        below.names.update(f"{module.name}.{name}" for name, value in module.top.assigned.items() if value is call)
        return
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    queue: list[ast.AST] = [*(given[1:] if called(call) == "DispatcherMiddleware" else given)]
    host = _owner(module, call)
    for top in queue:
        for node in ast.walk(top):
            if id(node) in below.nodes:
                continue
            below.nodes.add(id(node))
            if isinstance(node, ast.Name | ast.Attribute) and (name := _full_name(module, node)) != host:
                below.names.add(name)
            if isinstance(node, ast.Name) and node.id in module.top.assigned:
                queue.append(module.top.assigned[node.id])
            if isinstance(node, ast.Call) and called(node) == "include":
                below.names.update(
                    text.value for text in node.args if isinstance(text, ast.Constant) and isinstance(text.value, str)
                )


def _mounts(call: ast.Call) -> bool:
    """Whether a call puts what it is given below a path other than the root."""
    name = called(call)
    paths = [keyword.value for keyword in call.keywords if keyword.arg in KEYWORDS]
    if name in INCLUDING:
        included = len(call.args) > 1 and isinstance(call.args[1], ast.Call) and called(call.args[1]) == "include"
        return included and not _is_root(call.args[0])
    if name in BY_KEYWORD:
        return bool(paths) and not _is_root(*paths)
    return name in MOUNTING and not _is_root(*(paths or call.args[:1]))


def _is_root(*path: ast.expr) -> bool:
    return any(isinstance(item, ast.Constant) and item.value in ("", "/", "^") for item in path)


def _controllers(module: Module) -> Iterator[ast.ClassDef]:
    """Litestar's controllers that have a path."""
    for definition in module.top.classes.values():
        for statement in definition.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id="path")], value=value)
                    | ast.AnnAssign(target=ast.Name(id="path"), value=ast.expr() as value)
                ) if not _is_root(value):
                    yield definition


def _owner(module: Module, call: ast.Call) -> str:
    """The full name of what a method is called on: `shop.admin` of `admin.router.add_get(…)`; "" of no method."""
    return _full_name(module, first) if isinstance(call.func, ast.Attribute) and (first := _first(call.func)) else ""


def _full_name(module: Module, node: ast.expr) -> str:
    """The dotted name as others know it: names of the module itself begin with its own."""
    name, first = module.full_name(node), _first(node)
    return f"{module.name}.{name}" if name and first and first.id not in module.aliases else name


def _first(node: ast.expr) -> ast.Name | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node if isinstance(node, ast.Name) else None
