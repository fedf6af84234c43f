"""What keeps a health check out: an app that answers only to hosts that are named, or to who is logged in."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.code.apps import framework_of
from copier_slim.detect.code.modules import constant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Function, Module
    from copier_slim.detect.findings import Evidence

DEPENDING = {"Depends", "Security"}
PARTS = {"Blueprint", "APIBlueprint", "APIRouter"}


@dataclass(frozen=True, slots=True)
class Gate:
    """Why a health check is refused on any path but those that it `lets_in`, and the line that says so."""

    why: str
    evidence: Evidence
    lets_in: frozenset[str] = frozenset()


def find(code: Code, module: Module, framework: str) -> Gate | None:
    """What refuses a health check of the app in `module`; None where nothing is seen that does."""
    modules = code.reachable(module)
    for current in modules:
        for line in _hosts(code, current, framework):
            return Gate("the app only answers requests for the hosts that it names", code.evidence(current, line))
    for current in modules:
        for line in _depending_apps(code, current):
            return Gate("every route of the app requires a login", code.evidence(current, line))
        for line, lets_in in _hooks(current):
            return Gate("a middleware may reject the request", code.evidence(current, line), lets_in)
    return None


def asks_for_login(code: Code, module: Module, call: ast.Call, handler: Function | None) -> bool:
    """Whether a route visibly asks for a login: `call` makes it, and `handler` answers where that is in the module."""
    gates = catalog.gates()
    if any(keyword.arg in gates.keywords and _logs_in(code, module, keyword.value) for keyword in call.keywords):
        return True
    wrapped = [argument.func for argument in call.args[1:] if isinstance(argument, ast.Call)]
    decorators = [*(handler.decorator_list if handler else []), *wrapped]
    if any(decorator is not call and _names(decorator, gates.decorators) for decorator in decorators):
        return True
    if handler is None:
        return False
    arguments = handler.args
    stated = [
        *arguments.defaults,
        *filter(None, arguments.kw_defaults),
        *(
            argument.annotation
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
            if argument.annotation
        ),
    ]
    return any(_logs_in(code, module, expression, depending=True) for expression in stated)


def _hosts(code: Code, module: Module, framework: str) -> Iterator[int]:
    """The lines from which on only hosts that are named are answered, none of which the health check asks for."""
    gates = catalog.gates()
    for call in module.calls():
        hosts = _handed(module, call)
        if hosts is not None and _refuses(code, module, hosts):
            yield call.lineno
        bound = {keyword.arg for keyword in call.keywords if constant(keyword.value) is True} & gates.matching
        if bound and framework in gates.settings and framework_of(module.full_name(call.func)):
            yield call.lineno
    settings = gates.settings.get(framework, frozenset())
    for name, value, line in _settings(module, settings):
        if name in settings and not _is_unset(value) and _refuses(code, module, value):
            yield line


def _handed(module: Module, call: ast.Call) -> ast.expr | None:
    """The hosts that a call, or what it is handed first, is given; None where it is given none."""
    rows = catalog.gates().hosts
    for called in (call.func, *call.args[:1]):
        if row := rows.get(_last(module, called)):
            named = next((keyword.value for keyword in call.keywords if keyword.arg == row.keyword), None)
            return named or (call.args[row.position] if 0 <= row.position < len(call.args) else None)
    return None


def _settings(module: Module, names: Iterable[str]) -> Iterator[tuple[str, ast.expr, int]]:
    """What a framework's configuration is given: by key, by keyword, as a name of a module or class."""
    for node in module.nodes:
        match node:
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name)))], value=value):
                yield name, value, node.lineno
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in names:
                yield name, value, node.lineno
            case ast.Call(func=ast.Attribute(attr="update" | "from_mapping"), keywords=keywords):
                for keyword in keywords:
                    yield keyword.arg or "", keyword.value, node.lineno


def _refuses(code: Code, module: Module, hosts: ast.expr) -> bool:
    """Whether a list of hosts has none that the health check asks for; so it is where the list cannot be seen."""
    meant = _meaning(code, module, hosts)
    if isinstance(meant, ast.Constant) and meant.value is None:
        return False
    named = {
        word.strip().rpartition("://")[2].partition(":")[0]
        for node in ast.walk(meant)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in node.value.split(",")
    }
    return not named & catalog.gates().passing


def _is_unset(value: ast.expr) -> bool:
    """Whether it is nothing, or a variable's that nothing sets."""
    match value:
        case ast.Constant(value=None | ""):
            return True
        case ast.Call(func=ast.Attribute(attr="get" | "getenv") | ast.Name(id="getenv"), args=[_], keywords=[]):
            return True
    return False


def _depending_apps(code: Code, module: Module) -> Iterator[int]:
    keywords = catalog.gates().keywords
    for call in module.calls():
        if framework_of(module.full_name(call.func)) and any(
            keyword.arg in keywords and _logs_in(code, module, keyword.value) for keyword in call.keywords
        ):
            yield call.lineno


def _hooks(module: Module) -> Iterator[tuple[int, frozenset[str]]]:
    """The lines of what sees each request first and answers some with a refusal, and the paths that it names."""
    gates = catalog.gates()
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = any(_is_hook(module, decorator) for decorator in node.decorator_list)
        elif isinstance(node, ast.ClassDef):
            first = any(_last(module, base) in gates.hooks for base in node.bases)
        else:
            continue
        if first and any(re.search(gates.refusals, answer) for answer in _answers(node)):
            used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            values = [value for name, value in module.top.assigned.items() if name in used]
            yield (
                node.lineno,
                frozenset(
                    part.value
                    for part in (part for tree in (node, *values) for part in ast.walk(tree))
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.startswith("/")
                ),
            )


def _answers(definition: ast.stmt) -> Iterator[str]:
    """What is returned, raised or given to abort, as source."""
    for node in ast.walk(definition):
        match node:
            case ast.Return(value=ast.expr() as value) | ast.Raise(exc=ast.expr() as value):
                yield ast.unparse(value)
            case ast.Call(func=ast.Name(id="abort") | ast.Attribute(attr="abort")):
                yield ast.unparse(node)


def _is_hook(module: Module, decorator: ast.expr) -> bool:
    """Whether a decorator's function sees each request of the app, and not of one part of it alone."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if _last(module, called) not in catalog.gates().hooks:
        return False
    owner = called.value if isinstance(called, ast.Attribute) else None
    made = module.top.assigned.get(owner.id) if isinstance(owner, ast.Name) else None
    part = isinstance(made, ast.Call) and _last(module, made.func) in PARTS
    return not part or (isinstance(called, ast.Attribute) and "app" in called.attr)


def _logs_in(code: Code, module: Module, expression: ast.expr, *, depending: bool = False) -> bool:
    """Whether what a route depends on is a login; only what is handed to Depends, or Security, where `depending`."""
    gates = catalog.gates()
    meant = _meaning(code, module, expression)
    names = {_last(module, node) for node in ast.walk(meant) if isinstance(node, ast.Name | ast.Attribute)}
    if names & gates.always:
        return True
    if depending:
        calls = [
            node for node in ast.walk(meant) if isinstance(node, ast.Call) and _last(module, node.func) in DEPENDING
        ]
        return any(_names(argument, gates.dependencies) for call in calls for argument in call.args)
    return _names(meant, gates.dependencies)


def _names(expression: ast.expr, pattern: str) -> bool:
    """Whether an expression has a name that the pattern is found in, and none that says the contrary."""
    names = [
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(expression)
        if isinstance(node, ast.Name | ast.Attribute)
    ]
    text = " ".join(names)
    opens = re.search(catalog.gates().open, text, re.IGNORECASE)
    return not opens and any(re.search(pattern, name, re.IGNORECASE) for name in names)


def _meaning(code: Code, module: Module, expression: ast.expr) -> ast.expr:
    """What a name is bound to, here or in the module that it is imported from; the expression itself else."""
    if not isinstance(expression, ast.Name | ast.Attribute):
        return expression
    full_name = module.full_name(expression)
    if full_name in module.top.assigned:
        return module.top.assigned[full_name]
    package, _, member = full_name.rpartition(".")
    path = code.find(package, module.source_root) if package else None
    other = code.module(path) if path else None
    return other.top.assigned.get(member, expression) if other else expression


def _last(module: Module, expression: ast.expr) -> str:
    """The last part of a dotted name with its imports resolved."""
    return module.full_name(expression).rpartition(".")[2] if not isinstance(expression, ast.Call) else ""
