"""The path that tells whether the service is healthy: a route named for it, else the front page."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from copier_slim.detect.code import guards, mounts
from copier_slim.detect.code.modules import called

if TYPE_CHECKING:
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Function, Module
    from copier_slim.detect.findings import Evidence

# The likeliest first; "ready" is left out, since it asks for what the service depends on
NAMES = re.compile(
    r"/(?:[\w-]+/){0,2}(?:_?_?(?P<name>livez|liveness|healthz|health|healthcheck|health[-_]check|health_?status|ping|heartbeat|alive|up|status)_?_?)/?"
)
ORDER = (
    "livez",
    "liveness",
    "healthz",
    "health",
    "healthcheck",
    "health-check",
    "health_check",
    "ping",
    "heartbeat",
    "alive",
    "up",
    "status",
)
ROUTERS = {
    "route",
    "get",
    "api_route",
    "add_url_rule",
    "add_route",
    "Route",
    "add_get",
    "path",
    "re_path",
    "url",
    "add_api_route",
    "custom_route",
    "head",
    "handle",
}
PATH = re.compile(r"/(?:[A-Za-z0-9_.~-]+(?:/[A-Za-z0-9_.~-]+)*/?)?")


def routes(module: Module, code: Code | None = None, below: mounts.Below | None = None) -> list[tuple[str, int]]:
    """The paths that a module answers to GET, with their lines; parameters, and with `code` logins, excluded.

    So is what is `below` a path that is not seen at the route.
    """
    found = []
    decorators = {
        id(decorator): node
        for node in module.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for decorator in node.decorator_list
    }
    for call in module.calls():
        name = called(call)
        if name not in ROUTERS or not call.args:
            continue
        if id(call) not in decorators and len(call.args) < 2:  # noqa: PLR2004 a path and its handler
            continue  # a client's or a mapping's get
        if below and below.has(module, call, decorators.get(id(call))):
            continue
        if _is_closed(module, call, decorators.get(id(call)), code):
            continue
        for argument in call.args[:2]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                text = argument.value
                if name in ("path", "re_path", "url"):  # Django's have no slash in front
                    text = "/" + text.strip("^$")
                if PATH.fullmatch(text):
                    found.append((text, call.lineno))
                break
    return found


def _is_closed(module: Module, call: ast.Call, decorated: ast.AST | None, code: Code | None) -> bool:
    """Whether a route visibly answers no GET, or with `code` asks for a login."""
    methods = next((keyword.value for keyword in call.keywords if keyword.arg == "methods"), None)
    if methods is not None and "GET" not in ast.dump(methods):
        return True
    return code is not None and guards.asks_for_login(code, module, call, _handler(module, call, decorated))


def _handler(module: Module, call: ast.Call, decorated: ast.AST | None) -> Function | None:
    """The function that answers a route: the one that `call` decorates, or one of the module that it is given."""
    if isinstance(decorated, ast.FunctionDef | ast.AsyncFunctionDef):
        return decorated
    given = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    names = [argument.id for argument in given if isinstance(argument, ast.Name)]
    return next((module.top.functions[name] for name in names if name in module.top.functions), None)


def find(code: Code, module: Module, framework: str) -> tuple[str, Evidence] | None:
    """The health path of the app in `module`, with where it was read; None where only a TCP probe is safe.

    A route of a router or blueprint may have a prefix that is not seen here, so that only routes of the app's own
    modules' top are taken for the front page.
    """
    named: list[tuple[int, str, Evidence]] = []
    front: tuple[str, Evidence] | None = None
    modules = code.reachable(module)
    below = mounts.find(modules)
    for current in modules:
        for path, line in routes(current, code, below):
            evidence = code.evidence(current, line)
            if (match := NAMES.fullmatch(path)) and not _has_prefix(current, path):
                named.append((ORDER.index(match["name"]) if match["name"] in ORDER else len(ORDER), path, evidence))
            elif path == "/" and front is None and framework != "django" and not _has_prefix(current, path):
                front = path, evidence
    if named:
        _, path, evidence = min(named, key=lambda item: item[0])
        return path, evidence
    return front


def _has_prefix(module: Module, path: str) -> bool:  # noqa: ARG001 the path is the caller's subject
    """Whether the module's routes hang on a router or blueprint with a prefix, or one that others may prefix."""
    for node in module.nodes:
        if isinstance(node, ast.Call):
            name = module.full_name(node.func).rpartition(".")[2]
            if name in ("APIRouter", "Blueprint", "APIBlueprint"):
                return True
    return False
