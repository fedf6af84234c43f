"""Servers of the Model Context Protocol: how a program runs the object that the SDK or FastMCP made."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim.detect.code import hosts, scripts
from copier_slim.detect.code.apps import is_aside
from copier_slim.detect.code.modules import constant, flat

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from packaging.requirements import Requirement

    from copier_slim.detect.code.apps import App, Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.findings import Evidence

FRAMEWORK = "mcp"
# The answer `server` by what the calls and the programs take for a transport
SERVERS = {"http": "streamable-http", "streamable-http": "streamable-http", "sse": "sse", "stdio": "stdio"}
# Methods that run the object; where they name the transport, that one
METHODS = {
    "run": "", "run_async": "", "run_stdio_async": "stdio", "run_sse_async": "sse",
    "run_streamable_http_async": "streamable-http", "run_http_async": "streamable-http",
}  # fmt: skip
HTTP_APPS = {"streamable_http_app", "sse_app"}
# What our own start gives in the program's place; any other option counts, and so the program is kept
OWN_OPTIONS = {"transport", "host", "port", "show_banner"}
MOST_RUNNERS = 50
WITHOUT_FASTMCP = "2"  # the release in which MCPServer took its place


@dataclass(frozen=True, slots=True)
class Run:
    """How an object is run: the answer `server`, the port where one is named, and where that is read."""

    server: str
    port: int | None
    evidence: Evidence


def run_of(code: Code, app: App) -> Run | None:
    """How a program runs `app`, where it does nothing else; None where it does, or where none runs it."""
    for module in _runners(code, app):
        name = next((name for name in module.top.assigned if module is app.module and name == app.name), "") or next(
            (alias for alias, full in module.aliases.items() if full == f"{app.module.name}.{app.name}"), ""
        )
        for call in module.calls():
            match call.func:
                case ast.Attribute(value=ast.Name(id=owner), attr=method) if owner == name and method in METHODS:
                    return _read(code, app, module, call) if _alone(module, call) else None
    return None


def _runners(code: Code, app: App) -> Iterator[Module]:
    """The app's module, then those that import it."""
    yield app.module
    left = MOST_RUNNERS
    for path in code.tree.python_files:
        content = code.tree.read(path)
        if left and path != app.module.path and not is_aside(path) and content and app.name.encode() in content:
            left -= 1
            if module := code.module(path):
                yield module


def _read(code: Code, app: App, module: Module, call: ast.Call) -> Run | None:
    options = {keyword.arg: keyword.value for keyword in call.keywords}
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given = options.get("transport") or next(iter(call.args), None)
    transport = METHODS[method] or (constant(given) if given else "stdio")
    server = SERVERS.get(transport) if isinstance(transport, str) else None
    if server is None or options.keys() - OWN_OPTIONS:
        return None
    made = app.module.top.assigned.get(app.name)
    of_object = {keyword.arg: keyword.value for keyword in made.keywords} if isinstance(made, ast.Call) else {}
    ports = (scripts.as_port(constant(found["port"])) for found in (options, of_object) if "port" in found)
    return Run(server, next(filter(None, ports), None), code.evidence(module, call.lineno))


def _alone(module: Module, call: ast.Call) -> bool:
    """Whether the block with the call has no other statement, so that nothing is lost where another program runs it."""
    bodies = [module.guarded, *(function.body for function in module.top.functions.values())]
    for body in bodies:
        statements = [statement for statement in flat(body) if not _says_nothing(statement)]
        if any(node is call for statement in statements for node in ast.walk(statement)):
            return len(statements) == 1
    return False


def _says_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass | ast.Import | ast.ImportFrom) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def older_sdk(
    code: Code, modules: Iterable[Module], stated: Iterable[Requirement], locked: Container[str]
) -> dict[str, Evidence]:
    """The requirement that keeps the SDK at the release line whose modules are imported, where nothing else does."""
    own = next((item for item in stated if canonicalize_name(item.name) == "mcp"), None)
    if "mcp" in locked or (own and not own.url and not own.specifier.contains(WITHOUT_FASTMCP)):
        return {}
    for module in modules:
        for name, line in module.imported.items():
            if name.startswith("mcp.server.fastmcp"):
                return {f"mcp<{WITHOUT_FASTMCP}": code.evidence(module, line)}
    return {}


def opened(module: Module) -> dict[str, str]:
    """The variable that makes FastMCP's own run() listen beyond loopback, where no argument says the host."""
    said = any(keyword.arg == "host" for call in module.calls() for keyword in call.keywords)
    return {"FASTMCP_HOST": "0.0.0.0"} if "fastmcp" in module.imported and not said else {}  # noqa: S104 a container's


def refuses_other_hosts(code: Code, module: Module) -> Evidence | None:
    """Where an object is made whose HTTP app answers to no name but localhost, which is the SDK's default."""
    modules = code.reachable(module)
    served = [
        call for current in modules for call in current.calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr in HTTP_APPS
    ]  # fmt: skip
    for current in modules if served else ():
        for call in current.calls():
            name = current.full_name(call.func)
            if name.startswith("mcp.") and name.rpartition(".")[2] in _constructors():
                options = {keyword.arg: keyword.value for one in (call, *served) for keyword in one.keywords}
                loopback = constant(options.get("host", ast.Constant("localhost"))) in hosts.LOOPBACK
                if loopback and "transport_security" not in options:
                    return code.evidence(current, call.lineno)
    return None


def _constructors() -> set[str]:
    return {name.rpartition(".")[2] for name in catalog.frameworks()[FRAMEWORK].constructors}
